/*
 * One fit over a store: groups of one side of a split to heads, without storing them. What
 * fc_space_fit() stores, and what `eval --splits` fits anew for each split.
 */
#ifndef FC_FIT_RUN_H
#define FC_FIT_RUN_H

#include "fit_plan.h"
#include "space_artefact.h"
#include "space_groups.h"

typedef struct fc_fitted {
    fc_fit_plan plan;
    fc_head heads[FC_FIT_BRANCHES_MAX]; /* plan.n_branches */
    fc_fit_report report;
    uint64_t *seen; /* keys of the groups learnt from, ascending */
    size_t n_seen;
    size_t n_unpaired;
} fc_fitted;

/* Fit what `opts` says to the train side of `groups`. Dispose also after a failure. */
fc_status fc__fit_run(fc_fitted *out, fc_snapshot *s, const fc_space_groups *groups,
                      const fc_space_fit_options *opts, fc_error *err);
void fc__fitted_dispose(fc_fitted *f);

/* The row and artefacts (heads, then the record; *n of them) of a space that a fit made, to be put.
 * The caller frees: fc_buf_dispose() each, fc__space_row_dispose(). */
fc_status fc__fitted_row(const fc_fitted *f, const fc_space_fit_options *opts, fc_space_row *row,
                         fc_buf artefacts[FC_SPACE_MEMBERS_MAX + 1], size_t *n, fc_error *err);

#endif /* FC_FIT_RUN_H */
