/*
 * Adapters: a map from the vectors of one encoder version (the source) into the space of another
 * (the target), fitted to items that both have encoded, so that an index or a cache of the one
 * serves the other.
 *
 *     procrustes  an orthogonal turn (fc_procrustes.h), about the origin or about the means, or
 *                 nothing at all where both have one length and that finds more
 *     ridge       least squares with an L2 penalty, which is chosen by cross-validation (fc_fit.h)
 *     lowrank     the same map onto the r directions in which it varies most (reduced-rank ridge
 *                 regression: Izenman 1975; Mukherjee and Zhu 2011)
 *
 * Pairs are dealt into three parts by seed: the maps are fitted to the first, what is chosen (the
 * method, the centre, the rank) is chosen on the second, and then fitted to both; the third, a
 * fifth of all, is seen by nothing, and tells what recall is kept.
 *
 * An adapter is a head of one vector input (fc_head.h): unit vector, minus a mean, times a matrix,
 * plus a bias; identity where there is no matrix.
 *
 * Threads: one fit belongs to one thread; products use n_threads of OpenBLAS.
 */
#ifndef FC_ADAPT_H
#define FC_ADAPT_H

#include "fc_eval.h"
#include "fc_head.h"

#define FC_ADAPT_LEAST   50   /* pairs */
#define FC_ADAPT_QUERIES 1000 /* held-out rows that are asked with, at most */
#define FC_ADAPT_KS      3    /* recall@1, @5, @10 */
#define FC_ADAPT_TRIED   32

typedef enum fc_adapt_method {
    FC_ADAPT_AUTO = 0, /* of all three the one that finds most on the second part */
    FC_ADAPT_PROCRUSTES = 1,
    FC_ADAPT_LOWRANK = 2,
    FC_ADAPT_RIDGE = 3
} fc_adapt_method;

/* Never NULL: "procrustes", ... */
const char *fc__adapt_method_name(fc_adapt_method method);

/* What is asked, and what is searched. */
typedef enum fc_adapt_use {
    FC_ADAPT_QUERIES_MAPPED = 0, /* mapped queries of the source over the target's own vectors */
    FC_ADAPT_GALLERY_MAPPED = 1  /* the target's own queries over mapped vectors of the source */
} fc_adapt_use;

/* Unit rows of the same items, in memory. */
typedef struct fc_adapt_pairs {
    size_t n, p, q;           /* pairs; elements of a source and of a target row */
    const float *source;      /* n x p */
    const float *target;      /* n x q */
    const uint64_t *contents; /* n, unique */
} fc_adapt_pairs;

/* Zero is the default of each. */
typedef struct fc_adapt_options {
    fc_adapt_method method;
    fc_adapt_use use;
    uint64_t seed;
    double penalty;        /* ridge, lowrank: relative to the mean variance; 0: cross-validation */
    uint32_t rank;         /* lowrank; 0: chosen */
    uint32_t n_threads;    /* 0: 1 */
    uint64_t memory_bytes; /* of sums; 0: 1 GiB */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_adapt_options;

/* Shares of the true neighbours that were found, over queries, with 95 % intervals by the bootstrap
 * over queries. */
typedef struct fc_adapt_recall {
    double value[FC_ADAPT_KS];
    fc_interval range[FC_ADAPT_KS];
} fc_adapt_recall;

/* The k of each. */
#define FC_ADAPT_K              \
    (const size_t[FC_ADAPT_KS]) \
    {                           \
        1, 5, 10                \
    }

/* A map that was tried on the second part. */
typedef struct fc_adapt_tried {
    fc_adapt_method method;
    char how[32]; /* "as it is", "about the origin", "about the means", "rank 64", "" */
    double score; /* mean of recall@1, @5 and @10 */
    bool chosen;
} fc_adapt_tried;

typedef struct fc_adapt_report {
    fc_adapt_method method; /* chosen */
    char how[32];
    size_t n_fit, n_choose, n_test; /* pairs of each part */
    size_t n_queries, n_gallery;    /* of the measurement on the third */
    fc_adapt_tried tried[FC_ADAPT_TRIED];
    size_t n_tried;
    /* What of the neighbours that everything encoded by the new version would give is found: by the
     * adapter; without it (same length only); by the old version alone, old queries over old
     * vectors; at random. New is the source where queries are mapped, else the target. */
    fc_adapt_recall adapted, bare, old;
    bool has_bare;
    fc_adapt_recall gain; /* adapted - bare, paired by query */
    double chance[FC_ADAPT_KS];
    /* cosine between new vectors, about score_slope * adapted cosine + score_shift, by least
     * squares over what the adapter found on the third part: so that hits through the adapter can
     * be merged with hits of the new version */
    double score_slope, score_shift;
    char *ridge_json; /* penalties that were tried; NULL: none. The caller frees it */
} fc_adapt_report;

/* Fit. The head is the caller's to dispose of; it is empty after a failure. FC_E_INVALID: fewer
 * than FC_ADAPT_LEAST pairs, all rows of a side are one, a rank above either length; FC_E_LIMIT,
 * FC_E_CANCELLED, FC_E_NOMEM. */
fc_status fc__adapt_fit(fc_head *out, const fc_adapt_pairs *pairs, const fc_adapt_options *opts,
                        fc_adapt_report *report, fc_error *err);
void fc__adapt_report_dispose(fc_adapt_report *r);

#endif /* FC_ADAPT_H */
