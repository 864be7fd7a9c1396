/*
 * Environments: the one registry of what this process has open, by device and inode. LMDB's file
 * locks break when a process opens one environment twice, so a second open shares the first.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_store_internal.h"

#define MAX_READERS 1024

/* The one writable global of the library besides CPU dispatch. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static fc_env *registry;

unsigned fc__env_flags(bool read_only)
{
    /* NOTLS: a snapshot belongs to whoever holds it, not to a thread. Never WRITEMAP (SIGBUS on a
     * full disk), NOSYNC, NOMETASYNC or MAPASYNC (a crash would lose what was acknowledged). */
    return MDB_NOTLS | (read_only ? MDB_RDONLY : 0u);
}

/* Who reads enters himself into lock.mdb, so that a writer knows which pages are still in use: a
 * store that may be read only where that may be written. */
static fc_status refuse_access(const char *path, fc_error *err)
{
    char *lock = fc__path_join(path, "lock.mdb");
    const bool lock_is_it = lock != NULL && access(path, R_OK | X_OK) == 0 &&
                            access(lock, R_OK | W_OK) != 0 && errno == EACCES;

    free(lock);
    if (!lock_is_it)
        return fc__mdb_error_at(path, EACCES, "open the store", err);
    return fc_error_set(err, FC_E_IO,
                        "%s: lock.mdb in it may not be written, and readers need that, too: allow "
                        "it (chmod), or read a copy (featcache backup)",
                        path);
}

fc_status fc__env_open_mdb(MDB_env **out, const char *path, uint64_t map_bytes, bool read_only,
                           fc_error *err)
{
    MDB_env *mdb = NULL;
    int rc, dead;

    *out = NULL;
    rc = mdb_env_create(&mdb);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(mdb, FC_TABLE_END);
    if (rc == 0)
        rc = mdb_env_set_maxreaders(mdb, MAX_READERS);
    if (rc == 0)
        rc = mdb_env_set_mapsize(mdb, (size_t)map_bytes);
    if (rc == 0)
        rc = mdb_env_open(mdb, path, fc__env_flags(read_only), 0666);
    if (rc == 0)
        rc = mdb_reader_check(mdb, &dead);
    if (rc == 0) {
        *out = mdb;
        return FC_OK;
    }
    mdb_env_close(mdb);
    if (rc == ENOMEM)
        return fc_error_set(err, FC_E_NOMEM,
                            "%s: cannot reserve %llu bytes of address space; open the store with a "
                            "smaller map_bytes",
                            path, (unsigned long long)map_bytes);
    return rc == EACCES ? refuse_access(path, err)
                        : fc__mdb_error_at(path, rc, "open the store", err);
}

/* Handles of all tables; which tables there are also tells whether this is a store. */
static fc_status open_tables(fc_env *env, fc_error *err)
{
    fc_txn txn = FC_TXN_INIT;
    fc_meta_row meta;
    fc_status st = fc__txn_begin(&txn, env, false, err);

    if (st != FC_OK)
        return st;
    for (int t = FC_TABLE_META; t < FC_TABLE_END && st == FC_OK; t++) {
        const fc_span any = {(const uint8_t *)"", 0};
        int rc;

        st = fc__guard_key(&txn, (fc_table)t, any, err); /* also the way to the table's record */
        if (st != FC_OK)
            break;
        rc = mdb_dbi_open(txn.mdb, fc__table_name((fc_table)t), 0, &env->dbi[t]);

        if (rc == MDB_NOTFOUND && t == FC_TABLE_META)
            st = fc_error_set(err, FC_E_INVALID,
                              "%s holds an LMDB environment that is no featcache store", env->path);
        else if (rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE)
            st = fc_error_set(err, FC_E_CORRUPT, "%s: the table '%s' is missing", env->path,
                              fc__table_name((fc_table)t));
        else if (rc != 0)
            st = fc__mdb_error(env, rc, "open a table", err);
        /* The format is looked at first: a newer one may have other tables. */
        if (st == FC_OK && t == FC_TABLE_META)
            st = fc__meta_row_get(&txn, &meta, err);
    }
    if (st == FC_OK) {
        memcpy(env->store_id, meta.store_id, sizeof(env->store_id));
        st = fc__txn_commit(&txn, NULL, err); /* of a read: keeps the handles */
    }
    fc__txn_end(&txn);
    return st;
}

static void release(fc_env *env)
{
    if (env == NULL)
        return;
    fc__guard_unmap(env);
    if (env->mdb != NULL)
        mdb_env_close(env->mdb);
    pthread_cond_destroy(&env->changed);
    pthread_mutex_destroy(&env->lock);
    free(env->path);
    free(env);
}

static fc_status open_new(fc_env **out, const char *path, const struct stat *file,
                          uint64_t map_bytes, bool read_only, fc_error *err)
{
    fc_env *env;
    MDB_stat stat;
    fc_status st = fc__env_check_file(path, err);

    if (st != FC_OK)
        return st;
    env = fc__alloc_array(1, sizeof(*env));
    if (env == NULL)
        return fc__nomem(err, sizeof(*env), "an environment");
    pthread_mutex_init(&env->lock, NULL);
    pthread_cond_init(&env->changed, NULL);
    env->refs = 1;
    env->device = file->st_dev;
    env->inode = file->st_ino;
    env->pid = getpid();
    env->read_only = read_only;
    env->path = fc__strdup(path);
    st = env->path != NULL ? FC_OK : fc__nomem(err, strlen(path) + 1, "a path");
    if (st == FC_OK)
        st = fc__env_open_mdb(&env->mdb, path, map_bytes, read_only, err);
    if (st == FC_OK) {
        mdb_env_stat(env->mdb, &stat);
        env->page_bytes = stat.ms_psize;
        fc__guard_map(env);
        st = open_tables(env, err);
    }
    if (st != FC_OK) {
        release(env);
        return st;
    }
    *out = env;
    return FC_OK;
}

/* With the registry's lock held. */
static fc_status find_or_open(fc_env **out, const char *path, const struct stat *file,
                              uint64_t map_bytes, bool read_only, fc_error *err)
{
    fc_status st;

    for (fc_env *e = registry; e != NULL; e = e->next) {
        /* What a parent had open before fork() is not ours to use. */
        if (e->device != file->st_dev || e->inode != file->st_ino || e->pid != getpid())
            continue;
        if (e->read_only && !read_only)
            return fc_error_set(err, FC_E_BUSY,
                                "%s is open read-only in this process; close it there first", path);
        e->refs++;
        *out = e;
        return FC_OK;
    }
    st = open_new(out, path, file, map_bytes, read_only, err);
    if (st == FC_OK) {
        (*out)->next = registry;
        registry = *out;
    }
    return st;
}

fc_status fc__env_open(fc_env **out, const char *path, uint64_t map_bytes, bool read_only,
                       fc_error *err)
{
    char *data = fc__path_join(path, "data.mdb");
    struct stat file;
    fc_status st;

    *out = NULL;
    if (data == NULL)
        return fc__nomem(err, strlen(path) + 10, "a path");
    pthread_mutex_lock(&registry_lock);
    if (stat(data, &file) != 0) {
        st = fc__io_error(err, errno, "stat", data);
    } else {
        /* Opened for writing where the system allows it, so that a reader and a writer of one
         * process can share; the handle given out refuses writes by itself. */
        const bool can_write = access(data, W_OK) == 0 && access(path, W_OK) == 0;

        st = find_or_open(out, path, &file, map_bytes, read_only && !can_write, err);
    }
    pthread_mutex_unlock(&registry_lock);
    free(data);
    return st;
}

void fc__env_close(fc_env *env)
{
    if (env == NULL)
        return;
    pthread_mutex_lock(&registry_lock);
    if (--env->refs == 0) {
        for (fc_env **at = &registry; *at != NULL; at = &(*at)->next)
            if (*at == env) {
                *at = env->next;
                break;
            }
        /* After fork() the locks and the map belong to the parent: leave them alone. */
        if (env->pid == getpid())
            release(env);
    }
    pthread_mutex_unlock(&registry_lock);
}
