/*
 * One ingest, as its stages share it:
 *
 *     scan (a thread) -> workers (load, hash, encode, quantise) -> write (the calling thread)
 *
 * The pool between them is bounded and keeps the order of the source, so that content numbers,
 * blocks and digests come out the same whatever the number of workers.
 */
#ifndef FC_INGEST_RUN_H
#define FC_INGEST_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include <featcache/ingest.h>

#include "fc_card.h"
#include "fc_codec.h"
#include "fc_encoder.h"
#include "fc_queue.h"
#include "fc_seen.h"
#include "fc_store_write.h"
#include "ingest_budget.h"
#include "ingest_claims.h"
#include "ingest_ids.h"
#include "ingest_sources.h"
#include "ingest_spaces.h"

#define FC_INGEST_ENCODERS_MAX 64
#define FC_INGEST_OUTPUTS_MAX  64 /* of one encoder */

/* Which content numbers had an item of an output when the run began: one bit each. */
typedef struct fc_present {
    uint64_t *bits;
    uint64_t n;
} fc_present;

typedef struct fc_run_output {
    const fc_output_spec *spec; /* borrowed from the encoder */
    fc_output_id id;            /* once its encoder has a version; 0 where the store has none */
    fc_item_layout layout;
    fc_present present;
} fc_run_output;

typedef struct fc_run_encoder {
    fc_card *card;
    fc_encoder *encoder;
    fc_modality modality;
    uint32_t n_threads;            /* that one run of it takes: of a model those of its session */
    _Atomic fc_version_id version; /* 0: the store does not have it yet, nor its outputs' ids */
    uint16_t provenance;
    bool lacks_canary; /* or has one that lacks inputs or outputs */
    bool covered;      /* the writing thread's: by the version that is being built */
    fc_run_output *outputs;
    size_t n_outputs;
    uint64_t encoded, reused, failed; /* of the writing thread */
    uint64_t cut;                     /* of those encoded: contents that are not whole */
    const char *loss;                 /* what the last of them lacks */
    uint64_t bytes_raw, bytes_stored;
    _Atomic uint64_t unchanged_reused, unchanged_failed; /* counted by the scan */
} fc_run_encoder;

/* What came of one sample for one encoder. */
typedef enum fc_outcome {
    FC_OUTCOME_NONE = 0, /* another modality */
    FC_OUTCOME_REUSED,   /* in the store, or computed by another worker for the same content */
    FC_OUTCOME_ENCODED,
    FC_OUTCOME_FAILED,
    FC_OUTCOME_FAILED_BEFORE /* not tried again: the ledger's entry stands */
} fc_outcome;

typedef struct fc_stored_item {
    bool present;
    uint64_t n_rows;
    fc_buf bytes; /* in stored precision */
    fc_quant_error error;
    fc_time_axis time; /* of its rows; explicit intervals are its own, malloc() */
} fc_stored_item;

typedef struct fc_sample_result {
    fc_outcome outcome;
    bool claimed;          /* ours to drop after the commit */
    char *reason;          /* FC_OUTCOME_FAILED */
    const char *loss;      /* what of it is not encoded (fc_prepared.loss) */
    fc_stored_item *items; /* n_outputs of the encoder; NULL where there are none; of a failure
                              those that did not fail */
    uint64_t raw_bytes;
} fc_sample_result;

/* A sample on its way through the run; owns all it points at. */
typedef struct fc_run_sample {
    char *id, *path, *text; /* path or text is NULL */
    size_t text_n;
    char *group, *split, *preview;
    fc_meta meta;
    fc_modality declared, modality;
    double start_s, end_s;
    bool has_file;
    fc_file_id file;
    bool in_container;  /* a member of an archive, or a row */
    bool relabel;       /* the content is known from the row before: do not read */
    fc_modality before; /* of the row before; FC_MODALITY_NONE: there was none */
    fc_sha256 hash;
    char *problem;             /* it could not be taken at all */
    fc_sample_result *results; /* one an encoder */
} fc_run_sample;

typedef struct fc_run_batch {
    const struct fc_run *run;
    fc_run_sample *samples;
    size_t n, bytes; /* bytes: what it holds, and what its features will take */
    bool skipped;    /* the run was stopped before a worker began it: not done */
} fc_run_batch;

typedef struct fc_run {
    const fc_ingest_options *opts;
    fc_decode_limits limits;    /* of what a file may decode to */
    fc_archive_limits archives; /* of what an archive may unpack to */
    fc_sources *sources;
    const char *const *source_paths; /* what `sources` was opened with */
    size_t n_sources;
    const fc_dataset_options *dataset_opts;
    struct fc_known_archives *known; /* NULL: nothing is */
    fc_store *store;                 /* NULL: a dry run or estimate without a store */
    fc_writer *writer;
    bool has_begun; /* the data set's building version */
    char dataset[129];
    fc_run_encoder *encoders;
    size_t n_encoders;
    fc_ingest_spaces spaces;
    uint32_t n_jobs;
    size_t batch_samples;
    uint64_t memory_bytes;
    size_t batch_bytes_max; /* a batch that holds more is handed on before it is full */
    int64_t started_ns;     /* wall clock: what was scanned since */

    struct fc_canary_pick *pick; /* NULL: no canary lacks inputs */
    fc_pool *pool;
    fc_claims *claims;
    fc_budget *budget;          /* bytes of files, pixels and prepared samples of all workers */
    fc_budget *cores;           /* n_jobs of them: what runs of models take together */
    _Atomic uint64_t n_commits; /* workers renew their readers when it has moved */
    _Atomic bool stop;          /* asked to stop: the scan ends, what is in flight is finished */
    _Atomic bool abandoned;     /* a stage has failed: what is in flight is dropped */
    _Atomic uint64_t n_encoded, n_reused, n_failed; /* pairs so far, for progress */

    /* the scan's */
    pthread_t scan_thread;
    fc_seen *seen_unchanged; /* ids the scan passed over */
    fc_seen *seen_skipped;   /* ids the scan left out: they failed before and are as they were */
    fc_seen *seen_put;       /* ids the writer has put */
    fc_seen *seen_failed;    /* ids the writer could not take */
    fc_ids *ids;             /* of manifests, where an id may come twice */
    fc_status scan_status;
    fc_error scan_err;
    bool scan_finished; /* the source was read to its end */
    _Atomic uint64_t n_scanned, n_unchanged, n_failed_before, n_duplicates;
    _Atomic uint64_t n_not_retried; /* pairs and samples of the ledger that were left as they are */
    _Atomic uint64_t n_without_encoder;          /* samples */
    _Atomic unsigned without_encoder_modalities; /* theirs: bits */
    _Atomic int64_t fraction_ppm;                /* of the source; -1 unknown */
    uint64_t n_limited;                          /* samples taken, when there is a limit */
    bool limited;                                /* the limit was reached */
} fc_run;

/* --- ingest_encoders.c: load cards, register versions, know what is there
 * -------------------------- */
fc_status fc__run_load_encoders(fc_run *run, fc_error *err);
/* Each line of `lines` as a notice, which the caller has; they are cut up. */
void fc__run_tell_lines(const fc_ingest_options *opts, char *lines);
/* Which versions the store has: their numbers, and those of their outputs. FC_E_INVALID: a card has
 * an output that is made of something else there. */
fc_status fc__run_find_versions(fc_run *run, fc_error *err);
/* Find the versions that the store has, and what they have, without registering. */
fc_status fc__run_find_encoders(fc_run *run, fc_error *err);
/* For a run that writes: register those that the user names and those that the store has. */
fc_status fc__run_register_encoders(fc_run *run, fc_error *err);
/* Register one that the store does not have, while others read. */
fc_status fc__run_register_encoder(fc_run *run, fc_run_encoder *e, fc_error *err);
void fc__run_release_encoders(fc_run *run);
/* Make the encoder of a card that has changed: what its outputs say stays. */
fc_status fc__run_renew_encoder(fc_run_encoder *e, fc_error *err);
bool fc__present_has(const fc_present *p, uint64_t content);

/* --- ingest_recall.c and ingest_learn.c: what encoders learn before they encode */
/* For each encoder that has to learn: take over what the newest version of the same card in the
 * store has learnt, unless it is to be learnt anew. */
fc_status fc__run_recall(fc_run *run, fc_error *err);
/* Let those that still have to learn from all samples of the source, as far as the limit: a pass of
 * its own over them. */
fc_status fc__run_learn(fc_run *run, fc_error *err);

/* --- ingest_canary.c: whether encoders still compute what the store holds of them */
/* Before anything is encoded or registered. FC_E_CHANGED: one does not. Decides whose canaries are
 * to be made. */
fc_status fc__run_canaries_check(fc_run *run, fc_error *err);
/* When the data set is sealed, with nothing pending: make those that are missing. */
fc_status fc__run_canaries_make(fc_run *run, fc_error *err);

/* --- ingest_cover.c: what the building version covers, as samples need it */
/* Whether it has begun and covers the encoders of `modalities` (bits, 1 << fc_modality). */
bool fc__run_covers(const fc_run *run, unsigned modalities);
/* Make it so. Commits what is pending: the caller's own commit goes first. */
fc_status fc__run_cover(fc_run *run, unsigned modalities, fc_error *err);
/* Of samples that the scan passed over, so that no batch brought them. */
unsigned fc__run_unchanged_modalities(const fc_run *run);

/* One sample of `modality` is seen: count it where no encoder of the run takes it. Any thread. */
void fc__run_count_modality(fc_run *run, fc_modality modality);

/* --- ingest_batch.c: samples on their way */
/* Copy a sample to the end of *batch, which is made when it is NULL; it must not be full. */
fc_status fc__run_batch_add(fc_run_batch **batch, const fc_run *run, const fc_source_sample *sample,
                            fc_run_sample **place, fc_error *err);
void fc__run_batch_destroy(void *batch);
void fc__run_result_dispose(fc_sample_result *r, size_t n_outputs);

/* --- ingest_scan.c: the source, minus what has not changed
 * ------------------------------------------ */
/* `emit` takes a batch over. FC_E_CANCELLED from it ends the scan without a failure. */
typedef fc_status (*fc_emit_fn)(void *context, fc_run_batch *batch, fc_error *err);
/* A time so long before the scan that a later change must show in it. */
bool fc__scan_settled(int64_t time_ns, int64_t scanned_ns);
fc_status fc__run_scan(fc_run *run, fc_emit_fn emit, void *context, fc_error *err);

/* --- ingest_work.c: one batch through load, hash, prepare, and the groups of ingest_group.h
 * ---------------------------------- */
typedef struct fc_run_worker fc_run_worker;
fc_status fc__run_worker_create(fc_run_worker **out, fc_run *run, fc_error *err);
void fc__run_worker_destroy(fc_run_worker *w);
void fc__run_worker_batch(fc_run_worker *w, fc_run_batch *batch);
/* A pair that failed, and why. */
void fc__run_result_fail(fc_sample_result *r, const char *reason);

/* --- ingest_stages.c: all of it side by side */
fc_status fc__run_stages(fc_run *run, fc_ingest_report *report, fc_error *err);

/* --- ingest_write.c: batches into the store, commits
 * ------------------------------------------------ */
fc_status fc__run_write(fc_run *run, fc_ingest_report *report, fc_error *err);

/* --- ingest_preview.c: --dry-run and --estimate
 * ----------------------------------------------------- */
fc_status fc__run_preview(fc_run *run, const char *store_path, fc_ingest_report *report,
                          fc_error *err);

#endif /* FC_INGEST_RUN_H */
