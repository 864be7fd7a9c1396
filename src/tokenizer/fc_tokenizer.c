/*
 * A tokenizer as a whole: read from its file, and a text through its parts.
 */
#include "fc_tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_normalizer.h"
#include "fc_pretokenizer.h"
#include "fc_text.h"
#include "fc_token_added.h"
#include "fc_token_class.h"
#include "fc_token_json.h"
#include "fc_token_post.h"

struct fc_tokenizer {
    uint8_t *classes;
    fc_added_tokens added;
    fc_normals normals;
    fc_pretokens pretokens;
    fc_token_model model;
    fc_post post;
    fc_token_options file_options;
};

struct fc_token_scratch {
    fc_regex_room *regex;
    fc_normal_room normal;
    fc_cut_room cut;
    fc_model_room model;
    size_t n_cut_bufs;
    fc_token_ids ids;
};

/* What `take` works on. */
typedef struct job {
    const fc_tokenizer *t;
    fc_token_scratch *s;
    size_t enough; /* tokens that are not cut off */
} job;

/* Ends a walk early; never leaves this file. */
#define ENOUGH FC_E_CANCELLED

static fc_status read_parts(fc_tokenizer *t, const json_t *root, fc_error *err)
{
    fc_normal_room room = {.classes = t->classes};
    fc_status st;

    st = fc__tj_object(root, "tokenizer.json", err);
    if (st == FC_OK)
        st = fc__tj_keys(root, "tokenizer.json",
                         "version truncation padding added_tokens normalizer pre_tokenizer "
                         "post_processor decoder model",
                         err);
    if (st == FC_OK)
        st = fc__regex_room_create(&room.regex, err);
    if (st == FC_OK)
        st = fc__token_model_read(&t->model, json_object_get(root, "model"), err);
    if (st == FC_OK)
        st = fc__normals_read(&t->normals, json_object_get(root, "normalizer"), err);
    if (st == FC_OK)
        st = fc__added_read(&t->added, json_object_get(root, "added_tokens"), &t->model,
                            &t->normals, &room, err);
    if (st == FC_OK)
        st = fc__pretokens_read(&t->pretokens, json_object_get(root, "pre_tokenizer"), err);
    if (st == FC_OK)
        st = fc__post_read(&t->post, json_object_get(root, "post_processor"), err);
    if (st == FC_OK)
        st = fc__token_options_read(&t->file_options, json_object_get(root, "truncation"),
                                    json_object_get(root, "padding"), err);
    for (size_t i = 0; i < sizeof(room.bufs) / sizeof(room.bufs[0]); i++)
        fc_buf_dispose(&room.bufs[i]);
    fc__regex_room_destroy(room.regex);
    return st;
}

static fc_status parse(const void *bytes, size_t n, json_t **out, fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    json_error_t why;

    if (n > FC_TOKENIZER_MAX_BYTES)
        return fc_error_set(err, FC_E_LIMIT, "a tokenizer.json of %zu bytes; the most is %llu", n,
                            (unsigned long long)FC_TOKENIZER_MAX_BYTES);
    /* Decoding stops at 2,048 levels. */
    *out = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (*out == NULL && json_error_code(&why) == json_error_out_of_memory)
        return fc__nomem(err, n, "a tokenizer.json");
    if (*out == NULL)
        return fc_error_set(err, FC_E_FORMAT, "tokenizer.json is no JSON: line %d: %s", why.line,
                            fc__tj_show(shown, why.text, strlen(why.text)));
    return FC_OK;
}

fc_status fc__tokenizer_create(fc_tokenizer **out, const void *json, size_t n, fc_error *err)
{
    fc_tokenizer *t = fc__alloc_array(1, sizeof(*t));
    json_t *root = NULL;
    fc_status st;

    *out = NULL;
    if (t == NULL)
        return fc__nomem(err, sizeof(*t), "a tokenizer");
    t->classes = fc__token_classes_create();
    st = t->classes != NULL ? parse(json, n, &root, err) : fc__nomem(err, 0x10000, "a tokenizer");
    if (st == FC_OK)
        st = read_parts(t, root, err);
    json_decref(root);
    if (st == FC_OK)
        *out = t;
    else
        fc__tokenizer_destroy(t);
    return st;
}

fc_status fc__tokenizer_open(fc_tokenizer **out, const char *path, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    *out = NULL;
    st = fc__file_read(path, FC_TOKENIZER_MAX_BYTES, &bytes, err);
    if (st == FC_OK) {
        st = fc__tokenizer_create(out, bytes.data, bytes.size, &inner);
        if (st != FC_OK)
            fc_error_set(err, st, "%s: %s", path, inner.message);
    }
    fc_buf_dispose(&bytes);
    return st;
}

void fc__tokenizer_destroy(fc_tokenizer *t)
{
    if (t == NULL)
        return;
    fc__post_dispose(&t->post);
    fc__pretokens_dispose(&t->pretokens);
    fc__added_dispose(&t->added);
    fc__normals_dispose(&t->normals);
    fc__token_model_dispose(&t->model);
    free(t->classes);
    free(t);
}

fc_token_options fc__tokenizer_file_options(const fc_tokenizer *t)
{
    return t->file_options;
}

fc_status fc__tokenizer_find(const fc_tokenizer *t, const char *token, uint32_t *id)
{
    const size_t n = strlen(token);

    *id = fc__trie_find(&t->added.by_text, token, n);
    if (*id == FC_TRIE_NONE)
        *id = fc__trie_find(&t->model.vocab, token, n);
    return *id != FC_TRIE_NONE ? FC_OK : FC_E_NOT_FOUND;
}

uint32_t fc__tokenizer_size(const fc_tokenizer *t)
{
    uint32_t size = t->model.size > t->added.size ? t->model.size : t->added.size;

    return size > t->post.size ? size : t->post.size;
}

fc_status fc__token_scratch_create(fc_token_scratch **out, const fc_tokenizer *t, fc_error *err)
{
    fc_token_scratch *s = fc__alloc_array(1, sizeof(*s));
    fc_status st;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a tokenizer's scratch");
    s->n_cut_bufs = 2 * t->pretokens.n;
    s->cut.bufs = fc__alloc_array(s->n_cut_bufs, sizeof(*s->cut.bufs));
    s->model.slots = fc__alloc_array(FC_PIECE_SLOTS, sizeof(*s->model.slots));
    if (s->cut.bufs == NULL || s->model.slots == NULL)
        st = fc__nomem(err, FC_PIECE_SLOTS * sizeof(*s->model.slots), "a tokenizer's scratch");
    else
        st = fc__regex_room_create(&s->regex, err);
    if (st != FC_OK) {
        fc__token_scratch_destroy(s);
        return st;
    }
    s->normal.classes = s->cut.classes = t->classes;
    s->normal.regex = s->cut.regex = s->regex;
    *out = s;
    return FC_OK;
}

void fc__token_scratch_destroy(fc_token_scratch *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; s->cut.bufs != NULL && i < s->n_cut_bufs; i++)
        fc_buf_dispose(&s->cut.bufs[i]);
    free(s->cut.bufs);
    for (size_t i = 0; i < sizeof(s->normal.bufs) / sizeof(s->normal.bufs[0]); i++)
        fc_buf_dispose(&s->normal.bufs[i]);
    fc__model_room_dispose(&s->model);
    fc__regex_room_destroy(s->regex);
    free(s->ids.ids);
    free(s);
}

static fc_status take(void *user, const char *piece, size_t n, fc_error *err)
{
    const job *j = user;
    fc_status st;

    if (j->s->ids.n >= j->enough)
        return ENOUGH;
    st = fc__token_model_encode(&j->t->model, &j->s->model, piece, n, &j->s->ids, err);
    return st;
}

/* Text between added tokens of the normalised kind. */
static fc_status encode_normal(job *j, const char *s, size_t n, bool first, fc_error *err)
{
    const fc_tokenizer *t = j->t;
    size_t at = 0, done = 0, from, to;
    fc_status st = FC_OK;
    uint32_t id;

    while (st == FC_OK && fc__added_next(&t->added, &t->added.normal, t->classes, s, n, done, &at,
                                         &from, &to, &id)) {
        if (from > done)
            st = fc__pretokens_run(&t->pretokens, &j->s->cut, s + done, from - done,
                                   first && done == 0, take, j, err);
        if (st == FC_OK)
            st = fc__token_ids_add(&j->s->ids, id, err);
        done = to;
    }
    if (st == FC_OK && n > done)
        st = fc__pretokens_run(&t->pretokens, &j->s->cut, s + done, n - done, first && done == 0,
                               take, j, err);
    return st;
}

/* Text between added tokens of the raw kind. */
static fc_status encode_raw(job *j, const char *s, size_t n, bool first, fc_error *err)
{
    const char *normal;
    size_t normal_n;
    bool headless;
    fc_status st;

    if (n == 0)
        return FC_OK;
    st = fc__normals_run(&j->t->normals, &j->s->normal, s, n, &normal, &normal_n, &headless, err);
    return st == FC_OK ? encode_normal(j, normal, normal_n, first && !headless, err) : st;
}

static fc_status encode_text(job *j, const char *s, size_t n, fc_error *err)
{
    const fc_tokenizer *t = j->t;
    size_t at = 0, done = 0, from, to;
    fc_status st = FC_OK;
    uint32_t id;

    while (st == FC_OK &&
           fc__added_next(&t->added, &t->added.raw, t->classes, s, n, done, &at, &from, &to, &id)) {
        if (from > done)
            st = encode_raw(j, s + done, from - done, done == 0, err);
        if (st == FC_OK)
            st = fc__token_ids_add(&j->s->ids, id, err);
        done = to;
    }
    if (st == FC_OK && n > done)
        st = encode_raw(j, s + done, n - done, done == 0, err);
    return st == ENOUGH ? FC_OK : st;
}

fc_status fc__tokenizer_encode(const fc_tokenizer *t, fc_token_scratch *s, const char *text,
                               size_t n, const fc_token_options *options, fc_tokens *out,
                               fc_error *err)
{
    static const fc_token_options plain = {0};
    job j = {t, s, SIZE_MAX};
    fc_status st;
    size_t valid;

    if (options == NULL)
        options = &plain;
    valid = fc__utf8_valid_prefix(text, n);
    if (valid != n)
        return fc_error_set(err, FC_E_FORMAT, "the text is not UTF-8: byte 0x%02x at %zu",
                            (uint8_t)text[valid], valid);
    s->ids.n = 0;
    /* What a cut takes off is not even looked at. */
    if (options->max_length > 0 && !options->cut_left)
        j.enough = options->max_length;
    st = encode_text(&j, text, n, err);
    return st == FC_OK ? fc__post_run(&t->post, s->ids.ids, s->ids.n, options, out, err) : st;
}
