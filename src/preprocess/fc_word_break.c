/*
 * The rules of the annex, one segment at a time. A boundary forgets what is before it, but for the
 * parity of regional indicators, and that starts anew with each boundary too.
 */
#include "fc_word_break.h"

#include "fc_text.h"
#include "fc_word_break_table.h"

#define N_SPANS (sizeof(word_break_spans) / sizeof(word_break_spans[0]))

static unsigned class_of(uint32_t cp)
{
    size_t low = 0, high = N_SPANS;

    if (cp < 0x80)
        return word_break_ascii[cp];
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if (word_break_spans[middle] >> 8 <= cp)
            low = middle;
        else
            high = middle;
    }
    return word_break_spans[low] & 0xFF;
}

bool fc__is_complex_script(uint32_t cp)
{
    return cp >= 0x80 && (class_of(cp) & WB_COMPLEX) != 0;
}

const char *fc__word_break_version(void)
{
    return FC_WORD_BREAK_UNICODE;
}

/* What the rules know of the text at one place. */
typedef struct place {
    const char *at, *end;
    unsigned before;     /* the value that rules see on the left: WB4 leaves marks out */
    unsigned raw_before; /* the class of the character on the left itself */
    bool odd;            /* an odd number of regional indicators is on the left */
} place;

static unsigned class_at(const char *at, const char *end, size_t *used)
{
    return class_of(fc__utf8_next(at, (size_t)(end - at), used));
}

static bool is_mark(unsigned value)
{
    return value == WB_EXTEND || value == WB_FORMAT || value == WB_ZWJ;
}

static bool is_letter(unsigned value)
{
    return value == WB_ALETTER || value == WB_HEBREW_LETTER;
}

static bool is_line_end(unsigned value)
{
    return value == WB_CR || value == WB_LF || value == WB_NEWLINE;
}

/* MidLetter, or what may stand for it (MidNumLetQ of the annex). */
static bool is_mid_letter(unsigned value)
{
    return value == WB_MIDLETTER || value == WB_MIDNUMLET || value == WB_SINGLE_QUOTE;
}

static bool is_mid_number(unsigned value)
{
    return value == WB_MIDNUM || value == WB_MIDNUMLET || value == WB_SINGLE_QUOTE;
}

/* The value of the next character behind `at` that is no mark; WB_OTHER at the end. */
static unsigned value_behind(const char *at, const char *end)
{
    while (at < end) {
        size_t used;
        const unsigned value = class_at(at, end, &used) & WB_VALUE;

        if (!is_mark(value))
            return value;
        at += used;
    }
    return WB_OTHER;
}

/* WB6, WB7b, WB12: a character between two letters or digits belongs to their word. `behind` and
 * `end` are where the text goes on after it. */
static bool joins_as_middle(unsigned before, unsigned value, const char *behind, const char *end)
{
    if (is_letter(before) && is_mid_letter(value))
        return is_letter(value_behind(behind, end));
    if (before == WB_HEBREW_LETTER && value == WB_DOUBLE_QUOTE)
        return value_behind(behind, end) == WB_HEBREW_LETTER;
    return before == WB_NUMERIC && is_mid_number(value) && value_behind(behind, end) == WB_NUMERIC;
}

/* WB5, WB7a, WB8 to WB10, WB13 to WB13b: two neighbours that belong together. */
static bool joins(unsigned before, unsigned value)
{
    const bool word = is_letter(value) || value == WB_NUMERIC;

    if (before == WB_HEBREW_LETTER && value == WB_SINGLE_QUOTE)
        return true;
    if (is_letter(before) || before == WB_NUMERIC)
        return word || value == WB_EXTENDNUMLET;
    if (before == WB_KATAKANA)
        return value == WB_KATAKANA || value == WB_EXTENDNUMLET;
    if (before == WB_EXTENDNUMLET)
        return word || value == WB_KATAKANA || value == WB_EXTENDNUMLET;
    return false;
}

/* Take the character of `class` that ends at `behind`. Marks leave what rules see as it is (WB4).
 */
static bool accept(place *p, unsigned class, const char *behind)
{
    if (!is_mark(class & WB_VALUE))
        p->before = class & WB_VALUE;
    p->raw_before = class;
    p->at = behind;
    return true;
}

/* Take marks from `at` on, then the letter or digit that is known to follow. */
static bool accept_behind(place *p, const char *at)
{
    size_t used;
    unsigned class;

    do {
        class = class_at(at, p->end, &used);
        at += used;
    } while (is_mark(class & WB_VALUE));
    return accept(p, class, at);
}

/* Take the next character into the segment; false: there is a boundary before it. */
static bool take(place *p)
{
    size_t used;
    const unsigned class = class_at(p->at, p->end, &used), value = class & WB_VALUE;
    const unsigned raw_before = p->raw_before & WB_VALUE;
    const char *behind = p->at + used;

    if (raw_before == WB_CR && value == WB_LF)
        return accept(p, class, behind); /* WB3 */
    if (is_line_end(raw_before) || is_line_end(value))
        return false; /* WB3a, WB3b */
    if (raw_before == WB_ZWJ && (class & WB_PICTOGRAPHIC) != 0)
        return accept(p, class, behind); /* WB3c */
    if ((raw_before == WB_WSEGSPACE && value == WB_WSEGSPACE) || is_mark(value))
        return accept(p, class, behind); /* WB3d, WB4 */
    if (value == WB_REGIONAL_INDICATOR && p->before == value && p->odd) {
        p->odd = false; /* WB15, WB16 */
        return accept(p, class, behind);
    }
    if (joins_as_middle(p->before, value, behind, p->end))
        return accept_behind(p, behind);
    return joins(p->before, value) && accept(p, class, behind);
}

size_t fc__word_segment(const char *s, size_t n, size_t enough)
{
    place p = {.at = s, .end = s + n};
    size_t used;

    p.raw_before = class_at(s, p.end, &used);
    p.before = p.raw_before & WB_VALUE;
    p.odd = p.before == WB_REGIONAL_INDICATOR;
    p.at += used;
    for (size_t chars = 1; chars < enough && p.at < p.end && take(&p); chars++)
        continue;
    return (size_t)(p.at - s);
}
