/*
 * Sums of products, a tile of rows at a time: converted to double, then one call of BLAS a matrix.
 */
#include "fc_cross_moments.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

#define TILE_ROWS ((size_t)1024)
#define DIM_MAX   ((size_t)1 << 20)

/* Doubles behind the tile: sums of rows, and squares of the rows of a tile. */
static size_t doubles_of(size_t p, size_t q)
{
    return p * p + q * q + p * q + (p + q) * (TILE_ROWS + 3) + 2 * TILE_ROWS;
}

size_t fc__cross_moments_bytes(size_t p, size_t q)
{
    return p > DIM_MAX || q > DIM_MAX ? SIZE_MAX : doubles_of(p, q) * sizeof(double);
}

/* One array holds everything: cut off the next n of it. */
static double *take(double **rest, size_t n)
{
    double *taken = *rest;

    *rest += n;
    return taken;
}

fc_status fc__cross_moments_init(fc_cross_moments *m, size_t p, size_t q, uint64_t memory_bytes,
                                 uint32_t n_threads, fc_error *err)
{
    const uint64_t limit = memory_bytes > 0 ? memory_bytes : FC_CROSS_MOMENTS_MEMORY;
    const size_t bytes = fc__cross_moments_bytes(p, q);
    double *rest;

    *m = (fc_cross_moments){0};
    if (p == 0)
        return fc_error_set(err, FC_E_INVALID, "rows without elements have no moments");
    if (bytes > limit)
        return fc_error_set(err, FC_E_LIMIT,
                            "moments of %zu and %zu elements need %zu MiB; %llu MiB are allowed", p,
                            q, bytes >> 20, (unsigned long long)(limit >> 20));
    rest = fc__alloc_array(bytes / sizeof(double), sizeof(double));
    if (rest == NULL)
        return fc__nomem(err, bytes, "moments");
    *m = (fc_cross_moments){.p = p, .q = q, .n_threads = n_threads > 0 ? n_threads : 1};
    m->xx = take(&rest, p * p);
    m->yy = take(&rest, q * q);
    m->xy = take(&rest, p * q);
    m->x = take(&rest, p);
    m->y = take(&rest, q);
    m->xx_x = take(&rest, p);
    m->yy_x = take(&rest, p);
    m->xx_y = take(&rest, q);
    m->yy_y = take(&rest, q);
    m->work = rest;
    return FC_OK;
}

void fc__cross_moments_dispose(fc_cross_moments *m)
{
    free(m->xx);
    *m = (fc_cross_moments){0};
}

/* Pairs of finite rows, converted one behind the other: x (n x p), then y (n x q) from `y` on. */
static size_t convert(fc_cross_moments *m, const fc_pair_batch *b, size_t first, size_t n,
                      double *y)
{
    size_t kept = 0;

    for (size_t i = first; i < first + n; i++) {
        const float *from_x = b->x + i * m->p, *from_y = m->q > 0 ? b->y + i * m->q : NULL;

        if (!fc__all_finite(from_x, m->p) || (m->q > 0 && !fc__all_finite(from_y, m->q))) {
            m->n_refused++;
            continue;
        }
        for (size_t k = 0; k < m->p; k++)
            m->work[kept * m->p + k] = (double)from_x[k];
        for (size_t k = 0; k < m->q; k++)
            y[kept * m->q + k] = (double)from_y[k];
        kept++;
    }
    return kept;
}

static void squares_of(const double *rows, size_t n, size_t dim, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = dim > 0 ? cblas_ddot((blasint)dim, rows + i * dim, 1, rows + i * dim, 1) : 0;
}

/* sum += rows' weights: of one side and one weight a row. */
static void add_weighted(const double *rows, size_t n, size_t dim, const double *weights,
                         double *sum)
{
    if (dim > 0)
        cblas_dgemv(CblasRowMajor, CblasTrans, (blasint)n, (blasint)dim, 1, rows, (blasint)dim,
                    weights, 1, 1, sum, 1);
}

static void add_rows(const double *rows, size_t n, size_t dim, double *sum)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < dim; k++)
            sum[k] += rows[i * dim + k];
}

static void add_tile(fc_cross_moments *m, const double *x, const double *y, size_t n)
{
    const blasint rows = (blasint)n, p = (blasint)m->p, q = (blasint)m->q;
    double *xx = m->work + TILE_ROWS * (m->p + m->q), *yy = xx + TILE_ROWS;

    squares_of(x, n, m->p, xx);
    squares_of(y, n, m->q, yy);
    for (size_t i = 0; i < n; i++) {
        m->xx1 += xx[i];
        m->yy1 += yy[i];
        m->xxxx += xx[i] * xx[i];
        m->xxyy += xx[i] * yy[i];
        m->yyyy += yy[i] * yy[i];
    }
    add_rows(x, n, m->p, m->x);
    add_rows(y, n, m->q, m->y);
    add_weighted(x, n, m->p, xx, m->xx_x);
    add_weighted(x, n, m->p, yy, m->yy_x);
    add_weighted(y, n, m->q, xx, m->xx_y);
    add_weighted(y, n, m->q, yy, m->yy_y);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, p, rows, 1, x, p, 1, m->xx, p);
    if (q == 0)
        return;
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, q, rows, 1, y, q, 1, m->yy, q);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, p, q, rows, 1, x, p, y, q, 1, m->xy, q);
}

void fc__cross_moments_add(fc_cross_moments *m, const fc_pair_batch *batch)
{
    double *y = m->work + TILE_ROWS * m->p;

    openblas_set_num_threads(m->n_threads < 256 ? (int)m->n_threads : 256);
    for (size_t at = 0; at < batch->n; at += TILE_ROWS) {
        const size_t n = batch->n - at < TILE_ROWS ? batch->n - at : TILE_ROWS;
        const size_t kept = convert(m, batch, at, n, y);

        m->n += kept;
        if (kept > 0)
            add_tile(m, m->work, y, kept);
    }
    openblas_set_num_threads(1);
}

void fc__cross_moments_merge(fc_cross_moments *m, const fc_cross_moments *other)
{
    const size_t n = (size_t)(m->work - m->xx);

    for (size_t i = 0; i < n; i++)
        m->xx[i] += other->xx[i];
    m->n += other->n;
    m->n_refused += other->n_refused;
    m->xx1 += other->xx1;
    m->yy1 += other->yy1;
    m->xxxx += other->xxxx;
    m->xxyy += other->xxyy;
    m->yyyy += other->yyyy;
}

fc_status fc__cross_moments_read(fc_cross_moments *m, const fc_pair_source *source, fc_error *err)
{
    fc_pair_batch batch;
    fc_status st;

    if (source->dim_x != m->p || source->dim_y != m->q)
        return fc_error_set(err, FC_E_INVALID, "pairs of %zu and %zu elements; wanted %zu and %zu",
                            source->dim_x, source->dim_y, m->p, m->q);
    while ((st = source->next(source->self, &batch, err)) == FC_OK)
        fc__cross_moments_add(m, &batch);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* Row-major dim_a x dim_b of sums, less sum_a sum_b' / n when centred. */
static void centre(double *out, const double *sums, const double *a, size_t dim_a, const double *b,
                   size_t dim_b, bool symmetric, double less)
{
    for (size_t i = 0; i < dim_a; i++)
        for (size_t j = symmetric ? i : 0; j < dim_b; j++) {
            out[i * dim_b + j] = sums[i * dim_b + j] - less * a[i] * b[j];
            if (symmetric)
                out[j * dim_b + i] = out[i * dim_b + j];
        }
}

void fc__cross_moments_whole(const fc_cross_moments *m, bool centred, double *sxx, double *syy,
                             double *sxy)
{
    const double less = centred && m->n > 0 ? 1 / (double)m->n : 0;

    if (sxx != NULL)
        centre(sxx, m->xx, m->x, m->p, m->x, m->p, true, less);
    if (syy != NULL)
        centre(syy, m->yy, m->y, m->q, m->y, m->q, true, less);
    if (sxy != NULL)
        centre(sxy, m->xy, m->x, m->p, m->y, m->q, false, less);
}
