/*
 * The training of heads by contrast, epoch by epoch. Not for other folders.
 */
#ifndef FC_CONTRAST_TRAIN_H
#define FC_CONTRAST_TRAIN_H

#include "fc_contrast.h"
#include "fc_fit_score.h"

#define FC_CONTRAST_SCORE_WHAT FC_FIT_SCORE_WHAT

/* Groups to validate by. */
typedef struct fc_contrast_held {
    const fc_fit_data *data;
    const size_t *groups;
    size_t n;
} fc_contrast_held;

/* What training may do. */
typedef struct fc_contrast_plan {
    uint32_t epochs;    /* at most */
    double noise, drop; /* of fc_contrast_reading */
} fc_contrast_plan;

/* How training went. */
typedef struct fc_contrast_course {
    fc_contrast_plan plan;
    double *loss;      /* [1 .. n_epochs]: the mean over an epoch's batches */
    double *score;     /* [0 .. n_epochs]: of what is held out, after so many epochs */
    size_t n_epochs;   /* that were run */
    size_t best;       /* the epoch with the best score, whose weights are kept */
    double gain;       /* of the best epoch over the start, in score, over the groups held out */
    double gain_error; /* its standard error, paired by group */
    double rate, decay, temperature;
} fc_contrast_course;

void fc__contrast_course_dispose(fc_contrast_course *c);

/* Train `heads`, which hold starting values, on all groups of the data. With `held`: until its
 * score has not risen for opts->patience epochs; the heads of the best epoch, which may be the
 * start, are kept. Without: for all epochs of the plan. FC_E_FORMAT: the loss is not finite;
 * FC_E_LIMIT; FC_E_CANCELLED. */
fc_status fc__contrast_train(const fc_fit_data *data, const fc_fit_options *opts,
                             const fc_contrast_held *held, const fc_contrast_plan *plan,
                             fc_head *heads, fc_contrast_course *course, fc_error *err);

#endif /* FC_CONTRAST_TRAIN_H */
