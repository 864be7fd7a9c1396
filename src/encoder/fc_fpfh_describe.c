/*
 * From points to their neighbourhoods, normals, histograms and patches.
 */
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_farthest.h"
#include "fc_fpfh.h"
#include "fc_normals.h"

void fc__fpfh_dispose(fc_fpfh_cloud *c)
{
    free(c->index);
    free(c->square);
    free(c->normals);
    free(c->shape);
    free(c->spfh);
    free(c->patch);
    free(c->fpfh);
    *c = (fc_fpfh_cloud){.n = 0};
}

static fc_status allocate(fc_fpfh_cloud *c, fc_error *err)
{
    c->index = fc__alloc_array(c->n * c->k, sizeof(*c->index));
    c->square = fc__alloc_array(c->n * c->k, sizeof(*c->square));
    c->normals = fc__alloc_array(c->n, 3 * sizeof(*c->normals));
    c->shape = fc__alloc_array(c->n, FC_FPFH_SHAPE * sizeof(*c->shape));
    c->spfh = fc__alloc_array(c->n, FC_FPFH_VALUES * sizeof(*c->spfh));
    c->patch = fc__alloc_array(c->n_patches, sizeof(*c->patch));
    c->fpfh = fc__alloc_array(c->n_patches, FC_FPFH_VALUES * sizeof(*c->fpfh));
    if (c->index == NULL || c->square == NULL || c->normals == NULL || c->shape == NULL ||
        c->spfh == NULL || c->patch == NULL || c->fpfh == NULL)
        return fc__nomem(err, c->n * (c->k * 12 + 45 * sizeof(float)), "neighbourhoods");
    return FC_OK;
}

/* Neighbours, and from them the normal and the shape of each point's neighbourhood. */
static fc_status find_neighbours(fc_fpfh_cloud *c, fc_error *err)
{
    fc_kdtree *tree = NULL;
    fc_status st = fc__kdtree_create(&tree, c->points, c->n, err);

    for (size_t i = 0; i < c->n && st == FC_OK; i++) {
        const float *p = c->points + 3 * i;
        fc_neighbourhood h;

        fc__kdtree_nearest(tree, p, c->k, c->index + i * c->k, c->square + i * c->k);
        fc__neighbourhood(c->points, c->index + i * c->k, c->k, &h);
        fc__normal_outwards(h.vectors[2], p);
        for (size_t a = 0; a < 3; a++)
            c->normals[3 * i + a] = (float)h.vectors[2][a];
        fc__covariance_features(h.values, h.vectors[2][2], c->shape + i * FC_FPFH_SHAPE);
    }
    fc__kdtree_destroy(tree);
    return st;
}

static fc_status choose_patches(fc_fpfh_cloud *c, fc_error *err)
{
    double *scratch = fc__alloc_array(c->n, sizeof(*scratch));

    if (scratch == NULL)
        return fc__nomem(err, c->n * sizeof(*scratch), "distances");
    fc__farthest_points(c->points, c->n, fc__farthest_from_mean(c->points, c->n), c->n_patches,
                        c->patch, scratch);
    free(scratch);
    return FC_OK;
}

fc_status fc__fpfh_describe(const fc_fpfh_rule *rule, const float *points, size_t n,
                            fc_fpfh_cloud *out, fc_error *err)
{
    fc_status st;

    *out = (fc_fpfh_cloud){.points = points,
                           .n = n,
                           .k = rule->k < n ? rule->k : n,
                           .n_patches = rule->patches < n ? rule->patches : n};
    st = allocate(out, err);
    if (st == FC_OK)
        st = find_neighbours(out, err);
    if (st == FC_OK)
        st = choose_patches(out, err);
    if (st == FC_OK) {
        fc__fpfh_simple(out);
        for (size_t i = 0; i < out->n_patches; i++)
            fc__fpfh_at(out, out->patch[i], out->fpfh + i * FC_FPFH_VALUES);
    } else {
        fc__fpfh_dispose(out);
    }
    return st;
}
