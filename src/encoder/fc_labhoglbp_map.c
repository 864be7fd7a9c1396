/*
 * The map of builtin/lab-hog-lbp, channel by channel.
 */
#include "fc_labhoglbp.h"

#include <math.h>
#include <string.h>

/* Luminance is taken against the picture's own mean; this much stays, so that a blank picture is
 * not a zero vector, which has no direction. */
#define LUMINANCE_FLOOR (1.0f / 64.0f)

/* Whole numbers: a sum of squares takes 45 bits a pixel and 10 bits for the pixels of a cell. */
typedef struct cell_sums {
    int64_t sum[3], square[3];
} cell_sums;

static void sum_colours(const fc_labhoglbp *e, const uint8_t *pixels, uint32_t channels,
                        cell_sums *sums)
{
    const uint32_t size = e->image.size, side = size / FC_MAP_CELLS;

    for (uint32_t y = 0; y < size; y++)
        for (uint32_t x = 0; x < size; x++, pixels += channels) {
            cell_sums *s = &sums[y / side * FC_MAP_CELLS + x / side];
            const uint8_t grey[3] = {pixels[0], pixels[0], pixels[0]};
            int32_t lab[3];

            fc__lab_of(&e->lab, channels == 3 ? pixels : grey, lab);
            for (int k = 0; k < 3; k++) {
                s->sum[k] += lab[k];
                s->square[k] += (int64_t)lab[k] * lab[k];
            }
        }
}

/* Means and deviations, 100 of L, a or b being 1, each times its weight. */
static void colour_channels(const fc_labhoglbp *e, const cell_sums *sums, float *map)
{
    const uint32_t side = e->image.size / FC_MAP_CELLS;
    const double n = (double)side * side, unit = 1.0 / (100.0 * FC_LAB_ONE);
    double total = 0;

    for (size_t i = 0; i < FC_MAP_N_CELLS; i++)
        total += (double)sums[i].sum[0];
    for (size_t i = 0; i < FC_MAP_N_CELLS; i++, map += e->cells.channels)
        for (int k = 0; k < 3; k++) {
            const float weight = k == 0 ? e->luminance : e->colour;
            const double mean = (double)sums[i].sum[k] / n;
            const double variance = (double)sums[i].square[k] / n - mean * mean;
            const double base = k == 0 ? total / (n * FC_MAP_N_CELLS) : 0;
            const float level = (float)((mean - base) * unit) + (k == 0 ? LUMINANCE_FLOOR : 0.0f);

            map[k] = weight * level;
            map[3 + k] = weight * (float)(sqrt(variance > 0 ? variance : 0) * unit);
        }
}

static void edge_channels(const fc_labhoglbp *e, const fc_hog_worker *hog, float *map)
{
    for (size_t i = 0; i < FC_MAP_N_CELLS; i++)
        for (uint32_t k = 0; k < e->hog.rule.bins; k++)
            map[i * e->cells.channels + FC_LABHOGLBP_COLOURS + k] =
                e->edges * hog->map[i * e->hog.cells.channels + k];
}

/* Square roots of the shares of the codes: a unit vector a cell, whose dot products compare
 * histograms by Bhattacharyya's coefficient. */
static void texture_channels(const fc_labhoglbp *e, const uint8_t *codes, float *map)
{
    const uint32_t size = e->image.size, side = size / FC_MAP_CELLS;
    const float n = (float)(side * side);
    uint32_t counts[FC_MAP_N_CELLS][FC_LBP_ORIENTED];

    memset(counts, 0, sizeof(counts));
    for (uint32_t y = 0; y < size; y++)
        for (uint32_t x = 0; x < size; x++)
            counts[y / side * FC_MAP_CELLS + x / side][*codes++]++;
    for (size_t i = 0; i < FC_MAP_N_CELLS; i++) {
        float *out = map + i * e->cells.channels + FC_LABHOGLBP_COLOURS + e->hog.rule.bins;

        for (uint32_t k = 0; k < e->lbp.n_codes; k++)
            out[k] = e->texture * sqrtf((float)counts[i][k] / n);
    }
}

void fc__labhoglbp_map(const fc_labhoglbp *e, const uint8_t *pixels, uint32_t channels,
                       fc_labhoglbp_worker *w)
{
    cell_sums sums[FC_MAP_N_CELLS];

    memset(sums, 0, sizeof(sums));
    sum_colours(e, pixels, channels, sums);
    colour_channels(e, sums, w->map);
    fc__hog_colours(&e->hog, pixels, channels, &w->hog); /* for its grey picture */
    fc__hog_gradients(&e->hog, &w->hog);
    fc__hog_normalise(&e->hog, &w->hog);
    edge_channels(e, &w->hog, w->map);
    fc__lbp_codes(&e->lbp, w->hog.grey, e->image.size, w->codes);
    texture_channels(e, w->codes, w->map);
}
