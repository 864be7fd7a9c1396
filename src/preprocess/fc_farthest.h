/*
 * Farthest-point sampling: k points of which each next is the farthest from all before it
 * (Gonzalez 1985; Eldar et al. 1997). Exact; O(n k).
 *
 * Threads: stateless.
 */
#ifndef FC_FARTHEST_H
#define FC_FARTHEST_H

#include <featcache/types.h>

/* The order into index[0 .. k), beginning with `start`; of equally far points the first. k <= n; n
 * doubles of scratch. Distances in double, in a fixed order: the same everywhere. */
void fc__farthest_points(const float *points, size_t n, size_t start, size_t k, uint32_t *index,
                         double *scratch);

/* The point farthest from their mean, the first of equals: a start that does not depend on how the
 * points are numbered. n > 0. */
size_t fc__farthest_from_mean(const float *points, size_t n);

#endif /* FC_FARTHEST_H */
