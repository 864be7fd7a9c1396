/*
 * The weights of one pass of a resize: which source pixels make an output pixel, and how much
 * of each. Internal to the resizer.
 */
#ifndef FC_RESIZE_WEIGHTS_H
#define FC_RESIZE_WEIGHTS_H

#include "fc_resize.h"

/* Bits behind the point: 8-bit pixels times weights sum up to 30 bits and a sign. */
#define FC_RESIZE_BITS 22
#define FC_RESIZE_HALF (INT32_C(1) << (FC_RESIZE_BITS - 1))

typedef struct fc_resize_taps {
    uint32_t first, count; /* the source pixels inside the image, in image coordinates */
    int32_t outside;       /* the sum of the weights that fall on the white around the image */
    const int32_t *weights;
} fc_resize_taps;

typedef struct fc_resize_plan {
    fc_resize_taps *taps; /* n_out */
    int32_t *weights;
    uint32_t n_out;
} fc_resize_plan;

#define FC_RESIZE_PLAN_INIT \
    {                       \
        NULL, NULL, 0       \
    }

/* Resize a canvas side of n_canvas pixels to n_out, the image lying at [start, start + n). */
fc_status fc__resize_plan(fc_resize_plan *out, fc_resize_filter filter, uint32_t n_canvas,
                          uint32_t n_out, uint32_t start, uint32_t n, fc_error *err);
void fc__resize_plan_dispose(fc_resize_plan *plan);

/* A sum in fixed point to a pixel. */
static inline uint8_t fc__resize_clip(int32_t sum)
{
    const int32_t v = sum >> FC_RESIZE_BITS;

    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

#endif /* FC_RESIZE_WEIGHTS_H */
