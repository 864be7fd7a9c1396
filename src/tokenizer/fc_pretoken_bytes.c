/*
 * ByteLevel (Radford et al. 2019, GPT-2's encoder.py; `tokenizers`: pre_tokenizers/byte_level): its
 * words, found without a regular expression, and bytes as printable characters.
 */
#include <string.h>

#include "fc_pretokenizer.h"
#include "fc_text.h"
#include "fc_token_class.h"

/* The kinds that the expression tells apart. */
typedef enum kind { SPACE, LETTER, NUMBER, OTHER } kind;

static kind kind_of(const uint8_t *classes, const char *s, size_t *length)
{
    const uint32_t cp = fc__token_char(s, length);
    const uint8_t class = fc__token_class(classes, cp);

    return (class & FC_CLASS_LETTER) != 0   ? LETTER
           : (class & FC_CLASS_NUMBER) != 0 ? NUMBER
           : fc__token_is_space(cp)         ? SPACE
                                            : OTHER;
}

/* Bytes of an English ending such as 's or 'll; 0: none. */
static size_t ending(const char *s, size_t n)
{
    static const char two[] = "stmd";

    if (n < 2 || s[0] != '\'')
        return 0;
    if (s[1] != '\0' && strchr(two, s[1]) != NULL)
        return 2;
    if (n >= 3 && ((s[1] == 'r' && s[2] == 'e') || (s[1] == 'v' && s[2] == 'e') ||
                   (s[1] == 'l' && s[2] == 'l')))
        return 3;
    return 0;
}

/* Bytes from `at` on of characters of one kind. */
static size_t run_of(const uint8_t *classes, const char *s, size_t n, size_t at, kind k)
{
    size_t length;

    while (at < n && kind_of(classes, s + at, &length) == k)
        at += length;
    return at;
}

size_t fc__gpt_word(const uint8_t *classes, const char *s, size_t n)
{
    size_t length, at = ending(s, n), end;
    kind k;

    if (at > 0)
        return at;
    k = kind_of(classes, s, &length);
    if (k != SPACE)
        return run_of(classes, s, n, length, k);
    if (s[0] == ' ' && n > 1) { /* one blank goes with what follows it */
        k = kind_of(classes, s + 1, &length);
        if (k != SPACE)
            return run_of(classes, s, n, 1 + length, k);
    }
    /* Whitespace, but for its last character where something follows. */
    end = run_of(classes, s, n, 0, SPACE);
    if (end == n)
        return end;
    for (at = end - 1; ((unsigned char)s[at] & 0xC0) == 0x80; at--)
        ;
    return at > 0 ? at : end;
}

fc_status fc__bytes_as_chars(const char *s, size_t n, fc_buf *out, fc_error *err)
{
    fc_status st;
    char *to;

    if (n > SIZE_MAX / 2)
        return fc_error_set(err, FC_E_LIMIT, "a piece of %zu bytes is too long", n);
    st = fc_buf_reserve(out, 2 * n, err);
    if (st != FC_OK)
        return st;
    to = (char *)out->data + out->size;
    for (size_t i = 0; i < n; i++) {
        const uint8_t b = (uint8_t)s[i];
        uint32_t cp = b; /* what can be printed is its own sign; the others are counted from 256 */

        if (b <= 0x20)
            cp = 256u + b;
        else if (b >= 0x7F && b <= 0xA0)
            cp = 256u + 33u + (b - 0x7Fu);
        else if (b == 0xAD)
            cp = 256u + 67u;
        if (cp < 0x80) {
            *to++ = (char)cp;
        } else {
            *to++ = (char)(0xC0 | cp >> 6);
            *to++ = (char)(0x80 | (cp & 0x3F));
        }
    }
    out->size = (size_t)(to - (char *)out->data);
    return FC_OK;
}
