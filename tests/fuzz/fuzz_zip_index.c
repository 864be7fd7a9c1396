/*
 * Fuzzes the directory of a zip: whatever the bytes, an index whose members lie where they may, or
 * none; and a member is found by its name, never by another.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fc_zip_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    fc_zip_index *x = NULL;
    fc_error err = FC_ERROR_INIT;
    uint64_t offset, bytes;
    char name[64];
    fc_status st;

    if (file < 0)
        file = memfd_create("zip", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
        abort();
    st = fc__zip_index_open(&x, file, 1000, &err);
    if (st != FC_OK && (st != FC_E_NOT_FOUND || x != NULL || err.message[0] != '\0'))
        abort();
    /* Whatever is between two bytes may be a name. */
    for (size_t i = 0; st == FC_OK && i + 1 < size && i < 4096; i++) {
        const size_t n = (size_t)data[i] % (sizeof(name) - 1);

        if (n > size - i - 1)
            continue;
        memcpy(name, data + i + 1, n);
        name[n] = '\0';
        if (fc__zip_index_find(x, name, &offset, &bytes) &&
            (memmem(data, size, name, strlen(name)) == NULL || bytes > UINT32_MAX))
            abort();
    }
    fc__zip_index_close(x);
    return 0;
}
