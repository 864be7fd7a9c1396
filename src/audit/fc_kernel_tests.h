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
 * Both are tests of all rows as if they were independent. Paired sets (x_i and y_i of one item) are
 * permuted within pairs, without which p-values would be too large; the samples of one group must
 * be thinned by the caller.
 *
 * Threads: one call at a time; products use n_threads of OpenBLAS.
 */
#ifndef FC_KERNEL_TESTS_H
#define FC_KERNEL_TESTS_H

#include "fc_measured.h"

/* Two sets of rows of one dimension in memory. */
typedef struct fc_two_samples {
    const float *x, *y; /* n_x x dim, n_y x dim */
    size_t n_x, n_y, dim;
    bool paired; /* row i of both is one item; n_x == n_y */
} fc_two_samples;

#define FC_TWO_SAMPLES_MAX 20000u /* rows of both together */

typedef struct fc_test_options {
    uint32_t n_permutations; /* 0: 500; at most 10,000 */
    uint64_t seed;
    uint32_t n_threads; /* 0: 1 */
} fc_test_options;

typedef struct fc_kernel_result {
    fc_permuted mmd, energy;
    double bandwidth; /* s; the median of 1,000 seeded rows where there are more */
} fc_kernel_result;

/* FC_E_INVALID: fewer than FC_AUDIT_LEAST rows in a set, a paired set of two sizes, an element that
 * is not finite (its row is named), all rows one; FC_E_LIMIT: over FC_TWO_SAMPLES_MAX. */
fc_status fc__kernel_tests(fc_kernel_result *out, const fc_two_samples *samples,
                           const fc_test_options *opts, fc_error *err);
/* The checks of the above, for whatever else takes two samples. */
fc_status fc__two_samples_check(const fc_two_samples *samples, fc_error *err);

#endif /* FC_KERNEL_TESTS_H */
