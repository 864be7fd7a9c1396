/*
 * Local binary patterns (Ojala, Pietikainen and Maenpaa 2002): which of eight points on a circle
 * around a pixel are at least as light as the pixel itself. Internal to the image encoders.
 *
 * The codes are those of skimage.feature.local_binary_pattern(P=8), but for two things: the points
 * between pixels are interpolated in whole numbers, so that a flat area has one code everywhere
 * (there, rounding decides); and outside the picture its edge is repeated (there, it is black).
 *
 * Threads: a table is constant once made.
 */
#ifndef FC_LBP_H
#define FC_LBP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FC_LBP_POINTS       8
#define FC_LBP_UNIFORM      10 /* codes: 0 to 8 lighter points in one run; 9: more runs than one */
#define FC_LBP_ORIENTED     59 /* 'nri_uniform': each run by length and place; 58: more than one */
#define FC_LBP_MAX_RADIUS   4
#define FC_LBP_WEIGHT_TOTAL (INT64_C(100000) * 100000)

/* A point of the circle: four neighbouring pixels and their weights. */
typedef struct fc_lbp_point {
    int dx, dy;        /* of the upper left one, from the centre */
    int64_t weight[4]; /* left, right, left below, right below; FC_LBP_WEIGHT_TOTAL in all */
    bool on_pixel;     /* the first has all the weight */
} fc_lbp_point;

typedef struct fc_lbp_table {
    fc_lbp_point points[FC_LBP_POINTS];
    uint8_t code[1 << FC_LBP_POINTS]; /* of a pattern, bit p being point p */
    uint32_t radius, n_codes;
} fc_lbp_table;

/* radius from 1 to FC_LBP_MAX_RADIUS. */
void fc__lbp_table(fc_lbp_table *out, uint32_t radius, bool oriented);

/* The code of each pixel of a square picture of `size` x `size` grey levels. */
void fc__lbp_codes(const fc_lbp_table *t, const uint8_t *grey, uint32_t size, uint8_t *codes);

#endif /* FC_LBP_H */
