/*
 * Rows in memory as a source of batches, for benches that build segments.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "fc_row_source.h"

#define BENCH_ROWS_BATCH 1024

/* n x dim; content numbers count from 0. */
typedef struct bench_rows {
    const float *rows;
    size_t dim, n, at;
    uint64_t contents[BENCH_ROWS_BATCH];
} bench_rows;

static inline fc_status bench_rows_next(void *self, fc_row_batch *batch, fc_error *err)
{
    bench_rows *s = self;
    const size_t left = s->n - s->at, n = left < BENCH_ROWS_BATCH ? left : BENCH_ROWS_BATCH;

    (void)err;
    for (size_t i = 0; i < n; i++)
        s->contents[i] = s->at + i;
    *batch = (fc_row_batch){s->contents, s->rows + s->at * s->dim, n};
    s->at += n;
    return n > 0 ? FC_OK : FC_E_NOT_FOUND;
}

/* Read once, from the front; `of` stays where it is. */
static inline fc_row_source bench_row_source(bench_rows *of)
{
    return (fc_row_source){.self = of, .dim = of->dim, .n_rows = of->n, .next = bench_rows_next};
}

#endif /* BENCH_ROWS_H */
