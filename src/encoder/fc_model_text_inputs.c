/*
 * The inputs of a model of texts: found by their usual names, held against what is fed.
 */
#include <stdio.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_model_text.h"

const char *const fc__text_role_tensors[FC_TEXT_ROLES] = {
    [FC_TEXT_IDS] = "input_ids",
    [FC_TEXT_MASK] = "attention_mask",
    [FC_TEXT_TYPES] = "token_type_ids",
    [FC_TEXT_POSITIONS] = "position_ids",
};
const char *const fc__text_role_names[] = {"ids", "mask", "types", "positions", NULL};

fc_status fc__model_text_find(const fc_onnx_model *m, char *names[FC_TEXT_ROLES], fc_error *err)
{
    const char *usual;

    for (size_t i = 0; i < FC_TEXT_ROLES; i++) {
        if (names[i] != NULL)
            continue;
        usual = fc__text_role_tensors[i];
        if (i == FC_TEXT_IDS && m->n_inputs == 1)
            usual = m->inputs[0].name; /* what else could it be */
        else if (i != FC_TEXT_IDS && fc__onnx_input(m, usual) == NULL)
            continue;
        names[i] = fc__strdup(usual);
        if (names[i] == NULL)
            return fc__nomem(err, strlen(usual), "a card");
    }
    return FC_OK;
}

static bool is_fed(const char *const names[FC_TEXT_ROLES], const char *input)
{
    for (size_t i = 0; i < FC_TEXT_ROLES; i++)
        if (names[i] != NULL && strcmp(names[i], input) == 0)
            return true;
    return false;
}

/* An input that nothing is fed to, or a name that is no input: the message lists the model's. */
static fc_status wrong_name(const fc_onnx_model *m, const char *name, const char *what,
                            bool missing, fc_error *err)
{
    fc_buf names = FC_BUF_INIT;
    fc_status st = fc__model_list_values(m->inputs, m->n_inputs, &names, err);

    if (st == FC_OK)
        st = fc_error_set(err, missing ? FC_E_FORMAT : FC_E_UNSUPPORTED,
                          missing ? "%s: no input '%.60s'; the model has %.*s"
                                  : "%s: a card of texts has nothing for input '%.60s' of %.*s (it "
                                    "feeds ids, mask, types and positions)",
                          name, what, (int)names.size, (const char *)names.data);
    fc_buf_dispose(&names);
    return st;
}

/* "MODEL: input 'input_ids': the card feeds [batch, n] i64 or i32, the model takes ..." */
static fc_status mismatch(const char *name, const fc_onnx_value *v, const char *ours, fc_error *err)
{
    fc_buf model = FC_BUF_INIT;
    char room[16];
    fc_status st = fc__onnx_show_shape(v, &model, err);

    if (st == FC_OK)
        st = fc_error_set(err, FC_E_FORMAT,
                          "%s: input '%.60s': the card feeds %s, the model takes %.*s %s", name,
                          v->name, ours, (int)model.size, (const char *)model.data,
                          fc__onnx_type_name(v->type, room));
    fc_buf_dispose(&model);
    return st;
}

static fc_status check_input(const char *name, const fc_model_text_rule *rule,
                             const fc_onnx_value *v, fc_error *err)
{
    char ours[64];

    if ((v->type != FC_ONNX_I64 && v->type != FC_ONNX_I32) || (v->has_shape && v->rank != 2))
        return mismatch(name, v, "[batch, n] i64 or i32", err);
    if (v->has_shape && v->shape[0] > 1)
        return fc_error_set(
            err, FC_E_UNSUPPORTED,
            "%s: input '%.60s' takes batches of exactly %lld; export the model with "
            "a batch axis of 1, or an open one",
            name, v->name, (long long)v->shape[0]);
    if (!v->has_shape || v->shape[1] < 0 ||
        (rule->fixed_length && v->shape[1] == (int64_t)rule->max_tokens))
        return FC_OK;
    snprintf(ours, sizeof(ours),
             rule->fixed_length ? "[batch, %u] (fixed_length)" : "[batch, n] with n up to %u",
             rule->max_tokens);
    return mismatch(name, v, ours, err);
}

fc_status fc__model_text_check(const fc_onnx_model *m, const char *name, const double *values,
                               const char *const names[FC_TEXT_ROLES], fc_error *err)
{
    const fc_model_text_rule rule = fc__model_text_rule(values);
    fc_status st = FC_OK;

    for (size_t i = 0; i < FC_TEXT_ROLES && st == FC_OK; i++) {
        const fc_onnx_value *v = names[i] != NULL ? fc__onnx_input(m, names[i]) : NULL;

        if (v != NULL)
            st = check_input(name, &rule, v, err);
        else if (names[i] != NULL)
            st = wrong_name(m, name, names[i], true, err);
    }
    for (size_t i = 0; i < m->n_inputs && st == FC_OK; i++)
        if (!is_fed(names, m->inputs[i].name))
            st = wrong_name(m, name, m->inputs[i].name, false, err);
    return st;
}

fc_status fc__model_text_check_output(const char *name, const double *values,
                                      const fc_output_spec *spec, const fc_model_output *o,
                                      fc_error *err)
{
    const fc_model_text_rule rule = fc__model_text_rule(values);

    if (o->layout == FC_LAYOUT_CHW || o->layout == FC_LAYOUT_HWC)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: output '%s': layout is '%s'; of a text there are vectors and rows",
                            name, spec->name, fc__model_layouts[o->layout]);
    if (o->all_rows && !rule.fixed_length)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: output '%s': rows is 'all', and how many of them are padding "
                            "depends on the texts beside it, without fixed_length",
                            name, spec->name);
    if (spec->rank == 2 && spec->shape[0] != 0 && !o->all_rows)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: output '%s': a text has as many rows as tokens: write [n, %llu]",
                            name, spec->name, (unsigned long long)spec->shape[1]);
    return FC_OK;
}
