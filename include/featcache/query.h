/**
 * @file featcache/query.h
 * Query: embed a new input and find the nearest stored items by cosine, in an encoder's own output
 * or in a space that several encoders share. Only sealed data is searched. Each query sees the
 * newest sealed state; segments and encoders are loaded once and kept.
 *
 * Threads: a searcher belongs to one thread at a time.
 */
#ifndef FC_QUERY_H
#define FC_QUERY_H

#include <featcache/adapt.h>
#include <featcache/neural.h>
#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fc_searcher fc_searcher;

/** Options; start from FC_SEARCHER_OPTIONS_INIT. */
typedef struct fc_searcher_options {
    size_t struct_size;
    const char *encoder; /**< as fc_snapshot_find_encoder(); NULL: the newest that fits the query */
    const char *output;  /**< NULL: "pooled" where there is one, else the first searchable */
    bool exact;          /**< scan exactly, whatever indexes there are */
    uint32_t n_threads;  /**< 0: one a processor */
    /** How models are run; NULL: the defaults. Lives as long as the searcher. */
    const fc_neural_options *neural;
    /** Search this space (featcache/space.h) instead of one encoder's output: everything that its
     * members have encoded, by cosine. `encoder` then names, by its name, the member that embeds
     * the query, where several take its modality; `output` has to be NULL. */
    const char *space;
    /** Ask through this adapter (featcache/adapt.h): the new encoder version embeds the query, and
     * what the old one has encoded is searched. `encoder`, `output` and `space` have to be NULL.
     * NULL: none, unless a switch is at a stage that asks through one; that is so only where
     * `encoder`, `output` and `space` are NULL, too. */
    const char *adapter;
} fc_searcher_options;

#define FC_SEARCHER_OPTIONS_INIT                                            \
    {                                                                       \
        sizeof(fc_searcher_options), NULL, NULL, false, 0, NULL, NULL, NULL \
    }

FC_API fc_status fc_searcher_open(fc_searcher **out, fc_store *store,
                                  const fc_searcher_options *opts, fc_error *err);
FC_API void fc_searcher_close(fc_searcher *searcher);

/** What one term of a query is. */
typedef enum fc_query_kind {
    FC_QUERY_TEXT = 1,
    FC_QUERY_FILE = 2,
    FC_QUERY_ID = 3,
    FC_QUERY_VECTOR = 4
} fc_query_kind;

#define FC_QUERY_TERMS_MAX 64

/** One input of a query that has several. Zero what is not needed. */
typedef struct fc_query_term {
    fc_query_kind kind;
    const char *value;     /**< the text, path or id, as in fc_query; of a vector NULL */
    const float *vector;   /**< vector_dim elements; else NULL */
    size_t vector_dim;     /**< else 0 */
    double weight;         /**< not 0; below 0: away from it */
    double start_s, end_s; /**< of a file that is a sound, as in fc_query */
} fc_query_term;

/** One query: exactly one of text, file, id, vector, terms. Start from FC_QUERY_INIT. */
typedef struct fc_query {
    size_t struct_size;
    const char *text;
    const char *file;    /**< path of a file to embed; of a member "x.zip/a.obj", a row "x.npy/7" */
    const char *id;      /**< "DATASET/ID" or "DATASET@N/ID" of a stored sample */
    const float *vector; /**< vector_dim elements */
    size_t vector_dim;
    size_t k;               /**< 0: 10 */
    const char *modalities; /**< "image,text"; NULL: all. See fc_query_result.via_groups */
    const char *dataset;    /**< "NAME" or "NAME@N"; NULL: the newest of all */
    const char *where;      /**< a filter on fields and metadata; NULL: none */
    bool include_self;      /**< keep the query item itself among the hits */
    /** Span of `file` in seconds, for sounds; both 0: the whole; only end_s 0: to the end. */
    double start_s, end_s;
    /* Caps on the text or file, as fc_ingest_options has them; zero is the default of each. */
    uint64_t max_pixels, max_samples, max_points, max_text_bytes;
    uint64_t max_file_bytes; /**< of a file, or a member of an archive unpacked; 0: 256 MiB */
    uint64_t max_members;    /**< of a tar, looked at to find the one */
    uint32_t max_nesting;
    uint32_t max_draw_ms;
    const char *svg_helper; /**< the program that draws SVGs, as in fc_ingest_options */
    /** Several inputs in one query: each is embedded and made a unit vector, and the sum of them,
     * weighted, is what is asked with. In one encoder's output they have to be of its modality (or
     * vectors); in a space each is embedded by the member that takes it. At most
     * FC_QUERY_TERMS_MAX. */
    const fc_query_term *terms;
    size_t n_terms;
    /** In a space, how scores are made comparable between modalities; NULL or "none": cosines as
     * they are. Ten times k of each member, at least 100 and at most 20,000, are scored
     * again; of an exact searcher all.
     *   "shift"       cosines after the mean vector of each modality was subtracted
     *   "csls"        2 cos - r(x) - r(y): less of what is near to everything (Conneau et al. 2018)
     *   "invsoftmax"  an inverted softmax over stored items of the query's modality (Smith et al.
     *                 2017), as a logarithm
     *   "dis"         the same for a query whose first hit one of those items has, too; else
     *                 cosines: the dynamic inverted softmax of QB-Norm (Bogolin et al. 2022)
     *   "fair"        deviations from the mean cosine of that pair of modalities */
    const char *calibrate;
    /** The content of `file`, for a caller that has it in memory: `file` is then only its name,
     * which tells the format where the content does not, and no path is opened. NULL: read it. */
    const void *file_bytes;
    size_t n_file_bytes;
    /** Say which patches, tokens or frames carried the scores. What is pooled without rows beside
     * it is not explained, and a notice says so. */
    bool explain;
    /** Above 0: each hit gets a probability, the softmax of the scores of all k hits divided by
     * this (Radford et al. 2021 classify so with .01: the hits are the candidates). 0: none. */
    double temperature;
} fc_query;

#define FC_QUERY_INIT                                                                            \
    {                                                                                            \
        sizeof(fc_query), NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, false, 0.0, 0.0, 0, 0, \
            0, 0, 0, 0, 0, 0, NULL, NULL, 0, NULL, NULL, 0, false, 0                             \
    }

/** What of an item carried a score: the cosine is rest + the sum of rows. */
typedef struct fc_explanation {
    const char *encoder, *output; /**< whose rows they are */
    size_t n_rows;
    const float *rows;         /**< what each adds: of a map row by row from the top left */
    double rest;               /**< what no row adds: biases, other inputs of a head */
    uint32_t height, width;    /**< of a map; else 0 */
    const char *const *tokens; /**< n_rows, of a text; NULL: not known */
    const double *times;       /**< 2 x n_rows: begin and end in seconds; NULL: none */
    /** Of a map: sides of the picture as the encoder reads it, 0: not known; and where the map lies
     * over it: left, top, right, bottom as shares of these sides, below 0 and above 1 where there
     * is padding. */
    uint32_t picture_width, picture_height;
    double frame[4];
    int orientation; /**< EXIF's, 2 to 8, where the encoder leaves the picture as stored; else 1 */
    /** The same by another input of a fused head, whose rows it is that are told apart there;
     * NULL: no more. */
    const struct fc_explanation *next;
} fc_explanation;

/** One hit: a sample. Strings belong to the result. */
typedef struct fc_query_hit {
    size_t rank;  /**< from 1 */
    double score; /**< cosine, -1 to 1; with fc_query.calibrate on the scale of the method */
    const char *dataset, *id, *group, *split, *path, *preview;
    const char *root; /**< folder of the data set that `path` is relative to */
    const char *meta_json;
    fc_modality modality;
    uint64_t content;
    const char
        *via_id; /**< id of the sample that matched, when this one is of its group; else NULL */
    double start_s, end_s; /**< span of `path`; both 0: the whole; only end_s 0: to the end */
    double cosine;         /**< with the query, whatever the score is */
    const fc_explanation
        *explanation;   /**< with fc_query.explain, where there are rows; else NULL */
    double probability; /**< among the hits, with fc_query.temperature; else 0 */
    bool adapted;       /**< found through fc_query_result.adapter: the query was mapped for it */
} fc_query_hit;

/** What one term of a query was taken as. Strings belong to the result. */
typedef struct fc_query_term_info {
    fc_modality modality;       /**< FC_VECTOR for a vector */
    const char *encoder;        /**< name of what embedded it; of a vector "" */
    const fc_query_hit *sample; /**< by id: the sample (rank 0); else NULL */
    /** With fc_query.explain: what of it carried the cosine with the first hit; NULL: no rows. Of
     * several terms each has its share: rests and rows of all add up to the cosine, with the shares
     * of those that have none. */
    const fc_explanation *explanation;
} fc_query_term_info;

typedef struct fc_query_result {
    fc_modality query_modality; /**< of its inputs; FC_MODALITY_NONE where they differ */
    const char *encoder;        /**< name */
    const char *fingerprint;
    const char *output;
    bool via_groups; /**< no space was named: hits were found through their groups */
    bool exact;
    const char *index_kinds; /**< comma-separated kinds of the segments, or "scan" */
    uint64_t count;          /**< items searched */
    uint64_t generation;
    size_t n_hits;
    const fc_query_hit *hits;
    double load_ms, encode_ms, search_ms;
    const fc_query_hit *input; /**< by id: the sample that was asked with (rank 0); else NULL */
    /** What a user should know besides, a line each: samples that were not searched and why, names
     * in the filter that no sample has. */
    const char *const *notices;
    size_t n_notices;
    fc_modality matched_modality; /**< of the samples that were compared: what the encoder takes */
    /** The space that was searched, and its version; NULL: an encoder's own output. `encoder`,
     * `fingerprint` and `output` are then those that embedded the query; of a vector, and of terms
     * that several members have embedded, "". */
    const char *space;
    uint32_t space_version;
    const fc_query_term_info *terms; /**< one a term; a query of one input has one */
    size_t n_terms;
    const char *calibration; /**< fc_query.calibrate; NULL: none */
    size_t n_bank;           /**< stored items that it was calibrated by, at most */
    size_t n_candidates;     /**< of each member: how many were scored again, at most */
    bool bank_activated;     /**< "dis": scores are softmaxes; else cosines */
    /** The adapter that was asked through, and the hash of its map; NULL: none. `encoder`,
     * `fingerprint` and `output` are those of the new version, which embedded the query; these of
     * the old one, which was searched (in the dual stage beside it). */
    const char *adapter;
    const char *adapter_hash; /**< a stage that is come back to has the same, unlike its version */
    fc_adapter_stage adapter_stage; /**< FC_STAGE_ADAPTER or FC_STAGE_DUAL */
    const char *adapted_encoder, *adapted_fingerprint, *adapted_output;
} fc_query_result;

/**
 * Answer one query. @p out is the caller's, to release with fc_query_result_destroy().
 * @retval FC_E_INVALID    not exactly one input, a bad filter (with its column), no fitting
 * encoder, terms that cancel out
 * @retval FC_E_NOT_FOUND  no such id, data set or encoder: the message says what there is
 * @retval FC_E_FORMAT     the query input cannot be decoded or embedded, or is not finite
 * @retval FC_E_LIMIT      the query input is over one of its caps
 * @retval FC_E_CORRUPT    stored bytes needed for the answer are damaged
 */
FC_API fc_status fc_searcher_query(fc_searcher *searcher, const fc_query *query,
                                   fc_query_result **out, fc_error *err);
FC_API void fc_query_result_destroy(fc_query_result *result);

/** Bring the search index of every searchable output, and of every space's heads, up to date with
 * what is sealed. */
/** A kind that `auto` built over a sample of the rows and searched there. */
typedef struct fc_index_tried {
    char kind[32];
    const char *outcome; /**< "chosen", "slower", "misses", "large", "failed" */
    double recall;       /**< recall@10 on the sample, of rows that are not in it */
    double microseconds; /**< CPU time a query over all rows, estimated */
    double seconds;      /**< to build over all rows on one thread, estimated */
    uint64_t bytes;      /**< memory at the peak of the build */
} fc_index_tried;

/** A measured effort of searching an index. */
typedef struct fc_index_point {
    char parameters[32]; /**< FAISS's own, such as "nprobe=8" */
    uint32_t times;      /**< times x (k + 10) candidates are asked for */
    double recall;       /**< recall@10 of rows as queries */
    double microseconds; /**< CPU time a query */
} fc_index_point;

/** A segment that an update built, and how its index was chosen. */
typedef struct fc_index_built {
    const char *kind; /**< "Flat": scanned exactly */
    uint64_t rows;
    double target;        /**< recall@10 that new queries shall have; 0: nothing was measured */
    double recall;        /**< recall@10 of rows as queries at the effort that is kept */
    double microseconds;  /**< CPU time a query at that effort; 0: not measured */
    uint64_t sample_rows; /**< that kinds were tried on; 0: none were */
    size_t n_tried, n_curve;
    const fc_index_tried *tried; /**< until the call ends, as the curve is */
    const fc_index_point *curve; /**< ascending recall and time */
} fc_index_built;

typedef struct fc_index_options {
    size_t struct_size;
    const char *encoder, *output; /**< NULL: all */
    const char *kind;             /**< NULL or "auto", "flat", or a FAISS factory string */
    bool rebuild;                 /**< one new segment in place of all */
    uint64_t memory_bytes;        /**< 0: 1 GiB */
    uint32_t n_threads;           /**< 0: one a processor */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
    const char *space;    /**< only of this space; NULL: all. Not with encoder or output */
    double target_recall; /**< recall@10 of new queries, .5 to .999; 0: .95 */
    void (*built)(void *context, const fc_index_built *built); /**< each new segment; may be NULL */
    void *built_context;
} fc_index_options;

#define FC_INDEX_OPTIONS_INIT                                                                     \
    {                                                                                             \
        sizeof(fc_index_options), NULL, NULL, NULL, false, 0, 0, NULL, NULL, NULL, NULL, 0, NULL, \
            NULL                                                                                  \
    }

typedef struct fc_index_report {
    uint64_t n_outputs, n_segments, n_rows, n_added, n_dead;
} fc_index_report;

FC_API fc_status fc_index_update(fc_store *store, const fc_index_options *opts,
                                 fc_index_report *report, fc_error *err);

/** A segment of the search index, as it stands. */
typedef struct fc_index_segment {
    const char *hash; /**< 32 digits: its file name */
    fc_version_id version;
    fc_output_id output;
    /** Whose head made its vectors; NULL: they are the output's own. Of a head that no space has
     * any more: the head's name. */
    const char *space;
    bool damaged; /**< its .faiss is missing or damaged: scanned exactly all the same */
    bool missing; /**< the segment itself is missing or damaged: its rows are read out of the
                       store, the rest here is not known */
    fc_index_built built;
} fc_index_segment;

/** Each segment that the store lists, by encoder version, output and space; what @p each gets is
 * borrowed until it returns. Of an index only the header is read: featcache verify checks it. */
FC_API fc_status fc_index_segments(fc_store *store,
                                   void (*each)(void *context, const fc_index_segment *segment),
                                   void *context, fc_error *err);

/** k-NN classification by a metadata column or field: how well an output separates labels. */
typedef struct fc_eval_label_options {
    size_t struct_size;
    const char *encoder, *output;           /**< encoder is required; output as in a searcher */
    const char *dataset;                    /**< NULL: the only one there is */
    const char *label;                      /**< metadata column, or "group", "split", "modality" */
    const char *gallery_split, *test_split; /**< NULL, NULL: leave one out over all */
    uint32_t k;                             /**< neighbours that vote; 0: 1 */
    uint32_t n_threads;
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
} fc_eval_label_options;

#define FC_EVAL_LABEL_OPTIONS_INIT                                                          \
    {                                                                                       \
        sizeof(fc_eval_label_options), NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL \
    }

typedef struct fc_eval_label_report {
    double accuracy;
    double low, high; /**< 95 % Wilson score interval */
    uint64_t queries, gallery, n_labels;
    double majority; /**< share of the most frequent label among the queries: what guessing gives */
    double seconds;
} fc_eval_label_report;

FC_API fc_status fc_eval_label(fc_store *store, const fc_eval_label_options *opts,
                               fc_eval_label_report *report, fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_QUERY_H */
