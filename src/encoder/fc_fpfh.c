/*
 * builtin/fpfh: its parameters, its outputs, and the steps of one cloud.
 */
#include "fc_fpfh.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_builtin_list.h"

static const char *const ups[] = {"x", "y", "z", "-x", "-y", "-z", NULL};
static const char *const centres[] = {"mean", "box", NULL};

/* Positions in the table and in an array of values. */
enum { N_POINTS, UP, CENTRE, SEED, PATCHES, K, BINS, N_PARAMS };

static const fc_param_spec params[N_PARAMS] = {
    [N_POINTS] = {"n_points", FC_PARAM_INT, 64, 16384, 2048, NULL,
                  "points that are looked at: of the surface, or of a cloud without triangles"},
    [UP] = {"up", FC_PARAM_CHOICE, 0, 0, FC_UP_Y, ups, "which direction of the file is up"},
    [CENTRE] = {"centre", FC_PARAM_CHOICE, 0, 0, FC_CENTRE_MEAN, centres,
                "what moves to the origin: the mean of the points, or the middle of their box"},
    [SEED] = {"seed", FC_PARAM_INT, 0, 4294967295, 1, NULL,
              "of the random numbers that choose the points"},
    [PATCHES] = {"patches", FC_PARAM_INT, 1, 1024, 64, NULL,
                 "rows of the output `patches`, fewer where there are fewer points"},
    [K] = {"k", FC_PARAM_INT, 4, 128, 32, NULL,
           "neighbours that make a point's normal, histogram and covariance, itself counted"},
    [BINS] = {"bins", FC_PARAM_INT, 8, 1024, 64, NULL,
              "of the distribution of distances in the output `pooled`"},
};

typedef struct fpfh {
    fc_fpfh_rule rule;
} fpfh;

static fc_fpfh_rule rule_of(const double *v)
{
    return (fc_fpfh_rule){
        .cloud = {.n_points = (uint32_t)v[N_POINTS],
                  .up = (fc_up)(int)v[UP],
                  .centre = (fc_centre)(int)v[CENTRE],
                  .seed = (uint64_t)v[SEED]},
        .patches = (uint32_t)v[PATCHES],
        .k = (uint32_t)v[K],
        .bins = (uint32_t)v[BINS],
    };
}

static fc_status check(const double *v, fc_error *err)
{
    if (v[PATCHES] > v[N_POINTS])
        return fc_error_set(err, FC_E_INVALID,
                            "patches is %u, more than the n_points %u they are centred on",
                            (unsigned)v[PATCHES], (unsigned)v[N_POINTS]);
    if (v[K] > v[N_POINTS])
        return fc_error_set(err, FC_E_INVALID, "k is %u, more than n_points, %u", (unsigned)v[K],
                            (unsigned)v[N_POINTS]);
    return FC_OK;
}

static void outputs(const double *values, fc_builtin_output *out)
{
    const fc_fpfh_rule rule = rule_of(values);

    out[FC_FPFH_PATCHES] =
        (fc_builtin_output){"patches", FC_F16, 2, {0, FC_FPFH_PATCH_DIM, 0, 0}, false};
    out[FC_FPFH_POOLED] =
        (fc_builtin_output){"pooled", FC_F32, 1, {fc__fpfh_pooled_dim(&rule), 0, 0, 0}, true};
}

static fc_status create(void **self, const double *values, fc_error *err)
{
    const fc_status st = fc__builtin_check(&fc__builtin_fpfh, values, err);
    fpfh *f;

    *self = NULL;
    if (st != FC_OK)
        return st;
    f = fc__alloc_array(1, sizeof(*f));
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "an encoder of points");
    f->rule = rule_of(values);
    *self = f;
    return FC_OK;
}

static void destroy(void *self)
{
    free(self);
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const fpfh *f = self;

    (void)worker;
    return fc__cloud_prepare(&f->rule.cloud, in->bytes, in->n_bytes, in->name, in->limits,
                             &out->tensor, err);
}

/* A row a patch: its histogram (each third summing to 1), its covariance features, its centre. */
static fc_status fill_patches(const fc_fpfh_cloud *c, fc_tensor *out, fc_error *err)
{
    const uint64_t shape[] = {c->n_patches, FC_FPFH_PATCH_DIM};
    const fc_status st = fc_tensor_alloc(out, FC_F32, 2, shape, err);
    float *row = out->data;

    for (size_t i = 0; st == FC_OK && i < c->n_patches; i++, row += FC_FPFH_PATCH_DIM) {
        const size_t p = c->patch[i];

        for (size_t b = 0; b < FC_FPFH_VALUES; b++)
            row[b] = c->fpfh[i * FC_FPFH_VALUES + b] / 200.0f;
        memcpy(row + FC_FPFH_VALUES, c->shape + p * FC_FPFH_SHAPE, FC_FPFH_SHAPE * sizeof(float));
        memcpy(row + FC_FPFH_VALUES + FC_FPFH_SHAPE, c->points + 3 * p, 3 * sizeof(float));
    }
    return st;
}

static fc_status run_one(const fpfh *f, const fc_tensor *points, const bool *wanted, fc_tensor *out,
                         fc_error *err)
{
    const uint64_t pooled[] = {fc__fpfh_pooled_dim(&f->rule)};
    fc_fpfh_cloud c;
    fc_status st = fc__fpfh_describe(&f->rule, points->data, points->shape[0], &c, err);

    if (st == FC_OK && wanted[FC_FPFH_PATCHES])
        st = fill_patches(&c, &out[FC_FPFH_PATCHES], err);
    if (st == FC_OK && wanted[FC_FPFH_POOLED]) {
        st = fc_tensor_alloc(&out[FC_FPFH_POOLED], FC_F32, 1, pooled, err);
        if (st == FC_OK)
            st = fc__fpfh_pooled(&f->rule, &c, out[FC_FPFH_POOLED].data, err);
    }
    fc__fpfh_dispose(&c);
    return st;
}

static fc_status run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err)
{
    fc_status st = FC_OK;

    (void)worker;
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = run_one(self, &in[i]->tensor, wanted, out[i]->outputs, err);
    return st;
}

/* Nothing is kept between clouds: their sizes differ, and memory for one is had quickly. */
static const fc_encoder_ops ops = {
    .kind = "fpfh",
    .destroy = destroy,
    .prepare = prepare,
    .run = run,
};

/* Decoding and all arithmetic are this library's own: there are no versions to tell. */
const fc_builtin fc__builtin_fpfh = {
    .name = "builtin/fpfh",
    .modality = FC_POINTS,
    .code_version = FC_FPFH_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .n_outputs = FC_FPFH_N_OUTPUTS,
    .batch_hint = 1,
    .check = check,
    .outputs = outputs,
    .create = create,
    .ops = &ops,
};
