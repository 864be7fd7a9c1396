/*
 * Luminance and colour of each cell: whole-number sums over its pixels, scaled once.
 */
#include "fc_hog.h"

#include <string.h>

/* Luminance is taken against the picture's own mean; this much stays, so that a blank picture is
 * not a zero vector, which has no direction. */
#define LUMINANCE_FLOOR (1.0f / 64.0f)

typedef struct cell_sums {
    int64_t luminance, red_green, yellow_blue;
} cell_sums;

/* ITU-R 601 luma as Pillow's "L" computes it. */
static uint8_t luma(const uint8_t *p)
{
    return (uint8_t)((p[0] * 19595u + p[1] * 38470u + p[2] * 7471u + 0x8000u) >> 16);
}

static void sum_grey(const fc_hog *h, const uint8_t *pixels, fc_hog_worker *w, cell_sums *sums)
{
    const uint32_t size = h->rule.image.size, side = size / FC_HOG_CELLS;

    memcpy(w->grey, pixels, (size_t)size * size);
    for (uint32_t y = 0; y < size; y++)
        for (uint32_t x = 0; x < size; x++)
            sums[y / side * FC_HOG_CELLS + x / side].luminance += *pixels++;
}

static void sum_colour(const fc_hog *h, const uint8_t *pixels, fc_hog_worker *w, cell_sums *sums)
{
    const uint32_t size = h->rule.image.size, side = size / FC_HOG_CELLS;
    uint8_t *grey = w->grey;

    for (uint32_t y = 0; y < size; y++)
        for (uint32_t x = 0; x < size; x++, pixels += 3) {
            cell_sums *s = &sums[y / side * FC_HOG_CELLS + x / side];

            *grey = luma(pixels);
            s->luminance += *grey++;
            s->red_green += pixels[0] - pixels[1];
            s->yellow_blue += pixels[0] + pixels[1] - 2 * pixels[2];
        }
}

void fc__hog_colours(const fc_hog *h, const uint8_t *pixels, uint32_t channels, fc_hog_worker *w)
{
    const float side = (float)(h->rule.image.size / FC_HOG_CELLS);
    const float unit = 1.0f / (255.0f * side * side);
    cell_sums sums[FC_HOG_N_CELLS];
    int64_t total = 0;

    memset(sums, 0, sizeof(sums));
    if (channels == 1)
        sum_grey(h, pixels, w, sums);
    else
        sum_colour(h, pixels, w, sums);
    for (size_t i = 0; i < FC_HOG_N_CELLS; i++)
        total += sums[i].luminance;
    for (size_t i = 0; i < FC_HOG_N_CELLS; i++) {
        float *out = w->map + i * h->cells.channels + h->rule.bins;
        /* Times the number of cells, so that the difference to the mean is exact. */
        const float contrast = (float)(sums[i].luminance * FC_HOG_N_CELLS - total) / FC_HOG_N_CELLS;

        out[0] = h->rule.luminance_weight * (contrast * unit + LUMINANCE_FLOOR);
        out[1] = h->rule.colour_weight * ((float)sums[i].red_green * unit * 0.5f);
        out[2] = h->rule.colour_weight * ((float)sums[i].yellow_blue * unit * 0.25f);
    }
}
