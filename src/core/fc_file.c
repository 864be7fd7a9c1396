/*
 * Whole reads with a cap, the identity of a file, maps, and errno in the project's words.
 */
#include "fc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"

#define READ_STEP ((size_t)64 << 10) /* for files that do not tell their size, as in /proc */

fc_status fc__status_of_errno(int e)
{
    switch (e) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return FC_E_FULL;
    case ENOENT:
    case ENOTDIR:
        return FC_E_NOT_FOUND;
    case ENOMEM:
        return FC_E_NOMEM;
    default:
        return FC_E_IO;
    }
}

fc_status fc__io_error(fc_error *err, int e, const char *what, const char *path)
{
    char words[128];

    /* The GNU form: thread-safe, returns words or a static string. */
    return fc_error_set(err, fc__status_of_errno(e), "%s %s: %s", what, path,
                        strerror_r(e, words, sizeof(words)));
}

static fc_file_id id_of(const struct stat *st)
{
    return (fc_file_id){
        .device = (uint64_t)st->st_dev,
        .inode = (uint64_t)st->st_ino,
        .size = (uint64_t)st->st_size,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
    };
}

fc_status fc__file_identify_fd(int fd, const char *name, fc_file_id *out, fc_error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fc__io_error(err, errno, "stat", name);
    *out = id_of(&st);
    return FC_OK;
}

fc_status fc__file_identify(const char *path, fc_file_id *out, fc_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        if (fc__status_of_errno(errno) == FC_E_NOT_FOUND)
            return FC_E_NOT_FOUND;
        return fc__io_error(err, errno, "stat", path);
    }
    *out = id_of(&st);
    return FC_OK;
}

bool fc__file_id_equal(const fc_file_id *a, const fc_file_id *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

static fc_status stat_regular(int fd, const char *name, struct stat *st, fc_error *err)
{
    if (fstat(fd, st) != 0)
        return fc__io_error(err, errno, "stat", name);
    if (!S_ISREG(st->st_mode))
        return fc_error_set(err, FC_E_INVALID, "%s is not a regular file", name);
    return FC_OK;
}

static fc_status too_large(const char *name, size_t max_bytes, fc_error *err)
{
    return fc_error_set(err, FC_E_LIMIT, "%s is larger than %zu bytes, the most that is read", name,
                        max_bytes);
}

/* Up to the end of the file; one byte past max_bytes shows that there is more. */
static fc_status read_to_end(int fd, const char *name, size_t max_bytes, fc_buf *out, fc_error *err)
{
    const size_t cap = max_bytes < SIZE_MAX ? max_bytes + 1 : max_bytes;

    for (;;) {
        size_t room;
        ssize_t n;

        if (out->size == out->capacity) {
            const fc_status st = fc_buf_reserve(out, READ_STEP, err);

            if (st != FC_OK)
                return st;
        }
        room = out->capacity - out->size;
        if (room > cap - out->size)
            room = cap - out->size;
        n = pread(fd, out->data + out->size, room, (off_t)out->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fc__io_error(err, errno, "read", name);
        if (n == 0)
            return FC_OK;
        out->size += (size_t)n;
        if (out->size > max_bytes)
            return too_large(name, max_bytes, err);
    }
}

fc_status fc__file_read_fd(int fd, const char *name, size_t max_bytes, fc_buf *out, fc_file_id *id,
                           fc_error *err)
{
    struct stat before, after;
    fc_status st;

    fc_buf_clear(out);
    st = stat_regular(fd, name, &before, err);
    if (st != FC_OK)
        return st;
    if ((uint64_t)before.st_size > max_bytes)
        return too_large(name, max_bytes, err);
    /* One more than the size, so that the read that finds the end needs no growth. */
    st = fc_buf_reserve(out, (size_t)before.st_size + 1, err);
    if (st == FC_OK)
        st = read_to_end(fd, name, max_bytes, out, err);
    if (st == FC_OK && id != NULL) {
        const fc_file_id was = id_of(&before);

        if (fstat(fd, &after) != 0)
            st = fc__io_error(err, errno, "stat", name);
        else if (*id = id_of(&after), !fc__file_id_equal(&was, id) || out->size != id->size)
            st = fc_error_set(err, FC_E_BUSY, "%s changed while it was read; try again", name);
    }
    if (st != FC_OK)
        fc_buf_clear(out);
    return st;
}

/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
static int open_to_read(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

fc_status fc__file_read(const char *path, size_t max_bytes, fc_buf *out, fc_error *err)
{
    const int fd = open_to_read(path);
    fc_status st;

    if (fd < 0) {
        fc_buf_clear(out);
        return fc__io_error(err, errno, "open", path);
    }
    st = fc__file_read_fd(fd, path, max_bytes, out, NULL, err);
    close(fd);
    return st;
}

fc_status fc__map_file(fc_map *out, const char *path, fc_error *err)
{
    static const uint8_t nothing[1] = {0}; /* an empty file cannot be mapped */
    const int fd = open_to_read(path);
    struct stat file;
    fc_status st;

    *out = (fc_map)FC_MAP_INIT;
    if (fd < 0)
        return fc__io_error(err, errno, "open", path);
    st = stat_regular(fd, path, &file, err);
    if (st == FC_OK && (uint64_t)file.st_size > SIZE_MAX)
        st = too_large(path, SIZE_MAX, err);
    if (st == FC_OK && file.st_size == 0) {
        out->data = nothing;
    } else if (st == FC_OK) {
        void *data = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);

        if (data == MAP_FAILED)
            st = fc__io_error(err, errno, "map", path);
        else
            *out = (fc_map){.data = data, .size = (size_t)file.st_size};
    }
    close(fd);
    return st;
}

void fc__map_dispose(fc_map *m)
{
    if (m == NULL)
        return;
    if (m->size > 0)
        munmap((void *)(uintptr_t)m->data, m->size);
    *m = (fc_map)FC_MAP_INIT;
}
