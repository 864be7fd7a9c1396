/*
 * Rows of two modalities that are of one group, side by side: what classifiers must not see apart.
 */
#ifndef FC_AUDIT_SPACE_PAIRS_H
#define FC_AUDIT_SPACE_PAIRS_H

#include "audit_space_run.h"

typedef struct fc_space_pairs {
    float *x, *y; /* n x dim: of the sample of items[a] and of items[b] */
    size_t n;
} fc_space_pairs;

/* The groups that pairs are made by; none is an answer. Dispose of them. */
fc_status fc__space_pairs_groups(const fc_space_audit_run *run, fc_space_groups *out,
                                 fc_error *err);
/* A pair of each group that has sampled items of both, each item once. Dispose also after a
 * failure. */
fc_status fc__space_pairs_make(fc_space_pairs *out, const fc_space_audit_run *run,
                               const fc_space_groups *groups, size_t a, size_t b, fc_error *err);
void fc__space_pairs_dispose(fc_space_pairs *p);

#endif /* FC_AUDIT_SPACE_PAIRS_H */
