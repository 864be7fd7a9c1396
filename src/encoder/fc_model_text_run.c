/*
 * Texts through a model: those of nearly one length together, within a budget of tokens.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_model_text.h"

/* Tokens of one run, padding counted, unless a single text has more: enough to fill the cores, and
 * a bound on what the runtime needs for them. */
#define TOKENS_MAX 2048
/* What of a run may be padding: one in so many tokens; or a few, for a run has its own cost. With
 * 805 sentences of 8 tokens on average MiniLM takes as long as with an eighth alone, and SmolLM2,
 * which unpacks its weights in every run, a fifth less. */
#define PADDING_PART 8
#define PADDING_FREE 16

typedef struct text_run {
    fc_model_run *r;
    const struct fc_model_texts *texts;
    fc_model_slice *order; /* all texts, the longest first; `keep` is the length */
    fc_tensor feeds[FC_TEXT_ROLES];
} text_run;

static int by_length(const void *a, const void *b)
{
    const fc_model_slice *x = a, *y = b;

    if (x->keep != y->keep)
        return x->keep > y->keep ? -1 : 1;
    return x->input < y->input ? -1 : 1;
}

/* How many texts from `order` on share a run. */
static size_t count_batch(const text_run *t, const fc_model_slice *order, size_t n)
{
    const bool hidden = t->texts->names[FC_TEXT_MASK] != NULL || t->texts->rule.causal;
    const uint64_t longest = t->texts->rule.fixed_length ? t->texts->rule.max_tokens : order->keep;
    uint64_t padding = 0;
    size_t count = 1;

    for (; count < n && count < t->r->m->batch_max; count++) {
        const uint64_t tokens = (count + 1) * longest, more = order->keep - order[count].keep;

        if (tokens > TOKENS_MAX)
            break;
        if (t->texts->rule.fixed_length)
            continue; /* padded alike, whoever is beside it */
        if (more > 0 && !hidden)
            break;
        if (padding + more > PADDING_FREE && (padding + more) * PADDING_PART > tokens)
            break;
        padding += more;
    }
    return count;
}

static void put(fc_tensor *t, uint64_t at, int64_t value)
{
    if (t->dtype == FC_I32)
        ((int32_t *)t->data)[at] = (int32_t)value;
    else
        ((int64_t *)t->data)[at] = value;
}

/* What role `role` has at place `i` of a text. */
static int64_t value_at(const text_run *t, const fc_model_slice *slice, size_t role, uint64_t i)
{
    const int32_t *x = t->r->in[slice->input]->tensor.data;
    const bool real = i < slice->keep;

    switch ((fc_text_role)role) {
    case FC_TEXT_IDS:
        return real ? x[i] : (int64_t)t->texts->rule.pad_id;
    case FC_TEXT_MASK:
        return real;
    case FC_TEXT_TYPES:
        return real ? x[slice->keep + i] : 0;
    case FC_TEXT_POSITIONS:
        return (int64_t)(t->texts->rule.first_position + i);
    case FC_TEXT_ROLES:
        break;
    }
    return 0;
}

static fc_status run_batch(text_run *t, const fc_model_slice *slices, size_t n, fc_error *err)
{
    const uint64_t length =
        t->texts->rule.fixed_length ? t->texts->rule.max_tokens : slices[0].keep;
    const uint64_t shape[2] = {n, length};
    fc_feed feeds[FC_TEXT_ROLES];
    size_t n_feeds = 0;
    fc_status st = FC_OK;

    for (size_t role = 0; role < FC_TEXT_ROLES && st == FC_OK; role++) {
        fc_tensor *to = &t->feeds[role];

        if (t->texts->names[role] == NULL)
            continue;
        st = fc_tensor_alloc(to, t->texts->types[role], 2, shape, err);
        for (size_t b = 0; b < n && st == FC_OK; b++)
            for (uint64_t i = 0; i < length; i++)
                put(to, b * length + i, value_at(t, &slices[b], role, i));
        feeds[n_feeds++] = (fc_feed){t->texts->names[role], to};
    }
    if (st == FC_OK)
        st = fc__model_run_batch(t->r, slices, n, feeds, n_feeds, err);
    for (size_t b = 0; b < n && st == FC_OK; b++)
        st = fc__model_run_finish(t->r, slices[b].input, err);
    return st;
}

fc_status fc__model_run_texts(fc_model_run *r, fc_error *err)
{
    text_run t = {.r = r, .texts = r->m->texts};
    fc_status st = FC_OK;

    for (size_t role = 0; role < FC_TEXT_ROLES; role++)
        t.feeds[role] = (fc_tensor)FC_TENSOR_INIT;
    t.order = fc__alloc_array(r->n_inputs, sizeof(*t.order));
    if (t.order == NULL)
        return fc__nomem(err, r->n_inputs * sizeof(*t.order), "a batch");
    for (size_t i = 0; i < r->n_inputs; i++)
        t.order[i] = (fc_model_slice){i, 0, r->in[i]->tensor.shape[1]};
    qsort(t.order, r->n_inputs, sizeof(*t.order), by_length);
    for (size_t at = 0, n; at < r->n_inputs && st == FC_OK; at += n) {
        n = count_batch(&t, t.order + at, r->n_inputs - at);
        st = run_batch(&t, t.order + at, n, err);
    }
    for (size_t role = 0; role < FC_TEXT_ROLES; role++)
        fc_tensor_dispose(&t.feeds[role]);
    free(t.order);
    return st;
}
