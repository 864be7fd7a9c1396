/*
 * What differs between two cards, in words: first what makes them two encoder versions, then what
 * does not (which outputs, and how they are stored).
 */
#include <stdio.h>
#include <string.h>

#include "fc_card.h"
#include "fc_text.h"

typedef struct explanation {
    const fc_card *mine, *stored;
    fc_buf line; /* being made */
    fc_buf *out;
    size_t n_diff;
    fc_error *err;
} explanation;

/* Hand the line over, escaped: paths and a store's texts come from outside. */
static fc_status end_line(explanation *x, fc_status st)
{
    if (st == FC_OK)
        st = fc__escape_terminal(x->out, (const char *)x->line.data, x->line.size, x->err);
    if (st == FC_OK)
        st = fc_buf_append_text(x->out, "\n", x->err);
    fc_buf_clear(&x->line);
    return st;
}

/* Longest value that is shown whole; of a longer one its beginning. */
#define SHOWN_MAX 120
#define BEGIN_MAX 48

const char *fc__card_shown_value(const char *value, char out[FC_CARD_SHOWN_BYTES])
{
    const size_t n = value != NULL ? strlen(value) : 0;

    if (value == NULL)
        return "not there";
    if (n == 0)
        return "empty";
    if (n <= SHOWN_MAX)
        return value;
    snprintf(out, FC_CARD_SHOWN_BYTES, "%.*s... (%zu bytes)",
             (int)fc__utf8_whole_prefix(value, BEGIN_MAX), value, n);
    return out;
}

/* "KEY: A in MINE, B in STORED"; a value that is not there is NULL. */
static fc_status add_difference(void *context, const char *key, const char *a, const char *b)
{
    char room_a[FC_CARD_SHOWN_BYTES], room_b[FC_CARD_SHOWN_BYTES];
    explanation *x = context;

    x->n_diff++;
    return end_line(x, fc_buf_append_fmt(&x->line, x->err, "%s: %s in %s, %s in %s", key,
                                         fc__card_shown_value(a, room_a), x->mine->origin,
                                         fc__card_shown_value(b, room_b), x->stored->origin));
}

/* Both lists are sorted by key: one sweep. */
fc_status fc__card_compare_parts(const fc_card *a, const fc_card *b,
                                 fc_status (*each)(void *context, const char *key, const char *a,
                                                   const char *b),
                                 void *context)
{
    fc_status st = FC_OK;
    size_t i = 0, k = 0;

    while ((i < a->n_parts || k < b->n_parts) && st == FC_OK) {
        int order;

        if (i == a->n_parts)
            order = 1;
        else if (k == b->n_parts)
            order = -1;
        else
            order = strcmp(a->parts[i].key, b->parts[k].key);
        if (order < 0)
            st = each(context, a->parts[i].key, a->parts[i].value, NULL);
        else if (order > 0)
            st = each(context, b->parts[k].key, NULL, b->parts[k].value);
        else if (strcmp(a->parts[i].value, b->parts[k].value) != 0)
            st = each(context, a->parts[i].key, a->parts[i].value, b->parts[k].value);
        i += order <= 0;
        k += order >= 0;
    }
    return st;
}

static fc_status say_same(explanation *x)
{
    char hex[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(&x->mine->fingerprint, hex);
    return end_line(x, fc_buf_append_fmt(&x->line, x->err, "the same encoder version: %s %.12s",
                                         x->mine->name, hex));
}

static const fc_output_spec *find_output(const fc_card *card, const char *name)
{
    for (size_t k = 0; k < card->n_outputs; k++)
        if (strcmp(card->outputs[k].name, name) == 0)
            return &card->outputs[k];
    return NULL;
}

/* A line for each output of `a` that `b` has not. */
static fc_status say_missing_outputs(explanation *x, const fc_card *a, const fc_card *b)
{
    fc_status st = FC_OK;

    for (size_t k = 0; k < a->n_outputs && st == FC_OK; k++)
        if (find_output(b, a->outputs[k].name) == NULL)
            st = end_line(x,
                          fc_buf_append_fmt(&x->line, x->err,
                                            "  output %s: in %s, not in %s (the choice of outputs "
                                            "is not part of the version)",
                                            a->outputs[k].name, a->origin, b->origin));
    return st;
}

static fc_status compare_precisions(explanation *x)
{
    fc_status st = FC_OK;

    for (size_t k = 0; k < x->mine->n_outputs && st == FC_OK; k++) {
        const fc_output_spec *a = &x->mine->outputs[k];
        const fc_output_spec *b = find_output(x->stored, a->name);

        if (b != NULL && a->precision != b->precision)
            st = end_line(
                x, fc_buf_append_fmt(&x->line, x->err,
                                     "  output %s: precision %s in %s, %s in %s (how it is stored "
                                     "is not part of the version)",
                                     a->name, fc_dtype_name(a->precision), x->mine->origin,
                                     fc_dtype_name(b->precision), x->stored->origin));
    }
    return st;
}

fc_status fc__card_explain(const fc_card *mine, const fc_card *stored, fc_buf *out, size_t *n_diff,
                           fc_error *err)
{
    explanation x = {.mine = mine, .stored = stored, .line = FC_BUF_INIT, .out = out, .err = err};
    fc_status st = FC_OK;

    if (strcmp(mine->name, stored->name) != 0)
        st = add_difference(&x, "name", mine->name, stored->name);
    if (st == FC_OK)
        st = fc__card_compare_parts(mine, stored, add_difference, &x);
    if (st == FC_OK && x.n_diff == 0)
        st = say_same(&x);
    if (st == FC_OK)
        st = compare_precisions(&x);
    if (st == FC_OK)
        st = say_missing_outputs(&x, mine, stored);
    if (st == FC_OK)
        st = say_missing_outputs(&x, stored, mine);
    fc_buf_dispose(&x.line);
    *n_diff = x.n_diff;
    return st;
}
