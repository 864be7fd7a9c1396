/*
 * Edits: rows to put and delete, gathered in memory, applied in one transaction.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

#define GROW_TRIES     24
#define OVERHEAD_BYTES 64 /* of a small row: node header, share of its page */

static fc_status add(fc_edits *e, fc_table table, const fc_key *key, fc_edit **out, fc_error *err)
{
    fc_status st = fc__grow_array(&e->list, &e->capacity, e->n + 1, sizeof(*e->list), err);

    if (st != FC_OK)
        return st;
    *out = &e->list[e->n];
    **out = (fc_edit){.table = table, .key_at = e->arena.size, .key_n = key->n, .order = e->n};
    st = fc_buf_append(&e->arena, key->bytes, key->n, err);
    if (st == FC_OK)
        e->bytes += key->n + OVERHEAD_BYTES;
    return st;
}

fc_status fc__edits_put(fc_edits *e, fc_table table, const fc_key *key, const fc_buf *value,
                        fc_error *err)
{
    fc_edit *edit;
    fc_status st = add(e, table, key, &edit, err);

    if (st != FC_OK)
        return st;
    edit->value_at = e->arena.size;
    edit->value_n = value->size;
    st = fc_buf_append(&e->arena, value->data, value->size, err);
    if (st != FC_OK)
        return st;
    e->bytes += value->size;
    e->n++;
    return FC_OK;
}

fc_status fc__edits_put_owned(fc_edits *e, fc_table table, const fc_key *key, fc_buf *value,
                              fc_error *err)
{
    fc_edit *edit;
    const fc_status st = add(e, table, key, &edit, err);

    if (st != FC_OK)
        return st;
    edit->owned = *value;
    edit->value_n = value->size;
    *value = (fc_buf)FC_BUF_INIT;
    e->bytes += edit->value_n;
    e->n++;
    return FC_OK;
}

fc_status fc__edits_delete(fc_edits *e, fc_table table, const fc_key *key, fc_error *err)
{
    fc_edit *edit;
    const fc_status st = add(e, table, key, &edit, err);

    if (st != FC_OK)
        return st;
    edit->remove = true;
    e->n++;
    return FC_OK;
}

typedef struct sortable {
    const fc_edit *edit;
    const uint8_t *key;
} sortable;

/* Negative, zero, positive by table and key alone. */
static int compare_rows(const sortable *a, const sortable *b)
{
    const size_t n = a->edit->key_n < b->edit->key_n ? a->edit->key_n : b->edit->key_n;
    int d;

    if (a->edit->table != b->edit->table)
        return a->edit->table < b->edit->table ? -1 : 1;
    d = memcmp(a->key, b->key, n);
    if (d != 0 || a->edit->key_n == b->edit->key_n)
        return d;
    return a->edit->key_n < b->edit->key_n ? -1 : 1;
}

static int by_row_then_order(const void *x, const void *y)
{
    const sortable *a = x, *b = y;
    const int d = compare_rows(a, b);

    if (d != 0)
        return d;
    return a->edit->order < b->edit->order ? -1 : a->edit->order > b->edit->order;
}

static fc_status apply_one(const fc_edits *e, const sortable *s, bool alone, fc_txn *t,
                           bool *map_full, fc_error *err)
{
    const fc_span key = {s->key, s->edit->key_n};
    fc_span value = {s->edit->owned.data, s->edit->value_n};
    fc_error ignored = FC_ERROR_INIT;
    fc_status st;

    if (!s->edit->remove) {
        if (value.data == NULL)
            value.data = e->arena.data + s->edit->value_at;
        return fc__row_put(t, s->edit->table, key, value, map_full, err);
    }
    if (alone)
        return fc__row_delete(t, s->edit->table, key, map_full, err);
    /* A row put and deleted by the same batch need not be there. */
    st = fc__row_delete(t, s->edit->table, key, map_full, &ignored);
    if (st != FC_OK && st != FC_E_CORRUPT)
        return fc_error_set(err, st, "%s", ignored.message);
    return FC_OK;
}

/* Put them in order and into the transaction. */
static fc_status apply_all(const fc_edits *e, fc_txn *t, bool *map_full, fc_error *err)
{
    sortable *list = fc__alloc_array(e->n, sizeof(*list));
    bool alone = true;
    fc_status st = FC_OK;

    if (list == NULL)
        return fc__nomem(err, e->n * sizeof(*list), "a transaction");
    for (size_t i = 0; i < e->n; i++)
        list[i] = (sortable){&e->list[i], e->arena.data + e->list[i].key_at};
    qsort(list, e->n, sizeof(*list), by_row_then_order);
    for (size_t i = 0; i < e->n && st == FC_OK; i++) {
        if (i + 1 < e->n && compare_rows(&list[i], &list[i + 1]) == 0) {
            alone = false;
            continue; /* the last edit of a row counts */
        }
        st = apply_one(e, &list[i], alone, t, map_full, err);
        alone = true;
    }
    free(list);
    return st;
}

/* `make` NULL: the edits are there. */
static fc_status apply_once(fc_edits *e, fc_env *env, fc_edits_make make, void *context,
                            bool *map_full, fc_error *err)
{
    fc_txn t = FC_TXN_INIT;
    fc_status st = fc__txn_begin(&t, env, true, err);

    *map_full = false;
    if (st == FC_OK && make != NULL) {
        fc__edits_clear(e);
        st = make(e, &t, context, err);
    }
    if (st == FC_OK && e->n > 0) {
        st = apply_all(e, &t, map_full, err);
        if (st == FC_OK)
            return fc__txn_commit(&t, map_full, err);
    }
    fc__txn_end(&t);
    return st;
}

fc_status fc__edits_apply_made(fc_edits *e, fc_env *env, fc_edits_make make, void *context,
                               fc_error *err)
{
    bool map_full = true;
    fc_status st = FC_OK;

    for (int i = 0; i < GROW_TRIES && map_full; i++) {
        st = apply_once(e, env, make, context, &map_full, err);
        if (map_full) {
            st = fc__env_grow(env, e->bytes, err);
            if (st != FC_OK)
                break;
        }
    }
    return st == FC_OK && map_full
               ? fc_error_set(err, FC_E_FULL, "%s: the map is full, however large", env->path)
               : st;
}

fc_status fc__edits_apply(fc_edits *e, fc_env *env, fc_error *err)
{
    return e->n == 0 ? FC_OK : fc__edits_apply_made(e, env, NULL, NULL, err);
}

void fc__edits_clear(fc_edits *e)
{
    for (size_t i = 0; i < e->n; i++)
        fc_buf_dispose(&e->list[i].owned);
    e->n = 0;
    e->bytes = 0;
    fc_buf_clear(&e->arena);
}

void fc__edits_dispose(fc_edits *e)
{
    fc__edits_clear(e);
    free(e->list);
    fc_buf_dispose(&e->arena);
    *e = (fc_edits)FC_EDITS_INIT;
}
