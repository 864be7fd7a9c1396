/*
 * Text files: UTF-8 or nothing.
 */
#include <string.h>

#include "fc_decode.h"
#include "fc_text.h"

/* Files of other encodings are common enough to be told how to convert them. */
static fc_status refuse_utf16(const uint8_t *bytes, size_t n, fc_error *err)
{
    if (n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        return fc_error_set(err, FC_E_FORMAT,
                            "the text is UTF-16 by its byte-order mark: convert it to UTF-8");
    return FC_OK;
}

fc_status fc__decode_text(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                          const char **out, size_t *out_n, fc_error *err)
{
    const uint64_t max_bytes = fc__decode_limits(limits).max_text_bytes;
    const char *text = (const char *)bytes;
    const uint8_t *nul;
    size_t valid;
    fc_status st;

    *out = NULL;
    *out_n = 0;
    if (n > max_bytes)
        return fc_error_set(err, FC_E_LIMIT, "the text has %zu bytes, more than the limit of %ju",
                            n, (uintmax_t)max_bytes);
    if ((st = refuse_utf16(bytes, n, err)) != FC_OK)
        return st;
    valid = fc__utf8_valid_prefix(text, n);
    if (valid < n)
        return fc_error_set(err, FC_E_FORMAT,
                            "the text is not UTF-8: byte %zu is 0x%02x and starts no character",
                            valid, bytes[valid]);
    nul = n > 0 ? memchr(bytes, 0, n) : NULL;
    if (nul != NULL)
        return fc_error_set(err, FC_E_FORMAT, "the text has a NUL at byte %zu: not a text file",
                            (size_t)(nul - bytes));
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    *out = text;
    *out_n = n;
    return FC_OK;
}
