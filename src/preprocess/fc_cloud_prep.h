/*
 * From the bytes of a point cloud or mesh to the points that an encoder sees.
 *
 * Threads: stateless.
 */
#ifndef FC_CLOUD_PREP_H
#define FC_CLOUD_PREP_H

#include "fc_limits.h"
#include "fc_points.h"

typedef struct fc_cloud_rule {
    uint32_t n_points;
    fc_up up;
    fc_centre centre;
    uint64_t seed;
    bool corners_only; /* take the points of a mesh, not its surface */
    bool colours;      /* rows are x, y, z, red, green, blue, the colours from 0 to 1 */
    float no_colour;   /* each colour of a cloud that has none */
} fc_cloud_rule;

/* Decode; n_points of the surface where there are triangles with an area, else of the points (all
 * when they are fewer); turn `up` to +z; centre and scale to the unit sphere. `out` becomes f32,
 * n x 3, or n x 6 with colours. `name` may be NULL. FC_E_FORMAT also when all points are the same.
 */
fc_status fc__cloud_prepare(const fc_cloud_rule *rule, const uint8_t *bytes, size_t n,
                            const char *name, const fc_decode_limits *limits, fc_tensor *out,
                            fc_error *err);

#endif /* FC_CLOUD_PREP_H */
