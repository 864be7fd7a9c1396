/*
 * From a path to bytes. The file system answers first; only where it finds no file is the path cut
 * at the regular file that stands in the middle of it.
 */
#include "fc_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset_impl.h"
#include "fc_npy_header.h"
#include "fc_zip_index.h"

#define HEAD_BYTES ((size_t)64 << 10)
/* So many members of a zip are passed before its directory is asked: workers that share one in its
 * order skip each other's batches. */
#define PATIENCE 256

struct fc_fetcher {
    int root_fd;
    fc_archive_limits limits;
    /* The container used last. */
    char *path;
    size_t path_n;
    fc_file_id file;
    int fd; /* of it, else -1 */
    fc_archive *archive;
    uint64_t at;         /* members passed since the archive was opened */
    bool is_zip;         /* and may have a directory to jump by */
    fc_zip_index *index; /* NULL: not asked for yet */
    bool is_array;
    fc_npy_header npy;
};

fc_status fc__fetcher_create(fc_fetcher **out, int root_fd, const fc_archive_limits *limits,
                             fc_error *err)
{
    fc_fetcher *f = fc__alloc_array(1, sizeof(*f));

    *out = f;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "a reader of samples");
    f->root_fd = root_fd;
    f->fd = -1;
    if (limits != NULL)
        f->limits = *limits;
    return FC_OK;
}

static void forget(fc_fetcher *f)
{
    fc__archive_close(f->archive);
    fc__zip_index_close(f->index);
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    f->archive = NULL;
    f->index = NULL;
    f->is_zip = false;
    f->fd = -1;
    f->path = NULL;
    f->is_array = false;
}

void fc__fetcher_destroy(fc_fetcher *f)
{
    if (f == NULL)
        return;
    forget(f);
    free(f);
}

void fc__place_dispose(fc_place *place)
{
    if (place == NULL)
        return;
    if (place->fd >= 0)
        close(place->fd);
    fc_buf_dispose(&place->head);
    *place = (fc_place)FC_PLACE_INIT;
}

/* ---- containers ---- */

/* (Re)open the archive at its beginning. */
static fc_status rewind_archive(fc_fetcher *f, fc_error *err)
{
    const int fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);

    fc__archive_close(f->archive);
    f->archive = NULL;
    f->at = 0;
    if (fd < 0)
        return fc__io_error(err, errno, "cannot read", f->path);
    return fc__archive_open(&f->archive, fd, f->path, &f->limits, err);
}

/* Make the regular file open at `fd` (taken over) the container at hand. */
static fc_status use_container(fc_fetcher *f, int fd, const char *path, size_t path_n,
                               const fc_file_id *file, fc_error *err)
{
    fc_buf head = FC_BUF_INIT;
    ssize_t n;
    fc_status st;

    forget(f);
    f->fd = fd;
    f->file = *file;
    f->path_n = path_n;
    f->path = fc__strndup(path, path_n);
    st = f->path != NULL ? fc_buf_reserve(&head, FC_NPY_HEADER_MAX, err)
                         : fc__nomem(err, path_n, "a path");
    if (st != FC_OK)
        goto done;
    n = pread(fd, head.data, FC_NPY_HEADER_MAX, 0);
    if (n < 0) {
        st = fc__io_error(err, errno, "cannot read", f->path);
        goto done;
    }
    switch (fc__sniff_container(head.data, (size_t)n)) {
    case FC_CONTAINER_ZIP:
        f->is_zip = true;
        st = rewind_archive(f, err);
        break;
    case FC_CONTAINER_TAR:
    case FC_CONTAINER_COMPRESSED:
        st = rewind_archive(f, err);
        break;
    case FC_CONTAINER_NPY:
        f->is_array = true;
        st = fc__npy_header_read(head.data, (size_t)n, f->path, &f->npy, err);
        break;
    case FC_CONTAINER_NONE:
        st = fc_error_set(err, FC_E_NOT_FOUND, "%s is a file, neither an archive nor an array",
                          f->path);
        break;
    }

done:
    if (st != FC_OK)
        forget(f);
    fc_buf_dispose(&head);
    return st;
}

/* The container at hand is that of `path`, and the file there is still the same. */
static bool still_at(const fc_fetcher *f, const char *path)
{
    fc_file_id now;
    bool same = false;
    int fd = -1;

    if (f->path == NULL || strncmp(path, f->path, f->path_n) != 0 || path[f->path_n] != '/')
        return false;
    if (fc__open_beneath(f->root_fd, f->path, &fd, NULL) == FC_OK) {
        same = fc__file_identify_fd(fd, f->path, &now, NULL) == FC_OK &&
               fc__file_id_equal(&now, &f->file);
        close(fd);
    }
    return same;
}

fc_status fc__find_container(int root_fd, const char *path, size_t *n, int *fd, fc_file_id *file,
                             fc_error *err)
{
    *fd = -1;
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        char *part = fc__strndup(path, (size_t)(slash - path));
        fc_status st;

        if (part == NULL)
            return fc__nomem(err, strlen(path), "a path");
        *n = (size_t)(slash - path);
        st = fc__open_beneath(root_fd, part, fd, NULL);
        if (st == FC_OK)
            st = fc__file_identify_fd(*fd, part, file, err);
        free(part);
        if (*fd < 0)
            continue;
        if (st != FC_OK) {
            close(*fd);
            *fd = -1;
        }
        return st;
    }
    return FC_OK;
}

/* The file in the middle of `path` becomes the container; *found is false when there is none. */
static fc_status enter_container(fc_fetcher *f, const char *path, bool *found, fc_error *err)
{
    fc_file_id file;
    size_t n;
    fc_status st;
    int fd;

    *found = true;
    if (still_at(f, path))
        return FC_OK;
    st = fc__find_container(f->root_fd, path, &n, &fd, &file, err);
    *found = fd >= 0;
    return *found ? use_container(f, fd, path, n, &file, err) : st;
}

/* ---- members ---- */

/* The member at hand is the one that was asked for: may it be taken? */
static fc_status take_member(const fc_fetcher *f, const fc_archive_member *m, fc_error *err)
{
    if (m->status == FC_OK)
        return FC_OK;
    return fc_error_set(err, m->status, "%s: member '%.200s' %s", f->path, m->name, m->problem);
}

/* Straight to the member of a zip, by its directory. *found is false where that does not lead to a
 * sound member of this name: then the archive is walked, and says why. */
static fc_status jump(fc_fetcher *f, const char *name, fc_archive_member *m, bool *found,
                      fc_error *err)
{
    uint64_t offset, size;
    fc_status st;
    int fd;

    if (f->index == NULL) {
        const uint64_t most = f->limits.max_members != 0 ? f->limits.max_members : UINT32_MAX;

        st = fc__zip_index_open(&f->index, f->fd, most, err); /* with more, the walk says so */
        f->is_zip = st == FC_OK;
        if (st != FC_OK)
            return st == FC_E_NOT_FOUND ? FC_OK : st;
    }
    if (!fc__zip_index_find(f->index, name, &offset, &size))
        return FC_OK;
    fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return fc__io_error(err, errno, "cannot read", f->path);
    fc__archive_close(f->archive);
    f->at = 1; /* what stands before is not passed */
    st = fc__archive_open_at(&f->archive, fd, offset, f->path, &f->limits, NULL);
    if (st == FC_OK)
        st = fc__archive_next(f->archive, m, NULL);
    *found = st == FC_OK && m->status == FC_OK && strcmp(m->name, name) == 0;
    if (*found && !m->has_size) { /* its header leaves that to what follows the bytes */
        m->has_size = true;
        m->size = size;
    }
    if (!*found) {
        fc__archive_close(f->archive);
        f->archive = NULL;
    }
    return st == FC_E_NOMEM ? fc__nomem(err, 0, "an archive reader") : FC_OK;
}

/* A member of a zip among the next ones, else by the directory. */
static fc_status seek_in_zip(fc_fetcher *f, const char *name, fc_archive_member *m, bool *found,
                             fc_error *err)
{
    const int most = f->index != NULL ? 1 : PATIENCE;

    for (int i = 0; i < most && f->archive != NULL; i++) {
        if (fc__archive_next(f->archive, m, NULL) != FC_OK) {
            fc__archive_close(f->archive);
            f->archive = NULL;
            break;
        }
        f->at++;
        *found = strcmp(m->name, name) == 0;
        if (*found)
            return take_member(f, m, err);
    }
    return jump(f, name, m, found, err);
}

/* On to the member `name`: from where the archive is, and once more from its beginning. */
static fc_status seek_member(fc_fetcher *f, const char *name, fc_archive_member *m, fc_error *err)
{
    bool from_start = f->archive != NULL && f->at == 0, found = false;
    fc_status st = FC_OK;

    if (f->is_zip)
        st = seek_in_zip(f, name, m, &found, err);
    if (st != FC_OK || found)
        return st;
    for (;;) {
        if (f->archive == NULL) {
            st = rewind_archive(f, err);
            if (st != FC_OK)
                return st;
            from_start = true;
        }
        while ((st = fc__archive_next(f->archive, m, err)) == FC_OK) {
            f->at++;
            if (strcmp(m->name, name) == 0)
                return take_member(f, m, err);
        }
        fc__archive_close(f->archive);
        f->archive = NULL;
        if (from_start)
            return st == FC_E_NOT_FOUND
                       ? fc_error_set(err, st, "%s has no member '%.300s'", f->path, name)
                       : st;
    }
}

static fc_status find_member(fc_fetcher *f, const char *name, fc_place *place, fc_error *err)
{
    fc_archive_member m;
    fc_status st;

    st = seek_member(f, name, &m, err);
    if (st != FC_OK)
        return st;
    st = fc__archive_read(f->archive, HEAD_BYTES, &place->head, &place->has_all, err);
    if (st != FC_OK) {
        fc__archive_close(f->archive); /* where it stands now is not known */
        f->archive = NULL;
        return st;
    }
    place->size = m.has_size && m.size > place->head.size ? m.size : place->head.size;
    if (fc__sniff_container(place->head.data, place->head.size) == FC_CONTAINER_ZIP ||
        fc__sniff_container(place->head.data, place->head.size) == FC_CONTAINER_TAR)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "an archive inside the archive %s; unpack it, or name it as a source",
                            f->path);
    return FC_OK;
}

/* ---- rows ---- */

static fc_status find_row(fc_fetcher *f, const char *text, fc_place *place, fc_error *err)
{
    const fc_npy_header *h = &f->npy;
    char *end = NULL;
    uint64_t row, bytes;
    fc_status st;

    errno = 0;
    row = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return fc_error_set(err, FC_E_NOT_FOUND, "'%.100s' is no row number of the array %s", text,
                            f->path);
    if (h->rank < 2)
        return fc_error_set(err, FC_E_FORMAT, "%s has %u axes; rows need at least two", f->path,
                            h->rank);
    if (row >= h->shape[0])
        return fc_error_set(err, FC_E_NOT_FOUND, "row %llu of %s, which has %llu",
                            (unsigned long long)row, f->path, (unsigned long long)h->shape[0]);
    bytes = h->n_bytes / h->shape[0];
    if (f->limits.max_member_bytes != 0 && bytes > f->limits.max_member_bytes)
        return fc_error_set(err, FC_E_LIMIT, "a row of %s has %llu bytes; at most %llu", f->path,
                            (unsigned long long)bytes,
                            (unsigned long long)f->limits.max_member_bytes);
    if (h->data_at + h->n_bytes < h->n_bytes || h->data_at + h->n_bytes > f->file.size)
        return fc_error_set(err, FC_E_FORMAT, "%s is cut off: %llu bytes, its header says %llu",
                            f->path, (unsigned long long)f->file.size,
                            (unsigned long long)(h->data_at + h->n_bytes));
    st = fc_buf_reserve(&place->head, FC_NPY_HEADER_BYTES + (size_t)bytes, err);
    if (st == FC_OK)
        st = fc__npy_header_write_as(h->kind, h->width, h->rank - 1, h->shape + 1, place->head.data,
                                     err);
    if (st != FC_OK)
        return st;
    if (pread(f->fd, place->head.data + FC_NPY_HEADER_BYTES, (size_t)bytes,
              (off_t)(h->data_at + row * bytes)) != (ssize_t)bytes)
        return fc__io_error(err, errno != 0 ? errno : EIO, "cannot read a row of", f->path);
    place->head.size = FC_NPY_HEADER_BYTES + (size_t)bytes;
    place->size = place->head.size;
    place->has_all = true;
    return FC_OK;
}

/* ---- files ---- */

static fc_status find_file(const char *path, fc_place *place, fc_error *err)
{
    const fc_status st = fc__file_identify_fd(place->fd, path, &place->file, err);

    place->size = st == FC_OK ? place->file.size : 0;
    return st;
}

fc_status fc__fetch_head(fc_place *place, fc_error *err)
{
    const size_t want = place->size < FC_SNIFF_BYTES ? (size_t)place->size : FC_SNIFF_BYTES;
    fc_status st;
    ssize_t n;

    if (place->fd < 0)
        return FC_OK;
    st = fc_buf_reserve(&place->head, want, err);
    if (st != FC_OK)
        return st;
    n = pread(place->fd, place->head.data, want, 0);
    if (n < 0)
        return fc__io_error(err, errno, "cannot read", place->name);
    place->head.size = (size_t)n;
    return FC_OK;
}

fc_status fc__fetch_find(fc_fetcher *f, const char *path, fc_place *place, fc_error *err)
{
    fc_error missing = FC_ERROR_INIT;
    const char *name;
    bool found = false;
    fc_status st, entered;

    fc__place_dispose(place);
    place->name = path;
    st = fc__open_beneath(f->root_fd, path, &place->fd, &missing);
    if (st == FC_OK)
        return find_file(path, place, err);
    entered = enter_container(f, path, &found, err);
    if (entered != FC_OK)
        return entered;
    if (!found)
        return fc_error_set(err, st, "%s", missing.message);
    place->is_part = true;
    place->file = f->file;
    name = path + f->path_n + 1;
    return f->is_array ? find_row(f, name, place, err) : find_member(f, name, place, err);
}

/* The container is as it was when it was opened: its bytes belong together. */
static fc_status check_unchanged(const fc_fetcher *f, fc_error *err)
{
    fc_file_id now;
    const fc_status st = fc__file_identify_fd(f->fd, f->path, &now, err);

    if (st != FC_OK || fc__file_id_equal(&now, &f->file))
        return st;
    return fc_error_set(err, FC_E_BUSY, "%s was written to while it was read", f->path);
}

fc_status fc__fetch_read(fc_fetcher *f, fc_place *place, size_t max_bytes, fc_buf *out,
                         fc_error *err)
{
    fc_status st = FC_OK;

    if (place->fd >= 0)
        return fc__file_read_fd(place->fd, place->name, max_bytes, out, &place->file, err);
    if (!place->has_all) {
        st = fc__archive_read(f->archive, max_bytes, &place->head, &place->has_all, err);
        if (st != FC_OK) {
            fc__archive_close(f->archive);
            f->archive = NULL;
        }
    }
    if (st == FC_OK && (!place->has_all || place->head.size > max_bytes))
        st = fc_error_set(err, FC_E_LIMIT, "%.300s: more than %zu bytes", place->name, max_bytes);
    if (st == FC_OK)
        st = check_unchanged(f, err);
    if (st != FC_OK)
        return st;
    fc_buf_dispose(out);
    *out = place->head;
    place->head = (fc_buf)FC_BUF_INIT;
    return FC_OK;
}
