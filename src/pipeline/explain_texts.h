/*
 * Whole texts of stored samples, for the names of their tokens: of a file it is read again; of an
 * inline text the store keeps the first 256 bytes, the rest is read out of the manifest that it
 * came from, where that is there still and holds the same text.
 *
 * Threads: one at a time.
 */
#ifndef FC_EXPLAIN_TEXTS_H
#define FC_EXPLAIN_TEXTS_H

#include "fc_buf.h"
#include "page_media.h"

typedef struct fc_long_text {
    char *dataset, *id;
    char *text; /* NULL: not found */
    size_t n;
} fc_long_text;

typedef struct fc_long_texts {
    fc_long_text *list;
    size_t n, capacity;
} fc_long_texts;

/* Note a sample whose text is longer than what is kept of it; others are passed over. */
fc_status fc__long_texts_want(fc_long_texts *t, const fc_query_hit *sample, fc_error *err);
/* Look for all that are wanted: one reading of each manifest. What cannot be found stays without a
 * text. FC_E_NOMEM and damage of the store only. */
fc_status fc__long_texts_read(fc_long_texts *t, fc_snapshot *s, fc_error *err);
void fc__long_texts_dispose(fc_long_texts *t);

/* The whole text of a stored sample. FC_E_NOT_FOUND: only its beginning is to be had. */
fc_status fc__explain_text(fc_page_media *m, const fc_long_texts *t, const fc_query_hit *sample,
                           fc_buf *out, fc_error *err);

#endif /* FC_EXPLAIN_TEXTS_H */
