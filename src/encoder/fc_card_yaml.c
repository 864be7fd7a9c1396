/*
 * A card's YAML to a draft: every key checked, every parameter against the built-in's own table,
 * all problems of the file told at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_card_build.h"
#include "fc_file.h"
#include "fc_model.h"
#include "fc_number.h"
#include "fc_yaml.h"

const char *const fc__card_precision_names[] = {"f32", "f16", "bf16", "int8", NULL};
const fc_dtype fc__card_precisions[] = {FC_F32, FC_F16, FC_BF16, FC_I8};

#define LIST_BYTES_MAX   (UINT32_C(64) << 10)
#define LIST_CHOICES_MAX 32

/* The bytes of the file `path`, which is relative to the folder of the card and beneath it. */
static fc_status read_beneath(const char *origin, const char *path, fc_buf *out, fc_error *err)
{
    const char *slash = strrchr(origin, '/');
    char *folder =
        slash != NULL ? fc__strndup(origin, (size_t)(slash + 1 - origin)) : fc__strdup(".");
    int root = -1, file = -1;
    fc_status st = FC_OK;

    if (folder == NULL)
        return fc__nomem(err, strlen(origin), "a path");
    root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        st = fc__io_error(err, errno, "open", folder);
    if (st == FC_OK)
        st = fc__open_beneath(root, path, &file, err);
    if (st == FC_OK)
        st = fc__file_read_fd(file, path, LIST_BYTES_MAX, out, NULL, err);
    if (file >= 0)
        close(file);
    if (root >= 0)
        close(root);
    free(folder);
    return st;
}

/* The list file at `path`, into the draft. */
static void load_list(fc_yaml *y, const fc_yaml_node *node, const char *path, const char *name,
                      fc_card_draft *draft)
{
    fc_buf text = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    st = read_beneath(draft->origin, path, &text, &err);
    if (st == FC_OK)
        st = draft->builtin->read_file((const char *)text.data, text.size, &draft->list, &err);
    if (st != FC_OK)
        fc__yaml_problem(y, node, "%s is '%s': %s", name, fc__yaml_show(path).text, err.message);
    fc_buf_dispose(&text);
}

/* One of the choices, or the path of a file, which has a '.' or '/' in it as no choice has. */
static void read_list(fc_yaml *y, fc_yaml_node *params, const fc_param_spec *spec, double *value,
                      fc_card_draft *draft)
{
    const char *names[LIST_CHOICES_MAX] = {NULL};
    fc_yaml_node *node = fc__yaml_get(y, params, spec->name, FC_YAML_SCALAR, false);
    size_t n = 0, choice = 0;

    while (spec->choices[n] != NULL && n + 1 < LIST_CHOICES_MAX) {
        names[n] = spec->choices[n];
        n++;
    }
    if (node != NULL && strpbrk(fc__yaml_scalar(node), "./") != NULL) {
        *value = (double)(n - 1);
        load_list(y, node, fc__yaml_scalar(node), spec->name, draft);
        return;
    }
    names[n - 1] = "the path of a file (./words.txt)";
    if (fc__yaml_get_choice(y, params, spec->name, false, names, &choice))
        *value = (double)choice;
}

/* One number of a list: "mean.g" is the second of `mean: [1, 2, 3]`; the list belongs to the first
 * of its names. */
static void read_of_list(fc_yaml *y, fc_yaml_node *params, const fc_builtin *builtin, size_t first,
                         double *values)
{
    const char *name = builtin->params[first].name;
    const size_t n_prefix = strcspn(name, ".");
    char prefix[32];
    fc_yaml_node *list;
    size_t n = 0;

    snprintf(prefix, sizeof(prefix), "%.*s", (int)n_prefix, name);
    while (first + n < builtin->n_params &&
           strncmp(builtin->params[first + n].name, name, n_prefix + 1) == 0)
        n++;
    list = fc__yaml_get(y, params, prefix, FC_YAML_SEQUENCE, false);
    if (list == NULL)
        return;
    if (fc__yaml_length(list) != n) {
        fc__yaml_problem(y, list, "%s has %zu numbers; write %zu", prefix, fc__yaml_length(list),
                         n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const fc_param_spec *spec = &builtin->params[first + i];
        fc_yaml_node *item = fc__yaml_item(list, i);
        const bool scalar = fc__yaml_node_kind(item) == FC_YAML_SCALAR;
        double v = 0;

        if (scalar && fc__number_parse_double(fc__yaml_scalar(item), &v) && v >= spec->min &&
            v <= spec->max)
            values[first + i] = v;
        else
            fc__yaml_problem(y, item, "%s is '%s'; write a number from %g to %g", spec->name,
                             scalar ? fc__yaml_show(fc__yaml_scalar(item)).text : "a list or map",
                             spec->min, spec->max);
    }
}

/* Whether parameter i is in a list whose first one was read. */
static bool in_list(const fc_builtin *builtin, size_t i)
{
    const size_t n = strcspn(builtin->params[i].name, ".");

    return builtin->params[i].name[n] == '.' && i > 0 &&
           strncmp(builtin->params[i - 1].name, builtin->params[i].name, n + 1) == 0;
}

/* Read one parameter, if it is there, into *value. */
static void read_param(fc_yaml *y, fc_yaml_node *params, const fc_param_spec *spec, double *value,
                       fc_card_draft *draft)
{
    int64_t whole = 0;
    size_t choice = 0;
    bool flag = false;

    switch (spec->kind) {
    case FC_PARAM_INT:
        if (fc__yaml_get_int(y, params, spec->name, false, (int64_t)spec->min, (int64_t)spec->max,
                             &whole))
            *value = (double)whole;
        return;
    case FC_PARAM_REAL:
        fc__yaml_get_double(y, params, spec->name, false, spec->min, spec->max, value);
        return;
    case FC_PARAM_FLAG:
        if (fc__yaml_get_bool(y, params, spec->name, false, &flag))
            *value = flag ? 1.0 : 0.0;
        return;
    case FC_PARAM_CHOICE:
        if (fc__yaml_get_choice(y, params, spec->name, false, spec->choices, &choice))
            *value = (double)choice;
        return;
    case FC_PARAM_LIST:
        read_list(y, params, spec, value, draft);
        return;
    }
}

/* The parameter that a rule's message begins with, or all of them: where the problem is shown. */
static fc_yaml_node *blamed(fc_yaml *y, fc_yaml_node *params, const fc_builtin *builtin,
                            const char *message)
{
    const size_t n = strcspn(message, " ");

    for (size_t i = 0; i < builtin->n_params; i++) {
        const char *name = builtin->params[i].name;
        fc_yaml_node *node;

        if (strlen(name) != n || strncmp(message, name, n) != 0)
            continue;
        node = fc__yaml_get(y, params, name, FC_YAML_SCALAR, false);
        return node != NULL ? node : params;
    }
    return params;
}

static void read_params(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft)
{
    const size_t n_before = fc__yaml_n_problems(y);
    fc_yaml_node *params = fc__yaml_get(y, root, "params", FC_YAML_MAP, false);
    fc_error err = FC_ERROR_INIT;

    if (params == NULL || draft->builtin == NULL)
        return;
    for (size_t i = 0; i < draft->builtin->n_params; i++) {
        if (strchr(draft->builtin->params[i].name, '.') == NULL)
            read_param(y, params, &draft->builtin->params[i], &draft->values[i], draft);
        else if (!in_list(draft->builtin, i))
            read_of_list(y, params, draft->builtin, i, draft->values);
    }
    fc__yaml_finish_map(y, params);
    /* Rules between parameters say something only once each is right by itself. */
    if (fc__yaml_n_problems(y) == n_before &&
        fc__builtin_check(draft->builtin, draft->values, &err) != FC_OK)
        fc__yaml_problem(y, blamed(y, params, draft->builtin, err.message), "%s", err.message);
}

/* One entry of `outputs:`; `names` are those the built-in has, NULL-terminated. */
static void read_output(fc_yaml *y, fc_yaml_node *item, const char *const *names,
                        fc_card_draft *draft)
{
    size_t k = 0, precision = 0;

    if (fc__yaml_node_kind(item) != FC_YAML_MAP) {
        fc__yaml_problem(y, item, "an output is a map; write { name: %s, precision: f32 }",
                         names[0]);
        return;
    }
    if (fc__yaml_get_choice(y, item, "name", true, names, &k)) {
        if (draft->chosen[k])
            fc__yaml_problem(y, item, "output '%s' is there twice; keep one of them", names[k]);
        draft->chosen[k] = true;
        if (fc__yaml_get_choice(y, item, "precision", false, fc__card_precision_names, &precision))
            draft->precisions[k] = fc__card_precisions[precision];
    } else {
        fc__yaml_get_choice(y, item, "precision", false, fc__card_precision_names, &precision);
    }
    fc__yaml_finish_map(y, item);
}

static void read_outputs(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft)
{
    fc_builtin_output all[FC_BUILTIN_MAX_OUTPUTS] = {0};
    const char *names[FC_BUILTIN_MAX_OUTPUTS + 1] = {NULL};
    double defaults[FC_BUILTIN_MAX_PARAMS];
    fc_yaml_node *outputs = fc__yaml_get(y, root, "outputs", FC_YAML_SEQUENCE, false);

    if (outputs == NULL || draft->builtin == NULL)
        return;
    /* Which outputs there are does not depend on the values, and those of the file may be wrong. */
    fc__builtin_defaults(draft->builtin, defaults);
    draft->builtin->outputs(defaults, all);
    for (size_t k = 0; k < draft->builtin->n_outputs; k++) {
        names[k] = all[k].name;
        draft->chosen[k] = false;
    }
    if (fc__yaml_length(outputs) == 0)
        fc__yaml_problem(y, outputs,
                         "outputs is empty; list one such as { name: %s }, or leave the key out "
                         "for all of them",
                         names[0]);
    for (size_t i = 0; i < fc__yaml_length(outputs); i++)
        read_output(y, fc__yaml_item(outputs, i), names, draft);
}

static void read_name(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft)
{
    const char *name, *variant;

    if (fc__yaml_get_string(y, root, "name", true, &name)) {
        draft->name = name;
        if (!fc__card_name_ok(name))
            fc__yaml_problem(y, fc__yaml_get(y, root, "name", FC_YAML_SCALAR, true),
                             "name is '%s'; write 1 to 64 of a-z 0-9 . _ - and begin with a letter "
                             "or digit",
                             fc__yaml_show(name).text);
    }
    if (fc__yaml_get_string(y, root, "variant", false, &variant)) {
        draft->variant = variant;
        if (!fc__card_variant_ok(variant))
            fc__yaml_problem(y, fc__yaml_get(y, root, "variant", FC_YAML_SCALAR, true),
                             "variant is '%s'; write at most 64 of A-Z a-z 0-9 . _ + -",
                             fc__yaml_show(variant).text);
    }
}

/* A model of a modality: the parameters it has, and its file. */
static void read_kind(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft, fc_modality modality,
                      const char *origin)
{
    const fc_builtin *kind = fc__model_kind(modality);

    if (kind == NULL) {
        fc__yaml_problem(y, fc__yaml_get(y, root, "modality", FC_YAML_SCALAR, true),
                         "modality is '%s'; a model takes image, text, audio or points",
                         fc_modality_name(modality));
        return;
    }
    fc__card_draft_init(draft, kind, "", origin);
    fc__card_read_model(y, root, draft, origin);
}

/* Which built-in, and whether the card agrees on what it takes. */
static void read_encoder(fc_yaml *y, fc_yaml_node *root, fc_card_draft *draft, const char *origin)
{
    static const char *const modalities[] = {"image", "text", "audio", "points", "vector", NULL};
    const char *const *names = fc__card_builtins();
    const char *takes;
    size_t which = 0, modality = 0;
    fc_modality takes_what = FC_MODALITY_NONE;
    bool has_modality = fc__yaml_get_choice(y, root, "modality", true, modalities, &modality);

    if (fc__yaml_get(y, root, "model", FC_YAML_SCALAR, false) != NULL) {
        if (fc__yaml_get(y, root, "encoder", FC_YAML_SCALAR, false) != NULL)
            fc__yaml_problem(y, fc__yaml_get(y, root, "encoder", FC_YAML_SCALAR, false),
                             "encoder and model are both there; a model is an encoder by itself");
        if (has_modality && fc_modality_parse(&takes_what, modalities[modality]) == FC_OK)
            read_kind(y, root, draft, takes_what, origin);
        return;
    }
    if (!fc__yaml_get_choice(y, root, "encoder", true, names, &which))
        return;
    fc__card_draft_init(draft, fc__builtin_find(names[which]), "", origin);
    takes = fc_modality_name(draft->builtin->modality);
    if (has_modality && strcmp(modalities[modality], takes) != 0)
        fc__yaml_problem(y, fc__yaml_get(y, root, "modality", FC_YAML_SCALAR, true),
                         "modality is '%s'; %s takes %s", modalities[modality], names[which],
                         takes);
}

static void read_card(fc_yaml *y, fc_card_draft *draft, const char *origin,
                      const fc_neural_options *neural)
{
    fc_yaml_node *root = fc__yaml_root(y);

    if (fc__yaml_node_kind(root) != FC_YAML_MAP) {
        fc__yaml_problem(y, root, "a card is a map; write 'key: value' lines, 'name:' first");
        return;
    }
    read_encoder(y, root, draft, origin);
    read_name(y, root, draft);
    read_params(y, root, draft);
    if (fc__yaml_get(y, root, "model", FC_YAML_SCALAR, false) != NULL)
        fc__card_read_model_outputs(y, root, draft, neural);
    else
        read_outputs(y, root, draft);
    fc__yaml_finish_map(y, root);
}

/* Hand the list over, and its first line as the message. */
static fc_status report(const fc_yaml *y, fc_buf *problems, fc_error *err)
{
    const char *all = fc__yaml_problems(y);
    const fc_status st = problems != NULL ? fc_buf_append_text(problems, all, err) : FC_OK;

    if (st != FC_OK)
        return st;
    return fc_error_set(err, FC_E_FORMAT, "%.*s", (int)strcspn(all, "\n"), all);
}

fc_status fc__card_parse(fc_card **out, const char *yaml, size_t n, const char *origin,
                         fc_buf *problems, fc_error *err)
{
    return fc__card_parse_on(out, yaml, n, origin, NULL, problems, err);
}

fc_status fc__card_parse_on(fc_card **out, const char *yaml, size_t n, const char *origin,
                            const fc_neural_options *neural, fc_buf *problems, fc_error *err)
{
    fc_card_draft draft = {0};
    fc_error local = FC_ERROR_INIT;
    fc_yaml *y = NULL;
    fc_status st;

    *out = NULL;
    if (err == NULL)
        err = &local; /* the list needs the message too */
    st = fc__yaml_parse(&y, yaml, n, origin, err);
    if (st != FC_OK) {
        if (problems != NULL && (fc_buf_append_text(problems, err->message, NULL) != FC_OK ||
                                 fc_buf_append_text(problems, "\n", NULL) != FC_OK))
            st = FC_E_NOMEM;
        return st;
    }
    read_card(y, &draft, origin, neural);
    if (fc__yaml_n_problems(y) > 0)
        st = report(y, problems, err);
    else
        st = fc__card_build(out, &draft, err);
    fc__card_draft_dispose(&draft);
    fc__yaml_destroy(y);
    return st;
}
