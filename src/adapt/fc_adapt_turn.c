/*
 * Adapters that keep angles: nothing, and the orthogonal turn.
 */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "fc_adapt_maps.h"
#include "fc_alloc.h"
#include "fc_procrustes.h"

static fc_head vector_head(size_t p, size_t q)
{
    fc_head h = {.dim = (uint32_t)q, .fuse = FC_FUSE_ONE, .n_inputs = 1};

    h.inputs[0] =
        (fc_head_input){.pooling = {.kind = FC_POOLING_NONE}, .dim = (uint32_t)p, .unit = true};
    return h;
}

fc_status fc__adapt_identity(fc_head *out, size_t dim, fc_error *err)
{
    *out = vector_head(dim, dim);
    return fc__head_check(out, err);
}

/* The part's rows in double, without their mean where `mean` is wanted. */
static void gather(const float *rows, size_t dim, const fc_adapt_part *part, bool centred,
                   double *out, double *mean)
{
    memset(mean, 0, dim * sizeof(*mean));
    for (size_t i = 0; i < part->n; i++)
        for (size_t k = 0; k < dim; k++) {
            out[i * dim + k] = (double)rows[part->rows[i] * dim + k];
            mean[k] += out[i * dim + k] / (double)part->n;
        }
    for (size_t i = 0; i < part->n && centred; i++)
        for (size_t k = 0; k < dim; k++)
            out[i * dim + k] -= mean[k];
}

static fc_status copy(float **out, const double *from, size_t n, fc_error *err)
{
    *out = fc__alloc_bare(n, sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, n * sizeof(**out), "an adapter");
    for (size_t i = 0; i < n; i++)
        (*out)[i] = (float)from[i];
    return FC_OK;
}

static fc_status turn_head(fc_head *out, size_t p, size_t q, const double *w, const double *mean_x,
                           const double *mean_y, bool centred, fc_error *err)
{
    fc_status st;

    *out = vector_head(p, q);
    st = copy(&out->inputs[0].weight, w, q * p, err);
    if (st == FC_OK && centred)
        st = copy(&out->inputs[0].mean, mean_x, p, err);
    if (st == FC_OK && centred)
        st = copy(&out->inputs[0].bias, mean_y, q, err);
    if (st != FC_OK)
        fc__head_dispose(out);
    return st;
}

fc_status fc__adapt_turn(fc_head *out, const fc_adapt_pairs *pairs, const fc_adapt_part *part,
                         bool centred, fc_error *err)
{
    const size_t n = part->n, p = pairs->p, q = pairs->q;
    double *x = fc__alloc_bare(n + 1, p * sizeof(*x)), *y = fc__alloc_bare(n + 1, q * sizeof(*y));
    double *cross = fc__alloc_bare(p, q * sizeof(*cross)), *w = fc__alloc_bare(q, p * sizeof(*w));
    fc_status st = FC_OK;

    *out = (fc_head)FC_HEAD_INIT;
    if (x == NULL || y == NULL || cross == NULL || w == NULL)
        st = fc__nomem(err, (n + p) * (p + q) * sizeof(*x), "an adapter");
    if (st == FC_OK) {
        double *mean_x = x + n * p, *mean_y = y + n * q; /* the row behind the last */

        gather(pairs->source, p, part, centred, x, mean_x);
        gather(pairs->target, q, part, centred, y, mean_y);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)p, (int)q, (int)n, 1.0, x, (int)p,
                    y, (int)q, 0.0, cross, (int)q);
        st = fc__procrustes(cross, p, q, w, NULL, err);
        if (st == FC_OK)
            st = turn_head(out, p, q, w, mean_x, mean_y, centred, err);
    }
    free(w);
    free(cross);
    free(y);
    free(x);
    return st;
}
