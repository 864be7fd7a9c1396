/*
 * Pooling the rows of an item. Which rows count is settled first, as a list; each pooling is then a
 * loop over that list.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_pooling.h"
#include "fc_vec.h"

#define GEM_LEAST     1e-6 /* below it a value counts as this: powers want positive numbers */
#define GEM_P_DEFAULT 3.0f

/* The item with what counts of it, and room for sums. */
typedef struct job {
    const fc_pooling *p;
    const float *rows;
    size_t n_rows, dim;
    size_t *kept; /* row numbers that count, ascending */
    size_t n_kept;
    double *sums; /* room for max(dim, n_rows) */
    float *out;
    float *weights; /* may be NULL */
} job;

/* Masked rows are not there at all: what is skipped at the ends are ends of the rest. */
static void choose_rows(job *j, const bool *mask)
{
    const size_t first = j->p->skip_first, last = j->p->skip_last;

    j->n_kept = 0;
    for (size_t r = 0; r < j->n_rows; r++)
        if (mask == NULL || mask[r])
            j->kept[j->n_kept++] = r;
    if (j->n_kept == 0)
        for (size_t r = 0; r < j->n_rows; r++)
            j->kept[j->n_kept++] = r;
    if (j->n_kept > first && j->n_kept - first > last) {
        j->n_kept -= first + last;
        memmove(j->kept, j->kept + first, j->n_kept * sizeof(*j->kept));
    }
}

static const float *row_of(const job *j, size_t i)
{
    return j->rows + j->kept[i] * j->dim;
}

static void pool_mean(job *j)
{
    memset(j->sums, 0, j->dim * sizeof(double));
    for (size_t i = 0; i < j->n_kept; i++) {
        const float *row = row_of(j, i);

        for (size_t k = 0; k < j->dim; k++)
            j->sums[k] += (double)row[k];
        if (j->weights != NULL)
            j->weights[j->kept[i]] = (float)(1.0 / (double)j->n_kept);
    }
    for (size_t k = 0; k < j->dim; k++)
        j->out[k] = (float)(j->sums[k] / (double)j->n_kept);
}

static void pool_max(job *j, float *out)
{
    memcpy(out, row_of(j, 0), j->dim * sizeof(float));
    for (size_t i = 1; i < j->n_kept; i++) {
        const float *row = row_of(j, i);

        /* A NaN that is met stays, and is refused at the end. */
        for (size_t k = 0; k < j->dim; k++)
            out[k] = row[k] > out[k] || isnan(row[k]) ? row[k] : out[k];
    }
}

static void pool_gem(job *j)
{
    const double p = (double)(j->p->p != 0 ? j->p->p : GEM_P_DEFAULT);

    memset(j->sums, 0, j->dim * sizeof(double));
    for (size_t i = 0; i < j->n_kept; i++) {
        const float *row = row_of(j, i);

        for (size_t k = 0; k < j->dim; k++) {
            const double x = (double)row[k] < GEM_LEAST ? GEM_LEAST : (double)row[k];

            j->sums[k] += p == 3 ? x * x * x : pow(x, p);
        }
    }
    for (size_t k = 0; k < j->dim; k++)
        j->out[k] = (float)pow(j->sums[k] / (double)j->n_kept, 1.0 / p);
}

static void pool_one(job *j, size_t i)
{
    memcpy(j->out, row_of(j, i), j->dim * sizeof(float));
    if (j->weights != NULL)
        j->weights[j->kept[i]] = 1;
}

/* Four sums side by side, always in this order. */
static double dot(const float *a, const float *b, size_t n)
{
    double s[4] = {0, 0, 0, 0};
    size_t k = 0;

    for (; k + 4 <= n; k += 4)
        for (size_t l = 0; l < 4; l++)
            s[l] += (double)a[k + l] * (double)b[k + l];
    for (; k < n; k++)
        s[0] += (double)a[k] * (double)b[k];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* Softmax over the rows that count, of the row's product with the query: into sums. */
static void attend(job *j, const float *query)
{
    double largest = -INFINITY, total = 0;

    for (size_t i = 0; i < j->n_kept; i++) {
        j->sums[i] = dot(query, row_of(j, i), j->dim);
        largest = j->sums[i] > largest ? j->sums[i] : largest;
    }
    for (size_t i = 0; i < j->n_kept; i++)
        total += j->sums[i] = exp(j->sums[i] - largest);
    for (size_t i = 0; i < j->n_kept; i++)
        j->sums[i] /= total;
}

static void pool_attention(job *j, const float *queries, double *mixed)
{
    const size_t n_queries = j->p->n_queries != 0 ? j->p->n_queries : 1;

    for (size_t q = 0; q < n_queries; q++) {
        attend(j, queries + q * j->dim);
        memset(mixed, 0, j->dim * sizeof(double));
        for (size_t i = 0; i < j->n_kept; i++) {
            const float *row = row_of(j, i);

            for (size_t k = 0; k < j->dim; k++)
                mixed[k] += j->sums[i] * (double)row[k];
            if (j->weights != NULL)
                j->weights[q * j->n_rows + j->kept[i]] = (float)j->sums[i];
        }
        for (size_t k = 0; k < j->dim; k++)
            j->out[q * j->dim + k] = (float)mixed[k];
    }
}

static fc_status check(const fc_pooling *p, size_t n_rows, size_t dim, const float *queries,
                       fc_error *err)
{
    if (p->kind < FC_POOLING_NONE || p->kind > FC_POOLING_ATTENTION)
        return fc_error_set(err, FC_E_INVALID, "there is no pooling of the number %d",
                            (int)p->kind);
    if (n_rows == 0 || dim == 0)
        return fc_error_set(err, FC_E_INVALID, "an item of %zu rows of %zu cannot be pooled",
                            n_rows, dim);
    if (p->kind == FC_POOLING_NONE && n_rows != 1)
        return fc_error_set(err, FC_E_INVALID,
                            "pooling 'none' takes items of one row; this one has %zu", n_rows);
    if (p->kind == FC_POOLING_ATTENTION && queries == NULL)
        return fc_error_set(err, FC_E_INVALID, "pooling 'attention' has no queries");
    return FC_OK;
}

static void pool(job *j, const float *queries)
{
    switch (j->p->kind) {
    case FC_POOLING_NONE:
    case FC_POOLING_FIRST:
        pool_one(j, 0);
        break;
    case FC_POOLING_LAST:
        pool_one(j, j->n_kept - 1);
        break;
    case FC_POOLING_MEAN:
        pool_mean(j);
        break;
    case FC_POOLING_MAX:
        pool_max(j, j->out);
        break;
    case FC_POOLING_MEAN_MAX:
        pool_mean(j);
        pool_max(j, j->out + j->dim);
        if (j->weights != NULL)
            memset(j->weights, 0, j->n_rows * sizeof(float));
        break;
    case FC_POOLING_GEM:
        pool_gem(j);
        break;
    case FC_POOLING_ATTENTION:
        pool_attention(j, queries, j->sums + j->n_rows);
        break;
    }
}

fc_status fc__pool_rows(const fc_pooling *p, const float *rows, size_t n_rows, size_t dim,
                        const bool *mask, const float *queries, float *out, float *weights,
                        fc_error *err)
{
    job j = {.p = p, .rows = rows, .n_rows = n_rows, .dim = dim, .out = out, .weights = weights};
    fc_status st = check(p, n_rows, dim, queries, err);
    size_t n_sums;

    if (st != FC_OK)
        return st;
    if (weights != NULL) {
        const size_t n = p->kind == FC_POOLING_ATTENTION ? fc__pooling_dim(p, n_rows) : n_rows;

        memset(weights, 0, n * sizeof(float));
    }
    j.kept = fc__alloc_bare(n_rows, sizeof(*j.kept));
    /* Attention has its weights first and its sums behind them; the others only sums. */
    j.sums = fc__add(n_rows, dim, &n_sums) ? fc__alloc_bare(n_sums, sizeof(*j.sums)) : NULL;
    if (j.kept == NULL || j.sums == NULL) {
        st = fc__nomem(err, n_rows * sizeof(*j.kept), "pooling");
    } else {
        choose_rows(&j, mask);
        pool(&j, queries);
        if (!fc__all_finite(out, fc__pooling_dim(p, dim)))
            st = fc_error_set(err, FC_E_FORMAT, "a pooled vector is not finite");
    }
    free(j.sums);
    free(j.kept);
    return st;
}
