/*
 * Answering queries from one segment; the rules of when FAISS is trusted are here.
 *
 * Filters and tombstones: FAISS's fastest kinds take no selector, so more candidates are asked for
 * and those not allowed are dropped. Where that would need too many, or left too few, the allowed
 * rows are scanned exactly instead.
 */
#include "fc_answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

/* Above this many candidates a scan of the (few) allowed rows is no slower. */
#define FETCH_MAX 4096
/* Candidates held at once: 12 bytes each. */
#define LABELS_MAX ((size_t)1 << 19)
/* Rows, and bytes of each, that are fetched ahead of the one being compared. */
#define AHEAD_ROWS  2
#define AHEAD_BYTES 4096

fc_status fc__answer_init(fc_answer *a, size_t dim, size_t max_queries, size_t k, fc_error *err)
{
    fc_status st;

    *a = (fc_answer){.dim = dim, .max_queries = max_queries, .k = k};
    st = fc__scan_scratch_init(&a->scan, dim, max_queries, err);
    if (st != FC_OK)
        return st;
    a->selects = fc__alloc_array(max_queries, sizeof(*a->selects));
    a->chosen = fc__alloc_array(max_queries, sizeof(fc_select *));
    a->left_over = fc__alloc_array(max_queries * dim, sizeof(float));
    if (a->selects == NULL || a->chosen == NULL || a->left_over == NULL)
        return fc__nomem(err, max_queries * dim * sizeof(float), "a block of queries");
    for (size_t i = 0; i < max_queries && st == FC_OK; i++)
        st = fc__select_init(&a->selects[i], k, dim, NULL, err);
    return st;
}

void fc__answer_dispose(fc_answer *a)
{
    fc__scan_scratch_dispose(&a->scan);
    for (size_t i = 0; a->selects != NULL && i < a->max_queries; i++)
        fc__select_dispose(&a->selects[i]);
    free(a->selects);
    free(a->chosen);
    free(a->left_over);
    free(a->labels);
    free(a->distances);
    *a = (fc_answer){0};
}

void fc__answer_begin(fc_answer *a, size_t n, fc_hit *hits, size_t stride)
{
    for (size_t i = 0; i < n; i++)
        fc__select_reset(&a->selects[i], hits + i * stride);
}

/* Allowed candidates that must be left of a filtered query's: with fewer, better rows may have been
 * missed. */
static size_t least_kept(size_t k)
{
    return 2 * k;
}

/* How many allowed ones to expect so that no fewer than these are left but for one query in some
 * 30,000: four standard deviations, at most sqrt(m), below m. */
static size_t expected_kept(size_t k)
{
    const double root = 2.0 + sqrt(4.0 + (double)least_kept(k));

    return (size_t)ceil(root * root);
}

/* How many candidates to ask for so that enough are allowed; 0: scan instead. */
static size_t fetch_count(const fc_segment *segment, const fc_row_runs *runs, size_t k)
{
    const uint64_t count = segment->info.count;
    size_t base, fetch;

    if (k >= count) /* before the product below, which it keeps in range */
        return 0;
    base = segment->effort.times * (k + 10);
    if (runs->n_rows < count && base < expected_kept(k))
        base = expected_kept(k);
    if (runs->n_rows <= base)
        return 0;
    fetch = (size_t)((base * count + runs->n_rows - 1) / runs->n_rows);
    /* Without a filter a large k is FAISS's to answer; with one, scanning few rows is cheaper. */
    if (fetch > count / 4 || (runs->n_rows < count && fetch > FETCH_MAX))
        return 0;
    return fetch;
}

/* Rows lie anywhere in the map: while one is compared, those after it are on their way. */
static void fetch_ahead(const fc_vec_file *vec, int64_t row)
{
    const char *at = fc__vec_at(vec, (uint64_t)row);
    const size_t n = vec->h.stride < AHEAD_BYTES ? vec->h.stride : AHEAD_BYTES;

    for (size_t i = 0; i < n; i += FC_VEC_ALIGN)
        __builtin_prefetch(at + i);
}

/* n candidates, nearest first by what FAISS makes of them, until the rest are too far off. */
static fc_status compare(fc_answer *a, const fc_segment *segment, const float *query, size_t q,
                         const int64_t *labels, const float *estimates, size_t n, fc_error *err)
{
    const fc_vec_file *vec = &segment->vec;
    fc_select *select = &a->selects[q];

    for (size_t i = 0; i < AHEAD_ROWS && i < n; i++)
        fetch_ahead(vec, labels[i]);
    for (size_t i = 0; i < n; i++) {
        fc_status st;

        if (estimates[i] < fc__select_worst(select) - segment->effort.slack)
            break;
        if (i + AHEAD_ROWS < n)
            fetch_ahead(vec, labels[i + AHEAD_ROWS]);
        st = fc__vec_check_rows(vec, (uint64_t)labels[i], 1, err);
        if (st != FC_OK)
            return st;
        fc__select_compare(select, vec, query, (uint64_t)labels[i]);
        a->n_scanned++;
    }
    return FC_OK;
}

/* Compare the allowed candidates of one query. *enough is false, and nothing was compared, when so
 * few are left that better rows may have been missed. */
static fc_status take_labels(fc_answer *a, const fc_segment *segment, const fc_row_runs *runs,
                             const fc_content_set *allowed, const float *query, size_t q,
                             int64_t *labels, float *estimates, size_t fetch, bool *enough,
                             fc_error *err)
{
    const fc_vec_file *vec = &segment->vec;
    const uint64_t wanted = allowed == NULL ? a->k : least_kept(a->k);
    size_t kept = 0;

    for (size_t i = 0; i < fetch; i++)
        if (labels[i] >= 0 && (uint64_t)labels[i] < vec->h.count &&
            (allowed == NULL || fc__content_set_has(allowed, vec->contents[labels[i]]))) {
            estimates[kept] = 1.0f - 0.5f * estimates[i]; /* squared distance to cosine */
            labels[kept++] = labels[i];
        }
    *enough = kept >= wanted || kept >= runs->n_rows;
    return *enough ? compare(a, segment, query, q, labels, estimates, kept, err) : FC_OK;
}

static fc_status scan(fc_answer *a, const fc_segment *segment, const fc_row_runs *runs,
                      const float *queries, size_t n, fc_error *err)
{
    a->n_scanned += n * runs->n_rows;
    return fc__scan(&a->scan, &segment->vec, runs, queries, n, a->chosen, err);
}

static fc_status grow_labels(fc_answer *a, size_t n, fc_error *err)
{
    fc_status st = fc__grow_array(&a->labels, &a->label_capacity, n, sizeof(*a->labels), err);

    if (st == FC_OK)
        st = fc__grow_array(&a->distances, &a->distance_capacity, n, sizeof(float), err);
    return st;
}

static fc_status ask_faiss(fc_answer *a, const fc_segment *segment, const fc_row_runs *runs,
                           const fc_content_set *allowed, const float *queries, size_t n,
                           size_t fetch, fc_error *err)
{
    const size_t at_once = fetch < LABELS_MAX ? LABELS_MAX / fetch : 1;
    size_t n_left = 0;

    for (size_t first = 0; first < n; first += at_once) {
        const size_t part = n - first < at_once ? n - first : at_once;
        fc_status st = grow_labels(a, part * fetch, err);

        if (st == FC_OK)
            st = fc__faiss_search(segment->faiss, queries + first * a->dim, part, fetch, a->labels,
                                  a->distances, err);
        for (size_t i = 0; i < part && st == FC_OK; i++) {
            const float *query = queries + (first + i) * a->dim;
            bool enough = false;

            st = take_labels(a, segment, runs, allowed, query, first + i, a->labels + i * fetch,
                             a->distances + i * fetch, fetch, &enough, err);
            if (st == FC_OK && enough) {
                a->approximate = true;
            } else if (st == FC_OK) {
                memcpy(a->left_over + n_left * a->dim, query, a->dim * sizeof(float));
                a->chosen[n_left++] = &a->selects[first + i];
            }
        }
        if (st != FC_OK)
            return st;
    }
    return n_left > 0 ? scan(a, segment, runs, a->left_over, n_left, err) : FC_OK;
}

fc_status fc__answer_segment(fc_answer *a, const fc_segment *segment, const fc_row_runs *runs,
                             const fc_content_set *allowed, const float *queries, size_t n,
                             bool exact, fc_error *err)
{
    size_t fetch = 0;

    if (runs->n_rows == 0)
        return FC_OK;
    if (runs->n_rows == segment->info.count)
        allowed = NULL; /* nothing of this segment is left out */
    if (segment->faiss != NULL && !exact)
        fetch = fetch_count(segment, runs, a->k);
    if (fetch > 0)
        return ask_faiss(a, segment, runs, allowed, queries, n, fetch, err);
    for (size_t i = 0; i < n; i++)
        a->chosen[i] = &a->selects[i];
    return scan(a, segment, runs, queries, n, err);
}

void fc__answer_finish(fc_answer *a, size_t n, size_t *n_hits)
{
    for (size_t i = 0; i < n; i++) {
        fc__select_finish(&a->selects[i]);
        n_hits[i] = a->selects[i].n_hits;
    }
}
