/**
 * @file featcache/audit_data.h
 * Has the data changed? Two selections of samples of one encoder version are held against each
 * other: do their features come from one distribution, and where not.
 *
 * Both are sampled by seed; all p-values are of permutations. Samples are taken to be independent:
 * where many are of one thing, choose one of each (`one_per_group`), without which p-values are too
 * small. The same store, options and seed give the same report.
 *
 * Threads: plain calls; a report is the caller's.
 */
#ifndef FC_AUDIT_DATA_H
#define FC_AUDIT_DATA_H

#include <featcache/audit_parts.h>
#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FC_AUDIT_DATA_SAMPLE_MAX     10000u /**< of one side */
#define FC_AUDIT_DATA_COMPONENTS_MAX 64u
#define FC_AUDIT_DATA_UNLIKE_MAX     100u

/** Start from FC_AUDIT_DATA_OPTIONS_INIT. Zero and NULL are the defaults. */
typedef struct fc_audit_data_options {
    size_t struct_size;
    const char *encoder; /**< as fc_snapshot_find_encoder() */
    const char *output;  /**< a vector; NULL: "pooled", else the first searchable */
    /** What is selected: parts with semicolons between, all of which must hold. NAME or NAME@N: a
     * data set. split=NAME. since=T and until=T: samples that came, as they are, with a data-set
     * version begun from T on, or before T (UTC, YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ). where=EXPR: a
     * filter; it takes all that follows. */
    const char *reference, *current;
    bool new_only;           /**< leave out of the current what the reference has as well */
    bool one_per_group;      /**< one content, drawn by seed, of each group of a data set */
    double alpha;            /**< of the verdict; 0: 0.05 */
    size_t sample;           /**< contents of each side; 0: 2000 */
    uint32_t n_permutations; /**< 0: 1000 */
    uint32_t n_components;   /**< 0: 10 */
    uint32_t n_unlike;       /**< samples to show; 0: 10 */
    uint64_t seed;
    uint64_t memory_bytes; /**< FC_E_LIMIT where the samples need more; 0: 1 GiB */
    uint32_t n_threads;    /**< 0: one a processor */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_audit_data_options;

#define FC_AUDIT_DATA_OPTIONS_INIT                                                               \
    {                                                                                            \
        sizeof(fc_audit_data_options), NULL, NULL, NULL, NULL, false, false, 0.0, 0, 0, 0, 0, 0, \
            0, 0, NULL, NULL, NULL                                                               \
    }

/** A test: its statistic with the mean and the 95 % quantile of its permutations. */
typedef struct fc_audit_test {
    double value, null_value, null_high;
    double p;      /**< (1 + permutations that reach the value) / (1 + permutations) */
    double p_holm; /**< corrected over its family: the four tests of the verdict; the components */
} fc_audit_test;

/** One principal component of both sides together. */
typedef struct fc_audit_component {
    double variance; /**< of both along it */
    double mean_reference, mean_current;
    fc_audit_test wasserstein; /**< in the units of the features */
    fc_audit_test psi;         /**< population stability index, tenths of the reference */
} fc_audit_component;

/** A sample of the current side that a classifier, fitted to others, takes for current. */
typedef struct fc_audit_unlike {
    fc_audit_sample sample;
    double score; /**< probability, both sides weighing alike */
} fc_audit_unlike;

typedef struct fc_audit_side {
    const char *selection;
    uint64_t contents;          /**< with an item of the output */
    uint64_t sampled;           /**< of them, compared */
    uint64_t without_direction; /**< drawn, but not finite: left out */
} fc_audit_side;

typedef struct fc_audit_data_report {
    const char *encoder, *fingerprint, *output;
    size_t dim;
    fc_audit_side reference, current;
    uint64_t shared; /**< contents of both, left out of the current with `new_only` */
    double alpha;
    uint32_t n_permutations;
    bool drift;           /**< one of the four corrected p-values is at most alpha */
    fc_audit_test mmd;    /**< squared maximum mean discrepancy, unbiased */
    fc_audit_test energy; /**< energy distance */
    fc_audit_measure auc; /**< of a classifier, on rows held out */
    double auc_p, auc_p_holm;
    double components_p, components_p_holm; /**< least of the components, corrected over them */
    double bandwidth;                       /**< of the kernel */
    const fc_audit_component *components;
    size_t n_components;
    const fc_audit_unlike *unlike; /**< most unlike first */
    size_t n_unlike;
    double seconds;
} fc_audit_data_report;

/**
 * Compare two selections.
 *
 * @param[out] out  the caller's, to release with fc_audit_data_destroy()
 * @retval FC_E_INVALID    a selection that cannot be read; fewer than 50 contents in one; both
 * share contents (the message says what to do); all features are one
 * @retval FC_E_NOT_FOUND  no such encoder or data set: the message says which there are
 * @retval FC_E_LIMIT      the samples need more memory than they may have
 * @retval FC_E_CANCELLED  asked to stop
 */
FC_API fc_status fc_audit_data(fc_audit_data_report **out, fc_store *store,
                               const fc_audit_data_options *opts, fc_error *err);
FC_API void fc_audit_data_destroy(fc_audit_data_report *report);

#ifdef __cplusplus
}
#endif

#endif /* FC_AUDIT_DATA_H */
