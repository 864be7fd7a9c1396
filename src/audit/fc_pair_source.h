/*
 * fc_pair_source: an iterator over pairs of feature rows of the same items, such as those of two
 * encoder versions (the paired sibling of fc_row_source.h).
 */
#ifndef FC_PAIR_SOURCE_H
#define FC_PAIR_SOURCE_H

#include <featcache/types.h>

/* A batch of pairs, borrowed until the next call of next(), rewind() or destroy(). */
typedef struct fc_pair_batch {
    const uint64_t *contents; /* n content numbers, each of them once in the whole source */
    const float *x;           /* n x dim_x, f32 */
    const float *y;           /* n x dim_y, f32 */
    size_t n;
} fc_pair_batch;

typedef struct fc_pair_source {
    void *self;
    size_t dim_x, dim_y;
    uint64_t n_pairs; /* how many will come, or UINT64_MAX when it is not known */
    /* FC_OK and a batch of 1 and more; FC_E_NOT_FOUND at the end; else a failure. */
    fc_status (*next)(void *self, fc_pair_batch *batch, fc_error *err);
    /* Back to the first pair. */
    fc_status (*rewind)(void *self, fc_error *err);
    void (*destroy)(void *self);
} fc_pair_source;

/* A source over arrays of the caller (contents: n, x: n x dim_x, y: n x dim_y), which must outlive
 * it, in batches of `batch` pairs (0: 1024). */
fc_status fc__pair_memory_create(fc_pair_source *out, const fc_pair_batch *pairs, size_t dim_x,
                                 size_t dim_y, size_t batch, fc_error *err);

#endif /* FC_PAIR_SOURCE_H */
