/*
 * Retrieval measures with their uncertainty.
 */
#ifndef FC_EVAL_H
#define FC_EVAL_H

#include <featcache/types.h>

typedef struct fc_interval {
    double low, high;
} fc_interval;

/* Wilson score interval for `successes` of `trials` at 95 % (Wilson 1927). trials 0: [0, 1]. */
fc_interval fc__wilson(uint64_t successes, uint64_t trials);

/* Quantile q of n > 0 ascending values, between two of them by a line (Hyndman and Fan's type 7).
 */
double fc__quantile(const double *ascending, size_t n, double q);

/* Majority vote of k-NN labels: neighbours best first (n <= k of them), label numbers; a tie goes
 * to the label whose first neighbour ranks highest. */
uint32_t fc__knn_vote(const uint32_t *labels, const float *scores, size_t n);

#endif /* FC_EVAL_H */
