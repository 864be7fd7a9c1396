/*
 * The Snowball stemmers of libstemmer behind four functions.
 */
#include "fc_stem.h"

#include <stdlib.h>
#include <string.h>

#include <libstemmer.h>

#include "fc_alloc.h"

const char *const fc__stem_languages[] = {
    "english",    "none",     "arabic",  "armenian",   "basque",  "catalan",   "danish",
    "dutch",      "finnish",  "french",  "german",     "greek",   "hindi",     "hungarian",
    "indonesian", "irish",    "italian", "lithuanian", "nepali",  "norwegian", "porter",
    "portuguese", "romanian", "russian", "serbian",    "spanish", "swedish",   "tamil",
    "turkish",    "yiddish",  NULL,
};

struct fc_stemmer {
    struct sb_stemmer *snowball; /* NULL for "none" */
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
            free(s);
            return fc_error_set(err, FC_E_UNSUPPORTED,
                                "libstemmer has no stemmer for '%s'; `none` always works",
                                language);
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
    free(s);
}

fc_status fc__stem(fc_stemmer *s, const char *word, size_t n, const char **out, size_t *out_n,
                   fc_error *err)
{
    const sb_symbol *stem;

    *out = word;
    *out_n = n;
    if (s->snowball == NULL)
        return FC_OK;
    stem = sb_stemmer_stem(s->snowball, (const sb_symbol *)word, (int)n);
    if (stem == NULL)
        return fc__nomem(err, n, "a stem");
    if (sb_stemmer_length(s->snowball) > 0) {
        *out = (const char *)stem;
        *out_n = (size_t)sb_stemmer_length(s->snowball);
    }
    return FC_OK;
}
