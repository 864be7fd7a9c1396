/*
 * Which samples one side of a comparison is of, as a user says it:
 *
 *     PART[;PART]...
 *
 *     NAME, NAME@N       a data set, the newest sealed version or that one
 *     split=NAME         samples of a split
 *     since=T, until=T   samples that came into their data set, as they are, from T on, and before
 *                        T: by when the version that brought them was begun. T is UTC, YYYY-MM-DD
 *                        or YYYY-MM-DDThh:mm:ssZ
 *     where=EXPR         a filter over fields and metadata; it takes all that follows
 *
 * All parts must hold. Threads: one at a time.
 */
#ifndef FC_AUDIT_SELECTION_H
#define FC_AUDIT_SELECTION_H

#include "search_live.h"
#include "search_pick.h"

typedef struct fc_selection {
    const char *text;      /* as given; borrowed */
    fc_live_filter filter; /* but for split and times */
    fc_filter *where;      /* owned */
    char *split;           /* owned; NULL: any */
    bool timed;
    int64_t since_ns, until_ns; /* of samples: from, before */
    const fc_dataset_info *datasets;
    size_t n_datasets;
} fc_selection;

/* FC_E_INVALID: what cannot be read, with its place; FC_E_NOT_FOUND: no such data set. Dispose also
 * after a failure. */
fc_status fc__selection_parse(fc_selection *out, fc_snapshot *s, const char *text, fc_error *err);
void fc__selection_dispose(fc_selection *sel);

/* Call `each` for every sample of it. */
fc_status fc__selection_scan(const fc_selection *sel, fc_snapshot *s, fc_live_fn each,
                             void *context, fc_error *err);
/* The contents of its samples that have an item in the output, ascending; the caller frees them. */
fc_status fc__selection_contents(fc_selection *sel, fc_snapshot *s, const fc_picked *picked,
                                 uint64_t **contents, size_t *n, fc_error *err);

/* "2025-01-31" or "2025-01-31T12:30:00Z", years 1970 to 2200, to nanoseconds since 1970. */
bool fc__parse_time(const char *text, size_t n, int64_t *ns);

#endif /* FC_AUDIT_SELECTION_H */
