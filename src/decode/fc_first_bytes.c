/*
 * Looking at the first bytes of a file.
 */
#include "fc_first_bytes.h"

#include <stdio.h>
#include <string.h>

bool fc__bytes_at(const uint8_t *bytes, size_t n, size_t offset, const char *magic, size_t k)
{
    return offset <= n && k <= n - offset && memcmp(bytes + offset, magic, k) == 0;
}

const char *fc__show_first_bytes(const uint8_t *bytes, size_t n, char out[FC_FIRST_BYTES_TEXT])
{
    out[0] = '\0';
    for (size_t i = 0; i < n && i < 8; i++)
        snprintf(out + 3 * i, FC_FIRST_BYTES_TEXT - 3 * i, " %02x", bytes[i]);
    return out;
}
