/*
 * Pairs of rows whose cosine reaches a threshold, compared exactly: matrix products over tiles.
 *
 * Threads: one call at a time, which may use several.
 */
#ifndef FC_PAIRS_H
#define FC_PAIRS_H

#include <featcache/types.h>

#define FC_PAIRS_TILE ((size_t)512)
/* Elements of the scratch of fc__pairs_above(). */
#define FC_PAIRS_SCRATCH (FC_PAIRS_TILE * FC_PAIRS_TILE)

/* Row i of a and row j of b, and their cosine (at most 1). */
typedef fc_status (*fc_pair_fn)(void *context, size_t i, size_t j, float score, fc_error *err);

/* Unit rows to compare. */
typedef struct fc_pair_rows {
    const float *a, *b; /* n_a x dim, n_b x dim; b may be a: then each pair comes once, i < j */
    size_t n_a, n_b, dim;
    float *scratch;     /* FC_PAIRS_SCRATCH */
    uint32_t n_threads; /* 0: 1 */
} fc_pair_rows;

/* Call `each` for every pair whose cosine is at least `threshold`, in the order of tiles. What a
 * matrix product leaves open within its rounding is decided by a sum in a fixed order, so that the
 * same pairs are found on every machine. A failure of `each` ends it. */
fc_status fc__pairs_above(const fc_pair_rows *rows, double threshold, fc_pair_fn each,
                          void *context, fc_error *err);

#endif /* FC_PAIRS_H */
