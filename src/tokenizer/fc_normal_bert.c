/*
 * BertNormalizer (`tokenizers`: normalizers/bert): control characters dropped, all whitespace as
 * blanks, blanks around ideographs, accents stripped, lower case; in one pass.
 */
#include <string.h>

#include <utf8proc.h>

#include "fc_normalizer.h"
#include "fc_text.h"
#include "fc_token_class.h"

/* Most that one byte of ASCII, or one character, can become. */
#define CHAR_ROOM 128
#define MAX_PARTS 20 /* code points in the decomposition of one: Unicode has 4 */

/* What one character becomes; false where marks are left that may need an order. */
static bool put_char(const fc_normal *how, const uint8_t *classes, uint32_t cp, char *out,
                     size_t *n)
{
    utf8proc_int32_t parts[MAX_PARTS] = {(utf8proc_int32_t)cp};
    utf8proc_ssize_t n_parts = 1;
    const bool wide = how->ideographs && fc__token_is_ideograph(cp);
    bool ordered = true;
    int unused = 0;
    size_t at = 0;

    *n = 0;
    if (how->clean) {
        if (cp == 0 || cp == 0xFFFD || (fc__token_class(classes, cp) & FC_CLASS_CONTROL) != 0)
            return true;
        if (fc__token_is_space(cp))
            parts[0] = ' ';
    }
    if (wide)
        out[at++] = ' ';
    if (how->accents && cp >= 0x80)
        n_parts = utf8proc_decompose_char(parts[0], parts, MAX_PARTS,
                                          UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, &unused);
    for (utf8proc_ssize_t k = 0; k < n_parts && k < MAX_PARTS; k++) {
        const uint32_t c = (uint32_t)parts[k];

        if (how->accents && (fc__token_class(classes, c) & FC_CLASS_NONSPACING) != 0)
            continue;
        if (how->accents && c >= 0x300)
            ordered &= utf8proc_get_property(parts[k])->combining_class == 0;
        at += how->lower ? fc__normal_lower_char(c, out + at) : fc__utf8_put(c, out + at);
    }
    if (wide)
        out[at++] = ' ';
    *n = at;
    return ordered;
}

/* ASCII, which needs no tables. */
static size_t put_ascii(const fc_normal *how, unsigned char c, char *out)
{
    if (how->clean && (c < 0x20 || c == 0x7F)) {
        if (c != '\t' && c != '\n' && c != '\r')
            return 0;
        c = ' ';
    }
    out[0] = (char)(how->lower && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    return 1;
}

static fc_status one_pass(const fc_normal *how, const uint8_t *classes, const char *s, size_t n,
                          fc_buf *out, bool *ordered, fc_error *err)
{
    size_t length, put;
    fc_status st;

    *ordered = true;
    for (size_t i = 0; i < n; i += length) {
        /* Room for a stretch of characters at a time. */
        if (out->capacity - out->size < CHAR_ROOM) {
            st = fc_buf_reserve(out, n - i + CHAR_ROOM, err);
            if (st != FC_OK)
                return st;
        }
        if ((unsigned char)s[i] < 0x80) {
            length = 1;
            put = put_ascii(how, (unsigned char)s[i], (char *)out->data + out->size);
        } else {
            const uint32_t cp = fc__token_char(s + i, &length);

            *ordered &= put_char(how, classes, cp, (char *)out->data + out->size, &put);
        }
        out->size += put;
    }
    return FC_OK;
}

/* Marks that are no accents to BERT (of scripts that came after its tables) stand in the order of
 * their classes once decomposed, which a pass over single characters does not see: then the
 * steps are taken one by one. */
static fc_status step_by_step(const fc_normal *how, fc_normal_room *room, const char *s, size_t n,
                              fc_buf *out, fc_error *err)
{
    const fc_normal first = {.clean = how->clean, .ideographs = how->ideographs};
    fc_buf a = FC_BUF_INIT, b = FC_BUF_INIT;
    bool ordered;
    fc_status st;

    st = one_pass(&first, room->classes, s, n, &a, &ordered, err);
    if (st == FC_OK)
        st = fc__normal_form(room->classes, false, false, (const char *)a.data, a.size, &b, err);
    fc_buf_clear(&a);
    if (st == FC_OK)
        st = fc__normal_accents(room->classes, FC_CLASS_NONSPACING, (const char *)b.data, b.size,
                                &a, err);
    if (st == FC_OK)
        st = how->lower ? fc__normal_lower((const char *)a.data, a.size, out, err)
                        : fc_buf_append(out, a.data, a.size, err);
    fc_buf_dispose(&b);
    fc_buf_dispose(&a);
    return st;
}

fc_status fc__normal_bert(const fc_normal *how, fc_normal_room *room, const char *s, size_t n,
                          fc_buf *out, fc_error *err)
{
    const size_t before = out->size;
    bool ordered;
    fc_status st = one_pass(how, room->classes, s, n, out, &ordered, err);

    if (st != FC_OK || ordered)
        return st;
    out->size = before;
    return step_by_step(how, room, s, n, out, err);
}
