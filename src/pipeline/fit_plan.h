/*
 * What a fit is to map: encoders as a user names them, gathered into one branch a modality.
 */
#ifndef FC_FIT_PLAN_H
#define FC_FIT_PLAN_H

#include <featcache/fit.h>

#include "fc_fit.h"
#include "fc_store_space.h"
#include "search_pick.h"

typedef struct fc_fit_plan {
    size_t n_branches;
    fc_fit_branch branches[FC_FIT_BRANCHES_MAX];
    fc_picked picked[FC_FIT_BRANCHES_MAX][FC_HEAD_INPUTS_MAX];
    fc_fit_options fit; /* in numbers; progress and memory are the caller's to set */
} fc_fit_plan;

/* Parse the options and find what they name. FC_E_INVALID, FC_E_NOT_FOUND with what there is. */
fc_status fc__fit_plan_make(fc_fit_plan *out, fc_snapshot *s, const fc_space_fit_options *opts,
                            fc_error *err);
/* The row of the space that the plan's heads make, but for name and heads; dispose of it. */
fc_status fc__fit_plan_row(const fc_fit_plan *plan, fc_space_row *row, fc_error *err);
/* One more member of a row: what the output is of, with its card. */
fc_status fc__space_row_add(fc_space_row *row, const fc_picked *p, size_t branch, fc_error *err);

#endif /* FC_FIT_PLAN_H */
