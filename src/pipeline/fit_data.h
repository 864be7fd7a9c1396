/*
 * What a fit reads, out of a store: the groups of one side of a split, with the items that are
 * stored of them. Items are decoded when they are asked for; those that fit into a budget are kept.
 */
#ifndef FC_FIT_DATA_H
#define FC_FIT_DATA_H

#include "fit_plan.h"
#include "space_groups.h"

typedef struct fc_fit_store {
    fc_fit_data data; /* to hand to a fit; refers to this struct, which must not move */
    fc_snapshot *snapshot;
    const fc_fit_plan *plan;
    uint64_t *keys;     /* a group */
    size_t *first;      /* n_groups x n_branches + 1: where its contents begin */
    uint64_t *contents; /* by group, then branch */
    size_t n_contents;
    size_t n_unpaired;         /* groups of the side with items of fewer than two branches */
    struct fc_kept_item *kept; /* n_contents x FC_HEAD_INPUTS_MAX, those that are kept */
    fc_tensor scratch[FC_HEAD_INPUTS_MAX];
    uint64_t budget, used; /* bytes of kept items */
} fc_fit_store;

/* The groups of `side` that have stored items of two branches at least. `budget`: bytes of items to
 * keep. Dispose also after a failure. */
fc_status fc__fit_store_open(fc_fit_store *out, fc_snapshot *s, const fc_fit_plan *plan,
                             const fc_space_groups *groups, fc_side side, uint64_t budget,
                             fc_error *err);
void fc__fit_store_dispose(fc_fit_store *f);

#endif /* FC_FIT_DATA_H */
