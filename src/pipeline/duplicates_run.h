/*
 * What the files of fc_duplicates_find() share: the contents as nodes, the rows that are compared,
 * and the pairs that were found.
 */
#ifndef FC_DUPLICATES_RUN_H
#define FC_DUPLICATES_RUN_H

#include <featcache/duplicates.h>

#include "fc_components.h"
#include "fc_hash.h"
#include "fc_store_space.h"
#include "search_live.h"
#include "search_pick.h"
#include "space_embed.h"

/* A pair of nodes. */
typedef struct fc_node_pair {
    size_t a, b; /* a < b */
    float score;
} fc_node_pair;

typedef struct fc_duplicates_run {
    const fc_duplicates_options *opts; /* defaults filled in */
    fc_snapshot *snapshot;
    fc_live_filter filter;
    fc_space_branch lanes[FC_SPACE_MEMBERS_MAX]; /* of a space, or of one output as it is */
    fc_head_cache heads;
    uint64_t *contents[FC_SPACE_MEMBERS_MAX]; /* of each lane, ascending */
    size_t n_rows[FC_SPACE_MEMBERS_MAX];
    size_t n_lanes, dim, n_all_rows;
    uint64_t *nodes; /* contents of all lanes, ascending, each once */
    size_t n_nodes;
    bool *compared; /* nodes of which a row has a direction */
    float *lows;    /* of each node: the least score of its pairs; 2: none */
    fc_components components;
    fc_node_pair *pairs; /* the nearest so far, and what came since they were sorted */
    size_t n_pairs, pairs_room;
    float floor; /* below this no pair is kept any more */
    uint64_t n_found, n_done, n_total;
} fc_duplicates_run;

/* Node of a content; n_nodes: none. */
size_t fc__duplicates_node(const fc_duplicates_run *r, uint64_t content);
/* Compare all rows: joins components, counts pairs, keeps the nearest. */
fc_status fc__duplicates_compare(fc_duplicates_run *r, fc_error *err);
/* The result, with what it owns. */
typedef struct fc_duplicates_result {
    fc_duplicates public; /* first: what the caller holds */
    char *space, *encoder, *output;
    char fingerprint[FC_SHA256_HEX_BYTES];
    fc_duplicate_sample *samples; /* of all sets; their strings are its own */
    size_t n_samples;
    fc_duplicate_set *sets;
    fc_duplicate_pair *pairs;
} fc_duplicates_result;

/* Name the samples of the components, and put them in order, into `out`, which owns what there is
 * also after a failure. */
fc_status fc__duplicates_name(fc_duplicates_run *r, fc_duplicates_result *out, fc_error *err);

#endif /* FC_DUPLICATES_RUN_H */
