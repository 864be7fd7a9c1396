/*
 * The --where language cut into tokens.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fc_filter_impl.h"
#include "fc_text.h"

fc_status fc__filter_error(const char *text, size_t at, fc_error *err, const char *fmt, ...)
{
    char what[FC_ERROR_MESSAGE_BYTES];
    size_t column = 1;
    va_list args;

    for (size_t i = 0; i < at; i++)
        column += ((unsigned char)text[i] & 0xC0) != 0x80;
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    return fc_error_set(err, FC_E_INVALID, "where: column %zu: %s", column, what);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* Whether a character beyond ASCII may stand in a name without backquotes. Blanks, dashes and
 * typographic quotes may not: kind = “bird” would compare with a name that no sample has. */
static bool is_letter(uint32_t cp)
{
    return cp > 0xBF && (cp < 0x2000 || cp > 0x206F) && (cp < 0x3000 || cp > 0x303F) &&
           cp != 0xFEFF && cp != 0xFFFD;
}

/* Bytes of the name at s, unquoted; 0 when it is none. */
static size_t name_length(const char *s, size_t left)
{
    size_t n = 0, used;

    for (; n < left; n += used) {
        used = 1;
        if ((unsigned char)s[n] >= 0x80
                ? !is_letter(fc__utf8_next(s + n, left - n, &used))
                : !(begins_name(s[n]) || is_digit(s[n]) || s[n] == '.' || s[n] == '-'))
            break;
    }
    return n;
}

/* ---- values: copied to the filter's strings, which have room for all of them ---- */

static const char *begin_value(const fc_lexer *lx)
{
    return lx->filter->strings + lx->filter->strings_n;
}

static void add_to_value(fc_lexer *lx, const char *s, size_t n)
{
    memcpy(lx->filter->strings + lx->filter->strings_n, s, n);
    lx->filter->strings_n += n;
}

static void end_value(fc_lexer *lx)
{
    add_to_value(lx, "", 1);
}

/* From the quote at lx->at to its pair: a doubled quote is one, and a backslash stands before a
 * quote or a backslash. In backquotes only doubling counts: names may hold backslashes. */
static fc_status lex_quoted(fc_lexer *lx, fc_token *t, fc_error *err)
{
    const char quote = lx->text[lx->at];
    const size_t begin = lx->at++;

    t->value = begin_value(lx);
    for (;; lx->at++) {
        const char c = lx->text[lx->at];

        if (lx->at == lx->n)
            return fc__filter_error(lx->text, begin, err, "the %s that begins here does not end",
                                    quote == '`' ? "name" : "text");
        if (c == '\\' && quote != '`') {
            const char next = lx->text[++lx->at];

            if (next != '\\' && next != '\'' && next != '"')
                return fc__filter_error(lx->text, lx->at - 1, err,
                                        "a backslash stands before a quote or a backslash only");
        } else if (c == quote) {
            if (lx->text[lx->at + 1] != quote)
                break;
            lx->at++;
        }
        add_to_value(lx, lx->text + lx->at, 1);
    }
    lx->at++;
    end_value(lx);
    if (quote == '`' && t->value[0] == '\0')
        return fc__filter_error(lx->text, begin, err, "a name is empty");
    return FC_OK;
}

/* ---- words and numbers ---- */

static fc_token_kind keyword_of(const char *s, size_t n)
{
    static const struct {
        const char *word;
        fc_token_kind kind;
    } words[] = {{"and", FC_TOKEN_AND}, {"or", FC_TOKEN_OR},     {"not", FC_TOKEN_NOT},
                 {"in", FC_TOKEN_IN},   {"true", FC_TOKEN_TRUE}, {"false", FC_TOKEN_FALSE}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i].word) == n && strncasecmp(words[i].word, s, n) == 0)
            return words[i].kind;
    return FC_TOKEN_NAME;
}

static fc_status lex_word(fc_lexer *lx, fc_token *t, fc_error *err)
{
    static const char meta[] = "meta.";
    const char *word = lx->text + lx->at;
    size_t n = name_length(word, lx->n - lx->at);

    lx->at += n;
    t->is_meta = n >= strlen(meta) && memcmp(word, meta, strlen(meta)) == 0;
    if (t->is_meta && n == strlen(meta)) {
        if (lx->text[lx->at] == '`')
            return lex_quoted(lx, t, err);
        return fc__filter_error(lx->text, t->at, err, "wanted a name after 'meta.'");
    }
    t->kind = keyword_of(word, n);
    if (t->kind == FC_TOKEN_TRUE)
        t->number = 1.0;
    if (t->is_meta) {
        word += strlen(meta);
        n -= strlen(meta);
    }
    t->value = begin_value(lx);
    add_to_value(lx, word, n);
    end_value(lx);
    return FC_OK;
}

/* Everything that might have been meant as one number, so that 2020-01-31 is told as a whole. */
static fc_status lex_number(fc_lexer *lx, fc_token *t, fc_error *err)
{
    const char *s = lx->text + lx->at;
    size_t n = 1 + name_length(s + 1, lx->n - lx->at - 1);

    if (s[n] == '+' && (s[n - 1] == 'e' || s[n - 1] == 'E'))
        n += 1 + name_length(s + n + 1, lx->n - lx->at - n - 1);
    t->kind = FC_TOKEN_NUMBER;
    t->value = begin_value(lx);
    add_to_value(lx, s, n);
    end_value(lx);
    lx->at += n;
    if (!fc__meta_number(t->value, &t->number))
        return fc__filter_error(lx->text, t->at, err,
                                "'%.64s' is not a number; text stands in quotes", t->value);
    return FC_OK;
}

/* ---- operators ---- */

static bool lex_operator(fc_lexer *lx, fc_token *t)
{
    static const struct {
        const char *sign;
        fc_token_kind kind;
        fc_node_kind compare;
    } signs[] = {/* longer ones first */
                 {"!=", FC_TOKEN_COMPARE, FC_NODE_NE}, {"<=", FC_TOKEN_COMPARE, FC_NODE_LE},
                 {">=", FC_TOKEN_COMPARE, FC_NODE_GE}, {"==", FC_TOKEN_COMPARE, FC_NODE_EQ},
                 {"=", FC_TOKEN_COMPARE, FC_NODE_EQ},  {"<", FC_TOKEN_COMPARE, FC_NODE_LT},
                 {">", FC_TOKEN_COMPARE, FC_NODE_GT},  {"(", FC_TOKEN_OPEN, FC_NODE_TRUTH},
                 {")", FC_TOKEN_CLOSE, FC_NODE_TRUTH}, {",", FC_TOKEN_COMMA, FC_NODE_TRUTH}};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        const size_t n = strlen(signs[i].sign);

        if (strncmp(lx->text + lx->at, signs[i].sign, n) != 0)
            continue;
        t->kind = signs[i].kind;
        t->compare = signs[i].compare;
        lx->at += n;
        return true;
    }
    return false;
}

fc_status fc__filter_lex(fc_lexer *lx, fc_token *out, fc_error *err)
{
    char shown[FC_ESCAPE_MAX];
    fc_status st = FC_OK;
    size_t used;
    char c;

    while (lx->at < lx->n && strchr(" \t\r\n", lx->text[lx->at]) != NULL)
        lx->at++;
    *out = (fc_token){.kind = FC_TOKEN_END, .at = lx->at};
    if (lx->at == lx->n)
        return FC_OK;
    c = lx->text[lx->at];
    if (c == '"' || c == '\'' || c == '`') {
        out->kind = c == '`' ? FC_TOKEN_NAME : FC_TOKEN_TEXT;
        st = lex_quoted(lx, out, err);
    } else if (is_digit(c) || c == '-' || c == '+' || c == '.') {
        st = lex_number(lx, out, err);
    } else if (begins_name(c) && name_length(lx->text + lx->at, lx->n - lx->at) > 0) {
        out->kind = FC_TOKEN_NAME;
        st = lex_word(lx, out, err);
    } else if (!lex_operator(lx, out)) {
        used = fc__escape_terminal_next(lx->text + lx->at, lx->n - lx->at, &(size_t){0}, shown);
        return fc__filter_error(lx->text, lx->at, err,
                                "'%.*s' has no meaning here; names with other characters stand in "
                                "`backquotes`",
                                (int)used, shown);
    }
    out->n = lx->at - out->at;
    return st;
}
