/*
 * Encoders: made from a card, which may be of another program's time, and described.
 */
#include "fc_encoder.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_card_build.h"
#include "fc_encoder_internal.h"
#include "fc_number.h"
#include "fc_vec.h"

void fc__encoder_destroy(fc_encoder *e)
{
    if (e == NULL)
        return;
    if (e->self != NULL)
        e->builtin->ops->destroy(e->self);
    for (size_t k = 0; k < e->n_outputs; k++)
        fc__output_spec_dispose(&e->outputs[k]);
    free(e->outputs);
    free(e->provenance);
    free(e);
}

fc_modality fc__encoder_modality(const fc_encoder *e)
{
    return e->builtin->modality;
}

size_t fc__encoder_n_outputs(const fc_encoder *e)
{
    return e->n_outputs;
}

const fc_output_spec *fc__encoder_outputs(const fc_encoder *e)
{
    return e->outputs;
}

size_t fc__encoder_batch_hint(const fc_encoder *e)
{
    return e->builtin->batch_hint > 0 ? e->builtin->batch_hint : 1;
}

const fc_learning *fc__encoder_learning(const fc_encoder *e)
{
    const fc_learning *l = e->builtin->learning;

    return l != NULL && l->wanted(e->self) ? l : NULL;
}

const char *fc__encoder_provenance(const fc_encoder *e)
{
    return e->provenance;
}

/* A card from a store can be of another time: of a built-in whose code has changed since. */
static fc_status check_code_version(const fc_card *card, const fc_builtin *builtin, fc_error *err)
{
    const char *text = fc__card_part_value(card, "code_version");
    int64_t version = -1;

    if (text != NULL && fc__number_parse_int(text, &version) && version == builtin->code_version)
        return FC_OK;
    return fc_error_set(err, FC_E_VERSION,
                        "encoder '%s' was made by %s code version %s, this program has %u: encode "
                        "anew, or use the program that made it",
                        card->name, builtin->name, text != NULL ? text : "unknown",
                        (unsigned)builtin->code_version);
}

static bool same_output(const fc_output_spec *spec, const fc_builtin_output *output)
{
    return strcmp(spec->name, output->name) == 0 && spec->rank == output->rank &&
           spec->searchable == output->searchable &&
           memcmp(spec->shape, output->shape, spec->rank * sizeof(spec->shape[0])) == 0;
}

/* Copy the card's outputs and find each among the built-in's, whose order both keep. */
static fc_status take_outputs(fc_encoder *e, const fc_card *card, const double *values,
                              fc_error *err)
{
    fc_builtin_output all[FC_BUILTIN_MAX_OUTPUTS] = {0};
    size_t at = 0;

    e->builtin->outputs(values, all);
    e->outputs = fc__alloc_array(card->n_outputs, sizeof(*e->outputs));
    if (e->outputs == NULL)
        return fc__nomem(err, card->n_outputs * sizeof(*e->outputs), "outputs of an encoder");
    for (size_t k = 0; k < card->n_outputs; k++) {
        const fc_output_spec *spec = &card->outputs[k];

        while (at < e->builtin->n_outputs && !same_output(spec, &all[at]))
            at++;
        if (at == e->builtin->n_outputs)
            return fc_error_set(err, FC_E_CORRUPT,
                                "%s: card '%s' has an output '%s' that %s has not", card->origin,
                                card->name, spec->name, e->builtin->name);
        e->n_outputs = k + 1;
        if (fc__output_spec_copy(&e->outputs[k], spec, err) != FC_OK)
            return FC_E_NOMEM;
        e->index[k] = at++;
    }
    e->n_made = e->builtin->n_outputs;
    return FC_OK;
}

/* Hand the texts that the card has beside its parameters to the encoder. */
static fc_status hand_data(fc_encoder *e, const fc_card *card, fc_error *err)
{
    fc_builtin_data data[FC_BUILTIN_MAX_DATA];
    fc_error why = FC_ERROR_INIT;
    size_t n = 0;
    fc_status st;

    for (size_t i = 0; i < card->n_parts; i++) {
        const fc_card_part *part = &card->parts[i];

        if (strncmp(part->key, FC_CARD_DATA_PREFIX, strlen(FC_CARD_DATA_PREFIX)) != 0)
            continue;
        if (e->builtin->take_data == NULL || n == FC_BUILTIN_MAX_DATA)
            return fc_error_set(err, FC_E_CORRUPT, "%s: card '%s' has %s, which %s does not take",
                                card->origin, card->name, part->key, e->builtin->name);
        data[n++] = (fc_builtin_data){part->key + strlen(FC_CARD_DATA_PREFIX), part->value};
    }
    if (e->builtin->take_data == NULL)
        return FC_OK;
    st = e->builtin->take_data(e->self, data, n, &why);
    return st == FC_OK
               ? FC_OK
               : fc_error_set(err, st, "%s: card '%s': %s", card->origin, card->name, why.message);
}

static fc_status describe(fc_encoder *e, fc_error *err)
{
    const char *libraries = e->builtin->versions != NULL ? e->builtin->versions() : "";
    fc_buf line = FC_BUF_INIT;
    fc_status st;

    st = fc_buf_append_fmt(&line, err,
                           "encoder=%s code_version=%u featcache=%s simd=%s libraries=\"%s\"",
                           e->builtin->name, (unsigned)e->builtin->code_version,
                           fc_version_string(), fc__simd_name(), libraries);
    if (st == FC_OK && e->is_model)
        st = fc__model_describe(e->self, &line, err);
    if (st == FC_OK && (e->provenance = fc__strndup((const char *)line.data, line.size)) == NULL)
        st = fc__nomem(err, line.size, "provenance");
    fc_buf_dispose(&line);
    return st;
}

fc_status fc__encoder_create_with(fc_encoder **out, const fc_card *card, const fc_builtin *builtin,
                                  fc_error *err)
{
    double values[FC_BUILTIN_MAX_PARAMS] = {0};
    fc_encoder *e = NULL;
    fc_status st;

    *out = NULL;
    if (card->modality != builtin->modality)
        return fc_error_set(err, FC_E_CORRUPT, "%s: card '%s' is of %s, %s takes %s", card->origin,
                            card->name, fc_modality_name(card->modality), builtin->name,
                            fc_modality_name(builtin->modality));
    st = check_code_version(card, builtin, err);
    if (st != FC_OK)
        return st;
    st = fc__card_values(card, builtin, values, err);
    if (st != FC_OK)
        return st;
    e = fc__alloc_array(1, sizeof(*e));
    if (e == NULL)
        return fc__nomem(err, sizeof(*e), "an encoder");
    e->builtin = builtin;
    st = take_outputs(e, card, values, err);
    if (st != FC_OK)
        goto done;
    st = describe(e, err);
    if (st != FC_OK)
        goto done;
    st = builtin->create(&e->self, values, err);
    if (st != FC_OK)
        goto done;
    st = hand_data(e, card, err);
    if (st != FC_OK)
        goto done;
    *out = e;
    e = NULL;

done:
    fc__encoder_destroy(e);
    return st;
}

/* The outputs of a model are those of the card, in its order. */
static fc_status take_model_outputs(fc_encoder *e, const fc_card *card, fc_error *err)
{
    if (card->n_outputs > FC_MODEL_OUTPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: card '%s' has %zu outputs; at most %d",
                            card->origin, card->name, card->n_outputs, FC_MODEL_OUTPUTS_MAX);
    e->outputs = fc__alloc_array(card->n_outputs, sizeof(*e->outputs));
    if (e->outputs == NULL)
        return fc__nomem(err, card->n_outputs * sizeof(*e->outputs), "outputs of an encoder");
    for (size_t k = 0; k < card->n_outputs; k++) {
        e->n_outputs = k + 1;
        if (fc__output_spec_copy(&e->outputs[k], &card->outputs[k], err) != FC_OK)
            return FC_E_NOMEM;
        e->index[k] = k;
    }
    e->n_made = e->n_outputs;
    return FC_OK;
}

static fc_status create_model(fc_encoder **out, const fc_card *card,
                              const fc_neural_options *neural, fc_error *err)
{
    const fc_builtin *kind = fc__model_kind(card->modality);
    double values[FC_BUILTIN_MAX_PARAMS] = {0};
    fc_model_encoder *model = NULL;
    fc_encoder *e = NULL;
    fc_status st;

    if (kind == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "encoder '%s' is a model of %s, which this program does not run",
                            card->name, fc_modality_name(card->modality));
    st = check_code_version(card, kind, err);
    if (st == FC_OK)
        st = fc__card_values(card, kind, values, err);
    if (st != FC_OK)
        return st;
    e = fc__alloc_array(1, sizeof(*e));
    if (e == NULL)
        return fc__nomem(err, sizeof(*e), "an encoder");
    e->builtin = kind;
    e->is_model = true;
    st = take_model_outputs(e, card, err);
    if (st != FC_OK)
        goto done;
    st = fc__model_create(&model, card, values, e->outputs, e->n_outputs, neural, err);
    e->self = model;
    if (st != FC_OK)
        goto done;
    st = describe(e, err);
    if (st != FC_OK)
        goto done;
    *out = e;
    e = NULL;

done:
    fc__encoder_destroy(e);
    return st;
}

uint64_t fc__encoder_memory(const fc_encoder *e)
{
    return e->is_model ? ((const fc_model_encoder *)e->self)->memory : 0;
}

const char *fc__encoder_notice(const fc_encoder *e)
{
    return e->is_model ? fc__model_notice(e->self) : NULL;
}

bool fc__encoder_fell_back(const fc_encoder *e)
{
    return e->is_model && fc__model_fell_back(e->self);
}

fc_status fc__encoder_create(fc_encoder **out, const struct fc_card *card, fc_error *err)
{
    return fc__encoder_create_on(out, card, NULL, err);
}

fc_status fc__encoder_create_on(fc_encoder **out, const struct fc_card *card,
                                const struct fc_neural_options *neural, fc_error *err)
{
    const fc_builtin *builtin = fc__builtin_find(card->encoder);

    *out = NULL;
    if (card->model != NULL)
        return create_model(out, card, neural, err);
    if (builtin == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "encoder '%s' is of kind '%s', which this program does not have",
                            card->name, card->encoder);
    return fc__encoder_create_with(out, card, builtin, err);
}
