/*
 * The best k rows of one query out of a stream of approximate scores: rows whose approximate score
 * may still reach the answer are compared again in one fixed order of summation.
 *
 * So the answer, its scores and the order of ties are the same bits whether a row came from a
 * matrix product, a single dot product or FAISS.
 */
#ifndef FC_SELECT_H
#define FC_SELECT_H

#include <math.h>

#include "fc_vec_file.h"

typedef struct fc_select {
    size_t k;
    float margin;    /* an approximate score is at most this far from the final one */
    float threshold; /* nothing with a lower approximate score can be in the answer */
    float *best;     /* k: heap of the best approximate scores, lowest first */
    size_t n_best;
    struct fc_candidate {
        uint64_t row;
        float score;
    } * pending; /* rows of the current segment that still have to be compared */
    size_t n_pending, capacity;
    fc_hit *hits; /* k, borrowed: heap of the answer, worst first */
    size_t n_hits;
} fc_select;

/* Room for k > 0 hits of rows of `dim`; `hits` (k) are the caller's. */
fc_status fc__select_init(fc_select *s, size_t k, size_t dim, fc_hit *hits, fc_error *err);
/* Begin another query with the memory of the last. */
void fc__select_reset(fc_select *s, fc_hit *hits);
void fc__select_dispose(fc_select *s);

/* Take the approximate scores of n rows; rows[i] is their place in `vec`, or first_row + i when
 * rows is NULL. Their pages must have been checked. */
void fc__select_offer(fc_select *s, const fc_vec_file *vec, const float *query,
                      const uint64_t *rows, uint64_t first_row, const float *scores, size_t n);
/* Compare what is pending: before the next segment, and at the end. */
void fc__select_flush(fc_select *s, const fc_vec_file *vec, const float *query);
/* Compare one row right away; its page must have been checked. */
void fc__select_compare(fc_select *s, const fc_vec_file *vec, const float *query, uint64_t row);
/* The score that a row must reach to be among the k best so far; -INFINITY while there are fewer.
 */
static inline float fc__select_worst(const fc_select *s)
{
    return s->n_hits == s->k ? s->hits[0].score : -INFINITY;
}
/* Best first; equal scores by content number. */
void fc__select_finish(fc_select *s);

#endif /* FC_SELECT_H */
