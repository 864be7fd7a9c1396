/*
 * Components of two views or of more; fc_fit_cca.h has the formulas.
 */
#include "fc_fit_cca.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fit_linear.h"

/* Below this part of the largest a variance is rounding, by precision. */
#define SMALLEST_F32 1e-6
#define SMALLEST_F64 1e-11
/* A smaller correlation has no direction of its own any more. */
#define CORRELATION_LEAST 1e-6

void fc__cca_problem_dispose(fc_cca_problem *p)
{
    for (size_t a = 0; a < FC_FIT_BRANCHES_MAX; a++) {
        fc__fit_standard_dispose(&p->views[a].standard);
        free(p->views[a].values);
        free(p->views[a].shared);
        free(p->views[a].vectors);
        for (size_t b = 0; b < FC_FIT_BRANCHES_MAX; b++)
            free(p->cross[a][b]);
    }
    *p = (fc_cca_problem){0};
}

void fc__cca_solution_dispose(fc_cca_solution *s)
{
    free(s->correlation);
    for (size_t a = 0; a < FC_FIT_BRANCHES_MAX; a++)
        free(s->map[a]);
    *s = (fc_cca_solution){0};
}

static double *matrix(size_t rows, size_t columns)
{
    return fc__alloc_array(rows, columns * sizeof(double));
}

static fc_status no_room(size_t rows, size_t columns, fc_error *err)
{
    return fc__nomem(err, rows * columns * sizeof(double), "canonical correlations");
}

/* Eigenvalues of `a` (n x n), whose rows become the eigenvectors, in either precision. */
static fc_status eigen(double *a, size_t n, double *values, bool rough, fc_error *err)
{
    float *single, *few;
    fc_status st;

    if (!rough)
        return fc__eigen_f64(a, n, values, err);
    single = fc__alloc_bare(n, n * sizeof(*single));
    few = fc__alloc_bare(n, sizeof(*few));
    if (single == NULL || few == NULL) {
        st = no_room(n, n, err);
        goto done;
    }
    for (size_t i = 0; i < n * n; i++)
        single[i] = (float)a[i];
    st = fc__eigen_f32(single, n, few, err);
    for (size_t i = 0; i < n * n && st == FC_OK; i++)
        a[i] = (double)single[i];
    for (size_t i = 0; i < n && st == FC_OK; i++)
        values[i] = (double)few[i];

done:
    free(few);
    free(single);
    return st;
}

/* The leading ones of ascending eigenvalues into the view, descending. */
static fc_status keep_leading(fc_cca_view *v, const double *vectors, const double *values,
                              bool rough, size_t most, fc_error *err)
{
    const double least = values[v->dim - 1] * (rough ? SMALLEST_F32 : SMALLEST_F64);
    size_t n = 0;

    for (size_t i = v->dim; i > 0 && values[i - 1] > least && values[i - 1] > 0; i--) {
        v->mean += values[i - 1];
        n++;
    }
    v->mean = n > 0 ? v->mean / (double)n : 1;
    v->rank = n < most ? n : most;
    v->values = fc__alloc_bare(v->rank, sizeof(double));
    v->vectors = matrix(v->rank, v->dim);
    if (v->values == NULL || v->vectors == NULL)
        return no_room(v->rank, v->dim, err);
    for (size_t i = 0; i < v->rank; i++) {
        v->values[i] = values[v->dim - 1 - i];
        memcpy(v->vectors + i * v->dim, vectors + (v->dim - 1 - i) * v->dim,
               v->dim * sizeof(double));
    }
    return FC_OK;
}

static fc_status make_view(fc_cca_view *v, const fc_fit_sums *s, size_t branch, uint32_t without,
                           bool rough, fc_error *err)
{
    const size_t most = s->n_branches == 2 ? FC_CCA_RANK_TWO : FC_CCA_RANK_MORE;
    double *within, *values;
    fc_status st;

    v->dim = s->layout[branch].dim;
    within = matrix(v->dim, v->dim);
    values = matrix(v->dim, 1);
    if (within == NULL || values == NULL)
        st = no_room(v->dim, v->dim, err);
    else
        st = fc__fit_standard(&v->standard, s, branch, without, err);
    if (st == FC_OK)
        st = fc__fit_within(within, s, branch, without, &v->standard, err);
    if (st == FC_OK)
        st = eigen(within, v->dim, values, rough, err);
    if (st == FC_OK)
        st = keep_leading(v, within, values, rough, most, err);
    free(values);
    free(within);
    return st;
}

/* V_a x V_b' of a matrix of features. */
static fc_status turn(double *out, const double *plain, const fc_cca_view *va,
                      const fc_cca_view *vb, fc_error *err)
{
    double *half = matrix(va->rank, vb->dim);

    if (half == NULL)
        return no_room(va->rank, vb->dim, err);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)va->rank, (int)vb->dim,
                (int)va->dim, 1, va->vectors, (int)va->dim, plain, (int)vb->dim, 0, half,
                (int)vb->dim);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)va->rank, (int)vb->rank, (int)vb->dim,
                1, half, (int)vb->dim, vb->vectors, (int)vb->dim, 0, out, (int)vb->rank);
    free(half);
    return FC_OK;
}

/* Products of a view with itself, by the weights of groups. */
static fc_status make_shared(fc_cca_view *v, const fc_fit_sums *s, size_t branch, uint32_t without,
                             double *groups, fc_error *err)
{
    double *plain = matrix(v->dim, v->dim), weight = 0;
    fc_status st = FC_OK;

    v->shared = matrix(v->rank, v->rank);
    if (plain == NULL || v->shared == NULL)
        st = no_room(v->dim, v->dim, err);
    if (st == FC_OK)
        st = fc__fit_shared(plain, s, branch, without, &v->standard, &weight, err);
    if (st == FC_OK && v->rank > 0)
        st = turn(v->shared, plain, v, v, err);
    *groups += weight * v->standard.weight;
    free(plain);
    return st;
}

static fc_status make_cross(fc_cca_problem *p, const fc_fit_sums *s, size_t a, size_t b,
                            uint32_t without, fc_error *err)
{
    const fc_cca_view *va = &p->views[a], *vb = &p->views[b];
    const double n = fc__fit_pairs(s, a, b, without);
    const double weight = s->plan.by_branches ? sqrt(va->standard.weight * vb->standard.weight) : n;
    double *plain = matrix(va->dim, vb->dim);
    fc_status st = FC_OK;

    p->cross[a][b] = matrix(va->rank, vb->rank);
    if (plain == NULL || p->cross[a][b] == NULL)
        st = no_room(va->dim, vb->dim, err);
    if (st == FC_OK && n > 0)
        st = fc__fit_cross(plain, s, a, b, without, &va->standard, &vb->standard, weight, err);
    if (st == FC_OK && n > 0)
        st = turn(p->cross[a][b], plain, va, vb, err);
    free(plain);
    return st;
}

fc_status fc__cca_problem(fc_cca_problem *out, const fc_fit_sums *s, uint32_t without, bool rough,
                          fc_error *err)
{
    double groups = 0, there = 0;
    fc_status st = FC_OK;

    *out = (fc_cca_problem){.n_views = s->n_branches};
    for (size_t a = 0; a < s->n_branches && st == FC_OK; a++) {
        st = make_view(&out->views[a], s, a, without, rough, err);
        if (st == FC_OK && s->plan.by_branches)
            st = make_shared(&out->views[a], s, a, without, &groups, err);
        there += out->views[a].standard.weight;
    }
    out->views_a_group = groups > 0 ? there / groups : 0;
    for (size_t a = 0; a < s->n_branches; a++)
        for (size_t b = a + 1; b < s->n_branches && st == FC_OK; b++)
            st = make_cross(out, s, a, b, without, err);
    return st;
}

/* D of each view, side by side; the caller frees d[0]. */
static fc_status shrinking(double *d[FC_FIT_BRANCHES_MAX], const fc_cca_problem *p,
                           const double *penalties, fc_error *err)
{
    size_t size = 0;
    double *at;

    for (size_t a = 0; a < p->n_views; a++)
        size += p->views[a].rank;
    at = matrix(size, 1);
    d[0] = at;
    if (at == NULL)
        return no_room(size, 1, err);
    for (size_t a = 0; a < p->n_views; a++) {
        const fc_cca_view *v = &p->views[a];

        d[a] = at;
        for (size_t i = 0; i < v->rank; i++)
            *at++ = 1 / sqrt(v->values[i] + penalties[a] * v->mean);
    }
    return FC_OK;
}

static fc_status solution_room(fc_cca_solution *out, const fc_cca_problem *p, size_t n,
                               fc_error *err)
{
    out->n = n;
    out->correlation = matrix(n, 1);
    for (size_t a = 0; a < p->n_views; a++) {
        out->map[a] = matrix(p->views[a].rank, n);
        if (out->map[a] == NULL || out->correlation == NULL)
            return no_room(p->views[a].rank, n, err);
    }
    return FC_OK;
}

/* K of two views, that with the smaller rank along the columns. */
static void whitened_cross(double *k, const fc_cca_problem *p, double *const *d, size_t tall,
                           size_t wide)
{
    const size_t rows = p->views[tall].rank, columns = p->views[wide].rank;

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            k[i * columns + j] = p->cross[0][1][tall < wide ? i * columns + j : j * rows + i] *
                                 d[tall][i] * d[wide][j];
}

/* Singular vectors by the eigenvectors of K'K, which is as small as the smaller view: its singular
 * values are exact to the square root of the precision, far below what weighs anything. */
static fc_status solve_two(fc_cca_solution *out, const fc_cca_problem *p, double *const *d,
                           size_t most, fc_error *err)
{
    const size_t tall = p->views[0].rank < p->views[1].rank, wide = 1 - tall;
    const size_t rows = p->views[tall].rank, columns = p->views[wide].rank;
    double *k = matrix(rows, columns), *gram = matrix(columns, columns);
    double *values = matrix(columns, 1);
    size_t n = 0;
    fc_status st = FC_OK;

    if (k == NULL || gram == NULL || values == NULL) {
        st = no_room(rows, columns, err);
        goto done;
    }
    whitened_cross(k, p, d, tall, wide);
    cblas_dsyrk(CblasColMajor, CblasUpper, CblasNoTrans, (int)columns, (int)rows, 1, k,
                (int)columns, 0, gram, (int)columns);
    st = fc__eigen_f64(gram, columns, values, err);
    while (st == FC_OK && n < columns && n < most &&
           values[columns - 1 - n] > CORRELATION_LEAST * CORRELATION_LEAST)
        n++;
    if (st == FC_OK)
        st = solution_room(out, p, n, err);
    for (size_t c = 0; c < n && st == FC_OK; c++) {
        const double *v = gram + (columns - 1 - c) * columns;

        out->correlation[c] = sqrt(values[columns - 1 - c]);
        for (size_t j = 0; j < columns; j++)
            out->map[wide][j * n + c] = v[j];
    }
    if (st == FC_OK && n > 0)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)n, (int)columns, 1,
                    k, (int)columns, out->map[wide], (int)n, 0, out->map[tall], (int)n);
    for (size_t i = 0; i < rows && st == FC_OK; i++)
        for (size_t c = 0; c < n; c++)
            out->map[tall][i * n + c] *= d[tall][i] / out->correlation[c];
    for (size_t j = 0; j < columns && st == FC_OK; j++)
        for (size_t c = 0; c < n; c++)
            out->map[wide][j * n + c] *= d[wide][j];

done:
    free(values);
    free(gram);
    free(k);
    return st;
}

/* The block of one view where groups lack views. */
static void assemble_own(double *m, size_t size, const fc_cca_problem *p, size_t view,
                         const double *d, size_t first, double penalty)
{
    const fc_cca_view *v = &p->views[view];

    for (size_t i = 0; i < v->rank; i++) {
        double *row = m + (first + i) * size + first;

        for (size_t j = 0; j < v->rank; j++)
            row[j] = v->shared[i * v->rank + j] * d[i] * d[j];
        row[i] += penalty * v->mean / (double)p->n_views * d[i] * d[i];
    }
}

/* Identity and K_ab, the whole symmetric matrix; `first` is where each view begins. */
static void assemble(double *m, size_t size, const fc_cca_problem *p, double *const *d,
                     const size_t *first, const double *penalties)
{
    for (size_t i = 0; i < size; i++)
        m[i * size + i] = 1;
    for (size_t a = 0; a < p->n_views && p->views_a_group > 0; a++)
        assemble_own(m, size, p, a, d[a], first[a], penalties[a]);
    for (size_t a = 0; a < p->n_views; a++)
        for (size_t b = a + 1; b < p->n_views; b++)
            for (size_t i = 0; i < p->views[a].rank; i++)
                for (size_t j = 0; j < p->views[b].rank; j++) {
                    const size_t row = first[a] + i, column = first[b] + j;

                    m[row * size + column] = m[column * size + row] =
                        p->cross[a][b][i * p->views[b].rank + j] * d[a][i] * d[b][j];
                }
}

/* Of an eigenvalue, which is divided by the number of views where groups lack some. */
static double correlation_of(const fc_cca_problem *p, double value)
{
    const double views = p->views_a_group;

    return views > 0 ? (views * value - 1) / (views - 1) : (value - 1) / (double)(p->n_views - 1);
}

static fc_status solve_more(fc_cca_solution *out, const fc_cca_problem *p, double *const *d,
                            const double *penalties, size_t most, fc_error *err)
{
    size_t first[FC_FIT_BRANCHES_MAX], size = 0, n = 0;
    double *m, *values;
    fc_status st = FC_OK;

    for (size_t a = 0; a < p->n_views; a++) {
        first[a] = size;
        size += p->views[a].rank;
    }
    m = matrix(size, size);
    values = matrix(size, 1);
    if (m == NULL || values == NULL) {
        st = no_room(size, size, err);
        goto done;
    }
    assemble(m, size, p, d, first, penalties);
    st = fc__eigen_f64(m, size, values, err);
    while (st == FC_OK && n < size && n < most &&
           correlation_of(p, values[size - 1 - n]) > CORRELATION_LEAST)
        n++;
    if (st == FC_OK)
        st = solution_room(out, p, n, err);
    for (size_t c = 0; c < n && st == FC_OK; c++) {
        const double *vector = m + (size - 1 - c) * size;

        out->correlation[c] = correlation_of(p, values[size - 1 - c]);
        for (size_t a = 0; a < p->n_views; a++)
            for (size_t i = 0; i < p->views[a].rank; i++)
                out->map[a][i * n + c] = vector[first[a] + i] * d[a][i];
    }

done:
    free(values);
    free(m);
    return st;
}

fc_status fc__cca_solve(fc_cca_solution *out, const fc_cca_problem *p, const double *penalties,
                        size_t most, fc_error *err)
{
    double *d[FC_FIT_BRANCHES_MAX];
    fc_status st = shrinking(d, p, penalties, err);

    *out = (fc_cca_solution){0};
    if (st == FC_OK)
        st = p->n_views == 2 ? solve_two(out, p, d, most, err)
                             : solve_more(out, p, d, penalties, most, err);
    free(d[0]);
    return st;
}
