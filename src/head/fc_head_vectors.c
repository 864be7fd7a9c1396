/*
 * Applying a head to many vectors: tiles of them, standardised, times the weights.
 */
#include <cblas.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_head_parts.h"
#include "fc_vec.h"

/* A tile of rows and its result stay in the second-level cache at usual dimensions. */
#define TILE_ROWS ((size_t)256)

bool fc__head_takes_vectors(const fc_head *h)
{
    switch (h->n_inputs == 1 ? h->inputs[0].pooling.kind : FC_POOLING_ATTENTION) {
    case FC_POOLING_NONE:
    case FC_POOLING_MEAN:
    case FC_POOLING_MAX:
    case FC_POOLING_FIRST:
    case FC_POOLING_LAST:
        return true; /* each leaves one row as it is */
    default:
        return false;
    }
}

static fc_status prepare(const fc_head_input *in, const float *rows, size_t n, float *h, bool *ok,
                         fc_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const fc_head_item item = {rows + i * in->dim, 1};
        const fc_status st = fc__head_pool(in, &item, h + i * in->dim, NULL, NULL, NULL);

        if (st == FC_E_NOMEM)
            return fc__nomem(err, in->dim * sizeof(*h), "a vector");
        ok[i] = st == FC_OK;
        if (!ok[i])
            memset(h + i * in->dim, 0, in->dim * sizeof(*h));
    }
    return FC_OK;
}

static void project(const fc_head *head, const float *h, size_t n, float *out)
{
    const fc_head_input *in = &head->inputs[0];
    const int rows = (int)n, dim = (int)head->dim, wide = (int)in->dim;

    for (size_t i = 0; in->bias != NULL && i < n; i++)
        memcpy(out + i * head->dim, in->bias, head->dim * sizeof(*out));
    if (in->weight != NULL)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, dim, wide, 1, h, wide,
                    in->weight, wide, in->bias != NULL ? 1 : 0, out, dim);
    else
        for (size_t k = 0; k < n * head->dim; k++)
            out[k] = in->bias != NULL ? out[k] + h[k] : h[k];
}

fc_status fc__head_apply_vectors(const fc_head *h, const float *rows, size_t n, float *out,
                                 bool *ok, fc_error *err)
{
    const size_t tile = n < TILE_ROWS ? n : TILE_ROWS;
    const fc_head_input *in = &h->inputs[0];
    fc_status st = FC_OK;
    float *pooled;

    if (!fc__head_takes_vectors(h))
        return fc_error_set(err, FC_E_INVALID,
                            "this head of %u inputs takes items one at a time, not vectors",
                            h->n_inputs);
    pooled = fc__alloc_bare(tile, in->dim * sizeof(*pooled));
    if (pooled == NULL)
        return fc__nomem(err, tile * in->dim * sizeof(*pooled), "vectors");
    openblas_set_num_threads(1);
    for (size_t first = 0; first < n && st == FC_OK; first += tile) {
        const size_t some = n - first < tile ? n - first : tile;
        float *to = out + first * h->dim;

        st = prepare(in, rows + first * in->dim, some, pooled, ok + first, err);
        if (st == FC_OK)
            project(h, pooled, some, to);
        for (size_t i = 0; i < some && st == FC_OK; i++) {
            float *one = to + i * h->dim;

            ok[first + i] = ok[first + i] && fc__vec_normalise(one, h->dim) == FC_OK;
            if (!ok[first + i])
                memset(one, 0, h->dim * sizeof(*one));
        }
    }
    free(pooled);
    return st;
}
