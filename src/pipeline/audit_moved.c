/*
 * The samples that moved most, with their neighbours before and after: by the cosine of the pair,
 * of all pairs; where the dimensions differ by the neighbours they keep, of the queries.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_run.h"
#include "fc_alloc.h"
#include "fc_knn_compare.h"
#include "fc_store_read.h"

/* A cosine less than this below 1 is rounding. */
#define STAYED 1e-6f

/* --- which --- */

typedef struct candidate {
    float value; /* the less, the further */
    size_t at;
} candidate;

/* Put into the `n` least, ascending; equal ones in the order in which they came. */
static void offer(candidate *list, size_t *n, size_t room, candidate c)
{
    size_t at = *n;

    if (isnan(c.value) || (*n == room && c.value >= list[room - 1].value))
        return;
    if (*n < room)
        ++*n;
    else
        at--;
    while (at > 0 && list[at - 1].value > c.value) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = c;
}

static int by_content(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static fc_status read_moved(fc_drift_state *s, fc_error *err)
{
    bool *ok = fc__alloc_array(s->n_moved, sizeof(*ok));
    fc_status st = FC_OK;

    s->moved_x = fc__alloc_array(s->n_moved * s->p, sizeof(float));
    s->moved_y = fc__alloc_array(s->n_moved * s->q, sizeof(float));
    if (ok == NULL || s->moved_x == NULL || s->moved_y == NULL)
        st = fc__nomem(err, s->n_moved * (s->p + s->q) * sizeof(float), "samples that moved");
    if (st == FC_OK)
        st = fc__audit_pairs_rows(s->pairs, s->moved_contents, s->n_moved, s->moved_x, s->moved_y,
                                  err);
    if (st == FC_OK) {
        fc__drift_unit_rows(s->moved_x, s->n_moved, s->p, ok);
        fc__drift_unit_rows(s->moved_y, s->n_moved, s->q, ok);
    }
    free(ok);
    return st;
}

fc_status fc__drift_choose_moved(fc_drift_state *s, fc_error *err)
{
    const size_t room = s->opts->n_moved;
    candidate *list = fc__alloc_array(room, sizeof(*list));
    size_t n = 0;
    fc_status st = FC_OK;

    s->moved_contents = fc__alloc_array(room, sizeof(*s->moved_contents));
    if (list == NULL || s->moved_contents == NULL)
        st = fc__nomem(err, room * sizeof(*list), "samples that moved");
    for (size_t i = 0; st == FC_OK && i < s->pairs->n; i++)
        if (s->cosines[i] < 1 - STAYED)
            offer(list, &n, room, (candidate){s->cosines[i], i});
    for (size_t i = 0; i < n; i++)
        s->moved_contents[i] = s->pairs->contents[list[i].at];
    s->n_moved = n;
    free(list);
    if (st != FC_OK || n == 0)
        return st;
    qsort(s->moved_contents, n, sizeof(*s->moved_contents), by_content);
    return read_moved(s, err);
}

/* --- what they are called --- */

typedef struct naming {
    fc_drift_run *run;
    double score;
    size_t rank;
    fc_status st;
    fc_error *err;
    bool added;
} naming;

static const char *root_of(fc_snapshot *s, const char *dataset)
{
    const fc_dataset_info *list;
    size_t n;

    if (fc_snapshot_datasets(s, &list, &n, NULL) != FC_OK)
        return "";
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, dataset) == 0)
            return list[i].root;
    return "";
}

static bool add_sample(void *context, const fc_sample *sample)
{
    naming *n = context;
    fc_result_builder *own = n->run->own;

    if (!fc__live_filter_matches(&n->run->filter, sample))
        return false;
    n->st = fc__result_add(own, sample, n->score, n->score,
                           root_of(n->run->snapshot, sample->dataset), NULL, n->err);
    if (n->st == FC_OK)
        fc__result_hit(own, fc__result_count(own) - 1)->rank = n->rank;
    n->added = true;
    return true;
}

/* The first sample that holds the content, as the next hit of the report's own. */
static fc_status add_content(fc_drift_run *r, uint64_t content, double score, size_t rank,
                             fc_error *err)
{
    const fc_live_filter *f = &r->filter;
    naming n = {.run = r, .score = score, .rank = rank, .st = FC_OK, .err = err};
    const fc_status st =
        fc__snapshot_holders(r->snapshot, content, f->dataset != NULL ? f->dataset->name : NULL,
                             f->dataset != NULL ? f->version->number : 0, add_sample, &n, err);

    if (st != FC_OK || n.st != FC_OK || n.added)
        return st != FC_OK ? st : n.st;
    return fc_error_set(err, FC_E_CORRUPT, "no sample holds content %llu",
                        (unsigned long long)content);
}

/* Hits of one list; *first is where they begin. */
static fc_status add_list(fc_drift_run *r, const fc_knn_lists *l, size_t query, size_t *first,
                          size_t *n, fc_error *err)
{
    const size_t k = r->opts.k < l->n_found[query] ? r->opts.k : l->n_found[query];
    fc_status st = FC_OK;

    *first = fc__result_count(r->own);
    *n = k;
    for (size_t i = 0; i < k && st == FC_OK; i++)
        st = add_content(r, l->contents[query * l->k + i], (double)l->scores[query * l->k + i],
                         i + 1, err);
    return st;
}

/* One that moved; hits by their place until all of them are there. */
typedef struct entry {
    uint64_t content;
    double cosine, overlap;
    size_t query; /* in the lists */
    size_t sample, old_first, n_old, new_first, n_new;
} entry;

static int by_distance(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->cosine != y->cosine && !isnan(x->cosine))
        return x->cosine < y->cosine ? -1 : 1;
    if (x->overlap != y->overlap)
        return x->overlap < y->overlap ? -1 : 1;
    return (x->content > y->content) - (x->content < y->content);
}

/* p = q: those that were chosen before the lists were made. */
static fc_status list_chosen(const fc_drift_state *s, entry *list, fc_error *err)
{
    float *overlap = fc__alloc_array(s->n_moved, sizeof(*overlap));
    fc_status st = overlap == NULL
                       ? fc__nomem(err, s->n_moved * sizeof(*overlap), "overlaps")
                       : fc__knn_overlap(&s->lists[FC_LISTS_MOVED_OLD],
                                         &s->lists[FC_LISTS_MOVED_NEW], s->opts->k, overlap, err);

    for (size_t i = 0; i < s->n_moved && st == FC_OK; i++) {
        const size_t pair = fc__audit_pairs_find(s->pairs, s->moved_contents[i]);

        list[i] = (entry){.content = s->moved_contents[i],
                          .cosine = (double)s->cosines[pair],
                          .overlap = (double)overlap[i],
                          .query = i};
    }
    free(overlap);
    return st;
}

static fc_status list_queries(const fc_drift_state *s, entry *list, size_t *n, fc_error *err)
{
    const size_t room = s->opts->n_moved;
    candidate *least = fc__alloc_array(room, sizeof(*least));

    *n = 0;
    if (least == NULL)
        return fc__nomem(err, room * sizeof(*least), "samples that moved");
    for (size_t i = 0; i < s->queries.n; i++)
        if (s->overlap[i] < 1)
            offer(least, n, room, (candidate){s->overlap[i], i});
    for (size_t i = 0; i < *n; i++)
        list[i] = (entry){.content = s->queries.contents[least[i].at],
                          .cosine = NAN,
                          .overlap = (double)least[i].value,
                          .query = least[i].at};
    free(least);
    return FC_OK;
}

static fc_status name_entries(fc_drift_run *r, const fc_knn_lists *old_lists,
                              const fc_knn_lists *new_lists, entry *list, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        entry *e = &list[i];

        e->sample = fc__result_count(r->own);
        st = add_content(r, e->content, isnan(e->cosine) ? e->overlap : e->cosine, 0, err);
        if (st == FC_OK)
            st = add_list(r, old_lists, e->query, &e->old_first, &e->n_old, err);
        if (st == FC_OK)
            st = add_list(r, new_lists, e->query, &e->new_first, &e->n_new, err);
    }
    return st;
}

static fc_status publish(fc_drift_run *r, const entry *list, size_t n, fc_error *err)
{
    fc_drift_moved *moved = fc__drift_own(r, n, sizeof(*moved));
    const fc_query_hit *hits = fc__result_hit(r->own, 0);

    if (moved == NULL)
        return fc__nomem(err, n * sizeof(*moved), "samples that moved");
    for (size_t i = 0; i < n; i++) {
        const entry *e = &list[i];

        moved[i] = (fc_drift_moved){.sample = hits + e->sample,
                                    .cosine = e->cosine,
                                    .overlap = e->overlap,
                                    .n_old = e->n_old,
                                    .n_new = e->n_new,
                                    .old_neighbours = hits + e->old_first,
                                    .new_neighbours = hits + e->new_first};
    }
    r->report->moved = moved;
    r->report->n_moved = n;
    return FC_OK;
}

fc_status fc__drift_moved(fc_drift_run *r, fc_error *err)
{
    const fc_drift_state *s = &r->overall;
    const bool chosen = s->p == s->q;
    entry *list = fc__alloc_array(r->opts.n_moved, sizeof(*list));
    size_t n = s->n_moved;
    fc_status st = FC_OK;

    if (list == NULL)
        return fc__nomem(err, r->opts.n_moved * sizeof(*list), "samples that moved");
    if (!chosen)
        st = list_queries(s, list, &n, err);
    else if (n > 0)
        st = list_chosen(s, list, err);
    if (st == FC_OK && n > 0) {
        qsort(list, n, sizeof(*list), by_distance);
        st = name_entries(r, &s->lists[chosen ? FC_LISTS_MOVED_OLD : FC_LISTS_OLD],
                          &s->lists[chosen ? FC_LISTS_MOVED_NEW : FC_LISTS_NEW], list, n, err);
    }
    if (st == FC_OK && n > 0)
        st = publish(r, list, n, err);
    free(list);
    return st;
}
