/*
 * Heads: from cached items of encoder outputs to one unit vector in a space.
 *
 *     input i:   p_i = pool_i(rows)               (fc_pooling.h)
 *                p_i = p_i / |p_i|                where `unit`
 *                h_i = (p_i - mean_i) * scale_i   (attention: rows are standardised before pooling)
 *                z_i = W_i h_i + b_i              (W NULL: the identity)
 *     fuse:      z = sum of a_i z_i               a: 1 of 1 input; softmax over the inputs that are
 *                                                 there of fixed logits (mix), or of
 *                                                 gate_i . h_i + gate_bias_i (attention); 1 (sum),
 *                                                 where an input that is not there has h_i = 0,
 *                                                 its mean
 *     out = z / |z|
 *
 * One head serves one modality of a space. Several inputs are several outputs of one content:
 * layers of an encoder (mix, after Peters et al. 2018) or several encoders (attention fusion).
 *
 * Bytes: schemas/head.md. Threads: a head may be applied by many threads.
 */
#ifndef FC_HEAD_H
#define FC_HEAD_H

#include "fc_buf.h"
#include "fc_pooling.h"

#define FC_HEAD_INPUTS_MAX  8
#define FC_HEAD_QUERIES_MAX 64
#define FC_HEAD_DIM_MAX     16384
#define FC_HEAD_ROW_DIM_MAX (UINT32_C(1) << 20)

/* The numbers are written to disk and never change. */
typedef enum fc_fuse {
    FC_FUSE_ONE = 1,
    FC_FUSE_MIX = 2,
    FC_FUSE_ATTENTION = 3,
    FC_FUSE_SUM = 4 /* of the pieces of one linear map over all inputs, put end to end */
} fc_fuse;

/* Arrays are owned by the head. */
typedef struct fc_head_input {
    fc_pooling pooling;
    uint32_t dim;    /* of a row */
    bool unit;       /* the pooled vector is made a unit vector first; not with attention */
    float *mean;     /* what is standardised has pooled_dim elements (attention: dim); NULL: 0 */
    float *scale;    /* as many; NULL: 1 */
    float *queries;  /* attention: n_queries x dim */
    float *weight;   /* head dim x pooled_dim, row-major; NULL: the identity (dim = pooled_dim) */
    float *bias;     /* head dim; NULL: 0 */
    float *gate;     /* attention fusion: pooled_dim */
    float gate_bias; /* fusion and mix: the logit */
} fc_head_input;

typedef struct fc_head {
    uint32_t dim; /* of the space */
    fc_fuse fuse;
    uint32_t n_inputs;
    fc_head_input inputs[FC_HEAD_INPUTS_MAX];
} fc_head;

#define FC_HEAD_INIT \
    {                \
        .dim = 0     \
    }

void fc__head_dispose(fc_head *h);
/* Deep copy. */
fc_status fc__head_copy(fc_head *out, const fc_head *h, fc_error *err);
/* Shapes, ranges and finiteness: what fc__head_read and fc__head_import ask for. FC_E_INVALID says
 * what is wrong. */
fc_status fc__head_check(const fc_head *h, fc_error *err);
static inline size_t fc__head_pooled_dim(const fc_head_input *in)
{
    return fc__pooling_dim(&in->pooling, in->dim);
}

/* Append the head as bytes / read them (untrusted). FC_E_CORRUPT, FC_E_VERSION. */
fc_status fc__head_write(const fc_head *h, fc_buf *out, fc_error *err);
fc_status fc__head_read(fc_head *out, const uint8_t *bytes, size_t n, fc_error *err);

/* Import a ready projection: a .npy matrix (dim x input dim), or a .safetensors file with the
 * tensors "weight" (dim x pooled dim), and, where they are there, "bias", "mean", "scale",
 * "queries" (f32, f16 or bf16; other names are told in the message of FC_E_FORMAT; a name that ends
 * in ".weight" / ".bias", such as "visual_projection.weight", is taken where it is the only such
 * one). `input_dim`: of the encoder output's rows. FC_E_FORMAT, FC_E_LIMIT, FC_E_NOT_FOUND. */
fc_status fc__head_import(fc_head *out, const char *path, const fc_pooling *pooling,
                          uint32_t input_dim, fc_error *err);

/* One item of one input; rows NULL: this content has none (allowed where fuse is not
 * FC_FUSE_ONE and another input is there). */
typedef struct fc_head_item {
    const float *rows; /* n_rows x dim */
    size_t n_rows;
} fc_head_item;

/* Embed one content: items[n_inputs] to out[dim], a unit vector. FC_E_FORMAT: no direction (zero or
 * not finite); FC_E_INVALID: a row count that the pooling does not take, no input there. */
fc_status fc__head_apply(const fc_head *h, const fc_head_item *items, float *out, fc_error *err);
/* Embed n vectors of a head with one input of one row each (n x dim to n x head dim) by matrix
 * products. ok[i] false: no direction, its row is zero. */
fc_status fc__head_apply_vectors(const fc_head *h, const float *rows, size_t n, float *out,
                                 bool *ok, fc_error *err);
/* Whether fc__head_apply_vectors() takes it. */
bool fc__head_takes_vectors(const fc_head *h);

/* How much each row of input `input` adds to the cosine with the unit vector `query` (dim):
 * score = rest + sum of rows[r]. Exact where the output is linear in the rows given the attention
 * (none, mean, mean with skips, first, last, attention; with `unit` too); FC_E_UNSUPPORTED for max,
 * mean+max and GeM. */
fc_status fc__head_explain(const fc_head *h, const fc_head_item *items, size_t input,
                           const float *query, float *rows, float *rest, fc_error *err);

#endif /* FC_HEAD_H */
