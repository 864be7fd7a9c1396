/*
 * UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) and base64.
 */
#include "fc_text.h"

#include <string.h>

#include "fc_alloc.h"

#define REPLACEMENT 0xFFFDu

/* Length of the valid sequence at s, 0 when it is invalid or cut; the code point in *cp. */
static size_t decode(const unsigned char *s, size_t n, uint32_t *cp)
{
    /* Smallest code point of each length: below it the form is overlong. */
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len;
    uint32_t c;

    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        len = 2;
    else if (s[0] >= 0xE0 && s[0] <= 0xEF)
        len = 3;
    else if (s[0] >= 0xF0 && s[0] <= 0xF4)
        len = 4;
    else
        return 0;
    if (len > n)
        return 0;
    c = s[0] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    if (c < smallest[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *cp = c;
    return len;
}

/* Eight bytes of ASCII. */
static bool eight_ascii(const unsigned char *s)
{
    uint64_t eight;

    memcpy(&eight, s, sizeof(eight));
    return (eight & UINT64_C(0x8080808080808080)) == 0;
}

size_t fc__utf8_valid_prefix(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t i = 0;
    uint32_t cp;

    while (i < n) {
        const size_t len = n - i >= 8 && eight_ascii(u + i) ? 8 : decode(u + i, n - i, &cp);

        if (len == 0)
            break;
        i += len;
    }
    return i;
}

size_t fc__utf8_whole_prefix(const char *s, size_t n)
{
    /* A sequence has at most three bytes behind its first. */
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        const unsigned char c = (unsigned char)s[n - back];

        if (c < 0x80)
            return n;
        if (c >= 0xC0)
            return back < (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) ? n - back : n;
    }
    return n;
}

/* Whether `second` may follow `first`, which leads at least one more (Unicode, table 3-7). */
static bool may_follow(unsigned char first, unsigned char second)
{
    const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;

    return second >= low && second <= high;
}

size_t fc__utf8_bad_length(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    const size_t whole = u[0] < 0xC2 || u[0] > 0xF4 ? 1 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
    size_t len = 1;

    if (whole == 1 || n < 2 || !may_follow(u[0], u[1]))
        return 1;
    while (len < whole && len < n && (u[len] & 0xC0) == 0x80)
        len++;
    return len;
}

uint32_t fc__utf8_next(const char *s, size_t n, size_t *used)
{
    uint32_t cp;
    const size_t len = decode((const unsigned char *)s, n, &cp);

    *used = len > 0 ? len : 1;
    return len > 0 ? cp : REPLACEMENT;
}

size_t fc__utf8_put(uint32_t cp, char out[4])
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = REPLACEMENT;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fc_status fc__base64(fc_buf *out, const void *bytes, size_t n, fc_error *err)
{
    const uint8_t *in = bytes;
    size_t size;
    fc_status st;
    uint8_t *to;

    if (!fc__mul(n / 3 + (n % 3 != 0), 4, &size))
        return fc__nomem(err, n, "base64");
    st = fc_buf_reserve(out, size, err);
    if (st != FC_OK)
        return st;
    to = out->data + out->size;
    for (size_t i = 0; i < n; i += 3) {
        const size_t have = n - i < 3 ? n - i : 3;
        const uint32_t v = (uint32_t)in[i] << 16 | (have > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                           (have > 2 ? (uint32_t)in[i + 2] : 0);

        *to++ = (uint8_t)digits[v >> 18];
        *to++ = (uint8_t)digits[v >> 12 & 63];
        *to++ = (uint8_t)(have > 1 ? digits[v >> 6 & 63] : '=');
        *to++ = (uint8_t)(have > 2 ? digits[v & 63] : '=');
    }
    out->size += size;
    return FC_OK;
}

/* The value of a digit, or -1. */
static int digit_value(char c)
{
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* Four digits to one to three bytes; 0: they are none. Padding is in the last four alone, and the
 * bits behind the last byte are zero. */
static size_t decode_four(const char *four, bool last, uint8_t out[3])
{
    const size_t padding = !last || four[3] != '=' ? 0 : four[2] != '=' ? 1 : 2;
    uint32_t v = 0;

    for (size_t i = 0; i < 4; i++) {
        const int digit = i < 4 - padding ? digit_value(four[i]) : 0;

        if (digit < 0)
            return 0;
        v = v << 6 | (uint32_t)digit;
    }
    if ((padding == 1 && (v & 0xFF) != 0) || (padding == 2 && (v & 0xFFFF) != 0))
        return 0;
    out[0] = (uint8_t)(v >> 16);
    out[1] = (uint8_t)(v >> 8);
    out[2] = (uint8_t)v;
    return 3 - padding;
}

fc_status fc__base64_decode(fc_buf *out, const char *text, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    if (n % 4 != 0)
        return fc_error_set(err, FC_E_FORMAT, "base64 of %zu characters: no multiple of four", n);
    for (size_t i = 0; i < n && st == FC_OK; i += 4) {
        uint8_t bytes[3];
        const size_t k = decode_four(text + i, i + 4 == n, bytes);

        if (k == 0)
            return fc_error_set(err, FC_E_FORMAT, "no base64 at byte %zu", i);
        st = fc_buf_append(out, bytes, k, err);
    }
    return st;
}
