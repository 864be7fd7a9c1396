/*
 * Loading a sample of an ingest: bytes, modality, content hash, preview.
 *
 * Threads: any, each with samples of its own.
 */
#ifndef FC_INGEST_LOAD_H
#define FC_INGEST_LOAD_H

#include "fc_fetch.h"
#include "ingest_run.h"

/* A sample's bytes while it is worked on. Zero it first. */
typedef struct fc_loaded {
    /* Called before it waits for memory, to let go of what others may wait for; may be NULL. */
    void (*before_wait)(void *context);
    void *context;
    fc_buf file; /* owned, for files */
    const uint8_t *bytes;
    size_t n;
    uint64_t budget; /* taken, to be given back */
} fc_loaded;

/* What a worker reads samples with: it keeps an archive open from one sample to the next. */
fc_status fc__run_fetcher_create(fc_fetcher **out, const fc_run *run, fc_error *err);

/* False: it cannot be taken, and s->problem says why. Unload it either way. */
bool fc__run_load(fc_run *run, fc_fetcher *fetcher, fc_run_sample *s, fc_loaded *load);
void fc__run_unload(fc_run *run, fc_loaded *load);

#endif /* FC_INGEST_LOAD_H */
