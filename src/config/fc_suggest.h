/*
 * "Did you mean": the nearest of a list of known words to one that is not among them.
 */
#ifndef FC_SUGGEST_H
#define FC_SUGGEST_H

#include <featcache/types.h>

/* The word of `known` (n of them) with the fewest edits (insert, delete, replace, swap neighbours)
 * to `word`, when they are few enough to be a slip: at most a third of the longer, at least one.
 * NULL when there is none; the first of equals. */
const char *fc__suggest(const char *word, const char *const *known, size_t n);

#endif /* FC_SUGGEST_H */
