/*
 * The contents that a filter lets through, kept from query to query: a batch of queries with one
 * filter reads the samples once.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_ALLOWED_H
#define FC_SEARCH_ALLOWED_H

#include "search_live.h"

typedef struct fc_allowed {
    fc_live_set set;
    char *key; /* of the filter that `set` is of; NULL: none yet */
    uint64_t generation;
} fc_allowed;

/* *out: the set for `f` in this state of the store, valid until the next call; NULL where f lets
 * all through. `where` is the text that f->where was parsed from. */
fc_status fc__allowed_get(fc_allowed *a, fc_snapshot *s, const fc_live_filter *f, const char *where,
                          const fc_content_set **out, fc_error *err);
void fc__allowed_dispose(fc_allowed *a);

#endif /* FC_SEARCH_ALLOWED_H */
