/*
 * Symmetric eigenproblems and singular values by divide and conquer (syevd, gesdd), positive
 * definite systems by Cholesky.
 */
#include "fc_lapack.h"

#include <cblas.h>
#include <lapack.h>
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_vec.h"

static fc_status eigen_result(lapack_int info, fc_error *err)
{
    return info == 0 ? FC_OK
                     : fc_error_set(err, FC_E_FORMAT,
                                    "the features have no finite covariance (LAPACK syevd: %d)",
                                    (int)info);
}

/* Beyond this its counts of elements do not fit into its integers. */
#define ORDER_MAX ((size_t)30000)

static fc_status check_order(size_t n, fc_error *err)
{
    return n <= ORDER_MAX ? FC_OK
                          : fc_error_set(err, FC_E_LIMIT, "features of %zu elements; at most %zu",
                                         n, ORDER_MAX);
}

/* What LAPACK itself does not look for. */
static bool all_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* Columns of a column-major matrix are rows of a row-major one: no transposing. */
fc_status fc__eigen_f32(float *a, size_t n, float *values, fc_error *err)
{
    const lapack_int order = (lapack_int)n, query = -1;
    lapack_int n_work, n_iwork, info = 0;
    float best = 0, *work;
    lapack_int best_i = 0, *iwork;

    if (n > ORDER_MAX)
        return check_order(n, err);
    if (!fc__all_finite(a, n * n))
        return eigen_result(-5, err);
    LAPACK_ssyevd("V", "U", &order, a, &order, values, &best, &query, &best_i, &query, &info);
    /* A float holds counts above 2^24 rounded: a part in a thousand more covers it. */
    n_work = (lapack_int)((double)best * 1.001) + 1;
    n_iwork = best_i;
    work = fc__alloc_bare((size_t)n_work, sizeof(*work));
    iwork = fc__alloc_bare((size_t)n_iwork, sizeof(*iwork));
    if (work != NULL && iwork != NULL)
        LAPACK_ssyevd("V", "U", &order, a, &order, values, work, &n_work, iwork, &n_iwork, &info);
    free(iwork);
    free(work);
    return work == NULL || iwork == NULL
               ? fc__nomem(err, (size_t)n_work * sizeof(float), "eigenvectors")
               : eigen_result(info, err);
}

fc_status fc__eigen_f64(double *a, size_t n, double *values, fc_error *err)
{
    const lapack_int order = (lapack_int)n, query = -1;
    lapack_int n_work, n_iwork, info = 0;
    double best = 0, *work;
    lapack_int best_i = 0, *iwork;

    if (n > ORDER_MAX)
        return check_order(n, err);
    if (!all_finite(a, n * n))
        return eigen_result(-5, err);
    LAPACK_dsyevd("V", "U", &order, a, &order, values, &best, &query, &best_i, &query, &info);
    n_work = (lapack_int)best;
    n_iwork = best_i;
    work = fc__alloc_bare((size_t)n_work, sizeof(*work));
    iwork = fc__alloc_bare((size_t)n_iwork, sizeof(*iwork));
    if (work != NULL && iwork != NULL)
        LAPACK_dsyevd("V", "U", &order, a, &order, values, work, &n_work, iwork, &n_iwork, &info);
    free(iwork);
    free(work);
    return work == NULL || iwork == NULL
               ? fc__nomem(err, (size_t)n_work * sizeof(double), "eigenvectors")
               : eigen_result(info, err);
}

/* Row-major a is column-major a' = V diag(values) U': its left vectors are our vt. */
fc_status fc__svd_f64(double *a, size_t m, size_t n, double *values, double *u, double *vt,
                      fc_error *err)
{
    const lapack_int rows = (lapack_int)n, columns = (lapack_int)m, query = -1;
    const lapack_int rank = rows < columns ? rows : columns;
    const char *job = vt != NULL ? "S" : "N";
    lapack_int n_work, info = 0, *iwork;
    double best = 0, *work;

    if (m > ORDER_MAX || n > ORDER_MAX)
        return check_order(m > n ? m : n, err);
    if (!all_finite(a, m * n))
        return fc_error_set(err, FC_E_FORMAT, "the features have no finite covariance");
    iwork = fc__alloc_bare(8 * (size_t)rank, sizeof(*iwork));
    LAPACK_dgesdd(job, &rows, &columns, a, &rows, values, vt, &rows, u, &rank, &best, &query, iwork,
                  &info);
    n_work = (lapack_int)best + 1;
    work = fc__alloc_bare((size_t)n_work, sizeof(*work));
    if (work != NULL && iwork != NULL)
        LAPACK_dgesdd(job, &rows, &columns, a, &rows, values, vt, &rows, u, &rank, work, &n_work,
                      iwork, &info);
    free(iwork);
    free(work);
    if (work == NULL || iwork == NULL)
        return fc__nomem(err, (size_t)n_work * sizeof(double), "singular vectors");
    return info == 0 ? FC_OK
                     : fc_error_set(err, FC_E_FORMAT,
                                    "no singular values were found (LAPACK gesdd: %d)", (int)info);
}

bool fc__solve_positive(double *s, size_t n, double *b, size_t wide)
{
    const lapack_int order = (lapack_int)n;
    lapack_int info = 0;

    /* The lower triangle by columns is the upper one by rows: S = U' U. */
    LAPACK_dpotrf("L", &order, s, &order, &info);
    if (info != 0)
        return false;
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, (int)n, (int)wide,
                1.0, s, (int)n, b, (int)wide);
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, (int)n, (int)wide,
                1.0, s, (int)n, b, (int)wide);
    return true;
}
