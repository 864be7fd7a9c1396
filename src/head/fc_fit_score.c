/*
 * Scoring held-out rows by retrieval: tiles of the similarity matrix, of which only ranks are kept.
 */
#include "fc_fit_score.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

#define TILE_ROWS ((size_t)128)
/* Scores of equal vectors differ by so much, since products are summed in several orders. */
#define EQUAL 1e-6f

static void make_units(float *x, size_t n, size_t dim)
{
    for (size_t i = 0; i < n; i++)
        if (fc__vec_normalise(x + i * dim, dim) != FC_OK)
            memset(x + i * dim, 0, dim * sizeof(*x));
}

/* How far one score puts its row behind another's. */
static float behind(float other, float own)
{
    return other > own + EQUAL ? 1 : other >= own - EQUAL ? 0.5f : 0;
}

fc_status fc__fit_score(float *a, float *b, size_t n, size_t dim, double *out, double *each,
                        fc_error *err)
{
    float *tile = fc__alloc_bare(TILE_ROWS, n * sizeof(*tile));
    float *own = fc__alloc_array(n, 3 * sizeof(*own)), *rank_a = own + n, *rank_b = own + 2 * n;
    fc_status st = FC_OK;

    *out = 0;
    if (tile == NULL || own == NULL) {
        st = fc__nomem(err, TILE_ROWS * n * sizeof(*tile), "scores");
        goto done;
    }
    make_units(a, n, dim);
    make_units(b, n, dim);
    for (size_t i = 0; i < n; i++)
        own[i] = fc__dot(a + i * dim, b + i * dim, dim);
    for (size_t first = 0; first < n; first += TILE_ROWS) {
        const size_t some = n - first < TILE_ROWS ? n - first : TILE_ROWS;

        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some, (int)n, (int)dim, 1,
                    a + first * dim, (int)dim, b, (int)dim, 0, tile, (int)n);
        for (size_t i = first; i < first + some; i++)
            for (size_t j = 0; j < n; j++) {
                const float score = tile[(i - first) * n + j];

                if (i != j) {
                    rank_a[i] += behind(score, own[i]);
                    rank_b[j] += behind(score, own[j]);
                }
            }
    }
    for (size_t i = 0; i < n; i++) {
        const double one = 0.5 / (1 + (double)rank_a[i]) + 0.5 / (1 + (double)rank_b[i]);

        *out += one;
        if (each != NULL)
            each[i] = one;
    }
    *out = n > 0 ? *out / (double)n : 0;

done:
    free(own);
    free(tile);
    return st;
}
