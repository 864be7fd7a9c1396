/*
 * Queries of the new version meet the old version's vectors: through a head, as they are, or not at
 * all.
 */
#include "fc_adapt_recall.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_knn_compare.h"
#include "fc_vec.h"

#define MOST_K 10

/* The version that is to come, and the one that there is. */
static const float *rows_of(const fc_adapt_pairs *p, bool source, size_t *dim)
{
    *dim = source ? p->p : p->q;
    return source ? p->source : p->target;
}

static bool new_is_source(const fc_adapt_scene *s)
{
    return s->use == FC_ADAPT_QUERIES_MAPPED;
}

/* A part's rows of one side, next to one another. */
static fc_status gather(float **out, const fc_adapt_pairs *pairs, bool source,
                        const fc_adapt_part *part, fc_error *err)
{
    size_t dim;
    const float *rows = rows_of(pairs, source, &dim);

    *out = fc__alloc_bare(part->n, dim * sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, part->n * dim * sizeof(**out), "rows");
    for (size_t i = 0; i < part->n; i++)
        memcpy(*out + i * dim, rows + part->rows[i] * dim, dim * sizeof(**out));
    return FC_OK;
}

/* The source's rows of a part through the head; what has no direction there is zero. */
static fc_status gather_mapped(float **out, const fc_adapt_pairs *pairs, const fc_head *head,
                               const fc_adapt_part *part, fc_error *err)
{
    float *rows = NULL;
    bool *ok = fc__alloc_array(part->n, sizeof(*ok));
    fc_status st = gather(&rows, pairs, true, part, err);

    *out = fc__alloc_bare(part->n, pairs->q * sizeof(**out));
    if (st == FC_OK && (ok == NULL || *out == NULL))
        st = fc__nomem(err, part->n * pairs->q * sizeof(**out), "rows");
    if (st == FC_OK)
        st = fc__head_apply_vectors(head, rows, part->n, *out, ok, err);
    free(ok);
    free(rows);
    return st;
}

static fc_status search(const fc_adapt_scene *s, const float *queries, const float *gallery,
                        size_t dim, fc_knn_lists *out, fc_error *err)
{
    const fc_knn_ask ask = {.dim = dim,
                            .n_queries = s->queries.n,
                            .k = MOST_K,
                            .rows = queries,
                            .contents = s->query_contents,
                            .n_threads = s->n_threads};
    fc_knn_scan *scan = NULL;
    fc_status st = fc__knn_scan_create(&scan, &ask, err);

    if (st == FC_OK) {
        fc__knn_scan_add(scan, s->gallery_contents, gallery, s->gallery.n);
        st = fc__knn_scan_finish(scan, out, err);
    }
    fc__knn_scan_destroy(scan);
    return st;
}

/* One side's own neighbours, or those of one side among the other's. */
static fc_status search_sides(const fc_adapt_scene *s, bool source_asks, bool source_is_asked,
                              fc_knn_lists *out, fc_error *err)
{
    float *queries = NULL, *gallery = NULL;
    fc_status st = gather(&queries, s->pairs, source_asks, &s->queries, err);

    if (st == FC_OK)
        st = gather(&gallery, s->pairs, source_is_asked, &s->gallery, err);
    if (st == FC_OK)
        st = search(s, queries, gallery, source_is_asked ? s->pairs->p : s->pairs->q, out, err);
    free(gallery);
    free(queries);
    return st;
}

static fc_status search_mapped(const fc_adapt_scene *s, const fc_head *head, fc_knn_lists *out,
                               fc_error *err)
{
    const bool mapped_ask = s->use == FC_ADAPT_QUERIES_MAPPED;
    float *mapped = NULL, *plain = NULL;
    fc_status st =
        gather_mapped(&mapped, s->pairs, head, mapped_ask ? &s->queries : &s->gallery, err);

    if (st == FC_OK)
        st = gather(&plain, s->pairs, false, mapped_ask ? &s->gallery : &s->queries, err);
    if (st == FC_OK)
        st = search(s, mapped_ask ? mapped : plain, mapped_ask ? plain : mapped, s->pairs->q, out,
                    err);
    free(plain);
    free(mapped);
    return st;
}

fc_status fc__adapt_look(const fc_adapt_scene *s, fc_adapt_who who, const fc_head *head,
                         fc_knn_lists *out, fc_error *err)
{
    const bool new_side = new_is_source(s);

    *out = (fc_knn_lists){.n_queries = 0};
    return who == FC_ADAPT_BY_HEAD ? search_mapped(s, head, out, err)
           : who == FC_ADAPT_BARE  ? search_sides(s, new_side, !new_side, out, err)
                                   : search_sides(s, !new_side, !new_side, out, err);
}

static fc_status take_contents(uint64_t **out, const fc_adapt_pairs *pairs,
                               const fc_adapt_part *part, fc_error *err)
{
    *out = fc__alloc_bare(part->n, sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, part->n * sizeof(**out), "contents");
    for (size_t i = 0; i < part->n; i++)
        (*out)[i] = pairs->contents[part->rows[i]];
    return FC_OK;
}

fc_status fc__adapt_scene_open(fc_adapt_scene *out, const fc_adapt_pairs *pairs,
                               const fc_adapt_options *opts, const fc_adapt_part *queries,
                               const fc_adapt_part *gallery, fc_error *err)
{
    fc_status st;

    *out = (fc_adapt_scene){.pairs = pairs,
                            .use = opts->use,
                            .n_threads = opts->n_threads,
                            .queries = *queries,
                            .gallery = *gallery};
    st = take_contents(&out->query_contents, pairs, queries, err);
    if (st == FC_OK)
        st = take_contents(&out->gallery_contents, pairs, gallery, err);
    if (st == FC_OK)
        st = search_sides(out, new_is_source(out), new_is_source(out), &out->truth, err);
    return st;
}

void fc__adapt_scene_dispose(fc_adapt_scene *s)
{
    free(s->query_contents);
    free(s->gallery_contents);
    fc__knn_lists_dispose(&s->truth);
    *s = (fc_adapt_scene){.pairs = NULL};
}

fc_status fc__adapt_overlaps(const fc_adapt_scene *s, const fc_knn_lists *found, float *out,
                             fc_error *err)
{
    float *one = fc__alloc_bare(s->queries.n, sizeof(*one));
    fc_status st = one == NULL ? fc__nomem(err, s->queries.n * sizeof(*one), "overlaps") : FC_OK;

    for (size_t k = 0; k < FC_ADAPT_KS && st == FC_OK; k++) {
        st = fc__knn_overlap(found, &s->truth, FC_ADAPT_K[k], one, err);
        for (size_t i = 0; i < s->queries.n; i++)
            out[i * FC_ADAPT_KS + k] = one[i];
    }
    free(one);
    return st;
}

double fc__adapt_score(const float *overlaps, size_t n_queries)
{
    double sum = 0;

    for (size_t i = 0; i < n_queries * FC_ADAPT_KS; i++)
        sum += (double)overlaps[i];
    return sum / (double)(n_queries * FC_ADAPT_KS);
}

/* The pair of a content: contents ascend. */
static size_t pair_of(const fc_adapt_pairs *pairs, uint64_t content)
{
    size_t low = 0, high = pairs->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (pairs->contents[middle] < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void fc__adapt_line(const fc_adapt_scene *s, const fc_knn_lists *found, double *slope,
                    double *shift)
{
    size_t dim;
    const float *rows = rows_of(s->pairs, new_is_source(s), &dim);
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;

    for (size_t i = 0; i < s->queries.n; i++)
        for (size_t k = 0; k < found->n_found[i]; k++) {
            const double a = (double)found->scores[i * found->k + k];
            const size_t other = pair_of(s->pairs, found->contents[i * found->k + k]);
            const double b =
                (double)fc__dot(rows + s->queries.rows[i] * dim, rows + other * dim, dim);

            n++;
            x += a;
            y += b;
            xx += a * a;
            xy += a * b;
        }
    *slope = 1;
    if (n > 0 && xx - x * x / n > 1e-9 * n && xy - x * y / n > 0)
        *slope = (xy - x * y / n) / (xx - x * x / n);
    *shift = n > 0 ? (y - *slope * x) / n : 0;
}
