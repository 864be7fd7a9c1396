/*
 * `featcache audit space`: its report as JSON and as text.
 */
#ifndef AUDIT_SPACE_H
#define AUDIT_SPACE_H

#include <featcache/audit_space.h>

#include "cli.h"

cli_exit audit_space_json(const fc_audit_space_report *r);
void audit_space_text(const fc_audit_space_report *r);

#endif /* AUDIT_SPACE_H */
