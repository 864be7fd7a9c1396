/*
 * Spreading by a mask in plain C, the reference of the other version, and the choice between them.
 * Branch-free: features after a ReLU are zero about every second time, in no order that a branch
 * predictor could learn.
 */
#include "fc_spread.h"

#include <string.h>

#include "fc_dispatch.h"

#define BITS 8u

/* Up to eight elements of one mask byte; the byte stays in a register and only `in` is waited for.
 */
static inline const uint8_t *byte_of_8(const uint8_t *in, uint32_t m, size_t n, uint8_t *out)
{
    for (size_t j = 0; j < n; j++) {
        const uint32_t bit = m >> j & 1u;

        out[j] = (uint8_t)(*in & (0u - bit));
        in += bit;
    }
    return in;
}

static inline const uint8_t *byte_of_16(const uint8_t *in, uint32_t m, size_t n, uint8_t *out)
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

static inline const uint8_t *byte_of_32(const uint8_t *in, uint32_t m, size_t n, uint8_t *out)
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

void fc__spread8(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS)
        in = byte_of_8(in, mask[i / BITS], BITS, out + i);
    if (i < n)
        byte_of_8(in, mask[i / BITS], n - i, out + i);
}

void fc__spread16_plain(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS)
        in = byte_of_16(in, mask[i / BITS], BITS, out + i * sizeof(uint16_t));
    if (i < n)
        byte_of_16(in, mask[i / BITS], n - i, out + i * sizeof(uint16_t));
}

void fc__spread32_plain(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BITS <= n; i += BITS)
        in = byte_of_32(in, mask[i / BITS], BITS, out + i * sizeof(uint32_t));
    if (i < n)
        byte_of_32(in, mask[i / BITS], n - i, out + i * sizeof(uint32_t));
}

void fc__spread16(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    fc__vec_ops_now()->spread16(in, mask, n, out);
}

void fc__spread32(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    fc__vec_ops_now()->spread32(in, mask, n, out);
}
