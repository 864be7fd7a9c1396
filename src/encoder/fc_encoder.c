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
        free(e->outputs[k].name);
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
        e->outputs[k] = *spec;
        e->outputs[k].name = fc__strdup(spec->name);
        e->n_outputs = k + 1;
        if (e->outputs[k].name == NULL)
            return fc__nomem(err, strlen(spec->name), "an output of an encoder");
        e->index[k] = at++;
    }
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

fc_status fc__encoder_create(fc_encoder **out, const struct fc_card *card, fc_error *err)
{
    const fc_builtin *builtin = fc__builtin_find(card->encoder);

    *out = NULL;
    if (builtin == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "encoder '%s' is of kind '%s', which this program does not have",
                            card->name, card->encoder);
    return fc__encoder_create_with(out, card, builtin, err);
}
