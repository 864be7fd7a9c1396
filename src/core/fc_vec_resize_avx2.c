/*
 * The resizer's loops with AVX2. The horizontal one multiplies pairs of 16-bit numbers (a weight of
 * 23 bits as a low and a high part) and adds them modulo 2^32, which is exact because the whole sum
 * fits: the same bits as plain C, at twice the rate of 32-bit products.
 */
#include "fc_vec_resize.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define TARGET        __attribute__((target("avx2")))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define MAX_LINES \
    3 /* that share the loads of the weights; the sums of four do not fit the registers */
/* Sums belong in registers, which takes loops that are gone. */
#define UNROLL _Pragma("GCC unroll 4")

/* low + high * 2^15 + start, to a byte in each of four lanes. */
TARGET static ALWAYS_INLINE uint32_t to_bytes(__m128i low, __m128i high, __m128i start)
{
    __m128i sum = _mm_add_epi32(low, _mm_slli_epi32(high, FC_RESIZE_LOW_BITS));

    sum = _mm_srai_epi32(_mm_add_epi32(sum, start), FC_RESIZE_BITS);
    sum = _mm_packs_epi32(sum, sum);
    return (uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(sum, sum));
}

TARGET static ALWAYS_INLINE __m128i both_halves(__m256i v)
{
    return _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

/* One output pixel of n lines of RGB: four source pixels (12 of 16 bytes loaded) a step. */
TARGET static ALWAYS_INLINE void pixel_3(const fc_resize_taps *t, const fc_resize_lines *l,
                                         const uint8_t *in, uint8_t *out, size_t n)
{
    /* The pairs (r0 r1) (g0 g1) (b0 b1) below, (r2 r3) ... above, as 16-bit numbers. */
    const __m256i spread =
        _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                         -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const __m256i low_pairs = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5,
                                               6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    const __m256i high_pairs = _mm256_add_epi8(low_pairs, _mm256_set1_epi8(8));
    const __m128i start = _mm_setr_epi32(FC_RESIZE_HALF + l->ground[0] * t->outside,
                                         FC_RESIZE_HALF + l->ground[1] * t->outside,
                                         FC_RESIZE_HALF + l->ground[2] * t->outside, 0);
    __m256i low[MAX_LINES], high[MAX_LINES];

    in += (size_t)t->first * 3;
    UNROLL
    for (size_t y = 0; y < n; y++)
        low[y] = high[y] = _mm256_setzero_si256();
    for (uint32_t k = 0; k < t->count; k += 4) {
        const __m256i w = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(t->split + 2 * (size_t)k)));
        const __m256i w_low = _mm256_shuffle_epi8(w, low_pairs);
        const __m256i w_high = _mm256_shuffle_epi8(w, high_pairs);

        UNROLL
        for (size_t y = 0; y < n; y++) {
            const __m128i *from = (const __m128i *)(in + y * l->in_stride + 3 * (size_t)k);
            const __m256i p =
                _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(from)), spread);

            low[y] = _mm256_add_epi32(low[y], _mm256_madd_epi16(p, w_low));
            high[y] = _mm256_add_epi32(high[y], _mm256_madd_epi16(p, w_high));
        }
    }
    UNROLL
    for (size_t y = 0; y < n; y++) {
        const uint32_t rgb = to_bytes(both_halves(low[y]), both_halves(high[y]), start);

        memcpy(out + y * l->out_stride, &rgb, 3);
    }
}

/* The sum of the four lanes. */
TARGET static ALWAYS_INLINE int32_t across_lanes(__m128i v)
{
    v = _mm_add_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(1, 0, 3, 2)));
    v = _mm_add_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(v);
}

/* One output pixel of n grey lines: eight source pixels a step, low parts in the lower half. */
TARGET static ALWAYS_INLINE void pixel_1(const fc_resize_taps *t, const fc_resize_lines *l,
                                         const uint8_t *in, uint8_t *out, size_t n)
{
    __m256i sums[MAX_LINES];

    in += t->first;
    UNROLL
    for (size_t y = 0; y < n; y++)
        sums[y] = _mm256_setzero_si256();
    for (uint32_t k = 0; k < t->count; k += 8) {
        const __m256i w = _mm256_permute4x64_epi64(
            _mm256_loadu_si256((const __m256i *)(t->split + 2 * (size_t)k)),
            _MM_SHUFFLE(3, 1, 2, 0));

        UNROLL
        for (size_t y = 0; y < n; y++) {
            const __m128i *from = (const __m128i *)(in + y * l->in_stride + k);
            const __m256i p = _mm256_broadcastsi128_si256(_mm_cvtepu8_epi16(_mm_loadl_epi64(from)));

            sums[y] = _mm256_add_epi32(sums[y], _mm256_madd_epi16(p, w));
        }
    }
    UNROLL
    for (size_t y = 0; y < n; y++) {
        /* Modulo 2^32, as in the vectors. */
        const uint32_t low = (uint32_t)across_lanes(_mm256_castsi256_si128(sums[y]));
        const uint32_t high = (uint32_t)across_lanes(_mm256_extracti128_si256(sums[y], 1));
        const int32_t start = FC_RESIZE_HALF + l->ground[0] * t->outside;

        out[y * l->out_stride] =
            fc__resize_clip((int32_t)((uint32_t)start + low + (high << FC_RESIZE_LOW_BITS)));
    }
}

/* How far from the start of a line the loads of one output pixel reach. */
static size_t reach(const fc_resize_taps *t, uint32_t channels)
{
    if (channels == 1)
        return t->first + ((size_t)t->count + 7) / 8 * 8;
    return (size_t)t->first * 3 + ((size_t)t->count + 3) / 4 * 12 + 4;
}

/* n lines from line y on; where a load would pass the end of the picture, plain C. */
TARGET static ALWAYS_INLINE void some_lines(const fc_resize_taps *taps, uint32_t n_out,
                                            const fc_resize_lines *l, size_t y, size_t n)
{
    const uint8_t *in = l->in + y * l->in_stride;
    const size_t left = (size_t)(l->in_end - (in + (n - 1) * l->in_stride));
    fc_resize_lines one = *l;

    one.in = in;
    one.n_lines = n;
    for (uint32_t x = 0; x < n_out; x++) {
        uint8_t *out = l->out + y * l->out_stride + (size_t)x * l->channels;

        if (reach(&taps[x], l->channels) > left) {
            one.out = out;
            fc__resize_across_plain(&taps[x], 1, &one);
        } else if (l->channels == 3) {
            pixel_3(&taps[x], l, in, out, n);
        } else {
            pixel_1(&taps[x], l, in, out, n);
        }
    }
}

TARGET void fc__resize_across_avx2(const fc_resize_taps *taps, uint32_t n_out,
                                   const fc_resize_lines *l)
{
    size_t y = 0;

    if (l->channels != 1 && l->channels != 3) {
        fc__resize_across_plain(taps, n_out, l);
        return;
    }
    for (; y + MAX_LINES <= l->n_lines; y += MAX_LINES)
        some_lines(taps, n_out, l, y, MAX_LINES);
    for (; y < l->n_lines; y++)
        some_lines(taps, n_out, l, y, 1);
}

/* Eight columns: bytes to 32-bit numbers. */
TARGET static ALWAYS_INLINE __m256i eight(const uint8_t *from)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from));
}

TARGET void fc__resize_down_avx2(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                                 const uint8_t *ground, uint8_t *out)
{
    enum { STEP = 32 };
    const uint8_t *first = lines + (size_t)t->first * stride;
    const __m256i half = _mm256_set1_epi32(FC_RESIZE_HALF);
    const __m256i outside = _mm256_set1_epi32(t->outside);
    /* Packing works on halves of a register; this puts the fours of bytes back in order. */
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    size_t i = 0;

    for (; i + STEP <= stride; i += STEP) {
        const uint8_t *line = first + i;
        __m256i s[4];

        UNROLL
        for (size_t j = 0; j < 4; j++)
            s[j] = _mm256_add_epi32(half, _mm256_mullo_epi32(eight(ground + i + 8 * j), outside));
        for (uint32_t k = 0; k < t->count; k++, line += stride) {
            const __m256i w = _mm256_set1_epi32(t->weights[k]);

            UNROLL
            for (size_t j = 0; j < 4; j++)
                s[j] = _mm256_add_epi32(s[j], _mm256_mullo_epi32(eight(line + 8 * j), w));
        }
        UNROLL
        for (size_t j = 0; j < 4; j++)
            s[j] = _mm256_srai_epi32(s[j], FC_RESIZE_BITS);
        s[0] = _mm256_packus_epi16(_mm256_packs_epi32(s[0], s[1]), _mm256_packs_epi32(s[2], s[3]));
        _mm256_storeu_si256((__m256i *)(out + i), _mm256_permutevar8x32_epi32(s[0], order));
    }
    for (; i < stride; i++) {
        int32_t sum = FC_RESIZE_HALF + ground[i] * t->outside;

        for (uint32_t k = 0; k < t->count; k++)
            sum += first[k * stride + i] * t->weights[k];
        out[i] = fc__resize_clip(sum);
    }
}

#else

void fc__resize_across_avx2(const fc_resize_taps *taps, uint32_t n_out, const fc_resize_lines *l)
{
    fc__resize_across_plain(taps, n_out, l);
}

void fc__resize_down_avx2(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                          const uint8_t *ground, uint8_t *out)
{
    fc__resize_down_plain(t, lines, stride, ground, out);
}

#endif
