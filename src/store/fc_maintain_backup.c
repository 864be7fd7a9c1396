/*
 * Backup: the rows of one snapshot into a new store, each with its checksum compared on the way,
 * then the whole checked again as it lies on disk, and renamed. Rows rather than pages, so that the
 * copy has no free pages and damage is never carried over. Index segments are derived and stay
 * behind: queries scan until `featcache index` has run.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_maintain.h"

#define MAP_SLACK ((uint64_t)1 << 30)

typedef struct backup {
    fc_copy copy;
    const char *path;
} backup;

static fc_status refuse(const backup *b, const char *where, fc_error *err)
{
    return fc_error_set(
        err, FC_E_CORRUPT,
        "%.200s is damaged (%s) and was not backed up; see `featcache verify`, then "
        "`featcache repair`",
        b->path, where);
}

static fc_status on_hole(void *context, const fc_hole *hole, fc_error *err)
{
    return refuse(context, hole->reason, err);
}

static fc_status on_row(void *context, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    backup *b = context;
    char words[FC_KEY_TEXT_BYTES];

    if (!fc__row_intact(table, key, value))
        return refuse(b, fc__key_text(table, key, words), err);
    /* The segment files are not in the backup, so their list is not either. */
    return table == FC_TABLE_SEGMENT ? FC_OK : fc__copy_row(&b->copy, table, key, value, err);
}

static fc_status copy_all(backup *b, fc_tree *t, fc_error *err)
{
    const fc_tree_visitor v = {on_row, on_hole, b};
    fc_status st = fc__tree_load(t, &v, err);

    for (int k = FC_TABLE_META; k < FC_TABLE_END; k++)
        b->copy.total += t->tables[k].entries;
    for (int k = FC_TABLE_META; k < FC_TABLE_END && st == FC_OK; k++)
        st = fc__tree_walk(t, (fc_table)k, &v, err);
    return st == FC_OK ? fc__copy_flush(&b->copy, true, err) : st;
}

static fc_status check_copy(const char *folder, const fc_watch *watch, fc_error *err)
{
    fc_verify_report report;
    const fc_status st = fc__store_verify(folder, false, NULL, watch, &report, err);

    if (st == FC_OK && report.n_damages > 0)
        return fc_error_set(err, FC_E_CORRUPT,
                            "the backup differs from what was written (%llu damages): the source "
                            "or the disk is damaged; nothing was left behind",
                            (unsigned long long)report.n_damages);
    return st;
}

/* The folder that `to` is to be made in; NULL when memory is short. */
static char *folder_of(const char *to)
{
    char *folder = fc__strdup(to);
    size_t n = strlen(to);

    while (n > 0 && to[n - 1] == '/')
        n--;
    while (n > 0 && to[n - 1] != '/')
        n--;
    if (folder != NULL)
        folder[n] = '\0';
    if (folder == NULL || n > 0)
        return folder;
    free(folder);
    return fc__strdup(".");
}

/* A copy inside the store would go with it, and nothing that works on the store expects it there.
 */
static fc_status refuse_inside(const char *path, const char *to, fc_error *err)
{
    char *parent = folder_of(to);
    char *store = realpath(path, NULL), *where = parent != NULL ? realpath(parent, NULL) : NULL;
    const size_t n = store != NULL ? strlen(store) : 0;
    const bool inside = where != NULL && store != NULL && strncmp(where, store, n) == 0 &&
                        (where[n] == '\0' || where[n] == '/');

    free(parent);
    free(store);
    free(where);
    return inside ? fc_error_set(err, FC_E_INVALID, "%s lies inside the store %s", to, path)
                  : FC_OK;
}

fc_status fc__store_backup(const char *path, const char *to, const fc_watch *watch, fc_error *err)
{
    backup b = {.copy = {.edits = FC_EDITS_INIT, .watch = watch, .what = "backup"}, .path = path};
    fc_new_folder folder = {.lock = -1};
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_tree tree = FC_TREE_INIT;
    fc_txn txn = FC_TXN_INIT;
    fc_store *store;
    MDB_envinfo info;
    fc_status st;

    st = refuse_inside(path, to, err);
    if (st != FC_OK)
        return st;
    opts.flags = FC_STORE_READ_ONLY;
    st = fc_store_open(&store, path, &opts, err);
    if (st != FC_OK)
        return st;
    mdb_env_info(store->env->mdb, &info);
    st = fc__new_folder_begin(&folder, to, info.me_mapsize + MAP_SLACK, err);
    if (st == FC_OK)
        st = fc__env_open(&b.copy.to, folder.temporary, info.me_mapsize + MAP_SLACK, false, err);
    if (st == FC_OK)
        st = fc__txn_begin(&txn, store->env, false, err);
    if (st == FC_OK)
        st = fc__tree_open(&tree, &txn, err);
    if (st == FC_OK)
        st = copy_all(&b, &tree, err);
    fc__tree_close(&tree);
    fc__txn_end(&txn);
    fc__env_close(b.copy.to);
    fc_store_close(store);
    if (st == FC_OK)
        st = check_copy(folder.temporary, watch, err);
    if (st == FC_OK)
        st = fc__new_folder_commit(&folder, err);
    fc__edits_dispose(&b.copy.edits);
    fc__new_folder_dispose(&folder);
    return st;
}
