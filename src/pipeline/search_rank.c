/*
 * Ranking by contents, then samples. A list that turns out too short (the query item, groups
 * without the wanted modality) is asked for again, four times as long.
 */
#include "search_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"
#include "search_groups.h"

/* One content's holders on their way into the result. */
typedef struct holding {
    const fc_ranking *r;
    fc_result_builder *out;
    const fc_ranked *ranked;
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
    h->status = fc__result_add(h->out, sample, h->ranked->score, h->ranked->cosine,
                               fc__dataset_root_of(h->datasets, h->n_datasets, sample->dataset),
                               NULL, h->err);
    if (h->status == FC_OK)
        fc__result_hit(h->out, fc__result_count(h->out) - 1)->adapted = h->ranked->adapted;
    return h->status != FC_OK || fc__result_count(h->out) == h->r->k;
}

static int by_score(const void *a, const void *b)
{
    const fc_ranked *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->content > y->content) - (x->content < y->content);
}

static int by_content(const void *a, const void *b)
{
    const fc_ranked *x = a, *y = b;

    if (x->content != y->content)
        return x->content > y->content ? 1 : -1;
    return by_score(a, b);
}

void fc__rank_sort(fc_ranked *list, size_t *n)
{
    size_t kept = 0;

    if (*n < 2)
        return;
    qsort(list, *n, sizeof(*list), by_content);
    for (size_t i = 0; i < *n; i++)
        if (kept == 0 || list[kept - 1].content != list[i].content)
            list[kept++] = list[i];
    qsort(list, kept, sizeof(*list), by_score);
    *n = kept;
}

fc_status fc__rank_lane(const fc_ranking *r, size_t lane, const float *query,
                        const fc_content_set *allowed, size_t k, fc_hit *hits, size_t *n_hits,
                        bool *exact, fc_error *err)
{
    const fc_index_ask ask = {.queries = query,
                              .n = 1,
                              .k = k,
                              .allowed = allowed,
                              .branch = r->lanes[lane].branch,
                              .exact = r->exact,
                              .n_threads = r->n_threads};

    return fc__output_index_search(r->lanes[lane].index, r->snapshot, &ask, hits, n_hits, exact,
                                   err);
}

/* A hit of a lane with its score, which stays within that of cosines. */
static fc_ranked ranked_of(const fc_ranking_lane *lane, const fc_hit *hit)
{
    const double cosine = (double)hit->score;
    const double score =
        lane->line.slope != 0 ? lane->line.slope * cosine + lane->line.shift : cosine;

    return (fc_ranked){hit->content, fmin(1, fmax(-1, score)), cosine, lane->adapted};
}

/* Search for n contents; the caller frees *list. */
static fc_status search(const fc_ranking *r, size_t n, fc_ranked **list, size_t *n_list,
                        bool *exact, fc_error *err)
{
    fc_hit *hits = fc__alloc_array(n, sizeof(*hits));
    size_t room;
    fc_status st = FC_OK;

    *n_list = 0;
    *exact = true;
    *list =
        __builtin_mul_overflow(n, r->n_lanes, &room) ? NULL : fc__alloc_array(room, sizeof(**list));
    if (*list == NULL || hits == NULL)
        st = fc__nomem(err, n * sizeof(**list), "hits");
    for (size_t i = 0; i < r->n_lanes && st == FC_OK; i++) {
        bool was_exact = true;
        size_t found = 0;

        st = fc__rank_lane(r, i, r->lanes[i].query != NULL ? r->lanes[i].query : r->query,
                           r->lanes[i].allowed, n, hits, &found, &was_exact, err);
        for (size_t k = 0; k < found; k++)
            (*list)[(*n_list)++] = ranked_of(&r->lanes[i], &hits[k]);
        *exact = *exact && was_exact;
    }
    free(hits);
    if (r->n_lanes > 1 && st == FC_OK) {
        fc__rank_sort(*list, n_list);
        *n_list = *n_list < n ? *n_list : n;
    }
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

typedef struct self_search {
    const fc_ranking *r;
    bool found;
} self_search;

static bool look_for_self(void *context, const fc_sample *sample)
{
    self_search *s = context;

    s->found = s->found || is_self(s->r, sample);
    return s->found;
}

fc_status fc__rank_is_self(const fc_ranking *r, uint64_t content, bool *out, fc_error *err)
{
    self_search s = {r, false};
    const fc_status st = holders(r, content, look_for_self, &s, err);

    *out = s.found;
    return st;
}

fc_status fc__rank_list(const fc_ranking *r, const fc_ranked *list, size_t n,
                        fc_result_builder *out, fc_error *err)
{
    holding h = {.r = r, .out = out, .err = err};
    fc_status st = fc_snapshot_datasets(r->snapshot, &h.datasets, &h.n_datasets, err);

    for (size_t i = 0; st == FC_OK && i < n && fc__result_count(out) < r->k; i++) {
        h.ranked = &list[i];
        st = holders(r, list[i].content, add_holder, &h, err);
        if (st == FC_OK)
            st = h.status;
    }
    return st;
}

fc_status fc__rank_samples(const fc_ranking *r, fc_result_builder *out, bool *exact, fc_error *err)
{
    /* By id or file the items themselves may come first, under several names: a content more of
     * each. */
    const size_t n = r->k + r->n_selves;
    fc_ranked *list = NULL;
    size_t n_list = 0;
    fc_status st;

    st = search(r, n, &list, &n_list, exact, err);
    if (st == FC_OK)
        st = fc__rank_list(r, list, n_list, out, err);
    free(list);
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
    fc_ranked *list = NULL;
    size_t n_list = 0;
    fc_status st;

    st = search(r, n, &list, &n_list, exact, err);
    for (size_t i = 0; st == FC_OK && i < n_list; i++) {
        g.score = list[i].score;
        st = holders(r, list[i].content, want_group, &g, err);
        if (st == FC_OK)
            st = g.status;
    }
    /* What is shown need not have features of this encoder: it is of another modality. */
    targets.covered_version = 0;
    if (st == FC_OK)
        st = fc__live_scan(r->snapshot, &targets, take_target, &g, err);
    *complete = n_list < n || fc__groups_n_taken(groups) >= r->k;
    free(list);
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
