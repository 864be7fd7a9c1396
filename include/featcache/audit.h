/**
 * @file featcache/audit.h
 * What a new encoder version changes: both versions' features of the same contents are compared
 * pair by pair, with the value that each figure has where nothing is shared, and a verdict.
 *
 * Threads: as the store; one audit belongs to one thread, which starts others.
 */
#ifndef FC_AUDIT_H
#define FC_AUDIT_H

#include <featcache/audit_parts.h>
#include <featcache/query.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is measured. Names: fc_drift_figure_name(). x and y are the rows of the old and of the new
 * version; neighbours are by cosine, a sample not among its own. */
typedef enum fc_drift_figure {
    /** Share of the k nearest neighbours that both versions have in common, each in its own
     * features: recall@k and 1 - churn of re-encoding everything. */
    FC_FIGURE_NEIGHBOURS = 0,
    FC_FIGURE_JACCARD, /**< the same over the union of both lists */
    FC_FIGURE_RBO,     /**< rank-biased overlap of both lists, p .9, extrapolated */
    /** New queries on the old index: share of the k that they find which the old queries found: 1
     * - churn. Only where p = q, as the two below. */
    FC_FIGURE_OLD_INDEX,
    FC_FIGURE_OLD_INDEX_SELF, /**< share of new queries that find their own sample first */
    /** New queries on the old index: share of what re-encoding everything would find. */
    FC_FIGURE_OLD_INDEX_NEW,
    /** New queries rotated into the old space (orthogonal Procrustes, fitted to other samples) on
     * the old index: share of what re-encoding everything would find. */
    FC_FIGURE_ADAPTED,
    FC_FIGURE_ADAPTED_OLD, /**< the same: share of what the old queries found */
    FC_FIGURE_COSINE,      /**< of the pairs; mean. Only where p = q, as the two below */
    FC_FIGURE_COSINE_P1,
    FC_FIGURE_COSINE_P5,
    FC_FIGURE_NORM_RATIO, /**< |y| / |x|, mean */
    FC_FIGURE_CKA,        /**< linear centred kernel alignment, unbiased */
    FC_FIGURE_CKA_BIASED,
    FC_FIGURE_PROCRUSTES, /**< residual of the best rotation, over |y|; 0: none is left */
    FC_FIGURE_MMD,    /**< squared maximum mean discrepancy of both sets; only where p = q, as */
    FC_FIGURE_ENERGY, /**< the energy distance */
    FC_FIGURE_AUC,    /**< and the area under the curve of a classifier that tells them apart */
    FC_N_FIGURES
} fc_drift_figure;

/** "neighbours", "old_index", "cka", ... Static; "?" for a number that is none. */
FC_API const char *fc_drift_figure_name(fc_drift_figure figure);
/** What it says, in some words. Static. */
FC_API const char *fc_drift_figure_about(fc_drift_figure figure);
/** Whether less of it is nearer to "no change". */
FC_API bool fc_drift_figure_is_distance(fc_drift_figure figure);

/** Figures over one set of rows. */
typedef struct fc_drift_view {
    uint64_t n;         /**< pairs of rows */
    uint64_t n_queries; /**< whose neighbours were looked for */
    uint64_t n_gallery; /**< rows among which */
    uint64_t n_sample;  /**< pairs of the tests and of the intervals that need a sample */
    size_t dim_from, dim_to;
    fc_audit_measure figures[FC_N_FIGURES]; /**< value NAN: it does not apply, see `why` */
    const char *why[FC_N_FIGURES];          /**< static; NULL: it was measured */
    double mmd_p, energy_p, auc_p;          /**< of permutation tests; NAN: not measured */
    const char *change;                     /**< "none", "scale", "rotation", "noise", ... static */
    char change_words[256];                 /**< a sentence with the numbers that decided */
} fc_drift_view;

/** Means over the samples that have one value in one column. */
typedef struct fc_drift_group {
    const char *by, *is; /**< the column, and the value */
    uint64_t n;          /**< pairs */
    uint64_t n_queries;  /**< of them, whose neighbours were looked for */
    bool small;          /**< fewer than the policy's least: not judged */
    bool fails;          /**< below a bound of the policy */
    fc_audit_measure cosine, norm_ratio, neighbours, old_index;
} fc_drift_group;

/** A sample that moved, and what is near it before and after. Strings are the report's. */
typedef struct fc_drift_moved {
    const fc_query_hit *sample;
    double cosine, overlap; /**< of its pair (NAN: p != q); of its k nearest */
    size_t n_old, n_new;
    const fc_query_hit *old_neighbours, *new_neighbours; /**< score: cosine; rank from 1 */
} fc_drift_moved;

/** One thing that differs between the two versions, of the card or of what computed the features.
 */
typedef struct fc_drift_change {
    const char *part;      /**< "preprocessing", "model", "runtime", "precision", ... static */
    const char *key;       /**< "params.filter", "runtime", ... */
    const char *from, *to; /**< NULL: it is not there */
} fc_drift_change;

typedef enum fc_drift_verdict {
    FC_DRIFT_COMPATIBLE = 0, /**< new queries can be asked of the old index */
    FC_DRIFT_ADAPTER = 1,    /**< they can through an adapter, by what was measured of one */
    FC_DRIFT_RE_ENCODE = 2   /**< they cannot */
} fc_drift_verdict;

/** "compatible", "adapter advised", "re-encode". Static. */
FC_API const char *fc_drift_verdict_name(fc_drift_verdict verdict);

/** A bound of the policy, and what was measured. */
typedef struct fc_drift_check {
    const char *section; /**< of the policy: "compatible", "positions", "groups", "adapter" */
    const char *figure;  /**< its name */
    const char *by, *is; /**< of a group; else NULL */
    bool most;           /**< the bound is an upper one */
    double bound;
    double value, judged; /**< judged: the worse end of the interval, or the value, as the policy
                             says; NAN: not measured */
    bool holds;
} fc_drift_check;

/** One version of the two. */
typedef struct fc_drift_side {
    const char *encoder, *fingerprint, *output;
    fc_version_id version;
    uint64_t n_items; /**< of the data sets that were looked at */
    uint64_t n_alone; /**< of them, without a partner */
} fc_drift_side;

#define FC_DRIFT_CURVE_MAX 8

/** What was found. Release it with fc_audit_drift_destroy(). */
typedef struct fc_audit_drift_report {
    fc_drift_side from, to;
    const char *pooling;     /**< of items with several rows; NULL: vectors */
    uint64_t n_unalike;      /**< items of which the numbers of rows differ: not in `positions` */
    fc_drift_view overall;   /**< one row an item */
    fc_drift_view positions; /**< a row each position of the items; n 0: there are none */
    size_t n_curve;          /**< neighbours in common, by how many are looked at */
    uint32_t curve_k[FC_DRIFT_CURVE_MAX];
    fc_audit_measure curve[FC_DRIFT_CURVE_MAX];
    const fc_drift_group *groups; /**< by column, largest first */
    size_t n_groups;
    uint64_t n_groups_left_out; /**< more values of a column than are listed */
    const fc_drift_moved *moved;
    size_t n_moved;
    const fc_drift_change *changes;
    size_t n_changes;
    const char *changes_words; /**< a sentence */
    fc_drift_verdict verdict;
    bool fails;          /**< the verdict is one that the policy fails on */
    char reason[256];    /**< of the verdict: a sentence */
    const char *policy;  /**< its name */
    const char *fail_on; /**< as the policy has it */
    const fc_drift_check *checks;
    size_t n_checks;
    uint32_t k;
    uint64_t seed;
    const float *cosines; /**< of all pairs, ascending; NULL where p != q */
    size_t n_cosines;
    const float *points; /**< n_points x 4: both versions' places (x, y of old, then new) */
    size_t n_points;
    double seconds;
} fc_audit_drift_report;

/** Options; start from FC_AUDIT_DRIFT_OPTIONS_INIT. Zero and NULL are the defaults. */
typedef struct fc_audit_drift_options {
    size_t struct_size;
    /** The old and the new version: as fc_snapshot_find_encoder() takes it, or VERSION:OUTPUT. */
    const char *from, *to;
    const char *output;  /**< of both; NULL: "pooled", else the first searchable, else the first */
    const char *pooling; /**< of items with several rows: "mean" (default), "max", "cls", ... */
    const char *dataset; /**< "NAME" or "NAME@N"; NULL: the newest of all */
    const char *where;   /**< a filter on fields and metadata; NULL: none */
    const char *const *by; /**< columns beside dataset and split; n_by of them */
    size_t n_by;
    const char *policy;      /**< a YAML file; NULL: the built-in one */
    uint32_t k;              /**< neighbours; 0: 10 */
    uint32_t n_queries;      /**< 0: 2000 */
    uint32_t n_sample;       /**< pairs of tests; 0: 10000, which is the most */
    uint32_t n_permutations; /**< 0: 200 */
    uint32_t n_moved;        /**< samples that moved most; 0: 10 */
    uint64_t seed;
    uint32_t n_threads;    /**< 0: one a processor */
    uint64_t memory_bytes; /**< 0: 1 GiB */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_audit_drift_options;

#define FC_AUDIT_DRIFT_OPTIONS_INIT                                                              \
    {                                                                                            \
        sizeof(fc_audit_drift_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, 0, \
            0, 0, 0, 0, 0, 0, NULL, NULL, NULL                                                   \
    }

#define FC_AUDIT_DRIFT_K        10u
#define FC_AUDIT_DRIFT_QUERIES  2000u
#define FC_AUDIT_DRIFT_SAMPLE   10000u
#define FC_AUDIT_DRIFT_PERMUTED 200u
#define FC_AUDIT_DRIFT_MOVED    10u

/**
 * Compare two encoder versions over the contents of which the store holds features of both.
 * Streams over the store twice; the same seed gives the same report.
 *
 * @param[out] out       the report; NULL on failure
 * @param[out] problems  NULL, or receives all problems of the policy file, a line each (NULL: there
 *                       are none); free it with fc_string_free()
 * @retval FC_E_INVALID    fewer than 50 common contents (the message says how many each version
 *                         has), constant features, versions of two modalities, or one and the same
 * @retval FC_E_NOT_FOUND  no such version, output or data set; or no features of it any more
 * @retval FC_E_FORMAT     features that are not finite; a policy that is not valid
 * @retval FC_E_LIMIT      over memory_bytes: the message says what is needed
 * @retval FC_E_CANCELLED  asked to stop
 */
FC_API fc_status fc_audit_drift(fc_audit_drift_report **out, fc_store *store,
                                const fc_audit_drift_options *opts, char **problems, fc_error *err);
FC_API void fc_audit_drift_destroy(fc_audit_drift_report *report);

/**
 * Write a report as a page: the verdict first, then figures, tables, and the samples that moved.
 * Pictures are read from the data sets' folders; what cannot be shown is named. Whole or not at
 * all.
 */
FC_API fc_status fc_report_drift(const char *path, const fc_audit_drift_report *report,
                                 fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_AUDIT_H */
