/*
 * Spreading by a mask with SSSE3's byte shuffle: half a mask byte chooses one of sixteen shuffles,
 * each of which puts up to four elements in their places and zeros in the others.
 */
#include "fc_spread.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("ssse3")))
#define BITS   8u

/* How many elements four bits take. */
static const uint8_t taken[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

/* Element k of the source as the bytes of a shuffle; Z is a zero. */
#define H(k) 2 * (k), 2 * (k) + 1
#define W(k) 4 * (k), 4 * (k) + 1, 4 * (k) + 2, 4 * (k) + 3
#define ZH   -1, -1
#define ZW   -1, -1, -1, -1

static const int8_t shuffle16[16][8] = {
    {ZH, ZH, ZH, ZH},     {H(0), ZH, ZH, ZH},     {ZH, H(0), ZH, ZH},     {H(0), H(1), ZH, ZH},
    {ZH, ZH, H(0), ZH},   {H(0), ZH, H(1), ZH},   {ZH, H(0), H(1), ZH},   {H(0), H(1), H(2), ZH},
    {ZH, ZH, ZH, H(0)},   {H(0), ZH, ZH, H(1)},   {ZH, H(0), ZH, H(1)},   {H(0), H(1), ZH, H(2)},
    {ZH, ZH, H(0), H(1)}, {H(0), ZH, H(1), H(2)}, {ZH, H(0), H(1), H(2)}, {H(0), H(1), H(2), H(3)},
};

static const int8_t shuffle32[16][16] = {
    {ZW, ZW, ZW, ZW},     {W(0), ZW, ZW, ZW},     {ZW, W(0), ZW, ZW},     {W(0), W(1), ZW, ZW},
    {ZW, ZW, W(0), ZW},   {W(0), ZW, W(1), ZW},   {ZW, W(0), W(1), ZW},   {W(0), W(1), W(2), ZW},
    {ZW, ZW, ZW, W(0)},   {W(0), ZW, ZW, W(1)},   {ZW, W(0), ZW, W(1)},   {W(0), W(1), ZW, W(2)},
    {ZW, ZW, W(0), W(1)}, {W(0), ZW, W(1), W(2)}, {ZW, W(0), W(1), W(2)}, {W(0), W(1), W(2), W(3)},
};

TARGET static inline const uint8_t *four_of_16(const uint8_t *in, unsigned bits, uint8_t *out)
{
    const __m128i v = _mm_loadl_epi64((const __m128i *)(const void *)in);
    const __m128i how = _mm_loadl_epi64((const __m128i *)(const void *)shuffle16[bits]);

    _mm_storel_epi64((__m128i *)(void *)out, _mm_shuffle_epi8(v, how));
    return in + taken[bits] * sizeof(uint16_t);
}

TARGET static inline const uint8_t *four_of_32(const uint8_t *in, unsigned bits, uint8_t *out)
{
    const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)in);
    const __m128i how = _mm_loadu_si128((const __m128i *)(const void *)shuffle32[bits]);

    _mm_storeu_si128((__m128i *)(void *)out, _mm_shuffle_epi8(v, how));
    return in + taken[bits] * sizeof(uint32_t);
}

TARGET void fc__spread16_ssse3(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS) {
        const unsigned m = mask[i / BITS];

        in = four_of_16(in, m & 15u, out + i * sizeof(uint16_t));
        in = four_of_16(in, m >> 4, out + (i + 4) * sizeof(uint16_t));
    }
    fc__spread16_plain(in, mask + i / BITS, n - i, out + i * sizeof(uint16_t));
}

TARGET void fc__spread32_ssse3(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS) {
        const unsigned m = mask[i / BITS];

        in = four_of_32(in, m & 15u, out + i * sizeof(uint32_t));
        in = four_of_32(in, m >> 4, out + (i + 4) * sizeof(uint32_t));
    }
    fc__spread32_plain(in, mask + i / BITS, n - i, out + i * sizeof(uint32_t));
}

#endif
