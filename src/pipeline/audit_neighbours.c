/*
 * Pass 2 over the pairs: the nearest rows of each query. Rows of positions are too many and too
 * alike for a gallery of all of them; there the gallery is the sample.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_view.h"
#include "fc_alloc.h"
#include "fc_knn_compare.h"

/* Which lists come of which rows. */
typedef struct scan {
    fc_knn_scan *scan;
    bool of_new; /* the gallery is the new rows */
} scan;

typedef struct pass {
    scan scans[FC_N_LISTS];
    float *units[2]; /* of a batch */
    bool *ok[2];
    uint64_t *kept;
    size_t room;
} pass;

static void pass_dispose(pass *p)
{
    for (size_t i = 0; i < FC_N_LISTS; i++)
        fc__knn_scan_destroy(p->scans[i].scan);
    for (size_t i = 0; i < 2; i++) {
        free(p->units[i]);
        free(p->ok[i]);
    }
    free(p->kept);
}

static fc_status make_room(pass *p, size_t n, size_t dim_x, size_t dim_y, fc_error *err)
{
    const size_t dims[2] = {dim_x, dim_y};
    bool whole = true;

    if (n <= p->room)
        return FC_OK;
    for (size_t i = 0; i < 2; i++) {
        free(p->units[i]);
        free(p->ok[i]);
        p->units[i] = fc__alloc_bare(n * dims[i], sizeof(float));
        p->ok[i] = fc__alloc_array(n, sizeof(bool));
        whole = whole && p->units[i] != NULL && p->ok[i] != NULL;
    }
    free(p->kept);
    p->kept = fc__alloc_array(n, sizeof(*p->kept));
    if (!whole || p->kept == NULL) {
        p->room = 0;
        return fc__nomem(err, n * (dim_x + dim_y) * sizeof(float), "a batch of rows");
    }
    p->room = n;
    return FC_OK;
}

/* Unit rows of one side; those without a direction go. Returns how many there are. */
static size_t unit_rows(pass *p, size_t side, const fc_pair_batch *b, size_t dim)
{
    float *rows = p->units[side];
    bool *ok = p->ok[side];
    size_t n = 0;

    memcpy(rows, side == 0 ? b->x : b->y, b->n * dim * sizeof(*rows));
    fc__drift_unit_rows(rows, b->n, dim, ok);
    for (size_t i = 0; i < b->n; i++) {
        if (!ok[i])
            continue;
        if (n != i)
            memmove(rows + n * dim, rows + i * dim, dim * sizeof(*rows));
        p->kept[n++] = b->contents[i];
    }
    return n;
}

static fc_status offer(fc_drift_state *s, pass *p, const fc_pair_batch *b, fc_error *err)
{
    const size_t dims[2] = {s->p, s->q};
    fc_status st = make_room(p, b->n, s->p, s->q, err);

    for (size_t side = 0; side < 2 && st == FC_OK; side++) {
        const size_t n = unit_rows(p, side, b, dims[side]);

        for (size_t i = 0; i < FC_N_LISTS; i++)
            if (p->scans[i].scan != NULL && p->scans[i].of_new == (side == 1))
                fc__knn_scan_add(p->scans[i].scan, p->kept, p->units[side], n);
    }
    return st;
}

/* All of the gallery past the scans. */
static fc_status run(fc_drift_state *s, pass *p, fc_error *err)
{
    fc_pair_source memory = {.self = NULL}, *source = &s->source;
    const fc_pair_batch all = {s->sample.contents, s->sample.x, s->sample.y, s->sample.n};
    uint64_t done = 0;
    fc_pair_batch b;
    fc_status st;

    if (s->positions) {
        source = &memory;
        st = fc__pair_memory_create(&memory, &all, s->p, s->q, 0, err);
    } else {
        st = source->rewind(source->self, err);
    }
    while (st == FC_OK && (st = source->next(source->self, &b, err)) == FC_OK) {
        st = offer(s, p, &b, err);
        done += b.n;
        if (st == FC_OK)
            st = fc__drift_tell(s, "find neighbours", done, s->positions ? s->sample.n : s->n, err);
    }
    s->n_gallery = done;
    if (memory.destroy != NULL)
        memory.destroy(memory.self);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status begin(pass *p, fc_drift_lists which, const fc_knn_ask *ask, bool of_new,
                       fc_error *err)
{
    p->scans[which].of_new = of_new;
    return fc__knn_scan_create(&p->scans[which].scan, ask, err);
}

/* Of queries that the adapter has not seen; the scan reads *a until it has ended. */
static fc_status begin_adapted(fc_drift_state *s, pass *p, fc_adapted_queries *a, size_t depth,
                               fc_error *err)
{
    const fc_status st = fc__drift_adapt(s, a, err);
    const fc_knn_ask ask = {.dim = s->p,
                            .n_queries = s->n_held,
                            .k = depth,
                            .rows = a->rows,
                            .contents = a->contents,
                            .n_threads = s->opts->n_threads};

    return st == FC_OK && s->no_adapter == NULL ? begin(p, FC_LISTS_ADAPTED, &ask, false, err) : st;
}

/* --- comparing lists --- */

static fc_status compare(const fc_knn_lists *a, const fc_knn_lists *b, size_t k, float **out,
                         fc_error *err)
{
    *out = fc__alloc_array(a->n_queries, sizeof(**out));
    return *out == NULL ? fc__nomem(err, a->n_queries * sizeof(**out), "overlaps")
                        : fc__knn_overlap(a, b, k, *out, err);
}

/* Take each query out of its own list, which is one longer than needed. */
static void drop_self(fc_knn_lists *l, const uint64_t *contents)
{
    for (size_t q = 0; q < l->n_queries; q++) {
        uint64_t *list = l->contents + q * l->k;
        float *scores = l->scores + q * l->k;
        size_t at = 0;

        while (at < l->n_found[q] && list[at] != contents[q])
            at++;
        if (at == l->n_found[q]) /* not among the nearest: the last is one too many */
            at = l->n_found[q] == l->k ? l->k - 1 : l->k;
        if (at == l->k)
            continue;
        memmove(list + at, list + at + 1, (l->k - at - 1) * sizeof(*list));
        memmove(scores + at, scores + at + 1, (l->k - at - 1) * sizeof(*scores));
        list[l->k - 1] = UINT64_MAX;
        scores[l->k - 1] = -INFINITY;
        l->n_found[q]--;
    }
}

/* Lists of some of the queries. */
static fc_status gather(const fc_knn_lists *from, const size_t *of, size_t n, fc_knn_lists *out,
                        fc_error *err)
{
    const size_t k = from->k;

    *out = (fc_knn_lists){.n_queries = n, .k = k, .n_gallery = from->n_gallery};
    out->contents = fc__alloc_array(n * k, sizeof(*out->contents));
    out->scores = fc__alloc_array(n * k, sizeof(*out->scores));
    out->n_found = fc__alloc_array(n, sizeof(*out->n_found));
    if (out->contents == NULL || out->scores == NULL || out->n_found == NULL)
        return fc__nomem(err, n * k * 12, "lists of neighbours");
    for (size_t i = 0; i < n; i++) {
        memcpy(out->contents + i * k, from->contents + of[i] * k, k * sizeof(*out->contents));
        memcpy(out->scores + i * k, from->scores + of[i] * k, k * sizeof(*out->scores));
        out->n_found[i] = from->n_found[of[i]];
    }
    return FC_OK;
}

static fc_status compare_adapted(fc_drift_state *s, fc_error *err)
{
    fc_knn_lists old_held = {.k = 0}, new_held = {.k = 0};
    fc_status st = gather(&s->lists[FC_LISTS_OLD], s->held, s->n_held, &old_held, err);

    if (st == FC_OK)
        st = gather(&s->lists[FC_LISTS_NEW], s->held, s->n_held, &new_held, err);
    if (st == FC_OK)
        st = compare(&new_held, &s->lists[FC_LISTS_ADAPTED], s->opts->k, &s->adapted, err);
    if (st == FC_OK)
        st = compare(&old_held, &s->lists[FC_LISTS_ADAPTED], s->opts->k, &s->adapted_old, err);
    fc__knn_lists_dispose(&old_held);
    fc__knn_lists_dispose(&new_held);
    return st;
}

static fc_status compare_cross(fc_drift_state *s, fc_error *err)
{
    fc_knn_lists *l = s->lists;
    const size_t n = s->queries.n, k = s->opts->k;
    fc_status st;

    s->cross_self = fc__alloc_array(n, sizeof(*s->cross_self));
    if (s->cross_self == NULL)
        return fc__nomem(err, n * sizeof(float), "overlaps");
    fc__knn_self_first(&l[FC_LISTS_CROSS], s->queries.contents, s->cross_self);
    drop_self(&l[FC_LISTS_CROSS], s->queries.contents);
    st = compare(&l[FC_LISTS_OLD], &l[FC_LISTS_CROSS], k, &s->cross_old, err);
    return st == FC_OK ? compare(&l[FC_LISTS_NEW], &l[FC_LISTS_CROSS], k, &s->cross_new, err) : st;
}

static fc_status compare_all(fc_drift_state *s, fc_error *err)
{
    fc_knn_lists *l = s->lists;
    fc_status st = compare(&l[FC_LISTS_OLD], &l[FC_LISTS_NEW], s->opts->k, &s->overlap, err);

    if (st != FC_OK)
        return st;
    s->rbo = fc__alloc_array(s->queries.n, sizeof(*s->rbo));
    st = s->rbo == NULL ? fc__nomem(err, s->queries.n * sizeof(float), "overlaps")
                        : fc__knn_rank_biased(&l[FC_LISTS_OLD], &l[FC_LISTS_NEW], s->opts->k,
                                              FC_DRIFT_RBO_P, s->rbo, err);
    if (st == FC_OK && s->p == s->q)
        st = compare_cross(s, err);
    if (st == FC_OK && s->no_adapter == NULL)
        st = compare_adapted(s, err);
    return st;
}

static fc_status begin_moved(const fc_drift_state *s, pass *p, fc_error *err)
{
    fc_knn_ask ask = {.dim = s->p,
                      .n_queries = s->n_moved,
                      .k = s->opts->k,
                      .rows = s->moved_x,
                      .contents = s->moved_contents,
                      .n_threads = s->opts->n_threads};
    fc_status st = begin(p, FC_LISTS_MOVED_OLD, &ask, false, err);

    ask.rows = s->moved_y;
    return st == FC_OK ? begin(p, FC_LISTS_MOVED_NEW, &ask, true, err) : st;
}

static fc_status begin_all(fc_drift_state *s, pass *p, fc_adapted_queries *a, fc_error *err)
{
    const fc_pair_sample *q = &s->queries;
    const size_t depth = s->opts->k > FC_DRIFT_DEPTH ? s->opts->k : FC_DRIFT_DEPTH;
    fc_knn_ask ask = {.dim = s->p,
                      .n_queries = q->n,
                      .k = depth,
                      .rows = q->x,
                      .contents = q->contents,
                      .n_threads = s->opts->n_threads};
    fc_status st = begin(p, FC_LISTS_OLD, &ask, false, err);

    ask.dim = s->q;
    ask.rows = q->y;
    if (st == FC_OK)
        st = begin(p, FC_LISTS_NEW, &ask, true, err);
    if (st == FC_OK)
        st = begin_adapted(s, p, a, depth, err);
    ask.keep_self = true;
    ask.k = depth + 1;
    if (st == FC_OK && s->p == s->q)
        st = begin(p, FC_LISTS_CROSS, &ask, false, err);
    return st == FC_OK && s->n_moved > 0 ? begin_moved(s, p, err) : st;
}

fc_status fc__drift_neighbours(fc_drift_state *s, fc_error *err)
{
    pass p = {.room = 0};
    fc_adapted_queries a = {NULL, NULL};
    fc_status st = begin_all(s, &p, &a, err);

    if (st == FC_OK)
        st = run(s, &p, err);
    for (size_t i = 0; i < FC_N_LISTS && st == FC_OK; i++)
        if (p.scans[i].scan != NULL)
            st = fc__knn_scan_finish(p.scans[i].scan, &s->lists[i], err);
    if (st == FC_OK)
        st = compare_all(s, err);
    pass_dispose(&p);
    free(a.rows);
    free(a.contents);
    return st;
}
