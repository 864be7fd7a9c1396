/*
 * The normalizer Precompiled: SentencePiece's table of what characters and short clusters become
 * (nmt_nfkc and its kind), as its models carry it.
 *
 * Threads: immutable once created.
 */
#ifndef FC_CHARSMAP_H
#define FC_CHARSMAP_H

#include "fc_buf.h"

typedef struct fc_charsmap fc_charsmap;

/* From base64: a size, a double array (Darts-clone's units) and the texts it points into, each
 * ended by a NUL. `where` is for messages. FC_E_FORMAT, FC_E_NOMEM. */
fc_status fc__charsmap_create(fc_charsmap **out, const char *base64, size_t n, const char *where,
                              fc_error *err);
void fc__charsmap_destroy(fc_charsmap *map);

/* Append the form of n bytes of valid UTF-8. Units that lead out of the table end a search. */
fc_status fc__charsmap_apply(const fc_charsmap *map, const char *s, size_t n, fc_buf *out,
                             fc_error *err);

#endif /* FC_CHARSMAP_H */
