/*
 * A lock file, and a sweep over the segment folder.
 */
#include "index_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_store_read.h"
#include "fc_store_space.h"

#define LOCK_NAME   "index.lock"
#define WAIT_NS     20000000L
#define HASH_DIGITS 32u

/* The lock goes with the process, however it ends. */
static fc_status wait_for_lock(int fd, const char *path, bool (*cancelled)(void *context),
                               void *context, fc_error *err)
{
    const struct timespec pause = {0, WAIT_NS};

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fc__io_error(err, errno, "lock", path);
        if (cancelled != NULL && cancelled(context))
            return fc_error_set(err, FC_E_CANCELLED,
                                "stopped while another process updates the index");
        nanosleep(&pause, NULL);
    }
    return FC_OK;
}

fc_status fc__index_lock(fc_store *store, bool (*cancelled)(void *context), void *context,
                         int *lock, fc_error *err)
{
    char *path = fc__path_join(fc_store_path(store), LOCK_NAME);
    fc_status st = FC_OK;

    *lock = -1;
    if (path == NULL)
        return fc__nomem(err, sizeof(LOCK_NAME), "a path");
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    st = *lock < 0 ? fc__io_error(err, errno, "open", path)
                   : wait_for_lock(*lock, path, cancelled, context, err);
    if (st != FC_OK && *lock >= 0) {
        close(*lock);
        *lock = -1;
    }
    free(path);
    return st;
}

void fc__index_unlock(int lock)
{
    if (lock < 0)
        return;
    (void)flock(lock, LOCK_UN); /* before the close: a forked child may hold the descriptor too */
    close(lock);
}

typedef struct listed {
    char (*hashes)[33];
    size_t n, capacity;
} listed;

/* All segments that the store names now. */
static fc_status list_all(listed *l, fc_store *store, fc_error *err)
{
    fc_segment_row *rows = NULL;
    fc_snapshot *s = NULL;
    size_t n = 0;
    fc_status st;

    st = fc_snapshot_begin(&s, store, err);
    if (st == FC_OK)
        st = fc__snapshot_segment_rows(s, &rows, &n, err);
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        const fc_live_segments *live = &rows[i].live;

        if (live->n == 0)
            continue;
        st = fc__grow_array(&l->hashes, &l->capacity, l->n + live->n, sizeof(*l->hashes), err);
        if (st == FC_OK) {
            memcpy(l->hashes + l->n, live->hashes, live->n * sizeof(*l->hashes));
            l->n += live->n;
        }
    }
    fc__segment_rows_free(rows, n);
    fc_snapshot_end(s);
    return st;
}

/* A file of ours that can go; what we did not make is let be. */
static bool is_leftover(const listed *l, const char *name)
{
    const size_t n = strspn(name, "0123456789abcdef");

    if (strncmp(name, "building-", 9) == 0 ||
        strncmp(name, FC_TEMPORARY_PREFIX, strlen(FC_TEMPORARY_PREFIX)) == 0)
        return true;
    if (n != HASH_DIGITS || (strcmp(name + n, ".vec") != 0 && strcmp(name + n, ".faiss") != 0))
        return false;
    for (size_t i = 0; i < l->n; i++)
        if (memcmp(l->hashes[i], name, HASH_DIGITS) == 0)
            return false;
    return true;
}

const char *fc__index_space_of(const fc_space_row *spaces, size_t n, const char *key)
{
    char hex[FC_ARTEFACT_HEX_BYTES];

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < spaces[i].n_branches; k++) {
            fc__artefact_hex(&spaces[i].heads[k], hex);
            if (strcmp(hex, key) == 0)
                return spaces[i].name;
        }
    return NULL;
}

fc_status fc__index_drop_heads(fc_store *store, fc_error *err)
{
    fc_space_row *spaces = NULL;
    fc_segment_row *rows = NULL;
    fc_snapshot *s = NULL;
    size_t n_spaces = 0, n = 0;
    fc_status st = fc_snapshot_begin(&s, store, err);

    if (st == FC_OK)
        st = fc__snapshot_spaces(s, &spaces, &n_spaces, err);
    if (st == FC_OK)
        st = fc__snapshot_segment_rows(s, &rows, &n, err);
    fc_snapshot_end(s);
    for (size_t i = 0; st == FC_OK && i < n; i++)
        if (rows[i].space[0] != '\0' && fc__index_space_of(spaces, n_spaces, rows[i].space) == NULL)
            st =
                fc__store_drop_segments(store, rows[i].space, rows[i].version, rows[i].output, err);
    fc__segment_rows_free(rows, n);
    fc__spaces_free(spaces, n_spaces);
    return st;
}

fc_status fc__index_sweep(fc_store *store, fc_error *err)
{
    listed l = {NULL, 0, 0};
    const struct dirent *entry;
    const char *folder;
    DIR *dir = NULL;
    fc_status st;

    st = list_all(&l, store, err);
    if (st == FC_OK)
        st = fc__store_segment_folder(store, &folder, err);
    if (st == FC_OK && (dir = opendir(folder)) == NULL)
        st = fc__io_error(err, errno, "open", folder);
    while (st == FC_OK && (entry = readdir(dir)) != NULL)
        if (is_leftover(&l, entry->d_name))
            (void)unlinkat(dirfd(dir), entry->d_name, 0); /* costs space, not correctness */
    if (dir != NULL)
        closedir(dir);
    free(l.hashes);
    return st;
}
