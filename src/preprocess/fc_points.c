/*
 * Centre, unit sphere, up axis, and a random choice of points.
 */
#include "fc_points.h"

#include <math.h>
#include <string.h>

#include "fc_rng.h"

static void find_centre(const float *p, size_t n, fc_centre how, double out[3])
{
    for (size_t a = 0; a < 3; a++) {
        double sum = 0, low = (double)p[a], high = low;

        for (size_t i = 0; i < n; i++) {
            const double v = (double)p[3 * i + a];

            sum += v;
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        out[a] = how == FC_CENTRE_MEAN ? sum / (double)n : low + (high - low) / 2;
    }
}

static bool all_the_same(const float *p, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (p[3 * i] != p[0] || p[3 * i + 1] != p[1] || p[3 * i + 2] != p[2])
            return false;
    return true;
}

fc_status fc__points_to_unit_sphere(float *points, size_t n, fc_centre centre, fc_error *err)
{
    double c[3], square = 0, radius;

    if (n == 0 || all_the_same(points, n)) /* the rounding of a mean could hide it */
        return fc_error_set(err, FC_E_FORMAT,
                            "all %zu points are the same one: a shape needs an extent", n);
    find_centre(points, n, centre, c);
    for (size_t i = 0; i < n; i++) {
        const double x = (double)points[3 * i] - c[0], y = (double)points[3 * i + 1] - c[1],
                     z = (double)points[3 * i + 2] - c[2];
        const double s = x * x + y * y + z * z;

        square = s > square ? s : square;
    }
    radius = sqrt(square);
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 3; a++)
            points[3 * i + a] = (float)(((double)points[3 * i + a] - c[a]) / radius);
    return FC_OK;
}

void fc__points_turn_up(float *points, size_t n, fc_up up)
{
    for (size_t i = 0; i < n; i++) {
        float *p = points + 3 * i;
        const float x = p[0], y = p[1], z = p[2];
        const float turned[6][3] = {{y, z, x},   {z, x, y},   {x, y, z},
                                    {-y, z, -x}, {z, -x, -y}, {x, -y, -z}};

        memcpy(p, turned[up], sizeof(turned[up]));
    }
}

/* Selection sampling (Knuth, TAOCP 2, 3.4.2 S). */
size_t fc__points_subset(float *points, size_t n, size_t k, uint64_t seed)
{
    fc_rng r = fc__rng_seed(seed);
    size_t kept = 0;

    if (k >= n)
        return n;
    for (size_t i = 0; i < n && kept < k; i++)
        if (fc__rng_below(&r, n - i) < k - kept)
            memmove(points + 3 * kept++, points + 3 * i, 3 * sizeof(float));
    return kept;
}
