/*
 * Covariances of neighbourhoods and normals by them.
 */
#include "fc_normals.h"

#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_eigen3.h"

void fc__neighbourhood(const float *points, const uint32_t *index, size_t k, fc_neighbourhood *out)
{
    double mean[3] = {0}, m[6] = {0};

    for (size_t i = 0; i < k; i++)
        for (size_t a = 0; a < 3; a++)
            mean[a] += (double)points[3 * (size_t)index[i] + a];
    for (size_t a = 0; a < 3; a++)
        mean[a] /= (double)k;
    for (size_t i = 0; i < k; i++) {
        const float *p = points + 3 * (size_t)index[i];
        const double x = (double)p[0] - mean[0], y = (double)p[1] - mean[1],
                     z = (double)p[2] - mean[2];

        m[0] += x * x;
        m[1] += x * y;
        m[2] += x * z;
        m[3] += y * y;
        m[4] += y * z;
        m[5] += z * z;
    }
    for (size_t a = 0; a < 6; a++)
        m[a] /= (double)k;
    fc__eigen3(m, out->values, out->vectors);
}

void fc__normal_outwards(double normal[3], const float point[3])
{
    const double along =
        normal[0] * (double)point[0] + normal[1] * (double)point[1] + normal[2] * (double)point[2];

    for (size_t a = 0; a < 3 && along < 0; a++)
        normal[a] = -normal[a];
}

fc_status fc__normals_estimate(const fc_kdtree *tree, const float *points, size_t n, size_t k,
                               float *out, fc_error *err)
{
    uint32_t *index = fc__alloc_array(k, sizeof(*index));
    double *square = fc__alloc_array(k, sizeof(*square));
    fc_status st = FC_OK;

    if (index == NULL || square == NULL) {
        st = fc__nomem(err, k * (sizeof(*index) + sizeof(*square)), "neighbours");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t found = fc__kdtree_nearest(tree, points + 3 * i, k, index, square);
        fc_neighbourhood h;

        fc__neighbourhood(points, index, found, &h);
        fc__normal_outwards(h.vectors[2], points + 3 * i);
        for (size_t a = 0; a < 3; a++)
            out[3 * i + a] = (float)h.vectors[2][a];
    }

done:
    free(square);
    free(index);
    return st;
}
