/*
 * Figures of the page of an audit of drift (audit_page.c).
 */
#ifndef FC_AUDIT_PAGE_PARTS_H
#define FC_AUDIT_PAGE_PARTS_H

#include <featcache/audit.h>

#include "fc_page_plot.h"

/* Distributions, the curve of neighbours in common, and both versions in two dimensions. */
void fc__drift_page_plots(fc_page *page, const fc_audit_drift_report *r);
/* Each figure that lies between 0 and 1 on a line, beside its null value. */
void fc__drift_page_measures(fc_page *page, const fc_drift_view *v);

#endif /* FC_AUDIT_PAGE_PARTS_H */
