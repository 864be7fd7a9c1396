/**
 * @file featcache/eval.h
 * How well a space finds: for each query of one modality, where the first sample of its group
 * stands among those of another, with what chance gives and with intervals from draws of groups.
 * Groups that a fit has learnt from are refused, unless they are asked for.
 *
 * Threads: as the store; one evaluation belongs to one thread.
 */
#ifndef FC_SPACE_EVAL_H
#define FC_SPACE_EVAL_H

#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options; start from FC_SPACE_EVAL_OPTIONS_INIT. Zero and NULL are the defaults. */
typedef struct fc_space_eval_options {
    size_t struct_size;
    const char *space;    /**< "NAME" or "NAME@VERSION" */
    fc_modality from, to; /**< of the queries, and of what they look for */
    const char *dataset;  /**< "NAME" or "NAME@N"; NULL: that of the fit, else all */
    /** Whose groups are asked about: a split's name; "all". NULL: what the fit kept away ("test");
     * all where nothing was fitted. */
    const char *split;
    bool whole_gallery; /**< look among all samples of the data set, not among those of the split */
    /** Ask anew with so many splits of the groups, by hash: seeds split_seed, split_seed + 1, ... A
     * fitted space is fitted anew for each, with the options it was fitted with. 0: as the space
     * is. */
    uint32_t n_splits;
    uint64_t split_seed;
    double test_share; /**< with n_splits: of groups that are asked about; 0: the fit's, else 0.2 */
    const char *against;   /**< another space, for paired differences; NULL: none */
    uint32_t n_draws;      /**< of the bootstrap; 0: 2000 */
    uint64_t seed;         /**< of the draws */
    uint32_t n_threads;    /**< 0: one a processor */
    uint64_t memory_bytes; /**< of fits; 0: 1 GiB */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_space_eval_options;

#define FC_SPACE_EVAL_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(fc_space_eval_options), NULL, (fc_modality)0, (fc_modality)0, NULL, NULL, false, 0, \
            0, 0, NULL, 0, 0, 0, 0, NULL, NULL, NULL                                               \
    }

/** A measure with the ends of its 95 % interval. */
typedef struct fc_measured {
    double value, low, high;
} fc_measured;

/** recall at 1, 5 and 10: share of queries with a sample of their group among the first k; mean
 * reciprocal rank and median rank: of the first such sample. */
typedef struct fc_retrieval {
    fc_measured recall[3];
    fc_measured mrr, median_rank;
} fc_retrieval;

typedef struct fc_space_eval_split {
    uint64_t seed, queries, gallery;
    fc_retrieval of_space, of_against; /**< values only; low and high are 0 */
} fc_space_eval_split;

/** What was measured. Dispose of it with fc_space_eval_report_dispose(). */
typedef struct fc_space_eval_report {
    uint32_t version, against_version; /**< of the spaces */
    char split[64];                    /**< whose groups were asked about; with n_splits "" */
    bool seen;                         /**< the fit has learnt from them, and that was asked for */
    uint64_t queries; /**< over all splits: samples, once for each group of theirs */
    uint64_t groups;  /**< that they are of, each counted once */
    uint64_t gallery; /**< that they looked among: the mean over splits, rounded */
    uint64_t no_vector,
        no_relevant;         /**< queries left out: without a vector; with nothing to find */
    uint64_t known_contents; /**< queries whose content is also in a group that was learnt from */
    fc_retrieval of_space, chance; /**< chance: values only */
    fc_retrieval of_against,
        difference; /**< with `against`; the difference is of_space - of_against */
    size_t n_splits;
    fc_space_eval_split *splits; /**< with n_splits */
    double seconds;
} fc_space_eval_report;

/**
 * Evaluate a space.
 *
 * @retval FC_E_INVALID    the fit has learnt from groups that are asked about; no queries are left;
 *                         a modality that the space has not; the message says what to do
 * @retval FC_E_NOT_FOUND  no such space or data set: the message says which there are
 * @retval FC_E_CANCELLED  asked to stop
 */
FC_API fc_status fc_space_eval(fc_store *store, const fc_space_eval_options *opts,
                               fc_space_eval_report *report, fc_error *err);
FC_API void fc_space_eval_report_dispose(fc_space_eval_report *report);

#ifdef __cplusplus
}
#endif

#endif /* FC_SPACE_EVAL_H */
