/*
 * What ridge and CCA have in common: heads out of linear maps, and the
 * report of what was tried. Matrices are row-major. Not for other folders.
 */
#ifndef FC_FIT_LINEAR_H
#define FC_FIT_LINEAR_H

#include "fc_fit_sums.h"
#include "fc_json.h"
#include "fc_lapack.h"

/* Groups of a fold that are scored, about: ranks among so many tell penalties apart. */
#define FC_FIT_SAMPLE_DEFAULT 500

/* A linear map over the standardised row of a branch as a head: `weight` is dim x layout dim,
 * `bias` dim or NULL, both in double. Several inputs are fused by sum. On failure the head is
 * empty. */
fc_status fc__fit_linear_head(fc_head *out, const fc_fit_branch *branch, const fc_fit_layout *l,
                              bool unit, const fc_fit_standard *standard, const double *weight,
                              const double *bias, uint32_t dim, fc_error *err);

/* Number of samples a fold that may be kept within an eighth of the memory. */
size_t fc__fit_sample_size(const fc_fit_data *data, const fc_fit_options *opts);

/* What the sums of every branch must have: enough groups, and features that vary. FC_E_INVALID. */
fc_status fc__fit_check_sums(const fc_fit_sums *s, const fc_fit_data *data, fc_error *err);

fc_status fc__fit_cancelled(const fc_fit_options *opts, fc_error *err);

/* The JSON text into report->tried_json; `out` is disposed of. */
fc_status fc__fit_tried(fc_fit_report *report, fc_json *j, fc_buf *out, fc_error *err);

#endif /* FC_FIT_LINEAR_H */
