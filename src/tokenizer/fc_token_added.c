/*
 * Reading and finding added tokens (`tokenizers`: tokenizer/added_vocabulary).
 */
#include "fc_token_added.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_token_class.h"
#include "fc_token_json.h"

#define MAX_TOKENS ((size_t)1 << 20)
#define MAX_ID     UINT32_C(0x7ffffffe)

static fc_status read_token(fc_added *to, const json_t *token, const char *where, fc_error *err)
{
    bool special;
    fc_status st;

    st = fc__tj_object(token, where, err);
    if (st == FC_OK)
        st = fc__tj_keys(token, where, "id content single_word lstrip rstrip normalized special",
                         err);
    if (st == FC_OK)
        st = fc__tj_uint(token, where, "id", MAX_ID, &to->id, err);
    if (st == FC_OK)
        st = fc__tj_string(token, where, "content", &to->text, &to->n, err);
    if (st == FC_OK)
        st = fc__tj_bool(token, where, "single_word", false, &to->single_word, err);
    if (st == FC_OK)
        st = fc__tj_bool(token, where, "lstrip", false, &to->lstrip, err);
    if (st == FC_OK)
        st = fc__tj_bool(token, where, "rstrip", false, &to->rstrip, err);
    if (st == FC_OK)
        st = fc__tj_bool(token, where, "special", false, &special, err);
    if (st == FC_OK)
        st = fc__tj_bool(token, where, "normalized", !special, &to->normalized, err);
    return st;
}

/* The id that the package gives a token, whatever the file says: that of the vocabulary, or the
 * next one behind it. A file that says otherwise would give other ids here than there. */
static fc_status check_id(const fc_added_tokens *t, const fc_added *token, const fc_token_model *m,
                          const char *where, fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    uint32_t wanted = fc__trie_find(&m->vocab, token->text, token->n);

    if (wanted == FC_TRIE_NONE)
        wanted = t->size > m->n_vocab ? t->size : (uint32_t)m->n_vocab;
    return wanted == token->id
               ? FC_OK
               : fc_error_set(err, FC_E_FORMAT,
                              "%s: '%s' is numbered %u; by the vocabulary it is %u", where,
                              fc__tj_show(shown, token->text, token->n), token->id, wanted);
}

/* All of them, without empty ones, which can match nothing. Texts are borrowed from the JSON. */
static fc_status read_list(fc_added_tokens *t, const json_t *list, const fc_token_model *m,
                           fc_error *err)
{
    const size_t n = json_array_size(list);
    char where[FC_TJ_WHERE_BYTES];
    fc_status st = FC_OK;

    t->list = fc__alloc_array(n, sizeof(*t->list));
    t->texts = fc__alloc_array(n, sizeof(*t->texts));
    if (t->list == NULL || t->texts == NULL)
        return fc__nomem(err, n * sizeof(*t->list), "added tokens");
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        fc_added *to = &t->list[t->n];

        snprintf(where, sizeof(where), "added_tokens[%zu]", i);
        *to = (fc_added){0};
        st = read_token(to, json_array_get(list, i), where, err);
        if (st != FC_OK || to->n == 0)
            continue;
        st = check_id(t, to, m, where, err);
        if (to->id >= t->size)
            t->size = to->id + 1;
        t->n++;
    }
    return st;
}

/* Replace the borrowed text by an own one, in the form in which it is looked for. */
static fc_status own_text(fc_added_tokens *t, size_t i, const fc_normals *normals,
                          fc_normal_room *room, fc_error *err)
{
    fc_added *to = &t->list[i];
    fc_status st = FC_OK;
    bool unused;

    if (to->normalized)
        st = fc__normals_run(normals, room, to->text, to->n, &to->text, &to->n, &unused, err);
    if (st != FC_OK)
        return st;
    t->texts[i] = fc__strndup(to->text, to->n);
    if (t->texts[i] == NULL)
        return fc__nomem(err, to->n, "an added token");
    to->text = t->texts[i];
    return FC_OK;
}

/* The tokens that are, or are not, looked for in normalised text. */
static fc_status build_set(fc_added_set *set, const fc_added_tokens *t, bool normalized,
                           fc_trie_key *keys, fc_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        if (t->list[i].normalized != normalized || t->list[i].n == 0)
            continue;
        /* Of equal ones the first counts: the trie keeps the largest number. */
        keys[n++] =
            (fc_trie_key){t->list[i].text, (uint32_t)t->list[i].n, (uint32_t)(t->n - 1 - i)};
        set->begins[(uint8_t)t->list[i].text[0]] = true;
    }
    set->any = n > 0;
    return fc__trie_build(&set->trie, keys, n, err);
}

fc_status fc__added_read(fc_added_tokens *out, const json_t *list, const fc_token_model *m,
                         const fc_normals *normals, fc_normal_room *room, fc_error *err)
{
    fc_trie_key *keys = NULL;
    fc_status st = FC_OK;

    *out = (fc_added_tokens){0};
    if (list != NULL && !json_is_null(list) && !json_is_array(list))
        return fc_error_set(err, FC_E_FORMAT, "added_tokens is no JSON array");
    if (json_array_size(list) > MAX_TOKENS)
        return fc_error_set(err, FC_E_LIMIT, "more than %zu added tokens", MAX_TOKENS);
    st = read_list(out, list, m, err);
    if (st != FC_OK)
        return st;
    keys = fc__alloc_array(out->n, sizeof(*keys));
    if (keys == NULL)
        return fc__nomem(err, out->n * sizeof(*keys), "added tokens");
    for (size_t i = 0; i < out->n; i++)
        keys[i] = (fc_trie_key){out->list[i].text, (uint32_t)out->list[i].n, out->list[i].id};
    st = fc__trie_build(&out->by_text, keys, out->n, err);
    for (size_t i = 0; i < out->n && st == FC_OK; i++)
        st = own_text(out, i, normals, room, err);
    if (st == FC_OK)
        st = build_set(&out->raw, out, false, keys, err);
    if (st == FC_OK)
        st = build_set(&out->normal, out, true, keys, err);
    free(keys);
    return st;
}

void fc__added_dispose(fc_added_tokens *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->texts[i]);
    free(t->texts);
    free(t->list);
    fc__trie_dispose(&t->raw.trie);
    fc__trie_dispose(&t->normal.trie);
    fc__trie_dispose(&t->by_text);
    *t = (fc_added_tokens){0};
}

/* The character that ends right before s[at], at > 0; its place in *start. */
static uint32_t char_before(const char *s, size_t at, size_t *start)
{
    size_t length;

    for (*start = at - 1; *start > 0 && ((unsigned char)s[*start] & 0xC0) == 0x80; --*start)
        ;
    return fc__token_char(s + *start, &length);
}

/* Is what stands left or right of s[from..to) part of a word? */
static bool inside_word(const uint8_t *classes, const char *s, size_t n, size_t from, size_t to)
{
    size_t at;

    if (from > 0 && (fc__token_class(classes, char_before(s, from, &at)) & FC_CLASS_WORD) != 0)
        return true;
    return to < n && (fc__token_class(classes, fc__token_char(s + to, &at)) & FC_CLASS_WORD) != 0;
}

static void take_spaces(const fc_added *token, const char *s, size_t n, size_t done, size_t *from,
                        size_t *to)
{
    size_t length, start;

    while (token->lstrip && *from > done && fc__token_is_space(char_before(s, *from, &start)))
        *from = start;
    if (token->lstrip && *from < done)
        *from = done;
    while (token->rstrip && *to < n && fc__token_is_space(fc__token_char(s + *to, &length)))
        *to += length;
}

/* The longest token at s; its place in the list, or FC_TRIE_NONE. */
static uint32_t longest(const fc_trie *trie, const char *s, size_t n, size_t *length)
{
    uint32_t cell = FC_TRIE_ROOT, found = FC_TRIE_NONE;

    for (size_t i = 0; i < n; i++) {
        cell = fc__trie_step(trie, cell, (uint8_t)s[i]);
        if (cell == 0)
            break;
        if (trie->cells[cell].value != FC_TRIE_NONE) {
            found = trie->cells[cell].value;
            *length = i + 1;
        }
    }
    return found;
}

bool fc__added_next(const fc_added_tokens *t, const fc_added_set *set, const uint8_t *classes,
                    const char *s, size_t n, size_t done, size_t *at, size_t *from, size_t *to,
                    uint32_t *id)
{
    for (size_t i = *at; set->any && i < n; i++) {
        size_t length = 0;
        uint32_t place;

        if (!set->begins[(uint8_t)s[i]])
            continue;
        place = longest(&set->trie, s + i, n - i, &length);
        if (place == FC_TRIE_NONE)
            continue;
        *from = i;
        *to = i + length;
        *at = *to;
        if (t->list[t->n - 1 - place].single_word && inside_word(classes, s, n, *from, *to)) {
            i = *to - 1;
            continue;
        }
        take_spaces(&t->list[t->n - 1 - place], s, n, done, from, to);
        *id = t->list[t->n - 1 - place].id;
        return true;
    }
    return false;
}
