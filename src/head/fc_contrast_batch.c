/*
 * A batch: items read out of the data, pooled and standardised; of attention all rows are kept.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_contrast.h"
#include "fc_vec.h"

/* Zeroed elements that count against the batch's bytes; NULL leaves the message in err. */
static void *take(fc_contrast_batch *b, size_t n, size_t size, fc_error *err)
{
    size_t bytes = SIZE_MAX;
    void *out;

    if (!fc__mul(n, size, &bytes) || bytes > b->bytes_most || b->bytes > b->bytes_most - bytes) {
        fc_error_set(err, FC_E_LIMIT,
                     "a batch of %zu groups needs more than %llu MiB of memory; allow more, or "
                     "take fewer groups a batch",
                     b->room, (unsigned long long)(b->bytes_most >> 20));
        return NULL;
    }
    out = fc__alloc_array(n, size);
    if (out == NULL)
        fc__nomem(err, bytes, "a batch");
    b->bytes += bytes;
    return out;
}

static bool create_block(fc_contrast_batch *b, const fc_contrast_input *in, size_t dim,
                         fc_contrast_block *k, fc_error *err)
{
    const size_t n = b->room;

    return (k->there = take(b, n, sizeof(*k->there), err)) != NULL &&
           (k->h = take(b, n, in->pooled * sizeof(*k->h), err)) != NULL &&
           (k->first = take(b, n + 1, sizeof(*k->first), err)) != NULL &&
           (k->z = take(b, n, dim * sizeof(*k->z), err)) != NULL &&
           (k->dz = take(b, n, dim * sizeof(*k->dz), err)) != NULL &&
           (k->share = take(b, n, sizeof(*k->share), err)) != NULL &&
           (k->dlogit = take(b, n, sizeof(*k->dlogit), err)) != NULL &&
           (!in->attention ||
            ((k->dh = take(b, n, in->pooled * sizeof(*k->dh), err)) != NULL &&
             (k->dqueries =
                  take(b, FC_CONTRAST_CHUNKS(n), in->pooled * sizeof(*k->dqueries), err)) != NULL));
}

static bool create_side(fc_contrast_batch *b, const fc_contrast_model *m, size_t branch,
                        fc_error *err)
{
    fc_contrast_side *s = &b->sides[branch];
    const fc_contrast_branch *of = &m->branches[branch];
    const size_t n = b->room;
    bool ok = (s->there = take(b, n, sizeof(*s->there), err)) != NULL &&
              (s->digest = take(b, n, sizeof(*s->digest), err)) != NULL &&
              (s->unit = take(b, n, m->dim * sizeof(*s->unit), err)) != NULL &&
              (s->norm = take(b, n, sizeof(*s->norm), err)) != NULL &&
              (s->dunit = take(b, n, m->dim * sizeof(*s->dunit), err)) != NULL;

    for (size_t i = 0; i < of->n_inputs && ok; i++)
        ok = create_block(b, &of->inputs[i], m->dim, &s->blocks[i], err);
    return ok;
}

fc_status fc__contrast_batch_create(fc_contrast_batch *b, const fc_contrast_model *m, size_t room,
                                    uint64_t bytes_most, fc_error *err)
{
    fc_error own = FC_ERROR_INIT;
    size_t pooled = 1;
    bool ok = true;

    *b = (fc_contrast_batch){.room = room, .bytes_most = bytes_most};
    for (size_t x = 0; x < m->n_branches && ok; x++) {
        for (size_t i = 0; i < m->branches[x].n_inputs; i++)
            if (m->branches[x].inputs[i].pooled > pooled)
                pooled = m->branches[x].inputs[i].pooled;
        ok = create_side(b, m, x, &own);
    }
    if (ok)
        b->item = take(b, pooled, sizeof(*b->item), &own);
    if (ok && b->item != NULL)
        return FC_OK;
    fc__contrast_batch_dispose(b, m);
    return fc_error_set(err, own.status, "%s", own.message);
}

void fc__contrast_batch_dispose(fc_contrast_batch *b, const fc_contrast_model *m)
{
    for (size_t x = 0; x < m->n_branches; x++) {
        fc_contrast_side *s = &b->sides[x];

        for (size_t i = 0; i < m->branches[x].n_inputs; i++) {
            fc_contrast_block *k = &s->blocks[i];

            free(k->there);
            free(k->h);
            free(k->rows);
            free(k->first);
            free(k->counted);
            free(k->dcounted);
            free(k->dh);
            free(k->z);
            free(k->dz);
            free(k->share);
            free(k->dlogit);
            free(k->dqueries);
        }
        free(s->there);
        free(s->digest);
        free(s->unit);
        free(s->norm);
        free(s->dunit);
    }
    free(b->item);
    memset(b, 0, sizeof(*b));
}

/* Make room for `need` elements, those that are there kept. */
static fc_status grow(fc_contrast_batch *b, void *array, size_t *room, size_t need, size_t size,
                      fc_error *err)
{
    const size_t before = *room;
    size_t bytes;
    fc_status st;

    if (!fc__mul(need, 2 * size, &bytes) || bytes > b->bytes_most ||
        b->bytes > b->bytes_most - bytes)
        return fc_error_set(err, FC_E_LIMIT,
                            "the rows of a batch of %zu groups need more than %llu MiB of memory; "
                            "allow more, or take fewer groups a batch",
                            b->room, (unsigned long long)(b->bytes_most >> 20));
    st = fc__grow_array(array, room, need, size, err);
    b->bytes += (*room - before) * size;
    return st;
}

static float at(const float *x, size_t k, float none)
{
    return x != NULL ? x[k] : none;
}

/* What noise adds to an item. Features that are constant, which heads pass over, stay. */
static void draw_noise(const fc_head_input *h, const fc_contrast_reading *how, float *out, size_t n)
{
    for (size_t d = 0; d < n; d++)
        out[d] = how != NULL && how->noise > 0 && at(h->scale, d, 1) != 0
                     ? (float)(how->noise * fc__rng_normal(how->rng))
                     : 0;
}

static void put_row(const fc_head_input *h, const float *row, const float *noise, double *to)
{
    for (size_t d = 0; d < h->dim; d++)
        to[d] =
            (double)(row[d] - at(h->mean, d, 0)) * (double)at(h->scale, d, 1) + (double)noise[d];
}

/* Attention: the rows that the pooling leaves, standardised, behind those that are there. */
static fc_status keep_rows(fc_contrast_batch *b, const fc_contrast_input *in, fc_contrast_block *k,
                           size_t slot, const fc_head_item *item, const fc_contrast_reading *how,
                           fc_error *err)
{
    const fc_head_input *h = in->head;
    size_t skip = h->pooling.skip_first, n = item->n_rows, elements;
    const size_t ends = skip + h->pooling.skip_last, from = k->first[slot];
    size_t end = from;
    fc_status st;

    if (n > ends)
        n -= ends;
    else
        skip = 0;
    if (!fc__add(from, n, &elements) || !fc__mul(elements, in->dim, &elements))
        return fc_error_set(err, FC_E_LIMIT, "an item of %zu rows", n);
    st = grow(b, &k->rows, &k->rows_room, elements, sizeof(*k->rows), err);
    if (st == FC_OK)
        st = grow(b, &k->counted, &k->counted_room, (from + n) * (in->pooled / in->dim),
                  sizeof(*k->counted), err);
    if (st == FC_OK)
        st = grow(b, &k->dcounted, &k->dcounted_room, (from + n) * (in->pooled / in->dim),
                  sizeof(*k->dcounted), err);
    if (st != FC_OK)
        return st;
    draw_noise(h, how, b->item, in->dim);
    for (size_t r = 0; r < n; r++)
        if (how == NULL || how->drop <= 0 || fc__rng_unit(how->rng) >= how->drop)
            put_row(h, item->rows + (skip + r) * in->dim, b->item, k->rows + end++ * in->dim);
    for (size_t r = 0; r < n && end == from + r; r++) /* none was left */
        put_row(h, item->rows + (skip + r) * in->dim, b->item, k->rows + end++ * in->dim);
    k->first[slot + 1] = end;
    return FC_OK;
}

static bool is_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return false;
    return true;
}

/* *taken false: zero or not finite. */
static fc_status read_input(fc_contrast_batch *b, const fc_contrast_input *in, fc_contrast_block *k,
                            size_t slot, const fc_head_item *item, const fc_contrast_reading *how,
                            bool *taken, fc_error *err)
{
    const fc_head_input *h = in->head;
    const size_t n = item->n_rows * in->dim;
    fc_status st;

    *taken = item->n_rows > 0 && fc__all_finite(item->rows, n) && !is_zero(item->rows, n);
    if (!*taken)
        return FC_OK;
    k->there[slot] = true;
    if (in->attention)
        return keep_rows(b, in, k, slot, item, how, err);
    st = fc__pool_rows(&h->pooling, item->rows, item->n_rows, in->dim, NULL, NULL, b->item, NULL,
                       err);
    if (st == FC_E_FORMAT ||
        (st == FC_OK && h->unit && fc__vec_normalise(b->item, in->pooled) != FC_OK)) {
        *taken = false;
        return FC_OK;
    }
    for (size_t d = 0; d < in->pooled && st == FC_OK; d++)
        k->h[slot * in->pooled + d] =
            (double)((b->item[d] - at(h->mean, d, 0)) * at(h->scale, d, 1));
    if (st == FC_OK && how != NULL && how->noise > 0) {
        draw_noise(h, how, b->item, in->pooled);
        for (size_t d = 0; d < in->pooled; d++)
            k->h[slot * in->pooled + d] += (double)b->item[d];
    }
    return st;
}

static void clear_slot(fc_contrast_side *s, const fc_contrast_branch *of, size_t slot)
{
    s->there[slot] = false;
    for (size_t i = 0; i < of->n_inputs; i++) {
        s->blocks[i].there[slot] = false;
        memset(s->blocks[i].h + slot * of->inputs[i].pooled, 0,
               of->inputs[i].pooled * sizeof(double));
        if (slot == 0)
            s->blocks[i].first[0] = 0;
        s->blocks[i].first[slot + 1] = s->blocks[i].first[slot];
    }
}

static fc_status read_item(fc_contrast_batch *b, const fc_contrast_branch *of, fc_contrast_side *s,
                           size_t slot, const fc_head_item *items, const fc_contrast_reading *how,
                           fc_error *err)
{
    fc_u128 digests[FC_HEAD_INPUTS_MAX] = {{0, 0}};
    bool taken = true, any = false;
    fc_status st = FC_OK;

    for (size_t i = 0; i < of->n_inputs && st == FC_OK && taken; i++) {
        if (items[i].rows == NULL)
            continue;
        st = read_input(b, &of->inputs[i], &s->blocks[i], slot, &items[i], how, &taken, err);
        digests[i] = fc__xxh128(items[i].rows, items[i].n_rows * of->inputs[i].dim * sizeof(float));
        any = true;
    }
    if (st != FC_OK)
        return st;
    if (taken && any) {
        s->there[slot] = true;
        s->digest[slot] = fc__xxh128(digests, of->n_inputs * sizeof(*digests));
    } else {
        clear_slot(s, of, slot);
    }
    return FC_OK;
}

fc_status fc__contrast_batch_read(fc_contrast_batch *b, const fc_contrast_model *m,
                                  const fc_fit_data *data, const size_t *groups, size_t n,
                                  const fc_contrast_reading *how, fc_error *err)
{
    fc_status st = FC_OK;

    b->n = n;
    for (size_t slot = 0; slot < n; slot++)
        for (size_t x = 0; x < m->n_branches && st == FC_OK; x++) {
            const size_t n_items = data->n_items(data->self, groups[slot], x);
            fc_head_item items[FC_HEAD_INPUTS_MAX] = {{NULL, 0}};
            size_t index = 0;

            clear_slot(&b->sides[x], &m->branches[x], slot);
            if (n_items == 0)
                continue;
            if (how != NULL && n_items > 1)
                index = (size_t)fc__rng_below(how->rng, n_items);
            st = data->item(data->self, groups[slot], x, index, items, err);
            if (st == FC_OK)
                st = read_item(b, &m->branches[x], &b->sides[x], slot, items, how, err);
        }
    return st;
}
