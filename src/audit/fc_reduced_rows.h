/*
 * Rows brought to fewer dimensions by principal components, so that their neighbours can be
 * compared with those of the whole rows: what an index of kind PCA<d> scans. Distances stay as far
 * as the components left out allow, for the rows are centred (Pearson 1901); inner products do not,
 * so nearest is by distance.
 *
 * Threads: plain data; products and eigenvectors use OpenBLAS's threads.
 */
#ifndef FC_REDUCED_ROWS_H
#define FC_REDUCED_ROWS_H

#include <featcache/types.h>

/* More dimensions take minutes for the eigenvectors: FC_E_LIMIT. */
#define FC_REDUCED_DIM_MAX 1536u

typedef struct fc_components_basis {
    size_t dim;
    double *mean;   /* dim */
    double *basis;  /* dim x dim: components as rows, the widest first */
    double *widths; /* dim: variance along each */
} fc_components_basis;

/* Of n rows (n x dim). FC_E_INVALID: fewer than two; FC_E_FORMAT: not finite. */
fc_status fc__basis_fit(fc_components_basis *out, const float *rows, size_t n, size_t dim,
                        fc_error *err);
void fc__basis_dispose(fc_components_basis *b);

/* Rows along the first `to` components, with one number more: a dot product of what is asked (1
 * behind the row) with what is stored (minus half its squared length) is a distance upside down,
 * so that what looks for large dot products finds the nearest. Both n x (to + 1). */
fc_status fc__basis_reduce(const fc_components_basis *b, const float *rows, size_t n, size_t to,
                           float *stored, float *asked, fc_error *err);

#endif /* FC_REDUCED_ROWS_H */
