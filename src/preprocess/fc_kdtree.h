/*
 * Nearest neighbours among points: a k-d tree, exact.
 *
 * Threads: a tree is immutable after creation; any number may ask it.
 */
#ifndef FC_KDTREE_H
#define FC_KDTREE_H

#include <featcache/types.h>

typedef struct fc_kdtree fc_kdtree;

/* A tree over n x 3 points, copied; n below 2^32. */
fc_status fc__kdtree_create(fc_kdtree **out, const float *points, size_t n, fc_error *err);
void fc__kdtree_destroy(fc_kdtree *t);

/* The k nearest of q, nearest first and of equals the lower number; returns how many: min(k, n).
 * `square` receives the squared distances. A point of the tree finds itself first, unless one of a
 * lower number lies on it. */
size_t fc__kdtree_nearest(const fc_kdtree *t, const float q[3], size_t k, uint32_t *index,
                          double *square);

#endif /* FC_KDTREE_H */
