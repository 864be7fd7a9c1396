/*
 * The exact scan: every allowed row of a segment against a block of queries.
 *
 * Threads: one scratch a thread.
 */
#ifndef FC_SCAN_H
#define FC_SCAN_H

#include "fc_rows.h"
#include "fc_select.h"

typedef struct fc_scan_scratch {
    size_t dim, max_queries, tile_rows;
    float *tile;       /* tile_rows x dim, converted */
    uint64_t *numbers; /* the row behind each row of the tile */
    float *scores;     /* max_queries x tile_rows */
} fc_scan_scratch;

fc_status fc__scan_scratch_init(fc_scan_scratch *s, size_t dim, size_t max_queries, fc_error *err);
void fc__scan_scratch_dispose(fc_scan_scratch *s);

/* Offer all rows of `runs` to selects[i] for queries[i x dim], i < n; what they leave pending is
 * flushed. FC_E_CORRUPT when a page fails. */
fc_status fc__scan(fc_scan_scratch *s, const fc_vec_file *vec, const fc_row_runs *runs,
                   const float *queries, size_t n, fc_select *const *selects, fc_error *err);

#endif /* FC_SCAN_H */
