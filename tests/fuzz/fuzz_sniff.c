/*
 * Fuzzes telling what a file is: the first byte of the input chooses a name and how much of the
 * file is claimed to follow. Whatever the bytes, an answer in words, and the same for a longer head
 * that is cut to it.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {NULL,    "x",     "x.txt", "x.obj", "x.off", "x.stl",
                                        "x.xyz", "x.mp3", "x.svg", "x.npy", "x.ply", "x.mtl"};
    const char *name, *what = NULL;
    uint64_t file_size;
    fc_modality m;
    uint8_t *head;

    if (size == 0)
        return 0;
    name = names[data[0] % (sizeof(names) / sizeof(names[0]))];
    file_size = (data[0] & 0x40) != 0 ? size - 1 : (data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    head = malloc(size - 1 > 0 ? size - 1 : 1); /* of its exact size: an overread shows */
    if (head == NULL)
        abort();
    memcpy(head, data + 1, size - 1);
    m = fc__sniff(head, size - 1, file_size, name, &what);
    if (what == NULL || what[0] == '\0')
        abort();
    if (m != FC_MODALITY_NONE && m != FC_IMAGE && m != FC_TEXT && m != FC_AUDIO && m != FC_POINTS &&
        m != FC_VECTOR)
        abort();
    (void)fc__sniff_container(head, size - 1);
    free(head);
    return 0;
}
