/*
 * WordPiece: the longest token that begins a word, then the longest that goes on inside it
 * (Devlin et al. 2018, BERT; `tokenizers`: models/wordpiece). A word that cannot be told whole is
 * one unknown token.
 */
#include <string.h>

#include "fc_token_json.h"
#include "fc_token_model.h"

fc_status fc__wordpiece_read(fc_token_model *m, const json_t *model, fc_error *err)
{
    const char *unk, *prefix;
    size_t unk_n = 0, prefix_n = 0;
    fc_status st;

    m->kind = FC_WORDPIECE;
    st =
        fc__tj_keys(model, "model",
                    "type unk_token continuing_subword_prefix max_input_chars_per_word vocab", err);
    if (st == FC_OK)
        st = fc__tj_string(model, "model", "unk_token", &unk, &unk_n, err);
    if (st == FC_OK)
        st = fc__tj_string_or_null(model, "model", "continuing_subword_prefix", &prefix, &prefix_n,
                                   err);
    m->wordpiece.max_chars = 100;
    if (st == FC_OK && json_object_get(model, "max_input_chars_per_word") != NULL)
        st = fc__tj_uint(model, "model", "max_input_chars_per_word", UINT32_MAX,
                         &m->wordpiece.max_chars, err);
    if (st == FC_OK)
        st = fc__token_vocab_read(m, model, err);
    if (st != FC_OK)
        return st;
    if (prefix == NULL) {
        prefix = "##";
        prefix_n = 2;
    }
    m->unk = fc__trie_find(&m->vocab, unk, unk_n);
    m->wordpiece.inside = fc__trie_walk(&m->vocab, FC_TRIE_ROOT, prefix, prefix_n);
    return FC_OK;
}

/* Bytes of the longest token from `cell` along the text; 0: none. */
static size_t longest(const fc_trie *vocab, uint32_t cell, const char *s, size_t n, uint32_t *id)
{
    size_t found = 0;

    for (size_t i = 0; i < n && cell != 0; i++) {
        cell = fc__trie_step(vocab, cell, (uint8_t)s[i]);
        if (cell != 0 && vocab->cells[cell].value != FC_TRIE_NONE) {
            *id = vocab->cells[cell].value;
            found = i + 1;
        }
    }
    return found;
}

static bool too_long(const char *s, size_t n, uint32_t max_chars)
{
    size_t chars = 0;

    if (n <= max_chars)
        return false;
    for (size_t i = 0; i < n; i++)
        chars += ((unsigned char)s[i] & 0xC0) != 0x80;
    return chars > max_chars;
}

fc_status fc__wordpiece_encode(const fc_token_model *m, const char *piece, size_t n,
                               fc_token_ids *out, fc_error *err)
{
    const size_t before = out->n;
    uint32_t cell = FC_TRIE_ROOT, id = 0;
    fc_status st = FC_OK;
    size_t at = 0;

    if (!too_long(piece, n, m->wordpiece.max_chars)) {
        while (at < n && st == FC_OK) {
            const size_t found = longest(&m->vocab, cell, piece + at, n - at, &id);

            if (found == 0)
                break;
            st = fc__token_ids_add(out, id, err);
            at += found;
            cell = m->wordpiece.inside;
        }
    }
    if (st != FC_OK || at == n)
        return st;
    out->n = before;
    return m->unk == FC_TRIE_NONE ? fc__token_unknown(piece, n, err)
                                  : fc__token_ids_add(out, m->unk, err);
}
