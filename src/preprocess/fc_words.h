/*
 * Folded text cut into words.
 *
 *  - letters, their marks and digits that stand together are one word; an apostrophe between two
 *    letters belongs to it; a word ends after FC_WORD_MAX_CHARS characters at the latest
 *  - each Han, Hiragana or Katakana character is a word of its own: these scripts put no spaces
 *    (pairs of neighbours are a matter for the encoder)
 *  - each emoji, currency or mathematical sign beyond ASCII is a word of its own
 *  - everything else separates
 *
 * Threads: a cursor belongs to one thread.
 */
#ifndef FC_WORDS_H
#define FC_WORDS_H

#include <featcache/types.h>

#define FC_WORD_MAX_CHARS 64

typedef enum fc_word_kind { FC_WORD_LETTERS = 0, FC_WORD_CJK = 1, FC_WORD_SYMBOL = 2 } fc_word_kind;

typedef struct fc_word {
    const char *text; /* borrowed from the text; not terminated */
    size_t n;
    fc_word_kind kind;
} fc_word;

typedef struct fc_words {
    const char *at, *end;
} fc_words;

/* A cursor over `text` (valid UTF-8, borrowed). */
fc_words fc__words_over(const char *text, size_t n);
/* The next word, or false at the end. */
bool fc__words_next(fc_words *w, fc_word *out);

#endif /* FC_WORDS_H */
