/*
 * Cutting, special tokens around a text, padding.
 */
#include "fc_token_post.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

static fc_status reserve(fc_tokens *t, size_t n, fc_error *err)
{
    size_t capacity;
    fc_status st = FC_OK;

    if (n <= t->capacity)
        return FC_OK;
    n = n < 64 ? 64 : n; /* three arrays of one capacity */
    capacity = t->capacity;
    st = fc__grow_array(&t->ids, &capacity, n, sizeof(*t->ids), err);
    capacity = t->capacity;
    if (st == FC_OK)
        st = fc__grow_array(&t->types, &capacity, n, sizeof(*t->types), err);
    capacity = t->capacity;
    if (st == FC_OK)
        st = fc__grow_array(&t->mask, &capacity, n, sizeof(*t->mask), err);
    if (st == FC_OK)
        t->capacity = capacity;
    return st;
}

static void add_tokens(fc_tokens *out, const uint32_t *ids, size_t n, uint32_t type)
{
    if (n == 0)
        return;
    memcpy(out->ids + out->n, ids, n * sizeof(*ids));
    for (size_t i = 0; i < n; i++)
        out->types[out->n + i] = type;
    memset(out->mask + out->n, 1, n);
    out->n += n;
}

fc_status fc__post_run(const fc_post *post, const uint32_t *ids, size_t n,
                       const fc_token_options *options, fc_tokens *out, fc_error *err)
{
    const size_t special = options->bare ? 0 : post->n_special;
    size_t n_all, texts = post->n == 0;
    fc_status st;

    out->n = 0;
    out->cut = false;
    if (options->max_length > 0) {
        if (options->max_length < special)
            return fc_error_set(err, FC_E_INVALID,
                                "at most %u tokens leave no room for the %zu special ones",
                                options->max_length, special);
        if (n > options->max_length - special) {
            if (options->cut_left)
                ids += n - (options->max_length - special);
            n = options->max_length - special;
            out->cut = true;
        }
    }
    for (size_t i = 0; i < post->n; i++)
        texts += post->items[i].text;
    if (!fc__mul(n, texts, &n_all) || !fc__add(n_all, special, &n_all))
        return fc_error_set(err, FC_E_LIMIT, "too many tokens");
    st = reserve(out, n_all, err);
    if (st != FC_OK)
        return st;
    if (post->n == 0)
        add_tokens(out, ids, n, 0);
    for (size_t i = 0; i < post->n; i++) {
        if (post->items[i].text)
            add_tokens(out, ids, n, post->items[i].type);
        else if (!options->bare)
            add_tokens(out, &post->items[i].id, 1, post->items[i].type);
    }
    return fc__tokens_pad(out, options->pad_length, options, err);
}

/* The length to pad n tokens to; n where there is no padding. */
static size_t padded_length(size_t n, size_t length, const fc_token_options *options)
{
    const size_t multiple = options->pad_multiple;

    if (length < n)
        length = n;
    if (multiple > 1 && length % multiple != 0 && length <= SIZE_MAX - multiple)
        length += multiple - length % multiple;
    return length;
}

fc_status fc__tokens_pad(fc_tokens *tokens, size_t length, const fc_token_options *options,
                         fc_error *err)
{
    const size_t n = tokens->n, full = padded_length(n, length, options), more = full - n;
    const size_t front = options->pad_left ? more : 0;
    fc_status st;

    if (more == 0)
        return FC_OK;
    st = reserve(tokens, full, err);
    if (st != FC_OK)
        return st;
    if (front > 0) {
        memmove(tokens->ids + front, tokens->ids, n * sizeof(*tokens->ids));
        memmove(tokens->types + front, tokens->types, n * sizeof(*tokens->types));
        memmove(tokens->mask + front, tokens->mask, n);
    }
    for (size_t i = 0; i < more; i++) {
        const size_t at = front > 0 ? i : n + i;

        tokens->ids[at] = options->pad_id;
        tokens->types[at] = options->pad_type;
        tokens->mask[at] = 0;
    }
    tokens->n = full;
    return FC_OK;
}

void fc__tokens_dispose(fc_tokens *tokens)
{
    free(tokens->ids);
    free(tokens->types);
    free(tokens->mask);
    *tokens = (fc_tokens)FC_TOKENS_INIT;
}
