/*
 * What changed between two data-set versions: both walked side by side in the order of their ids'
 * hashes. Memory goes with the number of samples that came or went, not with that of all.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain.h"

typedef struct moved {
    char *id;
    uint64_t content;
} moved;

typedef struct moved_list {
    moved *list;
    size_t n, capacity;
} moved_list;

typedef struct side {
    fc_samples *it;
    const fc_sample *sample; /* NULL at the end */
    uint8_t hash[FC_ID_HASH_BYTES];
} side;

typedef struct diff {
    void (*each)(void *context, const fc_change *change);
    void *context;
    fc_diff_report *report;
    side a, b;
    moved_list gone, come;
    fc_buf meta_a, meta_b;
} diff;

static void tell(const diff *d, fc_change_kind kind, const char *id, const char *old_id)
{
    const fc_change change = {kind, id, old_id};

    if (d->each != NULL)
        d->each(d->context, &change);
}

static fc_status open_side(side *s, fc_snapshot *snapshot, const char *text, fc_error *err)
{
    const fc_dataset_info *dataset;
    const fc_dataset_version *version;
    const fc_status st = fc_snapshot_find_dataset(snapshot, text, &dataset, &version, err);

    return st == FC_OK ? fc_samples_open(&s->it, snapshot, dataset->name, version->number, err)
                       : st;
}

static fc_status next(side *s, fc_error *err)
{
    const fc_status st = fc_samples_next(s->it, &s->sample, err);

    if (st == FC_OK)
        fc__sample_id_hash(s->sample->id, s->hash);
    if (st == FC_E_NOT_FOUND)
        s->sample = NULL;
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status keep(moved_list *l, const fc_sample *s, fc_error *err)
{
    const fc_status st = fc__grow_array(&l->list, &l->capacity, l->n + 1, sizeof(*l->list), err);

    if (st != FC_OK)
        return st;
    l->list[l->n] = (moved){fc__strdup(s->id), s->content};
    if (l->list[l->n].id == NULL)
        return fc__nomem(err, strlen(s->id), "a change");
    l->n++;
    return FC_OK;
}

static fc_status same_words(diff *d, bool *same, fc_error *err)
{
    const fc_sample *a = d->a.sample, *b = d->b.sample;
    fc_status st;

    fc_buf_clear(&d->meta_a);
    fc_buf_clear(&d->meta_b);
    st = fc__meta_write(fc__sample_meta(a), &d->meta_a, err);
    if (st == FC_OK)
        st = fc__meta_write(fc__sample_meta(b), &d->meta_b, err);
    *same = strcmp(a->group, b->group) == 0 && strcmp(a->split, b->split) == 0 &&
            d->meta_a.size == d->meta_b.size &&
            (d->meta_a.size == 0 || memcmp(d->meta_a.data, d->meta_b.data, d->meta_a.size) == 0);
    return st;
}

static fc_status both(diff *d, fc_error *err)
{
    bool same;
    fc_status st;

    if (d->a.sample->content != d->b.sample->content) {
        d->report->n_changed++;
        tell(d, FC_CHANGED, d->b.sample->id, NULL);
        return FC_OK;
    }
    st = same_words(d, &same, err);
    if (st == FC_OK && !same) {
        d->report->n_relabelled++;
        tell(d, FC_RELABELLED, d->b.sample->id, NULL);
    } else if (st == FC_OK) {
        d->report->n_same++;
    }
    return st;
}

static fc_status merge(diff *d, fc_error *err)
{
    fc_status st = next(&d->a, err);

    if (st == FC_OK)
        st = next(&d->b, err);
    while (st == FC_OK && (d->a.sample != NULL || d->b.sample != NULL)) {
        const int order = d->a.sample == NULL   ? 1
                          : d->b.sample == NULL ? -1
                                                : memcmp(d->a.hash, d->b.hash, FC_ID_HASH_BYTES);

        st = order < 0   ? keep(&d->gone, d->a.sample, err)
             : order > 0 ? keep(&d->come, d->b.sample, err)
                         : both(d, err);
        if (st == FC_OK && order <= 0)
            st = next(&d->a, err);
        if (st == FC_OK && order >= 0)
            st = next(&d->b, err);
    }
    return st;
}

static int by_content_then_id(const void *x, const void *y)
{
    const moved *a = x, *b = y;

    if (a->content != b->content)
        return a->content < b->content ? -1 : 1;
    return strcmp(a->id, b->id);
}

/* One that went and one that came with the same content are one sample under another id. */
static void pair(diff *d)
{
    size_t i = 0, k = 0;

    if (d->gone.n > 1)
        qsort(d->gone.list, d->gone.n, sizeof(moved), by_content_then_id);
    if (d->come.n > 1)
        qsort(d->come.list, d->come.n, sizeof(moved), by_content_then_id);
    while (i < d->gone.n || k < d->come.n) {
        if (k == d->come.n ||
            (i < d->gone.n && d->gone.list[i].content < d->come.list[k].content)) {
            d->report->n_removed++;
            tell(d, FC_REMOVED, d->gone.list[i++].id, NULL);
        } else if (i == d->gone.n || d->come.list[k].content < d->gone.list[i].content) {
            d->report->n_added++;
            tell(d, FC_ADDED, d->come.list[k++].id, NULL);
        } else {
            d->report->n_renamed++;
            tell(d, FC_RENAMED, d->come.list[k++].id, d->gone.list[i++].id);
        }
    }
}

static void dispose(moved_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->list[i].id);
    free(l->list);
}

fc_status fc_diff(fc_store *store, const char *from, const char *to,
                  void (*each)(void *context, const fc_change *change), void *context,
                  fc_diff_report *report, fc_error *err)
{
    diff d = {.each = each, .context = context, .report = report};
    fc_snapshot *snapshot;
    fc_status st = fc_snapshot_begin(&snapshot, store, err);

    *report = (fc_diff_report){0};
    if (st == FC_OK)
        st = open_side(&d.a, snapshot, from, err);
    if (st == FC_OK)
        st = open_side(&d.b, snapshot, to, err);
    if (st == FC_OK)
        st = merge(&d, err);
    if (st == FC_OK)
        pair(&d);
    fc_samples_close(d.a.it);
    fc_samples_close(d.b.it);
    fc_snapshot_end(snapshot);
    dispose(&d.gone);
    dispose(&d.come);
    fc_buf_dispose(&d.meta_a);
    fc_buf_dispose(&d.meta_b);
    return st;
}

fc_status fc_remove(fc_store *store, const char *name, const char *id, uint64_t *n_removed,
                    fc_error *err)
{
    fc_writer *w;
    fc_status st = fc__writer_open(&w, store, NULL, err);

    *n_removed = 0;
    if (st != FC_OK)
        return st;
    st = fc__writer_remove(w, name, id, n_removed, err);
    fc__writer_close(w);
    return st;
}
