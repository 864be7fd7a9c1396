/*
 * Point clouds and meshes: PLY (ascii, little- and big-endian), OBJ, OFF, STL (ascii and binary),
 * XYZ (columns of numbers) and .npy (N x 3, N x 6).
 *
 * Threads: stateless.
 */
#ifndef FC_CLOUD_H
#define FC_CLOUD_H

#include "fc_decode.h"

/* What a file holds. Points that no face uses stay; polygons are cut into triangles as a fan. */
typedef struct fc_cloud {
    uint64_t n_points;
    float *points;  /* n_points x 3, finite */
    float *normals; /* n_points x 3 as in the file, not normalised; NULL: none */
    float *colours; /* n_points x 3, red, green, blue, 0 to 1; NULL: none */
    uint64_t n_triangles;
    uint32_t *triangles; /* n_triangles x 3, each below n_points; NULL: none */
} fc_cloud;

#define FC_CLOUD_INIT                \
    {                                \
        0, NULL, NULL, NULL, 0, NULL \
    }
void fc__cloud_dispose(fc_cloud *c);

/* By content, and where that is text without a signature (OBJ, XYZ) by the ending of `name`.
 * Counts in a header are held against the bytes that are there before anything is allocated.
 * FC_E_FORMAT names the line or the offset; FC_E_LIMIT over max_points; FC_E_UNSUPPORTED. A file
 * without a single point is FC_E_FORMAT. */
fc_status fc__decode_cloud(const uint8_t *bytes, size_t n, const char *name,
                           const fc_decode_limits *limits, fc_cloud *out, fc_error *err);

#endif /* FC_CLOUD_H */
