/*
 * A short list of loaded encoders, by the text of their cards.
 */
#include "search_embedders.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

static void close_one(struct fc_kept_embedder *one)
{
    fc__embedder_close(&one->embedder);
    free(one->card);
    one->card = NULL;
}

fc_status fc__embedders_get(fc_embedders *e, const char *json, const fc_neural_options *neural,
                            fc_embedder **out, bool *fell_back, fc_error *err)
{
    struct fc_kept_embedder *one;
    fc_card *card = NULL;
    fc_status st;

    *out = NULL;
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->list[i].card, json) == 0) {
            *out = &e->list[i].embedder;
            *fell_back = *fell_back || fc__encoder_fell_back((*out)->encoder);
            return FC_OK;
        }
    if (e->n == FC_EMBEDDERS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "a query loads at most %d encoders", FC_EMBEDDERS_MAX);
    st = fc__card_from_canonical(&card, json, strlen(json), err);
    if (st != FC_OK) {
        fc__card_destroy(card);
        return st;
    }
    one = &e->list[e->n];
    st = fc__embedder_open(&one->embedder, card, neural, err);
    if (st != FC_OK)
        return st;
    one->card = fc__strdup(json);
    if (one->card == NULL) {
        close_one(one);
        return fc__nomem(err, strlen(json), "a card");
    }
    e->n++;
    *fell_back = *fell_back || fc__encoder_fell_back(one->embedder.encoder);
    *out = &one->embedder;
    return FC_OK;
}

void fc__embedders_keep(fc_embedders *e, const char *const *cards, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < e->n; i++) {
        bool wanted = false;

        for (size_t k = 0; k < n && !wanted; k++)
            wanted = strcmp(e->list[i].card, cards[k]) == 0;
        if (wanted)
            e->list[kept++] = e->list[i];
        else
            close_one(&e->list[i]);
    }
    e->n = kept;
}

void fc__embedders_close(fc_embedders *e)
{
    fc__embedders_keep(e, NULL, 0);
}
