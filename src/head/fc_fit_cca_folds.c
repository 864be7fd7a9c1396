/*
 * Scoring penalties and powers of CCA: each fold's eigenvectors and its held-out rows in their
 * basis are made once, and serve every choice.
 */
#include "fc_fit_cca.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fit_linear.h"
#include "fc_fit_score.h"

const double fc__cca_powers[FC_CCA_POWERS] = {0, 0.5, 1, 2};

typedef struct fold {
    fc_cca_problem problem;
    size_t n;                          /* groups of the sample */
    float *rows[FC_FIT_BRANCHES_MAX];  /* n x rank */
    bool *there[FC_FIT_BRANCHES_MAX];  /* n */
    float *moved[FC_FIT_BRANCHES_MAX]; /* n x components, while it is scored */
} fold;

struct fc_cca_folds {
    const fc_fit_options *opts;
    size_t n_views;
    uint32_t n;
    fold folds[FC_FIT_FOLDS_MAX];
};

static void fold_dispose(fold *f)
{
    fc__cca_problem_dispose(&f->problem);
    for (size_t a = 0; a < FC_FIT_BRANCHES_MAX; a++) {
        free(f->rows[a]);
        free(f->there[a]);
    }
}

void fc__cca_folds_destroy(fc_cca_folds *f)
{
    if (f == NULL)
        return;
    for (uint32_t i = 0; i < f->n; i++)
        fold_dispose(&f->folds[i]);
    free(f);
}

/* The held-out rows of a view in the basis of its eigenvectors. */
static fc_status turn_rows(fold *f, const fc_fit_sums *s, size_t view, uint32_t number,
                           fc_error *err)
{
    const fc_cca_view *v = &f->problem.views[view];
    const size_t most = fc__fit_sample_most(s);
    float *plain = fc__alloc_array(most, v->dim * sizeof(*plain));
    float *vectors = fc__alloc_bare(v->rank, v->dim * sizeof(*vectors));
    fc_status st = FC_OK;

    f->rows[view] = fc__alloc_array(most, v->rank * sizeof(float));
    f->there[view] = fc__alloc_array(most, sizeof(bool));
    if (plain == NULL || vectors == NULL || f->rows[view] == NULL || f->there[view] == NULL) {
        st = fc__nomem(err, most * v->dim * sizeof(*plain), "rows to score");
        goto done;
    }
    f->n = fc__fit_sample_rows(s, number, view, &v->standard, plain, f->there[view]);
    for (size_t i = 0; i < v->rank * v->dim; i++)
        vectors[i] = (float)v->vectors[i];
    if (f->n > 0 && v->rank > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)f->n, (int)v->rank, (int)v->dim,
                    1, plain, (int)v->dim, vectors, (int)v->dim, 0, f->rows[view], (int)v->rank);

done:
    free(vectors);
    free(plain);
    return st;
}

fc_status fc__cca_folds_create(fc_cca_folds **out, const fc_fit_sums *s, const fc_fit_options *opts,
                               fc_error *err)
{
    fc_cca_folds *f = fc__alloc_array(1, sizeof(*f));
    fc_status st = FC_OK;

    *out = f;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "folds");
    f->opts = opts;
    f->n_views = s->n_branches;
    for (uint32_t i = 0; i < s->folds && st == FC_OK; i++) {
        f->n = i + 1;
        st = fc__fit_cancelled(opts, err);
        if (st == FC_OK)
            st = fc__cca_problem(&f->folds[i].problem, s, i, true, err);
        for (size_t a = 0; a < s->n_branches && st == FC_OK; a++)
            st = turn_rows(&f->folds[i], s, a, i, err);
        if (opts->progress != NULL)
            opts->progress(opts->context, "decomposition", i + 1, s->folds);
    }
    if (st != FC_OK) {
        fc__cca_folds_destroy(f);
        *out = NULL;
    }
    return st;
}

/* The rows of every view to its components; the caller frees f->moved. */
static fc_status move_rows(fold *f, const fc_cca_solution *solution, fc_error *err)
{
    for (size_t a = 0; a < f->problem.n_views; a++) {
        const size_t rank = f->problem.views[a].rank;
        float *map = fc__alloc_bare(rank, solution->n * sizeof(*map));

        f->moved[a] = fc__alloc_array(f->n, solution->n * sizeof(float));
        if (map == NULL || f->moved[a] == NULL) {
            free(map);
            return fc__nomem(err, f->n * solution->n * sizeof(float), "rows to score");
        }
        for (size_t i = 0; i < rank * solution->n; i++)
            map[i] = (float)solution->map[a][i];
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)f->n, (int)solution->n,
                    (int)rank, 1, f->rows[a], (int)rank, map, (int)solution->n, 0, f->moved[a],
                    (int)solution->n);
        free(map);
    }
    return FC_OK;
}

/* Rows of two views that both are there, weighted. Returns how many. */
static size_t gather(const fold *f, size_t a, size_t b, size_t dim, const double *weights,
                     float *out_a, float *out_b)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (!f->there[a][i] || !f->there[b][i])
            continue;
        for (size_t k = 0; k < dim; k++) {
            out_a[n * dim + k] = f->moved[a][i * dim + k] * (float)weights[k];
            out_b[n * dim + k] = f->moved[b][i * dim + k] * (float)weights[k];
        }
        n++;
    }
    return n;
}

static fc_status score_pairs(const fold *f, const fc_cca_solution *solution, double power,
                             double *score, size_t *n, fc_error *err)
{
    float *a = fc__alloc_bare(f->n, solution->n * sizeof(*a));
    float *b = fc__alloc_bare(f->n, solution->n * sizeof(*b));
    double *weights = fc__alloc_bare(solution->n, sizeof(*weights));
    fc_status st = FC_OK;

    if (a == NULL || b == NULL || weights == NULL)
        st = fc__nomem(err, f->n * solution->n * sizeof(*a), "rows to score");
    for (size_t k = 0; k < solution->n && st == FC_OK; k++)
        weights[k] = pow(solution->correlation[k], power);
    for (size_t i = 0; i < f->problem.n_views; i++)
        for (size_t j = i + 1; j < f->problem.n_views && st == FC_OK; j++) {
            const size_t some = gather(f, i, j, solution->n, weights, a, b);
            double one;

            if (some < 2)
                continue;
            st = fc__fit_score(a, b, some, solution->n, &one, NULL, err);
            *score += one * (double)some;
            *n += some;
        }
    free(weights);
    free(b);
    free(a);
    return st;
}

static fc_status score_fold(fold *f, const double *penalties, size_t most,
                            double scores[FC_CCA_POWERS], size_t *n, fc_error *err)
{
    fc_cca_solution solution;
    size_t some = 0;
    fc_status st = fc__cca_solve(&solution, &f->problem, penalties, most, err);

    if (st == FC_OK && solution.n > 0 && f->n > 1) {
        st = move_rows(f, &solution, err);
        for (size_t i = 0; i < FC_CCA_POWERS && st == FC_OK; i++) {
            some = 0;
            st = score_pairs(f, &solution, fc__cca_powers[i], &scores[i], &some, err);
        }
    }
    *n += some;
    for (size_t a = 0; a < f->problem.n_views; a++) {
        free(f->moved[a]);
        f->moved[a] = NULL;
    }
    fc__cca_solution_dispose(&solution);
    return st;
}

fc_status fc__cca_folds_score(fc_cca_folds *f, const double *penalties,
                              double scores[FC_CCA_POWERS], size_t *n, fc_error *err)
{
    fc_status st = FC_OK;

    *n = 0;
    memset(scores, 0, FC_CCA_POWERS * sizeof(*scores));
    for (uint32_t i = 0; i < f->n && st == FC_OK; i++) {
        st = fc__fit_cancelled(f->opts, err);
        if (st == FC_OK)
            st = score_fold(&f->folds[i], penalties, f->opts->dim, scores, n, err);
    }
    for (size_t i = 0; i<FC_CCA_POWERS && * n> 0; i++)
        scores[i] /= (double)*n;
    return st;
}

size_t fc__cca_bytes(const fc_fit_data *data, uint32_t folds, size_t n_sample)
{
    const size_t cap = data->n_branches == 2 ? FC_CCA_RANK_TWO : FC_CCA_RANK_MORE;
    size_t rank[FC_FIT_BRANCHES_MAX], kept = 0, most = 0, ranks = 0, pairs = 0;

    for (size_t b = 0; b < data->n_branches; b++) {
        fc_fit_layout l;

        fc__fit_layout(&data->branches[b], &l);
        rank[b] = l.dim < cap ? l.dim : cap;
        kept += rank[b] * l.dim * sizeof(double) + n_sample * (rank[b] * sizeof(float) + 1);
        most = l.dim > most ? l.dim : most;
        ranks += rank[b];
        pairs += data->n_branches > 2 ? rank[b] * rank[b] * sizeof(double) : 0;
        for (size_t a = 0; a < b; a++)
            pairs += rank[a] * rank[b] * sizeof(double);
    }
    /* What is kept of each fold and of the whole; eigenvectors once, with the sum that they are of
     * and LAPACK's room; solving (of two views no more than their product and two of the smaller
     * squared), and the rows that are scored. */
    return (folds + 1) * (kept + pairs) + 4 * most * most * sizeof(double) +
           (data->n_branches == 2 ? 4 * pairs : 3 * ranks * ranks * sizeof(double)) +
           4 * n_sample * ranks * sizeof(float);
}
