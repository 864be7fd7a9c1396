/**
 * @file featcache/adapt.h
 * Adapters: when an encoder is replaced by a new version, a map between the vectors of both keeps
 * what is cached useful until everything is encoded anew. It is fitted to items that both versions
 * have encoded (a few thousand are enough), and tells what recall it keeps on items that the fit
 * did not see.
 *
 * A switch from the old version to the new one goes by stages, each a call of its own; a query that
 * names no encoder is answered by the stage's, and going back to a stage gives its answers again.
 *
 * Threads: as the store and the snapshot; one fit at a time in a process.
 */
#ifndef FC_ADAPTER_H
#define FC_ADAPTER_H

#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which of two encoder versions answers queries that name none. The numbers are on disk. */
typedef enum fc_adapter_stage {
    FC_STAGE_NONE = 0,    /**< no switch: the newest that is sealed */
    FC_STAGE_OLD = 1,     /**< the old version */
    FC_STAGE_ADAPTER = 2, /**< the new one embeds the query, the adapter maps it, and what the old
                               one has encoded is searched */
    FC_STAGE_DUAL = 3,    /**< what the new one has encoded by it, the rest through the adapter */
    FC_STAGE_NEW = 4      /**< the new version */
} fc_adapter_stage;

/** Never NULL: "none", "old", "adapter", "dual", "new". */
FC_API const char *fc_adapter_stage_name(fc_adapter_stage stage);
/** @retval FC_E_INVALID  no stage has that name */
FC_API fc_status fc_adapter_stage_parse(fc_adapter_stage *out, const char *name);

/** Options; start from FC_ADAPTER_OPTIONS_INIT. Zero and NULL are the defaults. */
typedef struct fc_adapter_options {
    size_t struct_size;
    const char *from;   /**< the old encoder version, as fc_snapshot_find_encoder() takes it */
    const char *to;     /**< the new one */
    const char *output; /**< of both; NULL: "pooled", else the first vector */
    const char *name;   /**< of the adapter; NULL: the new encoder's with "-adapter" behind it (to
                             migrate: "-migrate") */
    const char *method; /**< "procrustes", "ridge", "lowrank", "auto"; NULL: "auto" */
    /** False: new queries into the old space. True: what the old version has encoded into the new
     * one's space, for fc_adapter_migrate(). */
    bool migrate;
    uint64_t n_sample; /**< pairs that are read, drawn by seed where there are more; 0: 5000 */
    uint64_t seed;
    double penalty;        /**< ridge, lowrank; 0: by cross-validation */
    uint32_t rank;         /**< lowrank; 0: chosen */
    uint32_t n_threads;    /**< 0: one a processor */
    uint64_t memory_bytes; /**< for rows and sums; 0: 1 GiB */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} fc_adapter_options;

#define FC_ADAPTER_OPTIONS_INIT                                                                  \
    {                                                                                            \
        sizeof(fc_adapter_options), NULL, NULL, NULL, NULL, NULL, false, 0, 0, 0, 0, 0, 0, NULL, \
            NULL, NULL                                                                           \
    }

#define FC_ADAPTER_SAMPLE 5000u

/** Recall@1, @5 and @10 with 95 % intervals. */
typedef struct fc_adapter_recall {
    double value[3], low[3], high[3];
} fc_adapter_recall;

/** What a fit came to; fc_adapter_report_dispose() frees it. */
typedef struct fc_adapter_report {
    char name[64];
    uint32_t version; /**< of the adapter */
    bool changed;     /**< false: the newest version is this adapter already */
    fc_adapter_stage stage;
    char method[16];
    char how[32];                      /**< "about the means", "rank 64", ...; may be "" */
    uint64_t n_common;                 /**< items that both have encoded */
    uint64_t n_fit, n_choose, n_test;  /**< pairs to fit to, to choose by, to measure with */
    uint64_t n_skipped;                /**< pairs with a zero vector: left out */
    uint64_t n_queries, n_gallery;     /**< of the measurement */
    fc_adapter_recall adapted, old;    /**< shares of the neighbours that everything encoded anew
                                            would give: by the adapter; by old queries over old
                                            vectors */
    fc_adapter_recall unadapted, gain; /**< new queries over old vectors as they are; adapted -
                                            unadapted. Only with has_unadapted */
    bool has_unadapted;                /**< both have one length */
    double chance[3];
    double seconds;
    char *fit_json; /**< all of it, and what was tried: as it is stored */
} fc_adapter_report;

/**
 * Fit an adapter and store it as the newest version of its name. The stage of a switch stays as it
 * was; a new adapter has none.
 * @retval FC_E_INVALID    fewer than 50 items in common (how many there are), one version twice,
 *                         two modalities, constant features
 * @retval FC_E_NOT_FOUND  no such encoder version, or nothing of it is stored
 * @retval FC_E_FORMAT     features that are not finite
 * @retval FC_E_LIMIT      over memory_bytes
 * @retval FC_E_CANCELLED  asked to stop; nothing is stored
 */
FC_API fc_status fc_adapter_fit(fc_store *store, const fc_adapter_options *opts,
                                fc_adapter_report *report, fc_error *err);
FC_API void fc_adapter_report_dispose(fc_adapter_report *report);

/** One side of an adapter. */
typedef struct fc_adapter_side {
    const char *encoder; /**< name */
    const char *fingerprint;
    const char *output;
    bool stored; /**< the store has this encoder version */
} fc_adapter_side;

/** An adapter as it is stored. Strings belong to the list. */
typedef struct fc_adapter_info {
    const char *name;
    uint32_t version; /**< counts up with every fit and every stage; from 1 */
    int64_t created_ns;
    fc_modality modality;
    bool migrate;             /**< from the old version into the new one's space */
    fc_adapter_side from, to; /**< the old version, the new one */
    fc_adapter_stage stage;
    const char *method;
    const char *fit_json;
} fc_adapter_info;

/** The newest version of every adapter, by name; the caller destroys it. */
typedef struct fc_adapter_list {
    size_t n;
    const fc_adapter_info *adapters;
} fc_adapter_list;

FC_API fc_status fc_adapters(fc_snapshot *snapshot, fc_adapter_list **out, fc_error *err);
FC_API void fc_adapter_list_destroy(fc_adapter_list *list);

/**
 * Switch to a stage: queries that name no encoder are answered by it from then on. One transaction;
 * nothing is encoded, indexed or removed, so that going back is as quick.
 *
 * @param      name     NULL: the only one there is
 * @param[out] changed  NULL, or receives false where it was at that stage
 * @retval FC_E_NOT_FOUND  no such adapter, or none; the message says which there are
 * @retval FC_E_INVALID    several where none was named, an adapter to migrate, or a stage whose
 *                         encoder version has nothing sealed to search
 */
FC_API fc_status fc_adapter_switch(fc_store *store, const char *name, fc_adapter_stage stage,
                                   bool *changed, fc_error *err);

/** What a migration came to. */
typedef struct fc_adapter_migration {
    char encoder[160]; /**< name of the version that was made */
    char fingerprint[65];
    uint64_t n_items;    /**< that it has */
    uint64_t n_skipped;  /**< items that have no direction there */
    uint64_t n_datasets; /**< that it covers now */
} fc_adapter_migration;

/**
 * Map all that the old version has encoded by an adapter that was fitted to do so
 * (fc_adapter_options.migrate), and store it as an encoder version of its own, "NEW.migrated": unit
 * vectors, whose fingerprint is of both versions and the map, and whose provenance names them.
 * Queries find it where they name it, embedded by the new version's card; it is never chosen
 * otherwise, nor taken for the new version by an ingest, a space or an adapter. Done again it adds
 * what is missing.
 *
 * @param name  of the adapter
 * @retval FC_E_INVALID    an adapter for queries; a data set that an ingest has not finished
 * @retval FC_E_NOT_FOUND  no such adapter, or a version of it is gone
 * @retval FC_E_BUSY       another writer
 */
FC_API fc_status fc_adapter_migrate(fc_store *store, const char *name, fc_adapter_migration *report,
                                    fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_ADAPTER_H */
