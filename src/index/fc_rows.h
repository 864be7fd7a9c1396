/*
 * Which rows of a segment a search may return, as runs of neighbours.
 */
#ifndef FC_ROWS_H
#define FC_ROWS_H

#include "fc_vec_file.h"

typedef struct fc_row_run {
    uint64_t first, n;
} fc_row_run;

typedef struct fc_row_runs {
    fc_row_run *runs;
    size_t n_runs;
    uint64_t n_rows; /* in all runs */
} fc_row_runs;

/* The rows of `vec` whose content is in `allowed` (NULL: all). Dispose also after a failure. */
fc_status fc__row_runs_create(fc_row_runs *out, const fc_vec_file *vec,
                              const fc_content_set *allowed, fc_error *err);
void fc__row_runs_dispose(fc_row_runs *r);

#endif /* FC_ROWS_H */
