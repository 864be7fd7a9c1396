/*
 * The vector functions that everyone calls: through the table of the chosen instruction set, but
 * for normalising, whose sum has one order everywhere.
 */
#include "fc_vec.h"

#include <math.h>

#include "fc_dispatch.h"

void fc__f32_to_f16(const float *in, uint16_t *out, size_t n)
{
    fc__vec_ops_now()->f32_to_f16(in, out, n);
}

void fc__f16_to_f32(const uint16_t *in, float *out, size_t n)
{
    fc__vec_ops_now()->f16_to_f32(in, out, n);
}

void fc__f32_to_bf16(const float *in, uint16_t *out, size_t n)
{
    fc__vec_ops_now()->f32_to_bf16(in, out, n);
}

void fc__bf16_to_f32(const uint16_t *in, float *out, size_t n)
{
    fc__vec_ops_now()->bf16_to_f32(in, out, n);
}

void fc__f32_to_i8(const float *in, int8_t *out, float *scale, size_t n)
{
    fc__vec_ops_now()->f32_to_i8(in, out, scale, n);
}

void fc__i8_to_f32(const int8_t *in, float scale, float *out, size_t n)
{
    fc__vec_ops_now()->i8_to_f32(in, scale, out, n);
}

float fc__dot(const float *a, const float *b, size_t n)
{
    return fc__vec_ops_now()->dot(a, b, n);
}

void fc__dot_rows_f32(const float *query, const float *rows, size_t stride, size_t n_rows,
                      size_t dim, float *out)
{
    fc__vec_ops_now()->dot_rows_f32(query, rows, stride, n_rows, dim, out);
}

void fc__dot_rows_f16(const float *query, const uint16_t *rows, size_t stride, size_t n_rows,
                      size_t dim, float *out)
{
    fc__vec_ops_now()->dot_rows_f16(query, rows, stride, n_rows, dim, out);
}

bool fc__all_finite(const float *x, size_t n)
{
    return fc__vec_ops_now()->all_finite(x, n);
}

double fc__dot_ordered(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

fc_status fc__vec_normalise(float *x, size_t n)
{
    double sum, norm;

    if (!fc__all_finite(x, n))
        return FC_E_FORMAT;
    /* The square of a float is exact in double and neither overflows nor vanishes there. */
    sum = fc__dot_ordered(x, x, n);
    if (sum == 0)
        return FC_E_FORMAT;
    norm = sqrt(sum);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] / norm);
    return FC_OK;
}
