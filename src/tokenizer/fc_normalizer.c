/*
 * Running a list of normalizers.
 */
#include "fc_normalizer.h"

#include "fc_token_class.h"

/* Whitespace at the ends is cut off without copying. */
static void strip(const fc_normal *how, const char **text, size_t *n)
{
    const char *s = *text, *end = s + *n;
    size_t length;

    while (how->left && s < end && fc__token_is_space(fc__token_char(s, &length)))
        s += length;
    while (how->right && end > s) {
        const char *last = end - 1;

        while (last > s && ((unsigned char)*last & 0xC0) == 0x80)
            last--;
        if (!fc__token_is_space(fc__token_char(last, &length)))
            break;
        end = last;
    }
    *text = s;
    *n = (size_t)(end - s);
}

static fc_status replace(const fc_normal *how, fc_normal_room *room, const char *s, size_t n,
                         fc_buf *out, fc_error *err)
{
    size_t at = 0, done = 0, from = 0, to = 0;
    bool found = true;
    fc_status st = FC_OK;

    while (st == FC_OK) {
        st = fc__token_regex_next(how->pattern, room->regex, s, n, &at, &found, &from, &to, err);
        if (st != FC_OK || !found)
            break;
        st = fc_buf_append(out, s + done, from - done, err);
        if (st == FC_OK)
            st = fc_buf_append(out, how->text, how->text_n, err);
        done = to;
    }
    return st == FC_OK ? fc_buf_append(out, s + done, n - done, err) : st;
}

static fc_status run_one(const fc_normal *how, fc_normal_room *room, const char *s, size_t n,
                         fc_buf *out, fc_error *err)
{
    fc_status st;

    switch (how->kind) {
    case FC_NORMAL_BERT:
        return fc__normal_bert(how, room, s, n, out, err);
    case FC_NORMAL_FORM:
        return fc__normal_form(room->classes, how->compose, how->compat, s, n, out, err);
    case FC_NORMAL_LOWER:
        return fc__normal_lower(s, n, out, err);
    case FC_NORMAL_ACCENTS:
        return fc__normal_accents(room->classes, FC_CLASS_MARK, s, n, out, err);
    case FC_NORMAL_NMT:
        return fc__normal_nmt(s, n, out, err);
    case FC_NORMAL_CHARSMAP:
        return fc__charsmap_apply(how->charsmap, s, n, out, err);
    case FC_NORMAL_REPLACE:
        return replace(how, room, s, n, out, err);
    default: /* FC_NORMAL_PREPEND: an empty text stays so */
        st = n > 0 ? fc_buf_append(out, how->text, how->text_n, err) : FC_OK;
        return st == FC_OK ? fc_buf_append(out, s, n, err) : st;
    }
}

/* What becomes of the first character: nothing (`lost`), or a blank and more (`spaced`, as of an
 * accent that stands alone), which a later strip may take apart. */
static fc_status watch_head(const fc_normal *how, fc_normal_room *room, const char *s, size_t n,
                            bool *lost, bool *spaced, fc_error *err)
{
    fc_buf *head = &room->bufs[2];
    size_t length = 0, at = 0, from = 0, to = 0;
    bool found = false;
    fc_status st;

    *lost = false;
    if (how->kind == FC_NORMAL_REPLACE) {
        if (how->text_n > 0)
            return FC_OK;
        st = fc__token_regex_next(how->pattern, room->regex, s, n, &at, &found, &from, &to, err);
        *lost = found && from == 0 && to > 0;
        return st;
    }
    if (how->kind == FC_NORMAL_LOWER || how->kind == FC_NORMAL_PREPEND)
        return FC_OK;
    fc_buf_clear(head);
    (void)fc__token_char(s, &length);
    st = run_one(how, room, s, length, head, err);
    *lost = st == FC_OK && head->size == 0;
    if (st == FC_OK && length > 1 && head->size > 1 && head->data[0] == ' ')
        *spaced = true;
    return st;
}

fc_status fc__normals_run(const fc_normals *list, fc_normal_room *room, const char *text, size_t n,
                          const char **out, size_t *out_n, bool *headless, fc_error *err)
{
    bool lost, spaced = false;
    fc_status st = FC_OK;
    size_t turn = 0;

    *headless = false;
    for (size_t i = 0; i < list->n && n > 0; i++) {
        fc_buf *to = &room->bufs[turn];
        const char *before = text;

        if (list->list[i].kind == FC_NORMAL_STRIP) {
            strip(&list->list[i], &text, &n);
            *headless |= text - before > (spaced ? 1 : 0);
            continue;
        }
        st = watch_head(&list->list[i], room, text, n, &lost, &spaced, err);
        fc_buf_clear(to);
        if (st == FC_OK)
            st = run_one(&list->list[i], room, text, n, to, err);
        if (st != FC_OK)
            return st;
        *headless |= lost;
        text = to->size > 0 ? (const char *)to->data : "";
        n = to->size;
        turn = 1 - turn;
    }
    *out = text;
    *out_n = n;
    return st;
}
