/*
 * Fitting heads: from groups (samples of any modality that show the same thing) to one head a
 * branch, such that what belongs to one group lies close together in the space. A branch is what
 * one head embeds: a modality with its inputs.
 *
 *   ridge        every other branch onto the pooled vectors of an anchor branch, by weighted least
 *                squares with an L2 penalty (Hoerl and Kennard 1970); the anchor keeps its vectors
 *                but for their mean, which is taken off
 *   cca          regularised canonical correlations; of more than two branches by MAXVAR
 *                (Kettenring 1971), that is the leading eigenvectors of the sum of the regularised
 *                projections; components weighted by a power of their correlation
 *   contrastive  symmetric InfoNCE (Oord et al. 2018; Radford et al. 2021) over linear or attention
 *                heads, from cca on: Adam (Kingma and Ba 2015) until groups that are held out are
 *                found no better, then over all groups for as many epochs. Equal items are no
 *                negatives; of several items of a group each step takes one. Attention begins at
 *                the mean of the rows, is tried with Gaussian noise on items (Bishop 1995) and
 *                with rows left out (Srivastava et al. 2014), and stays where it began unless
 *                groups held out gain more than a standard error
 *
 * Same data, options and seed give the same heads, bit for bit with as many threads on the same
 * kind of processor: OpenBLAS sums in another order on others.
 *
 * Threads: one fit belongs to one thread; it uses n_threads inside.
 */
#ifndef FC_FIT_H
#define FC_FIT_H

#include "fc_head.h"

#define FC_FIT_BRANCHES_MAX 8

typedef struct fc_fit_input {
    uint32_t dim;       /* of a row */
    fc_pooling pooling; /* kind 0: mean where items have several rows (contrastive: attention) */
    bool is_vector;     /* every item has one row */
} fc_fit_input;

typedef struct fc_fit_branch {
    fc_modality modality;
    size_t n_inputs;
    fc_fit_input inputs[FC_HEAD_INPUTS_MAX];
} fc_fit_branch;

/* What a fit reads. Nothing of it is kept in memory by the fit beyond a batch; the callee caches.
 */
typedef struct fc_fit_data {
    void *self;
    size_t n_branches;
    fc_fit_branch branches[FC_FIT_BRANCHES_MAX];
    size_t n_groups;      /* those to learn from */
    const uint64_t *keys; /* n_groups: a hash of each group's name, unique; folds go by it */
    /* How many items the group has of a branch; 0: none. Groups with fewer than two branches are
     * not in the data. */
    size_t (*n_items)(void *self, size_t group, size_t branch);
    /* Item `index` of a group and branch: items[n_inputs], valid until the next call. rows NULL for
     * an input that this content lacks; at least one is there. */
    fc_status (*item)(void *self, size_t group, size_t branch, size_t index, fc_head_item *items,
                      fc_error *err);
} fc_fit_data;

typedef enum fc_fit_method {
    FC_FIT_RIDGE = 1,
    FC_FIT_CCA = 2,
    FC_FIT_CONTRASTIVE = 3
} fc_fit_method;

/* Zero means the default everywhere. An option that the method does not read is refused. */
typedef struct fc_fit_options {
    fc_fit_method method;
    uint32_t dim;         /* wanted; 0: 1024. Less where the anchor or the rank is less */
    int32_t anchor;       /* ridge: branch + 1; 0: text where there is one, else the last */
    double penalty;       /* ridge, cca: relative to the mean variance; 0: by cross-validation */
    bool whiten;          /* ridge: the anchor's directions are made equally wide (PCA whitening) */
    uint32_t folds;       /* over groups; 0: 5 */
    uint64_t seed;        /* of folds, batches and initial values */
    fc_fuse fuse;         /* of branches with several inputs; 0: sum of ridge and cca, which know no
                             other, attention of contrastive */
    uint32_t n_queries;   /* of attention pooling; 0: 4 */
    uint32_t epochs;      /* contrastive: at most; 0: 200 */
    uint32_t batch;       /* groups a step; 0: 256 */
    double learning_rate; /* contrastive: a step, relative to the natural size of a parameter, which
                             is 1 / sqrt(inputs summed); 0: 0.005 */
    double weight_decay;  /* contrastive: decoupled (Loshchilov and Hutter 2019), of weights; 0:
                             0.01,  negative: none */
    double temperature;   /* initial; 0: 0.07 */
    bool fixed_temperature;
    uint32_t patience;       /* epochs without a better validation score; 0: 10 */
    double validation_share; /* of groups; 0: 0.1 */
    uint32_t n_threads;      /* 0: 1 */
    uint64_t memory_bytes;   /* for moments, factors and a batch; 0: 1 GiB. FC_E_LIMIT above */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_fit_options;

typedef struct fc_fit_report {
    uint32_t dim;       /* of the space */
    char dim_why[96];   /* "the anchor's", "the rank of the data", "as asked", ... */
    uint64_t n_groups;  /* learnt from */
    uint64_t n_items;   /* in them */
    uint64_t n_skipped; /* items left out: zero or not finite */
    double seconds;
    char *tried_json; /* what was tried and what it scored: a JSON object, to be stored with the
                         heads; the caller frees it. "method", "score" (what it is), "tried" (a list
                         of choices, each with its "score"), "chosen" */
} fc_fit_report;

#define FC_FIT_GROUPS_LEAST 20

/* Fit. heads[n_branches] are the caller's to dispose, also after a failure. FC_E_INVALID: fewer
 * than FC_FIT_GROUPS_LEAST groups, a branch without items, a method that cannot do what is asked
 * (the message says the way out); FC_E_FORMAT: not finite; FC_E_LIMIT; FC_E_CANCELLED. Constant
 * features get weight zero; equal vectors are allowed. */
fc_status fc__fit(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                  fc_fit_report *report, fc_error *err);

/* One method each; data and options are checked and their defaults filled in. */
fc_status fc__fit_ridge(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                        fc_fit_report *report, fc_error *err);
fc_status fc__fit_cca(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                      fc_fit_report *report, fc_error *err);
fc_status fc__fit_contrastive(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                              fc_fit_report *report, fc_error *err);

/* The fold (0 to folds - 1) of a group: by its key and the seed alone, so that it does not depend
 * on what else there is. */
uint32_t fc__fit_fold(uint64_t key, uint64_t seed, uint32_t folds);

#endif /* FC_FIT_H */
