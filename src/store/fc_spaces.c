/*
 * Spaces in the store: read by snapshots, put by name.
 */
#include <stdio.h>
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

/* Keys sort by name, then by version: a row of the name before it takes its place, but for the
 * version `pinned` of `name` (NULL: none), which stays. */
static fc_status load(fc_txn *t, const char *name, uint32_t pinned, fc_space_row **list, size_t *n,
                      fc_error *err)
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
            if (name != NULL && (*list)[*n - 1].version == pinned && strcmp(name, row.name) == 0) {
                fc__space_row_dispose(&row);
                continue;
            }
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
    return load(&s->txn, NULL, 0, list, n, err);
}

/* "NAME@VERSION" in parts; version 0 where there is none. */
static void split_name(const char *text, char name[FC_SPACE_NAME_MAX + 1], uint32_t *version)
{
    const char *at = strrchr(text, '@');
    const size_t n = at != NULL ? (size_t)(at - text) : strlen(text);
    char *end = NULL;
    const unsigned long v =
        at != NULL && at[1] >= '1' && at[1] <= '9' ? strtoul(at + 1, &end, 10) : 0;

    *version = end != NULL && *end == '\0' && v <= UINT32_MAX ? (uint32_t)v : 0;
    if ((*version == 0 ? strlen(text) : n) > FC_SPACE_NAME_MAX)
        name[0] = '\0'; /* none has such a name */
    else if (*version == 0)
        snprintf(name, FC_SPACE_NAME_MAX + 1, "%s", text);
    else
        snprintf(name, FC_SPACE_NAME_MAX + 1, "%.*s", (int)n, text);
}

fc_status fc__snapshot_space(fc_snapshot *s, const char *name, fc_space_row *out, fc_error *err)
{
    fc_space_row *list;
    fc_buf names = FC_BUF_INIT;
    char only[FC_SPACE_NAME_MAX + 1];
    uint32_t version;
    size_t n;
    fc_status st;

    *out = (fc_space_row){.n_members = 0};
    split_name(name, only, &version);
    st = load(&s->txn, only, version, &list, &n, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, only) == 0 && (version == 0 || list[i].version == version)) {
            *out = list[i];
            list[i] = (fc_space_row){.n_members = 0};
        } else {
            (void)fc_buf_append_fmt(&names, NULL, "%s%s", names.size > 0 ? ", " : "", list[i].name);
            if (strcmp(list[i].name, only) == 0)
                (void)fc_buf_append_fmt(&names, NULL, " (newest version: %u)", list[i].version);
        }
    }
    if (out->name == NULL)
        st = fc_error_set(err, FC_E_NOT_FOUND,
                          "no space '%.80s' in this store; it has %.*s; declare one with featcache "
                          "space, or fit one with featcache fit",
                          name, names.size > 0 ? (int)names.size : 4,
                          names.size > 0 ? (const char *)names.data : "none");
    fc_buf_dispose(&names);
    fc__spaces_free(list, n);
    return st;
}

static bool same_heads(const fc_space_row *a, const fc_space_row *b)
{
    const fc_space_origin *x = &a->origin, *y = &b->origin;

    /* The record says when and how long as well: it does not count. */
    return a->n_branches == b->n_branches &&
           memcmp(a->heads, b->heads, a->n_branches * sizeof(a->heads[0])) == 0 &&
           strcmp(x->method, y->method) == 0 && strcmp(x->split, y->split) == 0 &&
           x->split_seed == y->split_seed && x->test_share == y->test_share;
}

/* Here the record does count: it holds what is kept. */
static bool same_adapter(const fc_space_row *a, const fc_space_row *b)
{
    return memcmp(a->heads, b->heads, sizeof(a->heads[0])) == 0 &&
           memcmp(&a->origin.record, &b->origin.record, sizeof(a->origin.record)) == 0 &&
           strcmp(a->origin.method, b->origin.method) == 0 && a->adapter.stage == b->adapter.stage;
}

static bool same(const fc_space_row *a, const fc_space_row *b)
{
    if (a->kind != b->kind || a->dim != b->dim || a->n_members != b->n_members ||
        (a->kind == FC_SPACE_HEADED && !same_heads(a, b)) ||
        (a->kind == FC_SPACE_ADAPTER && !same_adapter(a, b)))
        return false;
    for (size_t i = 0; i < a->n_members; i++) {
        const fc_space_member *m = &a->members[i], *o = &b->members[i];

        if (memcmp(m->fingerprint.bytes, o->fingerprint.bytes, FC_SHA256_BYTES) != 0 ||
            strcmp(m->encoder, o->encoder) != 0 || strcmp(m->output, o->output) != 0 ||
            strcmp(m->card, o->card) != 0 || (a->kind == FC_SPACE_HEADED && m->branch != o->branch))
            return false;
    }
    return true;
}

/* What the newest version of the name is, and whether it says the same. */
static fc_status newest(fc_txn *t, const fc_space_row *row, uint32_t *version, bool *is_same,
                        int64_t *created_ns, fc_error *err)
{
    fc_space_row *list = NULL;
    size_t n = 0;
    fc_status st;

    *version = 0;
    *is_same = false;
    st = load(t, NULL, 0, &list, &n, err);
    for (size_t i = 0; i < n && st == FC_OK; i++)
        if (strcmp(list[i].name, row->name) == 0) {
            if ((list[i].kind == FC_SPACE_ADAPTER) != (row->kind == FC_SPACE_ADAPTER))
                st = fc_error_set(err, FC_E_INVALID, "'%s' is the name of %s: take another",
                                  row->name,
                                  list[i].kind == FC_SPACE_ADAPTER ? "an adapter" : "a space");
            *version = list[i].version;
            *is_same = same(&list[i], row);
            *created_ns = list[i].created_ns;
        }
    fc__spaces_free(list, n);
    return st;
}

static fc_status put_artefacts(fc_edits *edits, const fc_buf *artefacts, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        fc_buf value = FC_BUF_INIT;
        fc_artefact_id id;
        fc_key key;

        st = fc__artefact_id(artefacts[i].data, artefacts[i].size, &id, err);
        if (st == FC_OK)
            st = fc_buf_append(&value, artefacts[i].data, artefacts[i].size, err);
        key = fc__key_head(id.bytes);
        if (st == FC_OK)
            st = fc__row_seal(FC_TABLE_HEAD, &key, &value, err);
        if (st == FC_OK)
            st = fc__edits_put_owned(edits, FC_TABLE_HEAD, &key, &value, err);
        fc_buf_dispose(&value);
    }
    return st;
}

typedef struct putting {
    fc_space_row *row;
    const fc_buf *artefacts;
    size_t n;
    bool changed;
} putting;

/* fc_edits_make: the version is taken where it is stored, so that of two who put one name at once
 * each has its own. */
static fc_status put_space(fc_edits *e, fc_txn *t, void *context, fc_error *err)
{
    putting *p = context;
    fc_buf value = FC_BUF_INIT;
    uint32_t version;
    bool is_same;
    fc_key key;
    fc_status st = newest(t, p->row, &version, &is_same, &p->row->created_ns, err);

    if (st != FC_OK)
        return st;
    p->changed = !is_same;
    p->row->version = is_same ? version : version + 1;
    if (is_same)
        return FC_OK;
    p->row->created_ns = fc__wall_ns();
    key = fc__key_space(p->row->name, p->row->version);
    st = fc__space_write(p->row, &value, err);
    if (st == FC_OK)
        st = fc__edits_put(e, FC_TABLE_SPACE, &key, &value, err);
    if (st == FC_OK)
        st = put_artefacts(e, p->artefacts, p->n, err);
    fc_buf_dispose(&value);
    return st;
}

fc_status fc__store_put_space(fc_store *store, fc_space_row *row, const fc_buf *artefacts, size_t n,
                              bool *changed, fc_error *err)
{
    fc_edits edits = FC_EDITS_INIT;
    putting p = {row, artefacts, n, false};
    fc_status st;

    *changed = false;
    if (fc__store_is_read_only(store))
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", store->path);
    st = fc__edits_apply_made(&edits, store->env, put_space, &p, err);
    *changed = st == FC_OK && p.changed;
    fc__edits_dispose(&edits);
    return st;
}
