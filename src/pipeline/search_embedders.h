/*
 * Encoders that queries are embedded with, kept from query to query.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_EMBEDDERS_H
#define FC_SEARCH_EMBEDDERS_H

#include "fc_store_space.h"
#include "search_embed.h"

/* A space's members at most: what one query may need together. */
#define FC_EMBEDDERS_MAX FC_SPACE_MEMBERS_MAX

typedef struct fc_embedders {
    struct fc_kept_embedder {
        fc_embedder embedder;
        char *card; /* canonical */
    } list[FC_EMBEDDERS_MAX];
    size_t n;
} fc_embedders;

/* The encoder of a canonical card, opened where it is not yet: valid until it is told to close
 * others. *fell_back is set where it was opened now and wanted a GPU that there is not. */
fc_status fc__embedders_get(fc_embedders *e, const char *card, const fc_neural_options *neural,
                            fc_embedder **out, bool *fell_back, fc_error *err);
/* Close those whose card is none of `cards` (n), so that models which no query needs any more take
 * no memory. */
void fc__embedders_keep(fc_embedders *e, const char *const *cards, size_t n);
void fc__embedders_close(fc_embedders *e);

#endif /* FC_SEARCH_EMBEDDERS_H */
