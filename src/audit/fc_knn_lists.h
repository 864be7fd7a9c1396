/*
 * The k nearest rows of a streamed gallery for a set of queries in memory, exactly: approximate
 * scores by matrix products, and a sum in fixed order for each row that may be among the k best, so
 * that the lists are the same bits on every machine and for every batch. Equal scores are ordered
 * by content number.
 *
 * Feed as many scans as there are comparisons (old on old, new on new, new on old) out of one pass
 * over the pairs.
 *
 * Threads: one scan at a time; products use n_threads of OpenBLAS.
 */
#ifndef FC_KNN_LISTS_H
#define FC_KNN_LISTS_H

#include <featcache/types.h>

typedef struct fc_knn_lists {
    size_t n_queries, k;
    uint64_t *contents; /* n_queries x k, best first; UINT64_MAX behind the last */
    float *scores;      /* n_queries x k dot products: cosines of unit rows; -INFINITY behind */
    uint32_t *n_found;  /* n_queries: below k only where the gallery is smaller */
    uint64_t n_gallery; /* rows that were offered */
    uint64_t n_refused; /* rows with an element that is not finite: left out */
} fc_knn_lists;

typedef struct fc_knn_scan fc_knn_scan;

typedef struct fc_knn_ask {
    size_t dim, n_queries, k;
    const float *rows;        /* n_queries x dim, unit rows; must outlive the scan */
    const uint64_t *contents; /* n_queries; a query is left out of its own list... */
    bool keep_self;           /* ...unless this is set */
    uint32_t n_threads;       /* 0: 1 */
} fc_knn_ask;

#define FC_KNN_K_MAX 1000u

/* FC_E_INVALID: no queries, k of 0 or above FC_KNN_K_MAX, or a query that is not finite. */
fc_status fc__knn_scan_create(fc_knn_scan **out, const fc_knn_ask *ask, fc_error *err);
/* Rows (n x dim, unit rows) of the gallery. */
void fc__knn_scan_add(fc_knn_scan *s, const uint64_t *contents, const float *rows, size_t n);
/* The lists, which the caller disposes of; the scan is at its end, to be destroyed. */
fc_status fc__knn_scan_finish(fc_knn_scan *s, fc_knn_lists *out, fc_error *err);
void fc__knn_scan_destroy(fc_knn_scan *s);
void fc__knn_lists_dispose(fc_knn_lists *l);

#endif /* FC_KNN_LISTS_H */
