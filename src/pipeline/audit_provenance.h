/*
 * Provenance texts (fc__encoder_provenance()) taken apart: "key=value" pairs with blanks or line
 * ends between them, a value with blanks in double quotes. Of `libraries`, a list "libpng 1.6.39,
 * libwebp 1.2.4", each library is a key of its own: libraries.libpng.
 */
#ifndef FC_AUDIT_PROVENANCE_H
#define FC_AUDIT_PROVENANCE_H

#include <featcache/types.h>

typedef struct fc_provenance_fact {
    char *key, *value;
} fc_provenance_fact;

typedef struct fc_provenance_facts {
    fc_provenance_fact *list; /* by key, then value; each pair once; owned */
    size_t n, capacity;
} fc_provenance_facts;

/* The facts of all `n` texts together. Any text is taken: a word without "=" is a key whose value
 * is empty. What the card says as well (encoder, code_version) is left out. */
fc_status fc__provenance_facts(fc_provenance_facts *out, const char *const *texts, size_t n,
                               fc_error *err);
void fc__provenance_facts_dispose(fc_provenance_facts *f);

#endif /* FC_AUDIT_PROVENANCE_H */
