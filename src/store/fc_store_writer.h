/*
 * Inside the store: gathering changes and applying them in one transaction.
 *
 * A commit has two phases. Prepare, under a read transaction: everything that is to change becomes
 * an edit (a row put or deleted), blocks encoded, digests summed. Apply, in one write transaction:
 * the edits, and nothing else; when the map is full only this is repeated.
 */
#ifndef FC_STORE_WRITER_H
#define FC_STORE_WRITER_H

#include "fc_queue.h"
#include "fc_store_blocks.h"
#include "fc_store_records.h"

/* ---- edits ---- */

typedef struct fc_edit {
    fc_table table;
    bool remove;
    size_t key_at, key_n; /* in the arena */
    size_t value_at, value_n;
    fc_buf owned; /* a block's value, instead of the arena */
    size_t order;
} fc_edit;

typedef struct fc_edits {
    fc_edit *list;
    size_t n, capacity;
    fc_buf arena;
    uint64_t bytes;
} fc_edits;

#define FC_EDITS_INIT              \
    {                              \
        NULL, 0, 0, FC_BUF_INIT, 0 \
    }

/* `value` ends with its checksum. Copied. Of several edits of one row the last counts. */
fc_status fc__edits_put(fc_edits *e, fc_table table, const fc_key *key, const fc_buf *value,
                        fc_error *err);
/* The same, taking the memory of *value over. */
fc_status fc__edits_put_owned(fc_edits *e, fc_table table, const fc_key *key, fc_buf *value,
                              fc_error *err);
fc_status fc__edits_delete(fc_edits *e, fc_table table, const fc_key *key, fc_error *err);
/* All of them in one transaction, in the order of tables and keys. Grows the map when it is full.
 * No edits: nothing is done. */
fc_status fc__edits_apply(fc_edits *e, fc_env *env, fc_error *err);
/* Gathers edits from what the write transaction `t` reads: no other process can change that before
 * they are committed. Called again, with none gathered, when the map had to grow. */
typedef fc_status (*fc_edits_make)(fc_edits *e, fc_txn *t, void *context, fc_error *err);
/* What `make` gathers, in the transaction that it reads. `e` is cleared first. */
fc_status fc__edits_apply_made(fc_edits *e, fc_env *env, fc_edits_make make, void *context,
                               fc_error *err);
void fc__edits_clear(fc_edits *e);
void fc__edits_dispose(fc_edits *e);

/* ---- a map from 16-byte hashes to numbers ---- */

typedef struct fc_idmap_slot {
    uint8_t key[16];
    uint64_t value;
    bool used;
} fc_idmap_slot;

typedef struct fc_idmap {
    fc_idmap_slot *slots;
    size_t capacity, n;
} fc_idmap;

/* The value of key, or NULL; valid until the next put. */
uint64_t *fc__idmap_find(const fc_idmap *m, const uint8_t key[16]);
fc_status fc__idmap_put(fc_idmap *m, const uint8_t key[16], uint64_t value, fc_error *err);
void fc__idmap_clear(fc_idmap *m);
void fc__idmap_dispose(fc_idmap *m);

/* ---- the batch ---- */

typedef struct fc_pending_item {
    fc_version_id version;
    fc_output_id output;
    fc_item item; /* bytes and intervals lie behind the struct */
    fc_quant_error error;
    size_t order;
} fc_pending_item;

typedef struct fc_pending_row {
    uint8_t id_hash[16];
    fc_buf bytes; /* a sample record without checksum */
} fc_pending_row;

typedef struct fc_pending_content {
    fc_sha256 hash;
    uint64_t content;
} fc_pending_content;

typedef struct fc_pending_failure {
    uint8_t id_hash[16];
    fc_version_id version;
    bool clear;
    bool after_put; /* clears what this batch put */
    char *id, *reason;
    bool has_file;
    fc_file_id file;
    int64_t time_ns;
} fc_pending_failure;

typedef struct fc_batch {
    fc_pending_item **items;
    size_t n_items, items_capacity;
    fc_pending_row *rows;
    size_t n_rows, rows_capacity;
    fc_idmap row_of; /* id hash to index of rows */
    fc_pending_content *contents;
    size_t n_contents, contents_capacity;
    fc_idmap content_of; /* first half of the content hash to index of contents */
    fc_pending_failure *failures;
    size_t n_failures, failures_capacity;
    fc_idmap failed; /* id hash with the version mixed in: put by this batch */
    size_t bytes;
} fc_batch;

void fc__batch_clear(fc_batch *b);
void fc__batch_dispose(fc_batch *b);

/* ---- data sets as the writer knows them ---- */

typedef struct fc_known_version {
    fc_version_record record;
    bool dirty;
    bool stored; /* the store has a row of it */
} fc_known_version;

typedef struct fc_known_dataset {
    char *name;
    fc_dataset_header header;
    bool dirty; /* the header */
    bool stored;
    bool new_root;
    bool all;                   /* all versions are loaded */
    fc_known_version *versions; /* ascending by number */
    size_t n_versions, versions_capacity;
} fc_known_dataset;

/* ---- blocks to encode ---- */

typedef struct fc_block_job {
    fc_key key;
    fc_item_layout layout;
    fc_item *items; /* owned array; the bytes are borrowed */
    size_t n_items;
    fc_quant_error error;
    fc_buf out; /* the value, with its checksum */
    fc_status status;
    fc_error message;
} fc_block_job;

/* An item of the batch that is new to the store. */
typedef struct fc_fresh_item {
    fc_version_id version;
    fc_output_id output;
    uint64_t content;
    fc_u128 hash;
} fc_fresh_item;

/* Bytes of blocks that this writer has added to an output, less what it replaced. */
typedef struct fc_written {
    fc_version_id version;
    fc_output_id output;
    uint64_t bytes;
} fc_written;

/* ---- the writer ---- */

struct fc_writer {
    fc_store *store;
    int lock; /* descriptor of writer.lock */
    uint32_t n_threads;
    fc_codec **codecs; /* one a thread */
    fc_pool *pool;     /* NULL with one thread */
    fc_xxh128 *hasher;
    fc_txn reader; /* renewed for each look into the store, reset in between */
    fc_status failed;
    fc_error failure;

    fc_meta_row meta;      /* as it will be after the next commit */
    uint64_t durable_next; /* next_content as committed */
    bool meta_dirty;
    fc_encoder_record *encoders;
    size_t n_encoders;
    fc_known_dataset **datasets;
    size_t n_datasets, datasets_capacity;
    bool all_datasets;
    fc_known_dataset *building; /* NULL: fc__writer_begin_dataset() has not been called */

    fc_batch batch;
    fc_idmap session; /* id hash to hash of the row, since begin */
    fc_edits edits;
    fc_fresh_item *fresh; /* ascending by version, output, content */
    size_t n_fresh, fresh_capacity;
    fc_buf scratch, value;
    fc_written *written;
    size_t n_written, written_capacity;
};

/* Remember a failure: every later call returns it. Returns st. */
fc_status fc__writer_fail(fc_writer *w, fc_status st, const fc_error *err);
fc_status fc__writer_check(const fc_writer *w, fc_error *err);
/* Renew / reset the writer's reader. */
fc_status fc__writer_look(fc_writer *w, fc_error *err);
void fc__writer_unlook(fc_writer *w);
fc_encoder_record *fc__writer_encoder_record(fc_writer *w, fc_version_id version);
/* Fingerprint, output name and blocks of a coverage entry; FC_E_CORRUPT when there is none. */
fc_status fc__writer_output(fc_writer *w, fc_version_id version, fc_output_id output,
                            const fc_encoder_record **encoder, const fc_output_info **info,
                            fc_error *err);

/* The reader must be live for all of these. */
fc_status fc__known_dataset(fc_writer *w, const char *name, fc_known_dataset **out,
                            fc_error *err); /* FC_E_NOT_FOUND without a message */
fc_status fc__known_dataset_number(fc_writer *w, uint32_t number, fc_known_dataset **out,
                                   fc_error *err);
fc_status fc__known_version(fc_writer *w, fc_known_dataset *d, uint32_t number,
                            fc_known_version **out, fc_error *err);
fc_status fc__known_all_versions(fc_writer *w, fc_known_dataset *d, fc_error *err);
fc_status fc__known_add_dataset(fc_writer *w, const char *name, fc_known_dataset **out,
                                fc_error *err);
/* Takes *record over. */
fc_status fc__known_add_version(fc_known_dataset *d, fc_version_record *record,
                                fc_known_version **out, fc_error *err);
void fc__known_drop_version(fc_known_dataset *d, uint32_t number);
void fc__known_free(fc_writer *w);
/* Edits for every dirty header and version, and for meta. */
fc_status fc__known_write(fc_writer *w, fc_error *err);

/* Merge the batch's items into blocks: edits for them, and w->fresh. */
fc_status fc__merge_items(fc_writer *w, fc_error *err);
/* Encode jobs, in parallel, into edits; the jobs are left empty. */
fc_status fc__encode_jobs(fc_writer *w, fc_block_job *jobs, size_t n, fc_error *err);
/* Count `added` and `replaced` bytes of blocks for an output. */
fc_status fc__writer_count_bytes(fc_writer *w, fc_version_id version, fc_output_id output,
                                 uint64_t added, uint64_t replaced, fc_error *err);
/* What the pool runs. */
void fc__encode_work(void *context, uint32_t worker, void *item);
const fc_fresh_item *fc__fresh_find(const fc_writer *w, fc_version_id version, fc_output_id output,
                                    uint64_t content);

/* ---- coverage ---- */

/* A row that enters (+1) or leaves (-1) a data-set version. */
typedef struct fc_cover_op {
    uint64_t content;
    fc_sha256 hash;
    const char *id; /* borrowed */
    int sign;
} fc_cover_op;

typedef struct fc_cover_ops {
    fc_cover_op *list;
    size_t n, capacity;
} fc_cover_ops;

fc_status fc__cover_ops_add(fc_cover_ops *ops, const fc_sample_record *r, int sign, fc_error *err);
/* Apply rows that enter and leave `v`: to all its entries, or only to one. Sorts ops. */
fc_status fc__cover_apply(fc_writer *w, fc_cover_ops *ops, fc_known_version *v,
                          fc_coverage_entry *only, fc_error *err);
/* What the fresh items add to the versions whose rows hold their contents already. */
fc_status fc__cover_fresh(fc_writer *w, fc_error *err);
/* Count all rows of a data-set version for one entry that starts from nothing. */
fc_status fc__cover_scan(fc_writer *w, fc_known_dataset *d, fc_known_version *v,
                         fc_coverage_entry *entry, fc_error *err);
/* Add or take away a row from the version's own count and digest. */
fc_status fc__version_count(fc_writer *w, fc_known_version *v, const fc_sample_record *r, int sign,
                            fc_error *err);

/* ---- rows ---- */

/* Edits for the batch's rows and failures. */
fc_status fc__plan_rows(fc_writer *w, fc_error *err);
fc_status fc__plan_failures(fc_writer *w, fc_error *err);
fc_status fc__put_row(fc_writer *w, uint32_t dataset, const uint8_t id_hash[16], uint32_t first,
                      const fc_sample_record *r, fc_error *err);
fc_status fc__put_holder(fc_writer *w, uint64_t content, uint32_t dataset,
                         const uint8_t id_hash[16], uint32_t first, fc_error *err);
fc_status fc__delete_row(fc_writer *w, uint32_t dataset, const uint8_t id_hash[16], uint32_t first,
                         uint64_t content, fc_error *err);
/* A building version of d, as a copy of the newest sealed one's sums. */
fc_status fc__start_version(fc_writer *w, fc_known_dataset *d, fc_error *err);
/* Seal the building version without the sample `id`. FC_E_NOT_FOUND with a message. */
fc_status fc__seal_without(fc_writer *w, fc_known_dataset *d, const char *id, fc_error *err);
/* Edits that put `canary` in the place of the version's (NULL, or without inputs: none). */
struct fc_canary;
fc_status fc__plan_canary(fc_writer *w, fc_encoder_record *r, const struct fc_canary *canary,
                          fc_error *err);
/* Apply the edits and remember what is durable; any failure is the writer's end. */
fc_status fc__writer_apply(fc_writer *w, fc_error *err);

#endif /* FC_STORE_WRITER_H */
