/*
 * The keys that a card of a model has: `model`, `input` (of texts `tokenizer` and `inputs`) and its
 * own `outputs`; and the card against
 * the model, before anything is encoded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_card_build.h"
#include "fc_file.h"
#include "fc_model.h"
#include "fc_model_file.h"
#include "fc_model_text.h"
#include "fc_number.h"
#include "fc_runtime.h"
#include "fc_yaml.h"

#define ELEMENTS_MAX (UINT64_C(1) << 30)
#define PREFIX_MAX   1024

/* `model:` as an absolute path: relative ones are relative to the card's folder. NULL: no memory,
 * or no such folder. */
static char *resolve(const char *model, const char *origin)
{
    const char *slash = strrchr(origin, '/');
    char *folder, *whole = NULL, *joined = NULL;

    if (model[0] == '/')
        return fc__strdup(model);
    folder = slash != NULL ? fc__strndup(origin, (size_t)(slash + 1 - origin)) : fc__strdup(".");
    if (folder != NULL && (whole = realpath(folder, NULL)) != NULL)
        joined = fc__path_join(whole, model);
    free(whole);
    free(folder);
    return joined;
}

/* The path of a file that the card names under `key`. */
static void read_path(fc_yaml *y, fc_yaml_node *root, const char *key, const char *what,
                      const char *origin, char **out)
{
    const char *path = NULL;

    if (!fc__yaml_get_string(y, root, key, true, &path))
        return;
    if (path[0] == '\0')
        fc__yaml_problem(y, fc__yaml_get(y, root, key, FC_YAML_SCALAR, true),
                         "%s is empty; write the path of %s", key, what);
    else if ((*out = resolve(path, origin)) == NULL)
        fc__yaml_problem(y, fc__yaml_get(y, root, key, FC_YAML_SCALAR, true),
                         "%s is '%s': the folder of the card cannot be found", key,
                         fc__yaml_show(path).text);
}

/* `inputs: { ids: tokens }`: those of a model of texts that are not called as usual. */
static void read_text_inputs(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft)
{
    fc_yaml_node *inputs = fc__yaml_get(y, root, "inputs", FC_YAML_MAP, false);
    const char *name = NULL;

    for (size_t i = 0; i < FC_TEXT_ROLES && inputs != NULL; i++)
        if (fc__yaml_get_string(y, inputs, fc__text_role_names[i], false, &name))
            draft->inputs[i] = fc__strdup(name);
    if (inputs != NULL)
        fc__yaml_finish_map(y, inputs);
}

/* `prefix: "query: "` */
static void read_prefix(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft)
{
    const char *prefix = NULL;

    if (!fc__yaml_get_string(y, root, "prefix", false, &prefix) || prefix[0] == '\0')
        return;
    if (strlen(prefix) > PREFIX_MAX)
        fc__yaml_problem(y, fc__yaml_get(y, root, "prefix", FC_YAML_SCALAR, true),
                         "prefix has %zu bytes; at most %d", strlen(prefix), PREFIX_MAX);
    else
        draft->prefix = fc__strdup(prefix);
}

void fc__card_read_model(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft, const char *origin)
{
    const char *input = NULL;

    read_path(y, root, "model", "an .onnx file", origin, &draft->model);
    if (draft->builtin->modality == FC_TEXT) {
        read_path(y, root, "tokenizer", "a tokenizer.json", origin, &draft->tokenizer);
        read_text_inputs(y, root, draft);
        read_prefix(y, root, draft);
    } else if (fc__yaml_get_string(y, root, "input", false, &input)) {
        draft->inputs[0] = fc__strdup(input);
    }
}

/* `shape: [14, 14, 112]`; the first axis may be n, which varies from item to item. */
static bool read_shape(fc_yaml *y, fc_yaml_node *item, fc_output_spec *spec)
{
    fc_yaml_node *list = fc__yaml_get(y, item, "shape", FC_YAML_SEQUENCE, true);
    uint64_t elements = 1;
    const size_t n = list != NULL ? fc__yaml_length(list) : 0;

    if (list == NULL)
        return false;
    for (size_t a = 0; a < n && n <= 3; a++) {
        fc_yaml_node *axis = fc__yaml_item(list, a);
        const char *text = fc__yaml_node_kind(axis) == FC_YAML_SCALAR ? fc__yaml_scalar(axis) : "";
        const bool open = a == 0 && n == 2 && strcmp(text, "n") == 0;
        int64_t v = 0;

        if (!open &&
            (!fc__number_parse_int(text, &v) || v < 1 ||
             __builtin_mul_overflow(elements, (uint64_t)v, &elements) || elements > ELEMENTS_MAX)) {
            fc__yaml_problem(y, axis,
                             "shape has '%s'; write whole numbers from 1, of an item: [1280], "
                             "[n, 384] or [14, 14, 112]",
                             fc__yaml_show(text).text);
            return false;
        }
        spec->shape[a] = (uint64_t)v;
    }
    spec->rank = (uint32_t)n;
    if (n >= 1 && n <= 3)
        return true;
    fc__yaml_problem(y, list, "shape has %zu axes; an item is [D], [n, D] or [H, W, C]", n);
    return false;
}

/* Layout, pool, skip, rows, unit: what `from` says. */
static void read_making(fc_yaml *y, fc_yaml_node *item, fc_output_spec *spec, fc_model_output *o)
{
    static const fc_model_layout by_rank[] = {FC_LAYOUT_VECTOR, FC_LAYOUT_VECTOR, FC_LAYOUT_ROWS,
                                              FC_LAYOUT_CHW};
    static const char *const rows[] = {"real", "all", NULL};
    size_t layout = by_rank[spec->rank <= 3 ? spec->rank : 0], pool = 0, all = 0, precision = 0;
    size_t unit = 0;
    int64_t skip = 0;

    fc__yaml_get_choice(y, item, "layout", false, fc__model_layouts, &layout);
    fc__yaml_get_choice(y, item, "pool", false, fc__model_pools, &pool);
    fc__yaml_get_choice(y, item, "rows", false, rows, &all);
    fc__yaml_get_choice(y, item, "unit", false, fc__model_units, &unit);
    fc__yaml_get_int(y, item, "skip", false, 0, FC_MODEL_SKIP_MAX, &skip);
    o->layout = (fc_model_layout)layout;
    o->pool = (fc_model_pool)pool;
    o->all_rows = all != 0;
    o->unit = (fc_model_unit)unit;
    o->skip = (uint32_t)skip;
    spec->precision = spec->rank == 1 ? FC_F32 : FC_F16;
    if (fc__yaml_get_choice(y, item, "precision", false, fc__card_precision_names, &precision))
        spec->precision = fc__card_precisions[precision];
    spec->searchable = spec->rank == 1;
}

static void read_output(fc_yaml *y, fc_yaml_node *item, fc_card_draft *draft)
{
    fc_output_spec *spec = &draft->outputs[draft->n_outputs];
    fc_model_output o = {0};
    fc_buf from = FC_BUF_INIT;
    const char *name = NULL;

    if (fc__yaml_node_kind(item) != FC_YAML_MAP) {
        fc__yaml_problem(y, item, "an output is a map; write { name: pooled, shape: [1280] }");
        return;
    }
    if (fc__yaml_get_string(y, item, "name", true, &name) && !fc__card_name_ok(name))
        fc__yaml_problem(y, fc__yaml_get(y, item, "name", FC_YAML_SCALAR, true),
                         "name is '%s'; write 1 to 64 of a-z 0-9 . _ - and begin with a letter or "
                         "digit, and the model's own name as `tensor`",
                         fc__yaml_show(name).text);
    o.tensor = name;
    fc__yaml_get_string(y, item, "tensor", false, &o.tensor);
    read_shape(y, item, spec);
    read_making(y, item, spec, &o);
    fc__yaml_finish_map(y, item);
    for (size_t k = 0; k < draft->n_outputs && name != NULL; k++)
        if (strcmp(draft->outputs[k].name, name) == 0)
            fc__yaml_problem(y, item, "output '%s' is there twice; keep one of them",
                             fc__yaml_show(name).text);
    draft->n_outputs++; /* so that its name is released */
    spec->name = fc__strdup(name != NULL ? name : "");
    if (o.tensor != NULL && fc__model_output_write(&o, &from, NULL) == FC_OK)
        spec->from = fc__strndup((const char *)from.data, from.size);
    fc_buf_dispose(&from);
    if (spec->name == NULL || (o.tensor != NULL && spec->from == NULL))
        fc__yaml_problem(y, item, "no memory for an output");
}

/* A dynamically quantised model gives other numbers under another version of the runtime: it
 * becomes part of what the card is. */
static fc_status ask_version(fc_card_draft *draft, const fc_neural_options *neural, fc_error *err)
{
    fc_error why = FC_ERROR_INIT;
    fc_runtime *rt = NULL;
    const fc_status st = fc__runtime_open(&rt, neural != NULL ? neural->library : NULL, &why);

    if (st != FC_OK)
        return fc_error_set(err, st,
                            "the model is quantised dynamically, so that the version of its "
                            "runtime belongs to the encoder: %.380s",
                            why.message);
    snprintf(draft->runtime, sizeof(draft->runtime), "%s", fc__runtime_version(rt));
    fc__runtime_close(rt);
    return FC_OK;
}

/* What the card does not name of the inputs. */
static fc_status find_inputs(const fc_onnx_model *model, fc_card_draft *draft, fc_error *err)
{
    if (draft->builtin->modality == FC_TEXT)
        return fc__model_text_find(model, draft->inputs, err);
    if (draft->inputs[0] == NULL)
        draft->inputs[0] = fc__strdup(model->n_inputs > 0 ? model->inputs[0].name : "");
    return draft->inputs[0] != NULL ? FC_OK : fc__nomem(err, 1, "a card");
}

/* The tokenizer's hash; what is in it is seen when an encoder is made of the card. */
static void hash_tokenizer(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft,
                           const fc_neural_options *neural)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    if (fc__tokenizer_read(draft->tokenizer, neural, &bytes, &draft->tokenizer_hash, &err) != FC_OK)
        fc__yaml_problem(y, fc__yaml_get(y, root, "tokenizer", FC_YAML_SCALAR, true), "%s",
                         err.message);
    fc_buf_dispose(&bytes);
}

/* Read the model and compare; its only input is the card's where the card names none. */
static void check_model(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft,
                        const fc_neural_options *neural)
{
    fc_yaml_node *at = fc__yaml_get(y, root, "model", FC_YAML_SCALAR, true);
    fc_onnx_model *model = NULL;
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st = fc__model_read(draft->model, neural, &bytes, &draft->model_hash, &err);

    if (st == FC_OK)
        st = fc__onnx_read(&model, bytes.data, bytes.size, draft->model, &err);
    if (st == FC_OK)
        st = find_inputs(model, draft, &err);
    if (st == FC_OK)
        st = fc__model_check(model, draft->model, draft->builtin->modality, draft->values,
                             (const char *const *)draft->inputs, draft->outputs, draft->n_outputs,
                             &err);
    if (st == FC_OK && fc__onnx_dynamic(model))
        st = ask_version(draft, neural, &err);
    if (st != FC_OK)
        fc__yaml_problem(y, at, "%s", err.message);
    fc__onnx_destroy(model);
    fc_buf_dispose(&bytes);
}

void fc__card_read_model_outputs(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft,
                                 const fc_neural_options *neural)
{
    fc_yaml_node *list = fc__yaml_get(y, root, "outputs", FC_YAML_SEQUENCE, true);
    const size_t n = list != NULL ? fc__yaml_length(list) : 0;

    if (draft->builtin == NULL || draft->builtin->modality != FC_TEXT)
        fc__yaml_get(y, root, "input", FC_YAML_SCALAR, false); /* known, whatever else is wrong */
    if (list == NULL || draft->builtin == NULL)
        return;
    if (n == 0 || n > FC_CARD_OUTPUTS_MAX) {
        fc__yaml_problem(y, list, "outputs has %zu entries; list 1 to %d", n, FC_CARD_OUTPUTS_MAX);
        return;
    }
    draft->outputs = fc__alloc_array(n, sizeof(*draft->outputs));
    if (draft->outputs == NULL) {
        fc__yaml_problem(y, list, "no memory for %zu outputs", n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        read_output(y, fc__yaml_item(list, i), draft);
    if (fc__yaml_n_problems(y) == 0 && draft->model != NULL)
        check_model(y, root, draft, neural);
    if (fc__yaml_n_problems(y) == 0 && draft->tokenizer != NULL)
        hash_tokenizer(y, root, draft, neural);
}
