/*
 * Pixels of other kinds to RGB: alpha over the ground, grey to three channels.
 */
#include <stdlib.h>

#include "fc_decode_internal.h"

/* As Pillow's alpha_composite computes it over an opaque ground: 7 more bits, rounded. */
void fc__flatten_rgba(const uint8_t *rgba, size_t n, uint8_t ground, uint8_t *out)
{
    for (size_t i = 0; i < n; i++, rgba += 4, out += 3) {
        const uint32_t alpha = rgba[3], rest = ground * (255u - alpha) + 128u;

        for (int k = 0; k < 3; k++) {
            const uint32_t sum = (rgba[k] * alpha + rest) << 7;

            out[k] = (uint8_t)(((sum >> 8) + sum) >> 15);
        }
    }
}

void fc__spread_grey(const uint8_t *grey, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++, out += 3)
        out[0] = out[1] = out[2] = grey[i];
}

/* Memory that cannot be given back is kept. */
void fc__shrink_to_rgb(fc_image *im)
{
    uint8_t *smaller = realloc(im->pixels, (size_t)im->width * im->height * 3);

    if (smaller != NULL)
        im->pixels = smaller;
}
