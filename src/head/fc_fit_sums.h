/*
 * What ridge and CCA know of the data: sums of products, by fold, gathered in one reading, and some
 * rows of each fold to score with. Memory does not grow with the data. Not for other folders.
 *
 * A group counts once: an item of a group with n items of its branch weighs 1 / n (one that is left
 * out takes its share with it). All sums are in double, of products of doubles.
 */
#ifndef FC_FIT_SUMS_H
#define FC_FIT_SUMS_H

#include "fc_fit_rows.h"

#define FC_FIT_FOLDS_MAX 20

/* Rows of groups that are scored, the same places in each branch. */
typedef struct fc_fit_sample {
    size_t n;                         /* groups */
    size_t *groups;                   /* their numbers, ascending */
    uint32_t *fold;                   /* n */
    float *rows[FC_FIT_BRANCHES_MAX]; /* n x width */
    bool *there[FC_FIT_BRANCHES_MAX]; /* n */
} fc_fit_sample;

typedef struct fc_fit_plan {
    uint32_t folds;                 /* 1: nothing is held out, and nothing sampled */
    size_t n_sample;                /* groups of a fold to score with, about */
    bool unit[FC_FIT_BRANCHES_MAX]; /* pooled vectors are made unit vectors */
    int anchor; /* its group rows are unit means, only groups that have it count; -1: none */
    bool pair[FC_FIT_BRANCHES_MAX][FC_FIT_BRANCHES_MAX]; /* [a][b], a < b: products wanted */
    /* Products between branches weigh 1 / the branches that the group has items of; `shared` is
     * gathered, too. */
    bool by_branches;
} fc_fit_plan;

typedef struct fc_fit_sums {
    size_t n_branches;
    uint32_t folds;
    fc_fit_layout layout[FC_FIT_BRANCHES_MAX];
    fc_fit_plan plan;
    /* [b][fold]: width x width, upper triangle of the sum of w x x^T (anchor: of unit means) */
    double *within[FC_FIT_BRANCHES_MAX][FC_FIT_FOLDS_MAX];
    /* [a][b][fold], a < b: width_a x width_b, sum over groups of mean_a mean_b^T; NULL: not wanted
     */
    double *cross[FC_FIT_BRANCHES_MAX][FC_FIT_BRANCHES_MAX][FC_FIT_FOLDS_MAX];
    /* As `within`, by the weights of `cross`; NULL: not wanted */
    double *shared[FC_FIT_BRANCHES_MAX][FC_FIT_FOLDS_MAX];
    /* [a][b][fold], a < b: groups that have both */
    double n_pairs[FC_FIT_BRANCHES_MAX][FC_FIT_BRANCHES_MAX][FC_FIT_FOLDS_MAX];
    uint64_t n_groups[FC_FIT_BRANCHES_MAX]; /* that had an item which was taken */
    uint64_t n_items, n_skipped;
    fc_fit_sample sample;
} fc_fit_sums;

/* Read all groups. FC_E_LIMIT: they need more than opts->memory_bytes, and how much; also what the
 * data's own functions return, FC_E_CANCELLED. Dispose of *out in every case. `extra_bytes` is what
 * the caller will need beside the sums. */
fc_status fc__fit_sums_read(fc_fit_sums *out, const fc_fit_data *data, const fc_fit_options *opts,
                            const fc_fit_plan *plan, size_t extra_bytes, fc_error *err);
void fc__fit_sums_dispose(fc_fit_sums *s);

/* Mean and 1 / standard deviation of each column of a branch, over all folds but `without` (folds:
 * over all). Columns that say what is there have mean 0 and scale 0; scale is 0 where a feature is
 * constant, too. */
typedef struct fc_fit_standard {
    double *mean, *scale; /* layout width */
    double weight;        /* groups' worth of items */
} fc_fit_standard;

fc_status fc__fit_standard(fc_fit_standard *out, const fc_fit_sums *s, size_t branch,
                           uint32_t without, fc_error *err);
void fc__fit_standard_dispose(fc_fit_standard *s);

/* Covariance of standardised features, dim x dim, whole: the inputs without the columns that say
 * what is there, missing ones at their mean. */
fc_status fc__fit_within(double *out, const fc_fit_sums *s, size_t branch, uint32_t without,
                         const fc_fit_standard *standard, fc_error *err);
/* The same of the sums by the weights of products between branches; *mean_weight receives the mean
 * of these weights over the groups that have the branch. */
fc_status fc__fit_shared(double *out, const fc_fit_sums *s, size_t branch, uint32_t without,
                         const fc_fit_standard *standard, double *mean_weight, fc_error *err);
/* The same between two branches, dim_a x dim_b, divided by `weight`. */
fc_status fc__fit_cross(double *out, const fc_fit_sums *s, size_t a, size_t b, uint32_t without,
                        const fc_fit_standard *standard_a, const fc_fit_standard *standard_b,
                        double weight, fc_error *err);

/* Groups that have both of two branches, a < b, of all folds but `without`. */
double fc__fit_pairs(const fc_fit_sums *s, size_t a, size_t b, uint32_t without);

/* Groups of the largest fold's sample. */
size_t fc__fit_sample_most(const fc_fit_sums *s);
/* The rows of a fold's sample that both branches have, standardised, dims without the columns that
 * say what is there: to out_a and out_b (NULL: not wanted), room for fc__fit_sample_most(). Returns
 * how many. */
size_t fc__fit_sample_pairs(const fc_fit_sums *s, uint32_t fold, size_t a, size_t b,
                            const fc_fit_standard *standard_a, const fc_fit_standard *standard_b,
                            float *out_a, float *out_b);

/* All rows of a fold's sample of one branch, standardised, and which are there (zeros where not).
 * Returns how many groups; the same places in every branch. */
size_t fc__fit_sample_rows(const fc_fit_sums *s, uint32_t fold, size_t branch,
                           const fc_fit_standard *standard, float *out, bool *there);

#endif /* FC_FIT_SUMS_H */
