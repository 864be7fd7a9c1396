/*
 * Figures of neighbour lists, of a space and of random rows.
 */
#ifndef FC_AUDIT_SPACE_SHAPE_H
#define FC_AUDIT_SPACE_SHAPE_H

#include "audit_space_sums.h"
#include "fc_hubness.h"
#include "fc_intrinsic.h"

typedef struct fc_near_figures {
    double hubs, two_nn, mle;
} fc_near_figures;

/* `gallery`: lists->n_gallery contents, ascending. */
fc_status fc__space_near_figures(fc_near_figures *out, const fc_knn_lists *lists,
                                 const uint64_t *gallery, fc_hubness *hubness, fc_error *err);
/* The same of `n_rows` seeded random unit rows, some of them asked with; *rank: where it is 0, the
 * effective rank of the first `n_ranked`. */
fc_status fc__space_null_figures(const fc_space_audit_run *run, size_t n_ranked, size_t n_rows,
                                 double *rank, fc_near_figures *out, fc_error *err);

#endif /* FC_AUDIT_SPACE_SHAPE_H */
