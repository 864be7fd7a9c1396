/*
 * Walking over the chunks of a PNG file.
 */
#include "fc_png_chunks.h"

#include <string.h>

#include "fc_bytes.h"

bool fc__png_next_chunk(const uint8_t *bytes, size_t n, size_t *at, fc_png_chunk *out)
{
    size_t left, size;

    if (*at > n || (left = n - *at) < FC_PNG_CHUNK_HEAD + 4)
        return false;
    left -= FC_PNG_CHUNK_HEAD + 4;
    size = fc_get_be32(bytes + *at);
    if (size > left)
        return false;
    out->name = bytes + *at + 4;
    out->data = bytes + *at + FC_PNG_CHUNK_HEAD;
    out->n = size;
    *at += FC_PNG_CHUNK_HEAD + size + 4;
    return true;
}

void fc__png_metadata(const uint8_t *bytes, size_t n, fc_png_meta *out)
{
    size_t at = FC_PNG_SIGNATURE;
    fc_png_chunk c;

    *out = (fc_png_meta){NULL, 0, 0};
    while (fc__png_next_chunk(bytes, n, &at, &c)) {
        if (memcmp(c.name, "eXIf", 4) == 0 && out->exif == NULL) {
            out->exif = c.data;
            out->exif_n = c.n;
        }
        /* The profile's name ends with a zero byte, and one byte tells the compression. */
        if (memcmp(c.name, "iCCP", 4) == 0 && out->profile_bytes == 0) {
            const size_t name = strnlen((const char *)c.data, c.n);

            out->profile_bytes = c.n > name + 2 ? (uint32_t)(c.n - name - 2) : 0;
        }
        if (memcmp(c.name, "IEND", 4) == 0)
            return;
    }
}
