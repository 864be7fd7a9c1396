/*
 * The pairs of an audit by the values of columns: data set, split, and what was asked for. A
 * content that several samples hold is in the groups of all of them, in each once.
 *
 * Threads: one at a time.
 */
#ifndef FC_AUDIT_GROUPS_H
#define FC_AUDIT_GROUPS_H

#include "audit_pairs.h"
#include "sample_columns.h"

#define FC_AUDIT_COLUMNS_MAX 16

/* A pair that has a value. */
typedef struct fc_audit_member {
    uint32_t value, pair; /* of the column's values; of the pairs */
} fc_audit_member;

typedef struct fc_audit_column {
    const char *name; /* the caller's */
    fc_name_list values;
    fc_audit_member *members; /* by value, then pair */
    size_t n, room;
} fc_audit_column;

typedef struct fc_audit_groups {
    fc_audit_column columns[FC_AUDIT_COLUMNS_MAX];
    size_t n_columns;
} fc_audit_groups;

/* Read them of the samples that `filter` lets through. Columns: dataset, split, then `by` (n_by;
 * one that is there already is passed over). FC_E_INVALID: a column of `by` that no sample has, or
 * too many. Dispose also after a failure. */
fc_status fc__audit_groups_read(fc_audit_groups *out, const fc_audit_pairs *pairs,
                                const fc_live_filter *filter, const char *const *by, size_t n_by,
                                fc_error *err);
void fc__audit_groups_dispose(fc_audit_groups *g);

/* The members of the next value: [*at, *end), *at from 0; false at the end. */
bool fc__audit_group_next(const fc_audit_column *c, size_t *at, size_t *end);

#endif /* FC_AUDIT_GROUPS_H */
