/*
 * Where two sets of rows differ: along each of the first principal components of both together,
 * the Wasserstein-1 distance and the population stability index, with permutation p-values that
 * Holm's method corrects for the number of components.
 *
 * Components are those of the pooled rows, not of the first set: these do not change when rows are
 * permuted between the sets, so that p-values are exact; components of one set fit its noise.
 */
#ifndef FC_COMPONENT_SHIFT_H
#define FC_COMPONENT_SHIFT_H

#include "fc_two_samples.h"

#define FC_COMPONENTS_MAX 64u
#define FC_PSI_BINS       10u
#define FC_PSI_LEAST      1e-4 /* a share of a bin below this counts as this */

typedef struct fc_component_shift {
    double variance;         /* of both sets along it */
    double mean_x, mean_y;   /* of the projections */
    fc_permuted wasserstein; /* in the units of the features; p_value as it is */
    /* sum of (b - a) ln(b / a) over bins at the tenths of x: below .1 is little, above .25 much */
    fc_permuted psi;
    double wasserstein_holm, psi_holm; /* p-values corrected over the components */
} fc_component_shift;

/* The first n_components (at most the rank; *n_out says how many there are). Codes as
 * fc__two_samples_check(). */
fc_status fc__component_shift(fc_component_shift *out, size_t n_components, size_t *n_out,
                              const fc_two_samples *samples, const fc_test_options *opts,
                              fc_error *err);

/* Of n_x and n_y numbers (which are sorted in place): the area between their distribution
 * functions, as scipy.stats.wasserstein_distance. Both have one and more. */
double fc__wasserstein1(double *x, size_t n_x, double *y, size_t n_y);
/* The population stability index of y against x (sorted in place): bins at the quantiles 1/10 to
 * 9/10 of x (type 7), each closed on the right; shares below FC_PSI_LEAST count as it. */
double fc__psi(double *x, size_t n_x, double *y, size_t n_y);

#endif /* FC_COMPONENT_SHIFT_H */
