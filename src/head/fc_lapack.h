/*
 * The few routines of LAPACK that fitting needs, out of OpenBLAS: its Fortran names are called as
 * they are, since the C interface (LAPACKE) would load three more libraries at every start of the
 * program.
 *
 * Threads: as OpenBLAS; the caller sets how many it uses.
 */
#ifndef FC_LAPACK_H
#define FC_LAPACK_H

#include <featcache/types.h>

/* Eigenvalues of the symmetric n x n `a`, ascending, into `values`; eigenvector i becomes row i of
 * `a`. FC_E_FORMAT: not finite; FC_E_LIMIT: n above 30,000. */
fc_status fc__eigen_f32(float *a, size_t n, float *values, fc_error *err);
fc_status fc__eigen_f64(double *a, size_t n, double *values, fc_error *err);

/* Singular value decomposition of the m x n row-major `a` (overwritten): a = U diag(values) V',
 * with r = min(m, n) values, descending; u is m x r, vt is r x n, both row-major; either may be
 * NULL together with the other: values alone. FC_E_FORMAT: not finite; FC_E_LIMIT: m or n above
 * 30,000.
 */
fc_status fc__svd_f64(double *a, size_t m, size_t n, double *values, double *u, double *vt,
                      fc_error *err);

/* Solve S W = B for the symmetric positive definite S (n x n, row-major, overwritten by its
 * factor): W takes the place of B (n x wide, row-major). False: S is not positive definite. */
bool fc__solve_positive(double *s, size_t n, double *b, size_t wide);

#endif /* FC_LAPACK_H */
