/*
 * The word cutter: a class for each character, by its Unicode category and script.
 */
#include "fc_words.h"

#include <utf8proc.h>

#include "fc_text.h"
#include "fc_word_break.h"

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

/* Scripts without spaces: 1 for Han, Hiragana and Katakana, 2 for Thai and its kind, else 0. */
static int spaceless(uint32_t cp)
{
    if (cp < 0x80)
        return 0;
    return is_cjk(cp) ? 1 : fc__is_complex_script(cp) && class_of(cp) == LETTER ? 2 : 0;
}

static int next_spaceless(const char *at, const char *end, size_t *used)
{
    return spaceless(fc__utf8_next(at, (size_t)(end - at), used));
}

/* The end of the marks at `at`, of which a word with `chars` characters has room for some. */
static const char *end_of_marks(const char *at, const char *end, size_t chars)
{
    size_t used;

    for (; chars < FC_WORD_MAX_CHARS && at < end && next_class(at, end, &used) == MARK; chars++)
        at += used;
    return at;
}

/* The end of a word of letters that starts at `at` with `used` bytes. */
static const char *end_of_letters(const fc_words *w, const char *at, size_t used)
{
    const char *end = w->end;

    at += used;
    for (size_t chars = 1; chars < FC_WORD_MAX_CHARS && at < end; chars++) {
        char_class c = next_class(at, end, &used);

        if (w->pairs && next_spaceless(at, end, &used) != 0)
            return at;
        if (c == APOSTROPHE && at + used < end) {
            size_t after;

            if (next_class(at + used, end, &after) != LETTER ||
                (w->pairs && next_spaceless(at + used, end, &after) != 0))
                return at;
        } else if (c != LETTER && c != MARK) {
            return at;
        }
        at += used;
    }
    return at;
}

fc_words fc__words_over(const char *text, size_t n, fc_word_cut cut, bool pairs)
{
    return (fc_words){.at = text, .end = text + n, .cut = cut, .pairs = pairs};
}

/* The next word by runs, or false where what was there separates. */
static bool next_run(fc_words *w, fc_word *out)
{
    size_t used;
    const char *start = w->at;
    const char_class c = next_class(start, w->end, &used);

    w->at += used;
    if (c == LETTER)
        w->at = end_of_letters(w, start, used);
    else if (c != CJK && c != SYMBOL)
        return false;
    *out = (fc_word){.text = start, .n = (size_t)(w->at - start)};
    out->kind = c == LETTER ? FC_WORD_LETTERS : c == CJK ? FC_WORD_CJK : FC_WORD_SYMBOL;
    return true;
}

/* The same of what lies between two boundaries, cut to the length of a word. */
static bool next_segment(fc_words *w, fc_word *out)
{
    const char *start = w->at, *at = start;
    const char *end = start + fc__word_segment(start, (size_t)(w->end - start), FC_WORD_MAX_CHARS);
    bool letters = false, symbols = false;
    size_t chars = 0, characters = 0, used;
    char_class first = SEPARATOR;

    for (; at < end && chars < FC_WORD_MAX_CHARS; at += used, chars++) {
        const char_class c = next_class(at, end, &used);

        first = chars == 0 ? c : first;
        letters = letters || c == LETTER || c == CJK;
        symbols = symbols || c == SYMBOL;
        characters += c != MARK;
    }
    w->at = at;
    if (!letters && !symbols)
        return false;
    *out = (fc_word){.text = start, .n = (size_t)(at - start), .kind = FC_WORD_LETTERS};
    if (!letters)
        out->kind = FC_WORD_SYMBOL;
    else if (first == CJK && characters == 1)
        out->kind = FC_WORD_CJK;
    return true;
}

/* The next pair, or a character by itself, of the script at w->at. False: it was in the pair before
 * already. */
static bool next_pair(fc_words *w, int script, size_t used, fc_word *out)
{
    const char *start = w->at;
    const char *middle = end_of_marks(start + used, w->end, 1), *end = middle;
    const bool paired = w->paired;

    w->at = middle;
    w->paired = middle < w->end && next_spaceless(middle, w->end, &used) == script;
    if (w->paired)
        end = end_of_marks(middle + used, w->end, 1);
    else if (paired)
        return false;
    *out = (fc_word){.text = start, .n = (size_t)(end - start), .kind = FC_WORD_CJK};
    return true;
}

bool fc__words_next(fc_words *w, fc_word *out)
{
    while (w->at < w->end) {
        size_t used;
        const int script = w->pairs ? next_spaceless(w->at, w->end, &used) : 0;
        const bool found = script != 0             ? next_pair(w, script, used, out)
                           : w->cut == FC_CUT_RUNS ? next_run(w, out)
                                                   : next_segment(w, out);

        if (found)
            return true;
    }
    return false;
}
