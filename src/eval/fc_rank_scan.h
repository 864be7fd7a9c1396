/*
 * Ranks by exact cosine: for each query, how many items of a gallery come before its first relevant
 * one. Both sides are read in chunks and compared in tiles, so that memory grows with neither the
 * number of pairs nor the length of a side.
 */
#ifndef FC_RANK_SCAN_H
#define FC_RANK_SCAN_H

#include "fc_first_rank.h"

/* Scores that differ by less are equal: copies of one vector that a matrix product has summed in
 * two orders are still copies. */
#define FC_RANK_TIE 1e-6f

/* One side of a comparison: n distinct contents, each in one or more groups. */
typedef struct fc_rank_side {
    size_t n;
    const uint64_t *contents; /* n, ascending: an item is never held against itself */
    const size_t *first;      /* n + 1: groups of item i are groups[first[i]] to [first[i + 1]] */
    const uint32_t *groups;   /* numbers below fc_rank_ask.n_groups, ascending within an item */
    /* Rows [first, first + n) as unit vectors; ok[i] false: the item has none. */
    fc_status (*rows)(void *self, size_t first, size_t n, float *out, bool *ok, fc_error *err);
    void *self;
} fc_rank_side;

typedef struct fc_rank_ask {
    fc_rank_side queries, gallery;
    size_t dim, n_groups;
    size_t chunk_bytes; /* of the rows of each side in memory; 0: 64 MiB */
    uint32_t n_threads; /* of the matrix products; 0: 1 */
    void (*progress)(void *context, uint64_t done, uint64_t total); /* queries; may be NULL */
    bool (*cancelled)(void *context);                               /* may be NULL */
    void *context;
} fc_rank_ask;

/* A query is one item of that side for one of its groups; relevant is what is of that group, but
 * itself. */
typedef struct fc_rank_answer {
    uint32_t item, group;
    fc_first_rank rank;
    uint64_t n_relevant, n_gallery; /* that have a vector, but itself: what chance depends on */
} fc_rank_answer;

/* One answer for each query that has a vector and something relevant in the gallery, in the order
 * of items, then of groups. *n_without: queries without a vector; *n_alone: with nothing relevant.
 * The caller frees *out. FC_E_CANCELLED, FC_E_LIMIT, and what `rows` says. */
fc_status fc__rank_scan(const fc_rank_ask *ask, fc_rank_answer **out, size_t *n, size_t *n_without,
                        size_t *n_alone, fc_error *err);

#endif /* FC_RANK_SCAN_H */
