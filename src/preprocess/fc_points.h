/*
 * Points in place: to the centre, to the unit sphere, the right way up. Points are n x 3 f32.
 *
 * Threads: stateless. Sums run in double in the order of the points, so the bits are the same on
 * every machine.
 */
#ifndef FC_POINTS_H
#define FC_POINTS_H

#include <featcache/types.h>

typedef enum fc_centre {
    FC_CENTRE_MEAN, /* of the points */
    FC_CENTRE_BOX   /* the middle of their bounding box */
} fc_centre;

/* Which direction of the source is up. */
typedef enum fc_up { FC_UP_X, FC_UP_Y, FC_UP_Z, FC_UP_MINUS_X, FC_UP_MINUS_Y, FC_UP_MINUS_Z } fc_up;

/* Subtract the centre, then divide by the largest distance from it: PointNet's preparation (Qi et
 * al. 2017) with the mean. FC_E_FORMAT when all points are the same: there is no size to scale. */
fc_status fc__points_to_unit_sphere(float *points, size_t n, fc_centre centre, fc_error *err);

/* Turn (no mirror) so that `up` becomes +z; right for normals as well. */
void fc__points_turn_up(float *points, size_t n, fc_up up);

/* Choose k of n points with equal chance, in their order; all of them when k >= n. Returns how many
 * stand in `points` now. */
size_t fc__points_subset(float *points, size_t n, size_t k, uint64_t seed);

#endif /* FC_POINTS_H */
