/**
 * @file featcache/ingest.h
 * Ingest: encode a data set into a store, once. What is there already - same content, same encoder
 * version - is not computed again; files that have not changed are not even read.
 *
 * Threads: one ingest a store at a time (FC_E_BUSY otherwise). `failure` and `notice` come from the
 * calling thread; `progress` from a thread of its own, one call at a time, beside them; `cancelled`
 * may be asked from any thread.
 */
#ifndef FC_INGEST_H
#define FC_INGEST_H

#include <featcache/neural.h>
#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far an ingest is. */
typedef struct fc_ingest_progress {
    const char *phase; /**< "learn", "scan and encode", "seal", "index" */
    double fraction;   /**< 0 to 1, or -1 when the length of the source is not known */
    uint64_t samples;  /**< seen so far */
    uint64_t encoded, reused, failed; /**< (content, encoder) pairs */
    double seconds;                   /**< since the start */
} fc_ingest_progress;

/** Counts of one encoder version within an ingest. */
typedef struct fc_ingest_encoder {
    char name[65];
    char fingerprint[65];
    uint64_t encoded, reused, failed; /**< contents */
    uint64_t cut;                     /**< of those encoded: long texts that the card cuts */
    uint64_t bytes_raw, bytes_stored; /**< f32 bytes of what was encoded; bytes as stored */
} fc_ingest_encoder;

/** What an ingest did. Dispose with fc_ingest_report_dispose(). */
typedef struct fc_ingest_report {
    char dataset[129];
    uint32_t version;   /**< newest sealed data-set version after the run; 0: none */
    bool sealed;        /**< a new data-set version was sealed */
    bool cancelled;     /**< stopped on request; what was done is kept */
    uint64_t samples;   /**< taken from the source */
    uint64_t unchanged; /**< of those: not read, by their file identity */
    uint64_t gone;      /**< in the version before, no longer in the source */
    uint64_t duplicate_ids;
    uint64_t encoded, reused, failed; /**< (content, encoder) pairs */
    uint64_t bytes_raw, bytes_stored;
    double seconds;
    size_t n_encoders; /**< those named; of the built-ins those that the source had something for */
    fc_ingest_encoder *encoders;
    /* --estimate only */
    double estimated_seconds; /**< for what is left to encode */
    uint64_t estimated_bytes; /**< it would add to the store */
    uint64_t disk_free_bytes; /**< where the store is */
    /* always */
    uint64_t without_encoder; /**< samples of a modality that no encoder of the run takes */
    unsigned without_encoder_modalities; /**< theirs: bits, 1 << fc_modality */
    uint64_t not_retried; /**< of `failed`: the ledger has them from before, and they were left */
} fc_ingest_report;

/** Options; start from FC_INGEST_OPTIONS_INIT. Zero means the default everywhere. */
typedef struct fc_ingest_options {
    size_t struct_size;
    const char *dataset;         /**< NULL: the base name of the (first) source */
    const char *const *encoders; /**< cards: a path or a built-in's name */
    size_t n_encoders;           /**< 0: for each modality the built-in that is listed first; for a
                                      .npy of N x D floats builtin/precomputed of that length */
    uint32_t jobs;               /**< worker threads; 0: one a processor */
    uint32_t batch;              /**< samples handed on together; 0: 16, or what models want */
    uint64_t limit;              /**< stop after so many samples of the source; 0: all */
    uint64_t memory_bytes;       /**< peak memory aimed at; 0: 1 GiB. Half of it bounds files and
                                      their pixels, a quarter the pixels of one picture: one that
                                      needs more by itself is a failure */
    const char *group_pattern;   /**< POSIX extended regular expression on the id; see DESIGN */
    bool retry_failed;           /**< take up what the failure ledger holds */
    bool rehash;                 /**< read every file, whatever its times say */
    /** Say what would be done; write nothing. Files are not read, so `encoded` is what would have
     * to be looked at: a renamed file or a second name of a content counts. */
    bool dry_run;
    bool estimate; /**< encode a first sample in memory; extrapolate; write nothing */
    bool no_index; /**< leave the search index to a later fc_index_update() */
    void (*progress)(void *context, const fc_ingest_progress *progress);
    /** One sample that could not be taken, and why. */
    void (*failure)(void *context, const char *id, const char *reason);
    /** Something a user should know that is no failure. */
    void (*notice)(void *context, const char *message);
    bool (*cancelled)(void *context); /**< true: finish the current batch, commit, return */
    void *context;
    /* Caps on one sample: over them it is a failure with its reason, and the run goes on. They
     * decide only between done and refused, so they change no feature. Zero is the default of each.
     */
    uint64_t max_pixels;     /**< of an image; 0: 64 million */
    uint64_t max_samples;    /**< of sound, a channel; 0: 2^27 */
    uint64_t max_points;     /**< points, and triangles, of a cloud or mesh; 0: 2^24 */
    uint64_t max_text_bytes; /**< of a text; 0: 16 MiB */
    uint64_t max_file_bytes; /**< of a file, or a member of an archive unpacked; 0: what
                                memory_bytes allows, and 256 MiB for a member */
    uint64_t max_members;    /**< of an archive; 0: 2^24 */
    uint32_t max_nesting;    /**< elements within one another in an SVG; 0: 64. Archives within
                                  archives are never read */
    /** Count anew what encoders learn from the data (`idf: true` of builtin/hashtext), which is
     * otherwise counted by the first ingest with a card and then kept: makes a new version of them.
     * FC_E_INVALID when none of them learns. */
    bool refit;
    uint32_t max_draw_ms; /**< processor time that drawing an SVG may take; 0: 2000 */
    /** The program that draws SVGs. NULL: featcache-svg beside the running program, else where it
     * was installed with this library. Without it SVGs are failures, and the reason says so. */
    const char *svg_helper;
    const fc_neural_options *neural; /**< how models are run; NULL: the defaults */
    /** Space files (featcache/space.h): their cards are encoders of this ingest too, and the spaces
     * are declared in the store. */
    const char *const *spaces;
    size_t n_spaces;
    /** Neither ask canaries (featcache/audit_canary.h) nor make them. */
    bool no_canary;
} fc_ingest_options;

#define FC_INGEST_OPTIONS_INIT                                                                    \
    {                                                                                             \
        sizeof(fc_ingest_options), NULL, NULL, 0, 0, 0, 0, 0, NULL, false, false, false, false,   \
            false, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, false, 0, NULL, NULL, NULL, \
            0, false                                                                              \
    }

/**
 * Encode @p sources (folders, .csv or .jsonl manifests, zip and tar archives, .npy arrays) as one
 * data set into the store at
 * @p store_path, which is created when it is absent (but not by a dry run or an estimate).
 *
 * @param[out] report  filled in also on failure and on cancellation; dispose of it.
 * @retval FC_OK           all was looked at; `failed` tells what could not be encoded
 * @retval FC_E_CANCELLED  the caller stopped it; run it again to go on
 * @retval FC_E_NOT_FOUND  no such source; or it has no samples and the data set has some, which is
 *                         rather a disk that is not mounted than the wish to empty it
 * @retval FC_E_BUSY       another process writes to the store
 * @retval FC_E_FORMAT     a card or a manifest header is not valid
 * @retval FC_E_CHANGED    an encoder does not compute any more what the store holds of it (a canary
 *                         says resampling or worse): nothing was encoded
 * @retval FC_E_FULL       no room; nothing acknowledged is lost, run it again to go on
 */
FC_API fc_status fc_ingest(const char *store_path, const char *const *sources, size_t n_sources,
                           const fc_ingest_options *opts, fc_ingest_report *report, fc_error *err);

FC_API void fc_ingest_report_dispose(fc_ingest_report *report);

#ifdef __cplusplus
}
#endif

#endif /* FC_INGEST_H */
