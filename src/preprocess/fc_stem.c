/*
 * The Snowball stemmers of libstemmer behind four functions.
 */
#include "fc_stem.h"

#include <stdlib.h>
#include <string.h>

#include <libstemmer.h>

#include "fc_alloc.h"
#include "fc_hash.h"

const char *const fc__stem_languages[] = {
    "english",    "none",     "arabic",  "armenian",   "basque",  "catalan",   "danish",
    "dutch",      "finnish",  "french",  "german",     "greek",   "hindi",     "hungarian",
    "indonesian", "irish",    "italian", "lithuanian", "nepali",  "norwegian", "porter",
    "portuguese", "romanian", "russian", "serbian",    "spanish", "swedish",   "tamil",
    "turkish",    "yiddish",  NULL,
};

/* Words come again and again: the stems of those met last, each at a place by its hash. */
#define PLACES    2048u
#define WORD_MAX  30u
#define STEM_MAX  32u
#define NOT_THERE 0

typedef struct known_stem {
    uint8_t word_n, stem_n; /* word_n is NOT_THERE where the place is free */
    char word[WORD_MAX];
    char stem[STEM_MAX];
} known_stem;

struct fc_stemmer {
    struct sb_stemmer *snowball; /* NULL for "none" */
    known_stem *known;           /* PLACES */
};

fc_status fc__stemmer_create(fc_stemmer **out, const char *language, fc_error *err)
{
    fc_stemmer *s;

    *out = NULL;
    s = fc__alloc_array(1, sizeof(*s));
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a stemmer");
    if (strcmp(language, "none") != 0) {
        s->snowball = sb_stemmer_new(language, "UTF_8");
        if (s->snowball == NULL) {
            fc__stemmer_destroy(s);
            return fc_error_set(err, FC_E_UNSUPPORTED,
                                "libstemmer has no stemmer for '%s'; `none` always works",
                                language);
        }
        s->known = fc__alloc_array(PLACES, sizeof(*s->known)); /* zeroed: nothing is there */
        if (s->known == NULL) {
            fc__stemmer_destroy(s);
            return fc__nomem(err, PLACES * sizeof(*s->known), "a stemmer");
        }
    }
    *out = s;
    return FC_OK;
}

void fc__stemmer_destroy(fc_stemmer *s)
{
    if (s == NULL)
        return;
    sb_stemmer_delete(s->snowball);
    free(s->known);
    free(s);
}

static fc_status ask_snowball(fc_stemmer *s, const char *word, size_t n, const char **out,
                              size_t *out_n, fc_error *err)
{
    const sb_symbol *stem = sb_stemmer_stem(s->snowball, (const sb_symbol *)word, (int)n);

    if (stem == NULL)
        return fc__nomem(err, n, "a stem");
    if (sb_stemmer_length(s->snowball) > 0) {
        *out = (const char *)stem;
        *out_n = (size_t)sb_stemmer_length(s->snowball);
    }
    return FC_OK;
}

fc_status fc__stem(fc_stemmer *s, const char *word, size_t n, const char **out, size_t *out_n,
                   fc_error *err)
{
    known_stem *known;
    fc_status st;

    *out = word;
    *out_n = n;
    if (s->snowball == NULL || n == 0)
        return FC_OK;
    if (n > WORD_MAX)
        return ask_snowball(s, word, n, out, out_n, err);
    known = &s->known[fc__xxh128(word, n).low % PLACES];
    if (known->word_n != n || memcmp(known->word, word, n) != 0) {
        st = ask_snowball(s, word, n, out, out_n, err);
        if (st != FC_OK || *out_n > STEM_MAX)
            return st;
        known->word_n = (uint8_t)n;
        memcpy(known->word, word, n);
        known->stem_n = (uint8_t)*out_n;
        memcpy(known->stem, *out, *out_n);
    }
    *out = known->stem;
    *out_n = known->stem_n;
    return FC_OK;
}
