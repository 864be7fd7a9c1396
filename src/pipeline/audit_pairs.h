/*
 * The contents that two encoder outputs both have features of, and their rows as pairs: one row an
 * item (vectors as they are, items with several rows pooled), or one a position of the items.
 *
 * Threads: one at a time.
 */
#ifndef FC_AUDIT_PAIRS_H
#define FC_AUDIT_PAIRS_H

#include "fc_pair_source.h"
#include "fc_pooling.h"
#include "search_live.h"
#include "search_pick.h"

typedef struct fc_audit_side {
    fc_picked picked;
    uint64_t n_items; /* that the filter lets through */
    uint64_t n_alone; /* of them, without a partner */
} fc_audit_side;

typedef struct fc_audit_pairs {
    fc_snapshot *snapshot;
    fc_audit_side sides[2]; /* old, new */
    fc_pooling pooling;     /* of items with several rows; kind 0: both are vectors */
    uint64_t *contents;     /* of both, ascending */
    size_t n;
} fc_audit_pairs;

/* "VERSION[:OUTPUT]"; `output` (may be NULL) where it names none: else "pooled", else the first
 * that is searchable, else the first. FC_E_NOT_FOUND says what there is. */
fc_status fc__audit_pick(fc_picked *out, fc_snapshot *s, const char *text, const char *output,
                         fc_error *err);
/* List the pairs of out->sides[].picked. `pooling`: a text, NULL for the mean. FC_E_NOT_FOUND: a
 * side has nothing; FC_E_INVALID: two modalities, one and the same output, or too few in common.
 * Dispose also after a failure. */
fc_status fc__audit_pairs_list(fc_audit_pairs *out, fc_snapshot *s, const fc_live_filter *filter,
                               const char *pooling, fc_error *err);
void fc__audit_pairs_dispose(fc_audit_pairs *p);
/* Place of a content among them; n: none. */
size_t fc__audit_pairs_find(const fc_audit_pairs *p, uint64_t content);
/* Whether both sides have items of several rows, so that there are positions to compare. */
bool fc__audit_pairs_has_positions(const fc_audit_pairs *p);
/* Elements of a row of that side: of a pooled one, or of a position. */
size_t fc__audit_pairs_dim(const fc_audit_pairs *p, size_t side, bool positions);

/* The pairs as a source. Positions are numbered through (pairs->contents is not what `contents` of
 * a batch says then); items that differ in their number of positions are left out, and counted in
 * *n_unalike, which is right at the end and counted anew after rewind(); NULL: not wanted. An item
 * without rows is left out too. `pairs` outlives it. */
fc_status fc__audit_pairs_source(fc_pair_source *out, const fc_audit_pairs *pairs, bool positions,
                                 uint64_t *n_unalike, fc_error *err);
/* The two rows (one an item) of n contents, ascending, into x and y. */
fc_status fc__audit_pairs_rows(const fc_audit_pairs *pairs, const uint64_t *contents, size_t n,
                               float *x, float *y, fc_error *err);

#endif /* FC_AUDIT_PAIRS_H */
