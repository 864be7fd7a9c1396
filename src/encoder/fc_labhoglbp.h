/*
 * builtin/lab-hog-lbp: colour, edges and texture of each of 14 x 14 cells. Colour is the mean and
 * the deviation of CIELAB (fc_lab.h), edges are histograms of oriented gradients (fc_hog.h),
 * texture is a histogram of local binary patterns (fc_lbp.h). Internal to the encoder's files.
 *
 * Every step is whole-number arithmetic, or float arithmetic of + - * / and sqrt in a fixed order,
 * so that the bits are the same on every machine and with every compiler.
 */
#ifndef FC_LABHOGLBP_H
#define FC_LABHOGLBP_H

#include "fc_hog.h"
#include "fc_lab.h"
#include "fc_lbp.h"

/* Raise with every change that can change a bit of any output. */
#define FC_LABHOGLBP_CODE_VERSION 1

/* Mean of L, a, b, then their deviations; orientation bins and pattern codes follow. */
#define FC_LABHOGLBP_COLOURS      6
#define FC_LABHOGLBP_MAX_CHANNELS (FC_LABHOGLBP_COLOURS + FC_HOG_MAX_BINS + FC_LBP_ORIENTED)

typedef struct fc_labhoglbp {
    fc_image_rule image;
    float luminance, colour, edges, texture; /* weights */
    fc_cell_rule cells;
    fc_hog hog; /* of its map only the orientation bins are used */
    fc_lab_table lab;
    fc_lbp_table lbp;
} fc_labhoglbp;

/* Scratch memory of one thread. */
typedef struct fc_labhoglbp_worker {
    fc_hog_worker hog;
    uint8_t codes[FC_HOG_MAX_SIZE * FC_HOG_MAX_SIZE];
    float map[FC_MAP_N_CELLS * FC_LABHOGLBP_MAX_CHANNELS];
} fc_labhoglbp_worker;

/* The pixels (1 or 3 channels) to w->map, all channels. */
void fc__labhoglbp_map(const fc_labhoglbp *e, const uint8_t *pixels, uint32_t channels,
                       fc_labhoglbp_worker *w);

#endif /* FC_LABHOGLBP_H */
