/*
 * Normal forms by utf8proc, lower case, marks dropped, and the cleaning of Google's NMT.
 */
#include <stdlib.h>

#include <utf8proc.h>

#include "fc_alloc.h"
#include "fc_normalizer.h"
#include "fc_text.h"
#include "fc_token_class.h"

/* Code points that are normalised without the heap. */
#define ROOM 256

/* What is younger than the tables of the reference (Unicode 9), which leaves it as it is:
 * characters with a compatible form, and marks, which do not change their place. */
static bool left_alone(const uint8_t *classes, uint32_t cp, bool compat)
{
    if (cp < 0x7FD)
        return false;
    if (compat && (cp == 0x32FF || (cp >= 0xA7F2 && cp <= 0xA7F4) || cp == 0xAB69 ||
                   (cp >= 0x10781 && cp <= 0x107BA) || (cp >= 0x1E030 && cp <= 0x1E06D) ||
                   cp == 0x1F16C || (cp >= 0x1FBF0 && cp <= 0x1FBF9)))
        return true;
    return utf8proc_get_property((utf8proc_int32_t)cp)->combining_class != 0 &&
           (fc__token_class(classes, cp) & FC_CLASS_MARK) == 0;
}

static fc_status form_of_run(const char *s, size_t n, int options, fc_buf *out, fc_error *err)
{
    const utf8proc_option_t how = (utf8proc_option_t)options;
    utf8proc_int32_t room[ROOM + 1], *codes = room, *heap = NULL; /* one more for a NUL */
    utf8proc_ssize_t size;
    fc_status st;

    size = utf8proc_decompose((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, codes, ROOM, how);
    if (size > ROOM) {
        heap = fc__alloc_array((size_t)size + 1, sizeof(*heap));
        if (heap == NULL)
            return fc__nomem(err, (size_t)size * sizeof(*heap), "the normal form of a text");
        codes = heap;
        size =
            utf8proc_decompose((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, codes, size, how);
    }
    if (size >= 0)
        size = utf8proc_reencode(codes, size, how);
    st = size >= 0 ? fc_buf_append(out, codes, (size_t)size, err)
                   : fc_error_set(err, FC_E_FORMAT, "the text has no normal form: %s",
                                  utf8proc_errmsg(size));
    free(heap);
    return st;
}

/* As the name says, between the characters that are left alone. */
static fc_status form_of_stretch(const uint8_t *classes, const char *s, size_t n, int options,
                                 fc_buf *out, fc_error *err)
{
    const bool compat = (options & UTF8PROC_COMPAT) != 0;
    size_t from = 0, length;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        if (!left_alone(classes, fc__token_char(s + i, &length), compat))
            continue;
        if (i > from)
            st = form_of_run(s + from, i - from, options, out, err);
        if (st == FC_OK)
            st = fc_buf_append(out, s + i, length, err);
        from = i + length;
    }
    return st == FC_OK && n > from ? form_of_run(s + from, n - from, options, out, err) : st;
}

/* ASCII is its own normal form, and never the second part of a composed character: only stretches
 * of others, with the ASCII character before them, are looked at. */
fc_status fc__normal_form(const uint8_t *classes, bool compose, bool compat, const char *s,
                          size_t n, fc_buf *out, fc_error *err)
{
    const int options = UTF8PROC_STABLE | (compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                        (compat ? UTF8PROC_COMPAT : 0);
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK;) {
        size_t end = i, alone;

        while (end < n && (unsigned char)s[end] < 0x80)
            end++;
        alone = end > i && end < n ? end - 1 : end;
        st = fc_buf_append(out, s + i, alone - i, err);
        while (end < n && (unsigned char)s[end] >= 0x80)
            end++;
        if (st == FC_OK && end > alone)
            st = form_of_stretch(classes, s + alone, end - alone, options, out, err);
        i = end;
    }
    return st;
}

size_t fc__normal_lower_char(uint32_t cp, char out[8])
{
    if (cp < 0x80) {
        out[0] = (char)(cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp);
        return 1;
    }
    if (cp == 0x130) { /* the one whose lower case is two: i and a dot above */
        out[0] = 'i';
        return 1 + fc__utf8_put(0x307, out + 1);
    }
    return fc__utf8_put((uint32_t)utf8proc_tolower((utf8proc_int32_t)cp), out);
}

fc_status fc__normal_lower(const char *s, size_t n, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;
    size_t length;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        char lower[8];
        const size_t m = fc__normal_lower_char(fc__token_char(s + i, &length), lower);

        st = fc_buf_append(out, lower, m, err);
    }
    return st;
}

fc_status fc__normal_accents(const uint8_t *classes, uint8_t dropped, const char *s, size_t n,
                             fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;
    size_t length;

    for (size_t i = 0; i < n && st == FC_OK; i += length)
        if ((fc__token_class(classes, fc__token_char(s + i, &length)) & dropped) == 0)
            st = fc_buf_append(out, s + i, length, err);
    return st;
}

/* SentencePiece's rule nmt_nfkc without its NFKC (`tokenizers`: normalizers/unicode, Nmt). */
fc_status fc__normal_nmt(const char *s, size_t n, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;
    size_t length;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        const uint32_t cp = fc__token_char(s + i, &length);

        if ((cp >= 1 && cp <= 8) || cp == 0xB || (cp >= 0xE && cp <= 0x1F) || cp == 0x7F ||
            cp == 0x8F || cp == 0x9F)
            continue;
        if (cp == 9 || cp == 0xA || cp == 0xC || cp == 0xD || cp == 0x1680 ||
            (cp >= 0x200B && cp <= 0x200F) || cp == 0x2028 || cp == 0x2029 || cp == 0x2581 ||
            cp == 0xFEFF || cp == 0xFFFD)
            st = fc_buf_append(out, " ", 1, err);
        else
            st = fc_buf_append(out, s + i, length, err);
    }
    return st;
}
