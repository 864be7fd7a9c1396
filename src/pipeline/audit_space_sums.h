/*
 * Sums over the sample of an audit of a space, by modality and by fold, so that those of any
 * modalities without any fold are put together out of them.
 *
 * Threads: one at a time.
 */
#ifndef FC_AUDIT_SPACE_SUMS_H
#define FC_AUDIT_SPACE_SUMS_H

#include "audit_space_run.h"
#include "fc_cross_moments.h"
#include "fc_measured.h"

#define FC_AUDIT_NO_FOLD FC_AUDIT_FOLDS

typedef struct fc_space_sums {
    const fc_space_audit_run *run;
    size_t n_folds; /* of the moments: FC_AUDIT_FOLDS; 1: not kept apart; 0: none at all */
    double *unit;   /* n_items x FC_AUDIT_FOLDS x dim: sums of unit rows */
    fc_cross_moments *moments; /* n_items x n_folds */
} fc_space_sums;

/* An item of the sample is of fold (its place) % FC_AUDIT_FOLDS. */
fc_status fc__space_sums_make(fc_space_sums *out, const fc_space_audit_run *run, fc_error *err);
void fc__space_sums_dispose(fc_space_sums *s);

/* Of the modalities in `mask` without fold `without` (FC_AUDIT_NO_FOLD: of all). */
fc_status fc__space_sums_cosine(const fc_space_sums *s, uint32_t mask, size_t without, double *out,
                                fc_error *err);
/* The length of the difference of two modalities' means. */
double fc__space_sums_gap(const fc_space_sums *s, size_t a, size_t b, size_t without);
/* NAN where all rows are one, or where there are no such sums. */
fc_status fc__space_sums_rank(const fc_space_sums *s, uint32_t mask, size_t without, double *out,
                              fc_error *err);

/* The 95 % interval of `value` by what it is without each fold (jackknife: Shao and Tu 1995,
 * section 2.3): NAN ends where one of them is NAN. */
fc_interval fc__jackknife(double value, const double without[FC_AUDIT_FOLDS]);

#endif /* FC_AUDIT_SPACE_SUMS_H */
