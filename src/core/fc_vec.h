/*
 * Vector maths, the only SIMD of the project: each function has a plain C reference
 * (suffix _plain) and AVX2 / AVX-512 versions chosen once at run time.
 *
 * Conversions are exact or round to nearest even and are bit-identical on every machine. Dot
 * products may differ in the last bits between instruction sets: they rank, they are never stored.
 * What is stored goes through fc__vec_normalise, whose sum has a fixed order.
 */
#ifndef FC_VEC_H
#define FC_VEC_H

#include <featcache/types.h>

/* f32 <-> f16 (IEEE binary16; overflow gives infinity, NaN stays NaN) and bf16, n elements. */
void fc__f32_to_f16(const float *in, uint16_t *out, size_t n);
void fc__f16_to_f32(const uint16_t *in, float *out, size_t n);
void fc__f32_to_bf16(const float *in, uint16_t *out, size_t n);
void fc__bf16_to_f32(const uint16_t *in, float *out, size_t n);
void fc__f32_to_f16_plain(const float *in, uint16_t *out, size_t n);
void fc__f16_to_f32_plain(const uint16_t *in, float *out, size_t n);

/* One row to int8: scale = max|x| / 127 (1 for a zero row; below 2^-126 one ulp
 * more), q = round-half-even(x / scale). */
void fc__f32_to_i8(const float *in, int8_t *out, float *scale, size_t n);
void fc__i8_to_f32(const int8_t *in, float scale, float *out, size_t n);

float fc__dot(const float *a, const float *b, size_t n);
float fc__dot_plain(const float *a, const float *b, size_t n);
/* In double and in index order: the same bits on every machine, for what is stored or shown. No
 * SIMD: some ten times slower. */
double fc__dot_ordered(const float *a, const float *b, size_t n);
/* out[i] = dot(query, row i) for n_rows rows of `dim` f32 (or f16) laid out with a stride in
 * elements. The hot loop of the exact scan. */
void fc__dot_rows_f32(const float *query, const float *rows, size_t stride, size_t n_rows,
                      size_t dim, float *out);
void fc__dot_rows_f16(const float *query, const uint16_t *rows, size_t stride, size_t n_rows,
                      size_t dim, float *out);
void fc__dot_rows_f32_plain(const float *query, const float *rows, size_t stride, size_t n_rows,
                            size_t dim, float *out);
void fc__dot_rows_f16_plain(const float *query, const uint16_t *rows, size_t stride, size_t n_rows,
                            size_t dim, float *out);

/* True when every element is finite. */
bool fc__all_finite(const float *x, size_t n);
/* Scale x to unit length in place: double sums in index order, so the same bits everywhere.
 * FC_E_FORMAT for a non-finite element or a zero norm (x unchanged); sets no message. */
fc_status fc__vec_normalise(float *x, size_t n);

/* Name of the chosen instruction set: "avx512", "avx2", "plain". */
const char *fc__simd_name(void);
/* For tests: force "plain", "avx2" or "avx512"; false where the CPU lacks it. NULL restores. */
bool fc__simd_force(const char *name);

#endif /* FC_VEC_H */
