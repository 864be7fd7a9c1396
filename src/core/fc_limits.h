/*
 * Caps on what one file from outside may become, shared by the decoders and by all who call them.
 *
 * Threads: plain values.
 */
#ifndef FC_LIMITS_H
#define FC_LIMITS_H

#include <featcache/types.h>

/* Caps on what one file may decode to. They only decide between done and refused (FC_E_LIMIT), so
 * they are no part of a fingerprint. 0 (NULL) is the default of each. */
typedef struct fc_decode_limits {
    uint64_t max_pixels;     /* width x height; 64 million */
    uint64_t max_text_bytes; /* 16 MiB */
    uint64_t max_samples;    /* of sound, a channel, within the span that is asked for; 2^27 */
    uint64_t max_points;     /* points, and triangles, of a cloud or mesh; 2^24 */
    uint32_t max_nesting;    /* of elements in an SVG; 64 */
    uint32_t max_draw_ms;    /* processor time that drawing an SVG may take; 2000 */
    const char
        *svg_helper; /* the program that draws SVGs; NULL: found (fc_svg_helper.h). Borrowed */
} fc_decode_limits;

#define FC_DEFAULT_MAX_PIXELS     UINT64_C(64000000)
#define FC_DEFAULT_MAX_TEXT_BYTES (UINT64_C(16) << 20)
#define FC_DEFAULT_MAX_SAMPLES    (UINT64_C(1) << 27)
#define FC_DEFAULT_MAX_POINTS     (UINT64_C(1) << 24)
#define FC_DEFAULT_MAX_NESTING    64u
#define FC_DEFAULT_MAX_DRAW_MS    2000u

/* The caps that hold: `given` (may be NULL) with its zeros replaced. */
fc_decode_limits fc__decode_limits(const fc_decode_limits *given);

#endif /* FC_LIMITS_H */
