/*
 * Which rows of an item - cells of a map, tokens of a text, frames of a sound - carried its cosine:
 * exact where the vector is linear in them, through a head of a space, or as a mean, first or last
 * row of another output of the same encoder, which is tried out on the item itself.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_EXPLAIN_H
#define FC_SEARCH_EXPLAIN_H

#include "search_lanes.h"
#include "search_question.h"

typedef struct fc_explaining {
    const fc_query *query;
    fc_snapshot *snapshot;
    const fc_lanes *lanes;   /* that found the hits */
    const fc_picked *picked; /* what was searched, out of a space; else NULL */
    const fc_query_space *space;
    const fc_terms *terms;
    const fc_question *question;
    fc_embedders *embedders; /* of texts among the hits, for their tokens */
    const fc_neural_options *neural;
} fc_explaining;

/* Explain the hits of `out`, and each term against the first of them; tell what cannot be
 * explained. */
fc_status fc__explain(const fc_explaining *e, fc_result_builder *out, fc_error *err);

#endif /* FC_SEARCH_EXPLAIN_H */
