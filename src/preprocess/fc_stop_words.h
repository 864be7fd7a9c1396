/*
 * Stop words: words too frequent to tell texts apart, left out before stemming.
 *
 * Threads: a set is immutable; any number may ask it at once.
 */
#ifndef FC_STOP_WORDS_H
#define FC_STOP_WORDS_H

#include "fc_buf.h"
#include "fc_fold.h"

/* What a list may be called, NULL-terminated: "none", the languages that have a built-in list
 * (Snowball's), and last "file", for a list of one's own. */
extern const char *const fc__stop_lists[];

/* Longest list of one's own, as fc__stop_list_read leaves it. */
#define FC_STOP_LIST_MAX ((size_t)12 << 10)

/* The words of a built-in list, apart by blanks; NULL for "none" and "file". */
const char *fc__stop_list(const char *name);
/* The text of a list file in the one form that a card keeps: every word once, in the order of
 * bytes, apart by blanks. In the file, words are apart by white space; "|" and "#" begin a comment.
 * FC_E_FORMAT: not UTF-8, or no word in it; FC_E_LIMIT: more than FC_STOP_LIST_MAX. */
fc_status fc__stop_list_read(const char *text, size_t n, fc_buf *out, fc_error *err);

typedef struct fc_stop_words fc_stop_words;

/* The set of `words` (apart by blanks), each folded as the texts are. */
fc_status fc__stop_words_create(fc_stop_words **out, const char *words, fc_text_form form,
                                bool fold_case, fc_error *err);
/* Whether a folded word is in it. A set that is NULL has none. */
bool fc__stop_words_has(const fc_stop_words *s, const char *word, size_t n);
void fc__stop_words_destroy(fc_stop_words *s);

#endif /* FC_STOP_WORDS_H */
