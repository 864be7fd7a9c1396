/*
 * What an adapter finds: lists of neighbours of held-out queries against those that everything
 * encoded by the new version gives. Not for other folders.
 */
#ifndef FC_ADAPT_RECALL_H
#define FC_ADAPT_RECALL_H

#include "fc_adapt_maps.h"
#include "fc_knn_lists.h"

/* Queries and a gallery out of the pairs, and the true neighbours. */
typedef struct fc_adapt_scene {
    const fc_adapt_pairs *pairs;
    fc_adapt_use use;
    uint32_t n_threads;
    fc_adapt_part queries, gallery; /* borrowed */
    uint64_t *query_contents, *gallery_contents;
    fc_knn_lists truth;
} fc_adapt_scene;

/* Dispose also after a failure. */
fc_status fc__adapt_scene_open(fc_adapt_scene *out, const fc_adapt_pairs *pairs,
                               const fc_adapt_options *opts, const fc_adapt_part *queries,
                               const fc_adapt_part *gallery, fc_error *err);
void fc__adapt_scene_dispose(fc_adapt_scene *s);

/* Who looks. */
typedef enum fc_adapt_who {
    FC_ADAPT_BY_HEAD, /* the head's vectors */
    FC_ADAPT_BARE,    /* new queries over old vectors as they are; p == q */
    FC_ADAPT_OLD      /* old queries over old vectors */
} fc_adapt_who;

/* What is found. The lists are the caller's to dispose of. */
fc_status fc__adapt_look(const fc_adapt_scene *s, fc_adapt_who who, const fc_head *head,
                         fc_knn_lists *out, fc_error *err);
/* Overlap with the truth of each query at each k: n_queries x FC_ADAPT_KS. */
fc_status fc__adapt_overlaps(const fc_adapt_scene *s, const fc_knn_lists *found, float *out,
                             fc_error *err);
/* Mean of all of them. */
double fc__adapt_score(const float *overlaps, size_t n_queries);
/* Cosines of the new version about slope * score + shift, over what was found. */
void fc__adapt_line(const fc_adapt_scene *s, const fc_knn_lists *found, double *slope,
                    double *shift);
/* All measures of a report, of queries and a gallery that the head's fit did not see. */
fc_status fc__adapt_measure(fc_adapt_report *r, const fc_adapt_scene *scene, const fc_head *head,
                            uint64_t seed, fc_error *err);

#endif /* FC_ADAPT_RECALL_H */
