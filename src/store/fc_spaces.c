/*
 * Spaces in the store: read by snapshots, put by name.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_buf.h"
#include "fc_queue.h"
#include "fc_store_internal.h"
#include "fc_store_space.h"

void fc__spaces_free(fc_space_row *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fc__space_row_dispose(&list[i]);
    free(list);
}

/* Keys sort by name, then by version: a row of the name before it takes its place. */
static fc_status load(fc_txn *t, fc_space_row **list, size_t *n, fc_error *err)
{
    const fc_key from = {.n = 1}; /* one zero byte: before every name */
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    size_t capacity = 0;
    fc_status st = fc__cursor_open(&c, t, FC_TABLE_SPACE, err);

    *list = NULL;
    *n = 0;
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    for (; st == FC_OK; st = fc__cursor_next(&c, &key, &value, err)) {
        fc_space_row row;

        st = fc__space_read(&row, key, value, err);
        if (st != FC_OK)
            break;
        if (*n > 0 && strcmp((*list)[*n - 1].name, row.name) == 0) {
            fc__space_row_dispose(&(*list)[*n - 1]);
            (*list)[*n - 1] = row;
            continue;
        }
        st = fc__grow_array(list, &capacity, *n + 1, sizeof(**list), err);
        if (st != FC_OK) {
            fc__space_row_dispose(&row);
            break;
        }
        (*list)[(*n)++] = row;
    }
    fc__cursor_close(&c);
    if (st == FC_E_NOT_FOUND)
        return FC_OK;
    fc__spaces_free(*list, *n);
    *list = NULL;
    *n = 0;
    return st;
}

fc_status fc__snapshot_spaces(fc_snapshot *s, fc_space_row **list, size_t *n, fc_error *err)
{
    return load(&s->txn, list, n, err);
}

fc_status fc__snapshot_space(fc_snapshot *s, const char *name, fc_space_row *out, fc_error *err)
{
    fc_space_row *list;
    fc_buf names = FC_BUF_INIT;
    size_t n;
    fc_status st = load(&s->txn, &list, &n, err);

    *out = (fc_space_row){.n_members = 0};
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0) {
            *out = list[i];
            list[i] = (fc_space_row){.n_members = 0};
        } else {
            (void)fc_buf_append_fmt(&names, NULL, "%s%s", names.size > 0 ? ", " : "", list[i].name);
        }
    }
    if (out->name == NULL)
        st = fc_error_set(err, FC_E_NOT_FOUND,
                          "no space '%.80s' in this store; it has %.*s; declare one with featcache "
                          "space",
                          name, names.size > 0 ? (int)names.size : 4,
                          names.size > 0 ? (const char *)names.data : "none");
    fc_buf_dispose(&names);
    fc__spaces_free(list, n);
    return st;
}

static bool same(const fc_space_row *a, const fc_space_row *b)
{
    if (a->kind != b->kind || a->dim != b->dim || a->n_members != b->n_members)
        return false;
    for (size_t i = 0; i < a->n_members; i++) {
        const fc_space_member *m = &a->members[i], *o = &b->members[i];

        if (memcmp(m->fingerprint.bytes, o->fingerprint.bytes, FC_SHA256_BYTES) != 0 ||
            strcmp(m->encoder, o->encoder) != 0 || strcmp(m->output, o->output) != 0 ||
            strcmp(m->card, o->card) != 0)
            return false;
    }
    return true;
}

/* What the newest version of the name is, and whether it says the same. */
static fc_status newest(fc_store *store, const fc_space_row *row, uint32_t *version, bool *is_same,
                        int64_t *created_ns, fc_error *err)
{
    fc_txn t = FC_TXN_INIT;
    fc_space_row *list = NULL;
    size_t n = 0;
    fc_status st = fc__txn_begin(&t, store->env, false, err);

    *version = 0;
    *is_same = false;
    if (st == FC_OK)
        st = load(&t, &list, &n, err);
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, row->name) == 0) {
            *version = list[i].version;
            *is_same = same(&list[i], row);
            *created_ns = list[i].created_ns;
        }
    fc__spaces_free(list, n);
    fc__txn_end(&t);
    return st;
}

fc_status fc__store_put_space(fc_store *store, fc_space_row *row, bool *changed, fc_error *err)
{
    fc_edits edits = FC_EDITS_INIT;
    fc_buf value = FC_BUF_INIT;
    uint32_t version = 0;
    bool is_same = false;
    fc_key key;
    fc_status st;

    *changed = false;
    if (fc__store_is_read_only(store))
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", store->path);
    st = newest(store, row, &version, &is_same, &row->created_ns, err);
    row->version = is_same ? version : version + 1;
    if (st != FC_OK || is_same)
        return st;
    row->created_ns = fc__wall_ns();
    key = fc__key_space(row->name, row->version);
    st = fc__space_write(row, &value, err);
    if (st == FC_OK)
        st = fc__edits_put(&edits, FC_TABLE_SPACE, &key, &value, err);
    if (st == FC_OK)
        st = fc__edits_apply(&edits, store->env, err);
    *changed = st == FC_OK;
    fc_buf_dispose(&value);
    fc__edits_dispose(&edits);
    return st;
}
