/**
 * @file featcache/audit_canary.h
 * Canaries: of each encoder version a few inputs, kept whole in the store with the features that
 * were made of them. Encoded again, they show whether the encoder still computes what it did: under
 * another runtime or library, on another device or instruction set, after a change of the code that
 * nobody wrote down.
 *
 * An ingest makes them, and asks them before it encodes (fc_ingest_options.no_canary).
 *
 * Threads: each call by itself; one that writes takes the writer's lock (FC_E_BUSY).
 */
#ifndef FC_AUDIT_CANARY_H
#define FC_AUDIT_CANARY_H

#include <featcache/neural.h>
#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far features are from what they were, by the kind of change that does as much. */
typedef enum fc_canary_level {
    FC_CANARY_SAME = 0,       /**< every bit */
    FC_CANARY_ROUNDING = 1,   /**< sums in another order: another device, instruction set */
    FC_CANARY_BATCHING = 2,   /**< lower precision, padding, batch against single: .99997 */
    FC_CANARY_RESAMPLING = 3, /**< another resize or resampling: .9991 to .9998 */
    FC_CANARY_BROKEN = 4      /**< beyond: antialiasing missing is .94 */
} fc_canary_level;

/** "same", "rounding", "batching", "resampling", "broken". Static. */
FC_API const char *fc_canary_level_name(fc_canary_level level);
/** @retval FC_E_INVALID  no such name */
FC_API fc_status fc_canary_level_parse(fc_canary_level *out, const char *name);
/** What usually does it, in a few words. Static. */
FC_API const char *fc_canary_level_cause(fc_canary_level level);

/** One output of an encoder over all inputs. A vector is one along the last axis: of a map a cell,
 * of a sequence a token. */
typedef struct fc_canary_output_report {
    const char *name;
    fc_canary_level level;
    uint64_t n_inputs;     /**< compared */
    uint64_t n_same;       /**< of those: bit for bit */
    double min_cosine;     /**< of a vector with itself before */
    double max_distance;   /**< largest |now - then| / |then| of a vector */
    double max_difference; /**< largest of an element, absolute */
    const char *worst;     /**< the input that is furthest off; NULL: all are the same */
    bool reshaped;         /**< an input has another shape now */
} fc_canary_output_report;

typedef enum fc_canary_state {
    FC_CANARY_CHECKED = 1,
    FC_CANARY_NONE = 2,   /**< it has none: the next ingest with it makes one */
    FC_CANARY_NOT_RUN = 3 /**< the encoder cannot be run here; `reason` says why */
} fc_canary_state;

/** One encoder version. */
typedef struct fc_canary_encoder_report {
    fc_version_id version;
    const char *name;
    char fingerprint[65];
    fc_modality modality;
    fc_canary_state state;
    const char *reason; /**< FC_CANARY_NOT_RUN; or why an input failed; else NULL */
    int64_t made_ns;    /**< when the features that are compared with were made */
    uint64_t n_inputs;
    uint64_t n_failed; /**< could not be encoded now */
    uint64_t n_bytes;  /**< of all inputs */
    fc_canary_level level;
    size_t n_outputs;
    const fc_canary_output_report *outputs;
    size_t n_changes;
    const char *const *changes; /**< what computes now and then: "runtime: A -> B", unescaped */
    uint64_t n_added;           /**< inputs that this call added */
    bool accepted;              /**< what is computed now was put in the place of what was */
} fc_canary_encoder_report;

/** Dispose with fc_canary_report_dispose(). */
typedef struct fc_canary_report {
    size_t n_encoders;
    fc_canary_encoder_report *encoders;
    fc_canary_level level; /**< the worst of them */
} fc_canary_report;

/** Options; start from FC_CANARY_OPTIONS_INIT. */
typedef struct fc_canary_options {
    size_t struct_size;
    const char *encoder; /**< as fc_snapshot_find_encoder(); NULL: all */
    uint64_t n_add; /**< add so many inputs, out of what the store's samples are now; at most 64 in
                       all. Encoders without a canary get one */
    bool accept;    /**< what is computed now stands from now on */
    const fc_neural_options *neural; /**< NULL: the defaults */
    const char *svg_helper;          /**< as in fc_ingest_options */
} fc_canary_options;

#define FC_CANARY_OPTIONS_INIT                                \
    {                                                         \
        sizeof(fc_canary_options), NULL, 0, false, NULL, NULL \
    }

/**
 * Encode the canaries of @p store again, and compare. With `n_add` or `accept` it writes.
 *
 * @param[out] report  filled in as far as it went; dispose of it
 * @retval FC_OK           report->level says what was found
 * @retval FC_E_NOT_FOUND  no such encoder; the message lists what there is
 * @retval FC_E_CORRUPT    a canary is damaged; --accept makes a new one
 */
FC_API fc_status fc_audit_canary(fc_store *store, const fc_canary_options *opts,
                                 fc_canary_report *report, fc_error *err);

FC_API void fc_canary_report_dispose(fc_canary_report *report);

#ifdef __cplusplus
}
#endif

#endif /* FC_AUDIT_CANARY_H */
