/*
 * One set of paired rows on its way to figures: what a pass over the pairs gathers, the neighbour
 * lists of the queries drawn from it, and what is computed of both.
 *
 *     fc__drift_gather()      pass 1: moments, a value each pair, a sample for tests, the queries
 *     fc__drift_choose_moved() the pairs that moved most
 *     fc__drift_neighbours()  pass 2: the nearest of each query, old and new, and across
 *     fc__drift_figures()     all figures of both, with what kind of change they amount to
 *
 * Threads: one at a time.
 */
#ifndef FC_AUDIT_VIEW_H
#define FC_AUDIT_VIEW_H

#include <featcache/audit.h>

#include "audit_pairs.h"
#include "fc_cross_moments.h"
#include "fc_knn_lists.h"
#include "fc_pair_sample.h"
#include "fc_unit_sum.h"

/* Neighbours are listed at least so deep, for the curve of what both have in common. */
#define FC_DRIFT_DEPTH 50u
/* Persistence of the rank-biased overlap: 86 % of the weight lie on the first ten (Webber et al.
 * 2010, section 4.4). */
#define FC_DRIFT_RBO_P .9

/* Whose neighbours, among what. */
typedef enum fc_drift_lists {
    FC_LISTS_OLD = 0,   /* old queries among old rows */
    FC_LISTS_NEW,       /* new among new */
    FC_LISTS_CROSS,     /* new among old; the query's own row is not among them */
    FC_LISTS_ADAPTED,   /* new, rotated, among old: of the queries held out */
    FC_LISTS_MOVED_OLD, /* of the samples that moved most; only where p = q */
    FC_LISTS_MOVED_NEW,
    FC_N_LISTS
} fc_drift_lists;

typedef struct fc_drift_state {
    const fc_audit_drift_options *opts; /* defaults filled in */
    const fc_audit_pairs *pairs;
    bool positions;
    fc_pair_source source;
    size_t p, q;

    uint64_t n; /* pairs of rows */
    fc_cross_moments moments;
    fc_unit_sum units[2];
    fc_pair_sample sample;  /* sorted */
    fc_pair_sample queries; /* sorted; unit rows; those without a direction are gone */
    /* A value each pair, at the pair's place among pairs->contents (NAN: it has no row); of
     * positions every `stride`-th in their order. Cosines: NULL where p != q. */
    float *cosines, *ratios;
    size_t n_values, stride;
    float *own_cosines; /* of the queries; NULL where p != q */

    fc_knn_lists lists[FC_N_LISTS]; /* n_queries 0: there are none */
    uint64_t n_gallery;
    /* Of the queries; NULL: not measured. */
    float *overlap, *rbo, *cross_old, *cross_new, *cross_self;
    size_t n_held;                /* queries held out of the adapter's fit */
    size_t *held;                 /* which */
    float *adapted, *adapted_old; /* n_held */
    const char *no_adapter;       /* why there is none; static */
    size_t n_moved;               /* samples whose neighbours are looked for beside the queries */
    uint64_t *moved_contents;
    float *moved_x, *moved_y; /* unit rows */
} fc_drift_state;

/* Open the pairs as rows of one kind. Dispose also after a failure. */
fc_status fc__drift_state_init(fc_drift_state *s, const fc_audit_drift_options *opts,
                               const fc_audit_pairs *pairs, bool positions, uint64_t *n_unalike,
                               fc_error *err);
void fc__drift_state_dispose(fc_drift_state *s);

/* FC_E_FORMAT: a row is not finite (its sample is named); FC_E_INVALID: a side is constant, or too
 * few rows; FC_E_LIMIT. */
fc_status fc__drift_gather(fc_drift_state *s, fc_error *err);
fc_status fc__drift_neighbours(fc_drift_state *s, fc_error *err);
/* Between the two: note the pairs with the lowest cosines as those that moved most. */
fc_status fc__drift_choose_moved(fc_drift_state *s, fc_error *err);
fc_status fc__drift_figures(fc_drift_state *s, fc_drift_view *out, fc_error *err);

/* Queries held out, in the old space: n_held unit rows of p. */
typedef struct fc_adapted_queries {
    float *rows;
    uint64_t *contents;
} fc_adapted_queries;

/* Fit an adapter and turn the queries that it has not seen (s->held); s->no_adapter says why there
 * is none. The caller frees both arrays, also after a failure. */
fc_status fc__drift_adapt(fc_drift_state *s, fc_adapted_queries *out, fc_error *err);

/* FC_E_CANCELLED when the caller wants to stop; else tells how far it is. */
fc_status fc__drift_tell(const fc_drift_state *s, const char *what, uint64_t done, uint64_t total,
                         fc_error *err);
/* Unit rows in place; ok[i] false: it has no direction and is zero. */
void fc__drift_unit_rows(float *rows, size_t n, size_t dim, bool *ok);

#endif /* FC_AUDIT_VIEW_H */
