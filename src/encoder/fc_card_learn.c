/*
 * What a card takes over from the store's card of its version: what an encoder has learnt, frozen
 * into it, and the outputs of a model.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_card_build.h"

#define KEY_BYTES 96

static void key_of(const char *data, char key[KEY_BYTES])
{
    snprintf(key, KEY_BYTES, FC_CARD_DATA_PREFIX "%s", data);
}

fc_status fc__card_freeze(fc_card *card, const char *data, const char *text, fc_error *err)
{
    char key[KEY_BYTES];
    fc_status st;

    key_of(data, key);
    st = fc__card_add_part(card, key, text, err);
    return st == FC_OK ? fc__card_finish(card, err) : st;
}

/* Whether all parts but `key` are equal; both lists are sorted, and `mine` has no such part. */
static bool equal_but(const fc_card *mine, const fc_card *stored, const char *key)
{
    size_t k = 0;

    for (size_t i = 0; i < mine->n_parts; i++, k++) {
        if (k < stored->n_parts && strcmp(stored->parts[k].key, key) == 0)
            k++;
        if (k == stored->n_parts || strcmp(mine->parts[i].key, stored->parts[k].key) != 0 ||
            strcmp(mine->parts[i].value, stored->parts[k].value) != 0)
            return false;
    }
    return k == stored->n_parts ||
           (k + 1 == stored->n_parts && strcmp(stored->parts[k].key, key) == 0);
}

fc_status fc__card_recall(fc_card *mine, const fc_card *stored, const char *data, bool *recalled,
                          fc_error *err)
{
    char key[KEY_BYTES];
    const char *text;

    key_of(data, key);
    text = fc__card_part_value(stored, key);
    *recalled =
        text != NULL && strcmp(mine->name, stored->name) == 0 && equal_but(mine, stored, key);
    return *recalled ? fc__card_freeze(mine, data, text, err) : FC_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

fc_status fc__card_keep_outputs(fc_card *mine, const fc_card *stored, fc_error *err)
{
    bool changed = false;

    for (size_t i = 0; i < stored->n_outputs && mine->model != NULL; i++) {
        const fc_output_spec *old = &stored->outputs[i];
        fc_output_spec *grown;
        fc_status st;
        size_t k = 0;

        while (k < mine->n_outputs && strcmp(mine->outputs[k].name, old->name) != 0)
            k++;
        if (k < mine->n_outputs && !same_text(mine->outputs[k].from, old->from))
            return fc_error_set(err, FC_E_INVALID,
                                "%s: output '%s' is '%.80s', and in the store '%.80s': give it "
                                "another name, or the card another variant",
                                mine->origin, old->name, mine->outputs[k].from, old->from);
        if (k < mine->n_outputs || mine->n_outputs == FC_CARD_OUTPUTS_MAX)
            continue;
        grown = realloc(mine->outputs, (mine->n_outputs + 1) * sizeof(*grown)); /* at most 16 */
        if (grown == NULL)
            return fc__nomem(err, (mine->n_outputs + 1) * sizeof(*grown), "outputs of a card");
        mine->outputs = grown;
        st = fc__output_spec_copy(&grown[mine->n_outputs++], old, err);
        if (st != FC_OK)
            return st;
        changed = true;
    }
    return changed ? fc__card_finish(mine, err) : FC_OK;
}
