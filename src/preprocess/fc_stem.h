/*
 * Words to stems (Snowball): "relational" and "relations" to one feature.
 *
 * Threads: a stemmer belongs to one thread.
 */
#ifndef FC_STEM_H
#define FC_STEM_H

#include <featcache/types.h>

typedef struct fc_stemmer fc_stemmer;

/* Names of the languages, NULL-terminated; "none" leaves words as they are. */
extern const char *const fc__stem_languages[];

/* FC_E_UNSUPPORTED when the linked library lacks `language`. */
fc_status fc__stemmer_create(fc_stemmer **out, const char *language, fc_error *err);
void fc__stemmer_destroy(fc_stemmer *s);
/* The stem of a folded word, borrowed until the next call; never empty for a word that is not. */
fc_status fc__stem(fc_stemmer *s, const char *word, size_t n, const char **out, size_t *out_n,
                   fc_error *err);

#endif /* FC_STEM_H */
