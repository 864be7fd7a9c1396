/*
 * Compact: the rows of the store into a new data.mdb inside the store's own folder, blocks filled
 * up on the way, checked in full, and renamed over the old one.
 *
 * Alone on the store: the writer's lock keeps writers out; the lock that LMDB holds for every
 * process that has the store open is taken exclusively for the exchange, so that nobody maps the
 * old file and a process that opens meanwhile waits. FC_E_BUSY when somebody has it open. Nothing
 * else of this process may open the store during the call.
 *
 * A crash before the rename leaves the old file and a folder .compact-tmp, removed by the next run;
 * at or after the rename, one of two files with the same data. lock.mdb remembers the number of the
 * last transaction, which starts anew in the new file: it is made new while the lock is still held.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_maintain.h"

#define TEMPORARY ".compact-tmp"
#define MAP_SLACK ((uint64_t)1 << 30)

typedef struct compact {
    const char *path;
    char *temporary; /* STORE/.compact-tmp */
    char *from, *to; /* the two data.mdb */
    char *lock_path; /* STORE/lock.mdb */
    const fc_watch *watch;
    fc_compact_report *report;
    fc_copy copy;
    fc_repack *repack;
    fc_conversion *conversion; /* NULL: none */
    uint64_t map_bytes;
    uint64_t txn; /* the state that was copied */
    int writer_lock, lock;
} compact;

static fc_status on_hole(void *context, const fc_hole *hole, fc_error *err)
{
    const compact *c = context;

    return fc_error_set(
        err, FC_E_CORRUPT,
        "%.200s is damaged (%s) and was left as it is; see `featcache verify`, then "
        "`featcache repair`",
        c->path, hole->reason);
}

static fc_status on_row(void *context, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    compact *c = context;

    if (!fc__row_intact(table, key, value))
        return fc__corrupt(err, table, key, "checksum mismatch");
    if (c->conversion != NULL && fc__conversion_drops(c->conversion, table, key))
        return FC_OK;
    if (c->conversion != NULL && (table == FC_TABLE_META || table == FC_TABLE_ENCODER))
        return fc__conversion_row(c->conversion, &c->copy, table, key, value, err);
    if (table != FC_TABLE_BLOCK)
        return fc__copy_row(&c->copy, table, key, value, err);
    c->report->n_blocks_before++;
    return fc__repack_row(c->repack, key, value, err);
}

static fc_status copy_all(compact *c, fc_store *store, fc_error *err)
{
    const fc_tree_visitor v = {on_row, on_hole, c};
    fc_tree tree = FC_TREE_INIT;
    fc_txn txn = FC_TXN_INIT;
    fc_status st = fc__txn_begin(&txn, store->env, false, err);

    if (st == FC_OK)
        st = fc__tree_open(&tree, &txn, err);
    c->txn = tree.txn;
    if (st == FC_OK)
        st = fc__tree_load(&tree, &v, err);
    for (int k = FC_TABLE_META; k < FC_TABLE_END; k++)
        c->copy.total += tree.tables[k].entries;
    for (int k = FC_TABLE_META; k < FC_TABLE_END && st == FC_OK; k++)
        st = fc__tree_walk(&tree, (fc_table)k, &v, err);
    if (st == FC_OK)
        st = fc__repack_end(c->repack, err);
    if (st == FC_OK)
        st = fc__copy_flush(&c->copy, true, err);
    fc__tree_close(&tree);
    fc__txn_end(&txn);
    return st;
}

static fc_status file_bytes(const char *path, uint64_t *out, fc_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return fc__io_error(err, errno, "stat", path);
    *out = (uint64_t)st.st_size;
    return FC_OK;
}

/* The new file, whole and checked, in the temporary folder. The writer's lock is kept in c. */
static fc_status make_copy(compact *c, fc_store *store, fc_error *err)
{
    fc_writer *w;
    fc_verify_report report;
    MDB_envinfo info;
    fc_status st = fc__writer_open(&w, store, NULL, err);

    if (st != FC_OK)
        return st;
    if (store->env->refs > 1)
        st =
            fc_error_set(err, FC_E_BUSY, "%.200s is open in this process; close it first", c->path);
    if (st == FC_OK)
        st = fc__remove_tree(c->temporary, err); /* of a run that did not end */
    mdb_env_info(store->env->mdb, &info);
    c->map_bytes = info.me_mapsize + MAP_SLACK;
    if (st == FC_OK)
        st = fc__env_create(c->temporary, c->map_bytes, err);
    if (st == FC_OK)
        st = fc__env_open(&c->copy.to, c->temporary, c->map_bytes, false, err);
    if (st == FC_OK)
        st = fc__repack_create(&c->repack, w, &c->copy, err);
    if (st == FC_OK)
        fc__repack_convert(c->repack, c->conversion);
    if (st == FC_OK)
        st = copy_all(c, store, err);
    if (st == FC_OK && c->conversion != NULL)
        st = fc__store_recount(c->copy.to, err); /* digests are over the stored bytes */
    c->report->n_blocks_after = c->repack != NULL ? fc__repack_blocks(c->repack) : 0;
    fc__repack_destroy(c->repack);
    fc__edits_dispose(&c->copy.edits);
    fc__env_close(c->copy.to);
    /* The lock goes on without the writer, which goes with the store. */
    c->writer_lock = w->lock;
    w->lock = -1;
    fc__writer_close(w);
    if (st == FC_OK)
        st = fc__store_verify(c->temporary, true, NULL, c->watch, &report, err);
    if (st == FC_OK && report.n_damages > 0)
        st = fc_error_set(err, FC_E_CORRUPT,
                          "%.200s: the compacted copy does not check (%llu damages); the store was "
                          "left as it is: see `featcache verify --full`",
                          c->path, (unsigned long long)report.n_damages);
    return st;
}

/* Byte 0 of lock.mdb is what LMDB locks, shared, for each process that has the store open. */
static fc_status take_exclusive(compact *c, fc_error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};

    c->lock = open(c->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (c->lock < 0)
        return fc__io_error(err, errno, "open", c->lock_path);
    if (fcntl(c->lock, F_SETLK, &lock) == 0)
        return FC_OK;
    if (errno == EACCES || errno == EAGAIN)
        return fc_error_set(err, FC_E_BUSY,
                            "%.200s is open in another process; compact when nobody reads it",
                            c->path);
    return fc__io_error(err, errno, "lock", c->lock_path);
}

/* Between the copy and the lock somebody may have switched index segments. */
static fc_status unchanged(const compact *c, fc_error *err)
{
    fc_tree t;
    fc_status st = fc__tree_open_file(&t, c->path, err);

    if (st == FC_OK && t.txn != c->txn)
        st =
            fc_error_set(err, FC_E_BUSY, "%.200s was changed meanwhile; compact it again", c->path);
    fc__tree_close(&t);
    return st;
}

static fc_status exchange(compact *c, fc_error *err)
{
    fc_env *env = NULL;
    fc_status st = take_exclusive(c, err);

    if (st == FC_OK)
        st = unchanged(c, err);
    if (st == FC_OK && rename(c->from, c->to) != 0)
        st = fc__io_error(err, errno, "rename the compacted file to", c->to);
    if (st == FC_OK)
        st = fc__sync_folder(c->path, err);
    /* Our own opening finds nobody else on the lock, so LMDB makes lock.mdb new; who waits comes
     * after that. Our descriptor stays open so long: closing it would let go of LMDB's lock too. */
    if (st == FC_OK)
        st = fc__env_open(&env, c->path, c->map_bytes, false, err);
    fc__env_close(env);
    if (c->lock >= 0)
        close(c->lock);
    return st;
}

static fc_status make_paths(compact *c, fc_error *err)
{
    c->temporary = fc__path_join(c->path, TEMPORARY);
    c->to = fc__path_join(c->path, "data.mdb");
    c->lock_path = fc__path_join(c->path, "lock.mdb");
    c->from = c->temporary != NULL ? fc__path_join(c->temporary, "data.mdb") : NULL;
    return c->to != NULL && c->lock_path != NULL && c->from != NULL
               ? FC_OK
               : fc__nomem(err, strlen(c->path), "a path");
}

fc_status fc__store_rewrite(const char *path, fc_conversion *conversion, const fc_watch *watch,
                            fc_compact_report *report, fc_error *err)
{
    compact c = {.path = path,
                 .watch = watch,
                 .report = report,
                 .conversion = conversion,
                 .copy = {.edits = FC_EDITS_INIT, .watch = watch, .what = "compact"},
                 .writer_lock = -1,
                 .lock = -1};
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_error ignored = FC_ERROR_INIT;
    fc_store *store = NULL;
    fc_status st = make_paths(&c, err);

    *report = (fc_compact_report){0};
    opts.flags = FC_STORE_MUST_EXIST;
    if (st == FC_OK)
        st = file_bytes(c.to, &report->bytes_before, err);
    if (st == FC_OK)
        st = fc_store_open(&store, path, &opts, err);
    if (st == FC_OK)
        st = make_copy(&c, store, err);
    fc_store_close(store);
    if (st == FC_OK)
        st = exchange(&c, err);
    if (st == FC_OK)
        st = file_bytes(c.to, &report->bytes_after, err);
    if (c.temporary != NULL)
        (void)fc__remove_tree(c.temporary, &ignored); /* a leftover is removed by the next run */
    if (c.writer_lock >= 0)
        close(c.writer_lock);
    free(c.temporary);
    free(c.from);
    free(c.to);
    free(c.lock_path);
    return st;
}

fc_status fc__store_compact(const char *path, const fc_watch *watch, fc_compact_report *report,
                            fc_error *err)
{
    return fc__store_rewrite(path, NULL, watch, report, err);
}
