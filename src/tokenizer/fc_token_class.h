/*
 * What a code point is to the parts of a tokenizer, as the Python package `tokenizers` has it.
 *
 * Threads: the table is immutable once created.
 */
#ifndef FC_TOKEN_CLASS_H
#define FC_TOKEN_CLASS_H

#include <featcache/types.h>

#define FC_CLASS_CONTROL     0x01u /* dropped by BertNormalizer's clean_text; NUL and U+FFFD apart */
#define FC_CLASS_NONSPACING  0x02u /* dropped by BertNormalizer's strip_accents */
#define FC_CLASS_PUNCTUATION 0x04u /* split off by BertPreTokenizer and Punctuation */
#define FC_CLASS_MARK        0x08u /* dropped by StripAccents */
#define FC_CLASS_LETTER      0x10u /* \p{L} of regular expressions */
#define FC_CLASS_NUMBER      0x20u /* \p{N} of regular expressions */
#define FC_CLASS_NUMERIC     0x40u /* a digit of Digits */
#define FC_CLASS_WORD        0x80u /* \w of Whitespace */

/* The classes of the first 65,536 code points, for speed: a block of that many bytes which the
 * caller frees; NULL when out of memory. */
uint8_t *fc__token_classes_create(void);
/* The classes of any code point; `table` is what the call above gave. */
uint8_t fc__token_class_search(uint32_t cp);
static inline uint8_t fc__token_class(const uint8_t *table, uint32_t cp)
{
    return cp < 0x10000 ? table[cp] : fc__token_class_search(cp);
}

/* Unicode's White_Space. */
static inline bool fc__token_is_space(uint32_t cp)
{
    if (cp < 0x80)
        return cp == ' ' || (cp >= 9 && cp <= 13);
    return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) ||
           cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

/* The ideographs that BertNormalizer sets blanks around. */
static inline bool fc__token_is_ideograph(uint32_t cp)
{
    return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x3400 && cp <= 0x4DBF) ||
           (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x2A6DF) ||
           (cp >= 0x2A700 && cp <= 0x2B81F) || (cp >= 0x2B920 && cp <= 0x2CEAF) ||
           (cp >= 0x2F800 && cp <= 0x2FA1F);
}

/* The code point at s, which is known to be valid UTF-8, and its length. */
static inline uint32_t fc__token_char(const char *s, size_t *length)
{
    const unsigned char *u = (const unsigned char *)s;

    if (u[0] < 0x80) {
        *length = 1;
        return u[0];
    }
    if (u[0] < 0xE0) {
        *length = 2;
        return (u[0] & 0x1Fu) << 6 | (u[1] & 0x3Fu);
    }
    if (u[0] < 0xF0) {
        *length = 3;
        return (u[0] & 0x0Fu) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
    }
    *length = 4;
    return (u[0] & 0x07u) << 18 | (u[1] & 0x3Fu) << 12 | (u[2] & 0x3Fu) << 6 | (u[3] & 0x3Fu);
}

#endif /* FC_TOKEN_CLASS_H */
