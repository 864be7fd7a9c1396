/*
 * Can a classifier tell two sets of rows apart? It learns from one half of both and is judged on
 * the other (classifier two-sample test: Lopez-Paz and Oquab, ICLR 2017). An area under the ROC
 * curve of 0.5: no difference that it can see.
 *
 * The halves are drawn by seed; both rows of a pair go into the same half.
 */
#ifndef FC_DOMAIN_AUC_H
#define FC_DOMAIN_AUC_H

#include "fc_two_samples.h"

typedef struct fc_domain_result {
    fc_measured auc; /* on the held-out half, its interval by DeLong; null_value: mean over permuted
                        labels */
    double p_value;  /* of the labels of the held-out half permuted (paired: within pairs) */
    size_t n_fit, n_held_out; /* rows */
} fc_domain_result;

/* By a logistic regression (fc_logistic.h, C of 1): sees what a plane can see, such as a shift of
 * means. Codes as fc__two_samples_check(). */
fc_status fc__domain_auc(fc_domain_result *out, const fc_two_samples *samples,
                         const fc_test_options *opts, fc_error *err);

#define FC_DOMAIN_NEIGHBOURS 15u

/* By the share of y among the FC_DOMAIN_NEIGHBOURS nearest rows of the half that is learnt from, of
 * unit rows: sees any difference of their densities. `centre`: the mean of each side's half is
 * subtracted from all its rows first, which are made unit rows again; means of all rows would tell
 * the held-out half what the other lacks. FC_E_INVALID: also a row without a direction. */
fc_status fc__domain_neighbours(fc_domain_result *out, const fc_two_samples *samples, bool centre,
                                const fc_test_options *opts, fc_error *err);

#endif /* FC_DOMAIN_AUC_H */
