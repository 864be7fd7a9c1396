/*
 * Orthogonal Procrustes (Schoenemann 1966): the turn, reflections included, that brings paired rows
 * X (n x p) nearest to Y (n x q).
 *
 *     X'Y = U S V'       W = V U'       W minimises |X W' - Y|_F among matrices of orthonormal
 *                                       columns (p <= q) or rows (p >= q)
 *
 * Where p and q differ, that is the turn of the narrower side padded with zeros, without the rows
 * or columns that meet zeros alone. Its residual over |Y| is then
 *
 *     sqrt(|X|^2 + |Y|^2 - 2 trace(S)) / |Y|
 *
 * Only sums of products are needed, so X and Y may be streamed: from sums over raw rows it is the
 * turn about the origin; from sums of centred rows, X'Y - n mean_x mean_y', about the means (then
 * |X|^2 and |Y|^2 are of centred rows, too).
 *
 * Threads: as OpenBLAS.
 */
#ifndef FC_PROCRUSTES_H
#define FC_PROCRUSTES_H

#include <featcache/types.h>

/* W (q x p, row-major, so that y is about W x) from `cross` = X'Y (p x q, row-major, overwritten).
 * *trace: NULL, or the sum of the singular values. Where X'Y has no full rank the turn is free in
 * what is left over, and is still orthogonal. FC_E_FORMAT: not finite; FC_E_LIMIT: p or q above
 * 30,000; FC_E_NOMEM. */
fc_status fc__procrustes(double *cross, size_t p, size_t q, double *w, double *trace,
                         fc_error *err);

/* The residual over |Y|_F, padded where the widths differ: 0 where the turn is exact. `x2`, `y2`:
 * |X|_F^2 and |Y|_F^2. NaN where Y is zero. */
double fc__procrustes_residual(double x2, double y2, double trace);

#endif /* FC_PROCRUSTES_H */
