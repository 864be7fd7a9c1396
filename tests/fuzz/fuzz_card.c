/*
 * Fuzz target: a card's YAML, and the canonical JSON that a store keeps. What parses must come back
 * from its own canonical form with the same fingerprint and no difference to explain; what does not
 * must leave a message and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

/* An encoder is made of it, with its data, or it is said why not. */
static void check_encoder(const fc_card *card)
{
    fc_error err = FC_ERROR_INIT;
    fc_encoder *e = NULL;

    must((fc__encoder_create(&e, card, &err) == FC_OK) == (e != NULL));
    must(e != NULL || err.message[0] != '\0');
    fc__encoder_destroy(e);
}

static void check_round_trip(const fc_card *card)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf text = FC_BUF_INIT;
    fc_card *again = NULL;
    size_t n_diff = 1;

    must(fc__card_from_canonical(&again, card->canonical, strlen(card->canonical), &err) == FC_OK);
    must(memcmp(&again->fingerprint, &card->fingerprint, sizeof(card->fingerprint)) == 0);
    must(strcmp(again->canonical, card->canonical) == 0);
    must(fc__card_explain(card, again, &text, &n_diff, &err) == FC_OK && n_diff == 0);
    fc_buf_dispose(&text);
    fc__card_destroy(again);
    check_encoder(card);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fc_buf problems = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    if (fc__card_parse(&card, (const char *)data, size, "fuzz.yaml", &problems, &err) == FC_OK) {
        must(problems.size == 0);
        check_round_trip(card);
    } else {
        must(card == NULL && err.message[0] != '\0' && problems.size > 0);
        /* One problem a line, each with its place, nothing that moves a cursor. */
        must(problems.data[problems.size - 1] == '\n');
        must(memchr(problems.data, '\x1B', problems.size) == NULL);
    }
    fc__card_destroy(card);
    fc_buf_dispose(&problems);

    card = NULL;
    if (fc__card_from_canonical(&card, (const char *)data, size, &err) == FC_OK)
        check_round_trip(card);
    fc__card_destroy(card);
    return 0;
}
