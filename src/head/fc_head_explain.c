/*
 * What each row of an item adds to a score.
 *
 * score = q . z / |z|, and z is linear in h, which is linear in the rows once what they weigh is
 * known: with u = (W' q) scale, row r adds a w_r (u . row_r / |p| - u . mean) / |z|, summed over
 * the queries of attention. The weights sum to 1, so the mean is shared among the rows that count,
 * and a row that is like the mean adds nothing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_head_parts.h"
#include "fc_vec.h"

/* The input that is explained, and room for it. */
typedef struct part {
    const fc_head_input *in;
    const fc_head_item *item;
    size_t n_queries; /* 1 without attention */
    float *h, *weights;
    double *u; /* pooled dim */
    double norm;
} part;

/* u = (W' q) scale */
static void turn_query(part *p, uint32_t dim, const float *query)
{
    const size_t pooled = fc__head_pooled_dim(p->in);

    memset(p->u, 0, pooled * sizeof(*p->u));
    for (uint32_t r = 0; r < dim; r++)
        for (size_t k = 0; k < pooled && p->in->weight != NULL; k++)
            p->u[k] += (double)query[r] * (double)p->in->weight[r * pooled + k];
    for (size_t k = 0; k < pooled; k++) {
        if (p->in->weight == NULL)
            p->u[k] = (double)query[k];
        if (p->in->scale != NULL)
            p->u[k] *= (double)p->in->scale[k % fc__head_standard_dim(p->in)];
    }
}

static void explain_rows(const part *p, double factor, float *rows)
{
    const size_t dim = p->in->dim, n = p->item->n_rows;

    for (size_t r = 0; r < n; r++) {
        double sum = 0;

        for (size_t q = 0; q < p->n_queries; q++) {
            const double *u = p->u + q * dim;
            const float *row = p->item->rows + r * dim;
            double along = 0, mean = 0;

            for (size_t k = 0; k < dim; k++) {
                along += u[k] * (double)row[k];
                mean += p->in->mean != NULL ? u[k] * (double)p->in->mean[k] : 0;
            }
            sum += (double)p->weights[q * n + r] * (along / p->norm - mean);
        }
        rows[r] = (float)(factor * sum);
    }
}

static fc_status part_room(part *p, fc_error *err)
{
    const size_t pooled = fc__head_pooled_dim(p->in);

    p->n_queries = p->in->pooling.kind == FC_POOLING_ATTENTION ? p->in->pooling.n_queries : 1;
    p->h = fc__alloc_bare(pooled, sizeof(*p->h));
    p->u = fc__alloc_bare(pooled, sizeof(*p->u));
    p->weights = fc__alloc_bare(p->item->n_rows, p->n_queries * sizeof(*p->weights));
    if (p->h == NULL || p->u == NULL || p->weights == NULL)
        return fc__nomem(err, p->item->n_rows * p->n_queries * sizeof(float), "an explanation");
    return FC_OK;
}

static fc_status check(const fc_head *h, const fc_head_item *items, size_t input, fc_error *err)
{
    char name[64];

    if (input >= h->n_inputs || items[input].rows == NULL)
        return fc_error_set(err, FC_E_INVALID, "there is no input %zu to explain", input);
    switch (h->inputs[input].pooling.kind) {
    case FC_POOLING_MAX:
    case FC_POOLING_MEAN_MAX:
    case FC_POOLING_GEM:
        fc__pooling_name(&h->inputs[input].pooling, name);
        return fc_error_set(err, FC_E_UNSUPPORTED, "with pooling '%s' a score is no sum over rows",
                            name);
    default:
        return FC_OK;
    }
}

/* z, its parts' products with the query, and the weights a; the product of the explained input is
 * that of its bias alone. Returns |z|. */
static double fuse_parts(const fc_head *h, float *const *pooled, size_t input, const float *query,
                         double *a, float *z, float *one, double *rest)
{
    fc__head_fuse_weights(h, pooled, a);
    memset(z, 0, h->dim * sizeof(*z));
    *rest = 0;
    for (uint32_t i = 0; i < h->n_inputs; i++) {
        const fc_head_input *in = &h->inputs[i];

        if (pooled[i] == NULL && h->fuse != FC_FUSE_SUM)
            continue;
        if (pooled[i] != NULL)
            fc__head_project(in, h->dim, pooled[i], one);
        else
            fc__head_bias(in, h->dim, one);
        for (uint32_t k = 0; k < h->dim; k++)
            z[k] += (float)(a[i] * (double)one[k]);
        if (i == input)
            fc__head_bias(in, h->dim, one);
        *rest += a[i] * fc__dot_ordered(query, one, h->dim);
    }
    return sqrt(fc__dot_ordered(z, z, h->dim));
}

fc_status fc__head_explain(const fc_head *h, const fc_head_item *items, size_t input,
                           const float *query, float *rows, float *rest, fc_error *err)
{
    part p = {.in = &h->inputs[input < h->n_inputs ? input : 0], .item = &items[input]};
    float *pooled[FC_HEAD_INPUTS_MAX] = {NULL}, *block = NULL, *z = NULL;
    double a[FC_HEAD_INPUTS_MAX], length, others;
    fc_status st = check(h, items, input, err);

    if (st != FC_OK)
        return st;
    st = fc__head_pool_all(h, items, &block, pooled, err);
    if (st == FC_OK)
        st = part_room(&p, err);
    if (st == FC_OK)
        st = fc__head_pool(p.in, p.item, p.h, p.weights, &p.norm, err);
    if (st != FC_OK)
        goto done;
    z = fc__alloc_bare(h->dim, 2 * sizeof(*z));
    if (z == NULL) {
        st = fc__nomem(err, h->dim * 2 * sizeof(*z), "a vector");
        goto done;
    }
    length = fuse_parts(h, pooled, input, query, a, z, z + h->dim, &others);
    if (!(length > 0) || !isfinite(length)) {
        st = fc_error_set(err, FC_E_FORMAT,
                          "a head's result is zero or not finite: it has no direction");
        goto done;
    }
    turn_query(&p, h->dim, query);
    explain_rows(&p, a[input] / length, rows);
    *rest = (float)(others / length);

done:
    free(z);
    free(p.weights);
    free(p.u);
    free(p.h);
    free(block);
    return st;
}
