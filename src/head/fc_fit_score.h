/*
 * How well rows of one branch find their own group among rows of another. Not for other folders.
 */
#ifndef FC_FIT_SCORE_H
#define FC_FIT_SCORE_H

#include <featcache/types.h>

/* In words, for reports. */
#define FC_FIT_SCORE_WHAT "mean reciprocal rank among held-out groups, both ways"

/* The mean of 1 / rank of row i of b for row i of a, and the other way round, by cosine; n x dim
 * each, made unit vectors in place. Equal scores count half. *out in (0, 1]. `each`: NULL, or
 * receives what each of the n comes to, of which *out is the mean. */
fc_status fc__fit_score(float *a, float *b, size_t n, size_t dim, double *out, double *each,
                        fc_error *err);

#endif /* FC_FIT_SCORE_H */
