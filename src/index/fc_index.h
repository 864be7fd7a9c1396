/*
 * Index segments: unit vectors of one encoder output (later: one space) in immutable files,
 * searched by cosine - by exact scan below a size, by FAISS above it. The only folder that includes
 * FAISS.
 *
 *     segments/<hash>.vec     unit vectors, f16 or f32, fixed stride, with the content numbers and
 * a checksum a page; mapped (schemas/segment.md) segments/<hash>.faiss   optional: a FAISS index
 * over the same rows, in our container with a hash
 *
 * <hash> is the hash of the content, so a file is what its name says or it is refused. Which
 * segments are live, and the tombstones, are the caller's (the store keeps them).
 *
 * Threads: an open segment may be searched by many threads.
 */
#ifndef FC_INDEX_H
#define FC_INDEX_H

#include "fc_row_source.h"

/* What a segment is of; all of it is in the file and checked at open. */
typedef struct fc_segment_identity {
    uint8_t store_id[16];
    fc_version_id version;
    fc_output_id output;
    char space[64]; /* "" for an encoder's own output */
} fc_segment_identity;

#define FC_CURVE_MAX 24u /* points kept of what was measured */
#define FC_TRIED_MAX 8u  /* kinds that `auto` looks at */

/* How hard to search, and what that was measured to give. */
typedef struct fc_effort_point {
    char parameters[32]; /* FAISS's own: "nprobe=8"; "": none */
    uint32_t times;      /* candidates a hit: times x (k + 10) rows are asked for */
    float slack;         /* candidates come nearest first by FAISS's estimate; the first whose
                            estimated cosine is lower than that of the k-th best row so far by more
                            than this ends the comparing. May be below 0; INFINITY: none does */
    float recall;        /* recall@10 */
    float microseconds;  /* CPU time a query, in blocks of queries, with all comparing */
} fc_effort_point;

typedef enum fc_tried_outcome {
    FC_TRIED_SLOWER = 0, /* good enough, but another is faster */
    FC_TRIED_CHOSEN = 1,
    FC_TRIED_MISSES = 2, /* too little recall at the highest effort */
    FC_TRIED_LARGE = 3,  /* would need more memory than is allowed; not measured */
    FC_TRIED_FAILED = 4, /* FAISS cannot build it of these rows */
} fc_tried_outcome;

/* One kind that `auto` looked at, by a sample of the rows. */
typedef struct fc_tried_kind {
    char kind[32];
    fc_tried_outcome outcome;
    float recall;       /* on the sample, of queries that are not in it */
    float microseconds; /* a query over all rows, estimated from the sample; CPU time */
    float seconds;      /* to build over all rows on one thread, likewise */
    uint64_t bytes;     /* of memory, at the peak of the build */
} fc_tried_kind;

/* What was measured when a segment's index was built; kept in the .faiss. */
typedef struct fc_segment_measure {
    float target;         /* recall@10 of new queries that was asked for; 0: nothing was measured */
    float recall;         /* of rows as queries, at the effort that is kept */
    float microseconds;   /* a query, at that effort */
    uint64_t sample_rows; /* rows that kinds were tried on; 0: the kind was given */
    size_t n_curve, n_tried;
    fc_effort_point curve[FC_CURVE_MAX]; /* ascending recall and time */
    fc_tried_kind tried[FC_TRIED_MAX];   /* in the order in which they were tried */
} fc_segment_measure;

typedef struct fc_segment_info {
    char hash[33]; /* 32 hex digits: the file name */
    uint64_t count;
    uint32_t dim;
    uint64_t first_content, last_content;
    char kind[32]; /* "Flat", "HNSW32", "IVF1024,Flat", ... */
    bool exact;    /* searched by exact scan over the .vec */
} fc_segment_info;

typedef struct fc_segment_options {
    const char *kind;      /* NULL or "auto": Flat below 50,000 rows, else what measurements favour;
                              "flat"; or a FAISS factory string */
    double target_recall;  /* recall@10 wanted of new queries, .5 to .999; 0: .95 */
    bool f32;              /* store vectors as f32 instead of f16 */
    uint64_t memory_bytes; /* refuse above; 0: 1 GiB */
    uint32_t n_threads;    /* 0: 1 */
    bool (*cancelled)(void *context);
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void (*trying)(void *context, const char *kind); /* `auto` measures this kind on a sample */
    void *context;
    fc_segment_measure *measure; /* NULL, or receives how the index was chosen */
} fc_segment_options;

#define FC_RECALL_DEFAULT .95
#define FC_RECALL_LEAST   .5
#define FC_RECALL_MOST    .999

/* Build one segment in `folder` from all rows of `rows` (any scale: normalised here; ascending
 * content numbers, unique). Files are synced and renamed before this returns. A NaN or zero row is
 * FC_E_FORMAT naming the content. No rows: FC_E_NOT_FOUND, no file.
 * *opts->measure: its target is 0 for an exact segment that nothing was measured for. FC_E_LIMIT
 * when a kind that was asked for needs more memory than is allowed or cannot reach the recall that
 * was asked for. */
fc_status fc__segment_build(const char *folder, const fc_segment_identity *identity,
                            const fc_row_source *rows, const fc_segment_options *opts,
                            fc_segment_info *out, fc_error *err);

typedef struct fc_segment fc_segment;

/* Open and check: name against header, header CRC, identity, count, dim. Page checksums of the .vec
 * are checked on first touch; the .faiss payload is hashed before FAISS sees it (and left out, with
 * exact scan in its place, when it is missing or damaged: then *degraded is true).
 * FC_E_NOT_FOUND, FC_E_CORRUPT, FC_E_VERSION. */
fc_status fc__segment_open(fc_segment **out, const char *folder, const char *hash,
                           const fc_segment_identity *identity, bool *degraded, fc_error *err);
void fc__segment_close(fc_segment *s);
/* What a segment is, without its index: *measure as fc__segment_measure(), its target 0 for NULL.
 * Checks as above, but of the .faiss its header alone. */
fc_status fc__segment_look(fc_segment_info *info, fc_segment_measure *measure, const char *folder,
                           const char *hash, const fc_segment_identity *identity, bool *degraded,
                           fc_error *err);
const fc_segment_info *fc__segment_info(const fc_segment *s);
/* What its index was measured to give; NULL where there is none, or none was kept (layout 1). */
const fc_segment_measure *fc__segment_measure(const fc_segment *s);
const uint64_t *fc__segment_contents(const fc_segment *s); /* count, ascending */
/* Row of `content`, or UINT64_MAX. */
uint64_t fc__segment_find(const fc_segment *s, uint64_t content);
/* The unit vector of a row as f32. FC_E_CORRUPT when its page fails. */
fc_status fc__segment_vector(const fc_segment *s, uint64_t row, float *out, fc_error *err);
/* Check everything: every page and the .faiss payload. */
fc_status fc__segment_verify(const fc_segment *s, fc_error *err);

typedef struct fc_hit {
    uint64_t content;
    float score; /* cosine, clamped to [-1, 1] */
} fc_hit;

/* Which rows may be returned: bit `content - base` of `bits`; NULL pointer for all. */
typedef struct fc_content_set {
    uint64_t base, n;
    const uint64_t *bits;
    uint64_t n_set; /* how many bits are set */
} fc_content_set;

static inline bool fc__content_set_has(const fc_content_set *set, uint64_t content)
{
    const uint64_t at = content - set->base;

    return content >= set->base && at < set->n && ((set->bits[at / 64] >> (at % 64)) & 1u) != 0;
}

typedef struct fc_search_options {
    size_t k;
    bool exact;                    /* never use FAISS */
    const fc_content_set *allowed; /* NULL: all */
    uint32_t n_threads;            /* 0: 1 */
} fc_search_options;

typedef struct fc_search_report {
    bool exact;         /* the answer is exact */
    uint64_t n_scanned; /* rows compared exactly */
} fc_search_report;

/* The best k of all segments for each of n_queries (n x dim, normalised here: FC_E_FORMAT for a
 * zero or non-finite query). hits: n_queries x k; n_hits[i] are filled, best first; equal scores in
 * the order of content numbers. With FAISS: ask for more, rerank over the mapped vectors; with a
 * set that drops too many, scan the allowed rows exactly. */
fc_status fc__segments_search(fc_segment *const *segments, size_t n_segments, const float *queries,
                              size_t n_queries, size_t dim, const fc_search_options *opts,
                              fc_hit *hits, size_t *n_hits, fc_search_report *report,
                              fc_error *err);

#endif /* FC_INDEX_H */
