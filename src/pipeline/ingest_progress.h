/*
 * Progress of a run: a thread that tells the caller five times a second how far the stages are,
 * also while none of them has anything to say.
 */
#ifndef FC_INGEST_PROGRESS_H
#define FC_INGEST_PROGRESS_H

#include "ingest_run.h"

typedef struct fc_progress_ticker fc_progress_ticker;

/* *out stays NULL when the caller wants no progress. */
fc_status fc__progress_start(fc_progress_ticker **out, fc_run *run, fc_error *err);
void fc__progress_phase(fc_progress_ticker *t, const char *phase); /* a literal */
/* Tells once more, then ends the thread. NULL is a no-op. */
void fc__progress_stop(fc_progress_ticker *t);

#endif /* FC_INGEST_PROGRESS_H */
