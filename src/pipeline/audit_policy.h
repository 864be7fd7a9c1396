/*
 * The policy of an audit of drift: which bounds a figure must keep for which verdict, and which
 * verdicts fail. A YAML file (schemas/policy.md) changes the built-in one section by section.
 *
 * What decides by itself is neighbours: they are what a search returns. CKA and the other global
 * figures are reported, and a policy may bound them, but the built-in one does not: they stay high
 * where neighbours are long lost (a cosine of .958 keeps .58 of the neighbours and a CKA of .94).
 */
#ifndef FC_AUDIT_POLICY_H
#define FC_AUDIT_POLICY_H

#include <featcache/audit.h>

#include "fc_buf.h"

typedef struct fc_drift_bound {
    fc_drift_figure figure;
    bool has_least, has_most;
    double least, most;
} fc_drift_bound;

typedef enum fc_policy_section {
    FC_POLICY_COMPATIBLE = 0, /* of all pairs */
    FC_POLICY_POSITIONS,      /* of positions, where there are some */
    FC_POLICY_GROUPS,         /* of each group that is not small */
    FC_POLICY_ADAPTER,        /* what an adapter must keep */
    FC_N_POLICY_SECTIONS
} fc_policy_section;

typedef struct fc_drift_policy {
    char name[64];
    bool by_value; /* judge by the value; else by the end of its interval that is worse */
    fc_drift_bound bounds[FC_N_POLICY_SECTIONS][FC_N_FIGURES];
    size_t n_bounds[FC_N_POLICY_SECTIONS];
    uint64_t small_group; /* pairs: groups of fewer are not judged */
    int fail_on;          /* the mildest verdict that fails; above all of them: none does */
} fc_drift_policy;

/* "compatible", "positions", "groups", "adapter". Static. */
const char *fc__policy_section_name(fc_policy_section section);
/* "adapter advised", "re-encode", "never". Static. */
const char *fc__policy_fail_on(const fc_drift_policy *p);

fc_drift_policy fc__policy_built_in(void);
/* FC_E_FORMAT with the first problem; `problems` (may be NULL) receives all, a line each. */
fc_status fc__policy_parse(fc_drift_policy *out, const char *yaml, size_t n, const char *origin,
                           fc_buf *problems, fc_error *err);
fc_status fc__policy_load(fc_drift_policy *out, const char *path, fc_buf *problems, fc_error *err);

#endif /* FC_AUDIT_POLICY_H */
