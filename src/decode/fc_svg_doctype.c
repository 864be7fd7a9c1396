/*
 * The document type of an SVG: entities are taken when they are plain text (drawing programs write
 * namespaces that way), and nothing else is.
 */
#include <string.h>

#include "fc_svg_scan.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && is_blank(**at))
        ++*at;
}

static void skip_word(const char **at, const char *end)
{
    while (*at < end && !is_blank(**at) && **at != '>')
        ++*at;
}

static bool begins(const char *at, const char *end, const char *word)
{
    const size_t n = strlen(word);

    return (size_t)(end - at) >= n && memcmp(at, word, n) == 0;
}

static fc_status cut_off(fc_error *err)
{
    return fc_error_set(err, FC_E_FORMAT, "broken SVG: it ends within its document type");
}

/* Behind a quote: its content in [from, *at), *at then behind the closing quote. */
static bool skip_quoted(const char **at, const char *end, const char **from, size_t *n)
{
    const char quote = *(*at)++;
    const char *close = memchr(*at, quote, (size_t)(end - *at));

    if (close == NULL)
        return false;
    *from = *at;
    *n = (size_t)(close - *at);
    *at = close + 1;
    return true;
}

/* Behind "<!ENTITY": a name and a quoted value of plain text. */
static fc_status entity(const char **at, const char *end, size_t *longest, fc_error *err)
{
    const char *value;
    size_t n;

    skip_blanks(at, end);
    if (*at < end && **at == '%')
        return fc_error_set(err, FC_E_UNSUPPORTED, "the SVG declares a parameter entity");
    skip_word(at, end);
    skip_blanks(at, end);
    if (*at == end)
        return cut_off(err);
    if (**at != '"' && **at != '\'')
        return fc_error_set(err, FC_E_UNSUPPORTED, "the SVG declares an external entity");
    if (!skip_quoted(at, end, &value, &n))
        return cut_off(err);
    if (memchr(value, '<', n) != NULL || memchr(value, '&', n) != NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED, "the SVG declares an entity that holds markup");
    *longest = n > *longest ? n : *longest;
    return FC_OK;
}

/* Between the brackets: entities are read, everything else is passed over. */
static fc_status subset(const char **at, const char *end, size_t *longest, fc_error *err)
{
    const char *text;
    size_t n;

    while (*at < end && **at != ']') {
        if (begins(*at, end, "<!--")) {
            const char *close = memmem(*at, (size_t)(end - *at), "-->", 3);

            *at = close != NULL ? close + 3 : end;
        } else if (begins(*at, end, "<!ENTITY")) {
            fc_status st;

            *at += 8;
            st = entity(at, end, longest, err);
            if (st != FC_OK)
                return st;
        } else if (**at == '%') {
            return fc_error_set(err, FC_E_UNSUPPORTED, "the SVG uses a parameter entity");
        } else if (**at == '"' || **at == '\'') {
            if (!skip_quoted(at, end, &text, &n))
                return cut_off(err);
        } else {
            ++*at;
        }
    }
    return *at < end ? FC_OK : cut_off(err);
}

fc_status fc__svg_doctype(const char **at, const char *end, size_t *longest, fc_error *err)
{
    const char *text;
    size_t n;

    while (*at < end && **at != '>') {
        if (**at == '[') {
            const fc_status st = (++*at, subset(at, end, longest, err));

            if (st != FC_OK)
                return st;
            ++*at;
        } else if (**at == '"' || **at == '\'') {
            if (!skip_quoted(at, end, &text, &n))
                return cut_off(err);
        } else {
            ++*at;
        }
    }
    if (*at == end)
        return cut_off(err);
    ++*at;
    return FC_OK;
}
