/*
 * Comparing candidates again. What takes time is memory: a row of 784 halves is 25 cache lines
 * somewhere in the map, its code of 128 dimensions three.
 */
#include "fc_rerank.h"

#include <stdlib.h>

#include "fc_alloc.h"

/* Rows, and bytes of each, that are fetched ahead of the one being compared; codes likewise. */
#define AHEAD_ROWS  2
#define AHEAD_BYTES 4096
#define AHEAD_CODES 8

static void fetch_ahead(const void *at, size_t bytes)
{
    const size_t n = bytes < AHEAD_BYTES ? bytes : AHEAD_BYTES;

    for (size_t i = 0; i < n; i += FC_VEC_ALIGN)
        __builtin_prefetch((const char *)at + i);
}

static void fetch_row(const fc_vec_file *vec, uint64_t row)
{
    fetch_ahead(fc__vec_at(vec, row), vec->h.stride);
}

/* The last byte too: codes are not aligned. */
static void fetch_code(const fc_codes *codes, uint64_t row)
{
    const uint8_t *at = fc__codes_at(codes, row);

    fetch_ahead(at, codes->stride);
    __builtin_prefetch(at + codes->stride - 1);
}

static fc_status compare_row(const fc_segment *segment, const float *query, uint64_t row,
                             fc_select *select, uint64_t *n_compared, fc_error *err)
{
    fc_status st = fc__vec_check_rows(&segment->vec, row, 1, err);

    if (st != FC_OK)
        return st;
    fc__select_compare(select, &segment->vec, query, row);
    (*n_compared)++;
    return FC_OK;
}

/* In FAISS's order. */
static fc_status compare_found(const fc_segment *segment, const fc_candidates *c, fc_select *select,
                               uint64_t *n_compared, fc_error *err)
{
    for (size_t i = 0; i < AHEAD_ROWS && i < c->n; i++)
        fetch_row(&segment->vec, (uint64_t)c->rows[i]);
    for (size_t i = 0; i < c->n; i++) {
        fc_status st;

        if (c->estimates[i] < fc__select_worst(select) - segment->effort.slack)
            break;
        if (i + AHEAD_ROWS < c->n)
            fetch_row(&segment->vec, (uint64_t)c->rows[i + AHEAD_ROWS]);
        st = compare_row(segment, c->query, (uint64_t)c->rows[i], select, n_compared, err);
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

static void sink(struct fc_candidate *heap, size_t n, size_t at)
{
    const struct fc_candidate value = heap[at];

    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && heap[child + 1].score > heap[child].score)
            child++;
        if (heap[child].score <= value.score)
            break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

/* Move the best of a heap of n behind its end. */
static void take_best(struct fc_candidate *heap, size_t n)
{
    const struct fc_candidate best = heap[0];

    heap[0] = heap[n - 1];
    heap[n - 1] = best;
    sink(heap, n - 1, 0);
}

/* A heap of all candidates by the cosines that their codes make likely. */
static fc_status rank(fc_rerank *r, const fc_codes *codes, const fc_front *front,
                      const fc_candidates *c, fc_error *err)
{
    fc_status st = fc__grow_array(&r->ranked, &r->ranked_capacity, c->n, sizeof(*r->ranked), err);

    if (st == FC_OK)
        st = fc__grow_array(&r->code, &r->code_capacity, codes->stride, 1, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < AHEAD_CODES && i < c->n; i++)
        fetch_code(codes, (uint64_t)c->rows[i]);
    fc__codes_encode(front, c->query, c->reduced, 1, r->code);
    for (size_t i = 0; i < c->n; i++) {
        const uint64_t row = (uint64_t)c->rows[i];

        if (i + AHEAD_CODES < c->n)
            fetch_code(codes, (uint64_t)c->rows[i + AHEAD_CODES]);
        r->ranked[i] = (struct fc_candidate){row, fc__codes_cosine(codes, r->code, row)};
    }
    for (size_t at = c->n / 2; at-- > 0;)
        sink(r->ranked, c->n, at);
    return FC_OK;
}

/* In the order of the codes; a candidate is taken from the heap when its row is fetched. */
static fc_status compare_ranked(const fc_rerank *r, const fc_segment *segment,
                                const fc_candidates *c, fc_select *select, uint64_t *n_compared,
                                fc_error *err)
{
    size_t left = c->n;

    for (size_t i = 0; i < c->n; i++) {
        fc_status st;

        for (; left > 0 && c->n - left <= i + AHEAD_ROWS; left--) {
            take_best(r->ranked, left);
            fetch_row(&segment->vec, r->ranked[left - 1].row);
        }
        if (r->ranked[c->n - 1 - i].score < fc__select_worst(select) - segment->effort.slack)
            break;
        st = compare_row(segment, c->query, r->ranked[c->n - 1 - i].row, select, n_compared, err);
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

fc_status fc__rerank(fc_rerank *r, const fc_segment *segment, const fc_candidates *c,
                     fc_select *select, uint64_t *n_compared, fc_error *err)
{
    const fc_codes *codes = fc__faiss_codes(segment->faiss);
    fc_status st;

    if (codes == NULL)
        return compare_found(segment, c, select, n_compared, err);
    st = rank(r, codes, fc__faiss_front(segment->faiss), c, err);
    if (st == FC_OK)
        st = compare_ranked(r, segment, c, select, n_compared, err);
    return st;
}

void fc__rerank_dispose(fc_rerank *r)
{
    free(r->ranked);
    free(r->code);
    *r = (fc_rerank){0};
}
