/*
 * Do two sets of rows come from one distribution? Kernel two-sample tests with permutations.
 *
 *     MMD^2     unbiased maximum mean discrepancy with k = exp(-|a - b|^2 / (2 s^2)), s the median
 *               distance between rows of both sets (Gretton et al., JMLR 13, 2012, eq. 3)
 *     energy    2 E|X - Y| - E|X - X'| - E|Y - Y'|, sums over all pairs, those of a row with itself
 *               included (Szekely and Rizzo 2013): 0 and up
 *
 * Kernels are computed in tiles, each of which serves all permutations at once as one matrix
 * product and is then forgotten: for two sets of 5,000 and 1,000 permutations some 100 MB, where
 * the kernel alone would be 400 MB.
 *
 * Threads: one call at a time; products use n_threads of OpenBLAS.
 */
#ifndef FC_KERNEL_TESTS_H
#define FC_KERNEL_TESTS_H

#include "fc_two_samples.h"

typedef struct fc_kernel_result {
    fc_permuted mmd, energy;
    /* s; of 1,000 seeded rows where there are more; the mean where more than half of the distances
     * are 0 */
    double bandwidth;
} fc_kernel_result;

/* Codes of fc__two_samples_check(); FC_E_INVALID: all rows are one. */
fc_status fc__kernel_tests(fc_kernel_result *out, const fc_two_samples *samples,
                           const fc_test_options *opts, fc_error *err);

#endif /* FC_KERNEL_TESTS_H */
