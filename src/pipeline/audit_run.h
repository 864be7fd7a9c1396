/*
 * What the files of fc_audit_drift() share: the views, the groups, and the report while it is put
 * together.
 */
#ifndef FC_AUDIT_RUN_H
#define FC_AUDIT_RUN_H

#include "audit_groups.h"
#include "audit_policy.h"
#include "audit_view.h"
#include "search_result.h"

typedef struct fc_drift_run {
    fc_audit_drift_options opts; /* defaults filled in */
    fc_snapshot *snapshot;
    fc_live_filter filter;
    fc_filter *where;
    fc_drift_policy policy;
    fc_audit_pairs pairs;
    fc_audit_groups groups;
    fc_drift_state overall, positions;
    fc_audit_drift_report *report;
    fc_result_builder *own; /* of the report's strings, blocks and samples */
} fc_drift_run;

/* A block that lives as long as the report; zeroed. NULL: no memory. */
void *fc__drift_own(fc_drift_run *r, size_t n, size_t size);

/* report->groups, by the values that the overall view has. */
fc_status fc__drift_groups(fc_drift_run *r, fc_error *err);
/* report->moved. */
fc_status fc__drift_moved(fc_drift_run *r, fc_error *err);
/* report->curve. */
fc_status fc__drift_curve(fc_drift_run *r, fc_error *err);
/* report->changes: what of card and provenance differs. */
fc_status fc__drift_changes(fc_drift_run *r, fc_error *err);
/* report->cosines and points, for figures. */
fc_status fc__drift_plots(fc_drift_run *r, fc_error *err);
/* Verdict, reason and checks. */
fc_status fc__drift_judge(fc_drift_run *r, fc_error *err);

#endif /* FC_AUDIT_RUN_H */
