/*
 * Tiles of a times tiles of b.
 */
#include "fc_pairs.h"

#include <cblas.h>

#include "fc_vec.h"

/* Beyond the rounding of a product of unit vectors of a few thousand elements in f32. */
#define MARGIN 2e-5

typedef struct tile {
    size_t first_a, n_a, first_b, n_b;
} tile;

static fc_status report_tile(const fc_pair_rows *r, const tile *t, double threshold,
                             fc_pair_fn each, void *context, fc_error *err)
{
    const float low = (float)(threshold - MARGIN);
    fc_status st = FC_OK;

    for (size_t i = 0; i < t->n_a; i++) {
        const float *scores = r->scratch + i * FC_PAIRS_TILE;
        const size_t a = t->first_a + i;

        for (size_t j = 0; j < t->n_b; j++) {
            const size_t b = t->first_b + j;
            double score = (double)scores[j];

            if (scores[j] < low || (r->a == r->b && b <= a))
                continue;
            if (score < threshold + MARGIN)
                score = fc__dot_ordered(r->a + a * r->dim, r->b + b * r->dim, r->dim);
            if (score >= threshold - 1e-9)
                st = each(context, a, b, (float)(score < 1 ? score : 1), err);
            if (st != FC_OK)
                return st;
        }
    }
    return FC_OK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

fc_status fc__pairs_above(const fc_pair_rows *r, double threshold, fc_pair_fn each, void *context,
                          fc_error *err)
{
    fc_status st = FC_OK;

    openblas_set_num_threads(r->n_threads > 0 ? (int)r->n_threads : 1);
    for (size_t i = 0; i < r->n_a && st == FC_OK; i += FC_PAIRS_TILE)
        for (size_t j = r->a == r->b ? i : 0; j < r->n_b && st == FC_OK; j += FC_PAIRS_TILE) {
            const tile t = {i, least(FC_PAIRS_TILE, r->n_a - i), j,
                            least(FC_PAIRS_TILE, r->n_b - j)};

            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)t.n_a, (blasint)t.n_b,
                        (blasint)r->dim, 1.0f, r->a + i * r->dim, (blasint)r->dim,
                        r->b + j * r->dim, (blasint)r->dim, 0.0f, r->scratch,
                        (blasint)FC_PAIRS_TILE);
            st = report_tile(r, &t, threshold, each, context, err);
        }
    openblas_set_num_threads(1); /* as the search wants it */
    return st;
}
