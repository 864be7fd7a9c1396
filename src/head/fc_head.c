/*
 * What a head is made of: its arrays as a list, copies, and the check that they fit together.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_head_parts.h"
#include "fc_vec.h"

#define GEM_P_MAX 100.0f

size_t fc__head_standard_dim(const fc_head_input *in)
{
    return in->pooling.kind == FC_POOLING_ATTENTION ? in->dim : fc__head_pooled_dim(in);
}

void fc__head_arrays(fc_head_input *in, uint32_t dim, fc_head_array out[FC_HEAD_ARRAYS])
{
    const size_t pooled = fc__head_pooled_dim(in), standard = fc__head_standard_dim(in);
    const fc_head_array arrays[FC_HEAD_ARRAYS] = {
        {"mean", &in->mean, standard},     {"scale", &in->scale, standard},
        {"queries", &in->queries, pooled}, {"weight", &in->weight, dim * pooled},
        {"bias", &in->bias, dim},          {"gate", &in->gate, pooled},
    };

    memcpy(out, arrays, sizeof(arrays));
}

void fc__head_dispose(fc_head *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < FC_HEAD_INPUTS_MAX; i++) {
        fc_head_array arrays[FC_HEAD_ARRAYS];

        fc__head_arrays(&h->inputs[i], h->dim, arrays);
        for (size_t k = 0; k < FC_HEAD_ARRAYS; k++)
            free(*arrays[k].at);
    }
    memset(h, 0, sizeof(*h));
}

fc_status fc__head_copy(fc_head *out, const fc_head *h, fc_error *err)
{
    fc_status st = FC_OK;

    *out = *h;
    for (size_t i = 0; i < FC_HEAD_INPUTS_MAX; i++) {
        fc_head_array arrays[FC_HEAD_ARRAYS];

        fc__head_arrays(&out->inputs[i], h->dim, arrays);
        for (size_t k = 0; k < FC_HEAD_ARRAYS; k++) {
            const float *from = *arrays[k].at;

            *arrays[k].at = NULL;
            if (from == NULL || st != FC_OK)
                continue;
            *arrays[k].at = fc__alloc_bare(arrays[k].n, sizeof(float));
            if (*arrays[k].at == NULL)
                st = fc__nomem(err, arrays[k].n * sizeof(float), "a head");
            else
                memcpy(*arrays[k].at, from, arrays[k].n * sizeof(float));
        }
    }
    if (st != FC_OK)
        fc__head_dispose(out);
    return st;
}

static fc_status check_shape(const fc_head *h, uint32_t i, fc_error *err)
{
    const fc_head_input *in = &h->inputs[i];
    const fc_pooling *p = &in->pooling;

    if (in->dim == 0 || in->dim > FC_HEAD_ROW_DIM_MAX)
        return fc_error_set(err, FC_E_INVALID, "head input %u: rows of %u; 1 to %u are possible", i,
                            in->dim, FC_HEAD_ROW_DIM_MAX);
    if (p->kind < FC_POOLING_NONE || p->kind > FC_POOLING_ATTENTION)
        return fc_error_set(err, FC_E_INVALID, "head input %u: no pooling has the number %d", i,
                            (int)p->kind);
    if (p->kind == FC_POOLING_ATTENTION ? p->n_queries < 1 || p->n_queries > FC_HEAD_QUERIES_MAX
                                        : p->n_queries != 0)
        return fc_error_set(err, FC_E_INVALID, "head input %u: %u queries; attention has 1 to %d",
                            i, p->n_queries, FC_HEAD_QUERIES_MAX);
    if (!(p->p == 0 || (p->kind == FC_POOLING_GEM && p->p >= 1 && p->p <= GEM_P_MAX)))
        return fc_error_set(err, FC_E_INVALID, "head input %u: p = %g; gem has 1 to 100", i,
                            (double)p->p);
    return FC_OK;
}

static fc_status check_arrays(const fc_head *h, uint32_t i, fc_error *err)
{
    fc_head_input in = h->inputs[i];
    const bool attention = in.pooling.kind == FC_POOLING_ATTENTION;
    fc_head_array arrays[FC_HEAD_ARRAYS];

    if ((in.queries != NULL) != attention)
        return fc_error_set(err, FC_E_INVALID, "head input %u: %s", i,
                            attention ? "attention has no queries" : "queries without attention");
    if (in.unit && attention)
        return fc_error_set(err, FC_E_INVALID, "head input %u: attention takes no unit vectors", i);
    if (in.gate != NULL && h->fuse != FC_FUSE_ATTENTION)
        return fc_error_set(err, FC_E_INVALID, "head input %u: a gate without attention fusion", i);
    if (in.weight == NULL && fc__head_pooled_dim(&in) != h->dim)
        return fc_error_set(err, FC_E_INVALID,
                            "head input %u: pooled to %zu, and no weight brings it to %u", i,
                            fc__head_pooled_dim(&in), h->dim);
    if (!isfinite(in.gate_bias))
        return fc_error_set(err, FC_E_INVALID, "head input %u: the logit is not finite", i);
    fc__head_arrays(&in, h->dim, arrays);
    for (size_t k = 0; k < FC_HEAD_ARRAYS; k++)
        if (*arrays[k].at != NULL && !fc__all_finite(*arrays[k].at, arrays[k].n))
            return fc_error_set(err, FC_E_INVALID, "head input %u: its %s is not finite", i,
                                arrays[k].name);
    return FC_OK;
}

fc_status fc__head_check(const fc_head *h, fc_error *err)
{
    fc_status st = FC_OK;

    if (h->dim == 0 || h->dim > FC_HEAD_DIM_MAX)
        return fc_error_set(err, FC_E_INVALID, "a head to %u dimensions; 1 to %d are possible",
                            h->dim, FC_HEAD_DIM_MAX);
    if (h->fuse < FC_FUSE_ONE || h->fuse > FC_FUSE_SUM)
        return fc_error_set(err, FC_E_INVALID, "no way to fuse has the number %d", (int)h->fuse);
    if (h->n_inputs == 0 || h->n_inputs > FC_HEAD_INPUTS_MAX)
        return fc_error_set(err, FC_E_INVALID, "a head of %u inputs; 1 to %d are possible",
                            h->n_inputs, FC_HEAD_INPUTS_MAX);
    if (h->fuse == FC_FUSE_ONE && h->n_inputs != 1)
        return fc_error_set(err, FC_E_INVALID, "a head of %u inputs does not say how to fuse them",
                            h->n_inputs);
    for (uint32_t i = 0; i < h->n_inputs && st == FC_OK; i++) {
        st = check_shape(h, i, err);
        if (st == FC_OK)
            st = check_arrays(h, i, err);
    }
    return st;
}
