/*
 * Inside the store: what the rows of the tables hold, to and from bytes. Layouts: schemas/store.md.
 * Reading takes untrusted bytes (checksum already compared) and says FC_E_CORRUPT; writing appends
 * the value with its checksum.
 */
#ifndef FC_STORE_RECORDS_H
#define FC_STORE_RECORDS_H

#include "fc_store_env.h"
#include "fc_store_space.h"
#include "fc_store_write.h"

/* ---- meta: one row ---- */

typedef struct fc_meta_row {
    uint32_t format;
    uint8_t store_id[16];
    int64_t created_ns;
    uint64_t generation;
    uint64_t next_content;
    uint32_t next_encoder;
    uint32_t next_dataset;
    uint64_t unsealed_items; /* items stored since the generation was last counted up */
} fc_meta_row;

fc_status fc__meta_row_get(fc_txn *t, fc_meta_row *out, fc_error *err); /* FC_E_VERSION: newer */
fc_status fc__meta_row_write(const fc_meta_row *m, fc_buf *out, fc_error *err);

/* ---- content ---- */

/* FC_E_NOT_FOUND without a message. */
fc_status fc__content_get(fc_txn *t, const fc_sha256 *hash, uint64_t *content, fc_error *err);
fc_status fc__content_write(const fc_sha256 *hash, uint64_t content, fc_buf *out, fc_error *err);

/* ---- encoder ---- */

#define FC_ENCODER_OUTPUTS_MAX     1024
#define FC_ENCODER_PROVENANCES_MAX 4096

typedef struct fc_encoder_record {
    fc_encoder_info info; /* strings and arrays are owned by the record */
    fc_sha256 fingerprint;
    fc_artefact_id canary; /* zero: none */
} fc_encoder_record;

fc_status fc__encoder_read(fc_encoder_record *out, fc_version_id id, fc_span value, fc_error *err);
fc_status fc__encoder_get(fc_txn *t, fc_version_id id, fc_encoder_record *out, fc_error *err);
fc_status fc__encoder_write(const fc_encoder_record *r, fc_buf *out, fc_error *err);
/* All of them, ascending; *list is to be freed with fc__encoders_free(). */
fc_status fc__encoders_load(fc_txn *t, fc_encoder_record **list, size_t *n, fc_error *err);
void fc__encoders_free(fc_encoder_record *list, size_t n);
fc_status fc__encoder_add_output(fc_encoder_record *r, const fc_output_info *o, fc_error *err);
fc_status fc__encoder_add_provenance(fc_encoder_record *r, const char *text, fc_error *err);
void fc__encoder_dispose(fc_encoder_record *r);
/* Output `id` of r, or NULL. */
const fc_output_info *fc__encoder_output(const fc_encoder_info *e, fc_output_id id);
/* The layout that items of an output have in blocks; false when the shape cannot be one. */
bool fc__output_layout(const fc_output_info *o, fc_item_layout *out);
bool fc__layout_equal(const fc_item_layout *a, const fc_item_layout *b);

/* ---- canary: fc_store_canary.h ---- */

struct fc_canary;
/* As fc__snapshot_canary(). */
fc_status fc__canary_get(fc_txn *t, const fc_encoder_record *r, struct fc_canary *out,
                         fc_error *err);

/* ---- space ---- */

fc_status fc__space_read(fc_space_row *out, fc_span key, fc_span value, fc_error *err);
fc_status fc__space_write(const fc_space_row *row, fc_buf *out, fc_error *err);

/* ---- dataset ---- */

typedef struct fc_dataset_header {
    uint32_t number;
    uint32_t sealed;   /* newest sealed version; 0: none */
    uint32_t building; /* 0: none */
    char *root;        /* owned */
} fc_dataset_header;

typedef struct fc_coverage_entry {
    fc_version_id version;
    fc_output_id output;
    bool sealed;
    uint64_t count;
    fc_u128 digest;
} fc_coverage_entry;

typedef struct fc_version_record {
    uint32_t number;
    fc_seal_state state;
    bool partial;
    int64_t created_ns, sealed_ns;
    char *source; /* owned */
    uint64_t n_samples;
    fc_u128 digest;
    uint64_t n_changes; /* rows opened in this version and rows closed just before it */
    size_t n_coverage, coverage_capacity;
    fc_coverage_entry *coverage; /* ascending by (version, output); owned */
} fc_version_record;

fc_status fc__dataset_header_get(fc_txn *t, const char *name, fc_dataset_header *out,
                                 fc_error *err);
fc_status fc__dataset_header_read(fc_dataset_header *out, const fc_key *key, fc_span value,
                                  fc_error *err);
fc_status fc__dataset_header_write(const fc_dataset_header *h, const char *name, fc_buf *out,
                                   fc_error *err);
void fc__dataset_header_dispose(fc_dataset_header *h);

fc_status fc__version_get(fc_txn *t, const char *name, uint32_t number, fc_version_record *out,
                          fc_error *err);
fc_status fc__version_read(fc_version_record *out, fc_span key, fc_span value, fc_error *err);
fc_status fc__version_write(const fc_version_record *v, const char *name, fc_buf *out,
                            fc_error *err);
fc_status fc__version_copy(fc_version_record *out, const fc_version_record *v, fc_error *err);
void fc__version_dispose(fc_version_record *v);
fc_coverage_entry *fc__version_entry(const fc_version_record *v, fc_version_id version,
                                     fc_output_id output);
/* Insert an entry (there is none yet), count 0. */
fc_status fc__version_add_entry(fc_version_record *v, fc_version_id version, fc_output_id output,
                                fc_coverage_entry **out, fc_error *err);

/* ---- sample: strings are borrowed from the value (which keeps their NULs) ---- */

typedef struct fc_sample_record {
    uint32_t last; /* FC_VERSION_OPEN while current */
    uint64_t content;
    fc_sha256 hash;
    fc_modality modality;
    double start_s, end_s;
    bool has_file;
    fc_file_id file;
    int64_t scanned_ns;
    const char *id, *group, *split, *path, *preview;
    fc_span meta; /* as fc__meta_write() of core made it */
} fc_sample_record;

fc_status fc__sample_read(fc_sample_record *out, fc_span key, fc_span value, fc_error *err);
/* With the checksum for `key`; with key NULL without one. */
fc_status fc__sample_write(const fc_sample_record *r, const fc_key *key, fc_buf *out,
                           fc_error *err);
/* Equal in everything but the file identity and the version numbers. */
bool fc__sample_same(const fc_sample_record *a, const fc_sample_record *b);
/* What a row adds to the digest of a data-set version. */
fc_status fc__sample_digest(const fc_sample_record *r, fc_buf *scratch, fc_u128 *out,
                            fc_error *err);
/* What an item adds to the digest of a coverage entry. */
fc_status fc__contribution(const char *id, const fc_sha256 *content, const fc_sha256 *fingerprint,
                           const char *output, fc_u128 item, fc_buf *scratch, fc_u128 *out,
                           fc_error *err);

/* ---- failure ---- */

typedef struct fc_failure_record {
    const char *id, *reason; /* borrowed */
    int64_t time_ns;
    uint32_t tries;
    bool has_file;
    fc_file_id file;
} fc_failure_record;

fc_status fc__failure_read(fc_failure_record *out, fc_span key, fc_span value, fc_error *err);
fc_status fc__failure_write(const fc_failure_record *r, const fc_key *key, fc_buf *out,
                            fc_error *err);

/* ---- helpers for the layouts above ---- */

/* Varint length, the bytes and a NUL, so that a reader can borrow a C string. */
fc_status fc__cstr_append(fc_buf *b, const char *s, fc_error *err);
const char *fc__cstr_read(fc_reader *r); /* NULL and failed when it is not one */
fc_status fc__u128_append(fc_buf *b, fc_u128 v, fc_error *err);
fc_u128 fc__u128_read(fc_reader *r);
fc_status fc__file_id_append(fc_buf *b, const fc_file_id *f, fc_error *err);
fc_file_id fc__file_id_read(fc_reader *r);

#endif /* FC_STORE_RECORDS_H */
