/*
 * What an encoder has learnt, frozen into its card, and found again in a card from a store.
 */
#include <stdio.h>
#include <string.h>

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
