/**
 * @file featcache/fit.h
 * Fitting spaces: heads that map cached features of several encoders into one space, where cosine
 * compares samples of different modalities. Learns from groups (samples that show the same thing),
 * out of the cache alone; nothing is encoded again.
 *
 * Threads: one fit of a store at a time in a process; others may read meanwhile.
 */
#ifndef FC_SPACE_FIT_H
#define FC_SPACE_FIT_H

#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options; start from FC_SPACE_FIT_OPTIONS_INIT. Zero and NULL are the defaults. */
typedef struct fc_space_fit_options {
    size_t struct_size;
    const char *space; /**< its name; a space of that name gets a new version */
    /** What is mapped: "ENCODER[:OUTPUT][=POOLING]", ENCODER as fc_snapshot_find_encoder(). OUTPUT:
     * "pooled" where there is one, else the first vector. POOLING (of maps and sequences): none,
     * mean, max, mean+max, cls, last, gem, attention, with ":skip=N", ":skip-last=N", ":p=P",
     * ":queries=N". Several of one modality are fused into one head. */
    const char *const *encoders;
    size_t n_encoders;
    const char *dataset; /**< "NAME" or "NAME@N"; NULL: all */
    const char *split;   /**< whose groups are learnt from; NULL: "train" */
    /** Where no sample names a split, this share of the groups (by a hash of their names and
     * split_seed) is kept for featcache eval; 0: 0.2, unless keep_none is set. */
    double test_share;
    uint64_t split_seed;
    bool ignore_splits; /**< by the hash even where samples name splits */
    const char *method; /**< "ridge", "cca", "contrastive"; NULL: FC_SPACE_FIT_METHOD */
    const char *anchor; /**< ridge: the encoder whose vectors are mapped to; NULL: a text's */
    uint32_t dim;       /**< 0: 1024, or less where the anchor or the rank is less */
    double penalty;     /**< 0: by cross-validation over groups */
    const char *fuse;   /**< of several encoders of a modality: "sum", "mix", "attention" */
    uint32_t folds, epochs, batch, patience;
    double learning_rate, weight_decay, temperature;
    uint64_t seed;         /**< of folds, batches and initial values */
    uint32_t n_threads;    /**< 0: one a processor */
    uint64_t memory_bytes; /**< 0: 1 GiB */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
    bool whiten;    /**< ridge: the anchor's principal directions are made equally wide */
    bool keep_none; /**< where no sample names a split, learn from all groups; no test_share */
} fc_space_fit_options;

#define FC_SPACE_FIT_METHOD "cca"

#define FC_SPACE_FIT_OPTIONS_INIT                                                               \
    {                                                                                           \
        sizeof(fc_space_fit_options), NULL, NULL, 0, NULL, NULL, 0, 0, false, NULL, NULL, 0, 0, \
            NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, false, false                  \
    }

/** What a fit came to. Strings belong to the report; fc_space_fit_report_dispose() frees them. */
typedef struct fc_space_fit_report {
    uint32_t version; /**< of the space */
    bool changed;     /**< false: the newest version has these heads already */
    uint32_t dim;
    char dim_why[96];
    char method[16];
    uint64_t n_groups;   /**< learnt from */
    uint64_t n_items;    /**< in them */
    uint64_t n_test;     /**< groups kept away */
    uint64_t n_unpaired; /**< groups that have samples of one modality only */
    uint64_t n_mixed;    /**< groups whose samples name several splits: left out */
    uint64_t n_skipped;  /**< items that are zero or not finite */
    bool by_name;        /**< sides go by the samples' splits */
    double seconds;
    char *tried_json; /**< hyperparameters that were tried, and their scores */
} fc_space_fit_report;

/**
 * Fit a space and store it as the newest version of its name.
 * @retval FC_E_INVALID    too few groups (the message says how many there are, and why), one
 *                         modality only, a method that does not fit the options
 * @retval FC_E_NOT_FOUND  no such encoder, output or data set: the message says what there is
 * @retval FC_E_FORMAT     features that are not finite
 * @retval FC_E_LIMIT      over memory_bytes: the message says what is needed
 * @retval FC_E_CANCELLED  asked to stop; nothing is stored
 */
FC_API fc_status fc_space_fit(fc_store *store, const fc_space_fit_options *opts,
                              fc_space_fit_report *report, fc_error *err);
FC_API void fc_space_fit_report_dispose(fc_space_fit_report *report);

#ifdef __cplusplus
}
#endif

#endif /* FC_SPACE_FIT_H */
