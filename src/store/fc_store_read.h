/*
 * Reading for the other stages, beyond the public header: who holds a content, index segments,
 * rows of an output as a fc_row_source.
 */
#ifndef FC_STORE_READ_H
#define FC_STORE_READ_H

#include <featcache/store.h>

#include "fc_file.h"
#include "fc_hash.h"
#include "fc_meta.h"
#include "fc_row_source.h"

/* Samples of sealed data sets that point at `content`: called for each (dataset number, key) row
 * valid in `version` of `dataset`, or, with dataset NULL, in the newest sealed version of any. The
 * sample is borrowed during the call. A true return stops. */
fc_status fc__snapshot_holders(fc_snapshot *s, uint64_t content, const char *dataset,
                               uint32_t version,
                               bool (*each)(void *context, const fc_sample *sample), void *context,
                               fc_error *err);

/* Contents in the order of their ids (SHA-256): as good as any, and spread over the data. A true
 * return stops. */
fc_status fc__snapshot_contents(fc_snapshot *s,
                                bool (*each)(void *context, const fc_sha256 *id, uint64_t content),
                                void *context, fc_error *err);

/* The metadata of a sample that an iterator or holder callback just gave, unparsed form. */
const fc_meta *fc__sample_meta(const fc_sample *sample);

/* 16 random bytes, made with the store. */
const uint8_t *fc__store_id(const fc_store *store);

/* All rows of a rank-1 output as a row source, content numbers in [first, last], but those in
 * `skip` (ascending, n_skip; may be NULL). */
fc_status fc__snapshot_row_source(fc_snapshot *s, fc_version_id version, fc_output_id output,
                                  uint64_t first, uint64_t last, const uint64_t *skip,
                                  size_t n_skip, fc_row_source *out, fc_error *err);

/* Whether `name` is an output of one of the n encoders, or of `only` where that is not NULL; with
 * `searchable`, one that can be searched. NULL is. FC_E_NOT_FOUND says which there are. */
fc_status fc__check_output_name(const fc_encoder_info *encoders, size_t n,
                                const fc_encoder_info *only, const char *name, bool searchable,
                                fc_error *err);

/* How many items an output holds, and the content numbers of all of them (ascending): from block
 * headers, no frame is read. The array is the caller's to free. */
fc_status fc__snapshot_item_contents(fc_snapshot *s, fc_version_id version, fc_output_id output,
                                     uint64_t **contents, size_t *n, fc_error *err);

/* Begin and end of each row of an item in seconds of its source (2 x n_rows, the caller's to free).
 * No rows: the item has no times, or lies in several chunks. FC_E_NOT_FOUND without a message: no
 * such item. */
fc_status fc__snapshot_item_times(fc_snapshot *s, fc_version_id version, fc_output_id output,
                                  uint64_t content, double **times, size_t *n_rows, fc_error *err);

/* Live index segments of an output (space "" for its own), as the segment table has them. */
typedef struct fc_live_segments {
    size_t n;
    char (*hashes)[33];
    uint8_t *tombstones; /* serialised by the caller; may be NULL */
    size_t n_tombstones;
    uint64_t generation; /* of the store when they were switched */
} fc_live_segments;

fc_status fc__snapshot_segments(fc_snapshot *s, const char *space, fc_version_id version,
                                fc_output_id output, fc_live_segments *out, fc_error *err);
/* One transaction switches the whole list; the files must be synced before. Needs no fc_writer. */
fc_status fc__store_switch_segments(fc_store *store, const char *space, fc_version_id version,
                                    fc_output_id output, const fc_live_segments *live,
                                    fc_error *err);
void fc__live_segments_dispose(fc_live_segments *s);

/* One row of the segment table. */
typedef struct fc_segment_row {
    char space[64]; /* "" for an output's own, else the key of a head */
    fc_version_id version;
    fc_output_id output;
    fc_live_segments live;
} fc_segment_row;

/* All of them, in the order of their keys; free with fc__segment_rows_free(). */
fc_status fc__snapshot_segment_rows(fc_snapshot *s, fc_segment_row **list, size_t *n,
                                    fc_error *err);
void fc__segment_rows_free(fc_segment_row *list, size_t n);
/* Forget the segments of a head that no space uses; the files are the caller's. */
fc_status fc__store_drop_segments(fc_store *store, const char *space, fc_version_id version,
                                  fc_output_id output, fc_error *err);

/* STORE/segments, made if it is absent (unless read-only). Borrowed from the store. */
fc_status fc__store_segment_folder(fc_store *store, const char **out, fc_error *err);
bool fc__store_is_read_only(const fc_store *store);

#endif /* FC_STORE_READ_H */
