/*
 * The built-in image encoder: histograms of oriented gradients (Dalal and Triggs 2005) with
 * luminance and colour, on a grid of 14 x 14 cells. Internal to the encoder's files.
 *
 * Every step is whole-number arithmetic, or float arithmetic of + - * / and sqrt in a fixed order,
 * so that the bits are the same on every machine and with every compiler.
 */
#ifndef FC_HOG_H
#define FC_HOG_H

#include "fc_cell_pool.h"
#include "fc_encoder.h"
#include "fc_image_prep.h"

/* Raise with every change that can change a bit of any output. */
#define FC_HOG_CODE_VERSION 1

#define FC_HOG_CELLS    FC_MAP_CELLS
#define FC_HOG_N_CELLS  FC_MAP_N_CELLS
#define FC_HOG_MAX_BINS 18
#define FC_HOG_MAX_SIZE 448
/* Channels behind the bins: luminance, red against green, yellow against blue. */
#define FC_HOG_EXTRA_CHANNELS 3
#define FC_HOG_MAX_CHANNELS   (FC_HOG_MAX_BINS + FC_HOG_EXTRA_CHANNELS)

typedef struct fc_hog_rule {
    fc_image_rule image;
    uint32_t bins;
    bool signed_bins; /* orientation over 360 degrees, else over 180 */
    float luminance_weight, colour_weight;
    float epsilon, clip; /* of the block norm */
} fc_hog_rule;

typedef struct fc_hog {
    fc_hog_rule rule;
    fc_cell_rule cells; /* of the outputs; its channels are those of the map */
    /* Where a pixel column or row falls: cell below it (0 is outside) and the weight of the next.
     */
    uint32_t low_cell[FC_HOG_MAX_SIZE];
    float high_weight[FC_HOG_MAX_SIZE];
} fc_hog;

/* Scratch memory of one thread. */
typedef struct fc_hog_worker {
    uint8_t grey[FC_HOG_MAX_SIZE * FC_HOG_MAX_SIZE];
    float magnitude[FC_HOG_MAX_SIZE], position[FC_HOG_MAX_SIZE];
    /* Gradient energy by cell and bin, with a ring of cells around that is not used further. */
    float cells[(FC_HOG_CELLS + 2) * (FC_HOG_CELLS + 2) * FC_HOG_MAX_BINS];
    float map[FC_HOG_N_CELLS * FC_HOG_MAX_CHANNELS];
} fc_hog_worker;

/* Fill in what follows from the rule, the channels too. */
void fc__hog_set_up(fc_hog *h);

/* w->grey to w->cells. */
void fc__hog_gradients(const fc_hog *h, fc_hog_worker *w);
/* w->cells to the orientation channels of w->map, block-normalised. */
void fc__hog_normalise(const fc_hog *h, fc_hog_worker *w);
/* Grey levels and colours of the image to w->grey and the other channels of w->map. `channels` of
 * the pixels is 1 or 3. */
void fc__hog_colours(const fc_hog *h, const uint8_t *pixels, uint32_t channels, fc_hog_worker *w);

#endif /* FC_HOG_H */
