/*
 * fc_row_source: an iterator over feature rows that stages pass to one another (store to index,
 * store to export). Batches come in the order of content numbers, each block decoded once.
 */
#ifndef FC_ROW_SOURCE_H
#define FC_ROW_SOURCE_H

#include <featcache/types.h>

/* A batch of rows, borrowed until the next call of next() or destroy(). */
typedef struct fc_row_batch {
    const uint64_t *contents; /* n content numbers, ascending */
    const float *rows;        /* n x dim, f32 */
    size_t n;
} fc_row_batch;

typedef struct fc_row_source {
    void *self;
    size_t dim;
    uint64_t n_rows; /* how many will come, or UINT64_MAX when it is not known */
    /* FC_OK and a batch; FC_E_NOT_FOUND at the end; else a failure. */
    fc_status (*next)(void *self, fc_row_batch *batch, fc_error *err);
    /* Back to the first row. */
    fc_status (*rewind)(void *self, fc_error *err);
    void (*destroy)(void *self);
} fc_row_source;

#endif /* FC_ROW_SOURCE_H */
