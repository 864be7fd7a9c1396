/* The report of featcache audit drift, as JSON and as text. */
#ifndef AUDIT_DRIFT_H
#define AUDIT_DRIFT_H

#include "cli.h"

/* Print it as one line; CLI_OK or CLI_FAILED. @opts: as asked for. */
cli_exit audit_drift_json(const fc_audit_drift_report *r, const fc_audit_drift_options *opts);
void audit_drift_text(const fc_audit_drift_report *r);

#endif /* AUDIT_DRIFT_H */
