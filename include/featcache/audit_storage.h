/**
 * @file featcache/audit_storage.h
 * What a store's bytes are: of each encoder version and output, of the search index, and free; what
 * nothing uses; what another precision would save, and cost in neighbours, measured on the data.
 *
 * Threads: each call by itself.
 */
#ifndef FC_AUDIT_STORAGE_H
#define FC_AUDIT_STORAGE_H

#include <featcache/maintain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One way to keep an output otherwise. */
typedef struct fc_storage_option {
    char name[32];      /**< "f16", "bf16", "int8"; of an index "PCA64" */
    bool is_index;      /**< changes what an index scans for a query, not what is stored */
    uint64_t bytes;     /**< of all items, from the blocks that were encoded so; of an index the
                             f32 numbers that it scans */
    uint64_t bytes_now; /**< the same as it is now */
    uint64_t n_blocks;  /**< encoded anew, of all those of the output */
    double rms_error;   /**< relative: sqrt(sum (x - stored)^2 / sum x^2) */
    bool has_recall;    /**< of what follows */
    double recall;      /**< share of the 10 nearest that are found, of stored rows as queries */
    double low, high;   /**< 95 % interval of the mean over the queries */
} fc_storage_option;

typedef struct fc_storage_output {
    fc_output_id output;
    const char *name;
    fc_dtype precision;
    bool searchable;
    uint64_t n_items, n_blocks;
    uint64_t bytes_f32; /**< as f32, before compression */
    uint64_t bytes_raw; /**< at its precision, before compression */
    uint64_t bytes_stored;
    double rms_error;
    const char *transforms;
    size_t n_options;
    const fc_storage_option *options;
    uint64_t n_queries, n_gallery; /**< that recall was measured with; 0: it was not */
    const char *why_not;           /**< then the reason; else NULL */
} fc_storage_output;

typedef struct fc_storage_version {
    fc_version_id version;
    const char *name;
    char fingerprint[65];
    fc_modality modality;
    uint64_t bytes_stored;
    uint64_t n_datasets; /**< whose newest sealed version has samples with it */
    uint64_t n_older;    /**< that only older sealed versions, or one being built, have it of */
    uint64_t n_spaces;   /**< that it is a member of */
    bool unused;         /**< none of these */
    size_t n_outputs;
    const fc_storage_output *outputs;
} fc_storage_version;

/** A segment of the search index. */
typedef struct fc_storage_segment {
    char hash[33];
    fc_version_id version;
    fc_output_id output;
    const char *space; /**< NULL: of the output itself */
    char kind[32];
    uint64_t n_rows, bytes_vectors, bytes_index;
} fc_storage_segment;

typedef struct fc_storage_advice {
    const char *text;    /**< one sentence */
    const char *command; /**< what does it; NULL: nothing does yet */
    uint64_t saves;      /**< bytes, about */
} fc_storage_advice;

/** Dispose with fc_storage_report_dispose(). */
typedef struct fc_storage_report {
    uint64_t file_bytes;    /**< of data.mdb */
    uint64_t used_bytes;    /**< of those: pages in use */
    uint64_t block_bytes;   /**< of those: features */
    uint64_t segment_bytes; /**< files of the search index */
    uint64_t stray_bytes;   /**< of those: files that no segment of the list names */
    size_t n_versions, n_segments, n_advice;
    fc_storage_version *versions;
    fc_storage_segment *segments;
    fc_storage_advice *advice; /**< what saves most first */
    double seconds;
} fc_storage_report;

/** Options; start from FC_STORAGE_OPTIONS_INIT. Zero is the default of each. */
typedef struct fc_storage_options {
    size_t struct_size;
    const char *encoder;   /**< measure only this one; NULL: all. Bytes are counted of all */
    bool no_measuring;     /**< count bytes only */
    uint64_t n_blocks;     /**< encoded anew of each output; 0: 64 */
    uint64_t n_gallery;    /**< items that recall is measured among; 0: 10,000 */
    uint64_t n_queries;    /**< of them; 0: 300 */
    uint64_t seed;         /**< of both samples */
    uint64_t memory_bytes; /**< that the sample may take; 0: 512 MiB. A gallery that does not fit is
                                made smaller */
    const fc_watch *watch;
} fc_storage_options;

#define FC_STORAGE_OPTIONS_INIT                                      \
    {                                                                \
        sizeof(fc_storage_options), NULL, false, 0, 0, 0, 0, 0, NULL \
    }

/**
 * @retval FC_OK           the report is whole
 * @retval FC_E_NOT_FOUND  no such encoder; the message lists what there is
 * @retval FC_E_CORRUPT    a block that was read is damaged
 * @retval FC_E_CANCELLED  the watch said so
 */
FC_API fc_status fc_audit_storage(fc_store *store, const fc_storage_options *opts,
                                  fc_storage_report *report, fc_error *err);

FC_API void fc_storage_report_dispose(fc_storage_report *report);

#ifdef __cplusplus
}
#endif

#endif /* FC_AUDIT_STORAGE_H */
