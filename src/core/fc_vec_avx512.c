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

/* A row at a time, four sums in flight against the latency of FMA. Four rows at a time share the
 * loads of the query and are faster from the cache (105 against 70 GB/s of f32), but their four
 * streams defeat the prefetcher where scans really run: 11 against 22 GB/s from memory. */
TARGET static FC_ALWAYS_INLINE float one_row(const float *query, const void *row, size_t dim,
                                             bool half)
{
    __m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
    size_t i = 0;

    for (; i + 4 * WIDTH <= dim; i += 4 * WIDTH) {
        const float *q = query + i;

        a = _mm512_fmadd_ps(_mm512_loadu_ps(q), load(row, i, half), a);
        b = _mm512_fmadd_ps(_mm512_loadu_ps(q + WIDTH), load(row, i + WIDTH, half), b);
        c = _mm512_fmadd_ps(_mm512_loadu_ps(q + 2 * WIDTH), load(row, i + 2 * WIDTH, half), c);
        d = _mm512_fmadd_ps(_mm512_loadu_ps(q + 3 * WIDTH), load(row, i + 3 * WIDTH, half), d);
    }
    for (; i + WIDTH <= dim; i += WIDTH)
        a = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), load(row, i, half), a);
    if (i < dim) {
        const __mmask16 tail = lanes(dim - i);

        b = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(tail, query + i), load_tail(row, i, tail, half),
                            b);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d)));
}

TARGET static float dot(const float *a, const float *b, size_t n)
{
    return one_row(a, b, n, false);
}

TARGET static void dot_rows_f32(const float *query, const float *rows, size_t stride, size_t n_rows,
                                size_t dim, float *out)
{
    for (size_t r = 0; r < n_rows; r++)
        out[r] = one_row(query, rows + r * stride, dim, false);
}

TARGET static void dot_rows_f16(const float *query, const uint16_t *rows, size_t stride,
                                size_t n_rows, size_t dim, float *out)
{
    for (size_t r = 0; r < n_rows; r++)
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
        .resize_across = fc__resize_across_avx2,
        .resize_down = fc__resize_down_avx2,
        .spread16 = fc__spread16_ssse3,
        .spread32 = fc__spread32_ssse3,
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
