/*
 * Parts of a report of drift beside its figures: groups, the curve of neighbours in common, and
 * what differs between the versions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_changes.h"
#include "audit_run.h"
#include "fc_alloc.h"
#include "fc_knn_compare.h"
#include "fc_measured.h"

#define GROUPS_LISTED ((size_t)50) /* of a column, the largest */

/* --- groups --- */

/* Values of one group, gathered. */
typedef struct gathered {
    float *cosines, *ratios, *overlap, *old_index;
    size_t n, n_queries;
} gathered;

static const uint64_t *find_query(const fc_pair_sample *q, uint64_t content)
{
    size_t low = 0, high = q->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (q->contents[middle] < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low < q->n && q->contents[low] == content ? &q->contents[low] : NULL;
}

static void gather(const fc_drift_state *s, const fc_audit_column *c, size_t first, size_t end,
                   gathered *g)
{
    g->n = g->n_queries = 0;
    for (size_t i = first; i < end; i++) {
        const uint32_t pair = c->members[i].pair;
        const uint64_t *at = find_query(&s->queries, s->pairs->contents[pair]);

        g->cosines[g->n] = s->cosines != NULL ? s->cosines[pair] : NAN;
        g->ratios[g->n++] = s->ratios[pair];
        if (at == NULL)
            continue;
        g->overlap[g->n_queries] = s->overlap[at - s->queries.contents];
        g->old_index[g->n_queries++] =
            s->cross_old != NULL ? s->cross_old[at - s->queries.contents] : NAN;
    }
}

static fc_audit_measure mean_of(const float *values, size_t n, double null_value)
{
    fc_measured m = {.value = NAN, .range = {NAN, NAN}, .null_value = null_value};
    size_t n_used = 0;

    if (n > 0)
        fc__mean_interval(&m, values, n, 0, &n_used);
    return n_used == 0 ? (fc_audit_measure){NAN, NAN, NAN, NAN}
                       : (fc_audit_measure){m.value, m.range.low, m.range.high, null_value};
}

static fc_status add_group(fc_drift_run *r, const fc_audit_column *c, size_t first,
                           const gathered *g, fc_drift_group *out, fc_error *err)
{
    const fc_audit_measure *f = r->report->overall.figures;

    *out = (fc_drift_group){
        .by = fc__result_keep(r->own, c->name),
        .is = fc__result_keep(r->own, c->values.names[c->members[first].value]),
        .n = g->n,
        .n_queries = g->n_queries,
        .small = g->n < r->policy.small_group,
        .cosine = mean_of(g->cosines, g->n, f[FC_FIGURE_COSINE].null_value),
        .norm_ratio = mean_of(g->ratios, g->n, f[FC_FIGURE_NORM_RATIO].null_value),
        .neighbours = mean_of(g->overlap, g->n_queries, f[FC_FIGURE_NEIGHBOURS].null_value),
        .old_index = mean_of(g->old_index, g->n_queries, f[FC_FIGURE_OLD_INDEX].null_value)};
    return out->by == NULL || out->is == NULL ? fc__nomem(err, 64, "a group") : FC_OK;
}

static int by_size(const void *a, const void *b)
{
    const fc_drift_group *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return strcmp(x->is, y->is);
}

typedef struct group_list {
    fc_drift_group *groups;
    size_t n, room;
} group_list;

static fc_status add_column(fc_drift_run *r, const fc_audit_column *c, gathered *g,
                            group_list *list, fc_error *err)
{
    const size_t before = list->n;
    size_t at = 0, end;
    fc_status st = FC_OK;

    while (st == FC_OK && fc__audit_group_next(c, &at, &end)) {
        gather(&r->overall, c, at, end, g);
        st = fc__grow_array(&list->groups, &list->room, list->n + 1, sizeof(*list->groups), err);
        if (st == FC_OK)
            st = add_group(r, c, at, g, &list->groups[list->n++], err);
        at = end;
    }
    if (st == FC_OK && list->n > before)
        qsort(list->groups + before, list->n - before, sizeof(*list->groups), by_size);
    if (list->n - before > GROUPS_LISTED) {
        r->report->n_groups_left_out += list->n - before - GROUPS_LISTED;
        list->n = before + GROUPS_LISTED;
    }
    return st;
}

fc_status fc__drift_groups(fc_drift_run *r, fc_error *err)
{
    const size_t n = r->pairs.n;
    float *room = fc__alloc_bare(n, 4 * sizeof(*room));
    group_list list = {NULL, 0, 0};
    fc_status st = FC_OK;

    if (room == NULL) {
        st = fc__nomem(err, 4 * n * sizeof(*room), "groups");
    } else {
        gathered g = {room, room + n, room + 2 * n, room + 3 * n, 0, 0};

        for (size_t i = 0; i < r->groups.n_columns && st == FC_OK; i++)
            st = add_column(r, &r->groups.columns[i], &g, &list, err);
    }
    free(room);
    if (st == FC_OK && list.n > 0) {
        fc_drift_group *kept = fc__drift_own(r, list.n, sizeof(*kept));

        if (kept == NULL)
            st = fc__nomem(err, list.n * sizeof(*kept), "groups");
        else
            memcpy(kept, list.groups, list.n * sizeof(*kept));
        r->report->groups = kept;
        r->report->n_groups = kept != NULL ? list.n : 0;
    }
    free(list.groups);
    return st;
}

/* --- the curve --- */

fc_status fc__drift_curve(fc_drift_run *r, fc_error *err)
{
    static const uint32_t depths[FC_DRIFT_CURVE_MAX] = {1, 2, 5, 10, 20, 50, 100, 200};
    const fc_drift_state *s = &r->overall;
    const fc_knn_lists *a = &s->lists[FC_LISTS_OLD], *b = &s->lists[FC_LISTS_NEW];
    float *overlap = fc__alloc_array(s->queries.n, sizeof(*overlap));
    fc_status st =
        overlap == NULL ? fc__nomem(err, s->queries.n * sizeof(float), "a curve") : FC_OK;

    for (size_t i = 0; i < FC_DRIFT_CURVE_MAX && st == FC_OK; i++) {
        const size_t k = depths[i];

        if (k > a->k || k >= s->n_gallery)
            break;
        st = fc__knn_overlap(a, b, k, overlap, err);
        r->report->curve_k[r->report->n_curve] = depths[i];
        r->report->curve[r->report->n_curve++] =
            mean_of(overlap, s->queries.n, fc__knn_chance(k, a->n_gallery - 1));
    }
    free(overlap);
    return st;
}

/* --- what differs --- */

static const char *keep_or_null(fc_drift_run *r, const char *s)
{
    return s != NULL ? fc__result_keep(r->own, s) : NULL;
}

/* Features that an adapter made have a card like that of the real encoder: nobody may take one for
 * the other. */
static fc_status sum_up(const fc_drift_run *r, const fc_version_changes *c, fc_buf *words,
                        fc_error *err)
{
    const bool old = fc__encoder_is_migrated(r->pairs.sides[0].picked.encoder);
    const bool new = fc__encoder_is_migrated(r->pairs.sides[1].picked.encoder);

    if (!old && !new)
        return fc__version_changes_summary(c, words, err);
    return fc_buf_append_fmt(words, err, "%s was migrated by an adapter, not encoded",
                             old && new ? "each side"
                             : old      ? "the old side"
                                        : "the new side");
}

static fc_status keep_changes(fc_drift_run *r, const fc_version_changes *c, fc_error *err)
{
    fc_drift_change *list = fc__drift_own(r, c->n, sizeof(*list));
    fc_buf words = FC_BUF_INIT;
    fc_status st =
        list == NULL ? fc__nomem(err, c->n * sizeof(*list), "changes") : sum_up(r, c, &words, err);

    for (size_t i = 0; i < c->n && st == FC_OK; i++)
        list[i] = (fc_drift_change){.part = fc__version_part_name(c->list[i].part),
                                    .key = fc__result_keep(r->own, c->list[i].key),
                                    .from = keep_or_null(r, c->list[i].from),
                                    .to = keep_or_null(r, c->list[i].to)};
    if (st == FC_OK)
        st = fc_buf_append_u8(&words, 0, err);
    if (st == FC_OK) {
        r->report->changes = list;
        r->report->n_changes = c->n;
        r->report->changes_words = fc__result_keep(r->own, (const char *)words.data);
    }
    fc_buf_dispose(&words);
    return st;
}

fc_status fc__drift_changes(fc_drift_run *r, fc_error *err)
{
    fc_version_changes changes = FC_VERSION_CHANGES_INIT;
    fc_status st = fc__version_changes(&changes, r->pairs.sides[0].picked.encoder,
                                       r->pairs.sides[1].picked.encoder, err);

    if (st == FC_OK)
        st = keep_changes(r, &changes, err);
    fc__version_changes_dispose(&changes);
    return st;
}
