/*
 * Newton's method for a penalised logistic regression: sums of a tile of standardised rows at a
 * time, one system of equations a step, halved while it does not lessen the objective.
 */
#include "fc_logistic.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_lapack.h"
#include "fc_vec.h"

#define TILE_ROWS  ((size_t)256)
#define STEPS_MAX  100
#define HALVES_MAX 30
#define CONVERGED  1e-12 /* of the objective, what a step would win */

typedef struct logistic {
    const float *rows;
    const bool *labels;
    size_t n, dim, wide; /* wide: dim and the intercept */
    double c;
    double *mean, *scale; /* scale 0: a constant feature */
    double *tile;         /* TILE_ROWS x wide */
    double *weights, *trial, *gradient;
    double *hessian; /* wide x wide, upper triangle */
} logistic;

static void dispose(logistic *l)
{
    free(l->mean);
    free(l->scale);
    free(l->tile);
    free(l->weights);
    free(l->trial);
    free(l->gradient);
    free(l->hessian);
}

static void standardise(logistic *l)
{
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < l->dim; k++)
            l->mean[k] += (double)l->rows[i * l->dim + k] / (double)l->n;
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < l->dim; k++) {
            const double off = (double)l->rows[i * l->dim + k] - l->mean[k];

            l->scale[k] += off * off / (double)l->n;
        }
    for (size_t k = 0; k < l->dim; k++) {
        const double deviation = sqrt(l->scale[k]);

        l->scale[k] = deviation > 1e-7 * fabs(l->mean[k]) ? 1 / deviation : 0;
    }
}

static fc_status init(logistic *l, fc_error *err)
{
    size_t n_true = 0;

    for (size_t i = 0; i < l->n; i++)
        n_true += l->labels[i];
    if (n_true == 0 || n_true == l->n)
        return fc_error_set(err, FC_E_INVALID, "%zu rows of one class: nothing to tell apart",
                            l->n);
    if (!fc__all_finite(l->rows, l->n * l->dim))
        return fc_error_set(err, FC_E_FORMAT, "a row is not finite");
    l->mean = fc__alloc_array(l->dim, sizeof(double));
    l->scale = fc__alloc_array(l->dim, sizeof(double));
    l->tile = fc__alloc_array(TILE_ROWS * l->wide, sizeof(double));
    l->weights = fc__alloc_array(l->wide, sizeof(double));
    l->trial = fc__alloc_array(l->wide, sizeof(double));
    l->gradient = fc__alloc_array(l->wide, sizeof(double));
    l->hessian = fc__alloc_array(l->wide * l->wide, sizeof(double));
    if (l->mean == NULL || l->scale == NULL || l->tile == NULL || l->weights == NULL ||
        l->trial == NULL || l->gradient == NULL || l->hessian == NULL)
        return fc__nomem(err, l->wide * (l->wide + TILE_ROWS) * sizeof(double), "a classifier");
    standardise(l);
    return FC_OK;
}

static void load_tile(logistic *l, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = l->rows + (first + i) * l->dim;
        double *out = l->tile + i * l->wide;

        for (size_t k = 0; k < l->dim; k++)
            out[k] = ((double)row[k] - l->mean[k]) * l->scale[k];
        out[l->dim] = 1;
    }
}

/* One row of the tile: its loss; adds to the gradient and is weighted for the Hessian. */
static double add_row(logistic *l, const double *weights, double *row, bool label, bool derive)
{
    const blasint wide = (blasint)l->wide;
    const double score = cblas_ddot(wide, weights, 1, row, 1);
    const double margin = label ? score : -score, share = 1 / (1 + exp(-score));

    if (derive) {
        cblas_daxpy(wide, l->c * (share - (label ? 1 : 0)), row, 1, l->gradient, 1);
        cblas_dscal(wide, sqrt(l->c * share * (1 - share)), row, 1);
    }
    /* log(1 + exp(-margin)) without overflow */
    return fmax(0, -margin) + log1p(exp(-fabs(margin)));
}

/* The objective at `weights`; `derive`: also gradient and Hessian. */
static double objective(logistic *l, const double *weights, bool derive)
{
    const blasint wide = (blasint)l->wide;
    double loss = 0;

    if (derive) {
        memset(l->hessian, 0, l->wide * l->wide * sizeof(double));
        memset(l->gradient, 0, l->wide * sizeof(double));
    }
    for (size_t at = 0; at < l->n; at += TILE_ROWS) {
        const size_t n = l->n - at < TILE_ROWS ? l->n - at : TILE_ROWS;

        load_tile(l, at, n);
        for (size_t i = 0; i < n; i++)
            loss += add_row(l, weights, l->tile + i * l->wide, l->labels[at + i], derive);
        if (derive)
            cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, wide, (blasint)n, 1, l->tile, wide,
                        1, l->hessian, wide);
    }
    loss *= l->c;
    for (size_t k = 0; k < l->dim; k++) {
        loss += weights[k] * weights[k] / 2;
        if (derive) {
            l->gradient[k] += weights[k];
            l->hessian[k * l->wide + k] += 1;
        }
    }
    return loss;
}

static fc_status newton(logistic *l, fc_error *err)
{
    double at = objective(l, l->weights, true);

    for (int step = 0; step < STEPS_MAX; step++) {
        double *direction = l->trial, won = 0, size = 1, next = INFINITY;

        memcpy(direction, l->gradient, l->wide * sizeof(double));
        /* The intercept has no penalty: where all shares are 0 or 1 its row would be zeros. */
        l->hessian[l->wide * l->wide - 1] += 1e-12;
        if (!fc__solve_positive(l->hessian, l->wide, direction, 1))
            return fc_error_set(err, FC_E_FORMAT, "the classifier's equations cannot be solved");
        for (size_t k = 0; k < l->wide; k++)
            won += direction[k] * l->gradient[k] / 2;
        if (won <= CONVERGED * (1 + at))
            return FC_OK;
        memcpy(l->gradient, direction, l->wide * sizeof(double));
        for (int half = 0; half < HALVES_MAX && !(next < at); half++, size /= 2) {
            for (size_t k = 0; k < l->wide; k++)
                l->trial[k] = l->weights[k] - size * l->gradient[k];
            next = objective(l, l->trial, false);
        }
        if (!(next < at))
            return FC_OK; /* nothing is won any more within rounding */
        memcpy(l->weights, l->trial, l->wide * sizeof(double));
        at = objective(l, l->weights, true);
    }
    return FC_OK;
}

fc_status fc__logistic_fit(const float *rows, const bool *labels, size_t n, size_t dim, double c,
                           double *weights, double *bias, fc_error *err)
{
    logistic l = {.rows = rows, .labels = labels, .n = n, .dim = dim, .wide = dim + 1, .c = c};
    fc_status st = init(&l, err);

    if (st == FC_OK)
        st = newton(&l, err);
    if (st == FC_OK) {
        *bias = l.weights[dim];
        for (size_t k = 0; k < dim; k++) {
            weights[k] = l.weights[k] * l.scale[k];
            *bias -= weights[k] * l.mean[k];
        }
    }
    dispose(&l);
    return st;
}
