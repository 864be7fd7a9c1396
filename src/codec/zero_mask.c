/*
 * Exact zeros apart: one bit an element, and the others close together. Only all-zero bits count as
 * zero, so that -0.0 keeps its sign.
 *
 * Branch-free loops: features after a ReLU are zero about every second time, in no order that a
 * branch predictor could learn.
 */
#include "codec_internal.h"

#include <string.h>

#include "fc_bytes.h"

#define BITS 8u

static size_t count32(const uint8_t *elements, size_t n)
{
    size_t zeros = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t v;

        memcpy(&v, elements + i * sizeof(v), sizeof(v));
        zeros += v == 0;
    }
    return zeros;
}

static size_t count16(const uint8_t *elements, size_t n)
{
    size_t zeros = 0;

    for (size_t i = 0; i < n; i++) {
        uint16_t v;

        memcpy(&v, elements + i * sizeof(v), sizeof(v));
        zeros += v == 0;
    }
    return zeros;
}

size_t fc__zeros_count(fc_dtype dtype, const uint8_t *elements, size_t n)
{
    size_t zeros = 0;

    if (fc_dtype_size(dtype) == sizeof(uint32_t))
        return count32(elements, n);
    if (fc_dtype_size(dtype) == sizeof(uint16_t))
        return count16(elements, n);
    for (size_t i = 0; i < n; i++)
        zeros += elements[i] == 0;
    return zeros;
}

static size_t squeeze32(const uint8_t *in, size_t n, uint8_t *mask, uint8_t *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i += BITS) {
        const size_t count = n - i < BITS ? n - i : BITS;
        unsigned m = 0;

        for (size_t j = 0; j < count; j++) {
            uint32_t v;

            memcpy(&v, in + (i + j) * sizeof(v), sizeof(v));
            memcpy(out + kept * sizeof(v), &v, sizeof(v)); /* kept <= i + j: always in room */
            m |= (unsigned)(v != 0) << j;
            kept += v != 0;
        }
        mask[i / BITS] = (uint8_t)m;
    }
    return kept;
}

static size_t squeeze16(const uint8_t *in, size_t n, uint8_t *mask, uint8_t *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i += BITS) {
        const size_t count = n - i < BITS ? n - i : BITS;
        unsigned m = 0;

        for (size_t j = 0; j < count; j++) {
            uint16_t v;

            memcpy(&v, in + (i + j) * sizeof(v), sizeof(v));
            memcpy(out + kept * sizeof(v), &v, sizeof(v)); /* kept <= i + j: always in room */
            m |= (unsigned)(v != 0) << j;
            kept += v != 0;
        }
        mask[i / BITS] = (uint8_t)m;
    }
    return kept;
}

static size_t squeeze8(const uint8_t *in, size_t n, uint8_t *mask, uint8_t *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i += BITS) {
        const size_t count = n - i < BITS ? n - i : BITS;
        unsigned m = 0;

        for (size_t j = 0; j < count; j++) {
            uint8_t v;

            memcpy(&v, in + (i + j) * sizeof(v), sizeof(v));
            memcpy(out + kept * sizeof(v), &v, sizeof(v)); /* kept <= i + j: always in room */
            m |= (unsigned)(v != 0) << j;
            kept += v != 0;
        }
        mask[i / BITS] = (uint8_t)m;
    }
    return kept;
}

size_t fc__zeros_squeeze(fc_dtype dtype, const uint8_t *elements, size_t n, uint8_t *mask,
                         uint8_t *out)
{
    switch (fc_dtype_size(dtype)) {
    case sizeof(uint32_t):
        return squeeze32(elements, n, mask, out);
    case sizeof(uint16_t):
        return squeeze16(elements, n, mask, out);
    default:
        return squeeze8(elements, n, mask, out);
    }
}

fc_status fc__mask_count(const uint8_t *mask, size_t n, size_t *ones, fc_error *err)
{
    const size_t bytes = (n + BITS - 1) / BITS;
    size_t i = 0, count = 0;

    if (n % BITS != 0 && mask[bytes - 1] >> n % BITS != 0)
        return fc_error_set(err, FC_E_CORRUPT, "frame: the zero mask has bits past element %zu", n);
    for (; i + sizeof(uint64_t) <= bytes; i += sizeof(uint64_t))
        count += (size_t)__builtin_popcountll(fc_get_le64(mask + i));
    for (; i < bytes; i++)
        count += (size_t)__builtin_popcount(mask[i]);
    *ones = count;
    return FC_OK;
}

/* Up to eight elements of one mask byte; the byte stays in a register and only `in` is waited for.
 */
static inline const uint8_t *expand32_byte(const uint8_t *in, uint32_t m, size_t n, uint8_t *out)
{
    for (size_t j = 0; j < n; j++) {
        const uint32_t bit = m >> j & 1u;
        uint32_t v;

        memcpy(&v, in, sizeof(v));
        v &= 0u - bit;
        memcpy(out + j * sizeof(v), &v, sizeof(v));
        in += bit * sizeof(v);
    }
    return in;
}

static inline const uint8_t *expand16_byte(const uint8_t *in, uint32_t m, size_t n, uint8_t *out)
{
    for (size_t j = 0; j < n; j++) {
        const uint32_t bit = m >> j & 1u;
        uint16_t v;

        memcpy(&v, in, sizeof(v));
        v = (uint16_t)(v & (0u - bit));
        memcpy(out + j * sizeof(v), &v, sizeof(v));
        in += bit * sizeof(v);
    }
    return in;
}

static inline const uint8_t *expand8_byte(const uint8_t *in, uint32_t m, size_t n, uint8_t *out)
{
    for (size_t j = 0; j < n; j++) {
        const uint32_t bit = m >> j & 1u;
        uint8_t v;

        memcpy(&v, in, sizeof(v));
        v = (uint8_t)(v & (0u - bit));
        memcpy(out + j * sizeof(v), &v, sizeof(v));
        in += bit * sizeof(v);
    }
    return in;
}

static void expand32(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS)
        in = expand32_byte(in, mask[i / BITS], BITS, out + i * sizeof(uint32_t));
    if (i < n)
        expand32_byte(in, mask[i / BITS], n - i, out + i * sizeof(uint32_t));
}

static void expand16(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS)
        in = expand16_byte(in, mask[i / BITS], BITS, out + i * sizeof(uint16_t));
    if (i < n)
        expand16_byte(in, mask[i / BITS], n - i, out + i * sizeof(uint16_t));
}

static void expand8(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS)
        in = expand8_byte(in, mask[i / BITS], BITS, out + i * sizeof(uint8_t));
    if (i < n)
        expand8_byte(in, mask[i / BITS], n - i, out + i * sizeof(uint8_t));
}

void fc__zeros_expand(fc_dtype dtype, const uint8_t *squeezed, const uint8_t *mask, size_t n,
                      uint8_t *elements)
{
    switch (fc_dtype_size(dtype)) {
    case sizeof(uint32_t):
        expand32(squeezed, mask, n, elements);
        break;
    case sizeof(uint16_t):
        expand16(squeezed, mask, n, elements);
        break;
    default:
        expand8(squeezed, mask, n, elements);
        break;
    }
}
