/*
 * Overlap, rank-biased overlap and first hits of neighbour lists.
 */
#include "fc_knn_compare.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"

static fc_status check(const fc_knn_lists *a, const fc_knn_lists *b, size_t k, fc_error *err)
{
    if (a->n_queries != b->n_queries)
        return fc_error_set(err, FC_E_INVALID, "lists of %zu and of %zu queries", a->n_queries,
                            b->n_queries);
    if (k == 0 || k > a->k || k > b->k)
        return fc_error_set(err, FC_E_INVALID, "%zu neighbours of lists of %zu and %zu", k, a->k,
                            b->k);
    return FC_OK;
}

static size_t found(const fc_knn_lists *l, size_t q, size_t k)
{
    return l->n_found[q] < k ? l->n_found[q] : k;
}

/* Lists are short: comparing all pairs of 10 is faster than sorting. */
static size_t shared(const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b)
{
    size_t count = 0;

    for (size_t i = 0; i < n_a; i++)
        for (size_t j = 0; j < n_b; j++)
            count += a[i] == b[j];
    return count;
}

fc_status fc__knn_overlap(const fc_knn_lists *a, const fc_knn_lists *b, size_t k, float *out,
                          fc_error *err)
{
    const fc_status st = check(a, b, k, err);

    for (size_t q = 0; q < a->n_queries && st == FC_OK; q++) {
        const size_t n_a = found(a, q, k), n_b = found(b, q, k), n = n_a > n_b ? n_a : n_b;

        out[q] =
            n == 0
                ? NAN
                : (float)((double)shared(a->contents + q * a->k, n_a, b->contents + q * b->k, n_b) /
                          (double)n);
    }
    return st;
}

/* Overlap at depth d from that at d - 1: what place d brings on each side. */
static size_t grown(const uint64_t *a, const uint64_t *b, size_t d, size_t overlap)
{
    const uint64_t x = a[d - 1], y = b[d - 1];

    if (x == y)
        return overlap + 1;
    return overlap + shared(&x, 1, b, d - 1) + shared(&y, 1, a, d - 1);
}

double fc__rank_biased_overlap(const uint64_t *a, const uint64_t *b, size_t n, double p)
{
    double sum = 0, weight = p < 1 ? 1 - p : 1;
    size_t overlap = 0;

    if (n == 0)
        return NAN;
    for (size_t d = 1; d <= n; d++) {
        overlap = grown(a, b, d, overlap);
        sum += weight * (double)overlap / (double)d;
        weight *= p;
    }
    /* (1 - p) / p p^d is (1 - p) p^(d - 1); what is left of the weights is p^n. */
    return p < 1 ? sum + weight / (1 - p) * (double)overlap / (double)n : sum / (double)n;
}

double fc__rank_biased_overlap_least(const uint64_t *a, const uint64_t *b, size_t n, double p)
{
    double sum = 0, weight = 1 - p;
    size_t overlap = 0;

    for (size_t d = 1; d <= n; d++) {
        overlap = grown(a, b, d, overlap);
        sum += weight * (double)overlap / (double)d;
        weight *= p;
    }
    return sum;
}

fc_status fc__knn_rank_biased(const fc_knn_lists *a, const fc_knn_lists *b, size_t k, double p,
                              float *out, fc_error *err)
{
    fc_status st = check(a, b, k, err);

    if (st == FC_OK && !(p > 0 && p <= 1))
        st = fc_error_set(err, FC_E_INVALID, "a persistence of %g; above 0, up to 1", p);
    for (size_t q = 0; q < a->n_queries && st == FC_OK; q++) {
        const size_t n_a = found(a, q, k), n_b = found(b, q, k), n = n_a < n_b ? n_a : n_b;

        out[q] =
            (float)fc__rank_biased_overlap(a->contents + q * a->k, b->contents + q * b->k, n, p);
    }
    return st;
}

double fc__rank_biased_chance(size_t k, double p, uint64_t n_others)
{
    double sum = 0, weight = p < 1 ? 1 - p : 1;

    for (size_t d = 1; d <= k; d++) {
        sum += weight * fc__knn_chance(d, n_others);
        weight *= p;
    }
    return p < 1 ? sum + weight / (1 - p) * fc__knn_chance(k, n_others) : sum / (double)k;
}

void fc__knn_self_first(const fc_knn_lists *l, const uint64_t *contents, float *out)
{
    for (size_t q = 0; q < l->n_queries; q++)
        out[q] = l->n_found[q] > 0 && l->contents[q * l->k] == contents[q] ? 1.0f : 0.0f;
}
