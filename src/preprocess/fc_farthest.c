/*
 * Farthest-point sampling: the distance of every point to the nearest chosen one is kept, and each
 * new one can only lower it.
 */
#include "fc_farthest.h"

#include <math.h>

static double square_distance(const float *p, const double q[3])
{
    const double x = (double)p[0] - q[0], y = (double)p[1] - q[1], z = (double)p[2] - q[2];

    return x * x + y * y + z * z;
}

void fc__farthest_points(const float *points, size_t n, size_t start, size_t k, uint32_t *index,
                         double *scratch)
{
    size_t last = start;

    for (size_t i = 0; i < n; i++)
        scratch[i] = INFINITY;
    for (size_t j = 0; j < k; j++) {
        const float *from = points + 3 * last;
        const double q[3] = {(double)from[0], (double)from[1], (double)from[2]};
        size_t farthest = 0;

        index[j] = (uint32_t)last;
        for (size_t i = 0; i < n; i++) {
            const double d = square_distance(points + 3 * i, q);

            scratch[i] = d < scratch[i] ? d : scratch[i];
            if (scratch[i] > scratch[farthest])
                farthest = i;
        }
        last = farthest;
    }
}

size_t fc__farthest_from_mean(const float *points, size_t n)
{
    double mean[3] = {0}, most = -1;
    size_t farthest = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 3; a++)
            mean[a] += (double)points[3 * i + a];
    for (size_t a = 0; a < 3; a++)
        mean[a] /= (double)n;
    for (size_t i = 0; i < n; i++) {
        const double d = square_distance(points + 3 * i, mean);

        if (d > most) {
            most = d;
            farthest = i;
        }
    }
    return farthest;
}
