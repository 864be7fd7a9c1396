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
/* Those of them that are in `set`, whatever chose it. */
fc_status fc__lane_contents_in(fc_snapshot *s, const fc_picked *picked, const fc_content_set *set,
                               uint64_t **contents, size_t *n, fc_error *err);
/* What of the ascending list `a` is in the ascending list `b` too: to the front of `a`. How many.
 */
size_t fc__common_contents(uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b);

#endif /* FC_SEARCH_ROWS_H */
