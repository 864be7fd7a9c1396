/*
 * Cutting a text by a list of pre-tokenizers: each hands its pieces on to the next, the last one to
 * the caller, so that no list of pieces is kept.
 */
#include "fc_pretokenizer.h"

#include <string.h>

#include "fc_token_class.h"

/* One walk. */
typedef struct walk {
    const fc_pretokens *list;
    fc_cut_room *room;
    fc_piece_take *take;
    void *user;
    fc_error *err;
} walk;

/* One pre-tokenizer's work on one piece: segments in, pieces out, by the way of its separators. */
typedef struct cutter {
    const walk *w;
    size_t step;
    const char *s;
    bool first; /* s is where the text begins */
    fc_cut_way way;
    bool held; /* a segment that may grow */
    bool held_match;
    size_t held_from, held_to;
} cutter;

static fc_status run(const walk *w, size_t step, const char *s, size_t n, bool first);

static fc_status emit(const cutter *c, size_t from, size_t to)
{
    return from < to ? run(c->w, c->step + 1, c->s + from, to - from, c->first && from == 0)
                     : FC_OK;
}

/* The next segment of the text, a separator or not (`match`). */
static fc_status segment(cutter *c, size_t from, size_t to, bool match)
{
    fc_status st = FC_OK;
    bool joins = false;

    if (c->way == FC_WAY_ISOLATED)
        return emit(c, from, to);
    if (c->way == FC_WAY_REMOVED)
        return match ? FC_OK : emit(c, from, to);
    if (c->held)
        joins = c->way == FC_WAY_CONTIGUOUS ? match == c->held_match
                : c->way == FC_WAY_PREVIOUS ? match && !c->held_match
                                            : !match && c->held_match;
    if (joins) {
        c->held_to = to;
    } else {
        if (c->held)
            st = emit(c, c->held_from, c->held_to);
        c->held_from = from;
        c->held_to = to;
        c->held = true;
    }
    c->held_match = match;
    return st;
}

static fc_status finish(const cutter *c)
{
    return c->held ? emit(c, c->held_from, c->held_to) : FC_OK;
}

/* Whitespace goes, punctuation stands alone. */
static fc_status cut_bert(cutter *c, size_t n)
{
    const uint8_t *classes = c->w->room->classes;
    size_t from = 0, length;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        const uint32_t cp = fc__token_char(c->s + i, &length);
        const bool space = fc__token_is_space(cp);

        if (!space && (fc__token_class(classes, cp) & FC_CLASS_PUNCTUATION) == 0)
            continue;
        st = emit(c, from, i);
        if (st == FC_OK && !space)
            st = emit(c, i, i + length);
        from = i + length;
    }
    return st == FC_OK ? emit(c, from, n) : st;
}

static fc_status cut_class(cutter *c, const fc_pretoken *how, size_t n)
{
    const uint8_t *classes = c->w->room->classes;
    size_t from = 0, length;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        const uint32_t cp = fc__token_char(c->s + i, &length);

        if (how->only != 0      ? cp != how->only
            : how->classes != 0 ? (fc__token_class(classes, cp) & how->classes) == 0
                                : !fc__token_is_space(cp))
            continue;
        if (i > from)
            st = segment(c, from, i, false);
        if (st == FC_OK)
            st = segment(c, i, i + length, true);
        from = i + length;
    }
    if (st == FC_OK && n > from)
        st = segment(c, from, n, false);
    return st == FC_OK ? finish(c) : st;
}

static fc_status cut_words(cutter *c, size_t n)
{
    const uint8_t *classes = c->w->room->classes;
    int before = 0; /* 0: whitespace, 1: a word, 2: something else */
    size_t from = 0, length;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        const uint32_t cp = fc__token_char(c->s + i, &length);
        const int now = (fc__token_class(classes, cp) & FC_CLASS_WORD) != 0 ? 1
                        : fc__token_is_space(cp)                            ? 0
                                                                            : 2;

        if (now == before)
            continue;
        if (before != 0)
            st = emit(c, from, i);
        from = i;
        before = now;
    }
    return st == FC_OK && before != 0 ? emit(c, from, n) : st;
}

static fc_status cut_regex(cutter *c, const fc_pretoken *how, size_t n)
{
    size_t at = 0, done = 0, from = 0, to = 0;
    bool found = true;
    fc_status st = FC_OK;

    while (st == FC_OK) {
        st = fc__token_regex_next(how->pattern, c->w->room->regex, c->s, n, &at, &found, &from, &to,
                                  c->w->err);
        if (st != FC_OK || !found)
            break;
        if (from > done)
            st = segment(c, done, from, how->invert);
        if (st == FC_OK)
            st = segment(c, from, to, !how->invert);
        done = to;
    }
    if (st == FC_OK && n > done)
        st = segment(c, done, n, how->invert);
    return st == FC_OK ? finish(c) : st;
}

/* The piece with a blank in front, in the first buffer of the step, where one is wanted. */
static fc_status with_prefix(const walk *w, size_t step, const char *prefix, size_t prefix_n,
                             const char **s, size_t *n)
{
    fc_buf *buf = &w->room->bufs[2 * step];
    fc_status st;

    fc_buf_clear(buf);
    st = fc_buf_append(buf, prefix, prefix_n, w->err);
    if (st == FC_OK)
        st = fc_buf_append(buf, *s, *n, w->err);
    *s = (const char *)buf->data;
    *n = buf->size;
    return st;
}

static fc_status cut_bytes(cutter *c, const fc_pretoken *how, size_t n)
{
    const walk *w = c->w;
    fc_buf *signs = &w->room->bufs[2 * c->step + 1];
    fc_status st = FC_OK;

    if (how->prefix_space && c->s[0] != ' ')
        st = with_prefix(w, c->step, " ", 1, &c->s, &n);
    for (size_t i = 0, length; i < n && st == FC_OK; i += length) {
        length = how->gpt_words ? fc__gpt_word(w->room->classes, c->s + i, n - i) : n;
        fc_buf_clear(signs);
        st = fc__bytes_as_chars(c->s + i, length, signs, w->err);
        if (st == FC_OK)
            st = run(w, c->step + 1, (const char *)signs->data, signs->size, c->first && i == 0);
    }
    return st;
}

/* Blanks as marks; each mark begins a piece. */
static fc_status cut_meta(cutter *c, const fc_pretoken *how, size_t n)
{
    const walk *w = c->w;
    fc_buf *marked = &w->room->bufs[2 * c->step + 1];
    size_t from = 0;
    fc_status st = FC_OK;

    fc_buf_clear(marked);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        if (c->s[i] != ' ')
            continue;
        st = fc_buf_append(marked, c->s + from, i - from, w->err);
        if (st == FC_OK)
            st = fc_buf_append(marked, how->mark, how->mark_n, w->err);
        from = i + 1;
    }
    if (st == FC_OK)
        st = fc_buf_append(marked, c->s + from, n - from, w->err);
    if (st != FC_OK)
        return st;
    c->s = (const char *)marked->data;
    n = marked->size;
    if ((how->prepend == FC_PREPEND_ALWAYS || (how->prepend == FC_PREPEND_FIRST && c->first)) &&
        (n < how->mark_n || memcmp(c->s, how->mark, how->mark_n) != 0))
        st = with_prefix(w, c->step, how->mark, how->mark_n, &c->s, &n);
    from = 0;
    for (size_t i = 1; how->split && i + how->mark_n <= n && st == FC_OK; i++) {
        if (c->s[i] != how->mark[0] || memcmp(c->s + i, how->mark, how->mark_n) != 0)
            continue;
        st = emit(c, from, i);
        from = i;
    }
    return st == FC_OK ? emit(c, from, n) : st;
}

static fc_status run(const walk *w, size_t step, const char *s, size_t n, bool first)
{
    const fc_pretoken *how;
    cutter c = {.w = w, .step = step, .s = s, .first = first};

    if (step == w->list->n)
        return w->take(w->user, s, n, w->err);
    how = &w->list->list[step];
    c.way = how->way;
    switch (how->kind) {
    case FC_CUT_BERT:
        return cut_bert(&c, n);
    case FC_CUT_BYTES:
        return cut_bytes(&c, how, n);
    case FC_CUT_META:
        return cut_meta(&c, how, n);
    case FC_CUT_CLASS:
        return cut_class(&c, how, n);
    case FC_CUT_WORDS:
        return cut_words(&c, n);
    default:
        return cut_regex(&c, how, n);
    }
}

fc_status fc__pretokens_run(const fc_pretokens *list, fc_cut_room *room, const char *s, size_t n,
                            bool first, fc_piece_take *take, void *user, fc_error *err)
{
    const walk w = {list, room, take, user, err};

    return n > 0 ? run(&w, 0, s, n, first) : FC_OK;
}
