/*
 * The spaces of an ingest: their cards are encoders of the run, and they are declared in the store
 * once their encoders are registered.
 */
#ifndef FC_INGEST_SPACES_H
#define FC_INGEST_SPACES_H

#include <featcache/ingest.h>

#include "space_declare.h"

typedef struct fc_ingest_spaces {
    fc_space_file *files;
    size_t n_files;
    const char **cards; /* those of the options, then those of the files, each once */
} fc_ingest_spaces;

/* Load opts->spaces; where there are some, opts->encoders becomes all the cards. Every problem of a
 * file goes to opts->notice. */
fc_status fc__ingest_spaces_open(fc_ingest_spaces *out, fc_ingest_options *opts, fc_error *err);
fc_status fc__ingest_spaces_put(const fc_ingest_spaces *s, fc_store *store, fc_error *err);
void fc__ingest_spaces_dispose(fc_ingest_spaces *s);

#endif /* FC_INGEST_SPACES_H */
