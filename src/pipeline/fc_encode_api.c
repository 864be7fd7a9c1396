/*
 * The public calls about encoders by themselves: encode one input, explain a card.
 */
#include <stdlib.h>
#include <string.h>

#include <featcache/encode.h>

#include "fc_alloc.h"
#include "fc_builtin.h"
#include "search_embed.h"

void fc_string_free(char *s)
{
    free(s);
}

const char *const *fc_builtin_cards(void)
{
    return fc__card_builtins();
}

/* A buffer's text as a string of its own; NULL when there is none or no memory. */
static char *take_text(fc_buf *b)
{
    char *s = b->size > 0 ? fc__strndup((const char *)b->data, b->size) : NULL;

    fc_buf_dispose(b);
    return s;
}

/* "the query text: longer than max_tokens, the end was cut off" */
static fc_status tell(const char *name, const char *loss, bool fell_back, char **out, fc_error *err)
{
    fc_buf line = FC_BUF_INIT;
    fc_status st = FC_OK;

    if (loss == NULL && !fell_back)
        return FC_OK;
    if (loss != NULL)
        st = fc_buf_append_fmt(&line, err, "%s: %s\n", name, loss);
    if (st == FC_OK && fell_back)
        st = fc_buf_append_fmt(&line, err, "%s\n", FC_FELL_BACK_TEXT);
    if (st == FC_OK && (*out = take_text(&line)) == NULL)
        st = fc__nomem(err, line.size, "a notice");
    fc_buf_dispose(&line);
    return st;
}

fc_status fc_encode(const char *card_name, const fc_query *input, const char *output,
                    const fc_neural_options *neural, fc_tensor *out, char **problems, fc_error *err)
{
    fc_buf collected = FC_BUF_INIT;
    fc_embedder embedder = {NULL, NULL, NULL};
    fc_loaded_input in = {0};
    fc_card *card = NULL;
    const char *loss = NULL;
    size_t which = 0;
    fc_status st;

    *out = (fc_tensor)FC_TENSOR_INIT;
    if (problems != NULL)
        *problems = NULL;
    if (input->struct_size != sizeof(*input))
        return fc_error_set(err, FC_E_INVALID,
                            "input: struct_size is %zu; start from FC_QUERY_INIT",
                            input->struct_size);
    if ((input->text == NULL) == (input->file == NULL))
        return fc_error_set(err, FC_E_INVALID, "give exactly one input: a text or a file");
    st = fc__card_load_on(&card, card_name, neural, &collected, err);
    if (problems != NULL)
        *problems = take_text(&collected);
    else
        fc_buf_dispose(&collected);
    if (st == FC_OK) {
        const char *const names[1] = {card->name};

        st = fc__check_devices(neural, names, 1, err);
        if (st != FC_OK)
            fc__card_destroy(card);
    }
    if (st == FC_OK)
        st = fc__embedder_open(&embedder, card, neural, err);
    if (st == FC_OK)
        st = fc__embedder_output(&embedder, output, &which, err);
    if (st == FC_OK)
        st = fc__input_load(&in, input, err);
    if (st == FC_OK)
        st = fc__embedder_run(&embedder, &in.input, which, out, &loss, err);
    if (st == FC_OK && problems != NULL && *problems == NULL)
        st = tell(in.input.name, loss, fc__encoder_fell_back(embedder.encoder), problems, err);
    fc__input_dispose(&in);
    fc__embedder_close(&embedder);
    return st;
}

/* Where the card wants to learn and a version in the store has: with what that has learnt. */
static fc_status recall(fc_card *mine, const fc_encoder_info *info, fc_error *err)
{
    fc_encoder *encoder = NULL;
    fc_card *stored = NULL;
    bool recalled;
    fc_status st;

    if (mine->model != NULL)
        return FC_OK; /* models learn nothing, and need not be loaded to be compared */
    st = fc__encoder_create(&encoder, mine, err);
    if (st == FC_OK && fc__encoder_learning(encoder) != NULL) {
        st = fc__card_from_canonical(&stored, info->card, strlen(info->card), err);
        if (st == FC_OK)
            st = fc__card_recall(mine, stored, fc__encoder_learning(encoder)->data, &recalled, err);
    }
    fc__card_destroy(stored);
    fc__encoder_destroy(encoder);
    return st;
}

/* Compare with the newest version of the card's name, or with the very same one where it is there.
 */
static fc_status explain(fc_card *mine, const fc_encoder_info *list, size_t n, fc_buf *out,
                         bool *same, fc_error *err)
{
    const fc_encoder_info *newest = NULL;
    fc_card *stored = NULL;
    char hex[FC_SHA256_HEX_BYTES];
    size_t n_diff = 0;
    fc_status st = FC_OK;

    for (size_t i = n; i-- > 0 && st == FC_OK;)
        if (strcmp(list[i].name, mine->name) == 0)
            st = recall(mine, &list[i], err);
    if (st != FC_OK)
        return st;
    fc__sha256_hex(&mine->fingerprint, hex);
    for (size_t i = 0; i < n && !*same; i++) {
        if (strcmp(list[i].name, mine->name) != 0)
            continue;
        newest = &list[i];
        *same = strcmp(list[i].fingerprint, hex) == 0;
    }
    if (newest == NULL)
        return fc_buf_append_fmt(out, err, "the store has no version of encoder '%s'\n",
                                 mine->name);
    st = fc__card_from_canonical(&stored, newest->card, strlen(newest->card), err);
    if (st == FC_OK || (st == FC_E_VERSION && stored != NULL))
        st = fc__card_explain(mine, stored, out, &n_diff, err);
    fc__card_destroy(stored);
    return st;
}

fc_status fc_card_explain(const char *card_name, fc_store *store, const fc_neural_options *neural,
                          char **text, bool *same, fc_error *err)
{
    const fc_encoder_info *list;
    fc_snapshot *snapshot = NULL;
    fc_card *card = NULL;
    fc_buf out = FC_BUF_INIT;
    size_t n = 0;
    fc_status st;

    *text = NULL;
    *same = false;
    st = fc__card_load_on(&card, card_name, neural, &out, err);
    if (st != FC_OK)
        *text = take_text(&out);
    if (st == FC_OK)
        st = fc_snapshot_begin(&snapshot, store, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(snapshot, &list, &n, err);
    if (st == FC_OK)
        st = explain(card, list, n, &out, same, err);
    if (st == FC_OK)
        *text = take_text(&out);
    fc_buf_dispose(&out);
    fc_snapshot_end(snapshot);
    fc__card_destroy(card);
    return st;
}
