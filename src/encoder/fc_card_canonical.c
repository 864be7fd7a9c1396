/*
 * The canonical JSON of a card, and back: what a store keeps with an encoder version.
 *
 * One card has one text: keys sorted, no blanks, nothing left out. Reading ends by writing the card
 * again and comparing every byte, so that whatever is not exactly what this program would have
 * written (an unknown key, another order, a number in another form) is found without a rule each.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_card_build.h"
#include "fc_json.h"
#include "fc_model.h"
#include "fc_number.h"

#define CARD_SCHEMA         "featcache.card/1"
#define CARD_SCHEMA_FAMILY  "featcache.card/"
#define OUTPUT_ELEMENTS_MAX (UINT64_C(1) << 30)
#define STORE_ORIGIN        "the store"

fc_status fc__card_write_canonical(const fc_card *card, fc_buf *out, fc_error *err)
{
    fc_json j = fc_json_into(out);

    fc_json_object_begin(&j);
    if (card->model != NULL)
        fc_json_kv_string(&j, "model", card->model);
    fc_json_kv_string(&j, "name", card->name);
    fc_json_key(&j, "outputs");
    fc_json_array_begin(&j);
    for (size_t k = 0; k < card->n_outputs; k++) {
        const fc_output_spec *spec = &card->outputs[k];

        fc_json_object_begin(&j);
        if (spec->from != NULL)
            fc_json_kv_string(&j, "from", spec->from);
        fc_json_kv_string(&j, "name", spec->name);
        fc_json_kv_string(&j, "precision", fc_dtype_name(spec->precision));
        fc_json_kv_bool(&j, "searchable", spec->searchable);
        fc_json_key(&j, "shape");
        fc_json_array_begin(&j);
        for (uint32_t a = 0; a < spec->rank; a++)
            fc_json_uint(&j, spec->shape[a]);
        fc_json_array_end(&j);
        fc_json_object_end(&j);
    }
    fc_json_array_end(&j);
    fc_json_key(&j, "parts");
    fc_json_object_begin(&j);
    for (size_t i = 0; i < card->n_parts; i++)
        fc_json_kv_string(&j, card->parts[i].key, card->parts[i].value);
    fc_json_object_end(&j);
    fc_json_kv_string(&j, "schema", CARD_SCHEMA);
    if (card->tokenizer != NULL)
        fc_json_kv_string(&j, "tokenizer", card->tokenizer);
    fc_json_object_end(&j);
    return fc_json_status(&j, err);
}

static fc_status corrupt(fc_error *err, const char *what)
{
    return fc_error_set(err, FC_E_CORRUPT, "the card in the store: %s", what);
}

/* *out = a copy of the string `key` of an object; NULL when it is no string. */
static fc_status copy_string(char **out, const json_t *object, const char *key, fc_error *err)
{
    const char *s = json_string_value(json_object_get(object, key));

    *out = NULL;
    /* Told apart from what is not there: a store must not be called damaged for want of memory. */
    if (s != NULL && (*out = fc__strdup(s)) == NULL)
        return fc__nomem(err, strlen(s), "a card");
    return FC_OK;
}

static fc_status read_schema(const json_t *root, fc_error *err)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));

    if (schema == NULL)
        return corrupt(err, "no schema");
    if (strcmp(schema, CARD_SCHEMA) == 0)
        return FC_OK;
    if (strncmp(schema, CARD_SCHEMA_FAMILY, strlen(CARD_SCHEMA_FAMILY)) == 0)
        return fc_error_set(err, FC_E_VERSION,
                            "the card in the store has schema %s; this program reads %s: use the "
                            "newer program that wrote it",
                            schema, CARD_SCHEMA);
    return corrupt(err, "another schema");
}

static bool key_ok(const char *key)
{
    return key[0] != '\0' && strlen(key) <= FC_CARD_NAME_MAX + strlen("params.") &&
           key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.")] == '\0';
}

static fc_status read_parts(fc_card *card, json_t *parts, fc_error *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(parts) || json_object_size(parts) > FC_CARD_PARTS_MAX)
        return corrupt(err, "no parts, or more than 64");
    json_object_foreach(parts, key, value)
    {
        fc_status st;

        if (!key_ok(key) || !json_is_string(value))
            return corrupt(err, "a part that is no name with a text");
        st = fc__card_add_part(card, key, json_string_value(value), err);
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

/* The fields that are parts as well; the name is apart. */
static fc_status read_identity(fc_card *card, const json_t *root, const json_t *parts,
                               fc_error *err)
{
    const char *modality = fc__card_part_value(card, "modality");
    const char *version = fc__card_part_value(card, "code_version");
    int64_t number = 0;
    fc_status st;

    st = copy_string(&card->name, root, "name", err);
    if (st == FC_OK)
        st = copy_string(&card->encoder, parts, "encoder", err);
    if (st == FC_OK)
        st = copy_string(&card->variant, parts, "variant", err);
    if (st == FC_OK)
        st = copy_string(&card->model, root, "model", err);
    if (st == FC_OK)
        st = copy_string(&card->tokenizer, root, "tokenizer", err);
    if (st != FC_OK)
        return st;
    if (card->name == NULL || !fc__card_name_ok(card->name))
        return corrupt(err, "no valid name");
    if (card->encoder == NULL || card->encoder[0] == '\0')
        return corrupt(err, "no encoder");
    if ((card->model != NULL) != (strcmp(card->encoder, FC_MODEL_ENCODER) == 0))
        return corrupt(err, "a model without a file, or a file without a model");
    if ((card->tokenizer != NULL) != (fc__card_part_value(card, FC_CARD_TOKENIZER_PART) != NULL))
        return corrupt(err, "a tokenizer without a file, or a file without a tokenizer");
    if (card->variant == NULL || !fc__card_variant_ok(card->variant))
        return corrupt(err, "no valid variant");
    if (modality == NULL || fc_modality_parse(&card->modality, modality) != FC_OK)
        return corrupt(err, "no modality");
    if (version == NULL || !fc__number_parse_int(version, &number) || number < 0 ||
        number > UINT32_MAX)
        return corrupt(err, "no code version");
    return FC_OK;
}

/* Only the first axis of a sequence or map may be open (0); the product of the rest is capped,
 * because buffers are made from it. */
static bool read_shape(fc_output_spec *spec, const json_t *shape)
{
    uint64_t elements = 1;

    spec->rank = (uint32_t)json_array_size(shape);
    if (spec->rank < 1 || spec->rank > FC_MAX_RANK)
        return false;
    for (uint32_t a = 0; a < spec->rank; a++) {
        const json_t *axis = json_array_get(shape, a);
        const json_int_t length = json_integer_value(axis);

        if (!json_is_integer(axis) || length < 0)
            return false;
        if (length == 0 && (a > 0 || spec->rank == 1))
            return false;
        spec->shape[a] = (uint64_t)length;
        if (length > 0 && __builtin_mul_overflow(elements, (uint64_t)length, &elements))
            return false;
    }
    return elements <= OUTPUT_ELEMENTS_MAX;
}

static fc_status read_output(fc_output_spec *spec, const json_t *object, fc_error *err)
{
    const char *precision = json_string_value(json_object_get(object, "precision"));
    const json_t *searchable = json_object_get(object, "searchable");

    if (spec->name == NULL || !fc__card_name_ok(spec->name))
        return corrupt(err, "an output without a valid name");
    if (precision == NULL || fc_dtype_parse(&spec->precision, precision) != FC_OK ||
        !fc__card_precision_ok(spec->precision))
        return corrupt(err, "an output without a valid precision");
    if (!read_shape(spec, json_object_get(object, "shape")))
        return corrupt(err, "an output without a valid shape");
    if (!json_is_boolean(searchable) || (json_is_true(searchable) && spec->rank != 1))
        return corrupt(err, "an output that says searchable and is no vector");
    spec->searchable = json_is_true(searchable);
    return FC_OK;
}

static fc_status read_outputs(fc_card *card, const json_t *outputs, fc_error *err)
{
    const size_t n = json_array_size(outputs);

    if (n < 1 || n > FC_CARD_OUTPUTS_MAX)
        return corrupt(err, "no outputs, or more than 16");
    card->outputs = fc__alloc_array(n, sizeof(*card->outputs));
    if (card->outputs == NULL)
        return fc__nomem(err, n * sizeof(*card->outputs), "outputs of a card");
    for (size_t k = 0; k < n; k++) {
        const json_t *object = json_array_get(outputs, k);
        fc_status st;

        st = copy_string(&card->outputs[k].name, object, "name", err);
        card->n_outputs = k + 1;
        if (st == FC_OK)
            st = copy_string(&card->outputs[k].from, object, "from", err);
        if (st == FC_OK)
            st = read_output(&card->outputs[k], object, err);
        if (st != FC_OK)
            return st;
        for (size_t i = 0; i < k; i++)
            if (strcmp(card->outputs[i].name, card->outputs[k].name) == 0)
                return corrupt(err, "an output twice");
    }
    return FC_OK;
}

static fc_status read_card(fc_card *card, const json_t *root, fc_error *err)
{
    json_t *parts = json_object_get(root, "parts");
    fc_status st;

    st = read_schema(root, err);
    if (st == FC_OK)
        st = read_parts(card, parts, err);
    if (st == FC_OK)
        st = read_identity(card, root, parts, err);
    if (st == FC_OK)
        st = read_outputs(card, json_object_get(root, "outputs"), err);
    if (st == FC_OK && (card->origin = fc__strdup(STORE_ORIGIN)) == NULL)
        st = fc__nomem(err, sizeof(STORE_ORIGIN), "a card");
    if (st == FC_OK)
        st = fc__card_finish(card, err);
    return st;
}

fc_status fc__card_from_canonical(fc_card **out, const char *json, size_t n, fc_error *err)
{
    fc_card *card = NULL;
    json_t *root = NULL;
    json_error_t problem;
    fc_status st;

    *out = NULL;
    if (n > FC_CARD_CANONICAL_MAX)
        return corrupt(err, "more than 64 KiB");
    root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &problem);
    if (root == NULL && json_error_code(&problem) == json_error_out_of_memory)
        return fc__nomem(err, n, "reading a card");
    if (root == NULL)
        return fc_error_set(err, FC_E_CORRUPT, "the card in the store is not JSON: byte %d: %s",
                            problem.position, problem.text);
    card = fc__alloc_array(1, sizeof(*card));
    if (card == NULL) {
        st = fc__nomem(err, sizeof(*card), "a card");
        goto done;
    }
    st = read_card(card, root, err);
    if (st != FC_OK)
        goto done;
    if (strlen(card->canonical) != n || memcmp(card->canonical, json, n) != 0) {
        st = corrupt(err, "not in canonical form");
        goto done;
    }
    *out = card;
    card = NULL;

done:
    fc__card_destroy(card);
    json_decref(root);
    return st;
}
