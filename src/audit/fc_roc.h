/*
 * Areas under ROC curves.
 *
 * Threads: plain functions over the caller's memory.
 */
#ifndef FC_ROC_H
#define FC_ROC_H

#include <featcache/types.h>

/* The area under the ROC curve: the probability that a positive score is above a negative one, ties
 * counting half (Mann and Whitney 1947); with its standard error (DeLong, DeLong and Clarke-Pearson
 * 1988; `error` may be NULL). Paired: positive i and negative i are of one item, so that what both
 * contribute is summed first (Obuchowski, Biometrics 1997). FC_E_INVALID: fewer than two scores on
 * a side, paired ones of two numbers, or a NAN. */
fc_status fc__roc_auc(const float *positive, size_t n_positive, const float *negative,
                      size_t n_negative, bool paired, double *auc, double *error, fc_error *err);

#endif /* FC_ROC_H */
