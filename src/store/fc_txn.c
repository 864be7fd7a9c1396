/*
 * Transactions: counted, so that the map changes only while this process has none; begun again when
 * another process has grown the map; and the words for what LMDB returns.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fc_file.h"
#include "fc_store_internal.h"

#define START_TRIES 64
#define GROW_WAIT_S 10 /* for snapshots that another thread holds */

fc_status fc__mdb_error_at(const char *path, int rc, const char *doing, fc_error *err)
{
    switch (rc) {
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_BAD_VALSIZE:
    case MDB_BAD_DBI:
    case MDB_INCOMPATIBLE:
        return fc_error_set(err, FC_E_CORRUPT,
                            "%s: %s: %s; restore a backup, or save what is readable with "
                            "`featcache repair`",
                            path, doing, mdb_strerror(rc));
    case MDB_VERSION_MISMATCH:
        return fc_error_set(err, FC_E_VERSION, "%s: %s: written by another version of LMDB", path,
                            doing);
    case MDB_MAP_FULL:
        return fc_error_set(err, FC_E_FULL, "%s: %s: the map is full; open with a larger map_bytes",
                            path, doing);
    case MDB_READERS_FULL:
        return fc_error_set(err, FC_E_BUSY, "%s: %s: too many readers at once; end some", path,
                            doing);
    case MDB_PANIC:
    case MDB_BAD_TXN:
    case MDB_TXN_FULL:
        return fc_error_set(err, FC_E_IO, "%s: %s: %s; close the store and open it again", path,
                            doing, mdb_strerror(rc));
    default:
        if (rc > 0)
            return fc__io_error(err, rc, doing, path);
        return fc_error_set(err, FC_E_IO, "%s: %s: %s", path, doing, mdb_strerror(rc));
    }
}

fc_status fc__mdb_error(const fc_env *env, int rc, const char *doing, fc_error *err)
{
    if (rc == EIO && fc__env_disk_full(env))
        rc = ENOSPC;
    return fc__mdb_error_at(env->path, rc, doing, err);
}

static void enter(fc_env *env)
{
    pthread_mutex_lock(&env->lock);
    while (env->growing)
        pthread_cond_wait(&env->changed, &env->lock);
    env->active++;
    pthread_mutex_unlock(&env->lock);
}

static void leave(fc_env *env)
{
    pthread_mutex_lock(&env->lock);
    env->active--;
    pthread_cond_broadcast(&env->changed);
    pthread_mutex_unlock(&env->lock);
}

/* Set the size of the map (0: what the file asks for) once no transaction of this process runs. */
static fc_status set_map(fc_env *env, size_t bytes, fc_error *err)
{
    struct timespec until;
    fc_status st = FC_OK;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += GROW_WAIT_S;
    pthread_mutex_lock(&env->lock);
    while (env->growing)
        pthread_cond_wait(&env->changed, &env->lock);
    env->growing = true; /* nobody begins from here on */
    while (env->active > 0 && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&env->changed, &env->lock, &until);
    if (env->active > 0) {
        st = fc_error_set(err, FC_E_FULL,
                          "%s: the map must grow and cannot while this process holds %zu "
                          "snapshots; end them, or open the store with a larger map_bytes",
                          env->path, env->active);
    } else {
        rc = mdb_env_set_mapsize(env->mdb, bytes);
        if (rc != 0)
            st = fc__mdb_error(env, rc, "grow the map", err);
        fc__guard_map(env);
    }
    env->growing = false;
    pthread_cond_broadcast(&env->changed);
    pthread_mutex_unlock(&env->lock);
    return st;
}

fc_status fc__env_grow(fc_env *env, uint64_t need, fc_error *err)
{
    MDB_envinfo info;
    uint64_t bytes;

    mdb_env_info(env->mdb, &info);
    bytes = (uint64_t)info.me_mapsize;
    if (need < bytes)
        need = bytes;
    if (bytes > UINT64_MAX / 4 || need > UINT64_MAX / 4)
        return fc_error_set(err, FC_E_FULL, "%s: a map of %llu bytes cannot grow", env->path,
                            (unsigned long long)bytes);
    return set_map(env, (size_t)(bytes + need), err);
}

static fc_status start(fc_txn *t, fc_error *err)
{
    fc_env *env = t->env;
    fc_status st = FC_OK;
    bool again = true;
    int rc;

    for (int i = 0; i < START_TRIES && again && st == FC_OK; i++) {
        fc__txn_reset(t);
        enter(env);
        rc = t->mdb != NULL ? mdb_txn_renew(t->mdb)
                            : mdb_txn_begin(env->mdb, NULL, t->write ? 0 : MDB_RDONLY, &t->mdb);
        t->live = rc == 0;
        if (rc != 0)
            leave(env);
        if (rc == MDB_MAP_RESIZED) /* another process has grown it: follow */
            st = set_map(env, 0, err);
        else if (rc != 0)
            return fc__mdb_error(env, rc, "begin a transaction", err);
        else
            st = fc__guard_begin(t, &again, err);
    }
    if (st == FC_OK && again)
        return fc_error_set(err, FC_E_BUSY,
                            "%s: other processes commit faster than this one can "
                            "begin to read; try again",
                            env->path);
    return st;
}

fc_status fc__txn_begin(fc_txn *t, fc_env *env, bool write, fc_error *err)
{
    fc_status st;
    int dead;

    *t = (fc_txn)FC_TXN_INIT;
    if (env->pid != getpid())
        return fc_error_set(err, FC_E_INVALID, "%s was opened before fork(); open it in the child",
                            env->path);
    if (write && env->read_only)
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", env->path);
    if (write && env->failed != FC_OK)
        return fc_error_set(err, env->failed,
                            "%s: an earlier write failed and its outcome is unknown; close the "
                            "store and open it again",
                            env->path);
    /* A reader that was killed would pin its pages for good. */
    if (write && mdb_reader_check(env->mdb, &dead) != 0)
        return fc_error_set(err, FC_E_IO, "%s: the reader table cannot be checked", env->path);
    t->env = env;
    t->write = write;
    st = start(t, err);
    if (st != FC_OK)
        fc__txn_end(t);
    return st;
}

void fc__txn_end(fc_txn *t)
{
    if (t->mdb != NULL)
        mdb_txn_abort(t->mdb);
    if (t->live)
        leave(t->env);
    t->mdb = NULL;
    t->live = false;
    fc__guard_end(t);
}

void fc__txn_reset(fc_txn *t)
{
    if (!t->live)
        return;
    mdb_txn_reset(t->mdb);
    leave(t->env);
    t->live = false;
}

fc_status fc__txn_renew(fc_txn *t, fc_error *err)
{
    fc__txn_reset(t);
    return start(t, err);
}

/* The last pages may be unwritten where they were given back in the same transaction; a file as
 * long as its meta page says is what the check at open takes for whole. Never shrinks. */
static void fill_tail(fc_env *env)
{
    MDB_envinfo info;
    mdb_filehandle_t fd;
    struct stat file;

    if (mdb_env_get_fd(env->mdb, &fd) != 0 || fstat(fd, &file) != 0)
        return;
    mdb_env_info(env->mdb, &info);
    if ((uint64_t)file.st_size < ((uint64_t)info.me_last_pgno + 1) * env->page_bytes)
        (void)fallocate(fd, 0, 0, (off_t)(((uint64_t)info.me_last_pgno + 1) * env->page_bytes));
}

fc_status fc__txn_commit(fc_txn *t, bool *map_full, fc_error *err)
{
    fc_env *env = t->env;
    const bool write = t->write;
    const int rc = mdb_txn_commit(t->mdb);

    t->mdb = NULL; /* gone either way */
    leave(env);
    t->live = false;
    fc__guard_end(t);
    if (map_full != NULL)
        *map_full = rc == MDB_MAP_FULL;
    if (rc == 0) {
        if (write)
            fill_tail(env);
        return FC_OK;
    }
    if (rc != MDB_MAP_FULL && write)
        fc__env_fail(env, rc);
    return fc__mdb_error(env, rc, "commit", err);
}

void fc__env_fail(fc_env *env, int rc)
{
    pthread_mutex_lock(&env->lock);
    if (env->failed == FC_OK)
        env->failed = rc > 0 ? fc__status_of_errno(rc) : FC_E_IO;
    pthread_mutex_unlock(&env->lock);
}
