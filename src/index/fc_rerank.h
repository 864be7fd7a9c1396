/*
 * Comparing the candidates of one query again: the best first, by codes of the rows where the index
 * has them, until the rest are too far off.
 *
 * Threads: one fc_rerank a thread.
 */
#ifndef FC_RERANK_H
#define FC_RERANK_H

#include "fc_segment.h"
#include "fc_select.h"

/* Memory, kept from query to query. */
typedef struct fc_rerank {
    struct fc_candidate *ranked;
    uint8_t *code; /* of the query */
    size_t ranked_capacity, code_capacity;
} fc_rerank;

/* What FAISS found for one query, nearest first by what it makes of them. */
typedef struct fc_candidates {
    const float *query, *reduced; /* as given, and behind the front of the index */
    int64_t *rows;                /* all within the segment */
    float *estimates;             /* cosines */
    size_t n;
} fc_candidates;

/* Let the candidates add to the answer; *n_compared counts the rows that were. FC_E_CORRUPT when a
 * page of theirs fails. */
fc_status fc__rerank(fc_rerank *r, const fc_segment *segment, const fc_candidates *c,
                     fc_select *select, uint64_t *n_compared, fc_error *err);
void fc__rerank_dispose(fc_rerank *r);

#endif /* FC_RERANK_H */
