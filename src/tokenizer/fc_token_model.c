/*
 * What the models share: the vocabulary, bytes as tokens, and the memory of pieces.
 */
#include "fc_token_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_token_json.h"

#define MAX_ID UINT32_C(0x7ffffffe)

fc_status fc__token_ids_add(fc_token_ids *list, uint32_t id, fc_error *err)
{
    if (list->n == list->capacity) {
        const fc_status st =
            fc__grow_array(&list->ids, &list->capacity, list->n + 1, sizeof(*list->ids), err);

        if (st != FC_OK)
            return st;
    }
    list->ids[list->n++] = id;
    return FC_OK;
}

fc_status fc__token_vocab_read(fc_token_model *m, const json_t *model, fc_error *err)
{
    json_t *vocab = json_object_get(model, "vocab"), *value;
    char shown[FC_TJ_SHOW_BYTES];
    fc_trie_key *keys;
    const char *token;
    size_t n = 0;
    fc_status st;

    st = fc__tj_object(vocab, "model.vocab", err);
    if (st != FC_OK)
        return st;
    keys = fc__alloc_array(json_object_size(vocab), sizeof(*keys));
    if (keys == NULL)
        return fc__nomem(err, json_object_size(vocab) * sizeof(*keys), "a vocabulary");
    json_object_foreach(vocab, token, value)
    {
        const size_t length = strlen(token); /* Jansson takes no NUL in a key */

        keys[n] = (fc_trie_key){token, (uint32_t)length, 0};
        st = fc__tj_number(value, "model.vocab", fc__tj_show(shown, token, length), MAX_ID,
                           &keys[n].value, err);
        if (st != FC_OK)
            break;
        if (keys[n].value >= m->size)
            m->size = keys[n].value + 1;
        n++;
    }
    if (st == FC_OK)
        st = fc__trie_build(&m->vocab, keys, n, err);
    m->n_vocab = n;
    free(keys);
    return st;
}

static void find_bytes(fc_token_model *m)
{
    char token[8];

    for (unsigned b = 0; b < 256; b++) {
        snprintf(token, sizeof(token), "<0x%02X>", b);
        m->byte_ids[b] = fc__trie_find(&m->vocab, token, 6);
    }
}

fc_status fc__token_bytes(const fc_token_model *m, const char *text, size_t n, fc_token_ids *out,
                          bool *done, fc_error *err)
{
    fc_status st = FC_OK;

    *done = false;
    for (size_t i = 0; i < n; i++)
        if (m->byte_ids[(uint8_t)text[i]] == FC_TRIE_NONE)
            return FC_OK;
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = fc__token_ids_add(out, m->byte_ids[(uint8_t)text[i]], err);
    *done = true;
    return st;
}

fc_status fc__token_unknown(const char *text, size_t n, fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];

    return fc_error_set(err, FC_E_FORMAT, "the model has no token for '%s' and no unknown token",
                        fc__tj_show(shown, text, n));
}

/* Files of older versions leave the type out: it shows in what is there. */
static const char *guess_type(const json_t *model)
{
    return json_object_get(model, "merges") != NULL              ? "BPE"
           : json_is_array(json_object_get(model, "vocab"))      ? "Unigram"
           : json_object_get(model, "continuing_subword_prefix") ? "WordPiece"
                                                                 : "without a name";
}

fc_status fc__token_model_read(fc_token_model *out, const json_t *model, fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    const char *type = NULL;
    fc_status st;

    *out = (fc_token_model){.unk = FC_TRIE_NONE};
    st = fc__tj_object(model, "model", err);
    if (st == FC_OK)
        st = fc__tj_string_or_null(model, "model", "type", &type, NULL, err);
    if (st != FC_OK)
        return st;
    if (type == NULL)
        type = guess_type(model);
    if (strcmp(type, "WordPiece") == 0)
        st = fc__wordpiece_read(out, model, err);
    else if (strcmp(type, "BPE") == 0)
        st = fc__bpe_read(out, model, err);
    else if (strcmp(type, "Unigram") == 0)
        st = fc__unigram_read(out, model, err);
    else
        st =
            fc_error_set(err, FC_E_UNSUPPORTED,
                         "model: the type '%s' is not known here; wanted WordPiece, BPE or Unigram",
                         fc__tj_show(shown, type, strlen(type)));
    if (st == FC_OK)
        find_bytes(out);
    else
        fc__token_model_dispose(out);
    return st;
}

void fc__token_model_dispose(fc_token_model *m)
{
    fc__trie_dispose(&m->vocab);
    free(m->bpe.merges);
    free(m->bpe.prefix);
    free(m->bpe.suffix);
    free(m->unigram.scores);
    *m = (fc_token_model){.unk = FC_TRIE_NONE};
}

void fc__model_room_dispose(fc_model_room *room)
{
    free(room->slots);
    free(room->symbols);
    free(room->jobs);
    free(room->nodes);
    free(room->cuts);
    *room = (fc_model_room){0};
}

static fc_status encode(const fc_token_model *m, fc_model_room *room, const char *piece, size_t n,
                        fc_token_ids *out, fc_error *err)
{
    switch (m->kind) {
    case FC_WORDPIECE:
        return fc__wordpiece_encode(m, piece, n, out, err);
    case FC_BPE:
        return fc__bpe_encode(m, room, piece, n, out, err);
    default:
        return fc__unigram_encode(m, room, piece, n, out, err);
    }
}

/* Spreads the bytes of a short text over all bits. */
static size_t slot_of(const char *text, size_t n)
{
    uint64_t h = n * UINT64_C(0x9E3779B97F4A7C15), word = 0;
    size_t i = 0;

    for (; n - i >= 8; i += 8) {
        memcpy(&word, text + i, 8);
        h = (h ^ word) * UINT64_C(0xBF58476D1CE4E5B9);
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, text + i, n - i);
    h = (h ^ word) * UINT64_C(0x94D049BB133111EB);
    return (size_t)(h >> 40) % FC_PIECE_SLOTS;
}

/* Words come again and again: most are found in their slot, one cache line each. */
fc_status fc__token_model_encode(const fc_token_model *m, fc_model_room *room, const char *piece,
                                 size_t n, fc_token_ids *out, fc_error *err)
{
    const size_t before = out->n;
    fc_piece_slot *slot;
    fc_status st = FC_OK;

    if (n > FC_PIECE_BYTES || room->slots == NULL)
        return encode(m, room, piece, n, out, err);
    slot = &room->slots[slot_of(piece, n)];
    if (slot->n_text == n && memcmp(slot->text, piece, n) == 0) {
        for (uint8_t i = 0; i < slot->n_ids && st == FC_OK; i++)
            st = fc__token_ids_add(out, slot->ids[i], err);
        return st;
    }
    st = encode(m, room, piece, n, out, err);
    if (st == FC_OK && out->n - before <= FC_PIECE_IDS) {
        slot->n_text = (uint8_t)n;
        slot->n_ids = (uint8_t)(out->n - before);
        memcpy(slot->text, piece, n);
        if (slot->n_ids > 0)
            memcpy(slot->ids, out->ids + before, slot->n_ids * sizeof(*slot->ids));
    }
    return st;
}
