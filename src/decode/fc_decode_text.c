/*
 * Text files: UTF-8, or what is left of it where a repair is asked for.
 */
#include <string.h>

#include "fc_decode.h"
#include "fc_text.h"

static const char replacement[3] = {'\xef', '\xbf', '\xbd'}; /* U+FFFD */

/* Files of other encodings are common enough to be told how to convert them. */
static fc_status refuse_utf16(const uint8_t *bytes, size_t n, fc_error *err)
{
    if (n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        return fc_error_set(err, FC_E_FORMAT,
                            "the text is UTF-16 by its byte-order mark: convert it to UTF-8");
    return FC_OK;
}

static fc_status refuse_nul(const uint8_t *bytes, size_t n, fc_error *err)
{
    const uint8_t *nul = n > 0 ? memchr(bytes, 0, n) : NULL;

    if (nul == NULL)
        return FC_OK;
    return fc_error_set(err, FC_E_FORMAT, "the text has a NUL at byte %zu: not a text file",
                        (size_t)(nul - bytes));
}

static fc_status check_size(size_t n, const fc_decode_limits *limits, fc_error *err)
{
    const uint64_t max_bytes = fc__decode_limits(limits).max_text_bytes;

    if (n <= max_bytes)
        return FC_OK;
    return fc_error_set(err, FC_E_LIMIT, "the text has %zu bytes, more than the limit of %ju", n,
                        (uintmax_t)max_bytes);
}

/* Hand the text out, without its byte-order mark. */
static void give(const char *text, size_t n, const char **out, size_t *out_n)
{
    const size_t mark = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    *out = text + mark;
    *out_n = n - mark;
}

fc_status fc__decode_text(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                          const char **out, size_t *out_n, fc_error *err)
{
    size_t valid;
    fc_status st;

    *out = NULL;
    *out_n = 0;
    if ((st = check_size(n, limits, err)) != FC_OK || (st = refuse_utf16(bytes, n, err)) != FC_OK)
        return st;
    valid = fc__utf8_valid_prefix((const char *)bytes, n);
    if (valid < n)
        return fc_error_set(err, FC_E_FORMAT,
                            "the text is not UTF-8: byte %zu is 0x%02x and starts no character; "
                            "a card with `repair: true` replaces such bytes",
                            valid, bytes[valid]);
    if ((st = refuse_nul(bytes, n, err)) != FC_OK)
        return st;
    give((const char *)bytes, n, out, out_n);
    return FC_OK;
}

/* Append s to `out`, each mistake in it as one U+FFFD; `valid` bytes of it are known to be good. */
static fc_status repair(const char *s, size_t n, size_t valid, fc_buf *out, size_t *n_repaired,
                        fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t at = 0; at < n && st == FC_OK;) {
        st = fc_buf_append(out, s + at, valid, err);
        at += valid;
        if (at == n || st != FC_OK)
            break;
        st = fc_buf_append(out, replacement, sizeof(replacement), err);
        at += fc__utf8_bad_length(s + at, n - at);
        (*n_repaired)++;
        valid = fc__utf8_valid_prefix(s + at, n - at);
    }
    return st;
}

fc_status fc__decode_text_repaired(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                                   fc_buf *repaired, const char **out, size_t *out_n,
                                   size_t *n_repaired, fc_error *err)
{
    const char *text = (const char *)bytes;
    size_t valid, count = 0;
    fc_status st;

    *out = NULL;
    *out_n = 0;
    fc_buf_clear(repaired);
    if ((st = check_size(n, limits, err)) != FC_OK || (st = refuse_utf16(bytes, n, err)) != FC_OK ||
        (st = refuse_nul(bytes, n, err)) != FC_OK)
        return st;
    valid = fc__utf8_valid_prefix(text, n);
    if (valid < n) {
        st = repair(text, n, valid, repaired, &count, err);
        if (st != FC_OK)
            return st;
        text = (const char *)repaired->data;
        n = repaired->size;
    }
    if (n_repaired != NULL)
        *n_repaired = count;
    give(text, n, out, out_n);
    return FC_OK;
}
