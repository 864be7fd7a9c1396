/*
 * The arrays of a head's input as a list, and its inputs from rows to what is fused. Not for other
 * folders.
 */
#ifndef FC_HEAD_PARTS_H
#define FC_HEAD_PARTS_H

#include "fc_head.h"

#define FC_HEAD_ARRAYS 6

typedef struct fc_head_array {
    const char *name;
    float **at;
    size_t n; /* elements that it has where it is there */
} fc_head_array;

/* The arrays in the order in which they are written: mean, scale, queries, weight, bias, gate. The
 * caller has checked the dimensions. */
void fc__head_arrays(fc_head_input *in, uint32_t dim, fc_head_array out[FC_HEAD_ARRAYS]);

/* Elements of mean and scale. */
size_t fc__head_standard_dim(const fc_head_input *in);

/* h of one input: pooled, made a unit vector, standardised, to `h` (pooled dim). `weights`: NULL,
 * or what each row counted, as fc__pool_rows() has it. `norm`: NULL, or the length before `unit` (1
 * without). FC_E_FORMAT: no direction, not finite. */
fc_status fc__head_pool(const fc_head_input *in, const fc_head_item *item, float *h, float *weights,
                        double *norm, fc_error *err);

/* z = W h + b, dim elements. */
void fc__head_project(const fc_head_input *in, uint32_t dim, const float *h, float *z);

/* z where h is 0: the bias, or 0. */
void fc__head_bias(const fc_head_input *in, uint32_t dim, float *z);

/* a_i of each input from the h that are there (NULL: not there), and their logits. */
void fc__head_fuse_weights(const fc_head *h, float *const *pooled, double *a);

/* h of each input that is there, into one block that the caller frees: pooled[i] points into it, or
 * is NULL. FC_E_INVALID where an input must be there and is not, or none is. */
fc_status fc__head_pool_all(const fc_head *h, const fc_head_item *items, float **block,
                            float *pooled[FC_HEAD_INPUTS_MAX], fc_error *err);

#endif /* FC_HEAD_PARTS_H */
