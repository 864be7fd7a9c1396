/*
 * The weights of one pass of a resize: which source pixels make an output pixel, and how much
 * of each. Internal to the resizer.
 */
#ifndef FC_RESIZE_WEIGHTS_H
#define FC_RESIZE_WEIGHTS_H

#include "fc_resize.h"
#include "fc_vec_resize.h"

typedef struct fc_resize_plan {
    fc_resize_taps *taps; /* n_out */
    int32_t *weights;     /* of all taps */
    int16_t *split;
    uint32_t n_out;
} fc_resize_plan;

#define FC_RESIZE_PLAN_INIT \
    {                       \
        NULL, NULL, NULL, 0 \
    }

/* Resize a canvas side of n_canvas pixels to n_out, the image lying at [start, start + n). */
fc_status fc__resize_plan(fc_resize_plan *out, fc_resize_filter filter, uint32_t n_canvas,
                          uint32_t n_out, uint32_t start, uint32_t n, fc_error *err);
void fc__resize_plan_dispose(fc_resize_plan *plan);

/* Which pixel of a canvas side each of n_out pixels is, by Pillow's nearest neighbour (the steps of
 * ImagingScaleAffine added up in double, as there). */
void fc__resize_nearest(uint32_t n_canvas, uint32_t n_out, uint32_t *at);

#endif /* FC_RESIZE_WEIGHTS_H */
