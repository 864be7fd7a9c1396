/*
 * Ridge regression from sums: the penalty by cross-validation, and the map. Not for other folders.
 */
#ifndef FC_FIT_RIDGE_H
#define FC_FIT_RIDGE_H

#include "fc_fit_sums.h"

#define FC_RIDGE_PENALTIES 13

/* Penalties from 1e-4 to 1e2 times the mean variance, half a decade apart. */
double fc__ridge_penalty(size_t i);

/* What of the anchor is kept: a map of its centred vectors. */
typedef struct fc_ridge_basis {
    double *rows; /* dim x the anchor's; NULL: all as it is */
    size_t dim;   /* of the space */
} fc_ridge_basis;

/* What each penalty scores on held-out groups, and how many groups that were (0: none could be
 * scored). */
fc_status fc__ridge_scores(const fc_fit_sums *s, const fc_fit_options *opts, size_t branch,
                           size_t anchor, const fc_ridge_basis *basis,
                           double scores[FC_RIDGE_PENALTIES], size_t *n, fc_error *err);

/* Beside the sums, what the scores take. */
size_t fc__ridge_bytes(const fc_fit_layout *branch, const fc_fit_layout *anchor, size_t n_sample);

/* Standardised covariance of a branch (dim x dim), and with the anchor in its basis (dim x the
 * basis's), over all folds but `without`. Dispose of it in every case. */
typedef struct fc_ridge_system {
    fc_fit_standard standard, target; /* the anchor is centred, not scaled */
    double *within, *cross;
    double mean_variance; /* of the features that vary: penalties are relative to it */
} fc_ridge_system;

fc_status fc__ridge_system(fc_ridge_system *out, const fc_fit_sums *s, size_t branch, size_t anchor,
                           const fc_ridge_basis *basis, uint32_t without, fc_error *err);
void fc__ridge_system_dispose(fc_ridge_system *r);

/* The anchor's standard: means, and scales of 1. */
fc_status fc__ridge_target(fc_fit_standard *out, const fc_fit_sums *s, size_t anchor,
                           uint32_t without, fc_error *err);

#endif /* FC_FIT_RIDGE_H */
