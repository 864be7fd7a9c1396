/*
 * Two sets of neighbour lists of the same queries compared: how much of the neighbourhoods two
 * versions, two spaces or two indexes share. Chance values for lists drawn at random.
 *
 *     mutual kNN      |S and T| / k (Huh et al., "The platonic representation hypothesis", ICML
 *                     2024); recall@k of an index against the exact lists, too; 1 - it is churn
 *     Jaccard         |S and T| / |S or T| = o / (2 - o) of an overlap o of lists of one length
 *     RBO             rank-biased overlap (Webber, Moffat and Zobel, ACM TOIS 2010): agreement at
 *                     each depth, weighted by p^(d - 1)
 */
#ifndef FC_KNN_COMPARE_H
#define FC_KNN_COMPARE_H

#include "fc_knn_lists.h"

/* out[q] = |first k of a's and of b's list| / k; both have at least k (else FC_E_INVALID) and the
 * same queries in the same order. Lists that hold fewer than k (a small gallery) count as they
 * are: over the longer of both; NAN for two empty lists. */
fc_status fc__knn_overlap(const fc_knn_lists *a, const fc_knn_lists *b, size_t k, float *out,
                          fc_error *err);
static inline double fc__jaccard_of_overlap(double overlap)
{
    return overlap / (2 - overlap);
}
/* Expected overlap of k out of `n_others` with another k of them: n_others is n - 1 where a query
 * is left out of its own list. */
static inline double fc__knn_chance(size_t k, uint64_t n_others)
{
    return n_others == 0 ? 0 : (double)k >= (double)n_others ? 1 : (double)k / (double)n_others;
}

/* Rank-biased overlap of two lists of n distinct numbers, for 0 < p <= 1. p < 1: the extrapolated
 * form (Webber et al., eq. 23), x_n / n p^n + (1 - p) / p sum_d x_d / d p^d, x_d the overlap at
 * depth d; p = 1: the mean of x_d / d (average overlap: Fagin, Kumar and Sivakumar 2003). NAN: n
 * is 0. */
double fc__rank_biased_overlap(const uint64_t *a, const uint64_t *b, size_t n, double p);
/* The sum to depth n without extrapolation, (1 - p) sum_d p^(d - 1) x_d / d, p < 1: a lower bound.
 */
double fc__rank_biased_overlap_least(const uint64_t *a, const uint64_t *b, size_t n, double p);
/* For each query, over the first k of both lists (of the shorter one where there are fewer). */
fc_status fc__knn_rank_biased(const fc_knn_lists *a, const fc_knn_lists *b, size_t k, double p,
                              float *out, fc_error *err);
/* Its expectation for lists drawn at random: x_d / d is d / n_others. */
double fc__rank_biased_chance(size_t k, double p, uint64_t n_others);

/* Of cross lists with keep_self: out[q] = 1 where the first hit is the query's own content, else
 * 0. `contents`: those of the queries. */
void fc__knn_self_first(const fc_knn_lists *l, const uint64_t *contents, float *out);

#endif /* FC_KNN_COMPARE_H */
