/*
 * builtin/lab-hog-lbp: its parameters, its outputs, and the steps of one image.
 */
#include "fc_labhoglbp.h"

#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_builtin_list.h"

static const char *const fits[] = {"pad", "stretch", "short-side", "long-side", NULL};
static const char *const filters[] = {"box", "bilinear", "bicubic", "nearest", "lanczos", NULL};
static const char *const grounds[] = {"white", "black", NULL};
static const char *const patterns[] = {"uniform", "oriented", NULL};
static const char *const grids[] = {"14", "7", NULL};

/* In the order of `filters`. */
static const fc_resize_filter filter_of[] = {FC_FILTER_BOX, FC_FILTER_BILINEAR, FC_FILTER_BICUBIC,
                                             FC_FILTER_NEAREST, FC_FILTER_LANCZOS};

/* Positions in the table and in an array of values. */
enum {
    SIZE,
    FIT,
    FILTER,
    GROUND,
    LUMINANCE,
    COLOUR,
    EDGES,
    BINS,
    SIGNED,
    EPSILON,
    CLIP,
    TEXTURE,
    PATTERNS,
    RADIUS,
    GRID,
    PYRAMID,
    N_PARAMS
};

static const fc_param_spec params[N_PARAMS] = {
    [SIZE] = {"size", FC_PARAM_INT, 28, FC_HOG_MAX_SIZE, 112, NULL,
              "side in pixels of the square that is looked at, a multiple of 14"},
    [FIT] = {"fit", FC_PARAM_CHOICE, 0, 0, FC_FIT_PAD, fits,
             "how an image becomes a square: padded, stretched, cut to the middle, or padded after "
             "resizing"},
    [FILTER] = {"filter", FC_PARAM_CHOICE, 0, 0, 2, filters,
                "how it is resized, with antialiasing but for nearest"},
    [GROUND] = {"ground", FC_PARAM_CHOICE, 0, 0, 0, grounds,
                "what is seen through transparent pixels and beside the image"},
    [LUMINANCE] = {"luminance", FC_PARAM_REAL, 0.01, 4, 0.8, NULL,
                   "weight of mean and deviation of L, 100 being 1"},
    [COLOUR] = {"colour", FC_PARAM_REAL, 0, 4, 0.5, NULL,
                "weight of mean and deviation of a and b, 100 being 1"},
    [EDGES] = {"edges", FC_PARAM_REAL, 0, 4, 1, NULL, "weight of the orientation bins"},
    [BINS] = {"bins", FC_PARAM_INT, 4, FC_HOG_MAX_BINS, 9, NULL, "orientation bins of a cell"},
    [SIGNED] = {"signed", FC_PARAM_FLAG, 0, 1, 0, NULL,
                "bins over 360 degrees (dark to light differs from light to dark), else over 180"},
    [EPSILON] = {"epsilon", FC_PARAM_REAL, 0.0001, 1, 0.01, NULL,
                 "gradient below which a block counts as flat; black to white in a pixel is 1"},
    [CLIP] = {"clip", FC_PARAM_REAL, 0.01, 1, 0.2, NULL,
              "largest share of a block's length that one bin may have"},
    [TEXTURE] = {"texture", FC_PARAM_REAL, 0, 4, 0.1, NULL,
                 "weight of the pattern histogram, which has unit length"},
    [PATTERNS] = {"patterns", FC_PARAM_CHOICE, 0, 0, 0, patterns,
                  "10 codes that a rotation leaves alone, or 59 that tell its direction"},
    [RADIUS] = {"radius", FC_PARAM_INT, 1, FC_LBP_MAX_RADIUS, 1, NULL,
                "of the circle of a pattern's eight points, in pixels"},
    [GRID] = {"grid", FC_PARAM_CHOICE, 0, 0, 0, grids, "cells along a side of the output `grid`"},
    [PYRAMID] = {"pyramid", FC_PARAM_INT, 1, 4, 3, NULL,
                 "levels of the output `pooled`: 1 + 4 + 9 + 16 regions"},
};

static fc_cell_rule cells_of(const double *v)
{
    return (fc_cell_rule){.channels = FC_LABHOGLBP_COLOURS + (uint32_t)v[BINS] +
                                      (v[PATTERNS] == 0 ? FC_LBP_UNIFORM : FC_LBP_ORIENTED),
                          .grid = v[GRID] == 0 ? FC_MAP_CELLS : FC_MAP_CELLS / 2,
                          .pyramid = (uint32_t)v[PYRAMID]};
}

static fc_status check(const double *v, fc_error *err)
{
    return fc__cells_check_size((uint32_t)v[SIZE], err);
}

static void outputs(const double *v, fc_builtin_output *out)
{
    const fc_cell_rule cells = cells_of(v);

    fc__cells_specs(&cells, out);
}

static fc_image_rule rule_of(const double *v)
{
    const uint8_t level = v[GROUND] == 0 ? 255 : 0;

    return (fc_image_rule){.size = (uint32_t)v[SIZE],
                           .fit = (fc_fit)(int)v[FIT],
                           .filter = filter_of[(int)v[FILTER]],
                           .ground = {level, level, level},
                           .black_ground = level == 0};
}

static uint32_t image_rule(const double *values, fc_image_rule *rule)
{
    *rule = rule_of(values);
    return 0;
}

static void set_up(fc_labhoglbp *e, const double *v)
{
    e->image = rule_of(v);
    e->luminance = (float)v[LUMINANCE];
    e->colour = (float)v[COLOUR];
    e->edges = (float)v[EDGES];
    e->texture = (float)v[TEXTURE];
    e->cells = cells_of(v);
    e->hog.rule = (fc_hog_rule){.image = e->image,
                                .bins = (uint32_t)v[BINS],
                                .signed_bins = v[SIGNED] != 0,
                                .luminance_weight = 1,
                                .epsilon = (float)v[EPSILON],
                                .clip = (float)v[CLIP]};
    fc__hog_set_up(&e->hog);
    fc__lab_table(&e->lab);
    fc__lbp_table(&e->lbp, (uint32_t)v[RADIUS], v[PATTERNS] != 0);
}

static fc_status create(void **self, const double *values, fc_error *err)
{
    const fc_status st = fc__builtin_check(&fc__builtin_lab_hog_lbp, values, err);
    fc_labhoglbp *e;

    *self = NULL;
    if (st != FC_OK)
        return st;
    e = fc__alloc_array(1, sizeof(*e));
    if (e == NULL)
        return fc__nomem(err, sizeof(*e), "an image encoder");
    set_up(e, values);
    *self = e;
    return FC_OK;
}

static void destroy(void *self)
{
    free(self);
}

static fc_status worker_create(const void *self, void **worker, fc_error *err)
{
    (void)self;
    *worker = fc__alloc_array(1, sizeof(fc_labhoglbp_worker));
    return *worker != NULL ? FC_OK : fc__nomem(err, sizeof(fc_labhoglbp_worker), "an image worker");
}

static void worker_destroy(void *worker)
{
    free(worker);
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const fc_labhoglbp *e = self;

    (void)worker;
    return fc__image_prepare(&e->image, in->limits, in->bytes, in->n_bytes, &out->tensor, err);
}

static fc_status run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err)
{
    const fc_labhoglbp *e = self;
    fc_labhoglbp_worker *w = worker;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        const fc_tensor *image = &in[i]->tensor;

        fc__labhoglbp_map(e, image->data, (uint32_t)image->shape[2], w);
        st = fc__cells_outputs(&e->cells, w->map, wanted, out[i]->outputs, err);
    }
    return st;
}

static const fc_encoder_ops ops = {
    .kind = "lab-hog-lbp",
    .destroy = destroy,
    .worker_create = worker_create,
    .worker_destroy = worker_destroy,
    .prepare = prepare,
    .run = run,
};

const fc_builtin fc__builtin_lab_hog_lbp = {
    .name = "builtin/lab-hog-lbp",
    .modality = FC_IMAGE,
    .code_version = FC_LABHOGLBP_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .n_outputs = FC_CELLS_N_OUTPUTS,
    .batch_hint = 1,
    .check = check,
    .outputs = outputs,
    .create = create,
    .ops = &ops,
    .versions = fc__image_prep_versions,
    .image_rule = image_rule,
};
