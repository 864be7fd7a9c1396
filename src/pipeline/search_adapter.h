/*
 * A query through an adapter: the new encoder version embeds it, the adapter maps it, and what the
 * old version has encoded is searched; in the dual stage of a switch together with what the new one
 * has encoded already.
 */
#ifndef FC_SEARCH_ADAPTER_H
#define FC_SEARCH_ADAPTER_H

#include "adapter_store.h"
#include "search_lanes.h"
#include "search_rank.h"
#include "search_terms.h"

typedef struct fc_query_adapter {
    fc_space_row row; /* name NULL: no adapter */
    bool dual;
    fc_head head;
    fc_picked old, new_one;
    bool from_stage;  /* of a switch; else it was named */
    float *mapped;    /* of the question: dim of the old version */
    fc_live_set rest; /* dual: what only the old version can find */
} fc_query_adapter;

static inline bool fc__query_adapter_is_on(const fc_query_adapter *a)
{
    return a->row.name != NULL;
}

/* The adapter that the user named. FC_E_NOT_FOUND, FC_E_INVALID: no such; it does not map queries;
 * a version is not in the store. Dispose also after a failure. */
fc_status fc__query_adapter_named(fc_query_adapter *out, fc_snapshot *s, const char *name,
                                  fc_error *err);
/* What the switches of the store make of a choice that nobody named: *picked becomes the version
 * that a switch stands at, or an adapter is opened between two. */
fc_status fc__query_adapter_staged(fc_query_adapter *out, fc_snapshot *s, fc_picked *picked,
                                   fc_error *err);
/* Stored samples that are asked with and that the new version has not encoded: then the old version
 * alone can answer. *missing: the first of them, NULL: none. */
fc_status fc__query_adapter_check_items(const fc_query_adapter *a, fc_snapshot *s,
                                        const fc_terms *terms, const char **missing, fc_error *err);
void fc__query_adapter_dispose(fc_query_adapter *a);

/* The lanes that it searches: the old version's, before it in the dual stage the new one's. */
void fc__query_adapter_lanes(const fc_query_adapter *a, fc_lanes *lanes);
/* Map the question's vector (dim of the new version). */
fc_status fc__query_adapter_map(fc_query_adapter *a, const float *question, fc_error *err);
/* Give the lanes of a ranking, whose contents are allowed already, their queries and scores; in the
 * dual stage the old version's lane only finds what the new one's cannot. *count: items searched.
 */
fc_status fc__query_adapter_rank(fc_query_adapter *a, fc_snapshot *s, fc_ranking_lane *lanes,
                                 uint64_t *count, fc_error *err);
/* Name it in the result. */
fc_status fc__query_adapter_describe(const fc_query_adapter *a, fc_result_builder *out,
                                     fc_error *err);

#endif /* FC_SEARCH_ADAPTER_H */
