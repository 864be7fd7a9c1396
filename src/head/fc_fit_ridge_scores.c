/*
 * Which penalty retrieves best: for each fold one eigendecomposition of the covariance without it,
 * S = V' diag(s) V, serves all penalties, since (S + p I)^-1 B = V' diag(1 / (s + p)) V B.
 *
 * Scores are of ranks, which single precision tells apart; the map that is kept in the end is
 * computed in double.
 */
#include "fc_fit_ridge.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fit_linear.h"
#include "fc_fit_score.h"

double fc__ridge_penalty(size_t i)
{
    return pow(10, -4 + 0.5 * (double)i);
}

void fc__ridge_system_dispose(fc_ridge_system *r)
{
    fc__fit_standard_dispose(&r->standard);
    fc__fit_standard_dispose(&r->target);
    free(r->within);
    free(r->cross);
    *r = (fc_ridge_system){0};
}

fc_status fc__ridge_target(fc_fit_standard *out, const fc_fit_sums *s, size_t anchor,
                           uint32_t without, fc_error *err)
{
    const fc_fit_layout *l = &s->layout[anchor];
    const fc_status st = fc__fit_standard(out, s, anchor, without, err);

    for (size_t k = 0; k < l->pooled[0] && st == FC_OK; k++)
        out->scale[k] = 1;
    return st;
}

/* Sums know a pair by its lower branch first. */
static fc_status cross_to_anchor(double *out, const fc_fit_sums *s, size_t branch, size_t anchor,
                                 uint32_t without, const fc_ridge_system *r, fc_error *err)
{
    const size_t rows = s->layout[anchor].dim, columns = s->layout[branch].dim;
    double *turned;
    fc_status st;

    if (branch < anchor)
        return fc__fit_cross(out, s, branch, anchor, without, &r->standard, &r->target,
                             r->standard.weight, err);
    turned = fc__alloc_bare(rows, columns * sizeof(*turned));
    if (turned == NULL)
        return fc__nomem(err, rows * columns * sizeof(*turned), "a covariance");
    st = fc__fit_cross(turned, s, anchor, branch, without, &r->target, &r->standard,
                       r->standard.weight, err);
    for (size_t i = 0; i < columns && st == FC_OK; i++)
        for (size_t j = 0; j < rows; j++)
            out[i * rows + j] = turned[j * columns + i];
    free(turned);
    return st;
}

/* The covariance with the anchor into its basis, in place of what it was. */
static fc_status into_basis(fc_ridge_system *r, size_t dim, size_t wide,
                            const fc_ridge_basis *basis, fc_error *err)
{
    double *turned;

    if (basis->rows == NULL)
        return FC_OK;
    turned = fc__alloc_bare(dim, basis->dim * sizeof(*turned));
    if (turned == NULL)
        return fc__nomem(err, dim * basis->dim * sizeof(*turned), "a covariance");
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)dim, (int)basis->dim, (int)wide, 1,
                r->cross, (int)wide, basis->rows, (int)wide, 0, turned, (int)basis->dim);
    free(r->cross);
    r->cross = turned;
    return FC_OK;
}

fc_status fc__ridge_system(fc_ridge_system *out, const fc_fit_sums *s, size_t branch, size_t anchor,
                           const fc_ridge_basis *basis, uint32_t without, fc_error *err)
{
    const size_t dim = s->layout[branch].dim, wide = s->layout[anchor].dim;
    size_t n = 0;
    fc_status st;

    *out = (fc_ridge_system){0};
    st = fc__fit_standard(&out->standard, s, branch, without, err);
    if (st == FC_OK)
        st = fc__ridge_target(&out->target, s, anchor, without, err);
    if (st != FC_OK)
        return st;
    out->within = fc__alloc_bare(dim, dim * sizeof(double));
    out->cross = fc__alloc_bare(dim, wide * sizeof(double));
    if (out->within == NULL || out->cross == NULL)
        return fc__nomem(err, dim * dim * sizeof(double), "a covariance");
    st = fc__fit_within(out->within, s, branch, without, &out->standard, err);
    if (st == FC_OK)
        st = cross_to_anchor(out->cross, s, branch, anchor, without, out, err);
    if (st == FC_OK)
        st = into_basis(out, dim, wide, basis, err);
    for (size_t i = 0; i < dim; i++) {
        out->mean_variance += out->within[i * dim + i];
        n += out->within[i * dim + i] > 0;
    }
    out->mean_variance = n > 0 ? out->mean_variance / (double)n : 1;
    return st;
}

/* A fold being scored; all in single precision. */
typedef struct fold_job {
    size_t dim, wide, plain; /* of the branch, the space, the anchor */
    size_t n;                /* rows */
    double mean_variance;
    float *vectors, *values; /* dim x dim (rows), dim */
    float *cross;            /* dim x wide, in the basis of the vectors */
    float *x, *turned;       /* n x dim: rows, and the same in that basis */
    float *y;                /* n x wide */
    float *scaled, *guess, *target;
    float *rows; /* the basis, wide x plain; NULL */
    float *raw;  /* n x plain, before it is turned into the basis; NULL */
} fold_job;

static void fold_dispose(fold_job *j)
{
    free(j->vectors);
    free(j->values);
    free(j->cross);
    free(j->x);
    free(j->turned);
    free(j->y);
    free(j->scaled);
    free(j->guess);
    free(j->target);
    free(j->rows);
    free(j->raw);
}

size_t fc__ridge_bytes(const fc_fit_layout *branch, const fc_fit_layout *anchor, size_t n_sample)
{
    const size_t d = branch->dim, w = anchor->dim, wide = branch->width;

    /* The covariance and what it is made of in double; vectors and LAPACK's room in single. */
    return (d * d + wide * wide + 2 * wide * anchor->width) * sizeof(double) +
           (3 * d * d + 3 * d * w + 2 * n_sample * (2 * d + 3 * w)) * sizeof(float);
}

static fc_status basis_room(fold_job *j, const fc_ridge_basis *basis, size_t n_sample,
                            fc_error *err)
{
    if (basis->rows == NULL)
        return FC_OK;
    j->rows = fc__alloc_bare(j->wide, j->plain * sizeof(float));
    j->raw = fc__alloc_bare(n_sample, j->plain * sizeof(float));
    if (j->rows == NULL || j->raw == NULL)
        return fc__nomem(err, (j->wide + n_sample) * j->plain * sizeof(float), "a fold");
    for (size_t i = 0; i < j->wide * j->plain; i++)
        j->rows[i] = (float)basis->rows[i];
    return FC_OK;
}

static fc_status fold_room(fold_job *j, const fc_ridge_basis *basis, size_t n_sample, fc_error *err)
{
    const size_t d = j->dim, w = j->wide;

    j->vectors = fc__alloc_bare(d, d * sizeof(float));
    j->values = fc__alloc_bare(d, sizeof(float));
    j->cross = fc__alloc_bare(d, w * sizeof(float));
    j->scaled = fc__alloc_bare(d, w * sizeof(float));
    j->x = fc__alloc_bare(n_sample, d * sizeof(float));
    j->turned = fc__alloc_bare(n_sample, d * sizeof(float));
    j->y = fc__alloc_bare(n_sample, w * sizeof(float));
    j->guess = fc__alloc_bare(n_sample, w * sizeof(float));
    j->target = fc__alloc_bare(n_sample, w * sizeof(float));
    if (j->vectors == NULL || j->values == NULL || j->cross == NULL || j->scaled == NULL ||
        j->x == NULL || j->turned == NULL || j->y == NULL || j->guess == NULL || j->target == NULL)
        return fc__nomem(err, (2 * d * d + 2 * n_sample * d) * sizeof(float), "a fold");
    return basis_room(j, basis, n_sample, err);
}

/* The held-out rows: those of the branch into the basis of its eigenvectors, the anchor's into that
 * of the space. */
static void fold_rows(fold_job *j, const fc_fit_sums *s, size_t branch, size_t anchor,
                      uint32_t fold, const fc_ridge_system *system)
{
    const int d = (int)j->dim, w = (int)j->wide, plain = (int)j->plain;

    j->n = fc__fit_sample_pairs(s, fold, branch, anchor, &system->standard, &system->target, j->x,
                                j->rows != NULL ? j->raw : j->y);
    if (j->n == 0)
        return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)j->n, d, d, 1, j->x, d, j->vectors, d,
                0, j->turned, d);
    if (j->rows != NULL)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)j->n, w, plain, 1, j->raw, plain,
                    j->rows, plain, 0, j->y, w);
}

/* Eigenvectors, and everything turned into their basis. */
static fc_status fold_prepare(fold_job *j, const fc_fit_sums *s, size_t branch, size_t anchor,
                              const fc_ridge_basis *basis, uint32_t fold, fc_error *err)
{
    const int d = (int)j->dim, w = (int)j->wide;
    fc_ridge_system system;
    fc_status st = fc__ridge_system(&system, s, branch, anchor, basis, fold, err);

    if (st != FC_OK)
        goto done;
    for (size_t i = 0; i < j->dim * j->dim; i++)
        j->vectors[i] = (float)system.within[i];
    st = fc__eigen_f32(j->vectors, j->dim, j->values, err);
    if (st != FC_OK)
        goto done;
    /* Through `scaled`, which is as large as the covariance with the anchor. */
    for (size_t i = 0; i < j->dim * j->wide; i++)
        j->scaled[i] = (float)system.cross[i];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, d, w, d, 1, j->vectors, d, j->scaled, w,
                0, j->cross, w);
    j->mean_variance = system.mean_variance;
    fold_rows(j, s, branch, anchor, fold, &system);

done:
    fc__ridge_system_dispose(&system);
    return st;
}

static fc_status fold_score(fold_job *j, double penalty, double *score, fc_error *err)
{
    const double p = penalty * j->mean_variance;

    for (size_t i = 0; i < j->dim; i++) {
        const float value = j->values[i] > 0 ? j->values[i] : 0;
        const float factor = (float)(1 / ((double)value + p));

        for (size_t k = 0; k < j->wide; k++)
            j->scaled[i * j->wide + k] = factor * j->cross[i * j->wide + k];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)j->n, (int)j->wide, (int)j->dim, 1,
                j->turned, (int)j->dim, j->scaled, (int)j->wide, 0, j->guess, (int)j->wide);
    memcpy(j->target, j->y, j->n * j->wide * sizeof(float));
    return fc__fit_score(j->guess, j->target, j->n, j->wide, score, NULL, err);
}

fc_status fc__ridge_scores(const fc_fit_sums *s, const fc_fit_options *opts, size_t branch,
                           size_t anchor, const fc_ridge_basis *basis,
                           double scores[FC_RIDGE_PENALTIES], size_t *n, fc_error *err)
{
    fold_job j = {.dim = s->layout[branch].dim, .wide = basis->dim, .plain = s->layout[anchor].dim};
    fc_status st = fold_room(&j, basis, fc__fit_sample_most(s), err);

    *n = 0;
    memset(scores, 0, FC_RIDGE_PENALTIES * sizeof(*scores));
    for (uint32_t f = 0; f < s->folds && st == FC_OK; f++) {
        st = fc__fit_cancelled(opts, err);
        if (st == FC_OK)
            st = fold_prepare(&j, s, branch, anchor, basis, f, err);
        for (size_t i = 0; i < FC_RIDGE_PENALTIES && st == FC_OK && j.n > 1; i++) {
            double one;

            st = fold_score(&j, fc__ridge_penalty(i), &one, err);
            scores[i] += one * (double)j.n;
        }
        *n += j.n > 1 ? j.n : 0;
        if (opts->progress != NULL)
            opts->progress(opts->context, "cross-validation", f + 1, s->folds);
    }
    for (size_t i = 0; i < FC_RIDGE_PENALTIES; i++)
        scores[i] /= *n > 0 ? (double)*n : 1;
    fold_dispose(&j);
    return st;
}
