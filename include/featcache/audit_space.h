/**
 * @file featcache/audit_space.h
 * What a space hides: the gap between its modalities, hubs, which modality is favoured, how the
 * rows fill it, whom it finds and whom it does not, and near-duplicates across splits. Each figure
 * comes with its value under chance and an interval.
 *
 * All items are searched; what is asked with, and what matrices and classifiers are made of, is a
 * seeded sample of each modality (all of it where it is no larger). The same store, options and
 * seed give the same report.
 *
 * Threads: plain calls; a report is the caller's.
 */
#ifndef FC_AUDIT_SPACE_H
#define FC_AUDIT_SPACE_H

#include <featcache/audit_parts.h>
#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FC_AUDIT_SPACE_SAMPLE_MAX 10000u /**< of one modality */
#define FC_AUDIT_SPACE_K_MAX      100u
#define FC_AUDIT_SPACE_BY_MAX     16u /**< columns */

/** Start from FC_AUDIT_SPACE_OPTIONS_INIT. Zero and NULL are the defaults. */
typedef struct fc_audit_space_options {
    size_t struct_size;
    const char *space;   /**< "NAME" or "NAME@VERSION"; */
    const char *encoder; /**< or one encoder's own output, as fc_snapshot_find_encoder() */
    const char *output;  /**< of it; NULL: "pooled", else the first searchable */
    const char *dataset; /**< "NAME" or "NAME@N"; NULL: the newest of all */
    /** Whose groups recall is measured with, as in featcache/eval.h: a split's name, or "all".
     * NULL: what the fit kept away; all where nothing was fitted. */
    const char *split;
    const char *const *by; /**< columns or fields by whose values recall is told apart */
    size_t n_by;
    uint32_t k;              /**< neighbours; 0: 10 */
    size_t sample;           /**< items of each modality; 0: 2000 */
    uint32_t n_permutations; /**< of the classifiers' labels; 0: 200 */
    uint32_t n_draws;        /**< of groups, for intervals of recall; 0: 2000 */
    double near;             /**< cosine from which two samples are duplicates; 0: 0.95 */
    size_t max_compared;     /**< contents beyond which duplicates are not looked for; 0: 200000 */
    uint64_t seed;
    uint64_t memory_bytes; /**< FC_E_LIMIT where the sample needs more; 0: 1 GiB */
    uint32_t n_threads;    /**< 0: one a processor */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_audit_space_options;

#define FC_AUDIT_SPACE_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(fc_audit_space_options), NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0.0, 0, \
            0, 0, 0, NULL, NULL, NULL                                                              \
    }

/** How often the k nearest of an item of `from` are of `to`; under chance as often as that is
 * among all others. */
typedef struct fc_audit_share {
    fc_modality from, to;
    fc_audit_measure share;
} fc_audit_share;

/** Of all items of some modalities. Intervals leave out tenths of the sample (jackknife). */
typedef struct fc_audit_shape {
    uint64_t items;         /**< with a vector */
    uint64_t sampled;       /**< of them, asked with */
    fc_audit_measure hubs;  /**< skewness of N_k, in how many lists of k nearest an item is; chance:
                           lists drawn at random */
    fc_audit_measure never; /**< share of items in no list; chance: the same lists */
    fc_audit_measure cosine; /**< mean of two different items: anisotropy; chance: 0 */
    /** exp of the entropy of the singular values; chance: as many rows in all directions */
    fc_audit_measure effective_rank;
    /** by the two nearest (TwoNN) and by the k nearest (maximum likelihood); chance: as many rows
     * in all directions, at most 20,000 */
    fc_audit_measure two_nn, mle;
    const fc_audit_share *shares; /**< from each modality to each */
    size_t n_shares;
} fc_audit_shape;

/** One modality. */
typedef struct fc_audit_modality {
    fc_modality modality;
    uint64_t without_direction; /**< contents left out: vectors that are zero or not finite, or not
                                     there */
    fc_audit_shape alone;       /**< of its items among themselves */
    fc_audit_shape without;     /**< of all others; items is 0 where it is the only one */
} fc_audit_modality;

/** Two modalities. */
typedef struct fc_audit_gap {
    fc_modality a, b;
    fc_audit_measure length; /**< of the difference of their mean unit rows; chance: two random
                            halves of both together */
    fc_audit_measure separability; /**< ROC AUC of a classifier, on rows held out; chance: its
                                  labels permuted */
    fc_audit_measure residual;     /**< the same when both have been centred: what lies apart beside
                                  the means */
    /** Items of one group go into the same half, where 50 groups and more have sampled items of
     * both; a classifier is then of those pairs alone. 0: it is of all sampled items. */
    uint64_t pairs;
    double separability_p, residual_p;
    double cosine_a, cosine_b, cosine_ab; /**< means within and between */
} fc_audit_gap;

typedef struct fc_audit_hub {
    fc_audit_sample sample;
    uint32_t count;  /**< lists that it is in */
    double expected; /**< the mean */
} fc_audit_hub;

/** How well one modality finds another; values by draws of groups. */
typedef struct fc_audit_recall {
    fc_modality from, to;
    const char *column, *value; /**< of the queries; NULL: all of them */
    uint64_t queries, groups, gallery;
    fc_audit_measure at[3]; /**< recall at 1, 5 and 10 */
    fc_audit_measure mrr, median_rank;
} fc_audit_recall;

/** Samples of more than one split that are the same, or nearly. */
typedef struct fc_audit_leak {
    const fc_audit_sample *samples; /**< the first of them */
    size_t n_shown, n;
    double low; /**< least cosine that joins them */
} fc_audit_leak;

typedef enum fc_audit_leakage {
    FC_LEAKAGE_MEASURED = 0,
    FC_LEAKAGE_NO_SPLITS, /**< the samples name fewer than two */
    FC_LEAKAGE_TOO_MANY   /**< more contents than max_compared */
} fc_audit_leakage;

typedef struct fc_audit_space_report {
    const char *space;                          /**< its name; NULL: one encoder's output */
    uint32_t version;                           /**< of the space */
    const char *encoder, *fingerprint, *output; /**< in a space NULL */
    size_t dim;
    uint32_t k;
    fc_audit_shape whole; /**< all modalities together */
    const fc_audit_modality *modalities;
    size_t n_modalities;
    const fc_audit_gap *gaps;
    size_t n_gaps;
    const fc_audit_hub *hubs; /**< most frequent first */
    size_t n_hubs;
    const char *split;              /**< whose groups recall is of; NULL: there is no recall */
    bool seen;                      /**< the fit has learnt from them, and that was asked for */
    const fc_audit_recall *recalls; /**< pairs, each followed by its values of columns */
    size_t n_recalls;
    fc_audit_leakage leakage;
    double near;
    uint64_t leak_compared;
    const fc_audit_leak *leaks; /**< most samples first, at most 50 */
    size_t n_leaks;
    uint64_t n_leak_sets, n_leak_samples; /**< all of them */
    const char *const *findings;          /**< sentences: what a reader must know */
    size_t n_findings;
    const char *const *notes; /**< sentences: what could not be measured, and why */
    size_t n_notes;
    double seconds;
} fc_audit_space_report;

/**
 * Audit a space, or one encoder's output.
 *
 * @param[out] out  the caller's, to release with fc_audit_space_destroy()
 * @retval FC_E_INVALID    both space and encoder, or neither; fewer than 50 items of each modality;
 *                         a split that the fit has learnt from
 * @retval FC_E_NOT_FOUND  no such space, encoder or data set: the message says which there are
 * @retval FC_E_LIMIT      the sample needs more memory than it may have
 * @retval FC_E_CANCELLED  asked to stop
 */
FC_API fc_status fc_audit_space(fc_audit_space_report **out, fc_store *store,
                                const fc_audit_space_options *opts, fc_error *err);
FC_API void fc_audit_space_destroy(fc_audit_space_report *report);

/** Write a report as one self-contained page. Pictures are read from the data sets' folders; what
 * cannot be shown is named. Whole or not at all. */
FC_API fc_status fc_audit_space_page(const char *path, fc_store *store,
                                     const fc_audit_space_report *report, fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_AUDIT_SPACE_H */
