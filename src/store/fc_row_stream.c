/*
 * The rows of a vector output as a fc_row_source, for the index and the export.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

typedef struct stream {
    fc_items *items;
    size_t dim;
    uint64_t first, last;
    uint64_t *skip;
    size_t n_skip, at_skip;
} stream;

static bool skipped(stream *s, uint64_t content)
{
    while (s->at_skip < s->n_skip && s->skip[s->at_skip] < content)
        s->at_skip++;
    return s->at_skip < s->n_skip && s->skip[s->at_skip] == content;
}

/* Drop what is skipped or behind `last`; what stays moves to the front. */
static size_t keep(stream *s, const fc_item_batch *b)
{
    float *rows = fc__items_rows(s->items);
    uint64_t *contents = fc__items_contents(s->items);
    size_t n = 0;

    for (size_t i = 0; i < b->n_items && contents[i] <= s->last; i++) {
        if (skipped(s, contents[i]))
            continue;
        if (n != i) {
            memmove(rows + n * s->dim, rows + i * s->dim, s->dim * sizeof(float));
            contents[n] = contents[i];
        }
        n++;
    }
    return n;
}

static fc_status stream_next(void *self, fc_row_batch *batch, fc_error *err)
{
    stream *s = self;
    fc_item_batch b;
    fc_status st;
    size_t n = 0;

    *batch = (fc_row_batch){.n = 0};
    while (n == 0) {
        st = fc_items_next(s->items, &b, err);
        if (st != FC_OK)
            return st;
        if (b.contents[0] > s->last)
            return FC_E_NOT_FOUND;
        if (b.row_offsets[b.n_items] != b.n_items)
            return fc_error_set(err, FC_E_CORRUPT,
                                "block of content %llu: a vector has more or less than one row",
                                (unsigned long long)b.contents[0]);
        n = keep(s, &b);
    }
    *batch = (fc_row_batch){fc__items_contents(s->items), fc__items_rows(s->items), n};
    return FC_OK;
}

static fc_status stream_rewind(void *self, fc_error *err)
{
    stream *s = self;

    s->at_skip = 0;
    return fc_items_seek(s->items, s->first, err);
}

static void stream_destroy(void *self)
{
    stream *s = self;

    if (s == NULL)
        return;
    fc_items_close(s->items);
    free(s->skip);
    free(s);
}

/* How many rows will come: from the headers, no frame is read. */
static fc_status count_rows(fc_snapshot *snapshot, fc_version_id version, fc_output_id output,
                            stream *s, uint64_t *n_rows, fc_error *err)
{
    uint64_t *contents;
    size_t n;
    const fc_status st = fc__snapshot_item_contents(snapshot, version, output, &contents, &n, err);

    *n_rows = 0;
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        *n_rows += contents[i] >= s->first && contents[i] <= s->last && !skipped(s, contents[i]);
    s->at_skip = 0;
    free(contents);
    return FC_OK;
}

fc_status fc__snapshot_row_source(fc_snapshot *snapshot, fc_version_id version, fc_output_id output,
                                  uint64_t first, uint64_t last, const uint64_t *skip,
                                  size_t n_skip, fc_row_source *out, fc_error *err)
{
    const fc_output_info *info;
    stream *s;
    fc_status st = fc__snapshot_output(snapshot, version, output, &info, err);

    *out = (fc_row_source){.self = NULL};
    if (st != FC_OK)
        return st;
    if (info->rank != 1)
        return fc_error_set(err, FC_E_INVALID, "output '%s' is no vector: it has rank %u",
                            info->name, info->rank);
    s = fc__alloc_array(1, sizeof(*s));
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a row source");
    s->dim = (size_t)info->shape[0];
    s->first = first;
    s->last = last;
    s->n_skip = skip != NULL ? n_skip : 0;
    s->skip = fc__alloc_array(s->n_skip, sizeof(*s->skip));
    if (s->skip == NULL)
        st = fc__nomem(err, s->n_skip * sizeof(*s->skip), "a row source");
    else if (s->n_skip > 0)
        memcpy(s->skip, skip, s->n_skip * sizeof(*s->skip));
    if (st == FC_OK)
        st = fc_items_open(&s->items, snapshot, version, output, err);
    if (st == FC_OK)
        st = fc_items_seek(s->items, first, err);
    if (st == FC_OK)
        st = count_rows(snapshot, version, output, s, &out->n_rows, err);
    if (st != FC_OK) {
        stream_destroy(s);
        return st;
    }
    out->self = s;
    out->dim = s->dim;
    out->next = stream_next;
    out->rewind = stream_rewind;
    out->destroy = stream_destroy;
    return FC_OK;
}
