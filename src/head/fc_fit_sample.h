/*
 * The rows of a fit that are kept to score with: of some groups of each fold, one item a branch.
 * Not for other folders.
 */
#ifndef FC_FIT_SAMPLE_H
#define FC_FIT_SAMPLE_H

#include "fc_fit_sums.h"

/* Choose groups that have the anchor and another branch (two branches without anchor), about
 * plan.n_sample a fold, by their keys and the seed. */
fc_status fc__fit_sample_choose(fc_fit_sums *s, const fc_fit_data *data, const fc_fit_options *opts,
                                fc_error *err);
/* Bytes of their rows, and room for them. */
uint64_t fc__fit_sample_bytes(const fc_fit_sums *s);
fc_status fc__fit_sample_room(fc_fit_sums *s, fc_error *err);
/* Keep `row` where `group` is that at `at` of the sample and item `index` of n is the one that is
 * kept: which is by the key; the first that was taken until that one comes. */
void fc__fit_sample_put(fc_fit_sample *sample, size_t at, size_t group, size_t branch, size_t width,
                        size_t index, size_t n, uint64_t key, const float *row);
void fc__fit_sample_dispose(fc_fit_sample *sample);

#endif /* FC_FIT_SAMPLE_H */
