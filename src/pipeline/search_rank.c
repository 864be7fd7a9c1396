/*
 * Ranking by contents, then samples. A list that turns out too short (the query item, groups
 * without the wanted modality) is asked for again, four times as long.
 */
#include "search_rank.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"
#include "search_groups.h"

/* One content's holders on their way into the result. */
typedef struct holding {
    const fc_ranking *r;
    fc_result_builder *out;
    double score;
    const fc_dataset_info *datasets;
    size_t n_datasets;
    fc_status status;
    fc_error *err;
} holding;

static bool is_one(const fc_query_self *self, const fc_sample *sample)
{
    if (self->id != NULL)
        return strcmp(self->id, sample->id) == 0 && strcmp(self->dataset, sample->dataset) == 0;
    return self->has_hash &&
           memcmp(sample->content_hash, self->hash.bytes, sizeof(self->hash.bytes)) == 0;
}

/* Whether the sample is an input of the query. */
static bool is_self(const fc_ranking *r, const fc_sample *sample)
{
    for (size_t i = 0; i < r->n_selves; i++)
        if (is_one(&r->selves[i], sample))
            return true;
    return false;
}

const char *fc__dataset_root_of(const fc_dataset_info *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return list[i].root;
    return "";
}

static bool add_holder(void *context, const fc_sample *sample)
{
    holding *h = context;

    if (is_self(h->r, sample) || !fc__live_filter_matches(h->r->filter, sample))
        return false;
    h->status = fc__result_add(h->out, sample, h->score,
                               fc__dataset_root_of(h->datasets, h->n_datasets, sample->dataset),
                               NULL, h->err);
    return h->status != FC_OK || fc__result_count(h->out) == h->r->k;
}

/* Best first; equal scores by content number. */
static int by_score(const void *a, const void *b)
{
    const fc_hit *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->content > y->content) - (x->content < y->content);
}

static int by_content(const void *a, const void *b)
{
    const fc_hit *x = a, *y = b;

    if (x->content != y->content)
        return x->content > y->content ? 1 : -1;
    return by_score(a, b);
}

/* The hits of several lanes as one list: a content that more than one of them has counts once, by
 * its best score. */
static void merge(fc_hit *hits, size_t *n_hits, size_t most)
{
    size_t n = 0;

    qsort(hits, *n_hits, sizeof(*hits), by_content);
    for (size_t i = 0; i < *n_hits; i++)
        if (n == 0 || hits[n - 1].content != hits[i].content)
            hits[n++] = hits[i];
    qsort(hits, n, sizeof(*hits), by_score);
    *n_hits = n < most ? n : most;
}

/* Search for n contents; the caller frees *hits. */
static fc_status search(const fc_ranking *r, size_t n, fc_hit **hits, size_t *n_hits, bool *exact,
                        fc_error *err)
{
    size_t room;
    fc_status st = FC_OK;

    *n_hits = 0;
    *exact = true;
    *hits =
        __builtin_mul_overflow(n, r->n_lanes, &room) ? NULL : fc__alloc_array(room, sizeof(**hits));
    if (*hits == NULL)
        return fc__nomem(err, n * sizeof(**hits), "hits");
    for (size_t i = 0; i < r->n_lanes && st == FC_OK; i++) {
        const fc_index_ask ask = {.queries = r->query,
                                  .n = 1,
                                  .k = n,
                                  .allowed = r->lanes[i].allowed,
                                  .branch = r->lanes[i].branch,
                                  .exact = r->exact,
                                  .n_threads = r->n_threads};
        bool was_exact = true;
        size_t found = 0;

        st = fc__output_index_search(r->lanes[i].index, r->snapshot, &ask, *hits + *n_hits, &found,
                                     &was_exact, err);
        *n_hits += found;
        *exact = *exact && was_exact;
    }
    if (r->n_lanes > 1 && st == FC_OK)
        merge(*hits, n_hits, n);
    return st;
}

/* Samples that hold a content, in the version that the filter names. */
static fc_status holders(const fc_ranking *r, uint64_t content,
                         bool (*each)(void *context, const fc_sample *sample), void *context,
                         fc_error *err)
{
    const fc_live_filter *f = r->filter;

    return fc__snapshot_holders(r->snapshot, content, f->dataset != NULL ? f->dataset->name : NULL,
                                f->dataset != NULL ? f->version->number : 0, each, context, err);
}

fc_status fc__rank_samples(const fc_ranking *r, fc_result_builder *out, bool *exact, fc_error *err)
{
    holding h = {.r = r, .out = out, .err = err};
    /* By id or file the items themselves may come first, under several names: a content more of
     * each. */
    const size_t n = r->k + r->n_selves;
    fc_hit *hits = NULL;
    size_t n_hits = 0;
    fc_status st;

    st = fc_snapshot_datasets(r->snapshot, &h.datasets, &h.n_datasets, err);
    if (st == FC_OK)
        st = search(r, n, &hits, &n_hits, exact, err);
    for (size_t i = 0; st == FC_OK && i < n_hits && fc__result_count(out) < r->k; i++) {
        h.score = (double)hits[i].score;
        st = holders(r, hits[i].content, add_holder, &h, err);
        if (st == FC_OK)
            st = h.status;
    }
    free(hits);
    return st;
}

/* --- through groups -----------------------------------------------------------------------------
 */

typedef struct grouping {
    const fc_ranking *r;
    fc_groups *groups;
    double score;
    fc_status status;
    fc_error *err;
} grouping;

/* A sample that the query found: its group is wanted. */
static bool want_group(void *context, const fc_sample *sample)
{
    grouping *g = context;

    if (is_self(g->r, sample) || sample->group[0] == '\0')
        return false;
    g->status = fc__groups_want(g->groups, sample, g->score, g->err);
    return g->status != FC_OK;
}

static fc_status take_target(void *context, const fc_sample *sample, fc_error *err)
{
    grouping *g = context;

    return fc__groups_take(g->groups, sample, err);
}

/* One attempt with the n best contents. *complete: more contents would not help. */
static fc_status try_groups(const fc_ranking *r, size_t n, fc_groups *groups, bool *complete,
                            bool *exact, fc_error *err)
{
    grouping g = {.r = r, .groups = groups, .err = err};
    fc_live_filter targets = *r->filter;
    fc_hit *hits = NULL;
    size_t n_hits = 0;
    fc_status st;

    st = search(r, n, &hits, &n_hits, exact, err);
    for (size_t i = 0; st == FC_OK && i < n_hits; i++) {
        g.score = (double)hits[i].score;
        st = holders(r, hits[i].content, want_group, &g, err);
        if (st == FC_OK)
            st = g.status;
    }
    /* What is shown need not have features of this encoder: it is of another modality. */
    targets.covered_version = 0;
    if (st == FC_OK)
        st = fc__live_scan(r->snapshot, &targets, take_target, &g, err);
    *complete = n_hits < n || fc__groups_n_taken(groups) >= r->k;
    free(hits);
    return st;
}

fc_status fc__rank_groups(const fc_ranking *r, fc_result_builder *out, bool *exact, fc_error *err)
{
    bool complete = false;
    fc_status st = FC_OK;

    for (size_t n = r->k * 2 + 16; st == FC_OK && !complete; n *= 4) {
        fc_groups *groups;

        st = fc__groups_create(&groups, err);
        if (st == FC_OK)
            st = try_groups(r, n, groups, &complete, exact, err);
        if (st == FC_OK && complete)
            st = fc__groups_emit(groups, r->snapshot,
                                 r->filter->dataset != NULL ? r->filter->version->number : 0, r->k,
                                 out, err);
        fc__groups_destroy(groups);
    }
    return st;
}
