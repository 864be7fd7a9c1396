/*
 * Antialiased image resizing that gives Pillow's numbers bit for bit: two passes, 8 bits between
 * them, weights as 22-bit fixed point (Pillow's Image.resize, 8-bit modes). Pillow 13 runs the
 * vertical pass first where the height shrinks by more than twice what the width does; before, and
 * here when asked for, the horizontal one always came first.
 *
 * The source may lie anywhere on a larger canvas of one colour, which is never made, so that
 * padding a strip of 60000 x 1000 pixels to a square costs nothing.
 *
 * Threads: stateless.
 */
#ifndef FC_RESIZE_H
#define FC_RESIZE_H

#include <featcache/types.h>

typedef enum fc_resize_filter {
    FC_FILTER_BOX,
    FC_FILTER_BILINEAR,
    FC_FILTER_BICUBIC, /* a = -0.5 */
    FC_FILTER_LANCZOS, /* a = 3 */
    FC_FILTER_NEAREST  /* no antialiasing: one source pixel for each */
} fc_resize_filter;

/* 8-bit pixels, borrowed, and where they lie on their canvas. */
typedef struct fc_canvas {
    const uint8_t *pixels; /* image_height x image_width x channels */
    uint32_t image_width, image_height;
    uint32_t channels; /* 1 to 4 */
    uint32_t width, height;
    uint32_t left, top; /* left + image_width <= width, and so below */
    uint8_t ground[4];  /* of the canvas around the image, by channel */
    bool across_first;  /* the order of Pillow before 13 */
} fc_canvas;

/* The canvas itself, resized to out_width x out_height x channels; `out` is the caller's.
 * FC_E_INVALID for an image outside its canvas or an empty side. */
fc_status fc__resize(const fc_canvas *in, fc_resize_filter filter, uint32_t out_width,
                     uint32_t out_height, uint8_t *out, fc_error *err);

#endif /* FC_RESIZE_H */
