/*
 * Vector maths in plain C: the reference that the SIMD versions are tested against, and what runs
 * where there is none.
 */
#include "fc_dispatch.h"
#include "fc_vec_body.h"

#define LANES 16 /* independent sums: shorter error, and the compiler may use SSE2 */
#define CHUNK 256

static uint16_t f16_of(float value)
{
    const uint32_t x = bits_of(value);
    const uint32_t sign = x >> 16 & 0x8000;
    const uint32_t a = x & F32_MAGNITUDE;

    if (a > F32_INFINITY) /* as F16C: the upper payload, quiet */
        return (uint16_t)(sign | 0x7E00 | (a >> 13 & 0x3FF));
    if (a >= 0x477FF000) /* 65520 and above round to infinity */
        return (uint16_t)(sign | 0x7C00);
    if (a < 0x38800000) /* below 2^-14: beside 0.5, a float's last bit is 2^-24, as f16's is */
        return (uint16_t)(sign | (bits_of(float_of(a) + 0.5f) - 0x3F000000));
    /* Exponent from bias 127 to 15; half an ulp less one, and one more when the last bit is odd. */
    return (uint16_t)(sign | ((a - (112u << 23) + 0xFFF + (a >> 13 & 1)) >> 13));
}

static float f32_of(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    const uint32_t exponent = h >> 10 & 31;
    const uint32_t mantissa = h & 0x3FF;

    if (exponent == 31)
        return float_of(sign | F32_INFINITY | (mantissa != 0 ? 0x400000 | mantissa << 13 : 0));
    if (exponent == 0)
        return float_of(sign | bits_of((float)mantissa * 0x1p-24f));
    return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
}

void fc__f32_to_f16_plain(const float *in, uint16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = f16_of(in[i]);
}

void fc__f16_to_f32_plain(const uint16_t *in, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = f32_of(in[i]);
}

static void f32_to_bf16(const float *in, uint16_t *out, size_t n)
{
    body_f32_to_bf16(in, out, n);
}

static void bf16_to_f32(const uint16_t *in, float *out, size_t n)
{
    body_bf16_to_f32(in, out, n);
}

static void f32_to_i8(const float *in, int8_t *out, float *scale, size_t n)
{
    body_f32_to_i8(in, out, scale, n);
}

static void i8_to_f32(const int8_t *in, float scale, float *out, size_t n)
{
    body_i8_to_f32(in, scale, out, n);
}

static bool all_finite(const float *x, size_t n)
{
    return body_all_finite(x, n);
}

float fc__dot_plain(const float *a, const float *b, size_t n)
{
    float sums[LANES] = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sums[k] += a[i + k] * b[i + k];
    for (size_t k = 0; i < n; i++, k++)
        sums[k] += a[i] * b[i];
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t k = 0; k < half; k++)
            sums[k] += sums[k + half];
    return sums[0];
}

void fc__dot_rows_f32_plain(const float *query, const float *rows, size_t stride, size_t n_rows,
                            size_t dim, float *out)
{
    for (size_t r = 0; r < n_rows; r++)
        out[r] = fc__dot_plain(query, rows + r * stride, dim);
}

void fc__dot_rows_f16_plain(const float *query, const uint16_t *rows, size_t stride, size_t n_rows,
                            size_t dim, float *out)
{
    for (size_t r = 0; r < n_rows; r++) {
        float sum = 0;

        for (size_t i = 0; i < dim; i += CHUNK) {
            const size_t n = dim - i < CHUNK ? dim - i : CHUNK;
            float part[CHUNK];

            fc__f16_to_f32_plain(rows + r * stride + i, part, n);
            sum += fc__dot_plain(query + i, part, n);
        }
        out[r] = sum;
    }
}

const fc__vec_ops *fc__vec_ops_plain(void)
{
    static const fc__vec_ops ops = {
        .name = "plain",
        .f32_to_f16 = fc__f32_to_f16_plain,
        .f16_to_f32 = fc__f16_to_f32_plain,
        .f32_to_bf16 = f32_to_bf16,
        .bf16_to_f32 = bf16_to_f32,
        .f32_to_i8 = f32_to_i8,
        .i8_to_f32 = i8_to_f32,
        .dot = fc__dot_plain,
        .dot_rows_f32 = fc__dot_rows_f32_plain,
        .dot_rows_f16 = fc__dot_rows_f16_plain,
        .all_finite = all_finite,
        .resize_across = fc__resize_across_plain,
        .resize_down = fc__resize_down_plain,
        .spread16 = fc__spread16_plain,
        .spread32 = fc__spread32_plain,
    };

    return &ops;
}
