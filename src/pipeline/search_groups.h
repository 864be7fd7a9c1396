/*
 * Groups that a query has reached, and the samples of other modalities found in them.
 */
#ifndef FC_SEARCH_GROUPS_H
#define FC_SEARCH_GROUPS_H

#include "search_result.h"

typedef struct fc_groups fc_groups;

fc_status fc__groups_create(fc_groups **out, fc_error *err);
void fc__groups_destroy(fc_groups *g);
/* The group of `found` is wanted, with this score; of several the first (best) counts. */
fc_status fc__groups_want(fc_groups *g, const fc_sample *found, double score, fc_error *err);
/* Take `target` when its group is wanted. */
fc_status fc__groups_take(fc_groups *g, const fc_sample *target, fc_error *err);
size_t fc__groups_n_taken(const fc_groups *g);
/* The best k, by score, then by the order in which groups were reached, then by id. `version` of
 * their data set; 0: the newest sealed. */
fc_status fc__groups_emit(fc_groups *g, fc_snapshot *s, uint32_t version, size_t k,
                          fc_result_builder *out, fc_error *err);

/* Root folder of a data set in a list; "" when it is not there. */
const char *fc__dataset_root_of(const fc_dataset_info *list, size_t n, const char *name);

#endif /* FC_SEARCH_GROUPS_H */
