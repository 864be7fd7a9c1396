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

/* Colours beside the points, in a tensor of their own; left empty where nobody asks. */
static fc_status take_colours(const fc_cloud_rule *rule, const float *colours, size_t n,
                              fc_tensor *out, fc_error *err)
{
    fc_status st;

    if (!rule->colours)
        return FC_OK;
    if (colours != NULL)
        return to_tensor(colours, n, out, err);
    st = fc_tensor_alloc(out, FC_F32, 2, (const uint64_t[]){n, 3}, err);
    for (size_t i = 0; st == FC_OK && i < 3 * n; i++)
        ((float *)out->data)[i] = rule->no_colour;
    return st;
}

/* Surface or points, whichever the file has. */
static fc_status take_points(const fc_cloud_rule *rule, fc_cloud *c, fc_tensor *out,
                             fc_tensor *colours, fc_error *err)
{
    fc_surface s = FC_SURFACE_INIT;
    size_t n;
    fc_status st;

    if (!rule->corners_only && c->n_triangles > 0 && fc__surface_areas(c, NULL) > 0) {
        st = fc__surface_sample(c, rule->n_points, rule->seed, &s, err);
        if (st == FC_OK)
            st = to_tensor(s.points, s.n, out, err);
        if (st == FC_OK)
            st = take_colours(rule, s.colours, s.n, colours, err);
        fc__surface_dispose(&s);
        return st;
    }
    /* The same seed chooses the same ones of both. */
    if (c->colours != NULL)
        fc__points_subset(c->colours, c->n_points, rule->n_points, rule->seed);
    n = fc__points_subset(c->points, c->n_points, rule->n_points, rule->seed);
    st = to_tensor(c->points, n, out, err);
    return st == FC_OK ? take_colours(rule, c->colours, n, colours, err) : st;
}

/* n x 3 and n x 3 to n x 6. */
static fc_status join(fc_tensor *points, const fc_tensor *colours, fc_error *err)
{
    const uint64_t n = points->shape[0];
    fc_tensor both = FC_TENSOR_INIT;
    const fc_status st = fc_tensor_alloc(&both, FC_F32, 2, (const uint64_t[]){n, 6}, err);

    if (st != FC_OK)
        return st;
    for (uint64_t i = 0; i < n; i++) {
        float *to = (float *)both.data + 6 * i;

        memcpy(to, (const float *)points->data + 3 * i, 3 * sizeof(*to));
        memcpy(to + 3, (const float *)colours->data + 3 * i, 3 * sizeof(*to));
    }
    fc_tensor_dispose(points);
    *points = both;
    return FC_OK;
}

fc_status fc__cloud_prepare(const fc_cloud_rule *rule, const uint8_t *bytes, size_t n,
                            const char *name, const fc_decode_limits *limits, fc_tensor *out,
                            fc_error *err)
{
    fc_cloud c = FC_CLOUD_INIT;
    fc_tensor colours = FC_TENSOR_INIT;
    fc_status st = fc__decode_cloud(bytes, n, name, limits, &c, err);

    if (st == FC_OK)
        st = take_points(rule, &c, out, &colours, err);
    if (st == FC_OK) {
        fc__points_turn_up(out->data, out->shape[0], rule->up);
        st = fc__points_to_unit_sphere(out->data, out->shape[0], rule->centre, err);
    }
    if (st == FC_OK && rule->colours)
        st = join(out, &colours, err);
    if (st != FC_OK)
        fc_tensor_dispose(out);
    fc_tensor_dispose(&colours);
    fc__cloud_dispose(&c);
    return st;
}
