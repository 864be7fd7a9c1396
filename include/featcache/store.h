/**
 * @file featcache/store.h
 * Feature store: one LMDB environment holding blocks of encoded features, by encoder version,
 * output and content number, and the data sets whose samples point at them.
 *
 * Reading goes through a snapshot: one consistent state of the store, of sealed data only, for as
 * long as it is held. A held snapshot keeps old pages alive, so that a writer beside it makes the
 * file grow: end it after each batch of work.
 *
 * Threads: a store may be shared; a snapshot and what is opened on it belong to one thread at a
 * time; writes (featcache/ingest.h) queue. Lifetime: end snapshots before the store is closed.
 */
#ifndef FC_STORE_H
#define FC_STORE_H

#include <featcache/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An open store, from fc_store_open() to fc_store_close(). */
typedef struct fc_store fc_store;

/** How to open a store. Always start from FC_STORE_OPTIONS_INIT. */
typedef struct fc_store_options {
    size_t struct_size; /**< Set by the initialiser; do not touch. */
    uint32_t flags;     /**< Zero or more FC_STORE_* bits. */
    uint64_t map_bytes; /**< Address space to reserve. 0 means 64 GiB. */
} fc_store_options;

#define FC_STORE_READ_ONLY  (UINT32_C(1) << 0) /**< Refuse every write. */
#define FC_STORE_MUST_EXIST (UINT32_C(1) << 1) /**< Do not create it. */

#define FC_STORE_OPTIONS_INIT          \
    {                                  \
        sizeof(fc_store_options), 0, 0 \
    }

/**
 * Open the store at @p path, creating it unless FC_STORE_READ_ONLY or FC_STORE_MUST_EXIST is set. A
 * new store is made in a temporary folder and renamed, so it is whole or absent.
 *
 * @param[out] out   Receives the store; set to NULL on failure. Caller owns it.
 * @param      path  Folder; copied, need not outlive the call.
 * @param      opts  NULL for the defaults.
 * @param[out] err   NULL, or receives the message on failure.
 * @retval FC_OK           the store is open
 * @retval FC_E_NOT_FOUND  read-only or must-exist, and nothing is there
 * @retval FC_E_VERSION    written by a newer format than this library reads
 * @retval FC_E_CORRUPT    truncated or damaged; the message says how to go on
 * @retval FC_E_UNSUPPORTED  on a network file system
 * @retval FC_E_INVALID    @p path is a folder that holds something else
 */
FC_API fc_status fc_store_open(fc_store **out, const char *path, const fc_store_options *opts,
                               fc_error *err);
/** Flush and release @p store. NULL is a no-op. Never fails. */
FC_API void fc_store_close(fc_store *store);
/** The folder, as given to fc_store_open(). Borrowed from @p store. */
FC_API const char *fc_store_path(const fc_store *store);

/** @name Snapshots @{ */

/** One consistent state of a store, from fc_snapshot_begin() to fc_snapshot_end(). */
typedef struct fc_snapshot fc_snapshot;

FC_API fc_status fc_snapshot_begin(fc_snapshot **out, fc_store *store, fc_error *err);
FC_API void fc_snapshot_end(fc_snapshot *snapshot);
/** Counts every seal; two snapshots of one generation hold the same sealed data. */
FC_API uint64_t fc_snapshot_generation(const fc_snapshot *snapshot);

/** @} */
/** @name What is stored @{ */

/** One named output of an encoder version. */
typedef struct fc_output_info {
    fc_output_id id;
    const char *name;
    fc_dtype precision;
    uint32_t rank;               /**< of an item: 1 vector, 2 sequence, 3 map */
    uint64_t shape[FC_MAX_RANK]; /**< of an item; shape[0] is 0 where it varies */
    bool searchable;             /**< a vector that a query may search by cosine */
} fc_output_info;

/** One encoder version: a name and the fingerprint of all that can change its numbers. */
typedef struct fc_encoder_info {
    fc_version_id id;
    const char *name;
    char fingerprint[65]; /**< SHA-256, hexadecimal */
    fc_modality modality;
    const char *card;   /**< canonical JSON */
    int64_t created_ns; /**< since 1970 */
    size_t n_outputs;
    const fc_output_info *outputs;
    size_t n_provenances;
    const char *const *provenances; /**< what computed blocks: key=value lines; index = id */
} fc_encoder_info;

/** All encoder versions, by id. The list is borrowed from @p snapshot. */
FC_API fc_status fc_snapshot_encoders(fc_snapshot *snapshot, const fc_encoder_info **list,
                                      size_t *n, fc_error *err);
/**
 * Find an encoder version by "NAME" (the newest of that name), "NAME@FINGERPRINT-PREFIX" (4 digits
 * or more), a fingerprint prefix of 8 digits or more, or "#ID".
 * @retval FC_E_NOT_FOUND  none; the message lists what there is
 * @retval FC_E_INVALID    a prefix that fits more than one
 */
FC_API fc_status fc_snapshot_find_encoder(fc_snapshot *snapshot, const char *text,
                                          const fc_encoder_info **out, fc_error *err);

typedef enum fc_seal_state { FC_BUILDING = 1, FC_SEALED = 2 } fc_seal_state;

/** What a data-set version holds of one encoder output. */
typedef struct fc_coverage {
    fc_version_id version;
    fc_output_id output;
    bool sealed;     /**< false while an ingest that adds it has not ended */
    uint64_t count;  /**< samples that have the item */
    char digest[33]; /**< 128-bit sum over sample id, content, output and stored bytes; hex */
} fc_coverage;

/** One version of a data set. */
typedef struct fc_dataset_version {
    uint32_t number; /**< from 1 */
    fc_seal_state state;
    bool partial; /**< sealed by an ingest with a limit */
    int64_t created_ns, sealed_ns;
    const char *source; /**< what was ingested, as given */
    uint64_t n_samples;
    char digest[33]; /**< over all samples: id, content, group, split, metadata; hex */
    size_t n_coverage;
    const fc_coverage *coverage;
} fc_dataset_version;

typedef struct fc_dataset_info {
    const char *name;
    const char *root;    /**< folder that sample paths are relative to */
    uint64_t n_failures; /**< entries in the failure ledger */
    size_t n_versions;
    const fc_dataset_version *versions; /**< ascending; one still building comes last */
} fc_dataset_info;

/** All data sets by name. Borrowed from @p snapshot. */
FC_API fc_status fc_snapshot_datasets(fc_snapshot *snapshot, const fc_dataset_info **list,
                                      size_t *n, fc_error *err);
/**
 * Find "NAME" (its newest sealed version) or "NAME@N".
 * @retval FC_E_NOT_FOUND  no such data set or version, or none sealed; the message says which
 */
FC_API fc_status fc_snapshot_find_dataset(fc_snapshot *snapshot, const char *text,
                                          const fc_dataset_info **dataset,
                                          const fc_dataset_version **version, fc_error *err);

/** A metadata value of a sample. */
typedef struct fc_sample_meta {
    const char *key;
    const char *text;
    bool is_number, is_bool;
    double number;
} fc_sample_meta;

/** One sample of a data-set version. Strings are borrowed until the next call on the iterator. */
typedef struct fc_sample {
    const char *dataset;
    const char *id;
    uint64_t content; /**< content number */
    uint8_t content_hash[32];
    fc_modality modality;
    const char *group;   /**< "" when none */
    const char *split;   /**< "" when none */
    const char *path;    /**< relative to the data set's root; "" for inline text */
    const char *preview; /**< the first 256 bytes of a text, cut at a character; "" else */
    double start_s, end_s;
    size_t n_meta;
    const fc_sample_meta *meta;
    uint32_t since; /**< number of the data-set version that brought the sample as it is */
} fc_sample;

/** Iterates the samples of a data-set version, in an order of their ids' hashes. */
typedef struct fc_samples fc_samples;
FC_API fc_status fc_samples_open(fc_samples **out, fc_snapshot *snapshot, const char *dataset,
                                 uint32_t version, fc_error *err);
/** @retval FC_E_NOT_FOUND  the end, without a message */
FC_API fc_status fc_samples_next(fc_samples *it, const fc_sample **sample, fc_error *err);
/** Go straight to @p id. @retval FC_E_NOT_FOUND  no such sample in this version, without a message
 */
FC_API fc_status fc_samples_find(fc_samples *it, const char *id, const fc_sample **sample,
                                 fc_error *err);
FC_API void fc_samples_close(fc_samples *it);

/** One entry of the failure ledger. */
typedef struct fc_failure {
    const char *dataset, *id;
    fc_version_id version; /**< 0: failed before any encoder */
    const char *reason;
    int64_t time_ns;
    uint32_t tries;
} fc_failure;

/** Call @p each for every failure of @p dataset (NULL: all). A true return stops. */
FC_API fc_status fc_snapshot_failures(fc_snapshot *snapshot, const char *dataset,
                                      bool (*each)(void *context, const fc_failure *failure),
                                      void *context, fc_error *err);

/** @} */
/** @name Features @{ */

/**
 * Decode the items of @p version and @p output whose content numbers are in @p contents, each block
 * once, into rows of @p out in the order asked for. For outputs whose items have one fixed shape.
 *
 * @param[in,out] out    float32, n_contents x (elements of an item); allocated by the caller.
 * @param[out]    found  n_contents flags: false where there is no such item (its row is zero).
 * @retval FC_E_CORRUPT  a block is there but failed its checksum; names it
 * @retval FC_E_INVALID  items vary in length, or @p out has another shape
 */
FC_API fc_status fc_snapshot_get_rows(fc_snapshot *snapshot, fc_version_id version,
                                      fc_output_id output, const uint64_t *contents,
                                      size_t n_contents, fc_tensor *out, bool *found,
                                      fc_error *err);

/**
 * Decode one whole item, of any rank, as float32; allocates @p out.
 * @retval FC_E_NOT_FOUND  no such item, without a message
 */
FC_API fc_status fc_snapshot_get_item(fc_snapshot *snapshot, fc_version_id version,
                                      fc_output_id output, uint64_t content, fc_tensor *out,
                                      fc_error *err);

/** A batch of items in the order of content numbers; borrowed until the next call. */
typedef struct fc_item_batch {
    size_t n_items;
    const uint64_t *contents;    /**< n_items content numbers, ascending */
    const uint64_t *row_offsets; /**< n_items + 1: item i is rows [row_offsets[i], [i + 1]) */
    const float *rows;           /**< row_offsets[n_items] x row_elements, float32 */
    size_t row_elements;         /**< a vector is one row; a map has shape[0] rows */
} fc_item_batch;

/** Iterates all items of an output in the order of content numbers, each block decoded once. */
typedef struct fc_items fc_items;
FC_API fc_status fc_items_open(fc_items **out, fc_snapshot *snapshot, fc_version_id version,
                               fc_output_id output, fc_error *err);
/** @retval FC_E_NOT_FOUND  the end, without a message */
FC_API fc_status fc_items_next(fc_items *it, fc_item_batch *batch, fc_error *err);
/** Continue at the first item whose content number is at least @p content. */
FC_API fc_status fc_items_seek(fc_items *it, uint64_t content, fc_error *err);
FC_API void fc_items_close(fc_items *it);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* FC_STORE_H */
