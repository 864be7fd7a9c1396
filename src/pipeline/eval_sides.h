/*
 * Queries and gallery of an evaluation, out of groups: the contents of one modality, each once,
 * with the groups that they are of.
 */
#ifndef FC_EVAL_SIDES_H
#define FC_EVAL_SIDES_H

#include "fc_rank_scan.h"
#include "space_groups.h"

typedef struct fc_eval_side {
    uint64_t *contents; /* n, ascending */
    size_t *first;      /* n + 1, into groups */
    uint32_t *groups;
    size_t n;
} fc_eval_side;

/* Of the groups on `side`, or of all where `all`. Dispose also after a failure. */
fc_status fc__eval_side_take(fc_eval_side *out, const fc_space_groups *groups, fc_modality modality,
                             fc_side side, bool all, fc_error *err);
/* Contents without a group that are there besides (ascending or not; those known are passed over):
 * they answer no query, and stand in the way of what does. */
fc_status fc__eval_side_add(fc_eval_side *side, const uint64_t *contents, size_t n, fc_error *err);
void fc__eval_side_dispose(fc_eval_side *side);

#endif /* FC_EVAL_SIDES_H */
