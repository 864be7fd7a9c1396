/*
 * Heads as one vector of parameters, and back.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_contrast.h"

static size_t add_part(fc_contrast_model *m, size_t n, double unit, bool decayed)
{
    const size_t at = m->n_theta;

    m->parts[m->n_parts++] = (fc_contrast_part){.at = at, .n = n, .unit = unit, .decayed = decayed};
    m->n_theta += n;
    return at;
}

/* What is summed over n inputs of variance 1 has the variance of the output at 1 / sqrt(n). */
static void lay_out_input(fc_contrast_model *m, const fc_head *h, size_t i, fc_contrast_input *in)
{
    fc_head_input *head = (fc_head_input *)&h->inputs[i];
    const bool gated = h->fuse == FC_FUSE_ATTENTION, mixed = h->fuse == FC_FUSE_MIX;
    double unit;

    *in = (fc_contrast_input){.head = head,
                              .attention = head->pooling.kind == FC_POOLING_ATTENTION,
                              .dim = head->dim,
                              .pooled = fc__head_pooled_dim(head)};
    unit = 1 / sqrt((double)in->pooled);
    if (in->attention)
        in->queries = add_part(m, in->pooled, 1 / sqrt((double)in->dim), false);
    in->weight = add_part(m, h->dim * in->pooled, unit, true);
    in->bias = add_part(m, h->dim, unit, false);
    if (gated)
        in->gate = add_part(m, in->pooled, unit, false);
    if (gated || mixed)
        in->gate_bias = add_part(m, 1, 1, false);
}

static void copy_or_zero(double *to, const float *from, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] = from != NULL ? (double)from[k] : 0;
}

static void load_input(fc_contrast_model *m, fc_fuse fuse, const fc_contrast_input *in)
{
    const fc_head_input *h = in->head;

    if (in->attention)
        copy_or_zero(m->theta + in->queries, h->queries, in->pooled);
    copy_or_zero(m->theta + in->weight, h->weight, m->dim * in->pooled);
    copy_or_zero(m->theta + in->bias, h->bias, m->dim);
    if (fuse == FC_FUSE_ATTENTION)
        copy_or_zero(m->theta + in->gate, h->gate, in->pooled);
    if (fuse == FC_FUSE_ATTENTION || fuse == FC_FUSE_MIX)
        m->theta[in->gate_bias] = (double)h->gate_bias;
}

fc_status fc__contrast_model_create(fc_contrast_model *m, fc_head *heads, size_t n_branches,
                                    double temperature, fc_error *err)
{
    *m = (fc_contrast_model){.dim = heads[0].dim, .n_branches = n_branches};
    for (size_t b = 0; b < n_branches; b++) {
        m->branches[b].fuse = heads[b].fuse;
        m->branches[b].n_inputs = heads[b].n_inputs;
        for (size_t i = 0; i < heads[b].n_inputs; i++)
            lay_out_input(m, &heads[b], i, &m->branches[b].inputs[i]);
    }
    m->log_scale = add_part(m, 1, 1, false);
    m->theta = fc__alloc_array(m->n_theta, sizeof(*m->theta));
    if (m->theta == NULL)
        return fc__nomem(err, m->n_theta * sizeof(*m->theta), "parameters");
    for (size_t b = 0; b < n_branches; b++)
        for (size_t i = 0; i < heads[b].n_inputs; i++)
            load_input(m, heads[b].fuse, &m->branches[b].inputs[i]);
    m->theta[m->log_scale] = fmin(fmax(-log(temperature), 0), log(FC_CONTRAST_SCALE_MOST));
    return FC_OK;
}

static fc_status store_floats(float **to, const double *from, size_t n, fc_error *err)
{
    if (*to == NULL)
        *to = fc__alloc_array(n, sizeof(**to));
    if (*to == NULL)
        return fc__nomem(err, n * sizeof(**to), "a head");
    for (size_t k = 0; k < n; k++)
        (*to)[k] = (float)from[k];
    return FC_OK;
}

fc_status fc__contrast_model_store(const fc_contrast_model *m, const double *theta, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t b = 0; b < m->n_branches; b++)
        for (size_t i = 0; i < m->branches[b].n_inputs && st == FC_OK; i++) {
            const fc_contrast_input *in = &m->branches[b].inputs[i];
            const fc_fuse fuse = m->branches[b].fuse;

            if (in->attention)
                st = store_floats(&in->head->queries, theta + in->queries, in->pooled, err);
            if (st == FC_OK)
                st = store_floats(&in->head->weight, theta + in->weight, m->dim * in->pooled, err);
            if (st == FC_OK)
                st = store_floats(&in->head->bias, theta + in->bias, m->dim, err);
            if (st == FC_OK && fuse == FC_FUSE_ATTENTION)
                st = store_floats(&in->head->gate, theta + in->gate, in->pooled, err);
            if (fuse == FC_FUSE_ATTENTION || fuse == FC_FUSE_MIX)
                in->head->gate_bias = (float)theta[in->gate_bias];
        }
    return st;
}

void fc__contrast_model_dispose(fc_contrast_model *m)
{
    free(m->theta);
    m->theta = NULL;
}
