/**
 * @file featcache/maintain.h
 * Looking after a store: verify, backup, compact, repair, garbage collection, removal, comparison
 * of data-set versions, export.
 *
 * Threads: each call by itself; those that write take the writer's lock (FC_E_BUSY).
 */
#ifndef FC_MAINTAIN_H
#define FC_MAINTAIN_H

#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Progress of a long call; `cancelled` may be NULL. Borrowed during the call. */
typedef struct fc_watch {
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_watch;

/** One thing that is wrong, and what it hits. */
typedef struct fc_damage {
    const char *where; /**< "block version 1 output 2 content 400..655" */
    const char *reason;
    const char *dataset, *id; /**< a sample it hits; NULL when it hits none, or all */
} fc_damage;

typedef struct fc_verify_report {
    uint64_t n_rows; /**< values checked, over all tables */
    uint64_t n_blocks, n_items, n_bytes;
    uint64_t n_segments;
    uint64_t n_damages;
    uint64_t n_samples_hit;
    double seconds;
} fc_verify_report;

/**
 * Check a store. Fast: every value's CRC, key order, references between tables, counts. Full: every
 * frame decoded, coverage counts and digests recomputed, segments hashed.
 *
 * @retval FC_OK         it could be checked; report->n_damages tells whether it is sound
 * @retval FC_E_CORRUPT  too damaged to walk (the report says how far it came)
 * @retval FC_E_IO       it could not be checked
 */
FC_API fc_status fc_verify(const char *store_path, bool full,
                           void (*each)(void *context, const fc_damage *damage),
                           const fc_watch *watch, fc_verify_report *report, fc_error *err);

/** A consistent copy of a store in use, synced and verified before it is renamed to @p to. */
FC_API fc_status fc_backup(const char *store_path, const char *to, const fc_watch *watch,
                           fc_error *err);

typedef struct fc_compact_report {
    uint64_t bytes_before, bytes_after;
    uint64_t n_blocks_before, n_blocks_after;
} fc_compact_report;

/** Repack blocks to their full size and give free pages back to the file system. */
FC_API fc_status fc_compact(const char *store_path, const fc_watch *watch,
                            fc_compact_report *report, fc_error *err);

typedef struct fc_convert_report {
    fc_dtype before, after;
    uint64_t n_items;
    uint64_t bytes_before, bytes_after; /**< of the output's blocks */
    double rms_error;                   /**< relative, against what was stored before */
} fc_convert_report;

/**
 * Store @p output of @p encoder (as fc_snapshot_find_encoder()) in another precision, of at most as
 * many bytes a number: there is no way back but to encode anew. The store is written anew as by
 * fc_compact(), and all or nothing is done. The search index of the output is to be built again:
 * fc_index_update(). Digests of the data sets change, for they are over stored bytes.
 *
 * @retval FC_E_NOT_FOUND  no such encoder or output; the message lists what there is
 * @retval FC_E_INVALID    it is stored in no more bytes already
 * @retval FC_E_FORMAT     a value that the precision cannot hold; nothing was changed
 * @retval FC_E_BUSY       somebody has the store open
 */
FC_API fc_status fc_convert(const char *store_path, const char *encoder, const char *output,
                            fc_dtype precision, const fc_watch *watch, fc_convert_report *report,
                            fc_error *err);

typedef struct fc_repair_report {
    uint64_t n_samples_kept, n_samples_lost;
    uint64_t n_items_kept, n_items_lost;
} fc_repair_report;

/** Copy what is readable into a new store at @p to; @p each is told what is lost. */
FC_API fc_status fc_repair(const char *store_path, const char *to,
                           void (*each)(void *context, const fc_damage *damage),
                           const fc_watch *watch, fc_repair_report *report, fc_error *err);

typedef struct fc_gc_report {
    uint64_t n_versions, n_items, n_bytes; /**< encoder versions, items and bytes (to be) freed */
    uint64_t n_contents;                   /**< contents that no sample points at */
} fc_gc_report;

/**
 * Free what nothing uses: the items of @p encoder (as fc_snapshot_find_encoder(); NULL: none), and
 * items whose content no sample of any data-set version points at.
 */
FC_API fc_status fc_gc(fc_store *store, const char *encoder, bool dry_run, fc_gc_report *report,
                       fc_error *err);

/** Remove data set @p name, or with @p id one sample of it (in a new data-set version). */
FC_API fc_status fc_remove(fc_store *store, const char *name, const char *id, uint64_t *n_removed,
                           fc_error *err);

typedef enum fc_change_kind {
    FC_ADDED = 1,
    FC_REMOVED = 2,
    FC_CHANGED = 3,   /**< other content under the same id */
    FC_RENAMED = 4,   /**< the same content under another id */
    FC_RELABELLED = 5 /**< the same content, other group, split or metadata */
} fc_change_kind;

typedef struct fc_change {
    fc_change_kind kind;
    const char *id;
    const char *old_id; /**< FC_RENAMED only */
} fc_change;

typedef struct fc_diff_report {
    uint64_t n_added, n_removed, n_changed, n_renamed, n_relabelled, n_same;
} fc_diff_report;

/** Compare two data-set versions, "NAME@N". @p each may be NULL. */
FC_API fc_status fc_diff(fc_store *store, const char *from, const char *to,
                         void (*each)(void *context, const fc_change *change), void *context,
                         fc_diff_report *report, fc_error *err);

/** Bytes and counts of a store. */
typedef struct fc_store_stat {
    uint32_t format;
    char store_id[33];
    uint64_t generation;
    uint64_t file_bytes, used_bytes; /**< of data.mdb; without free pages */
    uint64_t n_contents, n_samples;  /**< samples of the newest sealed versions */
    uint64_t segment_bytes;
} fc_store_stat;

FC_API fc_status fc_stat(fc_store *store, fc_store_stat *out, fc_error *err);

/** Bytes of one encoder output. */
typedef struct fc_output_stat {
    fc_version_id version;
    fc_output_id output;
    uint64_t n_items, n_blocks;
    uint64_t bytes_raw, bytes_stored; /**< at the stored precision, before and after compression */
    double rms_error; /**< of a lossy precision, relative: sqrt(sum (x - stored)^2 / sum x^2) */
    double max_error; /**< largest absolute */
    const char *transforms;
} fc_output_stat;

/** All outputs; *list is the caller's, to free with fc_output_stats_free(). */
FC_API fc_status fc_stat_outputs(fc_store *store, fc_output_stat **list, size_t *n, fc_error *err);
FC_API void fc_output_stats_free(fc_output_stat *list);

typedef enum fc_export_format {
    FC_EXPORT_NPY = 0, /**< NAME.npy (n x d, or n x T x d for fixed shapes) and NAME.jsonl */
    FC_EXPORT_CSV = 1,
    FC_EXPORT_JSONL = 2
} fc_export_format;

typedef struct fc_export_options {
    size_t struct_size;
    const char *encoder, *output; /**< NULL: every encoder version / every output */
    const char *dataset;          /**< "NAME" or "NAME@N"; NULL: the newest of all */
    fc_export_format format;
    const fc_watch *watch;
    /** The vectors of this space ("NAME" or "NAME@VERSION") instead, all in one file; NULL: none.
     * Not with encoder or output. */
    const char *space;
} fc_export_options;

#define FC_EXPORT_OPTIONS_INIT                                                 \
    {                                                                          \
        sizeof(fc_export_options), NULL, NULL, NULL, FC_EXPORT_NPY, NULL, NULL \
    }

typedef struct fc_export_report {
    uint64_t n_files, n_rows;
} fc_export_report;

/** Write features and their descriptions to folder @p dir: line i of NAME.jsonl is row i. */
FC_API fc_status fc_export(fc_store *store, const char *dir, const fc_export_options *opts,
                           fc_export_report *report, fc_error *err);

/** Write @p t as a NumPy .npy file (format 1.0), whole or not at all. */
FC_API fc_status fc_npy_write(const char *path, const fc_tensor *t, fc_error *err);
/** Read a little-endian, C-ordered .npy file of f2, f4, f8 as float32; at most @p max_bytes. */
FC_API fc_status fc_npy_read(const char *path, uint64_t max_bytes, fc_tensor *out, fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_MAINTAIN_H */
