/*
 * Second moments of paired rows x (n x p) and y (n x q), gathered in one pass: what linear CKA, the
 * orthogonal Procrustes distance and the spectra of both sides are computed from, however many
 * rows there were.
 *
 * Products are in double (of f32 rows), so that a residual of 1e-6 can still be told from none.
 * Memory: 8 (p^2 + q^2 + p q) bytes and little more, within `memory_bytes`.
 *
 * Threads: one at a time; products use n_threads of OpenBLAS.
 */
#ifndef FC_CROSS_MOMENTS_H
#define FC_CROSS_MOMENTS_H

#include "fc_pair_source.h"

typedef struct fc_cross_moments {
    size_t p, q; /* q 0: x alone */
    uint64_t n;
    double *xx, *yy, *xy;    /* sums of x x' (p x p, upper triangle),
                                y y' (q x q) and x y' (p x q) */
    double *x, *y;           /* sums of x (p) and y (q) */
    double *xx_x, *yy_x;     /* sums of |x|^2 x and |y|^2 x (p) */
    double *xx_y, *yy_y;     /* sums of |x|^2 y and |y|^2 y (q) */
    double xx1, yy1;         /* sums of |x|^2, |y|^2 */
    double xxxx, xxyy, yyyy; /* sums of |x|^4, |x|^2 |y|^2, |y|^4 */
    uint64_t n_refused;      /* pairs with an element that is not finite: left out */
    uint32_t n_threads;
    double *work; /* a tile of rows in double */
} fc_cross_moments;

#define FC_CROSS_MOMENTS_MEMORY (UINT64_C(1) << 30)

/* Begin. `memory_bytes`: 0 for 1 GiB; n_threads: 0 for 1. FC_E_LIMIT: more is needed, and how much;
 * FC_E_INVALID: p is 0. */
fc_status fc__cross_moments_init(fc_cross_moments *m, size_t p, size_t q, uint64_t memory_bytes,
                                 uint32_t n_threads, fc_error *err);
void fc__cross_moments_dispose(fc_cross_moments *m);
/* Bytes that p and q need. SIZE_MAX: too many to count. */
size_t fc__cross_moments_bytes(size_t p, size_t q);
/* Add a batch (its contents are not read; y is not when q is 0). A pair with an element that is not
 * finite is left out and counted. */
void fc__cross_moments_add(fc_cross_moments *m, const fc_pair_batch *batch);
/* Add those of other rows, of the same p and q: groups of rows are summed to the whole. */
void fc__cross_moments_merge(fc_cross_moments *m, const fc_cross_moments *other);
/* All pairs from where the source stands to its end. */
fc_status fc__cross_moments_read(fc_cross_moments *m, const fc_pair_source *source, fc_error *err);

/* Centred (or not) sums as whole matrices of the caller's, each of which may be NULL: sxx (p x p),
 * syy (q x q), sxy (p x q) = sum of (x - mean) (y - mean)'. */
void fc__cross_moments_whole(const fc_cross_moments *m, bool centred, double *sxx, double *syy,
                             double *sxy);

#endif /* FC_CROSS_MOMENTS_H */
