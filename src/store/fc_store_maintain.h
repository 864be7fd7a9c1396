/*
 * Looking after a store, the part that knows only LMDB and blocks: what src/pipeline adds the index
 * segments to and makes public.
 */
#ifndef FC_STORE_MAINTAIN_H
#define FC_STORE_MAINTAIN_H

#include <featcache/maintain.h>

typedef void (*fc_damage_fn)(void *context, const fc_damage *damage);

/* All of fc_verify() but segments. */
fc_status fc__store_verify(const char *path, bool full, fc_damage_fn each, const fc_watch *watch,
                           fc_verify_report *report, fc_error *err);
fc_status fc__store_backup(const char *path, const char *to, const fc_watch *watch, fc_error *err);
fc_status fc__store_compact(const char *path, const fc_watch *watch, fc_compact_report *report,
                            fc_error *err);
fc_status fc__store_repair(const char *path, const char *to, fc_damage_fn each,
                           const fc_watch *watch, fc_repair_report *report, fc_error *err);
/* *dropped: hashes of segments that were live for the encoder version, 33 bytes each; freed by the
 * caller. */
fc_status fc__store_gc(fc_store *store, const char *encoder, bool dry_run, fc_gc_report *report,
                       char (**dropped)[33], size_t *n_dropped, fc_error *err);

/* Bring an output to another precision, which takes no more room a number than its own: the store
 * is written anew, as by fc__store_compact(), its sums counted anew, live segments of the output
 * forgotten. *rms_error: relative, against what was stored. */
fc_status fc__store_convert(const char *path, fc_version_id version, fc_output_id output,
                            fc_dtype precision, const fc_watch *watch, uint64_t *n_items,
                            double *rms_error, fc_error *err);

/* Some blocks of an output encoded anew in another precision, in memory. */
typedef struct fc_precision_trial {
    uint64_t n_blocks;              /* taken, of those that there are */
    uint64_t bytes_now, bytes_then; /* of these */
    double rms_error;               /* relative, against what is stored */
} fc_precision_trial;

/* `stat`: of the output (fc_stat_outputs()); about n_blocks of its blocks, all where it has no
 * more. A value that does not fit the precision (f16: above 65504) is FC_E_FORMAT. */
fc_status fc__snapshot_try_precision(fc_snapshot *s, const fc_output_stat *stat, fc_dtype precision,
                                     uint64_t n_blocks, uint64_t seed, fc_precision_trial *out,
                                     fc_error *err);

#endif /* FC_STORE_MAINTAIN_H */
