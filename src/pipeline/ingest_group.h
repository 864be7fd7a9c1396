/*
 * A group: samples of one worker that one encoder runs together.
 *
 * A worker prepares its samples one after the other. What is prepared waits in the group until
 * there are as many as suit the encoder (fc__encoder_batch_hint()), or as many bytes as a group may
 * hold, or no memory for one more; then one run takes them all. An encoder whose hint is 1 runs
 * each sample as it comes. A run that fails is done again a sample at a time, so that only those
 * fail that are to blame.
 *
 * While a sample waits, its claim is not settled and its bytes count in the run's budget: run the
 * groups before anything that waits for other workers, and at the end of a batch.
 *
 * Threads: a group belongs to its worker.
 */
#ifndef FC_INGEST_GROUP_H
#define FC_INGEST_GROUP_H

#include "ingest_load.h"

typedef struct fc_group fc_group;

/* Of the encoder with number e; nothing is allocated for samples before the first comes. */
fc_status fc__group_create(fc_group **out, fc_run *run, size_t e, fc_error *err);
void fc__group_destroy(fc_group *g);
/* Prepare a sample whose claim is ours, for the outputs in `wanted`. What comes of it is in
 * s->results[e] after this or a later call; s must stay where it is until then, `load` need not. */
void fc__group_add(fc_group *g, fc_run_sample *s, const fc_loaded *load, const bool *wanted);
/* Run what waits; nothing waits afterwards. */
void fc__group_run(fc_group *g);

#endif /* FC_INGEST_GROUP_H */
