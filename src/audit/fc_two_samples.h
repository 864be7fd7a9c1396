/*
 * What tests of two sets of rows are given, and how labels are permuted.
 *
 * All rows count as independent. Paired sets (x_i and y_i of one item) are permuted within pairs,
 * without which p-values would be too large; samples of one group must be thinned by the caller.
 */
#ifndef FC_TWO_SAMPLES_H
#define FC_TWO_SAMPLES_H

#include "fc_measured.h"
#include "fc_rng.h"

/* Two sets of rows of one dimension in memory. */
typedef struct fc_two_samples {
    const float *x, *y; /* n_x x dim, n_y x dim */
    size_t n_x, n_y, dim;
    bool paired; /* row i of both is one item; n_x == n_y */
} fc_two_samples;

#define FC_TWO_SAMPLES_MAX  20000u /* rows of both together */
#define FC_PERMUTATIONS_MAX 10000u

typedef struct fc_test_options {
    uint32_t n_permutations; /* 0: 500; at most FC_PERMUTATIONS_MAX */
    uint64_t seed;
    uint32_t n_threads; /* 0: 1 */
} fc_test_options;

/* FC_E_INVALID: fewer than FC_AUDIT_LEAST rows in a set, paired sets of two sizes, too many
 * permutations, an element that is not finite (its row is named); FC_E_LIMIT: over
 * FC_TWO_SAMPLES_MAX. */
fc_status fc__two_samples_check(const fc_two_samples *samples, const fc_test_options *opts,
                                fc_error *err);
static inline uint32_t fc__n_permutations(const fc_test_options *opts)
{
    return opts->n_permutations > 0 ? opts->n_permutations : 500;
}
/* Labels (true: of y) of n_x rows of x and then n_y rows of y in a random order; paired: swapped
 * within pairs. */
void fc__labels_draw(bool *labels, size_t n_x, size_t n_y, bool paired, fc_rng *rng);
/* 0 to n - 1 in a random order. */
void fc__order_draw(size_t *order, size_t n, fc_rng *rng);

#endif /* FC_TWO_SAMPLES_H */
