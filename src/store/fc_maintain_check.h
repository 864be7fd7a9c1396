/*
 * Inside verify: what is known of the store while its rows go by, table by table.
 */
#ifndef FC_MAINTAIN_CHECK_H
#define FC_MAINTAIN_CHECK_H

#include "fc_maintain.h"

/* A sum over the versions of a data set: what rows add from their first version on and take away
 * behind their last. */
typedef struct fc_version_sum {
    int64_t count;
    fc_u128 digest;
} fc_version_sum;

typedef struct fc_check_dataset {
    char *name;
    fc_dataset_header header;
    bool has_header;
    fc_version_record *versions; /* ascending */
    size_t n_versions, capacity;
    fc_version_sum *sums; /* n_versions + 1 */
    bool damaged;         /* rows of it could not be read: sums do not tell anything */
} fc_check_dataset;

/* An output whose blocks are damaged: its coverage cannot be compared. */
typedef struct fc_check_output {
    fc_version_id version;
    fc_output_id output;
} fc_check_output;

typedef struct fc_check {
    bool full;
    bool recount; /* put the sums that are right into `datasets` instead of comparing */
    const fc_watch *watch;
    fc_verify_report *report;
    fc_damages damages;
    fc_tree tree;
    fc_txn txn;   /* none when the file is walked without LMDB */
    bool sound;   /* no page is damaged: LMDB may look rows up */
    bool rows_ok; /* no row of sample, holder or content is damaged */
    fc_table at;  /* the table being walked */
    uint64_t n_expected;

    bool has_meta;
    fc_meta_row meta;
    fc_encoder_record *encoders;
    size_t n_encoders, encoders_capacity;
    fc_check_dataset *datasets;
    size_t n_datasets, datasets_capacity;

    uint8_t *contents; /* a bit a content number that has a row */
    uint64_t n_contents;

    fc_codec *codec;
    fc_block_view *view;
    fc_check_output *bad;
    size_t n_bad, bad_capacity;
    struct {
        bool any;
        fc_version_id version;
        fc_output_id output;
        uint64_t first, last;
        uint64_t done, total; /* rows of a chunked item so far */
        uint32_t chunk;
        fc_key key;
    } block;           /* the one before */
    size_t open_range; /* 1 + index of the range of a block whose end is not known yet */

    struct {
        bool any;
        uint8_t bytes[4 + FC_ID_HASH_BYTES];
        uint32_t last;
    } sample; /* the row before */
    uint64_t n_samples, n_holders;
    fc_buf scratch;
} fc_check;

/* Add `digest` once for each version from `first` to `last`. */
void fc__check_sum(fc_check_dataset *d, fc_version_sum *sums, uint32_t first, uint32_t last,
                   fc_u128 digest);
fc_check_dataset *fc__check_dataset(fc_check *c, uint32_t number);
const char *fc__check_dataset_name(void *context, uint32_t number);
const fc_encoder_record *fc__check_encoder(const fc_check *c, fc_version_id version);
fc_status fc__check_bad_output(fc_check *c, fc_version_id version, fc_output_id output,
                               fc_error *err);
bool fc__check_is_bad(const fc_check *c, fc_version_id version, fc_output_id output);
/* Report `what` about a row. */
void fc__check_row(fc_check *c, fc_table table, fc_span key, const char *what);

/* Report two numbers about a data-set version: what there is, and what there should be. */
void fc__check_version_tell(fc_check *c, const fc_check_dataset *d, const fc_version_record *v,
                            const char *fmt, unsigned long long have, unsigned long long want);

/* One row whose checksum holds, by table. */
fc_status fc__check_catalog_row(fc_check *c, fc_table table, fc_span key, fc_span body,
                                fc_error *err);
fc_status fc__check_content_row(fc_check *c, fc_span key, fc_span body, fc_error *err);
fc_status fc__check_sample_row(fc_check *c, fc_span key, fc_span body, fc_error *err);
fc_status fc__check_holder_row(fc_check *c, fc_span key, fc_span body, fc_error *err);
fc_status fc__check_failure_row(fc_check *c, fc_span key, fc_span body, fc_error *err);
fc_status fc__check_space_row(fc_check *c, fc_span key, fc_span body);
/* Blocks, intact or not. */
fc_status fc__check_block_row(fc_check *c, fc_span key, fc_span value, fc_error *err);
fc_status fc__check_block_end(fc_check *c, fc_error *err);

/* After all rows. */
void fc__check_versions(fc_check *c);
fc_status fc__check_references(fc_check *c, fc_error *err);
fc_status fc__check_coverage(fc_check *c, fc_error *err);

#endif /* FC_MAINTAIN_CHECK_H */
