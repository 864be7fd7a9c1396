/*
 * Surface sampling. Three random numbers a point; the triangle is found by bisection of the sums of
 * areas. Arithmetic of + - * / and sqrt in double, in a fixed order.
 */
#include "fc_surface.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_rng.h"

void fc__surface_dispose(fc_surface *s)
{
    if (s == NULL)
        return;
    free(s->points);
    free(s->normals);
    free(s->colours);
    free(s->triangle);
    *s = (fc_surface)FC_SURFACE_INIT;
}

/* Twice the area along the normal. */
static void cross_of(const fc_cloud *c, uint64_t t, double out[3])
{
    const float *a = c->points + 3 * (size_t)c->triangles[3 * t];
    const float *b = c->points + 3 * (size_t)c->triangles[3 * t + 1];
    const float *d = c->points + 3 * (size_t)c->triangles[3 * t + 2];
    double u[3], v[3];

    for (size_t k = 0; k < 3; k++) {
        u[k] = (double)b[k] - (double)a[k];
        v[k] = (double)d[k] - (double)a[k];
    }
    out[0] = u[1] * v[2] - u[2] * v[1];
    out[1] = u[2] * v[0] - u[0] * v[2];
    out[2] = u[0] * v[1] - u[1] * v[0];
}

static double length_of(const double v[3])
{
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

double fc__surface_areas(const fc_cloud *c, double *areas)
{
    double sum = 0;

    for (uint64_t t = 0; t < c->n_triangles; t++) {
        double cross[3], area;

        cross_of(c, t, cross);
        area = length_of(cross) / 2;
        sum += area;
        if (areas != NULL)
            areas[t] = area;
    }
    return sum;
}

/* The first triangle whose sum is over x; one without area never is. */
static uint64_t find_triangle(const double *sums, uint64_t n, double x)
{
    uint64_t low = 0, high = n - 1;

    while (low < high) {
        const uint64_t mid = low + (high - low) / 2;

        if (sums[mid] > x)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static void between(const float *rows, const uint32_t *corners, const double w[3], double out[3])
{
    for (size_t k = 0; k < 3; k++)
        out[k] = w[0] * (double)rows[3 * (size_t)corners[0] + k] +
                 w[1] * (double)rows[3 * (size_t)corners[1] + k] +
                 w[2] * (double)rows[3 * (size_t)corners[2] + k];
}

static void put_row(float *to, const double v[3], double divisor)
{
    for (size_t k = 0; k < 3; k++)
        to[k] = (float)(v[k] / divisor);
}

static void put_sample(const fc_cloud *c, uint64_t t, double r1, double r2, size_t i,
                       fc_surface *out)
{
    const double root = sqrt(r1), w[3] = {1 - root, root * (1 - r2), root * r2};
    const uint32_t *corners = c->triangles + 3 * t;
    double v[3] = {0}, length = 0;

    out->triangle[i] = (uint32_t)t;
    between(c->points, corners, w, v);
    put_row(out->points + 3 * i, v, 1);
    if (c->colours != NULL) {
        between(c->colours, corners, w, v);
        put_row(out->colours + 3 * i, v, 1);
    }
    if (c->normals != NULL) {
        between(c->normals, corners, w, v);
        length = length_of(v);
    }
    if (!(length > 1e-6)) { /* none there, or they cancel out */
        cross_of(c, t, v);
        length = length_of(v);
    }
    put_row(out->normals + 3 * i, v, length);
}

fc_status fc__surface_sample(const fc_cloud *c, size_t n, uint64_t seed, fc_surface *out,
                             fc_error *err)
{
    double *sums = fc__alloc_array(c->n_triangles, sizeof(*sums));
    fc_rng r = fc__rng_seed(seed);
    fc_status st = FC_OK;
    double total = 0;

    fc__surface_dispose(out);
    out->points = fc__alloc_array(n, 3 * sizeof(float));
    out->normals = fc__alloc_array(n, 3 * sizeof(float));
    out->colours = c->colours != NULL ? fc__alloc_array(n, 3 * sizeof(float)) : NULL;
    out->triangle = fc__alloc_array(n, sizeof(*out->triangle));
    if (sums == NULL || out->points == NULL || out->normals == NULL || out->triangle == NULL ||
        (c->colours != NULL && out->colours == NULL)) {
        st = fc__nomem(err, n * 9 * sizeof(float), "points on a surface");
        goto done;
    }
    fc__surface_areas(c, sums);
    for (uint64_t t = 0; t < c->n_triangles; t++)
        sums[t] = total += sums[t];
    if (!(total > 0)) {
        st = fc_error_set(err, FC_E_FORMAT, "none of %ju triangles has an area",
                          (uintmax_t)c->n_triangles);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        const double x = fc__rng_unit(&r) * total, r1 = fc__rng_unit(&r), r2 = fc__rng_unit(&r);

        put_sample(c, find_triangle(sums, c->n_triangles, x), r1, r2, i, out);
    }
    out->n = n;

done:
    if (st != FC_OK)
        fc__surface_dispose(out);
    free(sums);
    return st;
}
