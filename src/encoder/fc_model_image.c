/*
 * Models that take an image: a square of pixels, scaled by channel.
 */
#include <string.h>

#include "fc_image_prep.h"
#include "fc_model.h"

static const char *const fits[] = {"pad", "stretch", "short_side", "long_side", NULL};
static const char *const filters[] = {"box", "bilinear", "bicubic", "lanczos", "nearest", NULL};
static const char *const grounds[] = {"white", "black", "grey", NULL};
static const char *const orders[] = {"rgb", "bgr", NULL};
static const char *const layouts[] = {"chw", "hwc", NULL};
static const char *const cuts[] = {"even", "down", NULL};

enum {
    SIZE,
    RESIZE,
    FIT,
    FILTER,
    GROUND,
    ORIENTATION,
    ORDER,
    LAYOUT,
    MEAN,
    DEVIATION = MEAN + 3,
    CUT = DEVIATION + 3, /* came later */
    N_PARAMS
};

#define MEAN_HELP      "subtracted from the levels (0 to 255) of red, green and blue"
#define DEVIATION_HELP "what the levels are then divided by"

static const fc_param_spec params[N_PARAMS] = {
    [SIZE] = {"size", FC_PARAM_INT, 8, 2048, 224, NULL, "side in pixels of the square that is fed"},
    [RESIZE] =
        {"resize", FC_PARAM_INT, 0, 4096, 0, NULL,
         "side that `fit` makes instead, of which the middle is cut out: 256 for the usual 224 "
         "of 256; 0 cuts nothing"},
    [FIT] = {"fit", FC_PARAM_CHOICE, 0, 0, FC_FIT_PAD, fits,
             "how an image becomes a square: padded, stretched, the shorter side resized and the "
             "middle cut out, or the longer side resized and padded"},
    [FILTER] = {"filter", FC_PARAM_CHOICE, 0, 0, FC_FILTER_BICUBIC, filters,
                "how it is resized, with antialiasing as Pillow has it"},
    [GROUND] = {"ground", FC_PARAM_CHOICE, 0, 0, 0, grounds,
                "what is beside the image and behind what is transparent in it"},
    [ORIENTATION] = {"orientation", FC_PARAM_FLAG, 0, 1, 0, NULL,
                     "whether a photograph is turned as its EXIF orientation says"},
    [ORDER] = {"order", FC_PARAM_CHOICE, 0, 0, 0, orders, "of the channels"},
    [LAYOUT] = {"layout", FC_PARAM_CHOICE, 0, 0, 0, layouts,
                "channels before rows and columns, or behind them"},
    [MEAN] = {"mean.r", FC_PARAM_REAL, -1000, 1000, 0, NULL, MEAN_HELP},
    [MEAN + 1] = {"mean.g", FC_PARAM_REAL, -1000, 1000, 0, NULL, MEAN_HELP},
    [MEAN + 2] = {"mean.b", FC_PARAM_REAL, -1000, 1000, 0, NULL, MEAN_HELP},
    [DEVIATION] = {"deviation.r", FC_PARAM_REAL, 1e-3, 1e4, 255, NULL, DEVIATION_HELP},
    [DEVIATION + 1] = {"deviation.g", FC_PARAM_REAL, 1e-3, 1e4, 255, NULL, DEVIATION_HELP},
    [DEVIATION + 2] = {"deviation.b", FC_PARAM_REAL, 1e-3, 1e4, 255, NULL, DEVIATION_HELP},
    [CUT] =
        {"cut", FC_PARAM_CHOICE, 0, 0, 0, cuts,
         "where the middle begins that would begin at half a pixel: at the even one (torchvision) "
         "or before it (transformers)"},
};

uint32_t fc__model_image_shape(const double *v, uint64_t shape[FC_MAX_RANK])
{
    const uint64_t side = (uint64_t)v[SIZE];
    const bool last = v[LAYOUT] != 0;

    shape[0] = last ? side : 3;
    shape[1] = side;
    shape[2] = last ? 3 : side;
    return 3;
}

/* Where the corner of what is cut falls on half a pixel, it is rounded by `cut`: a multiple of 4
 * leaves that to the first cut, of short_side. */
static fc_status check(const double *v, fc_error *err)
{
    if (v[RESIZE] == 0)
        return FC_OK;
    if (v[RESIZE] < v[SIZE] || ((uint32_t)v[RESIZE] - (uint32_t)v[SIZE]) % 4 != 0)
        return fc_error_set(
            err, FC_E_INVALID,
            "resize is %.0f: it has to be size, which is %.0f, or more by a multiple "
            "of 4",
            v[RESIZE], v[SIZE]);
    return FC_OK;
}

static fc_image_rule rule_of(const double *v)
{
    static const uint8_t levels[] = {255, 0, 128};
    const uint8_t level = levels[(size_t)v[GROUND]];

    return (fc_image_rule){.size = (uint32_t)(v[RESIZE] > 0 ? v[RESIZE] : v[SIZE]),
                           .fit = (fc_fit)(int)v[FIT],
                           .filter = (fc_resize_filter)(int)v[FILTER],
                           .ground = {level, level, level},
                           .black_ground = v[GROUND] == 1,
                           .ignore_orientation = v[ORIENTATION] == 0,
                           .cut_down = v[CUT] != 0,
                           .across_first = true}; /* Pillow as it is before 13 */
}

static uint32_t image_rule(const double *values, fc_image_rule *rule)
{
    *rule = rule_of(values);
    return (uint32_t)values[SIZE];
}

/* The middle of a square of pixels, in place. */
static void cut_middle(fc_tensor *pixels, uint64_t side)
{
    const uint64_t from = pixels->shape[0], channels = pixels->shape[2];
    const uint64_t corner = (from - side) / 2;
    uint8_t *x = pixels->data;

    for (uint64_t row = 0; row < side; row++)
        memmove(x + row * side * channels, x + ((row + corner) * from + corner) * channels,
                (size_t)(side * channels));
    pixels->shape[0] = pixels->shape[1] = side;
}

/* Red and blue change places, in planes or in triples. */
static void swap_ends(float *x, size_t n_pixels, bool last)
{
    const size_t step = last ? 3 : 1, blue = last ? 2 : 2 * n_pixels;

    for (size_t i = 0; i < n_pixels; i++) {
        const float red = x[i * step];

        x[i * step] = x[i * step + blue];
        x[i * step + blue] = red;
    }
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const double *v = ((const fc_model_encoder *)self)->values;
    const fc_image_rule rule = rule_of(v);
    fc_image_scale scale = {.channels_last = v[LAYOUT] != 0};
    fc_tensor pixels = FC_TENSOR_INIT, *t = &out->tensor;
    fc_status st;

    (void)worker;
    for (size_t c = 0; c < 3; c++) {
        scale.mean[c] = (float)v[MEAN + c];
        scale.deviation[c] = (float)v[DEVIATION + c];
    }
    st = fc__image_prepare(&rule, in->limits, in->bytes, in->n_bytes, &pixels, err);
    if (st == FC_OK && v[RESIZE] > 0)
        cut_middle(&pixels, (uint64_t)v[SIZE]);
    if (st == FC_OK)
        st = fc__image_values(&scale, &pixels, t, err);
    fc_tensor_dispose(&pixels);
    if (st != FC_OK)
        return st;
    if (v[ORDER] != 0)
        swap_ends(t->data, (size_t)(v[SIZE] * v[SIZE]), scale.channels_last);
    fc__model_one_slice(t);
    return FC_OK;
}

static const fc_encoder_ops ops = {
    .kind = FC_MODEL_ENCODER,
    .destroy = fc__model_destroy,
    .prepare = prepare,
    .run = fc__model_run,
};

const fc_builtin fc__model_image = {
    .name = FC_MODEL_ENCODER,
    .modality = FC_IMAGE,
    .code_version = FC_MODEL_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .n_later = N_PARAMS - CUT,
    .batch_hint = 16,
    .check = check,
    .ops = &ops,
    .versions = fc__image_prep_versions,
    .image_rule = image_rule,
};
