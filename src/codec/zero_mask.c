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
#include "fc_spread.h"

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

void fc__zeros_expand(fc_dtype dtype, const uint8_t *squeezed, const uint8_t *mask, size_t n,
                      uint8_t *elements)
{
    switch (fc_dtype_size(dtype)) {
    case sizeof(uint32_t):
        fc__spread32(squeezed, mask, n, elements);
        break;
    case sizeof(uint16_t):
        fc__spread16(squeezed, mask, n, elements);
        break;
    default:
        fc__spread8(squeezed, mask, n, elements);
        break;
    }
}
