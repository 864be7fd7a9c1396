/*
 * The neighbours of the sample: each modality's items are read once, and offered to the samples of
 * all modalities. Lists are kept by pair of modalities, so that those of any set of modalities are
 * merged out of them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_space_run.h"
#include "fc_alloc.h"

#define BATCH_ROWS ((size_t)1024)

typedef struct search {
    fc_space_audit_run *run;
    fc_knn_scan *scans[FC_AUDIT_MODALITIES];
    float *rows; /* BATCH_ROWS x dim */
    bool *ok;
    uint64_t done, total;
} search;

static void offer(search *s, const uint64_t *contents, size_t n)
{
    for (size_t q = 0; q < s->run->n_items && n > 0; q++)
        fc__knn_scan_add(s->scans[q], contents, s->rows, n);
}

/* One batch of the gallery; contents that have a vector move up to *kept. */
static fc_status take_batch(search *s, size_t at, size_t first, size_t n, size_t *kept,
                            fc_error *err)
{
    fc_space_items *items = &s->run->items[at];
    const size_t dim = s->run->dim, before = *kept;
    fc_status st =
        fc__space_audit_rows(s->run, at, items->contents + first, n, s->rows, s->ok, err);

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        if (!s->ok[i])
            continue;
        memmove(s->rows + (*kept - before) * dim, s->rows + i * dim, dim * sizeof(*s->rows));
        items->contents[(*kept)++] = items->contents[first + i];
    }
    if (st == FC_OK)
        offer(s, items->contents + before, *kept - before);
    return st;
}

/* All items of one modality against every sample. */
static fc_status search_items(search *s, size_t at, fc_error *err)
{
    fc_space_items *items = &s->run->items[at];
    size_t kept = 0;
    fc_status st = FC_OK;

    for (size_t q = 0; q < s->run->n_items && st == FC_OK; q++) {
        const fc_space_items *asked = &s->run->items[q];
        const fc_knn_ask ask = {.dim = s->run->dim,
                                .n_queries = asked->n_asked,
                                .k = s->run->opts->k,
                                .rows = asked->rows,
                                .contents = asked->asked,
                                .n_threads = s->run->opts->n_threads};

        st = fc__knn_scan_create(&s->scans[q], &ask, err);
    }
    for (size_t first = 0; first < items->n && st == FC_OK; first += BATCH_ROWS) {
        const size_t n = items->n - first < BATCH_ROWS ? items->n - first : BATCH_ROWS;

        st = fc__space_audit_step(s->run, "neighbours", s->done, s->total, err);
        if (st == FC_OK)
            st = take_batch(s, at, first, n, &kept, err);
        s->done += n;
    }
    for (size_t q = 0; q < s->run->n_items && st == FC_OK; q++)
        st = fc__knn_scan_finish(s->scans[q], &s->run->near[q][at], err);
    for (size_t q = 0; q < s->run->n_items; q++) {
        fc__knn_scan_destroy(s->scans[q]);
        s->scans[q] = NULL;
    }
    items->n_without = items->n - kept;
    items->n = kept;
    return st;
}

fc_status fc__space_audit_near(fc_space_audit_run *run, fc_error *err)
{
    search s = {.run = run};
    fc_status st = FC_OK;

    s.rows = fc__alloc_bare(BATCH_ROWS, run->dim * sizeof(*s.rows));
    s.ok = fc__alloc_array(BATCH_ROWS, sizeof(*s.ok));
    if (s.rows == NULL || s.ok == NULL)
        st = fc__nomem(err, BATCH_ROWS * run->dim * sizeof(*s.rows), "rows to compare");
    for (size_t g = 0; g < run->n_items; g++)
        s.total += run->items[g].n;
    for (size_t g = 0; g < run->n_items && st == FC_OK; g++)
        st = search_items(&s, g, err);
    free(s.rows);
    free(s.ok);
    return st;
}

/* --- lists among several modalities --- */

/* The best of the lists of one query, by score, then by content. */
static void merge(const fc_space_audit_run *run, uint32_t mask, size_t q, size_t query,
                  fc_knn_lists *out, size_t row)
{
    size_t at[FC_AUDIT_MODALITIES] = {0};
    uint32_t found = 0;

    while (found < out->k) {
        size_t best = run->n_items;

        for (size_t g = 0; g < run->n_items; g++) {
            const fc_knn_lists *l = &run->near[q][g], *b = &run->near[q][best % run->n_items];
            const size_t i = query * l->k + at[g], j = query * b->k + at[best % run->n_items];

            if ((mask >> g & 1) == 0 || at[g] >= l->n_found[query])
                continue;
            if (best == run->n_items || l->scores[i] > b->scores[j] ||
                (l->scores[i] == b->scores[j] && l->contents[i] < b->contents[j]))
                best = g;
        }
        if (best == run->n_items)
            break;
        out->contents[row * out->k + found] =
            run->near[q][best].contents[query * out->k + at[best]];
        out->scores[row * out->k + found++] =
            run->near[q][best].scores[query * out->k + at[best]++];
    }
    out->n_found[row] = found;
    for (uint32_t i = found; i < out->k; i++) {
        out->contents[row * out->k + i] = UINT64_MAX;
        out->scores[row * out->k + i] = -INFINITY;
    }
}

fc_status fc__space_audit_lists(const fc_space_audit_run *run, uint32_t mask, fc_knn_lists *out,
                                fc_error *err)
{
    size_t row = 0;

    *out = (fc_knn_lists){.k = run->opts->k};
    for (size_t q = 0; q < run->n_items; q++)
        if (mask >> q & 1) {
            out->n_queries += run->items[q].n_asked;
            out->n_gallery += run->items[q].n;
        }
    out->contents = fc__alloc_bare(out->n_queries * out->k, sizeof(*out->contents));
    out->scores = fc__alloc_bare(out->n_queries * out->k, sizeof(*out->scores));
    out->n_found = fc__alloc_array(out->n_queries, sizeof(*out->n_found));
    if (out->contents == NULL || out->scores == NULL || out->n_found == NULL)
        return fc__nomem(err, out->n_queries * out->k * sizeof(*out->contents), "neighbours");
    for (size_t q = 0; q < run->n_items; q++)
        for (size_t i = 0; (mask >> q & 1) && i < run->items[q].n_asked; i++)
            merge(run, mask, q, i, out, row++);
    return FC_OK;
}
