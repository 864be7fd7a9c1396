/*
 * The k nearest rows of a stream: tiles of scores by matrix products, from which few rows are
 * compared again in a fixed order of summation.
 */
#include "fc_knn_lists.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_vec.h"

/* Scores of a tile: 8 MiB. Two threads made 68 GF/s of 2,000 x 2,048 x 384 and 54 of 512 x 512 x
 * 384.
 */
#define TILE_QUERIES ((size_t)2048)
#define TILE_ROWS    ((size_t)1024)
/* Scores that are looked through at once for one that is high enough. */
#define GLANCE ((size_t)64)

typedef struct entry {
    uint64_t content;
    float score;
} entry;

struct fc_knn_scan {
    fc_knn_ask ask;
    entry *heaps; /* n_queries x k, the worst in front */
    uint32_t *n;  /* in each heap */
    float *norms; /* of the queries */
    float *scores;
    bool refused[TILE_ROWS];
    bool any_refused; /* of the tile */
    uint64_t n_gallery, n_refused;
};

static bool worse(const entry *a, const entry *b)
{
    return a->score != b->score ? a->score < b->score : a->content > b->content;
}

static void sift_down(entry *heap, size_t n, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        const entry moved = heap[at];

        if (child + 1 < n && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &moved))
            return;
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

static void sift_up(entry *heap, size_t at)
{
    for (; at > 0 && worse(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2) {
        const entry moved = heap[at];

        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moved;
    }
}

static fc_status check(const fc_knn_ask *ask, fc_error *err)
{
    if (ask->n_queries == 0 || ask->dim == 0)
        return fc_error_set(err, FC_E_INVALID, "no queries to find neighbours of");
    if (ask->k == 0 || ask->k > FC_KNN_K_MAX)
        return fc_error_set(err, FC_E_INVALID, "%zu neighbours; 1 to %u are possible", ask->k,
                            FC_KNN_K_MAX);
    for (size_t q = 0; q < ask->n_queries; q++)
        if (!fc__all_finite(ask->rows + q * ask->dim, ask->dim))
            return fc_error_set(err, FC_E_INVALID, "query %zu (content %llu) is not finite", q,
                                (unsigned long long)ask->contents[q]);
    return FC_OK;
}

fc_status fc__knn_scan_create(fc_knn_scan **out, const fc_knn_ask *ask, fc_error *err)
{
    fc_knn_scan *s;
    fc_status st = check(ask, err);
    size_t n_entries = 0;

    *out = NULL;
    if (st != FC_OK)
        return st;
    s = fc__alloc_array(1, sizeof(*s));
    if (s == NULL || !fc__mul(ask->n_queries, ask->k, &n_entries)) {
        free(s);
        return fc__nomem(err, sizeof(*s), "neighbours");
    }
    s->ask = *ask;
    s->heaps = fc__alloc_array(n_entries, sizeof(*s->heaps));
    s->n = fc__alloc_array(ask->n_queries, sizeof(*s->n));
    s->norms = fc__alloc_array(ask->n_queries, sizeof(*s->norms));
    s->scores =
        fc__alloc_bare((ask->n_queries < TILE_QUERIES ? ask->n_queries : TILE_QUERIES) * TILE_ROWS,
                       sizeof(*s->scores));
    if (s->heaps == NULL || s->n == NULL || s->norms == NULL || s->scores == NULL) {
        fc__knn_scan_destroy(s);
        return fc__nomem(err, n_entries * sizeof(entry), "neighbours");
    }
    for (size_t q = 0; q < ask->n_queries; q++) {
        const float *row = ask->rows + q * ask->dim;

        s->norms[q] = sqrtf(fc__dot(row, row, ask->dim));
    }
    *out = s;
    return FC_OK;
}

void fc__knn_scan_destroy(fc_knn_scan *s)
{
    if (s == NULL)
        return;
    free(s->heaps);
    free(s->n);
    free(s->norms);
    free(s->scores);
    free(s);
}

static void offer(fc_knn_scan *s, size_t q, uint64_t content, const float *row)
{
    entry *heap = s->heaps + q * s->ask.k;
    entry e = {.content = content};

    if (content == s->ask.contents[q] && !s->ask.keep_self)
        return;
    e.score = (float)fc__dot_ordered(s->ask.rows + q * s->ask.dim, row, s->ask.dim);
    if (s->n[q] < s->ask.k) {
        heap[s->n[q]] = e;
        sift_up(heap, s->n[q]++);
    } else if (worse(&heap[0], &e)) {
        heap[0] = e;
        sift_down(heap, s->ask.k, 0);
    }
}

static size_t count_from(const float *scores, size_t n, float least)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += scores[i] >= least;
    return count;
}

/* Rows of the tile that may be among the k best of one query: a product of dim terms errs by at
 * most dim x 2^-24 of the lengths (Cauchy and Schwarz). */
static void look_through(fc_knn_scan *s, size_t q, const float *scores, const uint64_t *contents,
                         const float *rows, size_t n, float longest)
{
    const float margin =
        1.01f * (float)(s->ask.dim + 2) * (FLT_EPSILON / 2) * s->norms[q] * longest;
    const entry *heap = s->heaps + q * s->ask.k;

    for (size_t at = 0; at < n; at += GLANCE) {
        const size_t part = n - at < GLANCE ? n - at : GLANCE;
        const float least = s->n[q] < s->ask.k ? -INFINITY : heap[0].score - margin;

        if (count_from(scores + at, part, least) == 0)
            continue;
        for (size_t i = at; i < at + part; i++)
            if ((s->n[q] < s->ask.k || scores[i] >= heap[0].score - margin) &&
                !(s->any_refused && s->refused[i]))
                offer(s, q, contents[i], rows + i * s->ask.dim);
    }
}

/* The longest of the rows of a tile; rows without a finite length are marked. */
static float lengths(fc_knn_scan *s, const float *rows, size_t n)
{
    float longest = 0;

    s->any_refused = false;
    for (size_t i = 0; i < n; i++) {
        const float *row = rows + i * s->ask.dim;
        const float square = fc__dot(row, row, s->ask.dim);

        s->refused[i] = !isfinite(square);
        s->n_refused += s->refused[i];
        s->any_refused = s->any_refused || s->refused[i];
        if (!s->refused[i] && square > longest)
            longest = square;
    }
    return sqrtf(longest);
}

void fc__knn_scan_add(fc_knn_scan *s, const uint64_t *contents, const float *rows, size_t n)
{
    const size_t dim = s->ask.dim;

    openblas_set_num_threads(s->ask.n_threads < 1     ? 1
                             : s->ask.n_threads < 256 ? (int)s->ask.n_threads
                                                      : 256);
    for (size_t r = 0; r < n; r += TILE_ROWS) {
        const size_t n_rows = n - r < TILE_ROWS ? n - r : TILE_ROWS;
        const float longest = lengths(s, rows + r * dim, n_rows);

        for (size_t q = 0; q < s->ask.n_queries; q += TILE_QUERIES) {
            const size_t left = s->ask.n_queries - q,
                         n_queries = left < TILE_QUERIES ? left : TILE_QUERIES;

            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n_queries,
                        (blasint)n_rows, (blasint)dim, 1.0f, s->ask.rows + q * dim, (blasint)dim,
                        rows + r * dim, (blasint)dim, 0.0f, s->scores, (blasint)TILE_ROWS);
            for (size_t i = 0; i < n_queries; i++)
                look_through(s, q + i, s->scores + i * TILE_ROWS, contents + r, rows + r * dim,
                             n_rows, longest);
        }
    }
    openblas_set_num_threads(1);
    s->n_gallery += n;
}

static int best_first(const void *a, const void *b)
{
    return worse(a, b) ? 1 : worse(b, a) ? -1 : 0;
}

fc_status fc__knn_scan_finish(fc_knn_scan *s, fc_knn_lists *out, fc_error *err)
{
    const size_t n_queries = s->ask.n_queries, k = s->ask.k;

    *out = (fc_knn_lists){
        .n_queries = n_queries, .k = k, .n_gallery = s->n_gallery, .n_refused = s->n_refused};
    out->contents = fc__alloc_array(n_queries * k, sizeof(*out->contents));
    out->scores = fc__alloc_array(n_queries * k, sizeof(*out->scores));
    out->n_found = fc__alloc_array(n_queries, sizeof(*out->n_found));
    if (out->contents == NULL || out->scores == NULL || out->n_found == NULL) {
        fc__knn_lists_dispose(out);
        return fc__nomem(err, n_queries * k * sizeof(*out->contents), "neighbours");
    }
    for (size_t q = 0; q < n_queries; q++) {
        entry *heap = s->heaps + q * k;

        qsort(heap, s->n[q], sizeof(*heap), best_first);
        out->n_found[q] = s->n[q];
        for (size_t i = 0; i < k; i++) {
            out->contents[q * k + i] = i < s->n[q] ? heap[i].content : UINT64_MAX;
            out->scores[q * k + i] = i < s->n[q] ? heap[i].score : -INFINITY;
        }
    }
    return FC_OK;
}

void fc__knn_lists_dispose(fc_knn_lists *l)
{
    free(l->contents);
    free(l->scores);
    free(l->n_found);
    *l = (fc_knn_lists){0};
}
