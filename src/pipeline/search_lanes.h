/*
 * What a query searches: the index of one encoder output, or of each member of a space. Kept from
 * query to query, and opened again when the store has moved on.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_LANES_H
#define FC_SEARCH_LANES_H

#include "fc_store_space.h"
#include "search_allowed.h"
#include "search_index.h"
#include "search_pick.h"

#define FC_LANES_MAX FC_SPACE_MEMBERS_MAX

typedef struct fc_lane {
    fc_output_index index;
    bool has_index;
    fc_allowed allowed;
} fc_lane;

typedef struct fc_lanes {
    fc_lane list[FC_LANES_MAX];
    size_t n; /* of the query that is answered; others may be open still */
    fc_picked picked[FC_LANES_MAX];
    const fc_space_branch *branches[FC_LANES_MAX]; /* in a space: whose lane it is; else NULL */
} fc_lanes;

void fc__lanes_close(fc_lanes *lanes);
/* Open the index of each picked output (n of them), where the one that is open does not answer. */
fc_status fc__lanes_open(fc_lanes *lanes, fc_store *store, fc_snapshot *s,
                         const fc_live_filter *filter, bool no_segments, fc_error *err);

/* Of all lanes together: items that can be found, kinds ("Flat,scan"; room for 256), whether any
 * has segments. */
uint64_t fc__lanes_count(const fc_lanes *lanes);
void fc__lanes_kinds(const fc_lanes *lanes, char out[256]);
bool fc__lanes_have_segments(const fc_lanes *lanes);

/* The contents that may be found in lane i: those of `filter` (its covered output is set here)
 * whose `where` was parsed from the text; NULL where all may. Valid until the next call for that
 * lane. */
fc_status fc__lanes_allow(fc_lanes *lanes, size_t i, fc_snapshot *s, const fc_live_filter *filter,
                          const char *where, const fc_content_set **out, fc_error *err);

#endif /* FC_SEARCH_LANES_H */
