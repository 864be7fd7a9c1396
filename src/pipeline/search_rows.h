/*
 * What can be found in a lane, as a list of contents (their unit vectors: fc__branch_rows()).
 */
#ifndef FC_SEARCH_ROWS_H
#define FC_SEARCH_ROWS_H

#include "search_live.h"
#include "search_pick.h"

/* The contents with an item in the output that `filter` (its covered output is set here) lets
 * through, ascending; the caller frees *contents. */
fc_status fc__lane_contents(fc_snapshot *s, const fc_picked *picked, const fc_live_filter *filter,
                            uint64_t **contents, size_t *n, fc_error *err);

#endif /* FC_SEARCH_ROWS_H */
