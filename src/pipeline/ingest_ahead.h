/*
 * Reading ahead: the sources are walked and parsed on a thread of their own, so that the system's
 * answers about files are waited for while the scan looks up the ones before.
 *
 *     sources (a thread) -> packets of samples, two waiting at most -> the scan
 *
 * Memory: four packets of FC_AHEAD_SAMPLES or FC_AHEAD_BYTES each, or of one larger sample.
 *
 * Threads: fc__ahead_next, fc__ahead_fraction and fc__ahead_stop by one; while it runs nobody else
 * may call fc__sources_next or fc__sources_fraction on the same sources.
 */
#ifndef FC_INGEST_AHEAD_H
#define FC_INGEST_AHEAD_H

#include "ingest_sources.h"

#define FC_AHEAD_SAMPLES 256u
#define FC_AHEAD_BYTES   ((size_t)64 << 10)

typedef struct fc_ahead fc_ahead;

/* Start reading `sources`, which are borrowed until fc__ahead_stop. */
fc_status fc__ahead_start(fc_ahead **out, fc_sources *sources, fc_error *err);
/* As fc__sources_next: the same samples, in the same order, with the same status at the end. The
 * sample is borrowed until the next call. */
fc_status fc__ahead_next(fc_ahead *a, const fc_source_sample **sample, size_t *source,
                         fc_error *err);
/* How far the samples that were handed out are, as fc__sources_fraction. */
double fc__ahead_fraction(const fc_ahead *a);
/* Ends the thread wherever it is, and waits for it. NULL is a no-op. */
void fc__ahead_stop(fc_ahead *a);

#endif /* FC_INGEST_AHEAD_H */
