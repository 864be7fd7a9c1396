/*
 * A measured value with what it would be under chance and how far it may be off; and what a test
 * against permutations says. The fewest samples anything is measured on.
 */
#ifndef FC_MEASURED_H
#define FC_MEASURED_H

#include "fc_eval.h"

/* Fewer pairs or rows than this measure nothing: FC_E_INVALID. */
#define FC_AUDIT_LEAST 50u

typedef struct fc_measured {
    double value;
    double null_value; /* with rows paired at random, or lists drawn at random; never assumed */
    fc_interval range; /* at the level asked for; NAN ends where none can be had */
} fc_measured;

/* A permutation test, one-sided: large values of the statistic speak for a difference. */
typedef struct fc_permuted {
    double value;
    double null_mean; /* of the permuted values */
    double null_high; /* their 95 % quantile */
    double p_value;   /* (1 + #{permuted >= value}) / (1 + B): never 0 (Phipson and Smyth 2010) */
} fc_permuted;

/* The mean of n values, such as the overlap of each query, with Student's interval at `level` (0:
 * .95). NAN are left out; *n_used (may be NULL): how many were not. null_value is left alone. An
 * interval of fewer than two values is NAN. */
void fc__mean_interval(fc_measured *out, const float *values, size_t n, double level,
                       size_t *n_used);

/* `value` +- the normal quantile of `level` (0: .95) x `error`. */
fc_interval fc__normal_interval(double value, double error, double level);
/* The standard normal quantile of p in (0, 1), to 1e-9 (Wichura 1988, AS 241). */
double fc__normal_quantile(double p);

/* What n permuted values (reordered) make of `value`. Values that are less than `tie` below it
 * count as reaching it: sums in another order must not make a difference. */
fc_permuted fc__permuted(double value, double *permuted, size_t n, double tie);

/* Holm's correction of n p-values (Holm 1979), in place: adjusted ones, at most 1. */
fc_status fc__holm(double *p_values, size_t n, fc_error *err);

#endif /* FC_MEASURED_H */
