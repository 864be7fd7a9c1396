/*
 * The shape of a neighbourhood: its covariance, and the normal that is the direction in which it is
 * thinnest (Hoppe et al. 1992).
 *
 * Threads: stateless.
 */
#ifndef FC_NORMALS_H
#define FC_NORMALS_H

#include "fc_kdtree.h"

typedef struct fc_neighbourhood {
    double values[3];     /* of the covariance (over n, not n - 1), descending */
    double vectors[3][3]; /* vectors[2] is the normal, its sign that of fc__eigen3 */
} fc_neighbourhood;

/* Of points[index[0 .. k)]; k > 0. */
void fc__neighbourhood(const float *points, const uint32_t *index, size_t k, fc_neighbourhood *out);

/* Turn a normal at `point` away from the origin, where a centred shape has its inside; one across
 * keeps its sign. */
void fc__normal_outwards(double normal[3], const float point[3]);

/* Normals of all n points, out n x 3 of unit length, outwards, each from the k nearest points of
 * the tree over them. */
fc_status fc__normals_estimate(const fc_kdtree *tree, const float *points, size_t n, size_t k,
                               float *out, fc_error *err);

#endif /* FC_NORMALS_H */
