/*
 * A new store: made in a temporary folder beside the place, synced, and renamed, so that it is
 * whole or absent. Temporary folders of processes that died are removed by the next that makes one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_queue.h"
#include "fc_store_internal.h"

#define STALE_SECONDS 60 /* younger ones may belong to a process between mkdir and flock */

typedef struct place {
    char *parent;
    char *name;
    char *temporary;
    int lock; /* on the temporary folder: held means its maker lives */
} place;

static void place_dispose(place *p)
{
    if (p->lock >= 0)
        close(p->lock);
    free(p->temporary);
    free(p->name);
    free(p->parent);
}

/* "a/b/" is parent "a" and name "b". */
static fc_status place_of(place *p, const char *path, fc_error *err)
{
    size_t n = strlen(path), slash;

    while (n > 1 && path[n - 1] == '/')
        n--;
    for (slash = n; slash > 0 && path[slash - 1] != '/';)
        slash--;
    p->name = fc__strndup(path + slash, n - slash);
    p->parent = slash == 0 ? fc__strdup(".") : fc__strndup(path, slash > 1 ? slash - 1 : 1);
    if (p->name == NULL || p->parent == NULL)
        return fc__nomem(err, n, "a path");
    if (p->name[0] == '\0' || strcmp(p->name, ".") == 0 || strcmp(p->name, "..") == 0)
        return fc_error_set(err, FC_E_INVALID, "'%s' is no name for a new store", path);
    return FC_OK;
}

static void remove_if_stale(const char *path)
{
    struct stat st;
    fc_error ignored = FC_ERROR_INIT;
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_mtime + STALE_SECONDS < time(NULL) &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        (void)fc__remove_tree(path, &ignored); /* a leftover that stays does no harm */
    close(fd);
}

static void sweep_leftovers(const place *p)
{
    char prefix[300];
    DIR *dir;
    const struct dirent *entry;

    if (snprintf(prefix, sizeof(prefix), ".%s.tmp-", p->name) >= (int)sizeof(prefix))
        return;
    dir = opendir(p->parent);
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        char *path;

        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        path = fc__path_join(p->parent, entry->d_name);
        if (path != NULL)
            remove_if_stale(path);
        free(path);
    }
    closedir(dir);
}

static fc_status make_temporary(place *p, fc_error *err)
{
    for (int i = 0; i < 16; i++) {
        char name[300];
        uint64_t chance;

        if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
            return fc__io_error(err, errno, "random numbers for", p->name);
        snprintf(name, sizeof(name), ".%s.tmp-%016llx", p->name, (unsigned long long)chance);
        p->temporary = fc__path_join(p->parent, name);
        if (p->temporary == NULL)
            return fc__nomem(err, sizeof(name), "a path");
        if (mkdir(p->temporary, 0777) == 0) {
            p->lock = open(p->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (p->lock < 0 || flock(p->lock, LOCK_EX) != 0)
                return fc__io_error(err, errno, "lock", p->temporary);
            return FC_OK;
        }
        if (errno != EEXIST)
            return fc__io_error(err, errno, "make folder", p->temporary);
        free(p->temporary);
        p->temporary = NULL;
    }
    return fc_error_set(err, FC_E_IO, "no free temporary name beside %s", p->name);
}

/* All tables and the one row of `meta`, in one transaction. */
static fc_status fill(const char *path, uint64_t map_bytes, fc_error *err)
{
    fc_meta_row meta = {.format = FC_STORE_FORMAT,
                        .created_ns = fc__wall_ns(),
                        .next_content = 1,
                        .next_encoder = 1,
                        .next_dataset = 1};
    fc_buf value = FC_BUF_INIT;
    const fc_key key = fc__key_meta();
    MDB_env *mdb = NULL;
    MDB_txn *txn = NULL;
    fc_status st;
    int rc = 0;

    if (getrandom(meta.store_id, sizeof(meta.store_id), 0) != (ssize_t)sizeof(meta.store_id))
        return fc__io_error(err, errno, "random numbers for", path);
    st = fc__meta_row_write(&meta, &value, err);
    if (st == FC_OK)
        st = fc__env_open_mdb(&mdb, path, map_bytes, false, err);
    if (st != FC_OK)
        goto done;
    rc = mdb_txn_begin(mdb, NULL, 0, &txn);
    for (int t = FC_TABLE_META; t < FC_TABLE_END && rc == 0; t++) {
        MDB_val k = {key.n, (void *)(uintptr_t)key.bytes}, v = {value.size, value.data};
        MDB_dbi dbi;

        rc = mdb_dbi_open(txn, fc__table_name((fc_table)t), MDB_CREATE, &dbi);
        if (rc == 0 && t == FC_TABLE_META)
            rc = mdb_put(txn, dbi, &k, &v, 0);
    }
    if (rc == 0) {
        rc = mdb_txn_commit(txn);
        txn = NULL;
    }
    if (rc != 0)
        st = fc__mdb_error_at(path, rc, "create the store", err);

done:
    if (txn != NULL)
        mdb_txn_abort(txn);
    if (mdb != NULL)
        mdb_env_close(mdb);
    fc_buf_dispose(&value);
    return st;
}

fc_status fc__env_create(const char *path, uint64_t map_bytes, fc_error *err)
{
    place p = {NULL, NULL, NULL, -1};
    fc_error ignored = FC_ERROR_INIT;
    fc_status st = place_of(&p, path, err);

    if (st == FC_OK)
        st = fc__refuse_network(p.parent, err);
    if (st != FC_OK)
        goto done;
    sweep_leftovers(&p);
    st = make_temporary(&p, err);
    if (st == FC_OK)
        st = fill(p.temporary, map_bytes, err);
    if (st == FC_OK)
        st = fc__sync_folder(p.temporary, err);
    if (st == FC_OK && rename(p.temporary, path) != 0) {
        /* Another process was faster: theirs is as good. */
        if (errno != ENOTEMPTY && errno != EEXIST)
            st = fc__io_error(err, errno, "rename the new store to", path);
        (void)fc__remove_tree(p.temporary, &ignored);
    } else if (st == FC_OK) {
        st = fc__sync_folder(p.parent, err);
    } else if (p.temporary != NULL) {
        (void)fc__remove_tree(p.temporary, &ignored);
    }

done:
    place_dispose(&p);
    return st;
}
