/*
 * The best rotation by one singular value decomposition of the moments, its residual, and how far
 * that may be off.
 */
#include "fc_procrustes_measure.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_lapack.h"
#include "fc_procrustes.h"
#include "fc_sample_tile.h"
#include "fc_two_samples.h"

#define SHUFFLES 5
#define CONSTANT 1e-12 /* squares that centring leaves of the whole, where nothing is left */

/* |X|^2 and |Y|^2, as centred as the caller wants them. */
static void squares_of(const fc_cross_moments *m, bool centred, double *xx, double *yy)
{
    const double less = centred && m->n > 0 ? 1 / (double)m->n : 0;

    *xx = m->xx1 - less * cblas_ddot((blasint)m->p, m->x, 1, m->x, 1);
    *yy = m->yy1 - less * cblas_ddot((blasint)m->q, m->y, 1, m->y, 1);
}

static fc_status check(const fc_cross_moments *m, bool centred, double xx, double yy, fc_error *err)
{
    const bool x = xx <= CONSTANT * m->xx1, y = yy <= CONSTANT * m->yy1;

    if (m->n < FC_AUDIT_LEAST)
        return fc_error_set(err, FC_E_INVALID, "%llu pairs of rows; at least %u are needed",
                            (unsigned long long)m->n, FC_AUDIT_LEAST);
    if (x || y)
        return fc_error_set(err, FC_E_INVALID,
                            "all rows of the %s side are %s: nothing can be turned onto them",
                            x ? "first" : "second", centred ? "the same" : "zero");
    return FC_OK;
}

/* The residual of one way of pairing the rows of the sample (order: of y). */
static fc_status shuffled_residual(double *residual, double *x, double *y, const size_t *order,
                                   size_t n, size_t p, size_t q, fc_error *err)
{
    const size_t r = p < q ? p : q;
    double *turned = fc__alloc_bare(n * q, sizeof(*turned));
    double *xy = fc__alloc_bare(p * q, sizeof(*xy));
    double *values = fc__alloc_bare(r, sizeof(*values)), nuclear = 0;
    const double xx = cblas_ddot((blasint)(n * p), x, 1, x, 1);
    const double yy = cblas_ddot((blasint)(n * q), y, 1, y, 1);
    fc_status st = FC_OK;

    if (turned == NULL || xy == NULL || values == NULL)
        st = fc__nomem(err, (n + p) * q * sizeof(*xy), "shuffled pairs");
    for (size_t i = 0; i < n && st == FC_OK; i++)
        memcpy(turned + i * q, y + order[i] * q, q * sizeof(*y));
    if (st == FC_OK) {
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)p, (blasint)q, (blasint)n, 1,
                    x, (blasint)p, turned, (blasint)q, 0, xy, (blasint)q);
        st = fc__svd_f64(xy, p, q, values, NULL, NULL, err);
    }
    for (size_t i = 0; i < r && st == FC_OK; i++)
        nuclear += values[i];
    *residual = fc__procrustes_residual(xx, yy, nuclear);
    free(values);
    free(xy);
    free(turned);
    return st;
}

/* The sample's finite rows as two matrices, centred by the moments' means. */
static fc_status whole_sample(const fc_cross_moments *m, bool centred, const fc_pair_sample *sample,
                              double **x, double **y, size_t *n, fc_error *err)
{
    fc_sample_tile t = FC_SAMPLE_TILE_INIT;
    fc_status st = fc__sample_tile_init(&t, m, centred, err);

    *n = 0;
    *x = fc__alloc_bare(sample->n * m->p, sizeof(**x));
    *y = fc__alloc_bare(sample->n * m->q, sizeof(**y));
    if (st == FC_OK && (*x == NULL || *y == NULL))
        st = fc__nomem(err, sample->n * (m->p + m->q) * sizeof(**x), "a sample of pairs");
    for (size_t at = 0; st == FC_OK && fc__sample_tile_next(&t, sample, &at); *n += t.n) {
        memcpy(*x + *n * m->p, t.x, t.n * m->p * sizeof(**x));
        memcpy(*y + *n * m->q, t.y, t.n * m->q * sizeof(**y));
    }
    fc__sample_tile_dispose(&t);
    return st;
}

static fc_status null_value(fc_procrustes_measure *out, double *x, double *y, size_t n,
                            uint32_t n_shuffles, uint64_t seed, fc_error *err)
{
    size_t *order = fc__alloc_array(n, sizeof(*order));
    fc_rng rng = fc__rng_seed(seed);
    double sum = 0, residual = 0;
    fc_status st = order == NULL ? fc__nomem(err, n * sizeof(*order), "shuffled pairs") : FC_OK;

    for (uint32_t s = 0; s < n_shuffles && st == FC_OK; s++) {
        fc__order_draw(order, n, &rng);
        st = shuffled_residual(&residual, x, y, order, n, out->p, out->q, err);
        sum += residual;
    }
    out->residual.null_value = sum / n_shuffles;
    free(order);
    return st;
}

/* The residual is a ratio of sums, and the rotation is at its best, so that it does not change with
 * a little more weight of a row: what the row adds is its own residual (the delta method). */
static fc_status interval(fc_procrustes_measure *out, const double *x, const double *y, size_t n,
                          double yy, const fc_cross_moments *m, double level, fc_error *err)
{
    const blasint p = (blasint)out->p, q = (blasint)out->q;
    const double square = out->residual.value * out->residual.value;
    double *turned = fc__alloc_bare(n * out->q, sizeof(*turned)), sum = 0, squares = 0;
    fc_interval range;

    if (turned == NULL)
        return fc__nomem(err, n * out->q * sizeof(*turned), "intervals");
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n, q, p, 1, x, p, out->rotation,
                p, 0, turned, q);
    for (size_t i = 0; i < n; i++) {
        const double *u = x + i * out->p, *v = y + i * out->q;
        const double vv = cblas_ddot(q, v, 1, v, 1);
        const double off = cblas_ddot(p, u, 1, u, 1) + vv -
                           2 * cblas_ddot(q, v, 1, turned + i * out->q, 1) - square * vv;

        sum += off;
        squares += off * off;
    }
    free(turned);
    sum /= (double)n;
    range = fc__normal_interval(
        square, sqrt(fmax(0, squares / (double)n - sum * sum) / (double)m->n) / (yy / (double)m->n),
        level);
    out->residual.range = (fc_interval){sqrt(fmax(0, range.low)), sqrt(fmax(0, range.high))};
    return FC_OK;
}

fc_status fc__procrustes_measure(fc_procrustes_measure *out, const fc_cross_moments *m,
                                 bool centred, const fc_pair_sample *sample, uint32_t n_shuffles,
                                 uint64_t seed, double level, fc_error *err)
{
    double *xy = NULL, *x = NULL, *y = NULL, xx, yy, nuclear = 0;
    size_t n = 0;
    fc_status st;

    *out = (fc_procrustes_measure){m->p, m->q, centred, {NAN, NAN, {NAN, NAN}}, NAN, NAN, NULL};
    squares_of(m, centred, &xx, &yy);
    st = check(m, centred, xx, yy, err);
    if (st != FC_OK)
        return st;
    openblas_set_num_threads(m->n_threads < 256 ? (int)m->n_threads : 256);
    xy = fc__alloc_bare(m->p * m->q, sizeof(*xy));
    out->rotation = fc__alloc_bare(m->q * m->p, sizeof(*out->rotation));
    if (xy == NULL || out->rotation == NULL)
        st = fc__nomem(err, m->p * m->q * sizeof(*xy), "a rotation");
    if (st == FC_OK) {
        fc__cross_moments_whole(m, centred, NULL, NULL, xy);
        st = fc__procrustes(xy, m->p, m->q, out->rotation, &nuclear, err);
    }
    if (st == FC_OK) {
        out->residual.value = fc__procrustes_residual(xx, yy, nuclear);
        out->scale = nuclear / xx;
        out->scaled_residual = sqrt(fmax(0, 1 - nuclear / xx * nuclear / yy));
    }
    if (st == FC_OK && sample != NULL)
        st = whole_sample(m, centred, sample, &x, &y, &n, err);
    openblas_set_num_threads(m->n_threads < 256 ? (int)m->n_threads : 256);
    if (st == FC_OK && n > 1)
        st = interval(out, x, y, n, yy, m, level, err);
    if (st == FC_OK && n > 1)
        st = null_value(out, x, y, n, n_shuffles > 0 ? n_shuffles : SHUFFLES, seed, err);
    openblas_set_num_threads(1);
    free(x);
    free(y);
    free(xy);
    if (st != FC_OK)
        fc__procrustes_measure_dispose(out);
    return st;
}

void fc__procrustes_measure_dispose(fc_procrustes_measure *p)
{
    free(p->rotation);
    p->rotation = NULL;
}
