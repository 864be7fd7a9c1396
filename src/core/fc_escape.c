/*
 * The two escapes for text from outside: terminals and HTML. Names, metadata and messages pass
 * through here before anyone sees them.
 */
#include <stdio.h>
#include <string.h>

#include "fc_text.h"

/* Characters that change the order of what stands around them ("Trojan source"). */
static bool is_bidi(uint32_t cp)
{
    return cp == 0x061C || cp == 0x200E || cp == 0x200F || (cp >= 0x202A && cp <= 0x202E) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

/* C0, DEL and C1: C1 too, for U+009B starts a terminal's escape sequence as ESC [ does. */
static bool is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0);
}

/* Line and paragraph separators, the byte order mark, interlinear annotation. */
static bool is_layout(uint32_t cp)
{
    return cp == 0x2028 || cp == 0x2029 || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB);
}

size_t fc__escape_terminal_next(const char *s, size_t n, size_t *used, char out[FC_ESCAPE_MAX])
{
    const uint32_t cp = fc__utf8_next(s, n, used);
    const bool invalid = *used == 1 && (unsigned char)s[0] >= 0x80;

    if (invalid || cp < 0x20 || cp == 0x7F)
        return (size_t)snprintf(out, FC_ESCAPE_MAX, "\\x%02X", (unsigned)(unsigned char)s[0]);
    if (is_control(cp) || is_bidi(cp) || is_layout(cp))
        return (size_t)snprintf(out, FC_ESCAPE_MAX, "\\u{%X}", (unsigned)cp);
    memcpy(out, s, *used);
    return *used;
}

fc_status fc__escape_terminal(fc_buf *out, const char *s, size_t n, fc_error *err)
{
    for (size_t i = 0, used = 0; i < n; i += used) {
        char shown[FC_ESCAPE_MAX];
        const size_t m = fc__escape_terminal_next(s + i, n - i, &used, shown);
        const fc_status st = fc_buf_append(out, shown, m, err);

        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

/* What stands for the character in HTML: NULL for itself, "" for nothing. */
static const char *html_of(uint32_t cp, bool invalid)
{
    static const char replacement[] = "\xEF\xBF\xBD";

    switch (cp) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
        return NULL;
    default:
        break;
    }
    if (invalid || is_control(cp))
        return replacement;
    return is_bidi(cp) || is_layout(cp) ? "" : NULL;
}

fc_status fc__escape_html(fc_buf *out, const char *s, size_t n, fc_error *err)
{
    for (size_t i = 0, used = 0; i < n; i += used) {
        const uint32_t cp = fc__utf8_next(s + i, n - i, &used);
        const char *entity = html_of(cp, used == 1 && (unsigned char)s[i] >= 0x80);
        const fc_status st = entity != NULL ? fc_buf_append(out, entity, strlen(entity), err)
                                            : fc_buf_append(out, s + i, used, err);

        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}
