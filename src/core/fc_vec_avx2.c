/*
 * Vector maths with AVX2, FMA and F16C. No flag of the build asks for these: each function names
 * what it needs, and runs only where the CPU has it.
 */
#include "fc_dispatch.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#include "fc_vec_body.h"

#define TARGET   __attribute__((target("avx2,fma,f16c")))
#define WIDTH    8
#define CPU_F16C (1u << 29) /* leaf 1, ecx; clang 14 cannot ask for it by name */

TARGET static void f32_to_f16(const float *in, uint16_t *out, size_t n)
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        _mm_storeu_si128((__m128i *)(out + i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT));
    fc__f32_to_f16_plain(in + i, out + i, n - i);
}

TARGET static void f16_to_f32(const uint16_t *in, float *out, size_t n)
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(in + i))));
    fc__f16_to_f32_plain(in + i, out + i, n - i);
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

/* Eight elements of a row of either type. */
TARGET static FC_ALWAYS_INLINE __m256 load(const void *row, size_t i, bool half)
{
    if (half)
        return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)((const uint16_t *)row + i)));
    return _mm256_loadu_ps((const float *)row + i);
}

/* The last `left` elements, zeros behind: a mapped row may end where its page ends. */
TARGET static FC_ALWAYS_INLINE __m256 load_tail(const void *row, size_t i, size_t left, bool half)
{
    if (half) {
        uint16_t padded[WIDTH] = {0};

        memcpy(padded, (const uint16_t *)row + i, left * sizeof(*padded));
        return load(padded, 0, true);
    } else {
        float padded[WIDTH] = {0};

        memcpy(padded, (const float *)row + i, left * sizeof(*padded));
        return load(padded, 0, false);
    }
}

TARGET static FC_ALWAYS_INLINE float sum_of(__m256 a, __m256 b)
{
    const __m256 sum = _mm256_add_ps(a, b);
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));

    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

/* One row. The order of its sum is that of four_rows(), so a row's score does not depend on where
 * it stands. */
TARGET static FC_ALWAYS_INLINE float one_row(const float *query, const void *row, size_t dim,
                                             bool half)
{
    __m256 a = _mm256_setzero_ps(), b = a;
    size_t i = 0;

    for (; i + 2 * WIDTH <= dim; i += 2 * WIDTH) {
        a = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), load(row, i, half), a);
        b = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + WIDTH), load(row, i + WIDTH, half), b);
    }
    if (i + WIDTH <= dim) {
        a = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), load(row, i, half), a);
        i += WIDTH;
    }
    if (i < dim)
        b = _mm256_fmadd_ps(load_tail(query, i, dim - i, false), load_tail(row, i, dim - i, half),
                            b);
    return sum_of(a, b);
}

/* Four rows against one load of the query: eight sums in flight hide the latency of FMA. */
TARGET static FC_ALWAYS_INLINE void four_rows(const float *query, const void *const row[4],
                                              size_t dim, bool half, float *out)
{
    __m256 a0 = _mm256_setzero_ps(), a1 = a0, a2 = a0, a3 = a0;
    __m256 b0 = a0, b1 = a0, b2 = a0, b3 = a0, q;
    size_t i = 0;

    for (; i + 2 * WIDTH <= dim; i += 2 * WIDTH) {
        q = _mm256_loadu_ps(query + i);
        a0 = _mm256_fmadd_ps(q, load(row[0], i, half), a0);
        a1 = _mm256_fmadd_ps(q, load(row[1], i, half), a1);
        a2 = _mm256_fmadd_ps(q, load(row[2], i, half), a2);
        a3 = _mm256_fmadd_ps(q, load(row[3], i, half), a3);
        q = _mm256_loadu_ps(query + i + WIDTH);
        b0 = _mm256_fmadd_ps(q, load(row[0], i + WIDTH, half), b0);
        b1 = _mm256_fmadd_ps(q, load(row[1], i + WIDTH, half), b1);
        b2 = _mm256_fmadd_ps(q, load(row[2], i + WIDTH, half), b2);
        b3 = _mm256_fmadd_ps(q, load(row[3], i + WIDTH, half), b3);
    }
    if (i + WIDTH <= dim) {
        q = _mm256_loadu_ps(query + i);
        a0 = _mm256_fmadd_ps(q, load(row[0], i, half), a0);
        a1 = _mm256_fmadd_ps(q, load(row[1], i, half), a1);
        a2 = _mm256_fmadd_ps(q, load(row[2], i, half), a2);
        a3 = _mm256_fmadd_ps(q, load(row[3], i, half), a3);
        i += WIDTH;
    }
    if (i < dim) {
        q = load_tail(query, i, dim - i, false);
        b0 = _mm256_fmadd_ps(q, load_tail(row[0], i, dim - i, half), b0);
        b1 = _mm256_fmadd_ps(q, load_tail(row[1], i, dim - i, half), b1);
        b2 = _mm256_fmadd_ps(q, load_tail(row[2], i, dim - i, half), b2);
        b3 = _mm256_fmadd_ps(q, load_tail(row[3], i, dim - i, half), b3);
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

const fc__vec_ops *fc__vec_ops_avx2(void)
{
    static const fc__vec_ops ops = {
        .name = "avx2",
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
    unsigned a, b, c, d;

    /* cpu_supports also asks whether the system saves the wide registers. */
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__get_cpuid(1, &a, &b, &c, &d) || (c & CPU_F16C) == 0)
        return NULL;
    return &ops;
}

#else

const fc__vec_ops *fc__vec_ops_avx2(void)
{
    return NULL;
}

#endif
