/*
 * From a card's parameters to the rule by which its encoder makes a square of a picture.
 */
#include "fc_card_frame.h"

#include <string.h>

#include "fc_card_build.h"

fc_status fc__card_frame(const char *json, const fc_input *in, fc_image_frame *out, fc_error *err)
{
    double values[FC_BUILTIN_MAX_PARAMS] = {0};
    const fc_builtin *builtin = NULL;
    fc_image_rule rule;
    fc_card *card;
    uint32_t middle;
    fc_status st = fc__card_from_canonical(&card, json, strlen(json), err);

    if (st != FC_OK)
        return st;
    builtin =
        card->model != NULL ? fc__model_kind(card->modality) : fc__builtin_find(card->encoder);
    if (builtin == NULL || builtin->image_rule == NULL)
        st = fc_error_set(err, FC_E_UNSUPPORTED, "encoder '%s' takes no images", card->name);
    if (st == FC_OK)
        st = fc__card_values(card, builtin, values, err);
    fc__card_destroy(card);
    if (st != FC_OK)
        return st;
    middle = builtin->image_rule(values, &rule);
    return fc__image_find_frame(&rule, middle, in->limits, in->bytes, in->n_bytes, out, err);
}
