/*
 * Regular expressions by PCRE2, compiled to machine code where it can.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "fc_token_regex.h"

#include <stdlib.h>
#include <string.h>

#include <pcre2.h>

#include "fc_alloc.h"
#include "fc_buf.h"
#include "fc_token_json.h"

/* What an expression may take on one text, so that a hostile one ends. */
#define MATCH_LIMIT     1000000u
#define STACK_MAX_BYTES ((size_t)4 << 20)
#define PATTERN_MAX     ((size_t)64 << 10)

/* White_Space, and what Oniguruma takes for part of a word: letters with all that Unicode calls
 * alphabetic, marks, decimal digits, connectors, and the six other numbers of Latin-1. */
#define SPACES \
    "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
#define WORDS                                                               \
    "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}" \
    "\\x{24b6}-\\x{24e9}\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}"

struct fc_token_regex {
    char *literal; /* a plain string; NULL: an expression */
    size_t literal_n;
    pcre2_code *code;
};

struct fc_regex_room {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static fc_status not_alike(const char *where, const char *what, fc_error *err)
{
    return fc_error_set(err, FC_E_UNSUPPORTED, "%s: a regular expression with %s is not for us",
                        where, what);
}

/* One escape, s[0] being the backslash; `within` a bracketed class. */
static fc_status put_escape(fc_buf *out, const char *s, bool within, const char *where,
                            fc_error *err)
{
    switch (s[1]) {
    case 's':
        return fc_buf_append_text(out, within ? SPACES : "[" SPACES "]", err);
    case 'w':
        return fc_buf_append_text(out, within ? WORDS : "[" WORDS "]", err);
    case 'S':
        return within ? not_alike(where, "\\S in a class", err)
                      : fc_buf_append_text(out, "[^" SPACES "]", err);
    case 'W':
        return within ? not_alike(where, "\\W in a class", err)
                      : fc_buf_append_text(out, "[^" WORDS "]", err);
    case 'h':
    case 'H':
    case 'K':
    case 'R':
    case 'X':
    case 'C':
    case 'g':
    case 'k':
    case 'Q':
    case 'E':
    case 'b':
    case 'B':
    case 'Z':
    case 'G':
        return not_alike(where, "\\h, \\b, \\K, \\R, \\X or their kind", err);
    default:
        return fc_buf_append(out, s, 2, err);
    }
}

/* What the two libraries read alike is copied; \s and \w are spelt out; what differs is refused. */
static fc_status translate(fc_buf *out, const char *s, size_t n, const char *where, fc_error *err)
{
    bool within = false;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        if (s[i] == '\\' && i + 1 < n) {
            st = put_escape(out, s + i, within, where, err);
            i++;
            continue;
        }
        if (within && s[i] == '[')
            return not_alike(where, "a class within a class", err);
        if (within && s[i] == '&' && i + 1 < n && s[i + 1] == '&')
            return not_alike(where, "&& in a class", err);
        if (!within && s[i] == '(' && i + 1 < n && s[i + 1] == '*')
            return not_alike(where, "(*", err);
        if (!within && s[i] == '[') {
            within = true;
            /* A bracket right behind the opening one is a plain one to both. */
            st = fc_buf_append(out, s + i, 1, err);
            if (i + 1 < n && s[i + 1] == '^')
                st = st == FC_OK ? fc_buf_append(out, s + ++i, 1, err) : st;
            if (i + 1 < n && s[i + 1] == ']')
                return not_alike(where, "an empty class", err);
            continue;
        }
        within = within && s[i] != ']';
        st = fc_buf_append(out, s + i, 1, err);
    }
    return st;
}

static fc_status compile(fc_token_regex *re, const char *s, size_t n, const char *where,
                         fc_error *err)
{
    fc_buf pattern = FC_BUF_INIT;
    PCRE2_UCHAR why[128] = "";
    PCRE2_SIZE at = 0;
    int code = 0;
    fc_status st;

    if (n > PATTERN_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: a regular expression of %zu bytes", where, n);
    st = translate(&pattern, s, n, where, err);
    if (st == FC_OK && pattern.size > 0) {
        re->code = pcre2_compile(pattern.data, pattern.size,
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C,
                                 &code, &at, NULL);
        if (re->code == NULL) {
            pcre2_get_error_message(code, why, sizeof(why));
            st = fc_error_set(err, FC_E_FORMAT, "%s: the regular expression is wrong: %s", where,
                              (const char *)why);
        } else {
            /* Where it cannot be compiled further, it is interpreted. */
            (void)pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
        }
    } else if (st == FC_OK) {
        st = fc_error_set(err, FC_E_FORMAT, "%s: an empty regular expression", where);
    }
    fc_buf_dispose(&pattern);
    return st;
}

fc_status fc__token_regex_read(fc_token_regex **out, const json_t *part, const char *where,
                               const char *key, fc_error *err)
{
    const json_t *pattern = json_object_get(part, key);
    const char *text = NULL, *literal = NULL;
    size_t n = 0, literal_n = 0;
    fc_status st;

    *out = NULL;
    st = fc__tj_object(pattern, where, err);
    if (st == FC_OK)
        st = fc__tj_keys(pattern, where, "String Regex", err);
    if (st == FC_OK)
        st = fc__tj_string_or_null(pattern, where, "String", &literal, &literal_n, err);
    if (st == FC_OK)
        st = fc__tj_string_or_null(pattern, where, "Regex", &text, &n, err);
    if (st != FC_OK)
        return st;
    if ((text == NULL) == (literal == NULL) || (literal != NULL && literal_n == 0))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: '%s' is no {\"String\": ...} or {\"Regex\": ...}", where, key);
    *out = fc__alloc_array(1, sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, sizeof(**out), "a pattern");
    if (literal != NULL) {
        (*out)->literal = fc__strndup(literal, literal_n);
        (*out)->literal_n = literal_n;
        if ((*out)->literal == NULL)
            st = fc__nomem(err, literal_n, "a pattern");
    } else {
        st = compile(*out, text, n, where, err);
    }
    if (st != FC_OK) {
        fc__token_regex_destroy(*out);
        *out = NULL;
    }
    return st;
}

void fc__token_regex_destroy(fc_token_regex *re)
{
    if (re == NULL)
        return;
    free(re->literal);
    pcre2_code_free(re->code);
    free(re);
}

fc_status fc__regex_room_create(fc_regex_room **out, fc_error *err)
{
    fc_regex_room *room = fc__alloc_array(1, sizeof(*room));

    *out = NULL;
    if (room == NULL)
        return fc__nomem(err, sizeof(*room), "matching");
    room->data = pcre2_match_data_create(1, NULL);
    room->context = pcre2_match_context_create(NULL);
    room->stack = pcre2_jit_stack_create((size_t)32 << 10, STACK_MAX_BYTES, NULL);
    if (room->data == NULL || room->context == NULL || room->stack == NULL) {
        fc__regex_room_destroy(room);
        return fc__nomem(err, STACK_MAX_BYTES, "matching");
    }
    pcre2_set_match_limit(room->context, MATCH_LIMIT);
    pcre2_set_depth_limit(room->context, MATCH_LIMIT / 10);
    pcre2_jit_stack_assign(room->context, NULL, room->stack);
    *out = room;
    return FC_OK;
}

void fc__regex_room_destroy(fc_regex_room *room)
{
    if (room == NULL)
        return;
    pcre2_match_data_free(room->data);
    pcre2_match_context_free(room->context);
    pcre2_jit_stack_free(room->stack);
    free(room);
}

static void find_literal(const fc_token_regex *re, const char *s, size_t n, size_t *at, bool *found,
                         size_t *from, size_t *to)
{
    const char *hit = *at < n ? memmem(s + *at, n - *at, re->literal, re->literal_n) : NULL;

    *found = hit != NULL;
    if (hit == NULL)
        return;
    *from = (size_t)(hit - s);
    *to = *from + re->literal_n;
    *at = *to;
}

fc_status fc__token_regex_next(const fc_token_regex *re, fc_regex_room *room, const char *s,
                               size_t n, size_t *at, bool *found, size_t *from, size_t *to,
                               fc_error *err)
{
    const PCRE2_SIZE *ends;
    int rc;

    *found = false;
    if (re->literal != NULL) {
        find_literal(re, s, n, at, found, from, to);
        return FC_OK;
    }
    if (*at > n)
        return FC_OK;
    rc =
        pcre2_match(re->code, (PCRE2_SPTR)s, n, *at, PCRE2_NO_UTF_CHECK, room->data, room->context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return FC_OK;
    if (rc == PCRE2_ERROR_NOMEMORY)
        return fc__nomem(err, n, "matching");
    if (rc < 0)
        return fc_error_set(err, FC_E_LIMIT,
                            "a regular expression of the tokenizer takes too long on a text of %zu "
                            "bytes (PCRE2 %d)",
                            n, rc);
    ends = pcre2_get_ovector_pointer(room->data);
    *found = true;
    *from = ends[0];
    *to = ends[1];
    *at = *to;
    if (*from >= *to) { /* go on behind the next character */
        *to = *from;
        *at = *from + 1;
        while (*at < n && ((unsigned char)s[*at] & 0xC0) == 0x80)
            ++*at;
    }
    return FC_OK;
}
