/*
 * Unicode normalisation through utf8proc, with a short cut for ASCII that gives the same bytes.
 */
#include "fc_fold.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "fc_alloc.h"

static bool is_ascii(const char *text, size_t n)
{
    unsigned char all = 0;

    for (size_t i = 0; i < n; i++)
        all |= (unsigned char)text[i];
    return all < 0x80;
}

static fc_status fold_ascii(const char *text, size_t n, bool fold_case, fc_buf *out, fc_error *err)
{
    const fc_status st = fc_buf_append(out, text, n, err);
    char *to;

    if (st != FC_OK || !fold_case || n == 0)
        return st;
    to = (char *)out->data + out->size - n;
    for (size_t i = 0; i < n; i++)
        if (to[i] >= 'A' && to[i] <= 'Z')
            to[i] = (char)(to[i] + ('a' - 'A'));
    return FC_OK;
}

/* Curly apostrophes to straight ones, in place; the new length. */
static size_t straighten_apostrophes(char *s, size_t n)
{
    size_t to = 0;

    for (size_t from = 0; from < n;) {
        if (n - from >= 3 && memcmp(s + from, "\xe2\x80\x99", 3) == 0) {
            s[to++] = '\'';
            from += 3;
        } else {
            s[to++] = s[from++];
        }
    }
    return to;
}

fc_status fc__fold_text(const char *text, size_t n, fc_text_form form, bool fold_case, fc_buf *out,
                        fc_error *err)
{
    int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_IGNORE;
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t folded_n;
    fc_status st;

    if (is_ascii(text, n))
        return fold_ascii(text, n, fold_case, out, err);
    if (form == FC_FORM_NFKC)
        options |= UTF8PROC_COMPAT;
    if (fold_case)
        options |= UTF8PROC_CASEFOLD;
    folded_n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &folded,
                            (utf8proc_option_t)options);
    if (folded_n == UTF8PROC_ERROR_NOMEM || folded_n == UTF8PROC_ERROR_OVERFLOW)
        return fc__nomem(err, n * sizeof(utf8proc_int32_t), "the normal form of a text");
    if (folded_n < 0)
        return fc_error_set(err, FC_E_FORMAT, "the text has no normal form: %s",
                            utf8proc_errmsg(folded_n));
    folded_n = (utf8proc_ssize_t)straighten_apostrophes((char *)folded, (size_t)folded_n);
    st = fc_buf_append(out, folded, (size_t)folded_n, err);
    free(folded);
    return st;
}

#define TEXT(x)    #x
#define TEXT_OF(x) TEXT(x)

const char *fc__fold_version(void)
{
    return "utf8proc " TEXT_OF(UTF8PROC_VERSION_MAJOR) "." TEXT_OF(
        UTF8PROC_VERSION_MINOR) "." TEXT_OF(UTF8PROC_VERSION_PATCH);
}
