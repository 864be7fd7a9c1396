/*
 * Rows of a sample made ready, and quadratic forms with the moments: matrix products, of sums that
 * are centred afterwards.
 */
#include "fc_sample_tile.h"

#include <cblas.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_vec.h"

#define TILE_ROWS ((size_t)512)

fc_status fc__sample_tile_init(fc_sample_tile *t, const fc_cross_moments *m, bool centred,
                               fc_error *err)
{
    const size_t wide = m->p > m->q ? m->p : m->q;
    const double share = centred && m->n > 0 ? 1 / (double)m->n : 0;

    *t = (fc_sample_tile){.p = m->p, .q = m->q};
    t->x = fc__alloc_array(TILE_ROWS * m->p, sizeof(double));
    t->y = fc__alloc_array(TILE_ROWS * m->q, sizeof(double));
    t->product = fc__alloc_array(TILE_ROWS * wide, sizeof(double));
    t->mean_x = fc__alloc_array(m->p, sizeof(double));
    t->mean_y = fc__alloc_array(m->q, sizeof(double));
    t->form_xy = fc__alloc_array(TILE_ROWS, sizeof(double));
    t->form_xx = fc__alloc_array(TILE_ROWS, sizeof(double));
    t->form_yy = fc__alloc_array(TILE_ROWS, sizeof(double));
    if (t->x == NULL || t->y == NULL || t->product == NULL || t->mean_x == NULL ||
        t->mean_y == NULL || t->form_xy == NULL || t->form_xx == NULL || t->form_yy == NULL)
        return fc__nomem(err, TILE_ROWS * (m->p + m->q + wide) * sizeof(double), "intervals");
    for (size_t k = 0; k < m->p; k++)
        t->mean_x[k] = share * m->x[k];
    for (size_t k = 0; k < m->q; k++)
        t->mean_y[k] = share * m->y[k];
    return FC_OK;
}

void fc__sample_tile_dispose(fc_sample_tile *t)
{
    free(t->x);
    free(t->y);
    free(t->product);
    free(t->mean_x);
    free(t->mean_y);
    free(t->form_xy);
    free(t->form_xx);
    free(t->form_yy);
    *t = (fc_sample_tile)FC_SAMPLE_TILE_INIT;
}

static void convert(const float *row, size_t dim, const double *mean, double *out)
{
    for (size_t k = 0; k < dim; k++)
        out[k] = (double)row[k] - mean[k];
}

bool fc__sample_tile_next(fc_sample_tile *t, const fc_pair_sample *sample, size_t *at)
{
    t->n = 0;
    for (; *at < sample->n && t->n < TILE_ROWS; ++*at) {
        const float *x = sample->x + *at * t->p, *y = sample->y + *at * t->q;

        if (!fc__all_finite(x, t->p) || !fc__all_finite(y, t->q))
            continue;
        convert(x, t->p, t->mean_x, t->x + t->n * t->p);
        convert(y, t->q, t->mean_y, t->y + t->n * t->q);
        t->n++;
    }
    return t->n > 0;
}

void fc__sample_tile_form(fc_sample_tile *t, const fc_cross_moments *m, fc_form form, double *out)
{
    const double *a = form == FC_FORM_YY ? t->y : t->x, *b = form == FC_FORM_XX ? t->x : t->y;
    const double *mean_a = form == FC_FORM_YY ? t->mean_y : t->mean_x;
    const double *mean_b = form == FC_FORM_XX ? t->mean_x : t->mean_y;
    const blasint n = (blasint)t->n, p = (blasint)t->p, q = (blasint)t->q;
    const blasint dim_a = form == FC_FORM_YY ? q : p, dim_b = form == FC_FORM_XX ? p : q;

    openblas_set_num_threads(m->n_threads < 256 ? (int)m->n_threads : 256);
    if (form == FC_FORM_XY)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, q, p, 1, a, p, m->xy, q, 0,
                    t->product, q);
    else
        cblas_dsymm(CblasRowMajor, CblasRight, CblasUpper, n, dim_a, 1,
                    form == FC_FORM_XX ? m->xx : m->yy, dim_a, a, dim_a, 0, t->product, dim_a);
    openblas_set_num_threads(1);
    for (size_t i = 0; i < t->n; i++) {
        const double *row_a = a + i * (size_t)dim_a, *row_b = b + i * (size_t)dim_b;

        out[i] = cblas_ddot(dim_b, t->product + i * (size_t)dim_b, 1, row_b, 1) -
                 (double)m->n * cblas_ddot(dim_a, row_a, 1, mean_a, 1) *
                     cblas_ddot(dim_b, row_b, 1, mean_b, 1);
    }
}
