/*
 * Loops that the compiler turns into vectors by itself: written once, compiled once for each
 * instruction set. All are free of order (a maximum, an "any") or of sums, so every version gives
 * the same bits.
 */
#ifndef FC_VEC_BODY_H
#define FC_VEC_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FC_ALWAYS_INLINE inline __attribute__((always_inline))

#define F32_MAGNITUDE 0x7FFFFFFFu
#define F32_INFINITY  0x7F800000u

static FC_ALWAYS_INLINE uint32_t bits_of(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static FC_ALWAYS_INLINE float float_of(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Round to nearest even; a NaN keeps its upper payload and becomes quiet. */
static FC_ALWAYS_INLINE void body_f32_to_bf16(const float *in, uint16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t x = bits_of(in[i]);
        const uint32_t rounded = (x + 0x7FFF + (x >> 16 & 1)) >> 16;
        const uint32_t nan = x >> 16 | 0x40;

        out[i] = (uint16_t)((x & F32_MAGNITUDE) > F32_INFINITY ? nan : rounded);
    }
}

static FC_ALWAYS_INLINE void body_bf16_to_f32(const uint16_t *in, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = float_of((uint32_t)in[i] << 16);
}

/* Magnitudes of finite floats are ordered as their bits are. */
static FC_ALWAYS_INLINE float body_largest(const float *x, size_t n)
{
    uint32_t largest = 0;

    for (size_t i = 0; i < n; i++) {
        const uint32_t magnitude = bits_of(x[i]) & F32_MAGNITUDE;

        largest = magnitude > largest ? magnitude : largest;
    }
    return float_of(largest);
}

static FC_ALWAYS_INLINE void body_f32_to_i8(const float *in, int8_t *out, float *scale, size_t n)
{
    /* Beside 1.5 * 2^23 a float's last bit is 1: adding it rounds to an integer, half to even, and
     * leaves that integer in the low bits. */
    const float magic = 12582912.0f;
    const float largest = body_largest(in, n);
    float s = largest / 127.0f;

    if (largest == 0.0f)
        s = 1.0f;
    else if (s <
             0x1p-126f) /* rounded where floats lose digits, perhaps to 0: up, so that all fits */
        s += 0x1p-149f;
    for (size_t i = 0; i < n; i++) {
        int32_t q = (int32_t)(bits_of(in[i] / s + magic) - bits_of(magic));

        /* Only bad input is outside (a NaN gives anything). Clamped as integers, which the
         * compiler can do in vectors; comparing floats might trap. */
        q = q > 127 ? 127 : q;
        q = q < -127 ? -127 : q;
        out[i] = (int8_t)q;
    }
    *scale = s;
}

static FC_ALWAYS_INLINE void body_i8_to_f32(const int8_t *in, float scale, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i] * scale;
}

static FC_ALWAYS_INLINE bool body_all_finite(const float *x, size_t n)
{
    /* In steps, so that a bad row ends early and a good one still runs as vectors. */
    for (size_t i = 0; i < n; i += 1024) {
        const size_t end = n - i < 1024 ? n : i + 1024;
        uint32_t bad = 0;

        for (size_t k = i; k < end; k++)
            bad |= (uint32_t)((bits_of(x[k]) & F32_INFINITY) == F32_INFINITY);
        if (bad != 0)
            return false;
    }
    return true;
}

#endif /* FC_VEC_BODY_H */
