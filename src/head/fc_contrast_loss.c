/*
 * Symmetric InfoNCE, and the loss of a batch as its mean over pairs of branches.
 */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_contrast.h"

/* log of the sum of exp over x[0], x[step], ..., of those that are not told apart none but `own`.
 */
static double log_sum(const double *x, const bool *apart, size_t n, size_t step, size_t own)
{
    double most = x[own * step], sum = 0;

    for (size_t j = 0; j < n; j++)
        if (apart[j * step] && x[j * step] > most)
            most = x[j * step];
    for (size_t j = 0; j < n; j++)
        if (apart[j * step] || j == own)
            sum += exp(x[j * step] - most);
    return most + log(sum);
}

double fc__contrast_infonce(const double *a, const double *b, size_t n, size_t dim, double scale,
                            const bool *apart, double share, double *da, double *db,
                            double *dlog_scale, double *room)
{
    double *s = room, *rows = room + n * n, *columns = rows + n;
    const double part = share / (2 * (double)n);
    double loss = 0, slope = 0;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)n, (int)dim, scale, a,
                (int)dim, b, (int)dim, 0, s, (int)n);
    for (size_t i = 0; i < n; i++) {
        rows[i] = log_sum(s + i * n, apart + i * n, n, 1, i);
        columns[i] = log_sum(s + i, apart + i, n, n, i);
        loss += rows[i] + columns[i] - 2 * s[i * n + i];
    }
    /* Scores become the gradient by the scores: softmax along rows and along columns, less 1 each
     * for the answer. */
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double x = s[i * n + j];
            double d = i == j ? -2 : 0;

            if (i == j || apart[i * n + j])
                d += exp(x - rows[i]) + exp(x - columns[j]);
            slope += part * d * x;
            s[i * n + j] = part * d;
        }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)dim, (int)n, scale, s,
                (int)n, b, (int)dim, 1, da, (int)dim);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, (int)dim, (int)n, scale, s, (int)n,
                a, (int)dim, 1, db, (int)dim);
    *dlog_scale += slope;
    return loss / (2 * (double)n);
}

/* The items of the groups that have both branches, gathered. */
typedef struct pair {
    size_t n;
    size_t *groups;
    double *a, *b, *da, *db, *room;
    bool *apart;
} pair;

static fc_status pair_create(pair *p, size_t n, size_t dim, fc_error *err)
{
    *p = (pair){0};
    p->groups = fc__alloc_array(n, sizeof(*p->groups));
    p->a = fc__alloc_array(n * dim, 4 * sizeof(*p->a));
    p->room = fc__alloc_array(n * (n + 2), sizeof(*p->room));
    p->apart = fc__alloc_array(n, n * sizeof(*p->apart));
    if (p->groups == NULL || p->a == NULL || p->room == NULL || p->apart == NULL)
        return fc__nomem(err, n * n * sizeof(*p->room), "a batch's scores");
    p->b = p->a + n * dim;
    p->da = p->b + n * dim;
    p->db = p->da + n * dim;
    return FC_OK;
}

static void pair_dispose(pair *p)
{
    free(p->groups);
    free(p->a);
    free(p->room);
    free(p->apart);
}

/* Those that have an item in common, such as one sentence, are right answers of each other. */
static void gather(pair *p, const fc_contrast_side *a, const fc_contrast_side *b, size_t n,
                   size_t dim)
{
    p->n = 0;
    for (size_t g = 0; g < n; g++)
        if (a->there[g] && b->there[g]) {
            memcpy(p->a + p->n * dim, a->unit + g * dim, dim * sizeof(double));
            memcpy(p->b + p->n * dim, b->unit + g * dim, dim * sizeof(double));
            p->groups[p->n++] = g;
        }
    memset(p->da, 0, 2 * (size_t)(p->db - p->da) * sizeof(double));
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->n; j++) {
            const size_t g = p->groups[i], h = p->groups[j];

            p->apart[i * p->n + j] = !fc__u128_equal(a->digest[g], a->digest[h]) &&
                                     !fc__u128_equal(b->digest[g], b->digest[h]);
        }
}

static void scatter(const pair *p, const double *from, double *to, size_t dim)
{
    for (size_t i = 0; i < p->n; i++)
        cblas_daxpy((int)dim, 1, from + i * dim, 1, to + p->groups[i] * dim, 1);
}

static size_t count_pairs(const fc_contrast_side *a, const fc_contrast_side *b, size_t n)
{
    size_t both = 0;

    for (size_t g = 0; g < n; g++)
        both += a->there[g] && b->there[g];
    return both;
}

fc_status fc__contrast_loss(const fc_contrast_model *m, const double *theta, fc_contrast_batch *b,
                            double *loss, double *dlog_scale, size_t *n_pairs, fc_error *err)
{
    const double scale = exp(theta[m->log_scale]);
    size_t n_both = 0;
    pair p;
    fc_status st = pair_create(&p, b->n, m->dim, err);

    *loss = *dlog_scale = 0;
    *n_pairs = 0;
    for (size_t x = 0; x < m->n_branches; x++) {
        memset(b->sides[x].dunit, 0, b->n * m->dim * sizeof(double));
        for (size_t y = x + 1; y < m->n_branches; y++)
            n_both += count_pairs(&b->sides[x], &b->sides[y], b->n) > 1;
    }
    for (size_t x = 0; x < m->n_branches && st == FC_OK; x++)
        for (size_t y = x + 1; y < m->n_branches; y++) {
            if (count_pairs(&b->sides[x], &b->sides[y], b->n) < 2)
                continue; /* of one pair there is nothing to tell */
            gather(&p, &b->sides[x], &b->sides[y], b->n, m->dim);
            *loss += fc__contrast_infonce(p.a, p.b, p.n, m->dim, scale, p.apart, 1 / (double)n_both,
                                          p.da, p.db, dlog_scale, p.room) /
                     (double)n_both;
            scatter(&p, p.da, b->sides[x].dunit, m->dim);
            scatter(&p, p.db, b->sides[y].dunit, m->dim);
            *n_pairs += p.n;
        }
    pair_dispose(&p);
    return st;
}
