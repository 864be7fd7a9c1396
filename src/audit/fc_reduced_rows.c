/*
 * Principal components, and rows along the first of them.
 */
#include "fc_reduced_rows.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_lapack.h"

#define BATCH 512

void fc__basis_dispose(fc_components_basis *b)
{
    free(b->mean);
    free(b->basis);
    free(b->widths);
    *b = (fc_components_basis){0, NULL, NULL, NULL};
}

static void find_mean(fc_components_basis *b, const float *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < b->dim; k++)
            b->mean[k] += rows[i * b->dim + k];
    for (size_t k = 0; k < b->dim; k++)
        b->mean[k] /= (double)n;
}

/* Centred rows as doubles, batch by batch: b->basis = the covariance. */
static fc_status find_covariance(fc_components_basis *b, const float *rows, size_t n, fc_error *err)
{
    const size_t dim = b->dim;
    double *part = fc__alloc_array(BATCH, dim * sizeof(*part));

    if (part == NULL)
        return fc__nomem(err, BATCH * dim * sizeof(*part), "a covariance");
    for (size_t at = 0; at < n; at += BATCH) {
        const size_t m = n - at < BATCH ? n - at : BATCH;

        for (size_t i = 0; i < m; i++)
            for (size_t k = 0; k < dim; k++)
                part[i * dim + k] = rows[(at + i) * dim + k] - b->mean[k];
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (blasint)dim, (blasint)m,
                    1.0 / (double)(n - 1), part, (blasint)dim, at > 0 ? 1.0 : 0.0, b->basis,
                    (blasint)dim);
    }
    free(part);
    for (size_t i = 0; i < dim; i++)
        for (size_t k = 0; k < i; k++)
            b->basis[i * dim + k] = b->basis[k * dim + i];
    return FC_OK;
}

/* Eigenvectors come narrowest first. */
static void turn_round(fc_components_basis *b)
{
    const size_t dim = b->dim;

    for (size_t i = 0, k = dim - 1; i < k; i++, k--) {
        const double width = b->widths[i];

        b->widths[i] = b->widths[k];
        b->widths[k] = width;
        for (size_t c = 0; c < dim; c++) {
            const double x = b->basis[i * dim + c];

            b->basis[i * dim + c] = b->basis[k * dim + c];
            b->basis[k * dim + c] = x;
        }
    }
}

fc_status fc__basis_fit(fc_components_basis *out, const float *rows, size_t n, size_t dim,
                        fc_error *err)
{
    fc_status st;

    *out = (fc_components_basis){0, NULL, NULL, NULL};
    if (n < 2 || dim == 0)
        return fc_error_set(err, FC_E_INVALID, "principal components of %zu rows of %zu", n, dim);
    if (dim > FC_REDUCED_DIM_MAX)
        return fc_error_set(err, FC_E_LIMIT, "principal components of %zu dimensions; at most %u",
                            dim, FC_REDUCED_DIM_MAX);
    out->dim = dim;
    out->mean = fc__alloc_array(dim, sizeof(double));
    out->widths = fc__alloc_array(dim, sizeof(double));
    out->basis = fc__alloc_array(dim * dim, sizeof(double));
    if (out->mean == NULL || out->widths == NULL || out->basis == NULL) {
        fc__basis_dispose(out);
        return fc__nomem(err, dim * dim * sizeof(double), "principal components");
    }
    find_mean(out, rows, n);
    st = find_covariance(out, rows, n, err);
    if (st == FC_OK)
        st = fc__eigen_f64(out->basis, dim, out->widths, err);
    if (st != FC_OK)
        fc__basis_dispose(out);
    else
        turn_round(out);
    return st;
}

fc_status fc__basis_reduce(const fc_components_basis *b, const float *rows, size_t n, size_t to,
                           float *stored, float *asked, fc_error *err)
{
    double *row = fc__alloc_array(b->dim + to, sizeof(*row)), *along;

    if (row == NULL)
        return fc__nomem(err, (b->dim + to) * sizeof(*row), "a row");
    along = row + b->dim;
    for (size_t i = 0; i < n; i++) {
        float *s = stored + i * (to + 1), *a = asked + i * (to + 1);
        double square = 0;

        for (size_t k = 0; k < b->dim; k++)
            row[k] = rows[i * b->dim + k] - b->mean[k];
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (blasint)to, (blasint)b->dim, 1.0, b->basis,
                    (blasint)b->dim, row, 1, 0.0, along, 1);
        for (size_t k = 0; k < to; k++) {
            s[k] = a[k] = (float)along[k];
            square += (double)s[k] * s[k];
        }
        s[to] = (float)(-square / 2);
        a[to] = 1;
    }
    free(row);
    return FC_OK;
}
