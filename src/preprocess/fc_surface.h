/*
 * Points on the surface of a mesh, spread evenly by area.
 *
 * Threads: stateless; the seed says everything.
 */
#ifndef FC_SURFACE_H
#define FC_SURFACE_H

#include "fc_cloud.h"

typedef struct fc_surface {
    size_t n;
    float *points;      /* n x 3 */
    float *normals;     /* n x 3, of unit length: those of the cloud between the corners, the
                           triangle's where it has none there */
    float *colours;     /* n x 3, between the corners; NULL: the cloud has none */
    uint32_t *triangle; /* of each point */
} fc_surface;

#define FC_SURFACE_INIT           \
    {                             \
        0, NULL, NULL, NULL, NULL \
    }
void fc__surface_dispose(fc_surface *s);

/* The area of each triangle into areas (may be NULL); returns their sum. */
double fc__surface_areas(const fc_cloud *c, double *areas);

/* n points, each in a triangle that is chosen with a chance by its area, and uniformly in it (Osada
 * et al. 2002, 4.2). *out must be initialised. FC_E_FORMAT: no triangle has an area. */
fc_status fc__surface_sample(const fc_cloud *c, size_t n, uint64_t seed, fc_surface *out,
                             fc_error *err);

#endif /* FC_SURFACE_H */
