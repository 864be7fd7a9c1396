/**
 * @file featcache/duplicates.h
 * Duplicates: samples of one content, and samples whose vectors are closer than a threshold,
 * gathered into connected components. Every pair is compared; memory stays within a cap.
 *
 * Threads: plain calls; a result is the caller's.
 */
#ifndef FC_DUPLICATES_H
#define FC_DUPLICATES_H

#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to compare; start from FC_DUPLICATES_OPTIONS_INIT. */
typedef struct fc_duplicates_options {
    size_t struct_size;
    const char *encoder; /**< as fc_snapshot_find_encoder(); NULL: the only one that is searched */
    const char *output;  /**< NULL: "pooled", else the first searchable; in a space NULL */
    const char *space;   /**< compare all that a space's members have encoded; NULL */
    const char *dataset; /**< "NAME" or "NAME@N"; NULL: the newest of all */
    const char *where;   /**< a filter on fields and metadata; NULL: none */
    double threshold;    /**< least cosine of a pair, above 0 to 1; 0: 0.95 */
    size_t max_pairs;    /**< pairs that are kept, the nearest; 0: 1000 */
    uint64_t memory_bytes; /**< for vectors in memory; 0: 256 MiB */
    uint32_t n_threads;    /**< 0: one a processor */
    void (*progress)(void *context, uint64_t done, uint64_t total); /**< pairs of rows */
    bool (*cancelled)(void *context);
    void *context;
} fc_duplicates_options;

#define FC_DUPLICATES_OPTIONS_INIT                                                             \
    {                                                                                          \
        sizeof(fc_duplicates_options), NULL, NULL, NULL, NULL, NULL, 0.0, 0, 0, 0, NULL, NULL, \
            NULL                                                                               \
    }

/** A sample of a set. Strings belong to the result. */
typedef struct fc_duplicate_sample {
    const char *dataset, *id, *group, *split, *path;
    fc_modality modality;
    uint64_t content;
} fc_duplicate_sample;

/** Samples that are joined by pairs, directly or through others. */
typedef struct fc_duplicate_set {
    const fc_duplicate_sample *samples; /**< by data set, then id */
    size_t n;
    size_t n_contents;   /**< different ones; 1: all samples have one content */
    double low;          /**< least cosine of a pair that joins it; of one content 1 */
    bool crosses_splits; /**< its samples are in more than one split: leakage */
} fc_duplicate_set;

typedef struct fc_duplicate_pair {
    const fc_duplicate_sample *a, *b; /**< the first sample of each content */
    double score;
} fc_duplicate_pair;

typedef struct fc_duplicates {
    const char *space;                          /**< NULL: one encoder's output */
    const char *encoder, *fingerprint, *output; /**< in a space "" */
    double threshold;
    uint64_t n_items;               /**< contents compared */
    uint64_t n_without_direction;   /**< contents left out: zero, or not there */
    uint64_t n_pairs;               /**< of different contents that reach the threshold */
    const fc_duplicate_pair *pairs; /**< the nearest of them, best first */
    size_t n_kept;
    const fc_duplicate_set *sets; /**< most samples first */
    size_t n_sets;
    double seconds;
} fc_duplicates;

/**
 * Find the duplicates of a store.
 * @param[out] out  the caller's, to release with fc_duplicates_destroy()
 * @retval FC_E_INVALID    a bad threshold or filter, both encoder and space, or neither where there
 *                         are several to choose from
 * @retval FC_E_NOT_FOUND  no such encoder, space or data set
 * @retval FC_E_CANCELLED  `cancelled` said so
 */
FC_API fc_status fc_duplicates_find(fc_duplicates **out, fc_store *store,
                                    const fc_duplicates_options *opts, fc_error *err);
FC_API void fc_duplicates_destroy(fc_duplicates *d);

#ifdef __cplusplus
}
#endif

#endif /* FC_DUPLICATES_H */
