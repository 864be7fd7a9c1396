/*
 * Vector maths with AVX-512 (F, BW, VL): masks take the tails, so nothing falls back to scalars.
 */
#include "fc_dispatch.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "fc_vec_body.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx2,fma,f16c")))
#define WIDTH  16

/* The lowest `left` of 16 lanes. */
static inline __mmask16 lanes(size_t left)
{
    return (__mmask16)((1u << left) - 1);
}

/* The form with a mask: the one without trips -Wsign-conversion inside gcc 12's header at -O0. */
TARGET static FC_ALWAYS_INLINE __m256i to_half(__m512 x)
{
    return _mm512_maskz_cvtps_ph((__mmask16)0xFFFF, x, _MM_FROUND_TO_NEAREST_INT);
}

TARGET static void f32_to_f16(const float *in, uint16_t *out, size_t n)
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        _mm256_storeu_si256((__m256i *)(out + i), to_half(_mm512_loadu_ps(in + i)));
    if (i < n) {
        const __mmask16 tail = lanes(n - i);

        _mm256_mask_storeu_epi16(out + i, tail, to_half(_mm512_maskz_loadu_ps(tail, in + i)));
    }
}

TARGET static void f16_to_f32(const uint16_t *in, float *out, size_t n)
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        _mm512_storeu_ps(out + i, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(in + i))));
    if (i < n) {
        const __mmask16 tail = lanes(n - i);

        _mm512_mask_storeu_ps(out + i, tail,
                              _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(tail, in + i)));
    }
}

TARGET static void f32_to_bf16(const float *in, uint16_t *out, size_t n)
{
    body_f32_to_bf16(in, out, n);
}

TARGET static void bf16_to_f32(const uint16_t *in, float *out, size_t n)
{
    body_bf16_to_f32(in, out, n);
}

TARGET static void f32_to_i8(const float *in, int8_t *out, float *scale, size_t n)
{
    body_f32_to_i8(in, out, scale, n);
}

TARGET static void i8_to_f32(const int8_t *in, float scale, float *out, size_t n)
{
    body_i8_to_f32(in, scale, out, n);
}

TARGET static bool all_finite(const float *x, size_t n)
{
    return body_all_finite(x, n);
}

/* Sixteen elements of a row of either type. */
TARGET static FC_ALWAYS_INLINE __m512 load(const void *row, size_t i, bool half)
{
    if (half)
        return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)((const uint16_t *)row + i)));
    return _mm512_loadu_ps((const float *)row + i);
}

/* Those of `tail`, zeros behind: a mapped row may end where its page ends. */
TARGET static FC_ALWAYS_INLINE __m512 load_tail(const void *row, size_t i, __mmask16 tail,
                                                bool half)
{
    if (half)
        return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(tail, (const uint16_t *)row + i));
    return _mm512_maskz_loadu_ps(tail, (const float *)row + i);
}

TARGET static FC_ALWAYS_INLINE float sum_of(__m512 a, __m512 b)
{
    return _mm512_reduce_add_ps(_mm512_add_ps(a, b));
}

/* One row. The order of its sum is that of four_rows(), so a row's score does not depend on where
 * it stands. */
TARGET static FC_ALWAYS_INLINE float one_row(const float *query, const void *row, size_t dim,
                                             bool half)
{
    __m512 a = _mm512_setzero_ps(), b = a;
    size_t i = 0;

    for (; i + 2 * WIDTH <= dim; i += 2 * WIDTH) {
        a = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), load(row, i, half), a);
        b = _mm512_fmadd_ps(_mm512_loadu_ps(query + i + WIDTH), load(row, i + WIDTH, half), b);
    }
    if (i + WIDTH <= dim) {
        a = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), load(row, i, half), a);
        i += WIDTH;
    }
    if (i < dim) {
        const __mmask16 tail = lanes(dim - i);

        b = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(tail, query + i), load_tail(row, i, tail, half),
                            b);
    }
    return sum_of(a, b);
}

/* Four rows against one load of the query: eight sums in flight hide the latency of FMA. */
TARGET static FC_ALWAYS_INLINE void four_rows(const float *query, const void *const row[4],
                                              size_t dim, bool half, float *out)
{
    __m512 a0 = _mm512_setzero_ps(), a1 = a0, a2 = a0, a3 = a0;
    __m512 b0 = a0, b1 = a0, b2 = a0, b3 = a0, q;
    size_t i = 0;

    for (; i + 2 * WIDTH <= dim; i += 2 * WIDTH) {
        q = _mm512_loadu_ps(query + i);
        a0 = _mm512_fmadd_ps(q, load(row[0], i, half), a0);
        a1 = _mm512_fmadd_ps(q, load(row[1], i, half), a1);
        a2 = _mm512_fmadd_ps(q, load(row[2], i, half), a2);
        a3 = _mm512_fmadd_ps(q, load(row[3], i, half), a3);
        q = _mm512_loadu_ps(query + i + WIDTH);
        b0 = _mm512_fmadd_ps(q, load(row[0], i + WIDTH, half), b0);
        b1 = _mm512_fmadd_ps(q, load(row[1], i + WIDTH, half), b1);
        b2 = _mm512_fmadd_ps(q, load(row[2], i + WIDTH, half), b2);
        b3 = _mm512_fmadd_ps(q, load(row[3], i + WIDTH, half), b3);
    }
    if (i + WIDTH <= dim) {
        q = _mm512_loadu_ps(query + i);
        a0 = _mm512_fmadd_ps(q, load(row[0], i, half), a0);
        a1 = _mm512_fmadd_ps(q, load(row[1], i, half), a1);
        a2 = _mm512_fmadd_ps(q, load(row[2], i, half), a2);
        a3 = _mm512_fmadd_ps(q, load(row[3], i, half), a3);
        i += WIDTH;
    }
    if (i < dim) {
        const __mmask16 tail = lanes(dim - i);

        q = _mm512_maskz_loadu_ps(tail, query + i);
        b0 = _mm512_fmadd_ps(q, load_tail(row[0], i, tail, half), b0);
        b1 = _mm512_fmadd_ps(q, load_tail(row[1], i, tail, half), b1);
        b2 = _mm512_fmadd_ps(q, load_tail(row[2], i, tail, half), b2);
        b3 = _mm512_fmadd_ps(q, load_tail(row[3], i, tail, half), b3);
    }
    out[0] = sum_of(a0, b0);
    out[1] = sum_of(a1, b1);
    out[2] = sum_of(a2, b2);
    out[3] = sum_of(a3, b3);
}

TARGET static float dot(const float *a, const float *b, size_t n)
{
    return one_row(a, b, n, false);
}

TARGET static void dot_rows_f32(const float *query, const float *rows, size_t stride, size_t n_rows,
                                size_t dim, float *out)
{
    size_t r = 0;

    for (; r + 4 <= n_rows; r += 4) {
        const float *first = rows + r * stride;
        const void *const row[4] = {first, first + stride, first + 2 * stride, first + 3 * stride};

        four_rows(query, row, dim, false, out + r);
    }
    for (; r < n_rows; r++)
        out[r] = one_row(query, rows + r * stride, dim, false);
}

TARGET static void dot_rows_f16(const float *query, const uint16_t *rows, size_t stride,
                                size_t n_rows, size_t dim, float *out)
{
    size_t r = 0;

    for (; r + 4 <= n_rows; r += 4) {
        const uint16_t *first = rows + r * stride;
        const void *const row[4] = {first, first + stride, first + 2 * stride, first + 3 * stride};

        four_rows(query, row, dim, true, out + r);
    }
    for (; r < n_rows; r++)
        out[r] = one_row(query, rows + r * stride, dim, true);
}

const fc__vec_ops *fc__vec_ops_avx512(void)
{
    static const fc__vec_ops ops = {
        .name = "avx512",
        .f32_to_f16 = f32_to_f16,
        .f16_to_f32 = f16_to_f32,
        .f32_to_bf16 = f32_to_bf16,
        .bf16_to_f32 = bf16_to_f32,
        .f32_to_i8 = f32_to_i8,
        .i8_to_f32 = i8_to_f32,
        .dot = dot,
        .dot_rows_f32 = dot_rows_f32,
        .dot_rows_f16 = dot_rows_f16,
        .all_finite = all_finite,
    };

    /* TARGET names what the AVX2 version needs as well. */
    if (fc__vec_ops_avx2() == NULL || !__builtin_cpu_supports("avx512f") ||
        !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl"))
        return NULL;
    return &ops;
}

#else

const fc__vec_ops *fc__vec_ops_avx512(void)
{
    return NULL;
}

#endif
