/*
 * Top-k selection over approximate scores; fc_select.h says what it promises.
 */
#include "fc_select.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_vec.h"

/* Room beside k, so that comparing again comes in batches. */
#define SLACK 256

/* Both sums of dim products of unit vectors err by at most dim x 2^-24 (the products' magnitudes
 * sum to 1 at most, by Cauchy and Schwarz; stored rows may be 2^-11 longer than 1). */
static float margin_for(size_t dim)
{
    return 1.01f * 2.0f * (float)(dim + 2) * (FLT_EPSILON / 2.0f);
}

fc_status fc__select_init(fc_select *s, size_t k, size_t dim, fc_hit *hits, fc_error *err)
{
    *s = (fc_select){.k = k, .margin = margin_for(dim)};
    if (!fc__add(k, SLACK, &s->capacity))
        return fc__nomem(err, k, "the answer");
    s->best = fc__alloc_array(k, sizeof(*s->best));
    s->pending = fc__alloc_array(s->capacity, sizeof(*s->pending));
    if (s->best == NULL || s->pending == NULL) {
        fc__select_dispose(s);
        return fc__nomem(err, s->capacity * sizeof(*s->pending), "the answer");
    }
    fc__select_reset(s, hits);
    return FC_OK;
}

void fc__select_reset(fc_select *s, fc_hit *hits)
{
    s->hits = hits;
    s->n_best = s->n_pending = s->n_hits = 0;
    s->threshold = -INFINITY;
}

void fc__select_dispose(fc_select *s)
{
    free(s->best);
    free(s->pending);
    *s = (fc_select){0};
}

/* Put `value` at the root of a heap of n floats, lowest first, and let it sink. */
static void sink_float(float *heap, size_t n, float value)
{
    size_t at = 0;

    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value)
            break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

static void rise_float(float *heap, size_t at, float value)
{
    while (at > 0 && heap[(at - 1) / 2] > value) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = value;
}

/* The order of the answer: higher score first, then the lower content number. */
static bool worse(const fc_hit *a, const fc_hit *b)
{
    return a->score < b->score || (a->score == b->score && a->content > b->content);
}

static void sink_hit(fc_hit *heap, size_t n, fc_hit value)
{
    size_t at = 0;

    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &value))
            break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

static void rise_hit(fc_hit *heap, size_t at, fc_hit value)
{
    while (at > 0 && worse(&value, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = value;
}

static void raise_threshold(fc_select *s, float to)
{
    if (to > s->threshold)
        s->threshold = to;
}

void fc__select_compare(fc_select *s, const fc_vec_file *vec, const float *query, uint64_t row)
{
    const size_t dim = vec->h.dim;
    fc_hit hit;

    if (vec->h.dtype == FC_F16)
        fc__dot_rows_f16(query, fc__vec_at(vec, row), dim, 1, dim, &hit.score);
    else
        hit.score = fc__dot(query, fc__vec_at(vec, row), dim);
    if (!isfinite(hit.score)) /* not from rows that we wrote; still nothing to rank */
        return;
    hit.score = fmaxf(-1.0f, fminf(1.0f, hit.score));
    if (hit.score < fc__select_worst(s)) /* most rows: their content numbers are not looked up */
        return;
    hit.content = vec->contents[row];
    if (s->n_hits < s->k)
        rise_hit(s->hits, s->n_hits++, hit);
    else if (worse(&s->hits[0], &hit))
        sink_hit(s->hits, s->k, hit);
    if (s->n_hits == s->k)
        raise_threshold(s, s->hits[0].score - s->margin);
}

void fc__select_flush(fc_select *s, const fc_vec_file *vec, const float *query)
{
    /* The threshold has risen since most of them came. */
    for (size_t i = 0; i < s->n_pending; i++)
        if (s->pending[i].score >= s->threshold)
            fc__select_compare(s, vec, query, s->pending[i].row);
    s->n_pending = 0;
}

void fc__select_offer(fc_select *s, const fc_vec_file *vec, const float *query,
                      const uint64_t *rows, uint64_t first_row, const float *scores, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(scores[i] >= s->threshold)) /* so that a NaN goes too */
            continue;
        if (s->n_best < s->k)
            rise_float(s->best, s->n_best++, scores[i]);
        else if (scores[i] > s->best[0])
            sink_float(s->best, s->k, scores[i]);
        if (s->n_best == s->k)
            raise_threshold(s, s->best[0] - 2.0f * s->margin); /* both may err */
        if (s->n_pending == s->capacity)
            fc__select_flush(s, vec, query);
        s->pending[s->n_pending].row = rows != NULL ? rows[i] : first_row + i;
        s->pending[s->n_pending++].score = scores[i];
    }
}

static int best_first(const void *a, const void *b)
{
    const fc_hit *x = a, *y = b;

    return worse(y, x) ? -1 : worse(x, y) ? 1 : 0;
}

void fc__select_finish(fc_select *s)
{
    if (s->n_hits > 0)
        qsort(s->hits, s->n_hits, sizeof(*s->hits), best_first);
}
