/*
 * Writing a file whole or not at all: a temporary in the same folder, synced, renamed, and the
 * folder synced. A crash leaves at most a temporary, which its name gives away.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"

#define BUFFER_BYTES ((size_t)256 << 10)
#define MAX_NAMES    64 /* tries for a temporary name that is free */

struct fc_safe_file {
    char *path, *folder, *temporary;
    fc_buf pending;   /* written by the caller, not yet by us */
    uint64_t written; /* what the descriptor has */
    fc_status failed; /* first failure: a file with a hole is never committed */
    int fd;
};

static fc_status fail(fc_safe_file *f, fc_status st)
{
    if (f->failed == FC_OK)
        f->failed = st;
    return st;
}

static fc_status write_all(fc_safe_file *f, const uint8_t *bytes, size_t n, uint64_t offset,
                           fc_error *err)
{
    while (n > 0) {
        const ssize_t done = pwrite(f->fd, bytes, n, (off_t)offset);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail(f, fc__io_error(err, done < 0 ? errno : ENOSPC, "write", f->path));
        bytes += done;
        n -= (size_t)done;
        offset += (uint64_t)done;
    }
    return FC_OK;
}

static fc_status flush(fc_safe_file *f, fc_error *err)
{
    const fc_status st = write_all(f, f->pending.data, f->pending.size, f->written, err);

    if (st == FC_OK) {
        f->written += f->pending.size;
        fc_buf_clear(&f->pending);
    }
    return st;
}

/* A new file in the folder: unique by process, try and chance. */
static fc_status open_temporary(fc_safe_file *f, fc_error *err)
{
    for (unsigned i = 0; i < MAX_NAMES; i++) {
        char name[80];
        uint64_t chance = 0;
        int e;

        if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != (ssize_t)sizeof(chance))
            chance = (uint64_t)(uintptr_t)f; /* early in boot; O_EXCL decides anyway */
        snprintf(name, sizeof(name), FC_TEMPORARY_PREFIX "%ld-%u-%016llx", (long)getpid(), i,
                 (unsigned long long)chance);
        f->temporary = fc__path_join(f->folder, name);
        if (f->temporary == NULL)
            return fc__nomem(err, strlen(f->folder) + sizeof(name), "a path");
        f->fd = open(f->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (f->fd >= 0)
            return FC_OK;
        e = errno;
        free(f->temporary); /* not ours: abort must not remove it */
        f->temporary = NULL;
        if (e != EEXIST)
            return fc__io_error(err, e, "create", f->path);
    }
    return fc_error_set(err, FC_E_IO, "create %s: no free temporary name in %s", f->path,
                        f->folder);
}

fc_status fc__safe_file_begin(fc_safe_file **out, const char *path, fc_error *err)
{
    const size_t n = strlen(path);
    fc_safe_file *f;
    fc_status st;

    *out = NULL;
    if (n == 0 || path[n - 1] == '/')
        return fc_error_set(err, FC_E_INVALID, "'%s' is no name for a file", path);
    f = fc__alloc_array(1, sizeof(*f));
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "a file");
    f->fd = -1;
    st = fc__write_target(&f->path, path, err);
    if (st == FC_OK) {
        f->folder = fc__path_folder(f->path);
        st = f->folder == NULL ? fc__nomem(err, n + 1, "a path") : open_temporary(f, err);
    }
    if (st != FC_OK)
        fc__safe_file_abort(f);
    else
        *out = f;
    return st;
}

fc_status fc__safe_file_write(fc_safe_file *f, const void *bytes, size_t n, fc_error *err)
{
    fc_status st = f->failed;

    if (st != FC_OK)
        return fc_error_set(err, st, "write %s: an earlier write failed", f->path);
    if (f->pending.size + n < BUFFER_BYTES) {
        st = fc_buf_append(&f->pending, bytes, n, err);
        return st == FC_OK ? FC_OK : fail(f, st);
    }
    st = flush(f, err);
    if (st == FC_OK)
        st = write_all(f, bytes, n, f->written, err);
    if (st == FC_OK)
        f->written += n;
    return st;
}

fc_status fc__safe_file_write_at(fc_safe_file *f, uint64_t offset, const void *bytes, size_t n,
                                 fc_error *err)
{
    fc_status st = f->failed;

    if (st != FC_OK)
        return fc_error_set(err, st, "write %s: an earlier write failed", f->path);
    st = flush(f, err);
    if (st != FC_OK)
        return st;
    if (offset > f->written || n > f->written - offset)
        return fail(f,
                    fc_error_set(err, FC_E_INVALID, "write %s: %zu bytes at %llu of %llu", f->path,
                                 n, (unsigned long long)offset, (unsigned long long)f->written));
    return write_all(f, bytes, n, offset, err);
}

static void release(fc_safe_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    fc_buf_dispose(&f->pending);
    free(f->temporary);
    free(f->folder);
    free(f->path);
    free(f);
}

/* Content on the disk under the temporary name, descriptor closed. */
static fc_status settle(fc_safe_file *f, fc_error *err)
{
    fc_status st = f->failed;
    int fd;

    if (st != FC_OK)
        return fc_error_set(err, st, "write %s: an earlier write failed", f->path);
    st = flush(f, err);
    if (st != FC_OK)
        return st;
    if (fsync(f->fd) != 0)
        return fc__io_error(err, errno, "sync", f->path);
    fd = f->fd;
    f->fd = -1;
    /* Some file systems report a full disk only here. */
    if (close(fd) != 0)
        return fc__io_error(err, errno, "close", f->path);
    return FC_OK;
}

fc_status fc__safe_file_commit(fc_safe_file *f, fc_error *err)
{
    fc_status st = settle(f, err);

    if (st == FC_OK && rename(f->temporary, f->path) != 0)
        st = fc__io_error(err, errno, "rename to", f->path);
    if (st != FC_OK) {
        fc__safe_file_abort(f);
        return st;
    }
    /* From here on the file is there; only its lasting through a power cut is open. */
    st = fc__sync_folder(f->folder, err);
    release(f);
    return st;
}

void fc__safe_file_abort(fc_safe_file *f)
{
    if (f == NULL)
        return;
    if (f->temporary != NULL)
        unlink(f->temporary);
    release(f);
}

fc_status fc__file_write_whole(const char *path, const void *bytes, size_t n, fc_error *err)
{
    fc_safe_file *f = NULL;
    fc_status st = fc__safe_file_begin(&f, path, err);

    if (st != FC_OK)
        return st;
    st = fc__safe_file_write(f, bytes, n, err);
    if (st != FC_OK) {
        fc__safe_file_abort(f);
        return st;
    }
    return fc__safe_file_commit(f, err);
}
