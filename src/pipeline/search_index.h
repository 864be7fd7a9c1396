/*
 * The search index of one encoder output, or of what a head of a space makes of it, as a query uses
 * it: open segments, what of them is live, and the sealed rows that no segment has yet.
 */
#ifndef FC_SEARCH_INDEX_H
#define FC_SEARCH_INDEX_H

#include <featcache/store.h>

#include "fc_index.h"
#include "search_live.h"
#include "space_embed.h"

typedef struct fc_output_index {
    fc_version_id version;
    fc_output_id output;
    char key[FC_ARTEFACT_HEX_BYTES]; /* of the head; "": the output's own vectors */
    uint64_t generation;
    uint32_t dim;
    fc_segment **segments;
    size_t n_segments;
    fc_live_set live;  /* contents that a query without filters may return */
    uint64_t *pending; /* live contents with an item but in no segment, ascending */
    size_t n_pending;
    char kinds[256];       /* "Flat,HNSW32"; "scan" without segments */
    uint64_t switched;     /* generation at which the segment table was switched last */
    bool without_segments; /* one of them has failed its checksum */
    char
        pinned_dataset[129]; /* a data-set version other than the newest sealed: its contents are */
    uint32_t pinned_version; /* live here, also those that have gone since; 0: none */
} fc_output_index;

/* Which index to open. */
typedef struct fc_index_wish {
    const fc_encoder_info *encoder;
    const fc_output_info *output;
    const fc_space_branch *branch;     /* whose head makes the vectors; NULL: the output's own */
    const fc_dataset_info *dataset;    /* that will be searched, with */
    const fc_dataset_version *version; /* its version; NULL: the newest of all */
    bool no_segments;                  /* scan the blocks */
} fc_index_wish;

/* Open what the segment table lists, and find what it lacks. A segment that is missing or damaged
 * is left out: its rows become pending and are scanned exactly out of the blocks, so that the
 * answer is right all the same. Damage to a page shows only when it is searched: FC_E_CORRUPT then,
 * and the index is to be opened again without segments. */
fc_status fc__output_index_open(fc_output_index *out, fc_store *store, fc_snapshot *s,
                                const fc_index_wish *wish, fc_error *err);
void fc__output_index_close(fc_output_index *index);
/* Whether it does not answer the wish in this state of the store, or not as fast as it could:
 * pending rows may be in a segment by now. */
fc_status fc__output_index_is_stale(const fc_output_index *index, fc_snapshot *s,
                                    const fc_index_wish *wish, bool *stale, fc_error *err);

typedef struct fc_index_ask {
    const float *queries; /* n x dim */
    size_t n;
    size_t k;
    const fc_content_set *allowed; /* NULL: all that is live */
    const fc_space_branch *branch; /* as the index was opened with, of this snapshot */
    bool exact;
    uint32_t n_threads;
} fc_index_ask;

/* Best k contents of the index for each query, best first; equal scores by content number. hits has
 * room for n x k. */
fc_status fc__output_index_search(const fc_output_index *index, fc_snapshot *s,
                                  const fc_index_ask *ask, fc_hit *hits, size_t *n_hits,
                                  bool *was_exact, fc_error *err);

/* The identity that every segment of an output carries; `key` "" or a head's. */
fc_segment_identity fc__output_identity(const fc_store *store, const char *key,
                                        fc_version_id version, fc_output_id output);

/* Tombstones as the segment table keeps them: u64 count, then content numbers, little-endian. */
fc_status fc__tombstones_read(const uint8_t *bytes, size_t n, fc_live_set *remove_from,
                              fc_error *err);

#endif /* FC_SEARCH_INDEX_H */
