/*
 * The word cutter: a class for each character, by its Unicode category and script.
 */
#include "fc_words.h"

#include <utf8proc.h>

#include "fc_text.h"

typedef enum char_class { SEPARATOR, LETTER, MARK, CJK, SYMBOL, APOSTROPHE } char_class;

typedef struct code_range {
    uint32_t first, last;
} code_range;

/* Han, Hiragana and Katakana, sorted. */
static const code_range cjk_ranges[] = {
    {0x3005, 0x3007}, {0x3021, 0x3029},   {0x3041, 0x3096},   {0x309d, 0x309f},   {0x30a1, 0x30fa},
    {0x30fc, 0x30ff}, {0x31f0, 0x31ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},
    {0xff66, 0xff9d}, {0x1aff0, 0x1afff}, {0x1b000, 0x1b16f}, {0x20000, 0x3ffff},
};

#define N_CJK_RANGES (sizeof(cjk_ranges) / sizeof(cjk_ranges[0]))

static bool is_cjk(uint32_t cp)
{
    if (cp < cjk_ranges[0].first)
        return false;
    for (size_t i = 0; i < N_CJK_RANGES; i++)
        if (cp <= cjk_ranges[i].last)
            return cp >= cjk_ranges[i].first;
    return false;
}

static char_class class_of_ascii(uint32_t cp)
{
    if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= '0' && cp <= '9'))
        return LETTER;
    return cp == '\'' ? APOSTROPHE : SEPARATOR;
}

static char_class class_of(uint32_t cp)
{
    if (cp < 0x80)
        return class_of_ascii(cp);
    if (is_cjk(cp))
        return CJK;
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return MARK;
    case UTF8PROC_CATEGORY_SO:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SM:
        return SYMBOL;
    default:
        return SEPARATOR;
    }
}

static char_class next_class(const char *at, const char *end, size_t *used)
{
    return class_of(fc__utf8_next(at, (size_t)(end - at), used));
}

/* The end of a word of letters that starts at `at` with `used` bytes. */
static const char *end_of_letters(const char *at, const char *end, size_t used)
{
    at += used;
    for (size_t chars = 1; chars < FC_WORD_MAX_CHARS && at < end; chars++) {
        char_class c = next_class(at, end, &used);

        if (c == APOSTROPHE && at + used < end) {
            size_t after;

            if (next_class(at + used, end, &after) != LETTER)
                return at;
        } else if (c != LETTER && c != MARK) {
            return at;
        }
        at += used;
    }
    return at;
}

fc_words fc__words_over(const char *text, size_t n)
{
    return (fc_words){.at = text, .end = text + n};
}

bool fc__words_next(fc_words *w, fc_word *out)
{
    while (w->at < w->end) {
        size_t used;
        const char *start = w->at;
        const char_class c = next_class(start, w->end, &used);

        w->at += used;
        if (c == LETTER)
            w->at = end_of_letters(start, w->end, used);
        else if (c != CJK && c != SYMBOL)
            continue;
        *out = (fc_word){.text = start, .n = (size_t)(w->at - start)};
        out->kind = c == LETTER ? FC_WORD_LETTERS : c == CJK ? FC_WORD_CJK : FC_WORD_SYMBOL;
        return true;
    }
    return false;
}
