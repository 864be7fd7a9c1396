/*
 * From checked choices to a card: parts with every default filled in, outputs, and what follows
 * from them. And back: parameter values from the parts of a card.
 */
#include "fc_card_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fingerprint.h"
#include "fc_number.h"

/* Longest text of a value: a number, true, false, or a choice of the table. */
#define VALUE_BYTES 64

static bool all_of(const char *s, const char *allowed)
{
    return strlen(s) <= FC_CARD_NAME_MAX && s[strspn(s, allowed)] == '\0';
}

bool fc__card_name_ok(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

    return name[0] != '\0' && strchr("._-", name[0]) == NULL && all_of(name, allowed);
}

bool fc__card_variant_ok(const char *variant)
{
    return all_of(variant, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-");
}

bool fc__card_precision_ok(fc_dtype precision)
{
    return precision == FC_F32 || precision == FC_F16 || precision == FC_BF16 || precision == FC_I8;
}

void fc__card_draft_init(fc_card_draft *draft, const fc_builtin *builtin, const char *name,
                         const char *origin)
{
    fc_builtin_output outputs[FC_BUILTIN_MAX_OUTPUTS] = {0};

    memset(draft, 0, sizeof(*draft));
    draft->builtin = builtin;
    draft->name = name;
    draft->variant = "";
    draft->origin = origin;
    fc__builtin_defaults(builtin, draft->values);
    if (builtin->outputs == NULL)
        return; /* a model: the card says them */
    builtin->outputs(draft->values, outputs);
    for (size_t k = 0; k < builtin->n_outputs; k++) {
        draft->chosen[k] = true;
        draft->precisions[k] = outputs[k].precision;
    }
}

/* The one text of a value that goes into the fingerprint. */
static void format_value(const fc_param_spec *spec, double value, char out[VALUE_BYTES])
{
    switch (spec->kind) {
    case FC_PARAM_INT:
        snprintf(out, VALUE_BYTES, "%lld", (long long)value);
        return;
    case FC_PARAM_REAL:
        fc__number_format(value, out);
        return;
    case FC_PARAM_FLAG:
        snprintf(out, VALUE_BYTES, "%s", value != 0.0 ? "true" : "false");
        return;
    case FC_PARAM_CHOICE:
    case FC_PARAM_LIST:
        snprintf(out, VALUE_BYTES, "%s", spec->choices[(size_t)value]);
        return;
    }
}

/* The number behind a text; false when it is not of the kind. Ranges are checked by the caller. */
static bool parse_value(const fc_param_spec *spec, const char *text, double *out)
{
    int64_t whole = 0;

    switch (spec->kind) {
    case FC_PARAM_INT:
        if (!fc__number_parse_int(text, &whole))
            return false;
        *out = (double)whole;
        return true;
    case FC_PARAM_REAL:
        return fc__number_parse_double(text, out);
    case FC_PARAM_FLAG:
        *out = strcmp(text, "true") == 0;
        return *out != 0.0 || strcmp(text, "false") == 0;
    case FC_PARAM_CHOICE:
    case FC_PARAM_LIST:
        for (size_t i = 0; spec->choices[i] != NULL; i++)
            if (strcmp(text, spec->choices[i]) == 0) {
                *out = (double)i;
                return true;
            }
        return false;
    }
    return false;
}

static size_t count_params(const fc_card *card)
{
    size_t n = 0;

    for (size_t i = 0; i < card->n_parts; i++)
        n += strncmp(card->parts[i].key, FC_CARD_PARAM_PREFIX, strlen(FC_CARD_PARAM_PREFIX)) == 0;
    return n;
}

/* Whether parameter `i` is one of those that came later. */
static bool is_later(const fc_builtin *builtin, size_t i)
{
    return i >= builtin->n_params - builtin->n_later;
}

/* Value `i` from the parts; *found: it is there. */
static fc_status read_value(const fc_card *card, const fc_builtin *builtin, size_t i, double *value,
                            bool *found, fc_error *err)
{
    const fc_param_spec *spec = &builtin->params[i];
    char key[sizeof(FC_CARD_PARAM_PREFIX) + VALUE_BYTES];
    const char *text;

    snprintf(key, sizeof(key), FC_CARD_PARAM_PREFIX "%s", spec->name);
    text = fc__card_part_value(card, key);
    *found = text != NULL;
    *value = spec->initial;
    if (text == NULL && is_later(builtin, i))
        return FC_OK;
    if (text == NULL)
        return fc_error_set(err, FC_E_CORRUPT, "%s: card '%s' lacks %s", card->origin, card->name,
                            key);
    if (!parse_value(spec, text, value))
        return fc_error_set(err, FC_E_CORRUPT, "%s: card '%s' has %s '%s', which is no value of it",
                            card->origin, card->name, key, text);
    if (is_later(builtin, i) && *value == spec->initial)
        return fc_error_set(err, FC_E_CORRUPT,
                            "%s: card '%s' has %s '%s', the default, which is left out",
                            card->origin, card->name, key, text);
    return FC_OK;
}

fc_status fc__card_values(const fc_card *card, const fc_builtin *builtin, double *values,
                          fc_error *err)
{
    fc_error why = FC_ERROR_INIT;
    size_t n_found = 0;

    for (size_t i = 0; i < builtin->n_params; i++) {
        bool found;
        const fc_status st = read_value(card, builtin, i, &values[i], &found, err);

        if (st != FC_OK)
            return st;
        n_found += found;
    }
    if (count_params(card) != n_found)
        return fc_error_set(err, FC_E_CORRUPT, "%s: card '%s' has %zu parameters, %s knows %zu",
                            card->origin, card->name, count_params(card), builtin->name, n_found);
    if (fc__builtin_check(builtin, values, &why) != FC_OK)
        return fc_error_set(err, FC_E_CORRUPT, "%s: card '%s': %s", card->origin, card->name,
                            why.message);
    return FC_OK;
}

fc_status fc__card_add_part(fc_card *card, const char *key, const char *value, fc_error *err)
{
    fc_card_part *grown =
        realloc(card->parts, (card->n_parts + 1) * sizeof(*card->parts)); /* at most 64 */
    fc_card_part *part;

    if (grown == NULL)
        return fc__nomem(err, (card->n_parts + 1) * sizeof(*card->parts), "parts of a card");
    card->parts = grown;
    part = &card->parts[card->n_parts];
    part->key = fc__strdup(key);
    part->value = fc__strdup(value);
    card->n_parts++; /* counted either way, so that destroy frees what is there */
    if (part->key == NULL || part->value == NULL)
        return fc__nomem(err, strlen(key) + strlen(value), "a part of a card");
    return FC_OK;
}

const char *fc__card_part_value(const fc_card *card, const char *key)
{
    for (size_t i = 0; i < card->n_parts; i++)
        if (strcmp(card->parts[i].key, key) == 0)
            return card->parts[i].value;
    return NULL;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const fc_card_part *)a)->key, ((const fc_card_part *)b)->key);
}

fc_status fc__card_finish(fc_card *card, fc_error *err)
{
    fc_buf json = FC_BUF_INIT;
    fc_status st;

    qsort(card->parts, card->n_parts, sizeof(*card->parts), by_key);
    for (size_t i = 1; i < card->n_parts; i++)
        if (by_key(&card->parts[i - 1], &card->parts[i]) == 0)
            return fc_error_set(err, FC_E_FORMAT, "%s: card '%s' has '%s' twice", card->origin,
                                card->name, card->parts[i].key);
    st = fc__fingerprint(card->parts, card->n_parts, &card->fingerprint, err);
    if (st != FC_OK)
        return st;
    st = fc__card_write_canonical(card, &json, err);
    if (st == FC_OK && json.size > FC_CARD_CANONICAL_MAX)
        st = fc_error_set(err, FC_E_LIMIT, "%s: card '%s' has %zu bytes with its data; at most %u",
                          card->origin, card->name, json.size, (unsigned)FC_CARD_CANONICAL_MAX);
    if (st == FC_OK) {
        free(card->canonical);
        card->canonical = fc__strndup((const char *)json.data, json.size);
        if (card->canonical == NULL)
            st = fc__nomem(err, json.size, "a card");
    }
    fc_buf_dispose(&json);
    return st;
}

/* The text of a list that is a file, under the name of its parameter. */
static fc_status add_list(fc_card *card, const fc_card_draft *draft, const fc_param_spec *spec,
                          fc_error *err)
{
    char key[sizeof(FC_CARD_DATA_PREFIX) + VALUE_BYTES];
    char *text = fc__strndup((const char *)draft->list.data, draft->list.size);
    fc_status st;

    if (text == NULL)
        return fc__nomem(err, draft->list.size, "a card");
    snprintf(key, sizeof(key), FC_CARD_DATA_PREFIX "%s", spec->name);
    st = fc__card_add_part(card, key, text, err);
    free(text);
    return st;
}

static fc_status add_parts(fc_card *card, const fc_card_draft *draft, fc_error *err)
{
    const fc_builtin *builtin = draft->builtin;
    char version[16];
    fc_status st;

    snprintf(version, sizeof(version), "%u", (unsigned)builtin->code_version);
    st = fc__card_add_part(card, "encoder", builtin->name, err);
    if (st == FC_OK)
        st = fc__card_add_part(card, "code_version", version, err);
    if (st == FC_OK)
        st = fc__card_add_part(card, "modality", fc_modality_name(builtin->modality), err);
    if (st == FC_OK)
        st = fc__card_add_part(card, "variant", draft->variant, err);
    for (size_t i = 0; i < builtin->n_params && st == FC_OK; i++) {
        const fc_param_spec *spec = &builtin->params[i];
        char key[sizeof(FC_CARD_PARAM_PREFIX) + VALUE_BYTES];
        char value[VALUE_BYTES];

        if (is_later(builtin, i) && draft->values[i] == spec->initial)
            continue;
        snprintf(key, sizeof(key), FC_CARD_PARAM_PREFIX "%s", spec->name);
        format_value(spec, draft->values[i], value);
        st = fc__card_add_part(card, key, value, err);
        if (st == FC_OK && spec->kind == FC_PARAM_LIST &&
            spec->choices[(size_t)draft->values[i] + 1] == NULL)
            st = add_list(card, draft, spec, err);
    }
    return st;
}

static fc_status add_outputs(fc_card *card, const fc_card_draft *draft, fc_error *err)
{
    fc_builtin_output all[FC_BUILTIN_MAX_OUTPUTS] = {0};

    card->outputs = fc__alloc_array(draft->builtin->n_outputs, sizeof(*card->outputs));
    if (card->outputs == NULL)
        return fc__nomem(err, sizeof(*card->outputs), "outputs of a card");
    draft->builtin->outputs(draft->values, all);
    for (size_t k = 0; k < draft->builtin->n_outputs; k++) {
        fc_output_spec *spec = &card->outputs[card->n_outputs];

        if (!draft->chosen[k])
            continue;
        if ((spec->name = fc__strdup(all[k].name)) == NULL)
            return fc__nomem(err, strlen(all[k].name), "an output of a card");
        spec->precision = draft->precisions[k];
        spec->rank = all[k].rank;
        memcpy(spec->shape, all[k].shape, sizeof(spec->shape));
        spec->searchable = all[k].searchable;
        card->n_outputs++;
    }
    return FC_OK;
}

/* A model's outputs, as the card has them. */
static fc_status copy_outputs(fc_card *card, const fc_card_draft *draft, fc_error *err)
{
    card->outputs = fc__alloc_array(draft->n_outputs, sizeof(*card->outputs));
    if (card->outputs == NULL)
        return fc__nomem(err, draft->n_outputs * sizeof(*card->outputs), "outputs of a card");
    for (size_t k = 0; k < draft->n_outputs; k++) {
        const fc_status st = fc__output_spec_copy(&card->outputs[k], &draft->outputs[k], err);

        card->n_outputs = k + 1;
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

const char *const fc__card_text_parts[FC_TEXT_ROLES] = {
    [FC_TEXT_IDS] = "model.input",
    [FC_TEXT_MASK] = "model.mask",
    [FC_TEXT_TYPES] = "model.types",
    [FC_TEXT_POSITIONS] = "model.positions",
};

static fc_status add_tokenizer(fc_card *card, const fc_card_draft *draft, fc_error *err)
{
    char hex[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(&draft->tokenizer_hash, hex);
    card->tokenizer = fc__strdup(draft->tokenizer);
    if (card->tokenizer == NULL)
        return fc__nomem(err, strlen(draft->tokenizer), "a card");
    if (draft->prefix != NULL) {
        const fc_status st = fc__card_add_part(card, FC_CARD_PREFIX_PART, draft->prefix, err);

        if (st != FC_OK)
            return st;
    }
    return fc__card_add_part(card, FC_CARD_TOKENIZER_PART, hex, err);
}

static fc_status add_model(fc_card *card, const fc_card_draft *draft, fc_error *err)
{
    char hex[FC_SHA256_HEX_BYTES];
    fc_status st;

    fc__sha256_hex(&draft->model_hash, hex);
    card->model = fc__strdup(draft->model);
    if (card->model == NULL)
        return fc__nomem(err, strlen(draft->model), "a card");
    st = fc__card_add_part(card, "model.sha256", hex, err);
    if (st == FC_OK && draft->runtime[0] != '\0')
        st = fc__card_add_part(card, FC_CARD_RUNTIME_PART, draft->runtime, err);
    for (size_t i = 0; i < FC_TEXT_ROLES && st == FC_OK; i++)
        if (draft->inputs[i] != NULL)
            st = fc__card_add_part(card, fc__card_text_parts[i], draft->inputs[i], err);
    return st == FC_OK && draft->tokenizer != NULL ? add_tokenizer(card, draft, err) : st;
}

fc_status fc__output_spec_copy(fc_output_spec *out, const fc_output_spec *spec, fc_error *err)
{
    *out = *spec;
    out->name = fc__strdup(spec->name);
    out->from = spec->from != NULL ? fc__strdup(spec->from) : NULL;
    if (out->name == NULL || (spec->from != NULL && out->from == NULL))
        return fc__nomem(err, strlen(spec->name), "an output");
    return FC_OK;
}

void fc__output_spec_dispose(fc_output_spec *spec)
{
    free(spec->name);
    free(spec->from);
    spec->name = spec->from = NULL;
}

void fc__card_draft_dispose(fc_card_draft *draft)
{
    fc_buf_dispose(&draft->list);
    for (size_t k = 0; k < draft->n_outputs; k++)
        fc__output_spec_dispose(&draft->outputs[k]);
    free(draft->outputs);
    for (size_t i = 0; i < FC_TEXT_ROLES; i++) {
        free(draft->inputs[i]);
        draft->inputs[i] = NULL;
    }
    free(draft->tokenizer);
    free(draft->prefix);
    free(draft->model);
    draft->outputs = NULL;
    draft->n_outputs = 0;
    draft->tokenizer = draft->prefix = draft->model = NULL;
}

fc_status fc__card_build(fc_card **out, const fc_card_draft *draft, fc_error *err)
{
    fc_card *card = fc__alloc_array(1, sizeof(*card));
    fc_status st;

    *out = NULL;
    if (card == NULL)
        return fc__nomem(err, sizeof(*card), "a card");
    card->name = fc__strdup(draft->name);
    card->encoder = fc__strdup(draft->builtin->name);
    card->variant = fc__strdup(draft->variant);
    card->origin = fc__strdup(draft->origin);
    card->modality = draft->builtin->modality;
    if (card->name == NULL || card->encoder == NULL || card->variant == NULL ||
        card->origin == NULL) {
        st = fc__nomem(err, sizeof(*card), "a card");
        goto done;
    }
    st = add_parts(card, draft, err);
    if (st == FC_OK && draft->model != NULL)
        st = add_model(card, draft, err);
    if (st != FC_OK)
        goto done;
    st = draft->model != NULL ? copy_outputs(card, draft, err) : add_outputs(card, draft, err);
    if (st != FC_OK)
        goto done;
    st = fc__card_finish(card, err);
    if (st != FC_OK)
        goto done;
    *out = card;
    card = NULL;

done:
    fc__card_destroy(card);
    return st;
}
