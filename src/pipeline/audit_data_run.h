/*
 * What the files of fc_audit_data() share: both sides' samples, and the report as it grows.
 */
#ifndef FC_AUDIT_DATA_RUN_H
#define FC_AUDIT_DATA_RUN_H

#include <featcache/audit_data.h>

#include "audit_owned.h"
#include "audit_selection.h"
#include "fc_kernel_tests.h"

/* One side: its contents, then those drawn, with their rows. */
typedef struct fc_data_side {
    const char *name; /* "reference", "current" */
    fc_selection selection;
    uint64_t *contents; /* n, ascending */
    size_t n;
    float *rows; /* n x dim, as they are stored */
} fc_data_side;

typedef struct fc_data_audit_result {
    fc_audit_data_report public; /* first: what the caller holds */
    fc_audit_owned owned;
} fc_data_audit_result;

typedef struct fc_data_audit_run {
    const fc_audit_data_options *opts; /* defaults filled in */
    fc_snapshot *snapshot;
    fc_picked picked;
    size_t dim;
    fc_data_side reference, current;
    fc_data_audit_result *out;
} fc_data_audit_run;

fc_status fc__data_audit_step(const fc_data_audit_run *run, const char *what, uint64_t done,
                              fc_error *err);
/* Both sides: selected, drawn, read. */
fc_status fc__data_audit_read(fc_data_audit_run *run, fc_error *err);
/* The tests, the components and the verdict. */
fc_status fc__data_audit_test(fc_data_audit_run *run, fc_error *err);
/* The samples that a classifier finds most unlike the reference. */
fc_status fc__data_audit_unlike(fc_data_audit_run *run, fc_error *err);

static inline fc_two_samples fc__data_audit_samples(const fc_data_audit_run *run)
{
    return (fc_two_samples){run->reference.rows, run->current.rows, run->reference.n,
                            run->current.n,      run->dim,          false};
}

#endif /* FC_AUDIT_DATA_RUN_H */
