/*
 * Unicode normalisation through utf8proc, with short cuts around ASCII that give the same bytes.
 */
#include "fc_fold.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "fc_alloc.h"

/* Code points that are folded without the heap. */
#define ROOM 128

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* How many bytes at the beginning of the text are ASCII. */
static size_t ascii_length(const char *text, size_t n)
{
    size_t i = 0;
    uint64_t eight;

    for (; n - i >= sizeof(eight); i += sizeof(eight)) {
        memcpy(&eight, text + i, sizeof(eight));
        if ((eight & HIGH_BITS) != 0)
            break;
    }
    while (i < n && (unsigned char)text[i] < 0x80)
        i++;
    return i;
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

static fc_status refuse(utf8proc_ssize_t problem, size_t n, fc_error *err)
{
    if (problem == UTF8PROC_ERROR_NOMEM || problem == UTF8PROC_ERROR_OVERFLOW)
        return fc__nomem(err, n * sizeof(utf8proc_int32_t), "the normal form of a text");
    return fc_error_set(err, FC_E_FORMAT, "the text has no normal form: %s",
                        utf8proc_errmsg(problem));
}

/* The same as utf8proc_map, in the memory of the caller where that is enough. */
static fc_status fold_run(const char *text, size_t n, int options, fc_buf *out, fc_error *err)
{
    const utf8proc_option_t how = (utf8proc_option_t)options;
    utf8proc_int32_t room[ROOM + 1], *codes = room, *heap = NULL; /* one more for a NUL */
    utf8proc_ssize_t size;
    fc_status st;

    size =
        utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, codes, ROOM, how);
    if (size > ROOM) {
        heap = fc__alloc_array((size_t)size + 1, sizeof(*heap));
        if (heap == NULL)
            return refuse(UTF8PROC_ERROR_NOMEM, n, err);
        codes = heap;
        size = utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, codes, size,
                                  how);
    }
    if (size >= 0)
        size = utf8proc_reencode(codes, size, how);
    if (size < 0) {
        st = refuse(size, n, err);
    } else {
        size = (utf8proc_ssize_t)straighten_apostrophes((char *)codes, (size_t)size);
        st = fc_buf_append(out, codes, (size_t)size, err);
    }
    free(heap);
    return st;
}

/* ASCII is its own normal form, and never the second part of a composed character: so the text
 * falls into stretches of it, and runs of others with the ASCII character before them, which they
 * may compose with. */
fc_status fc__fold_text(const char *text, size_t n, fc_text_form form, bool fold_case, fc_buf *out,
                        fc_error *err)
{
    int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_IGNORE;
    fc_status st = FC_OK;

    if (form == FC_FORM_NFKC)
        options |= UTF8PROC_COMPAT;
    if (fold_case)
        options |= UTF8PROC_CASEFOLD;
    for (size_t i = 0; i < n && st == FC_OK;) {
        const size_t ascii = ascii_length(text + i, n - i);
        const size_t alone = ascii > 0 && i + ascii < n ? ascii - 1 : ascii;
        size_t end = i + ascii;

        st = fold_ascii(text + i, alone, fold_case, out, err);
        while (end < n && (unsigned char)text[end] >= 0x80)
            end++;
        if (st == FC_OK && end > i + alone)
            st = fold_run(text + i + alone, end - i - alone, options, out, err);
        i = end;
    }
    return st;
}

#define TEXT(x)    #x
#define TEXT_OF(x) TEXT(x)

const char *fc__fold_version(void)
{
    return "utf8proc " TEXT_OF(UTF8PROC_VERSION_MAJOR) "." TEXT_OF(
        UTF8PROC_VERSION_MINOR) "." TEXT_OF(UTF8PROC_VERSION_PATCH);
}
