/*
 * Inside the store: the public handles.
 */
#ifndef FC_STORE_SNAPSHOT_H
#define FC_STORE_SNAPSHOT_H

#include "fc_store_blocks.h"
#include "fc_store_read.h"
#include "fc_store_records.h"

struct fc_store {
    fc_env *env;
    char *path;
    char *segments; /* STORE/segments */
    bool read_only;
};

/* The lists are loaded on first use and live as long as the snapshot. */
struct fc_snapshot {
    fc_store *store;
    fc_txn txn;
    fc_meta_row meta;
    fc_codec *codec; /* NULL until something is decoded */

    bool has_encoders;
    fc_encoder_record *encoders;
    fc_encoder_info *encoder_infos; /* the same, without what is ours */
    size_t n_encoders;

    bool has_datasets;
    fc_dataset_info *datasets;
    fc_dataset_header *headers; /* parallel */
    size_t n_datasets, datasets_capacity, headers_capacity;
};

fc_status fc__snapshot_codec(fc_snapshot *s, fc_codec **out, fc_error *err);
fc_status fc__snapshot_encoder(fc_snapshot *s, fc_version_id id, const fc_encoder_info **out,
                               fc_error *err);
/* An output by ids, or FC_E_NOT_FOUND with a message. */
fc_status fc__snapshot_output(fc_snapshot *s, fc_version_id version, fc_output_id output,
                              const fc_output_info **out, fc_error *err);
/* Index into s->datasets by name or by number; FC_E_NOT_FOUND without a message. */
fc_status fc__snapshot_dataset_index(fc_snapshot *s, const char *name, size_t *at, fc_error *err);
fc_status fc__snapshot_dataset_number(fc_snapshot *s, uint32_t number, size_t *at, fc_error *err);
void fc__snapshot_drop_datasets(fc_snapshot *s);

/* The memory of the batch that fc_items_next() gave, for what filters it in place. */
float *fc__items_rows(fc_items *it);
uint64_t *fc__items_contents(fc_items *it);

/* A sample as it is handed out: public part first. */
typedef struct fc_sample_out {
    fc_sample sample;
    fc_meta meta;
    fc_sample_meta *list;
    size_t capacity;
} fc_sample_out;

fc_status fc__sample_out_fill(fc_sample_out *out, const char *dataset, const fc_sample_record *r,
                              fc_error *err);
void fc__sample_out_dispose(fc_sample_out *out);

/* The row of an id hash that is valid in `version`: with its key. The cursor is on `sample`.
 * FC_E_NOT_FOUND without a message. */
fc_status fc__sample_valid_in(fc_cursor *c, uint32_t dataset, const uint8_t id_hash[16],
                              uint32_t version, fc_sample_record *out, fc_span *key, fc_error *err);
/* The newest row of an id hash, closed or not. */
fc_status fc__sample_newest(fc_cursor *c, uint32_t dataset, const uint8_t id_hash[16],
                            fc_sample_record *out, uint32_t *first, fc_error *err);

#endif /* FC_STORE_SNAPSHOT_H */
