/*
 * From contents to samples: ranks what the index finds, maps each content to the samples that hold
 * it, leaves out the query item, and - until there is a shared space - goes from texts to images
 * and back through the groups that they share.
 */
#ifndef FC_SEARCH_RANK_H
#define FC_SEARCH_RANK_H

#include "search_index.h"
#include "search_live.h"
#include "search_pick.h"
#include "search_result.h"

/* A score out of a cosine: slope * cosine + shift. Slope 0: the cosine. */
typedef struct fc_score_line {
    double slope, shift;
} fc_score_line;

/* An index to look in. */
typedef struct fc_ranking_lane {
    const fc_output_index *index;
    /* Contents that may be found: those of the filter, or through groups those of its data set;
     * NULL: all that is live. */
    const fc_space_branch *branch; /* of a space; else NULL */
    const fc_content_set *allowed;
    const float *query; /* NULL: that of the ranking */
    bool adapted;       /* it was mapped by an adapter: hits say so */
    fc_score_line line; /* of its scores */
} fc_ranking_lane;

typedef struct fc_ranking {
    fc_snapshot *snapshot;
    const fc_ranking_lane *lanes; /* more than one: of a space, whose scores are comparable */
    size_t n_lanes;
    const fc_live_filter *filter;
    const fc_query_self *selves; /* to leave out */
    size_t n_selves;             /* 0 keeps them */
    const float *query;
    size_t k;
    bool exact;
    uint32_t n_threads;
} fc_ranking;

/* A content with its score, and the cosine behind it. */
typedef struct fc_ranked {
    uint64_t content;
    double score, cosine;
    bool adapted;
} fc_ranked;

/* The best k contents of one lane for `query`, as the index has them. `hits` has room for k. */
fc_status fc__rank_lane(const fc_ranking *r, size_t lane, const float *query,
                        const fc_content_set *allowed, size_t k, fc_hit *hits, size_t *n_hits,
                        bool *exact, fc_error *err);
/* Best first; equal scores by content number; a content that is there twice once, by its best
 * score. */
void fc__rank_sort(fc_ranked *list, size_t *n);
/* Whether a sample that holds `content` is an input of the query. */
fc_status fc__rank_is_self(const fc_ranking *r, uint64_t content, bool *out, fc_error *err);
/* Append the samples that hold these contents, and that the filter lets through, up to k. */
fc_status fc__rank_list(const fc_ranking *r, const fc_ranked *list, size_t n,
                        fc_result_builder *out, fc_error *err);
/* The best k samples that the filter lets through. */
fc_status fc__rank_samples(const fc_ranking *r, fc_result_builder *out, bool *exact, fc_error *err);
/* The best k samples of other modalities, each through the best sample of its group. */
fc_status fc__rank_groups(const fc_ranking *r, fc_result_builder *out, bool *exact, fc_error *err);

#endif /* FC_SEARCH_RANK_H */
