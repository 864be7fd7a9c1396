/*
 * builtin/hog: its parameters, its outputs, and the steps of one image.
 */
#include "fc_hog.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_builtin_list.h"

static const char *const fits[] = {"pad", "stretch", NULL};
static const char *const filters[] = {"box", "bilinear", "bicubic", "lanczos", NULL};
static const char *const grids[] = {"14", "7", NULL};

/* Positions in the table and in an array of values. */
enum {
    SIZE,
    FIT,
    FILTER,
    BINS,
    SIGNED,
    LUMINANCE,
    COLOUR,
    EPSILON,
    CLIP,
    GRID,
    PYRAMID,
    UPRIGHT, /* came later: N_LATER */
    N_PARAMS
};

#define N_LATER 1

static const fc_param_spec params[N_PARAMS] = {
    [SIZE] = {"size", FC_PARAM_INT, 28, FC_HOG_MAX_SIZE, 112, NULL,
              "side in pixels of the square that is looked at, a multiple of 14"},
    [FIT] = {"fit", FC_PARAM_CHOICE, 0, 0, FC_FIT_PAD, fits,
             "how an image becomes a square: padded with white, or stretched"},
    [FILTER] = {"filter", FC_PARAM_CHOICE, 0, 0, FC_FILTER_BICUBIC, filters,
                "how it is resized, always with antialiasing"},
    [BINS] = {"bins", FC_PARAM_INT, 4, FC_HOG_MAX_BINS, 9, NULL, "orientation bins of a cell"},
    [SIGNED] = {"signed", FC_PARAM_FLAG, 0, 1, 0, NULL,
                "bins over 360 degrees (dark to light differs from light to dark), else over 180"},
    [LUMINANCE] = {"luminance", FC_PARAM_REAL, 0.01, 4, 0.4, NULL,
                   "weight of a cell's brightness against its edges"},
    [COLOUR] = {"colour", FC_PARAM_REAL, 0, 4, 1, NULL,
                "weight of a cell's colour against its edges"},
    [EPSILON] = {"epsilon", FC_PARAM_REAL, 0.0001, 1, 0.01, NULL,
                 "gradient below which a block counts as flat; black to white in a pixel is 1"},
    [CLIP] = {"clip", FC_PARAM_REAL, 0.01, 1, 0.2, NULL,
              "largest share of a block's length that one bin may have"},
    [GRID] = {"grid", FC_PARAM_CHOICE, 0, 0, 0, grids, "cells along a side of the output `grid`"},
    [PYRAMID] = {"pyramid", FC_PARAM_INT, 1, 4, 3, NULL,
                 "levels of the output `pooled`: 1 + 4 + 9 + 16 regions"},
    [UPRIGHT] = {"upright", FC_PARAM_FLAG, 0, 1, 0, NULL,
                 "whether EXIF orientation is applied; else pixels are taken as they are stored"},
};

static fc_hog_rule rule_of(const double *v)
{
    return (fc_hog_rule){
        .image = {.size = (uint32_t)v[SIZE],
                  .fit = (fc_fit)(int)v[FIT],
                  .filter = (fc_resize_filter)(int)v[FILTER],
                  .ground = {255, 255, 255},
                  .ignore_orientation = v[UPRIGHT] == 0,
                  .across_first = true}, /* as code version 1 always did */
        .bins = (uint32_t)v[BINS],
        .signed_bins = v[SIGNED] != 0,
        .luminance_weight = (float)v[LUMINANCE],
        .colour_weight = (float)v[COLOUR],
        .epsilon = (float)v[EPSILON],
        .clip = (float)v[CLIP],
    };
}

static uint32_t image_rule(const double *values, fc_image_rule *rule)
{
    *rule = rule_of(values).image;
    return 0;
}

static fc_cell_rule cells_of(const double *v)
{
    return (fc_cell_rule){.channels = (uint32_t)v[BINS] + FC_HOG_EXTRA_CHANNELS,
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

void fc__hog_set_up(fc_hog *h)
{
    const float side = (float)(h->rule.image.size / FC_HOG_CELLS);

    h->cells.channels = h->rule.bins + FC_HOG_EXTRA_CHANNELS;
    for (uint32_t i = 0; i < h->rule.image.size; i++) {
        /* Cell centres are half a cell in; one more for the ring around. */
        const float at = ((float)i + 0.5f) / side + 0.5f;

        h->low_cell[i] = (uint32_t)at;
        h->high_weight[i] = at - (float)h->low_cell[i];
    }
}

static fc_status create(void **self, const double *values, fc_error *err)
{
    const fc_status st = fc__builtin_check(&fc__builtin_hog, values, err);
    fc_hog *h;

    *self = NULL;
    if (st != FC_OK)
        return st;
    h = fc__alloc_array(1, sizeof(*h));
    if (h == NULL)
        return fc__nomem(err, sizeof(*h), "an image encoder");
    h->rule = rule_of(values);
    h->cells = cells_of(values);
    fc__hog_set_up(h);
    *self = h;
    return FC_OK;
}

static void destroy(void *self)
{
    free(self);
}

static fc_status worker_create(const void *self, void **worker, fc_error *err)
{
    (void)self;
    *worker = fc__alloc_array(1, sizeof(fc_hog_worker));
    return *worker != NULL ? FC_OK : fc__nomem(err, sizeof(fc_hog_worker), "an image worker");
}

static void worker_destroy(void *worker)
{
    free(worker);
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const fc_hog *h = self;

    (void)worker;
    return fc__image_prepare(&h->rule.image, in->limits, in->bytes, in->n_bytes, &out->tensor, err);
}

static fc_status run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err)
{
    const fc_hog *h = self;
    fc_hog_worker *w = worker;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        const fc_tensor *image = &in[i]->tensor;

        fc__hog_colours(h, image->data, (uint32_t)image->shape[2], w);
        fc__hog_gradients(h, w);
        fc__hog_normalise(h, w);
        st = fc__cells_outputs(&h->cells, w->map, wanted, out[i]->outputs, err);
    }
    return st;
}

static const fc_encoder_ops ops = {
    .kind = "hog",
    .destroy = destroy,
    .worker_create = worker_create,
    .worker_destroy = worker_destroy,
    .prepare = prepare,
    .run = run,
};

const fc_builtin fc__builtin_hog = {
    .name = "builtin/hog",
    .modality = FC_IMAGE,
    .code_version = FC_HOG_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .n_later = N_LATER,
    .n_outputs = FC_CELLS_N_OUTPUTS,
    .batch_hint = 1,
    .check = check,
    .outputs = outputs,
    .create = create,
    .ops = &ops,
    .versions = fc__image_prep_versions,
    .image_rule = image_rule,
};
