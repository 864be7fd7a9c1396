/*
 * The items of each group of one side of a comparison.
 */
#ifndef FC_RANK_GROUPS_H
#define FC_RANK_GROUPS_H

#include "fc_rank_scan.h"

typedef struct fc_rank_groups {
    size_t *first;   /* n_groups + 1 */
    uint32_t *items; /* those of group g: items[first[g]] to [first[g + 1]], ascending */
} fc_rank_groups;

fc_status fc__rank_groups_init(fc_rank_groups *out, const fc_rank_side *side, size_t n_groups,
                               fc_error *err);
void fc__rank_groups_dispose(fc_rank_groups *g);
/* Items of `group` among the n from `first` on. */
const uint32_t *fc__rank_groups_in(const fc_rank_groups *g, uint32_t group, size_t first, size_t n,
                                   size_t *n_items);
/* Where `content` is among n ascending ones. */
bool fc__rank_find(const uint64_t *contents, size_t n, uint64_t content, size_t *at);

#endif /* FC_RANK_GROUPS_H */
