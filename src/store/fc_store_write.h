/*
 * Writing to a store: one writer at a time, whole batches at a time.
 *
 * A batch gathers content ids, items, samples and failures in memory; fc__writer_commit() makes it
 * durable in one transaction together with the coverage (count and digest) of every data-set
 * version it touches. What commit has acknowledged is never lost; what it has not is not there at
 * all.
 *
 * The invariant that every commit keeps, and `verify --full` checks: for each data-set version and
 * each of its coverage entries (encoder version, output), count and digest are exactly the sums
 * over the samples valid in that version whose content has an item of that output.
 *
 * Threads: a writer and its batch belong to one thread at a time; snapshots may be read beside it.
 */
#ifndef FC_STORE_WRITE_H
#define FC_STORE_WRITE_H

#include <featcache/store.h>

#include "fc_codec.h"
#include "fc_file.h"
#include "fc_hash.h"
#include "fc_meta.h"

typedef struct fc_writer fc_writer;

typedef struct fc_writer_options {
    uint32_t n_threads; /* workers that compress blocks; 0: 1 */
} fc_writer_options;

/* Take the writer's lock (STORE/writer.lock). FC_E_BUSY names the process that holds it. */
fc_status fc__writer_open(fc_writer **out, fc_store *store, const fc_writer_options *opts,
                          fc_error *err);
void fc__writer_close(fc_writer *w);

/* Describe an encoder version; found by name + fingerprint, or made. Outputs are matched by name;
 * new ones are added with new ids, and an output's shape that differs is FC_E_CORRUPT. A precision
 * that differs from what is stored keeps what is stored (convert changes it): *kept_precision says
 * so. `provenance` is found or added to the version's list. Durable at return. */
typedef struct fc_encoder_desc {
    const char *name;
    fc_sha256 fingerprint;
    fc_modality modality;
    const char *card; /* canonical JSON */
    const char *provenance;
    size_t n_outputs;
    const fc_output_info *outputs; /* ids are ignored */
} fc_encoder_desc;

typedef struct fc_encoder_ids {
    fc_version_id version;
    uint16_t provenance;
    fc_output_id outputs[64]; /* parallel to desc->outputs */
    fc_dtype precisions[64];  /* as stored */
    bool kept_precision;
} fc_encoder_ids;

fc_status fc__writer_encoder(fc_writer *w, const fc_encoder_desc *desc, fc_encoder_ids *out,
                             fc_error *err);

/* Begin (or go on with) the building version of a data set, as a copy of the newest sealed one's
 * coverage, and make sure it has a coverage entry for each of the outputs given (a new entry counts
 * the items that are there already). One data set is built at a time by a writer. */
typedef struct fc_output_ref {
    fc_version_id version;
    fc_output_id output;
} fc_output_ref;

fc_status fc__writer_begin_dataset(fc_writer *w, const char *name, const char *source,
                                   const char *root, const fc_output_ref *outputs, size_t n_outputs,
                                   fc_error *err);

/* A sample as it will stand in the building version. */
typedef struct fc_sample_row {
    const char *id;
    fc_sha256 content_hash;
    uint64_t content;
    fc_modality modality;
    const char *group, *split, *path, *preview; /* never NULL */
    double start_s, end_s;
    bool has_file;
    fc_file_id file;    /* of the source file, to see that it has not changed */
    int64_t scanned_ns; /* wall clock when the scan that read it began */
    const fc_meta *meta;
} fc_sample_row;

/* Look up what the building version (else the newest sealed one) holds for a sample id. Usable from
 * another thread than the writer's, on its own reader. FC_E_NOT_FOUND without a message. `out`'s
 * strings are borrowed until the next call. */
typedef struct fc_sample_reader fc_sample_reader;
fc_status fc__sample_reader_open(fc_sample_reader **out, fc_store *store, const char *dataset,
                                 fc_error *err);
/* See what has been committed since. (Every call below does so by itself: the reader holds no
 * transaction between calls, so that one that waits does not keep the map from growing.) */
fc_status fc__sample_reader_renew(fc_sample_reader *r, fc_error *err);
fc_status fc__sample_reader_get(fc_sample_reader *r, const char *id, fc_sample_row *out,
                                fc_error *err);
/* Content number of a hash; FC_E_NOT_FOUND without a message. */
fc_status fc__sample_reader_content(fc_sample_reader *r, const fc_sha256 *hash, uint64_t *content,
                                    fc_error *err);
/* Whether an item is stored. Cheap: no frame is read. */
fc_status fc__sample_reader_has_item(fc_sample_reader *r, fc_version_id version,
                                     fc_output_id output, uint64_t content, bool *has,
                                     fc_error *err);
/* Whether (id, encoder version) is in the failure ledger; version 0 is a failure before any
 * encoder. `file` (may be NULL) receives the identity of the file at that failure, for "unchanged
 * since". */
fc_status fc__sample_reader_failure(fc_sample_reader *r, const char *id, fc_version_id version,
                                    bool *failed, fc_file_id *file, fc_error *err);
void fc__sample_reader_close(fc_sample_reader *r);

/* --- the batch: all calls copy what they are given ---------------------------------------------
 */

/* The number of a content: an existing one, one given earlier in this batch, or the next. */
fc_status fc__writer_content(fc_writer *w, const fc_sha256 *hash, uint64_t *content, fc_error *err);
/* An item in stored form. One that is stored already, or is in this batch, is ignored. */
fc_status fc__writer_item(fc_writer *w, fc_version_id version, fc_output_id output,
                          const fc_item_layout *layout, const fc_item *item,
                          const fc_quant_error *e, fc_error *err);
/* Put a sample into the building version; closes an older row of the same id; a row that is the
 * same in everything but the file identity is only refreshed (no change of the data set). Twice the
 * same id in one building version with different content: *duplicate is set and nothing is put (as
 * far as the last 500,000 ids are remembered).
 * Clears the sample's failures of version 0. */
fc_status fc__writer_sample(fc_writer *w, const fc_sample_row *row, bool *duplicate, fc_error *err);
fc_status fc__writer_failure(fc_writer *w, const char *id, fc_version_id version,
                             const char *reason, const fc_file_id *file, fc_error *err);
fc_status fc__writer_clear_failure(fc_writer *w, const char *id, fc_version_id version,
                                   fc_error *err);
/* Bytes the batch holds in memory. */
size_t fc__writer_pending_bytes(const fc_writer *w);

/* Bytes of blocks that this writer has added to an output so far, less what it replaced. */
uint64_t fc__writer_stored_bytes(const fc_writer *w, fc_version_id version, fc_output_id output);

/* Make the batch durable; empty afterwards. When the map is full it grows and the batch is
 * replayed. FC_E_FULL (disk, quota, file size) and FC_E_IO: nothing of the batch is promised; close
 * the store. */
fc_status fc__writer_commit(fc_writer *w, fc_error *err);

/* --- the end of a data-set version ---------------------------------------------------------------
 */

typedef struct fc_seal_result {
    uint32_t version; /* newest sealed version after the call */
    bool made;        /* a new one was made; false: nothing had changed */
    uint64_t n_samples, n_gone;
    uint64_t generation;
} fc_seal_result;

/* Seal the building version. `seen` (NULL with partial): a callback that tells, for sample-id
 * hashes asked in ascending order, what the source has of it; only rows of what was put stay.
 * Nothing changed: the building version is dropped, its new coverage entries go to the newest
 * sealed one. */
typedef enum fc_seen_state {
    FC_SEEN_GONE = 0, /* no longer in the source: row and failures go */
    FC_SEEN_PUT,      /* taken, or unchanged */
    FC_SEEN_FAILED,   /* there, but not to be had: the row goes, its failures stay */
    FC_SEEN_UNKNOWN   /* cannot be told (a read failed): nothing is sealed, FC_E_IO */
} fc_seen_state;
typedef fc_seen_state (*fc_seen_fn)(void *context, const uint8_t id_hash[16]);
fc_status fc__writer_seal(fc_writer *w, bool partial, fc_seen_fn seen, void *context,
                          fc_seal_result *out, fc_error *err);

/* 1 to 128 bytes of UTF-8 without '/', '@' and control characters; FC_E_INVALID says what is wrong.
 */
fc_status fc__dataset_check_name(const char *name, fc_error *err);

/* Hash of a sample id as the sample table's key has it. */
void fc__sample_id_hash(const char *id, uint8_t out[16]);

/* Remove a data set, or one sample of it (id not NULL): rows are closed in a new sealed version (a
 * sample) or deleted with all versions (a data set). Items stay until gc. */
fc_status fc__writer_remove(fc_writer *w, const char *dataset, const char *id, uint64_t *n_removed,
                            fc_error *err);

#endif /* FC_STORE_WRITE_H */
