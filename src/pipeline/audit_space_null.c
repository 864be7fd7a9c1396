/*
 * What the shape of a space would be if its rows pointed in all directions alike.
 */
#include <math.h>
#include <stdlib.h>

#include "audit_space_shape.h"
#include "fc_alloc.h"
#include "fc_rng.h"
#include "fc_spectrum.h"
#include "fc_vec.h"

#define NULL_ASKED ((size_t)1000)

static void draw_rows(fc_rng *rng, float *rows, size_t n, size_t dim)
{
    for (size_t i = 0; i < n; i++) {
        float *row = rows + i * dim;

        do
            for (size_t d = 0; d < dim; d++)
                row[d] = (float)fc__rng_normal(rng);
        while (fc__vec_normalise(row, dim) != FC_OK);
    }
}

fc_status fc__space_null_figures(const fc_space_audit_run *run, size_t n_ranked, size_t n_rows,
                                 double *rank, fc_near_figures *out, fc_error *err)
{
    const size_t dim = run->dim, n_asked = n_rows < NULL_ASKED ? n_rows : NULL_ASKED;
    fc_rng rng = fc__rng_seed(run->opts->seed);
    float *rows = fc__alloc_bare(n_rows, dim * sizeof(*rows));
    uint64_t *contents = fc__alloc_array(n_rows, sizeof(*contents));
    fc_knn_lists lists = {.n_queries = 0};
    fc_knn_scan *scan = NULL;
    fc_cross_moments m = {.p = 0};
    fc_spectrum spectrum = FC_SPECTRUM_INIT;
    fc_hubness unused;
    fc_status st = FC_OK;

    if (rows == NULL || contents == NULL) {
        st = fc__nomem(err, n_rows * dim * sizeof(*rows), "random rows");
        goto done;
    }
    draw_rows(&rng, rows, n_rows, dim);
    for (size_t i = 0; i < n_rows; i++)
        contents[i] = i;
    st = fc__knn_scan_create(&scan,
                             &(fc_knn_ask){.dim = dim,
                                           .n_queries = n_asked,
                                           .k = run->opts->k,
                                           .rows = rows,
                                           .contents = contents,
                                           .n_threads = run->opts->n_threads},
                             err);
    if (st == FC_OK) {
        fc__knn_scan_add(scan, contents, rows, n_rows);
        st = fc__knn_scan_finish(scan, &lists, err);
    }
    if (st == FC_OK)
        st = fc__space_near_figures(out, &lists, contents, &unused, err);
    if (st == FC_OK && *rank == 0) {
        st = fc__cross_moments_init(&m, dim, 0, run->opts->memory_bytes, run->opts->n_threads, err);
        if (st == FC_OK) {
            fc__cross_moments_add(&m, &(fc_pair_batch){.x = rows, .n = n_ranked});
            st = fc__spectrum(&spectrum, &m, false, NULL, err);
        }
        *rank = st == FC_OK ? spectrum.effective_rank : NAN;
    }

done:
    fc__spectrum_dispose(&spectrum);
    fc__cross_moments_dispose(&m);
    fc__knn_scan_destroy(scan);
    fc__knn_lists_dispose(&lists);
    free(rows);
    free(contents);
    return st;
}
