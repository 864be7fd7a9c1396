/*
 * Items of two outputs read side by side: both streams go forward in the order of content numbers,
 * each block is decoded once, and what both have comes out as rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_pairs.h"
#include "fc_alloc.h"

#define BATCH_ROWS ((size_t)1024)

/* One output's items. */
typedef struct lane {
    fc_items *items;
    fc_item_batch batch;
    size_t at;       /* in the batch */
    size_t channels; /* elements of a position */
    size_t dim;      /* of a row that comes out */
    bool pooled;
    float *rows; /* BATCH_ROWS x dim */
} lane;

/* The item that a lane stands on. */
typedef struct item {
    const float *rows;
    size_t n; /* positions */
} item;

typedef struct stream {
    const fc_audit_pairs *pairs;
    bool positions;
    lane lanes[2];
    uint64_t contents[BATCH_ROWS];
    size_t pair, position; /* what comes next */
    uint64_t n_positions;  /* numbered so far */
    uint64_t *n_unalike;   /* the caller's, or own */
    uint64_t own_unalike;
} stream;

/* Go to the item of `content`, which is there. */
static fc_status go_to(lane *l, uint64_t content, fc_error *err)
{
    for (;;) {
        while (l->at < l->batch.n_items && l->batch.contents[l->at] < content)
            l->at++;
        if (l->at < l->batch.n_items)
            break;
        l->at = 0;
        const fc_status st = fc_items_next(l->items, &l->batch, err);

        if (st != FC_OK)
            return st == FC_E_NOT_FOUND
                       ? fc_error_set(err, FC_E_CORRUPT, "the item of content %llu is missing",
                                      (unsigned long long)content)
                       : st;
    }
    return l->batch.contents[l->at] == content
               ? FC_OK
               : fc_error_set(err, FC_E_CORRUPT, "the item of content %llu is missing",
                              (unsigned long long)content);
}

static item item_of(const lane *l)
{
    const uint64_t first = l->batch.row_offsets[l->at], end = l->batch.row_offsets[l->at + 1];
    const size_t width = l->batch.row_elements;

    return (item){l->batch.rows + (size_t)first * width,
                  (size_t)(end - first) * width / l->channels};
}

/* One row of an item. What cannot be pooled for values that are not finite becomes such a row, so
 * that it is told with the name of its sample. */
static fc_status put_pooled(const stream *s, lane *l, const item *it, float *out, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    if (!l->pooled) {
        memcpy(out, it->rows, l->dim * sizeof(*out));
        return FC_OK;
    }
    st = fc__pool_rows(&s->pairs->pooling, it->rows, it->n, l->channels, NULL, NULL, out, NULL,
                       &inner);
    if (st == FC_E_FORMAT) {
        for (size_t k = 0; k < l->dim; k++)
            out[k] = NAN;
        return FC_OK;
    }
    return st == FC_OK ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

static fc_status stand_on(stream *s, item items[2], fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < 2 && st == FC_OK; i++) {
        st = go_to(&s->lanes[i], s->pairs->contents[s->pair], err);
        if (st == FC_OK)
            items[i] = item_of(&s->lanes[i]);
    }
    return st;
}

/* As many positions of this item as there is room for. */
static size_t take_positions(stream *s, const item items[2], size_t n)
{
    const size_t left = items[0].n - s->position, room = BATCH_ROWS - n;
    const size_t k = left < room ? left : room;

    for (size_t i = 0; i < 2; i++) {
        lane *l = &s->lanes[i];

        memcpy(l->rows + n * l->dim, items[i].rows + s->position * l->dim,
               k * l->dim * sizeof(float));
    }
    for (size_t i = 0; i < k; i++)
        s->contents[n + i] = s->n_positions++;
    s->position += k;
    if (s->position == items[0].n) {
        s->position = 0;
        s->pair++;
    }
    return k;
}

static fc_status take(stream *s, const item items[2], size_t *n, fc_error *err)
{
    fc_status st = FC_OK;

    if (items[0].n == 0 || items[1].n == 0 || (s->positions && items[0].n != items[1].n)) {
        ++*s->n_unalike;
        s->pair++;
        return FC_OK;
    }
    if (s->positions) {
        *n += take_positions(s, items, *n);
        return FC_OK;
    }
    for (size_t i = 0; i < 2 && st == FC_OK; i++)
        st = put_pooled(s, &s->lanes[i], &items[i], s->lanes[i].rows + *n * s->lanes[i].dim, err);
    s->contents[(*n)++] = s->pairs->contents[s->pair++];
    return st;
}

static fc_status stream_next(void *self, fc_pair_batch *batch, fc_error *err)
{
    stream *s = self;
    size_t n = 0;
    fc_status st = FC_OK;

    while (st == FC_OK && n < BATCH_ROWS && s->pair < s->pairs->n) {
        item items[2];

        st = stand_on(s, items, err);
        if (st == FC_OK)
            st = take(s, items, &n, err);
    }
    *batch = (fc_pair_batch){s->contents, s->lanes[0].rows, s->lanes[1].rows, n};
    return st != FC_OK ? st : n > 0 ? FC_OK : FC_E_NOT_FOUND;
}

static fc_status stream_rewind(void *self, fc_error *err)
{
    stream *s = self;
    fc_status st = FC_OK;

    s->pair = s->position = 0;
    s->n_positions = 0;
    *s->n_unalike = 0;
    for (size_t i = 0; i < 2 && st == FC_OK; i++) {
        s->lanes[i].at = 0;
        s->lanes[i].batch = (fc_item_batch){.n_items = 0};
        st = fc_items_seek(s->lanes[i].items, s->pairs->n > 0 ? s->pairs->contents[0] : 0, err);
    }
    return st;
}

static void stream_destroy(void *self)
{
    stream *s = self;

    if (s == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        fc_items_close(s->lanes[i].items);
        free(s->lanes[i].rows);
    }
    free(s);
}

static fc_status open_lane(lane *l, const fc_audit_pairs *p, size_t side, bool positions,
                           fc_error *err)
{
    const fc_picked *c = &p->sides[side].picked;
    size_t elements;

    l->channels = (size_t)c->output->shape[c->output->rank - 1];
    l->dim = fc__audit_pairs_dim(p, side, positions);
    l->pooled = !positions && c->output->rank > 1;
    l->rows =
        fc__mul(BATCH_ROWS, l->dim, &elements) ? fc__alloc_bare(elements, sizeof(float)) : NULL;
    if (l->rows == NULL)
        return fc__nomem(err, l->dim * BATCH_ROWS * sizeof(float), "pairs of rows");
    return fc_items_open(&l->items, p->snapshot, c->encoder->id, c->output->id, err);
}

fc_status fc__audit_pairs_source(fc_pair_source *out, const fc_audit_pairs *pairs, bool positions,
                                 uint64_t *n_unalike, fc_error *err)
{
    stream *s = calloc(1, sizeof(*s));
    fc_status st = FC_OK;

    *out = (fc_pair_source){.self = NULL};
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "pairs of rows");
    s->pairs = pairs;
    s->positions = positions;
    s->n_unalike = n_unalike != NULL ? n_unalike : &s->own_unalike;
    for (size_t i = 0; i < 2 && st == FC_OK; i++)
        st = open_lane(&s->lanes[i], pairs, i, positions, err);
    if (st == FC_OK)
        st = stream_rewind(s, err);
    if (st != FC_OK) {
        stream_destroy(s);
        return st;
    }
    *out = (fc_pair_source){.self = s,
                            .dim_x = s->lanes[0].dim,
                            .dim_y = s->lanes[1].dim,
                            .n_pairs = positions ? UINT64_MAX : pairs->n,
                            .next = stream_next,
                            .rewind = stream_rewind,
                            .destroy = stream_destroy};
    return FC_OK;
}

fc_status fc__audit_pairs_rows(const fc_audit_pairs *pairs, const uint64_t *contents, size_t n,
                               float *x, float *y, fc_error *err)
{
    fc_pair_source source;
    fc_status st = fc__audit_pairs_source(&source, pairs, false, NULL, err);
    stream *s = source.self;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        item items[2];

        s->pair = fc__audit_pairs_find(pairs, contents[i]);
        for (size_t k = 0; k < 2 && st == FC_OK; k++) {
            s->lanes[k].at = 0;
            s->lanes[k].batch = (fc_item_batch){.n_items = 0};
            st = fc_items_seek(s->lanes[k].items, contents[i], err);
        }
        if (st == FC_OK)
            st = stand_on(s, items, err);
        if (st == FC_OK)
            st = put_pooled(s, &s->lanes[0], &items[0], x + i * s->lanes[0].dim, err);
        if (st == FC_OK)
            st = put_pooled(s, &s->lanes[1], &items[1], y + i * s->lanes[1].dim, err);
    }
    stream_destroy(s);
    return st;
}
