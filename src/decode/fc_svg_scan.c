/*
 * The walk over an SVG's markup. It is no XML parser: it finds elements and their attributes in
 * well-formed markup, and what is not well-formed librsvg refuses afterwards.
 */
#include "fc_svg_scan.h"

#include <string.h>

#define MAX_EXPANSION ((size_t)8 << 20)

typedef struct scan {
    const char *at, *end;
    uint32_t depth, max_nesting;
    uint64_t n_elements;
    size_t n_references; /* '&' in text and attributes */
    size_t longest;      /* value of an entity */
    uint64_t embedded_left;
    fc_error *err;
} scan;

typedef struct span {
    const char *at;
    size_t n;
} span;

static bool begins(const scan *s, const char *word)
{
    const size_t n = strlen(word);

    return (size_t)(s->end - s->at) >= n && memcmp(s->at, word, n) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(scan *s)
{
    while (s->at < s->end && is_blank(*s->at))
        s->at++;
}

static bool holds(span text, const char *word)
{
    return memmem(text.at, text.n, word, strlen(word)) != NULL;
}

static fc_status cut_off(scan *s, const char *within)
{
    return fc_error_set(s->err, FC_E_FORMAT, "broken SVG: it ends within %s", within);
}

/* Move behind the next `close`. */
static fc_status skip_past(scan *s, const char *close, const char *within)
{
    const char *found = memmem(s->at, (size_t)(s->end - s->at), close, strlen(close));

    if (found == NULL)
        return cut_off(s, within);
    s->at = found + strlen(close);
    return FC_OK;
}

/* A name without its prefix; `at` then behind it. */
static span local_name(scan *s)
{
    span name = {s->at, 0};

    while (s->at < s->end && !is_blank(*s->at) && strchr("=/>\"'<", *s->at) == NULL) {
        if (*s->at++ == ':')
            name.at = s->at;
    }
    name.n = (size_t)(s->at - name.at);
    return name;
}

static bool is(span name, const char *word)
{
    return name.n == strlen(word) && memcmp(name.at, word, name.n) == 0;
}

static fc_status check_attribute(scan *s, span element, span name, span value)
{
    if (is(name, "href") && (is(element, "image") || is(element, "feImage"))) {
        if (holds(value, "&")) /* might hide the word data */
            return fc_error_set(s->err, FC_E_UNSUPPORTED,
                                "the address of a picture in the SVG holds an entity");
        if (holds(value, "data:"))
            return fc__svg_embedded(value.at, value.n, &s->embedded_left, s->err);
    }
    return FC_OK;
}

/* One attribute; `at` on its first character. */
static fc_status attribute(scan *s, span element)
{
    const span name = local_name(s);
    span value;
    const char *close;

    skip_blanks(s);
    if (s->at == s->end || *s->at != '=')
        return fc_error_set(s->err, FC_E_FORMAT, "broken SVG: an attribute of <%.*s> has no value",
                            (int)(element.n < 32 ? element.n : 32), element.at);
    s->at++;
    skip_blanks(s);
    if (s->at == s->end || (*s->at != '"' && *s->at != '\''))
        return fc_error_set(s->err, FC_E_FORMAT, "broken SVG: an attribute of <%.*s> is not quoted",
                            (int)(element.n < 32 ? element.n : 32), element.at);
    close = memchr(s->at + 1, *s->at, (size_t)(s->end - s->at - 1));
    if (close == NULL)
        return cut_off(s, "an attribute");
    value = (span){s->at + 1, (size_t)(close - s->at - 1)};
    for (size_t i = 0; i < value.n; i++)
        s->n_references += value.at[i] == '&';
    s->at = close + 1;
    return check_attribute(s, element, name, value);
}

static fc_status check_element(scan *s, span name)
{
    s->n_elements++;
    if (is(name, "include"))
        return fc_error_set(s->err, FC_E_UNSUPPORTED, "the SVG includes another file");
    if (s->depth >= s->max_nesting)
        return fc_error_set(s->err, FC_E_LIMIT,
                            "the SVG nests more than %u elements: --max-nesting", s->max_nesting);
    return FC_OK;
}

/* Behind the '<' of an element that opens. */
static fc_status open_element(scan *s)
{
    const span name = local_name(s);
    fc_status st = check_element(s, name);

    while (st == FC_OK) {
        skip_blanks(s);
        if (s->at == s->end)
            return cut_off(s, "an element");
        if (*s->at == '>') {
            s->at++;
            s->depth++;
            return FC_OK;
        }
        if (begins(s, "/>")) {
            s->at += 2;
            return FC_OK;
        }
        st = attribute(s, name);
    }
    return st;
}

/* "<?xml ...": what it says about the encoding must leave ASCII as it is. */
static fc_status declaration(scan *s)
{
    static const char *const fine[] = {"utf-8", "us-ascii", "ascii", "iso-8859-", "windows-125"};
    const char *from = s->at, *key;
    fc_status st = skip_past(s, "?>", "a declaration");
    span name;

    if (st != FC_OK)
        return st;
    key = memmem(from, (size_t)(s->at - from), "encoding", 8);
    if (key == NULL || strncmp(from, "<?xml", 5) != 0)
        return FC_OK;
    for (key += 8; is_blank(*key) || *key == '=' || *key == '"' || *key == '\''; key++)
        ;
    name = (span){key, (size_t)(s->at - key)};
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        if (name.n >= strlen(fine[i]) && strncasecmp(name.at, fine[i], strlen(fine[i])) == 0)
            return FC_OK;
    return fc_error_set(s->err, FC_E_UNSUPPORTED,
                        "the SVG is in another encoding than UTF-8 or a superset of ASCII");
}

/* Whatever begins with the '<' that `at` is on. */
static fc_status markup(scan *s)
{
    if (begins(s, "<!--"))
        return skip_past(s, "-->", "a comment");
    if (begins(s, "<![CDATA["))
        return skip_past(s, "]]>", "a CDATA section");
    if (begins(s, "<?"))
        return declaration(s);
    if (begins(s, "<!DOCTYPE")) {
        s->at += 9;
        return fc__svg_doctype(&s->at, s->end, &s->longest, s->err);
    }
    if (begins(s, "</")) {
        if (s->depth-- == 0)
            return fc_error_set(s->err, FC_E_FORMAT, "broken SVG: it closes what is not open");
        return skip_past(s, ">", "an element");
    }
    s->at++;
    return open_element(s);
}

fc_status fc__svg_scan(const uint8_t *bytes, size_t n, uint32_t max_nesting, fc_error *err)
{
    scan s = {.at = (const char *)bytes,
              .max_nesting = max_nesting,
              .embedded_left = FC_SVG_MAX_EMBEDDED,
              .err = err};
    size_t expansion;

    if (n > FC_SVG_MAX_BYTES)
        return fc_error_set(err, FC_E_LIMIT, "the SVG has %zu bytes, more than the limit of %zu", n,
                            FC_SVG_MAX_BYTES);
    s.end = s.at + n;
    while (s.at < s.end) {
        if (*s.at == '<') {
            const fc_status st = markup(&s);

            if (st != FC_OK)
                return st;
        } else {
            s.n_references += *s.at++ == '&';
        }
    }
    if (s.n_elements == 0 || s.depth != 0)
        return cut_off(&s, "an element");
    if (__builtin_mul_overflow(s.n_references, s.longest, &expansion) || expansion > MAX_EXPANSION)
        return fc_error_set(err, FC_E_LIMIT, "the SVG expands entities to more than %zu bytes",
                            MAX_EXPANSION);
    return FC_OK;
}

bool fc__svg_sniff(const uint8_t *bytes, size_t n)
{
    scan s = {.at = (const char *)bytes};

    s.end = s.at + n;
    if (begins(&s, "\xef\xbb\xbf"))
        s.at += 3;
    for (;;) {
        skip_blanks(&s);
        if (s.at == s.end || *s.at != '<')
            return false;
        if (begins(&s, "<?") || begins(&s, "<!--") || begins(&s, "<!DOCTYPE")) {
            const bool named = begins(&s, "<!DOCTYPE svg");

            if (markup(&s) != FC_OK)
                return named; /* then the scan says what is wrong with it */
            continue;
        }
        s.at++;
        return is(local_name(&s), "svg");
    }
}
