/*
 * The two loops of the image resizer (src/preprocess/fc_resize.h): whole-number sums of pixels
 * times weights, so that every instruction set gives the same bits.
 *
 * Threads: stateless.
 */
#ifndef FC_VEC_RESIZE_H
#define FC_VEC_RESIZE_H

#include <featcache/types.h>

/* Weights have 22 bits behind the point: with 8-bit pixels a sum takes 30 bits and a sign. */
#define FC_RESIZE_BITS 22
#define FC_RESIZE_HALF (INT32_C(1) << (FC_RESIZE_BITS - 1))

/* A weight w as w = high * 2^15 + low, 0 <= low < 2^15: two factors that fit 16 bits. */
#define FC_RESIZE_LOW_BITS 15

/* Which source pixels make one output pixel, and how much of each. */
typedef struct fc_resize_taps {
    uint32_t first, count;  /* within the image */
    int32_t outside;        /* the sum of the weights that fall on the ground around the image */
    const int32_t *weights; /* count */
    const int16_t *split;   /* the same, FC_RESIZE_SPLIT(count) numbers: by fours, their low parts,
                               then their high ones; zeros fill up */
} fc_resize_taps;

/* Numbers in `split` for n weights: filled up to a multiple of eight weights. */
#define FC_RESIZE_SPLIT(n) (((size_t)(n) + 7) / 8 * 16)

/* Lines of pixels on their way through the horizontal pass. */
typedef struct fc_resize_lines {
    const uint8_t *in; /* n_lines of them, in_stride apart */
    size_t in_stride;
    const uint8_t *in_end; /* behind the last byte that may be read */
    uint8_t *out;          /* n_lines of n_out x channels, out_stride apart */
    size_t out_stride, n_lines;
    uint32_t channels;     /* 1 to 4 */
    const uint8_t *ground; /* of `channels` */
} fc_resize_lines;

/* The horizontal pass: n_out pixels of each line. */
void fc__resize_across(const fc_resize_taps *taps, uint32_t n_out, const fc_resize_lines *l);
void fc__resize_across_plain(const fc_resize_taps *taps, uint32_t n_out, const fc_resize_lines *l);

/* The vertical pass: one output line of `stride` bytes out of t->count lines from `lines`, the
 * first image line, on. `ground` is a line of what the horizontal pass makes of the ground. */
void fc__resize_down(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                     const uint8_t *ground, uint8_t *out);
void fc__resize_down_plain(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                           const uint8_t *ground, uint8_t *out);

/* The AVX2 versions, called where the CPU has it. */
void fc__resize_across_avx2(const fc_resize_taps *taps, uint32_t n_out, const fc_resize_lines *l);
void fc__resize_down_avx2(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                          const uint8_t *ground, uint8_t *out);

/* A sum in fixed point to a pixel. */
static inline uint8_t fc__resize_clip(int32_t sum)
{
    const int32_t v = sum >> FC_RESIZE_BITS;

    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

#endif /* FC_VEC_RESIZE_H */
