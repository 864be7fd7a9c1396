/*
 * Applying a head: items to h of each input, to z, fused, to a unit vector.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_head_parts.h"
#include "fc_vec.h"

static void standardise(const fc_head_input *in, float *x, size_t n)
{
    if (in->mean != NULL)
        for (size_t k = 0; k < n; k++)
            x[k] -= in->mean[k];
    if (in->scale != NULL)
        for (size_t k = 0; k < n; k++)
            x[k] *= in->scale[k];
}

/* Attention looks at standardised rows, of which a copy is made. */
static fc_status pool_attention(const fc_head_input *in, const fc_head_item *item, float *h,
                                float *weights, fc_error *err)
{
    const bool plain = in->mean == NULL && in->scale == NULL;
    float *copy = NULL;
    fc_status st;
    size_t n;

    if (!plain) {
        copy = fc__mul(item->n_rows, in->dim, &n) ? fc__alloc_bare(n, sizeof(*copy)) : NULL;
        if (copy == NULL)
            return fc__nomem(err, item->n_rows * sizeof(*copy), "an item");
        memcpy(copy, item->rows, n * sizeof(*copy));
        for (size_t r = 0; r < item->n_rows; r++)
            standardise(in, copy + r * in->dim, in->dim);
    }
    st = fc__pool_rows(&in->pooling, plain ? item->rows : copy, item->n_rows, in->dim, NULL,
                       in->queries, h, weights, err);
    free(copy);
    return st;
}

static fc_status make_unit(float *x, size_t n, double *norm, fc_error *err)
{
    *norm = sqrt(fc__dot_ordered(x, x, n));
    return fc__vec_normalise(x, n) == FC_OK
               ? FC_OK
               : fc_error_set(err, FC_E_FORMAT, "a pooled vector is zero: it has no direction");
}

fc_status fc__head_pool(const fc_head_input *in, const fc_head_item *item, float *h, float *weights,
                        double *norm, fc_error *err)
{
    double length = 1;
    fc_status st;

    if (in->pooling.kind == FC_POOLING_ATTENTION) {
        st = pool_attention(in, item, h, weights, err);
    } else {
        st = fc__pool_rows(&in->pooling, item->rows, item->n_rows, in->dim, NULL, NULL, h, weights,
                           err);
        if (st == FC_OK && in->unit)
            st = make_unit(h, fc__head_pooled_dim(in), &length, err);
        if (st == FC_OK)
            standardise(in, h, fc__head_pooled_dim(in));
    }
    if (norm != NULL)
        *norm = length;
    return st;
}

void fc__head_project(const fc_head_input *in, uint32_t dim, const float *h, float *z)
{
    const size_t pooled = fc__head_pooled_dim(in);

    if (in->weight == NULL)
        memcpy(z, h, dim * sizeof(*z));
    else
        fc__dot_rows_f32(h, in->weight, pooled, dim, pooled, z);
    if (in->bias != NULL)
        for (uint32_t k = 0; k < dim; k++)
            z[k] += in->bias[k];
}

void fc__head_bias(const fc_head_input *in, uint32_t dim, float *z)
{
    if (in->bias != NULL)
        memcpy(z, in->bias, dim * sizeof(*z));
    else
        memset(z, 0, dim * sizeof(*z));
}

void fc__head_fuse_weights(const fc_head *h, float *const *pooled, double *a)
{
    double largest = -INFINITY, total = 0;

    for (uint32_t i = 0; i < h->n_inputs; i++) {
        const fc_head_input *in = &h->inputs[i];

        a[i] = h->fuse == FC_FUSE_ONE || h->fuse == FC_FUSE_SUM ? 1 : -INFINITY;
        if (pooled[i] == NULL || a[i] == 1)
            continue;
        a[i] = (double)in->gate_bias;
        if (h->fuse == FC_FUSE_ATTENTION && in->gate != NULL)
            for (size_t k = 0; k < fc__head_pooled_dim(in); k++)
                a[i] += (double)in->gate[k] * (double)pooled[i][k];
        largest = a[i] > largest ? a[i] : largest;
    }
    if (h->fuse == FC_FUSE_ONE || h->fuse == FC_FUSE_SUM)
        return;
    for (uint32_t i = 0; i < h->n_inputs; i++)
        total += a[i] = exp(a[i] - largest);
    for (uint32_t i = 0; i < h->n_inputs; i++)
        a[i] /= total;
}

fc_status fc__head_pool_all(const fc_head *h, const fc_head_item *items, float **block,
                            float *pooled[FC_HEAD_INPUTS_MAX], fc_error *err)
{
    size_t n = 0, n_there = 0;
    fc_status st = FC_OK;
    float *at;

    for (uint32_t i = 0; i < h->n_inputs; i++) {
        n += fc__head_pooled_dim(&h->inputs[i]);
        n_there += items[i].rows != NULL;
    }
    *block = NULL;
    if (n_there == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "a head of %u inputs is given none of them: nothing to embed",
                            h->n_inputs);
    at = *block = fc__alloc_bare(n, sizeof(*at));
    if (at == NULL)
        return fc__nomem(err, n * sizeof(*at), "pooled vectors");
    for (uint32_t i = 0; i < h->n_inputs && st == FC_OK; i++) {
        pooled[i] = items[i].rows != NULL ? at : NULL;
        if (pooled[i] != NULL)
            st = fc__head_pool(&h->inputs[i], &items[i], at, NULL, NULL, err);
        at += fc__head_pooled_dim(&h->inputs[i]);
    }
    return st;
}

/* z of all inputs by their weights; `one` has room for another z. */
static void fuse(const fc_head *h, float *const *pooled, float *one, float *out)
{
    double a[FC_HEAD_INPUTS_MAX];

    fc__head_fuse_weights(h, pooled, a);
    memset(out, 0, h->dim * sizeof(*out));
    for (uint32_t i = 0; i < h->n_inputs; i++) {
        const fc_head_input *in = &h->inputs[i];

        if (pooled[i] != NULL)
            fc__head_project(in, h->dim, pooled[i], one);
        else if (h->fuse == FC_FUSE_SUM)
            fc__head_bias(in, h->dim, one);
        else
            continue;
        for (uint32_t k = 0; k < h->dim; k++)
            out[k] += (float)(a[i] * (double)one[k]);
    }
}

fc_status fc__head_apply(const fc_head *h, const fc_head_item *items, float *out, fc_error *err)
{
    float *pooled[FC_HEAD_INPUTS_MAX] = {NULL}, *block = NULL, *one = NULL;
    fc_status st = fc__head_pool_all(h, items, &block, pooled, err);

    if (st != FC_OK)
        goto done;
    if (h->n_inputs == 1) {
        fc__head_project(&h->inputs[0], h->dim, pooled[0], out);
    } else {
        one = fc__alloc_bare(h->dim, sizeof(*one));
        if (one == NULL) {
            st = fc__nomem(err, h->dim * sizeof(*one), "a vector");
            goto done;
        }
        fuse(h, pooled, one, out);
    }
    if (fc__vec_normalise(out, h->dim) != FC_OK)
        st = fc_error_set(err, FC_E_FORMAT,
                          "a head's result is zero or not finite: it has no direction");

done:
    free(one);
    free(block);
    return st;
}
