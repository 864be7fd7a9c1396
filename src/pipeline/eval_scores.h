/*
 * What the queries of an evaluation scored, split by split, and what that sums up to.
 */
#ifndef FC_EVAL_SCORES_H
#define FC_EVAL_SCORES_H

#include <featcache/eval.h>

#include "fc_measures.h"
#include "fc_rank_scan.h"

typedef struct fc_eval_scores {
    fc_query_score *of_space, *of_against, *of_chance; /* n each; of_against: where there is one */
    size_t n, room[3];
    uint64_t gallery_sum; /* of the galleries' sizes, over splits */
} fc_eval_scores;

/* What one split found: answers of the space and (NULL, 0: none) of another; both in the order of
 * items, then groups, of the same sides. Queries that one of them lacks are left out, *n_dropped
 * counts them. The groups' numbers are the clusters. */
fc_status fc__eval_scores_add(fc_eval_scores *out, uint32_t split, const fc_rank_answer *space,
                              size_t n_space, const fc_rank_answer *against, size_t n_against,
                              bool has_against, size_t *n_dropped, fc_error *err);
/* Values of one split, into s->of_space and so on. */
fc_status fc__eval_scores_split(const fc_eval_scores *scores, uint32_t split, bool has_against,
                                fc_space_eval_split *s, fc_error *err);
/* Values and intervals over all splits: queries, groups, of_space, chance, of_against, difference.
 * Numbers the clusters anew. */
fc_status fc__eval_scores_sum(fc_eval_scores *scores, uint32_t n_splits, bool has_against,
                              const fc_bootstrap_options *boot, fc_space_eval_report *report,
                              fc_error *err);
void fc__eval_scores_dispose(fc_eval_scores *scores);

#endif /* FC_EVAL_SCORES_H */
