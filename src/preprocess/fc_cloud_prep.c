/*
 * Preparing a cloud: decode, sample, turn, centre, scale.
 */
#include "fc_cloud_prep.h"

#include <string.h>

#include "fc_cloud.h"
#include "fc_surface.h"

static fc_status to_tensor(const float *points, size_t n, fc_tensor *out, fc_error *err)
{
    const fc_status st = fc_tensor_alloc(out, FC_F32, 2, (const uint64_t[]){n, 3}, err);

    if (st == FC_OK)
        memcpy(out->data, points, n * 3 * sizeof(float));
    return st;
}

/* Surface or points, whichever the file has. */
static fc_status take_points(const fc_cloud_rule *rule, fc_cloud *c, fc_tensor *out, fc_error *err)
{
    fc_surface s = FC_SURFACE_INIT;
    fc_status st;

    if (!rule->corners_only && c->n_triangles > 0 && fc__surface_areas(c, NULL) > 0) {
        st = fc__surface_sample(c, rule->n_points, rule->seed, &s, err);
        if (st == FC_OK)
            st = to_tensor(s.points, s.n, out, err);
        fc__surface_dispose(&s);
        return st;
    }
    return to_tensor(
        c->points, fc__points_subset(c->points, c->n_points, rule->n_points, rule->seed), out, err);
}

fc_status fc__cloud_prepare(const fc_cloud_rule *rule, const uint8_t *bytes, size_t n,
                            const char *name, const fc_decode_limits *limits, fc_tensor *out,
                            fc_error *err)
{
    fc_cloud c = FC_CLOUD_INIT;
    fc_status st = fc__decode_cloud(bytes, n, name, limits, &c, err);

    if (st == FC_OK)
        st = take_points(rule, &c, out, err);
    if (st == FC_OK) {
        fc__points_turn_up(out->data, out->shape[0], rule->up);
        st = fc__points_to_unit_sphere(out->data, out->shape[0], rule->centre, err);
    }
    if (st != FC_OK)
        fc_tensor_dispose(out);
    fc__cloud_dispose(&c);
    return st;
}
