/*
 * Measures of retrieval over queries, and their intervals by the bootstrap over clusters.
 *
 * recall@k, k of 1, 5 and 10: share of queries with a relevant item among the first k
 * (fc_first_rank.h). MRR: mean reciprocal rank of the first relevant item. Median rank: of the
 * first relevant item.
 *
 * Queries of one group are not independent, so groups are drawn, not queries (the cluster
 * bootstrap: Davison and Hinkley 1997, section 3.8; Field and Welsh 2007); the interval is that of
 * percentiles (Efron 1979). Over several splits a measure is the mean of the splits' measures, and
 * a group brings all its queries of all splits with it. A difference of two methods is taken within
 * each draw, so that it is paired.
 *
 * Threads: plain functions over the caller's memory.
 */
#ifndef FC_MEASURES_H
#define FC_MEASURES_H

#include "fc_eval.h"
#include "fc_first_rank.h"

enum { FC_RECALL_1, FC_RECALL_5, FC_RECALL_10, FC_MRR, FC_MEDIAN_RANK, FC_N_MEASURES };

/* The k of FC_RECALL_1 and so on. */
#define FC_RECALL_KS                   \
    (const uint32_t[FC_RECALL_10 + 1]) \
    {                                  \
        1, 5, 10                       \
    }

typedef struct fc_measures {
    double value[FC_N_MEASURES];
} fc_measures;

typedef struct fc_measures_range {
    fc_interval range[FC_N_MEASURES];
} fc_measures_range;

/* What one query of one split found. */
typedef struct fc_query_score {
    uint32_t cluster; /* number of its group */
    uint32_t split;
    double value[FC_N_MEASURES]; /* as if it were alone; the last is its expected rank */
} fc_query_score;

/* What a method scored. */
typedef struct fc_score_list {
    const fc_query_score *scores;
    size_t n;
} fc_score_list;

fc_query_score fc__query_score(const fc_first_rank *rank, uint32_t cluster, uint32_t split);

/* The mean over splits 0 to n_splits - 1 that have queries; all values are 0 where none has. *out.
 */
fc_status fc__measures(const fc_score_list *list, uint32_t n_splits, fc_measures *out,
                       fc_error *err);

typedef struct fc_bootstrap_options {
    uint32_t n_draws; /* 0: 2000 */
    uint64_t seed;
    double level; /* of the interval; 0: 0.95 */
} fc_bootstrap_options;

#define FC_BOOTSTRAP_DRAWS     2000u
#define FC_BOOTSTRAP_DRAWS_MAX 1000000u

/* Intervals of what list `a` scored; with `b` (NULL: none) also of b and of a - b. Clusters are 0
 * to n_clusters - 1, all of which are drawn from; they and splits mean the same in both lists.
 * FC_E_INVALID: no queries; FC_E_NOMEM. */
fc_status fc__bootstrap(const fc_score_list *a, const fc_score_list *b, uint32_t n_clusters,
                        uint32_t n_splits, const fc_bootstrap_options *opts,
                        fc_measures_range *of_a, fc_measures_range *of_b,
                        fc_measures_range *of_difference, fc_error *err);

#endif /* FC_MEASURES_H */
