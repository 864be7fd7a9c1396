/*
 * A card against the model that it names, before the first sample: what is fed, what comes out, and
 * how outputs are written down.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_model.h"
#include "fc_model_text.h"
#include "fc_number.h"

const char *const fc__model_layouts[] = {"vector", "rows", "chw", "hwc", NULL};
const char *const fc__model_pools[] = {"none", "mean", "max", "first", "last", NULL};
const char *const fc__model_units[] = {"none", "rows", "vector", NULL};

fc_status fc__model_output_write(const fc_model_output *o, fc_buf *out, fc_error *err)
{
    /* What came later is left out where it is not used, so that texts from before stay. */
    return fc_buf_append_fmt(out, err, "layout=%s pool=%s skip=%u rows=%s%s%s tensor=%s",
                             fc__model_layouts[o->layout], fc__model_pools[o->pool],
                             (unsigned)o->skip, o->all_rows ? "all" : "real",
                             o->unit != FC_UNIT_NONE ? " unit=" : "",
                             o->unit != FC_UNIT_NONE ? fc__model_units[o->unit] : "", o->tensor);
}

/* Position of the word after `key` in `names`, *at moved behind it; false: none of them. */
static bool read_word(const char **at, const char *key, const char *const *names, unsigned *out)
{
    const size_t n_key = strlen(key);
    size_t n;

    if (strncmp(*at, key, n_key) != 0)
        return false;
    n = strcspn(*at + n_key, " ");
    for (unsigned i = 0; names[i] != NULL; i++)
        if (strlen(names[i]) == n && strncmp(*at + n_key, names[i], n) == 0) {
            *out = i;
            *at += n_key + n;
            return true;
        }
    return false;
}

bool fc__model_output_read(const char *text, fc_model_output *out)
{
    static const char *const rows[] = {"real", "all", NULL};
    const char *at = text;
    unsigned layout = 0, pool = 0, all = 0, skip = 0, unit = FC_UNIT_NONE;

    if (!read_word(&at, "layout=", fc__model_layouts, &layout) ||
        !read_word(&at, " pool=", fc__model_pools, &pool) || strncmp(at, " skip=", 6) != 0)
        return false;
    at += 6;
    for (; *at >= '0' && *at <= '9' && skip <= FC_MODEL_SKIP_MAX; at++)
        skip = skip * 10 + (unsigned)(*at - '0');
    if (skip > FC_MODEL_SKIP_MAX || !read_word(&at, " rows=", rows, &all))
        return false;
    if (strncmp(at, " unit=", 6) == 0 &&
        (!read_word(&at, " unit=", fc__model_units, &unit) || unit == FC_UNIT_NONE))
        return false;
    if (strncmp(at, " tensor=", 8) != 0 || at[8] == '\0')
        return false;
    *out = (fc_model_output){at + 8,   (fc_model_layout)layout, (fc_model_pool)pool, skip,
                             all != 0, (fc_model_unit)unit};
    return true;
}

const fc_builtin *fc__model_kind(fc_modality modality)
{
    switch (modality) {
    case FC_IMAGE:
        return &fc__model_image;
    case FC_AUDIO:
        return &fc__model_sounds;
    case FC_POINTS:
        return &fc__model_points;
    case FC_TEXT:
        return &fc__model_text;
    case FC_VECTOR:
    case FC_MODALITY_NONE:
        break;
    }
    return NULL;
}

uint32_t fc__model_input_shape(fc_modality modality, const double *values,
                               uint64_t shape[FC_MAX_RANK])
{
    switch (modality) {
    case FC_IMAGE:
        return fc__model_image_shape(values, shape);
    case FC_AUDIO:
        return fc__model_sound_shape(values, shape);
    case FC_POINTS:
        return fc__model_points_shape(values, shape);
    case FC_TEXT:
    case FC_VECTOR:
    case FC_MODALITY_NONE:
        break;
    }
    return 0;
}

bool fc__model_has_windows(fc_modality modality, const double *values)
{
    return modality == FC_AUDIO && fc__model_sound_has_windows(values);
}

uint64_t fc__model_batch_limit(const fc_onnx_model *m, const char *input)
{
    const fc_onnx_value *v = fc__onnx_input(m, input);

    if (fc__onnx_dynamic(m))
        return 1; /* neighbours would change the numbers */
    return v != NULL && v->has_shape && v->rank > 0 && v->shape[0] > 0 ? (uint64_t)v->shape[0] : 0;
}

/* "[batch, 3, 224, 224]" of what the card says, in the words of a model. */
static fc_status show_ours(const char *first, const uint64_t *shape, uint32_t rank, fc_buf *out,
                           fc_error *err)
{
    fc_status st = fc_buf_append_fmt(out, err, "[%s", first);

    for (uint32_t a = 0; a < rank && st == FC_OK; a++)
        st = shape[a] == 0 ? fc_buf_append_text(out, ", n", err)
                           : fc_buf_append_fmt(out, err, ", %llu", (unsigned long long)shape[a]);
    return st == FC_OK ? fc_buf_append_text(out, "]", err) : st;
}

/* "MODEL: input 'image': the card has [batch, 3, 192, 192] f32; the model has ..." */
static fc_status mismatch(const char *name, const char *what, const fc_onnx_value *v,
                          const uint64_t *ours, uint32_t rank, fc_error *err)
{
    fc_buf card = FC_BUF_INIT, model = FC_BUF_INIT;
    char room[16];
    fc_status st = show_ours("batch", ours, rank, &card, err);

    if (st == FC_OK)
        st = fc__onnx_show_shape(v, &model, err);
    if (st == FC_OK)
        st = fc_error_set(err, FC_E_FORMAT,
                          "%s: %s '%.80s': the card has %.*s f32, the model %.*s %s", name, what,
                          v->name, (int)card.size, (const char *)card.data, (int)model.size,
                          (const char *)model.data, fc__onnx_type_name(v->type, room));
    fc_buf_dispose(&card);
    fc_buf_dispose(&model);
    return st;
}

/* Whether the axes behind the batch axis agree; what either leaves open agrees with anything. */
static bool axes_agree(const fc_onnx_value *v, const uint64_t *shape, uint32_t rank)
{
    if (!v->has_shape)
        return true;
    if (v->rank != rank + 1)
        return false;
    for (uint32_t a = 0; a < rank; a++)
        if (v->shape[a + 1] >= 0 && shape[a] != 0 && (uint64_t)v->shape[a + 1] != shape[a])
            return false;
    return true;
}

fc_status fc__model_list_values(const fc_onnx_value *values, size_t n, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && i < 12 && st == FC_OK; i++)
        st = fc_buf_append_fmt(out, err, "%s%.40s", i == 0 ? "" : ", ", values[i].name);
    return st == FC_OK ? fc_buf_append_text(out, n > 12 ? ", ..." : "", err) : st;
}

static fc_status check_input(const fc_onnx_model *m, const char *name, fc_modality modality,
                             const double *values, const char *input, fc_error *err)
{
    const fc_onnx_value *v = fc__onnx_input(m, input);
    uint64_t shape[FC_MAX_RANK] = {0};
    const uint32_t rank = fc__model_input_shape(modality, values, shape);
    fc_buf names = FC_BUF_INIT;
    fc_status st = FC_OK;

    if (v == NULL || m->n_inputs != 1) {
        st = fc__model_list_values(m->inputs, m->n_inputs, &names, err);
        if (st == FC_OK)
            st = fc_error_set(err, v == NULL ? FC_E_FORMAT : FC_E_UNSUPPORTED,
                              v == NULL ? "%s: no input '%.60s'; the model has %.*s"
                                        : "%s: the card feeds '%.60s' alone, the model takes %.*s",
                              name, input, (int)names.size, (const char *)names.data);
        fc_buf_dispose(&names);
        return st;
    }
    if (v->type != FC_ONNX_F32 || !axes_agree(v, shape, rank))
        return mismatch(name, "input", v, shape, rank, err);
    if (v->has_shape && v->shape[0] > 1)
        return fc_error_set(
            err, FC_E_UNSUPPORTED,
            "%s: input '%.60s' takes batches of exactly %lld; export the model with "
            "a batch axis of 1, or an open one",
            name, input, (long long)v->shape[0]);
    return FC_OK;
}

/* Axes of a layout behind the batch axis, as the card's item shape has them; false: the item's rank
 * does not fit the layout. Pooling hides all but the last. */
static bool layout_axes(const fc_output_spec *spec, const fc_model_output *o, bool windows,
                        uint64_t shape[FC_MAX_RANK], uint32_t *rank)
{
    static const uint32_t ranks[] = {1, 2, 3, 3};
    const uint64_t d = spec->shape[spec->rank - 1];
    uint32_t item = ranks[o->layout];

    *rank = item;
    memset(shape, 0, FC_MAX_RANK * sizeof(shape[0]));
    if (o->layout == FC_LAYOUT_VECTOR && windows)
        item = 2; /* a row each */
    if (spec->rank != (o->pool != FC_POOL_NONE ? 1 : item))
        return false;
    if (o->layout == FC_LAYOUT_VECTOR || o->pool != FC_POOL_NONE) {
        shape[o->layout == FC_LAYOUT_CHW ? 0 : *rank - 1] = d;
    } else if (o->layout == FC_LAYOUT_CHW) {
        shape[0] = spec->shape[2];
        shape[1] = spec->shape[0];
        shape[2] = spec->shape[1];
    } else {
        memcpy(shape, spec->shape, spec->rank * sizeof(shape[0]));
        if (o->layout == FC_LAYOUT_ROWS && (o->skip > 0 || windows))
            shape[0] = 0; /* other rows than the tensor has */
    }
    return true;
}

static fc_status check_output(const fc_onnx_model *m, const char *name, fc_modality modality,
                              const double *values, const fc_output_spec *spec, fc_error *err)
{
    const bool windows = fc__model_has_windows(modality, values);
    const fc_onnx_value *v;
    fc_model_output o;
    uint64_t shape[FC_MAX_RANK];
    uint32_t rank;

    if (spec->from == NULL || !fc__model_output_read(spec->from, &o))
        return fc_error_set(err, FC_E_CORRUPT, "%s: output '%s' does not say of which tensor it is",
                            name, spec->name);
    if (!layout_axes(spec, &o, windows, shape, &rank))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: output '%s' has a shape of %u axes, which layout %s with pool %s "
                            "does not give",
                            name, spec->name, (unsigned)spec->rank, fc__model_layouts[o.layout],
                            fc__model_pools[o.pool]);
    if (modality == FC_TEXT) {
        const fc_status st = fc__model_text_check_output(name, values, spec, &o, err);

        if (st != FC_OK)
            return st;
    }
    if ((o.unit == FC_UNIT_VECTOR && spec->rank != 1) ||
        (o.unit == FC_UNIT_ROWS && o.layout == FC_LAYOUT_VECTOR && o.pool == FC_POOL_NONE))
        return fc_error_set(err, FC_E_FORMAT, "%s: output '%s': unit is '%s', and there are no %s",
                            name, spec->name, fc__model_units[o.unit],
                            o.unit == FC_UNIT_ROWS ? "rows" : "vectors: pool its rows");
    v = fc__onnx_tensor(m, o.tensor);
    if (v == NULL && fc__onnx_is_produced(m, o.tensor))
        return FC_OK; /* its shape shows at the first sample */
    if (v == NULL) {
        fc_buf names = FC_BUF_INIT;
        fc_status st = fc__model_list_values(m->outputs, m->n_outputs, &names, err);

        if (st == FC_OK)
            st = fc_error_set(
                err, FC_E_FORMAT,
                "%s: output '%s': no tensor '%.60s' in the model; its outputs are %.*s", name,
                spec->name, o.tensor, (int)names.size, (const char *)names.data);
        fc_buf_dispose(&names);
        return st;
    }
    if ((v->type != 0 && v->type != FC_ONNX_F32 && v->type != FC_ONNX_F16 &&
         v->type != FC_ONNX_F64) ||
        !axes_agree(v, shape, rank))
        return mismatch(name, "tensor", v, shape, rank, err);
    return FC_OK;
}

/* Models that want more than one thing of a sample have no card; what to export instead is said. */
static fc_status refuse_pairs(const fc_onnx_model *m, const char *name, fc_error *err)
{
    const char *pictures = NULL, *ids = NULL;
    size_t n_clouds = 0;

    for (size_t i = 0; i < m->n_inputs; i++) {
        const fc_onnx_value *v = &m->inputs[i];

        if (v->type == FC_ONNX_F32 && v->has_shape && v->rank == 4)
            pictures = v->name;
        if ((v->type == FC_ONNX_I64 || v->type == FC_ONNX_I32) && v->has_shape && v->rank == 2)
            ids = v->name;
        n_clouds += v->type == FC_ONNX_F32 && v->has_shape && v->rank == 3;
    }
    if (pictures != NULL && ids != NULL)
        return fc_error_set(
            err, FC_E_UNSUPPORTED,
            "%s: the model takes pictures and texts at once ('%.40s' and '%.40s'): "
            "export its halves, such as CLIPVisionModelWithProjection and "
            "CLIPTextModelWithProjection, with a card each, and declare the pair in "
            "a space file",
            name, pictures, ids);
    if (n_clouds > 1)
        return fc_error_set(
            err, FC_E_UNSUPPORTED,
            "%s: the model takes points in %zu inputs ('%.40s', '%.40s'): export it "
            "with one, N x 3 or N x 6, that its graph splits",
            name, n_clouds, m->inputs[0].name, m->inputs[1].name);
    return FC_OK;
}

fc_status fc__model_check(const fc_onnx_model *m, const char *name, fc_modality modality,
                          const double *values, const char *const *inputs,
                          const fc_output_spec *outputs, size_t n_outputs, fc_error *err)
{
    fc_status st = fc__onnx_check(m, name, err);

    if (st == FC_OK)
        st = refuse_pairs(m, name, err);
    if (st == FC_OK)
        st = modality == FC_TEXT ? fc__model_text_check(m, name, values, inputs, err)
                                 : check_input(m, name, modality, values, inputs[0], err);
    for (size_t k = 0; k < n_outputs && st == FC_OK; k++)
        st = check_output(m, name, modality, values, &outputs[k], err);
    return st;
}
