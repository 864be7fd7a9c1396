/*
 * The caps that hold where the caller gives none.
 */
#include "fc_limits.h"

fc_decode_limits fc__decode_limits(const fc_decode_limits *given)
{
    static const fc_decode_limits none;
    const fc_decode_limits *g = given != NULL ? given : &none;

    return (fc_decode_limits){
        .max_pixels = g->max_pixels != 0 ? g->max_pixels : FC_DEFAULT_MAX_PIXELS,
        .max_text_bytes = g->max_text_bytes != 0 ? g->max_text_bytes : FC_DEFAULT_MAX_TEXT_BYTES,
        .max_samples = g->max_samples != 0 ? g->max_samples : FC_DEFAULT_MAX_SAMPLES,
        .max_points = g->max_points != 0 ? g->max_points : FC_DEFAULT_MAX_POINTS,
        .max_nesting = g->max_nesting != 0 ? g->max_nesting : FC_DEFAULT_MAX_NESTING,
        .max_draw_ms = g->max_draw_ms != 0 ? g->max_draw_ms : FC_DEFAULT_MAX_DRAW_MS,
        .svg_helper = g->svg_helper,
    };
}
