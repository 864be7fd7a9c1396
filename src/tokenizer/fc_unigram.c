/*
 * Unigram (Kudo 2018; SentencePiece's unigram_model.cc, EncodeOptimized; `tokenizers`:
 * models/unigram): of all ways to cut a piece into tokens the one with the largest sum of scores.
 */
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_token_class.h"
#include "fc_token_json.h"
#include "fc_token_model.h"

/* How much worse than the worst token a character without one is. */
#define UNKNOWN_PENALTY 10.0

static fc_status read_entry(const json_t *entry, size_t id, fc_trie_key *key, double *score,
                            fc_error *err)
{
    const json_t *token = json_array_get(entry, 0), *number = json_array_get(entry, 1);

    if (!json_is_array(entry) || json_array_size(entry) != 2 || !json_is_string(token) ||
        !json_is_number(number) || !isfinite(json_number_value(number)))
        return fc_error_set(err, FC_E_FORMAT, "model.vocab[%zu] is no [\"token\", score]", id);
    *key =
        (fc_trie_key){json_string_value(token), (uint32_t)json_string_length(token), (uint32_t)id};
    *score = json_number_value(number);
    return FC_OK;
}

static fc_status read_vocab(fc_token_model *m, const json_t *model, fc_error *err)
{
    const json_t *vocab;
    fc_trie_key *keys;
    double least = INFINITY;
    fc_status st;
    size_t n;

    st = fc__tj_array(model, "model", "vocab", &vocab, err);
    if (st != FC_OK)
        return st;
    n = json_array_size(vocab);
    keys = fc__alloc_array(n, sizeof(*keys));
    m->unigram.scores = fc__alloc_array(n, sizeof(*m->unigram.scores));
    if (keys == NULL || m->unigram.scores == NULL)
        st = fc__nomem(err, n * sizeof(*keys), "a vocabulary");
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        st = read_entry(json_array_get(vocab, i), i, &keys[i], &m->unigram.scores[i], err);
        if (st == FC_OK && m->unigram.scores[i] < least)
            least = m->unigram.scores[i];
    }
    if (st == FC_OK)
        st = fc__trie_build(&m->vocab, keys, n, err);
    free(keys);
    m->n_vocab = n;
    m->size = (uint32_t)n;
    m->unigram.unk_score = least - UNKNOWN_PENALTY;
    return st;
}

fc_status fc__unigram_read(fc_token_model *m, const json_t *model, fc_error *err)
{
    const json_t *unk = json_object_get(model, "unk_id");
    fc_status st;

    m->kind = FC_UNIGRAM;
    st = fc__tj_keys(model, "model", "type unk_id vocab byte_fallback", err);
    if (st == FC_OK)
        st = fc__tj_bool(model, "model", "byte_fallback", false, &m->unigram.byte_fallback, err);
    if (st == FC_OK)
        st = read_vocab(m, model, err);
    if (st != FC_OK || unk == NULL || json_is_null(unk))
        return st;
    if (m->n_vocab == 0)
        return fc_error_set(err, FC_E_FORMAT, "model: 'unk_id' in an empty vocabulary");
    return fc__tj_number(unk, "model", "unk_id", (uint32_t)m->n_vocab - 1, &m->unk, err);
}

static void reach(fc_unigram_node *node, double score, size_t from, uint32_t id)
{
    if (node->from == FC_TRIE_NONE || score > node->score)
        *node = (fc_unigram_node){score, (uint32_t)from, id};
}

/* The best way to every place: each node holds the last step to it. */
static fc_status find_paths(const fc_token_model *m, fc_unigram_node *nodes, const char *s,
                            size_t n, fc_error *err)
{
    const fc_trie *vocab = &m->vocab;
    size_t length;

    for (size_t i = 0; i <= n; i++)
        nodes[i] = (fc_unigram_node){0, FC_TRIE_NONE, 0};
    for (size_t i = 0; i < n; i += length) {
        const double here = nodes[i].score;
        uint32_t cell = FC_TRIE_ROOT;
        bool single = false;

        (void)fc__token_char(s + i, &length);
        for (size_t k = i; k < n; k++) {
            cell = fc__trie_step(vocab, cell, (uint8_t)s[k]);
            if (cell == 0)
                break;
            if (vocab->cells[cell].value == FC_TRIE_NONE)
                continue;
            reach(&nodes[k + 1], m->unigram.scores[vocab->cells[cell].value] + here, i,
                  vocab->cells[cell].value);
            single |= k + 1 - i == length;
        }
        if (single)
            continue;
        if (m->unk == FC_TRIE_NONE)
            return fc__token_unknown(s + i, length, err);
        reach(&nodes[i + length], m->unigram.unk_score + here, i, m->unk);
    }
    return FC_OK;
}

/* The ends of the best path's tokens into room->cuts, last one first, unknown neighbours as one. */
static fc_status trace_path(const fc_token_model *m, fc_model_room *room, size_t n, size_t *n_cuts,
                            fc_error *err)
{
    bool fusing = false;
    fc_status st = FC_OK;

    *n_cuts = 0;
    for (size_t end = n; end > 0 && st == FC_OK; end = room->nodes[end].from) {
        const bool unknown = m->unk != FC_TRIE_NONE && room->nodes[end].id == m->unk;

        if (!unknown || !fusing) {
            st = fc__grow_array(&room->cuts, &room->cuts_capacity, *n_cuts + 1, sizeof(*room->cuts),
                                err);
            if (st == FC_OK)
                room->cuts[(*n_cuts)++] = end;
        }
        fusing = unknown;
    }
    return st;
}

/* What the reference looks up again by its text: a known token, bytes, or the unknown one. */
static fc_status add_token(const fc_token_model *m, const char *s, size_t n, fc_token_ids *out,
                           fc_error *err)
{
    const uint32_t id = fc__trie_find(&m->vocab, s, n);
    bool done = false;
    fc_status st = FC_OK;

    if (id != FC_TRIE_NONE)
        return fc__token_ids_add(out, id, err);
    if (m->unigram.byte_fallback)
        st = fc__token_bytes(m, s, n, out, &done, err);
    return st == FC_OK && !done ? fc__token_ids_add(out, m->unk, err) : st;
}

fc_status fc__unigram_encode(const fc_token_model *m, fc_model_room *room, const char *piece,
                             size_t n, fc_token_ids *out, fc_error *err)
{
    size_t n_cuts = 0, from = 0;
    fc_status st;

    if (n >= FC_TRIE_NONE)
        return fc_error_set(err, FC_E_LIMIT, "a piece of %zu bytes is too long", n);
    st = fc__grow_array(&room->nodes, &room->nodes_capacity, n + 1, sizeof(*room->nodes), err);
    if (st == FC_OK)
        st = find_paths(m, room->nodes, piece, n, err);
    if (st == FC_OK)
        st = trace_path(m, room, n, &n_cuts, err);
    for (size_t i = n_cuts; i > 0 && st == FC_OK; i--) {
        st = add_token(m, piece + from, room->cuts[i - 1] - from, out, err);
        from = room->cuts[i - 1];
    }
    return st;
}
