/*
 * Points of the same coordinates become one, for formats that repeat a point in each triangle:
 * an open-addressing table over the bits of the three floats, -0 taken as 0.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_cloud_internal.h"

static uint64_t hash_of(const float p[3])
{
    uint32_t bits[3];
    uint64_t h;

    memcpy(bits, p, sizeof(bits));
    h = (bits[0] | (uint64_t)bits[1] << 32) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ (h >> 29) ^ bits[2]) * UINT64_C(0xBF58476D1CE4E5B9);
    return h ^ (h >> 32);
}

/* The number of the point like `p` among the first *n_kept of c->points, put there when new. */
static uint32_t find_or_keep(fc_cloud *c, uint32_t *table, uint64_t mask, const float p[3],
                             uint32_t *n_kept)
{
    uint64_t at = hash_of(p) & mask;

    for (; table[at] != 0; at = (at + 1) & mask)
        if (memcmp(c->points + 3 * (uint64_t)(table[at] - 1), p, 3 * sizeof(float)) == 0)
            return table[at] - 1;
    memmove(c->points + 3 * (uint64_t)*n_kept, p, 3 * sizeof(float));
    table[at] = ++*n_kept;
    return *n_kept - 1;
}

fc_status fc__cloud_weld(fc_cloud *c, fc_error *err)
{
    uint32_t *table = NULL, *renamed = NULL, n_kept = 0;
    uint64_t size = 16;
    fc_status st = FC_OK;

    while (size < 2 * c->n_points)
        size *= 2;
    table = fc__alloc_array(size, sizeof(*table));
    renamed = fc__alloc_array(c->n_points, sizeof(*renamed));
    if (table == NULL || renamed == NULL) {
        st = fc__nomem(err, size * sizeof(*table), "points");
        goto done;
    }
    for (uint64_t i = 0; i < c->n_points; i++) {
        float p[3];

        for (size_t a = 0; a < 3; a++)
            p[a] = c->points[3 * i + a] + 0.0f; /* -0 + 0 is 0 */
        renamed[i] = find_or_keep(c, table, size - 1, p, &n_kept);
    }
    for (uint64_t i = 0; i < 3 * c->n_triangles; i++)
        c->triangles[i] = renamed[c->triangles[i]];
    c->n_points = n_kept;

done:
    free(renamed);
    free(table);
    return st;
}
