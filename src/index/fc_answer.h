/*
 * Answering a block of queries from one segment: FAISS where it can, the exact scan where it must.
 *
 * Threads: one fc_answer a thread.
 */
#ifndef FC_ANSWER_H
#define FC_ANSWER_H

#include "fc_scan.h"
#include "fc_segment.h"

typedef struct fc_answer {
    size_t dim, max_queries, k;
    fc_scan_scratch scan;
    fc_select *selects; /* max_queries */
    fc_select **chosen; /* max_queries: those that the scan takes */
    float *left_over;   /* max_queries x dim: queries that FAISS could not answer */
    int64_t *labels;    /* grown as needed */
    float *distances;   /* as many */
    size_t label_capacity, distance_capacity;
    bool approximate;   /* FAISS answered something */
    uint64_t n_scanned; /* rows compared with a query, summed over queries */
} fc_answer;

/* k: at most what the segments hold. */
fc_status fc__answer_init(fc_answer *a, size_t dim, size_t max_queries, size_t k, fc_error *err);
void fc__answer_dispose(fc_answer *a);
/* Begin a block: query i writes to hits + i * stride. */
void fc__answer_begin(fc_answer *a, size_t n, fc_hit *hits, size_t stride);
/* Let one segment add to the n answers. */
fc_status fc__answer_segment(fc_answer *a, const fc_segment *segment, const fc_row_runs *runs,
                             const fc_content_set *allowed, const float *queries, size_t n,
                             bool exact, fc_error *err);
/* Sort; n_hits[i] for i < n. */
void fc__answer_finish(fc_answer *a, size_t n, size_t *n_hits);

#endif /* FC_ANSWER_H */
