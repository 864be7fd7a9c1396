/* The audits, one audit_<name>.c each: subcommands of `featcache audit` (cmd_audit.c). */
#ifndef AUDIT_H
#define AUDIT_H

#include "cli.h"

cli_exit audit_canary(int argc, char **argv);
cli_exit audit_data(int argc, char **argv);
cli_exit audit_diff(int argc, char **argv);
cli_exit audit_drift(int argc, char **argv);
cli_exit audit_space(int argc, char **argv);
cli_exit audit_storage(int argc, char **argv);

#endif /* AUDIT_H */
