/*
 * A picture embedded in an SVG as a data: address: taken when it is a PNG whose header, decoded
 * here, claims no more pixels than are left. (librsvg hands it to another library, which has no
 * cap.)
 */
#include <string.h>

#include "fc_bytes.h"
#include "fc_svg_scan.h"

#define PREFIX       "data:image/png;base64,"
#define HEADER_BYTES 24 /* of a PNG: up to its width and height */

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The first n bytes that the base64 text stands for; blanks are passed over. */
static bool decode_start(const char *text, size_t text_n, uint8_t *out, size_t n)
{
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t done = 0;

    for (size_t i = 0; i < text_n && done < n; i++) {
        const int v = value_of(text[i]);

        if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t')
            continue;
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[done++] = (uint8_t)(bits >> n_bits);
        }
    }
    return done == n;
}

fc_status fc__svg_embedded(const char *href, size_t n, uint64_t *pixels_left, fc_error *err)
{
    const size_t prefix = sizeof(PREFIX) - 1;
    uint8_t head[HEADER_BYTES];
    uint64_t pixels;

    if (n < prefix || memcmp(href, PREFIX, prefix) != 0 ||
        !decode_start(href + prefix, n - prefix, head, sizeof(head)) ||
        memcmp(head, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) != 0)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "the SVG embeds a picture that is no PNG in base64");
    pixels = (uint64_t)fc_get_be32(head + 16) * fc_get_be32(head + 20);
    if (pixels > *pixels_left)
        return fc_error_set(err, FC_E_LIMIT,
                            "the SVG embeds a picture of %u x %u pixels, more than the limit",
                            fc_get_be32(head + 16), fc_get_be32(head + 20));
    *pixels_left -= pixels;
    return FC_OK;
}
