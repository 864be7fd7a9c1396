/*
 * A seeded random sample of pairs out of a stream: those whose content numbers have the smallest
 * seeded hashes (bottom-k sampling: Cohen and Kaplan 2007). So the sample is the same whatever the
 * order and the batches, and samples of two streams can be merged.
 *
 * Threads: one at a time.
 */
#ifndef FC_PAIR_SAMPLE_H
#define FC_PAIR_SAMPLE_H

#include "fc_pair_source.h"

typedef struct fc_pair_sample {
    size_t dim_x, dim_y; /* dim_y 0: rows x alone are kept */
    size_t room, n;      /* how many there may be, and are */
    uint64_t seed;
    uint64_t *contents; /* n */
    float *x;           /* n x dim_x */
    float *y;           /* n x dim_y */
    uint64_t *keys;     /* n */
    size_t *heap;       /* n rows, that of the largest key in front */
} fc_pair_sample;

/* Room for `room` pairs of 4 (dim_x + dim_y) bytes and 24 more. */
fc_status fc__pair_sample_init(fc_pair_sample *s, size_t dim_x, size_t dim_y, size_t room,
                               uint64_t seed, fc_error *err);
void fc__pair_sample_dispose(fc_pair_sample *s);
/* Offer a batch; y is not read when dim_y is 0. */
void fc__pair_sample_add(fc_pair_sample *s, const fc_pair_batch *batch);
/* Offer what is in another sample of the same seed and dimensions. */
void fc__pair_sample_merge(fc_pair_sample *s, const fc_pair_sample *other);
/* Put the pairs in the order of content numbers. */
fc_status fc__pair_sample_sort(fc_pair_sample *s, fc_error *err);

#endif /* FC_PAIR_SAMPLE_H */
