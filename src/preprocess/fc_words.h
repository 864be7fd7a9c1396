/*
 * Folded text cut into words.
 *
 * Two ways to cut:
 *
 *  - FC_CUT_RUNS: letters, their marks and digits that stand together are one word; an apostrophe
 *    between two letters belongs to it
 *  - FC_CUT_UNICODE: a word is what lies between two boundaries of Unicode's annex 29
 *    (fc_word_break.h) and has a letter or digit in it: "3.14", "x_y", a run of Katakana
 *
 * In both, a word ends after FC_WORD_MAX_CHARS characters at the latest; a character by itself of
 * Han, Hiragana or Katakana, which put no spaces, is a word; so is each emoji, currency or
 * mathematical sign beyond ASCII (by FC_CUT_UNICODE with its marks, and a flag as one). Everything
 * else separates.
 *
 * With `pairs`, scripts without spaces (those three, as one; Thai, Lao, Khmer, Myanmar and their
 * kind, as one) are cut into overlapping pairs instead: of "ABC" the words "AB" and "BC"; a
 * character by itself stays one. A character has its marks with it.
 *
 * Threads: a cursor belongs to one thread.
 */
#ifndef FC_WORDS_H
#define FC_WORDS_H

#include <featcache/types.h>

#define FC_WORD_MAX_CHARS 64

typedef enum fc_word_cut { FC_CUT_RUNS = 0, FC_CUT_UNICODE = 1 } fc_word_cut;

/* FC_WORD_CJK: a character, or a pair, of a script without spaces. */
typedef enum fc_word_kind { FC_WORD_LETTERS = 0, FC_WORD_CJK = 1, FC_WORD_SYMBOL = 2 } fc_word_kind;

typedef struct fc_word {
    const char *text; /* borrowed from the text; not terminated */
    size_t n;
    fc_word_kind kind;
} fc_word;

typedef struct fc_words {
    const char *at, *end;
    fc_word_cut cut;
    bool pairs;
    bool paired; /* the character at `at` is the second one of the pair before */
} fc_words;

/* A cursor over `text` (valid UTF-8, borrowed). */
fc_words fc__words_over(const char *text, size_t n, fc_word_cut cut, bool pairs);
/* The next word, or false at the end. */
bool fc__words_next(fc_words *w, fc_word *out);

#endif /* FC_WORDS_H */
