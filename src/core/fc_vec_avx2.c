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

TARGET static FC_ALWAYS_INLINE float sum_of(__m256 sum)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));

    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

/* A row at a time, four sums in flight against the latency of FMA. Four rows at a time share the
 * loads of the query and are faster from the cache (105 against 70 GB/s of f32), but their four
 * streams defeat the prefetcher where scans really run: 11 against 22 GB/s from memory. */
TARGET static FC_ALWAYS_INLINE float one_row(const float *query, const void *row, size_t dim,
                                             bool half)
{
    __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
    size_t i = 0;

    for (; i + 4 * WIDTH <= dim; i += 4 * WIDTH) {
        const float *q = query + i;

        a = _mm256_fmadd_ps(_mm256_loadu_ps(q), load(row, i, half), a);
        b = _mm256_fmadd_ps(_mm256_loadu_ps(q + WIDTH), load(row, i + WIDTH, half), b);
        c = _mm256_fmadd_ps(_mm256_loadu_ps(q + 2 * WIDTH), load(row, i + 2 * WIDTH, half), c);
        d = _mm256_fmadd_ps(_mm256_loadu_ps(q + 3 * WIDTH), load(row, i + 3 * WIDTH, half), d);
    }
    for (; i + WIDTH <= dim; i += WIDTH)
        a = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), load(row, i, half), a);
    if (i < dim)
        b = _mm256_fmadd_ps(load_tail(query, i, dim - i, false), load_tail(row, i, dim - i, half),
                            b);
    return sum_of(_mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d)));
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
        .resize_across = fc__resize_across_avx2,
        .resize_down = fc__resize_down_avx2,
        .spread16 = fc__spread16_ssse3,
        .spread32 = fc__spread32_ssse3,
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
