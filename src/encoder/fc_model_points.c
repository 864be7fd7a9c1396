/*
 * Models that take points: N x 3 in the unit sphere, or N x 6 with colours.
 */

#include "fc_cloud_prep.h"
#include "fc_model.h"

static const char *const ups[] = {"x", "y", "z", "-x", "-y", "-z", NULL};
static const char *const centres[] = {"mean", "box", NULL};
static const char *const model_ups[] = {"as_is", "y", "z", NULL};

enum { POINTS, SURFACE, CENTRE, UP, MODEL_UP, COLOURS, NO_COLOUR, SEED, N_PARAMS };

static const fc_param_spec params[N_PARAMS] = {
    [POINTS] = {"points", FC_PARAM_INT, 8, 65536, 1024, NULL,
                "points that are fed at most: of a cloud a choice, of a mesh by its surface"},
    [SURFACE] = {"surface", FC_PARAM_FLAG, 0, 1, 1, NULL,
                 "whether a mesh is sampled by its surface, else its corners are taken"},
    [CENTRE] = {"centre", FC_PARAM_CHOICE, 0, 0, FC_CENTRE_MEAN, centres,
                "what goes to the origin: the mean of the points, or the middle of their box"},
    [UP] = {"up", FC_PARAM_CHOICE, 0, 0, FC_UP_Z, ups, "direction that is up in the files"},
    [MODEL_UP] = {"model_up", FC_PARAM_CHOICE, 0, 0, 0, model_ups,
                  "direction that is up for the model; `as_is` leaves the points as they lie"},
    [COLOURS] = {"colours", FC_PARAM_FLAG, 0, 1, 0, NULL,
                 "whether a point is followed by its red, green and blue, from 0 to 1: N x 6"},
    [NO_COLOUR] = {"no_colour", FC_PARAM_REAL, 0, 1, 0.4, NULL,
                   "each of them where the file has no colours"},
    [SEED] = {"seed", FC_PARAM_INT, 0, 4294967295.0, 0, NULL, "of the choice of points"},
};

uint32_t fc__model_points_shape(const double *v, uint64_t shape[FC_MAX_RANK])
{
    shape[0] = 0; /* a cloud may have fewer points than are asked for */
    shape[1] = v[COLOURS] != 0 ? 6 : 3;
    return 2;
}

/* From z up to y up: back what fc__points_turn_up() does, so that files with y up are fed as they
 * are. `width` numbers make a point. */
static void turn_z_to_y(float *p, size_t n, size_t width)
{
    for (size_t i = 0; i < n; i++, p += width) {
        const float x = p[0];

        p[0] = p[1];
        p[1] = p[2];
        p[2] = x;
    }
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const double *v = ((const fc_model_encoder *)self)->values;
    const bool turn = v[MODEL_UP] != 0;
    const fc_cloud_rule rule = {.n_points = (uint32_t)v[POINTS],
                                .up = turn ? (fc_up)(int)v[UP] : FC_UP_Z,
                                .centre = (fc_centre)(int)v[CENTRE],
                                .seed = (uint64_t)v[SEED],
                                .corners_only = v[SURFACE] == 0,
                                .colours = v[COLOURS] != 0,
                                .no_colour = (float)v[NO_COLOUR]};
    fc_tensor *t = &out->tensor;
    fc_status st = fc__cloud_prepare(&rule, in->bytes, in->n_bytes, in->name, in->limits, t, err);

    (void)worker;
    if (st != FC_OK)
        return st;
    if (v[MODEL_UP] == 1)
        turn_z_to_y(t->data, (size_t)t->shape[0], (size_t)t->shape[1]);
    fc__model_one_slice(t);
    return FC_OK;
}

static const fc_encoder_ops ops = {
    .kind = FC_MODEL_ENCODER,
    .destroy = fc__model_destroy,
    .prepare = prepare,
    .run = fc__model_run,
};

const fc_builtin fc__model_points = {
    .name = FC_MODEL_ENCODER,
    .modality = FC_POINTS,
    .code_version = FC_MODEL_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .batch_hint = 16,
    .ops = &ops,
};
