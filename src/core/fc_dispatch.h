/*
 * The versions of what depends on the instruction set, and the choice among them at run time.
 * Each version lives in one file; on a CPU that lacks it, its getter says NULL.
 */
#ifndef FC_DISPATCH_H
#define FC_DISPATCH_H

#include "fc_spread.h"
#include "fc_vec.h"
#include "fc_vec_resize.h"

typedef struct fc__vec_ops {
    const char *name;
    void (*f32_to_f16)(const float *in, uint16_t *out, size_t n);
    void (*f16_to_f32)(const uint16_t *in, float *out, size_t n);
    void (*f32_to_bf16)(const float *in, uint16_t *out, size_t n);
    void (*bf16_to_f32)(const uint16_t *in, float *out, size_t n);
    void (*f32_to_i8)(const float *in, int8_t *out, float *scale, size_t n);
    void (*i8_to_f32)(const int8_t *in, float scale, float *out, size_t n);
    float (*dot)(const float *a, const float *b, size_t n);
    void (*dot_rows_f32)(const float *query, const float *rows, size_t stride, size_t n_rows,
                         size_t dim, float *out);
    void (*dot_rows_f16)(const float *query, const uint16_t *rows, size_t stride, size_t n_rows,
                         size_t dim, float *out);
    bool (*all_finite)(const float *x, size_t n);
    void (*resize_across)(const fc_resize_taps *taps, uint32_t n_out, const fc_resize_lines *l);
    void (*resize_down)(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                        const uint8_t *ground, uint8_t *out);
    void (*spread16)(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);
    void (*spread32)(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);
} fc__vec_ops;

const fc__vec_ops *fc__vec_ops_plain(void);
const fc__vec_ops *fc__vec_ops_avx2(void);
const fc__vec_ops *fc__vec_ops_avx512(void);

/* What is in use now: the best that the CPU has, or what fc__simd_force() asked for. */
const fc__vec_ops *fc__vec_ops_now(void);

/* CRC-32C by the CPU's own instruction; NULL where there is none. */
typedef uint32_t (*fc__crc32c_fn)(uint32_t crc, const void *bytes, size_t n);
fc__crc32c_fn fc__crc32c_native(void);

#endif /* FC_DISPATCH_H */
