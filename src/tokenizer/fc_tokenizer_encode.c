/*
 * A text through the parts of a tokenizer.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_text.h"
#include "fc_tokenizer_impl.h"

/* What `take` works on. */
typedef struct job {
    const fc_tokenizer *t;
    fc_token_scratch *s;
    size_t enough; /* tokens that are not cut off */
    bool more;     /* there are pieces behind those */
} job;

/* Ends a walk early; never leaves this file. */
#define ENOUGH FC_E_CANCELLED

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
    job *j = user;
    fc_status st;

    if (j->s->ids.n >= j->enough) {
        j->more = true;
        return ENOUGH;
    }
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
    job j = {t, s, SIZE_MAX, false};
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
    if (st == FC_OK)
        st = fc__post_run(&t->post, s->ids.ids, s->ids.n, options, out, err);
    if (st == FC_OK && j.more)
        out->cut = true;
    return st;
}
