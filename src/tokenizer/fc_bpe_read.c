/*
 * The model of byte-pair encoding out of its file: settings and the table of merges.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bpe.h"
#include "fc_buf.h"
#include "fc_token_json.h"

#define MAX_MERGES ((size_t)1 << 26)

static fc_status affix(const json_t *model, const char *key, char **out, size_t *n, fc_error *err)
{
    const char *text;
    fc_status st = fc__tj_string_or_null(model, "model", key, &text, NULL, err);

    if (st != FC_OK)
        return st;
    *out = fc__strdup(text != NULL ? text : "");
    if (*out == NULL)
        return fc__nomem(err, strlen(text) + 1, "a model's affix");
    *n = strlen(*out);
    return FC_OK;
}

static fc_status read_settings(fc_token_model *m, const json_t *model, fc_error *err)
{
    const json_t *dropout = json_object_get(model, "dropout");
    fc_status st;

    st = fc__tj_keys(model, "model",
                     "type dropout unk_token continuing_subword_prefix end_of_word_suffix fuse_unk "
                     "byte_fallback ignore_merges vocab merges",
                     err);
    if (st == FC_OK && dropout != NULL && !json_is_null(dropout) &&
        !(json_is_number(dropout) && json_number_value(dropout) == 0))
        st = fc_error_set(err, FC_E_UNSUPPORTED, "model: 'dropout' is for training");
    if (st == FC_OK)
        st = fc__tj_bool(model, "model", "fuse_unk", false, &m->bpe.fuse_unk, err);
    if (st == FC_OK)
        st = fc__tj_bool(model, "model", "byte_fallback", false, &m->bpe.byte_fallback, err);
    if (st == FC_OK)
        st = fc__tj_bool(model, "model", "ignore_merges", false, &m->bpe.ignore_merges, err);
    if (st == FC_OK)
        st = affix(model, "continuing_subword_prefix", &m->bpe.prefix, &m->bpe.prefix_n, err);
    if (st == FC_OK)
        st = affix(model, "end_of_word_suffix", &m->bpe.suffix, &m->bpe.suffix_n, err);
    return st;
}

/* The two sides of a merge: "a b", or ["a", "b"]. */
static bool sides_of(const json_t *merge, const char *side[2], size_t n[2])
{
    if (json_is_string(merge)) {
        const char *text = json_string_value(merge);
        const size_t length = json_string_length(merge);
        const char *blank = memchr(text, ' ', length);

        if (blank == NULL || memchr(blank + 1, ' ', length - (size_t)(blank + 1 - text)) != NULL)
            return false;
        side[0] = text;
        n[0] = (size_t)(blank - text);
        side[1] = blank + 1;
        n[1] = length - n[0] - 1;
        return true;
    }
    if (!json_is_array(merge) || json_array_size(merge) != 2)
        return false;
    for (size_t k = 0; k < 2; k++) {
        const json_t *part = json_array_get(merge, k);

        if (!json_is_string(part))
            return false;
        side[k] = json_string_value(part);
        n[k] = json_string_length(part);
    }
    return true;
}

static fc_status add_merge(fc_token_model *m, const json_t *merge, size_t rank, fc_buf *joined,
                           fc_error *err)
{
    fc_merge found = {.rank = (uint32_t)rank};
    const char *side[2] = {NULL, NULL};
    size_t n[2] = {0, 0};
    fc_status st;

    if (!sides_of(merge, side, n) || n[1] < m->bpe.prefix_n)
        return fc_error_set(err, FC_E_FORMAT,
                            "model.merges[%zu] is no pair of tokens such as \"a b\"", rank);
    fc_buf_clear(joined);
    st = fc_buf_append(joined, side[0], n[0], err);
    if (st == FC_OK)
        st = fc_buf_append(joined, side[1] + m->bpe.prefix_n, n[1] - m->bpe.prefix_n, err);
    if (st != FC_OK)
        return st;
    found.left = fc__trie_find(&m->vocab, side[0], n[0]);
    found.right = fc__trie_find(&m->vocab, side[1], n[1]);
    found.id =
        fc__trie_find(&m->vocab, joined->size > 0 ? (const char *)joined->data : "", joined->size);
    if (found.left == FC_TRIE_NONE || found.right == FC_TRIE_NONE || found.id == FC_TRIE_NONE)
        return fc_error_set(err, FC_E_FORMAT, "model.merges[%zu]: %s is not in the vocabulary",
                            rank,
                            found.id == FC_TRIE_NONE ? "what the two become" : "one of the two");
    *fc__bpe_slot(&m->bpe, found.left, found.right) = found; /* of equal ones the last counts */
    return FC_OK;
}

static fc_status read_merges(fc_token_model *m, const json_t *model, fc_error *err)
{
    fc_buf joined = FC_BUF_INIT;
    const json_t *merges;
    size_t n, slots = 16;
    fc_status st;

    st = fc__tj_array(model, "model", "merges", &merges, err);
    if (st != FC_OK)
        return st;
    n = json_array_size(merges);
    if (n > MAX_MERGES)
        return fc_error_set(err, FC_E_LIMIT, "model: more than %zu merges", MAX_MERGES);
    while (slots < 2 * n)
        slots *= 2;
    m->bpe.merges = fc__alloc_array(slots, sizeof(*m->bpe.merges));
    if (m->bpe.merges == NULL)
        return fc__nomem(err, slots * sizeof(*m->bpe.merges), "a table of merges");
    m->bpe.mask = slots - 1;
    for (size_t i = 0; i < slots; i++)
        m->bpe.merges[i].left = FC_TRIE_NONE;
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = add_merge(m, json_array_get(merges, i), i, &joined, err);
    fc_buf_dispose(&joined);
    return st;
}

fc_status fc__bpe_read(fc_token_model *m, const json_t *model, fc_error *err)
{
    const char *unk;
    size_t unk_n = 0;
    fc_status st;

    m->kind = FC_BPE;
    st = read_settings(m, model, err);
    if (st == FC_OK)
        st = fc__tj_string_or_null(model, "model", "unk_token", &unk, &unk_n, err);
    if (st == FC_OK)
        st = fc__token_vocab_read(m, model, err);
    if (st == FC_OK)
        st = read_merges(m, model, err);
    if (st == FC_OK && unk != NULL) {
        m->unk = fc__trie_find(&m->vocab, unk, unk_n);
        m->bpe.unk_missing = m->unk == FC_TRIE_NONE;
    }
    return st;
}
