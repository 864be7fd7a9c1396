/*
 * Fuzzes the readers of point clouds: the first byte chooses the name, whose ending decides where
 * the content does not. Whatever the bytes, a cloud that holds what its header says or a refusal.
 */
#include <math.h>
#include <stdlib.h>

#include "fc_cloud.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const fc_cloud *c)
{
    for (uint64_t i = 0; i < 3 * c->n_points; i++) {
        if (!isfinite(c->points[i]) || (c->normals != NULL && !isfinite(c->normals[i])))
            abort();
        if (c->colours != NULL && !(c->colours[i] >= 0 && c->colours[i] <= 1))
            abort();
    }
    for (uint64_t i = 0; i < 3 * c->n_triangles; i++)
        if (c->triangles[i] >= c->n_points)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.obj", "a.xyz", "a.ply", "a.off", "a.stl", "a.npy", "a"};
    const fc_decode_limits limits = {.max_points = 1 << 16};
    fc_error err = FC_ERROR_INIT;
    fc_cloud c;

    if (size == 0)
        return 0;
    if (fc__decode_cloud(data + 1, size - 1, names[data[0] % 7], &limits, &c, &err) == FC_OK) {
        if (c.n_points == 0 || c.n_points > limits.max_points || c.n_triangles > limits.max_points)
            abort();
        check(&c);
    } else if (c.points != NULL || err.message[0] == '\0') {
        abort();
    }
    fc__cloud_dispose(&c);
    return 0;
}
