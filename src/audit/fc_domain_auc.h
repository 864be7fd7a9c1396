/*
 * Can a classifier tell two sets of rows apart? A logistic regression is fitted to one half of both
 * and judged on the other (classifier two-sample test: Lopez-Paz and Oquab, ICLR 2017). 0.5 is no
 * difference that a plane can see.
 *
 * Features are standardised; penalty as in scikit-learn: 1/2 |w|^2 + C sum of log losses, the
 * intercept free, by Newton's method. The halves are drawn by seed; both rows of a pair go into the
 * same half.
 */
#ifndef FC_DOMAIN_AUC_H
#define FC_DOMAIN_AUC_H

#include "fc_kernel_tests.h"

/* Area under the ROC curve: the probability that a positive score is above a negative one, ties
 * counting half (Mann and Whitney 1947). NAN: a side is empty. FC_E_INVALID: a NAN. */
fc_status fc__roc_auc(const float *positive, size_t n_positive, const float *negative,
                      size_t n_negative, double *auc, fc_error *err);
/* With its standard error (DeLong, DeLong and Clarke-Pearson 1988). Two and more on each side. */
fc_status fc__delong(const float *positive, size_t n_positive, const float *negative,
                     size_t n_negative, double *auc, double *error, fc_error *err);

typedef struct fc_domain_result {
    fc_measured auc; /* on the held-out half, by DeLong; null_value: mean over permuted labels */
    double p_value;  /* of the labels of the held-out half permuted (paired: within pairs) */
    size_t n_fit, n_held_out; /* rows */
} fc_domain_result;

/* C of 1. Codes as fc__kernel_tests(); constant features weigh nothing. */
fc_status fc__domain_auc(fc_domain_result *out, const fc_two_samples *samples,
                         const fc_test_options *opts, fc_error *err);

/* The regression itself: rows n x dim, labels; weights (dim) and bias of the features as they are.
 * `c`: the inverse penalty. FC_E_INVALID: one label only. */
fc_status fc__logistic_fit(const float *rows, const bool *labels, size_t n, size_t dim, double c,
                           double *weights, double *bias, fc_error *err);

#endif /* FC_DOMAIN_AUC_H */
