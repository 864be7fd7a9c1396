/*
 * A folder as a source: depth first, names sorted bytewise within each folder, every file looked at
 * relative to its folder's descriptor and none opened, so that a scan costs one stat a file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset_impl.h"
#include "fc_text.h"

/* Each level holds a descriptor; a deeper tree is a loop of mounts or an attack. */
#define DEPTH_MAX 128

typedef struct level {
    int fd;
    fc_walk_names names;
    size_t at;     /* next name */
    size_t path_n; /* length of this folder's path, its slash included */
} level;

struct fc_walk {
    level levels[DEPTH_MAX];
    size_t depth;       /* levels in use */
    size_t n_touched;   /* levels whose names hold memory */
    fc_buf path;        /* of the entry at hand, relative to the root */
    fc_members *inside; /* the archive at hand; NULL: none */
    uint64_t n_hidden;  /* names passed over so far */
};

/* Enter the folder `fd`, whose path (with its slash) is path_n long. Takes the descriptor. */
static fc_status push(fc_walk *f, int fd, size_t path_n, fc_error *err)
{
    level *l = &f->levels[f->depth];
    const fc_status st = fc__walk_names_read(&l->names, fd, err);

    if (f->n_touched <= f->depth)
        f->n_touched = f->depth + 1;
    if (st != FC_OK) {
        close(fd);
        return st;
    }
    f->n_hidden += l->names.n_hidden;
    l->fd = fd;
    l->at = 0;
    l->path_n = path_n;
    f->depth++;
    return FC_OK;
}

fc_status fc__walk_open(fc_walk **out, int root_fd, const char *root, fc_error *err)
{
    fc_walk *f = fc__alloc_array(1, sizeof(*f));
    fc_error inner = FC_ERROR_INIT;
    fc_status st;
    int fd;

    *out = NULL;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "a folder walk");
    fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        free(f);
        return fc__io_error(err, errno, "cannot read the folder", root);
    }
    st = push(f, fd, 0, &inner);
    if (st != FC_OK) {
        fc__walk_close(f);
        return fc_error_set(err, st, "cannot read the folder %s: %s", root, inner.message);
    }
    *out = f;
    return FC_OK;
}

/* A good sample of the file at f->path. */
static fc_status take_file(fc_dataset_reader *r, const fc_file_id *file, fc_error *err)
{
    const char *path = (const char *)r->walk->path.data;
    fc_source_sample *s = &r->sample;
    fc_status st;

    st = fc__group_rule_apply(&r->group_rule, path, r->walk->path.size - 1, &r->group, err);
    if (st != FC_OK)
        return st;
    s->id = path;
    s->path = path;
    s->group = (const char *)r->group.data;
    s->has_file = true;
    s->file = *file;
    return FC_OK;
}

/* A file whose ending says archive: its members come next. */
static fc_status enter_archive(fc_walk *f, const fc_file_id *file, fc_error *err)
{
    const char *path = (const char *)f->path.data;
    fc_buf prefix = FC_BUF_INIT;
    fc_status st;

    st = fc_buf_append_fmt(&prefix, err, "%s/", path);
    if (st == FC_OK)
        st = fc__members_open(&f->inside, -1, path, (const char *)prefix.data, file, err);
    fc_buf_dispose(&prefix);
    return st;
}

static fc_status bad_errno(fc_dataset_reader *r, int e, fc_error *err)
{
    return fc__sample_bad(r, fc__status_of_errno(e), r->sample.path, err, "%s", strerror(e));
}

/* A link is taken when it leads to a regular file beneath the root. */
static fc_status take_link(fc_dataset_reader *r, int dir_fd, const char *name, fc_error *err)
{
    const char *path = r->sample.path;
    fc_error inner = FC_ERROR_INIT;
    struct stat target;
    fc_file_id file;
    fc_status st;
    int fd = -1;

    if (fstatat(dir_fd, name, &target, 0) != 0)
        return fc__sample_bad(r, fc__status_of_errno(errno), path, err,
                              "a link that leads nowhere: %s", strerror(errno));
    if (S_ISDIR(target.st_mode))
        return fc__sample_bad(r, FC_E_UNSUPPORTED, path, err,
                              "a link to a folder is not followed; name that folder as a source");
    if (!S_ISREG(target.st_mode))
        return fc__sample_bad(r, FC_E_UNSUPPORTED, path, err,
                              "a link to something that is not a regular file");
    st = fc__open_beneath(r->root_fd, path, &fd, &inner);
    if (st == FC_OK) {
        st = fc__file_identify_fd(fd, path, &file, &inner);
        close(fd);
    }
    if (st != FC_OK)
        return fc__sample_bad(r, st, path, err, "a link that cannot be taken: %s", inner.message);
    return take_file(r, &file, err);
}

static const char *kind_of(mode_t mode)
{
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISSOCK(mode))
        return "a socket";
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return "a device";
    return "of an unknown kind";
}

/* Enter a folder; *entered is false when it became a bad sample. */
static fc_status take_folder(fc_dataset_reader *r, int dir_fd, const char *name, bool *entered,
                             fc_error *err)
{
    fc_walk *f = r->walk;
    fc_error inner = FC_ERROR_INIT;
    fc_status st;
    int fd;

    *entered = false;
    if (f->depth == DEPTH_MAX)
        return fc__sample_bad(r, FC_E_LIMIT, r->sample.path, err,
                              "a folder more than %d levels deep; nothing below it is read",
                              DEPTH_MAX);
    fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return bad_errno(r, errno, err);
    st = push(f, fd, f->path.size, &inner);
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    if (st != FC_OK)
        return fc__sample_bad(r, st, r->sample.path, err, "%s", inner.message);
    /* The terminator becomes the slash; names go behind it. */
    f->path.data[f->path.size - 1] = '/';
    *entered = true;
    return FC_OK;
}

/* The entry's path into f->path, NUL-terminated; bad names become bad samples. */
static fc_status name_entry(fc_dataset_reader *r, const level *l, const char *name, size_t n,
                            fc_error *err)
{
    fc_walk *f = r->walk;
    fc_status st;

    f->path.size = l->path_n;
    st = fc_buf_append(&f->path, name, n + 1, err);
    if (st != FC_OK)
        return st;
    if (fc__utf8_valid_prefix(name, n) != n)
        return fc__sample_bad(r, FC_E_FORMAT, (const char *)f->path.data, err,
                              "the name is not valid UTF-8; rename it");
    if (f->path.size - 1 > FC_SAMPLE_ID_MAX)
        return fc__sample_bad(r, FC_E_LIMIT, (const char *)f->path.data, err,
                              "a path of %zu bytes; at most %d", f->path.size - 1,
                              FC_SAMPLE_ID_MAX);
    r->sample.path = (const char *)f->path.data;
    return FC_OK;
}

/* One entry; *found is false when a folder was entered and the walk goes on inside. */
static fc_status take_entry(fc_dataset_reader *r, level *l, bool *found, fc_error *err)
{
    const fc_walk_name *e = &l->names.list[l->at++];
    const char *name = (const char *)l->names.text.data + e->offset;
    fc_walk *f = r->walk;
    struct stat s;
    fc_file_id file;
    bool entered;
    fc_status st;

    fc__sample_reset(r);
    *found = true;
    st = name_entry(r, l, name, e->n, err);
    if (st != FC_OK || r->sample.status != FC_OK)
        return st;
    s.st_mode = e->type == DT_DIR ? S_IFDIR : 0;
    if (e->type != DT_DIR && fstatat(l->fd, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
        return bad_errno(r, errno, err);
    if (S_ISDIR(s.st_mode)) {
        st = take_folder(r, l->fd, name, &entered, err);
        *found = !entered;
        return st;
    }
    if (S_ISLNK(s.st_mode))
        return take_link(r, l->fd, name, err);
    if (!S_ISREG(s.st_mode))
        return fc__sample_bad(r, FC_E_UNSUPPORTED, r->sample.path, err, "%s, not a regular file",
                              kind_of(s.st_mode));
    fc__identify(&s, &file);
    if (fc__archive_ending(name) != NULL) {
        *found = false;
        return enter_archive(f, &file, err);
    }
    return take_file(r, &file, err);
}

fc_status fc__walk_next(fc_dataset_reader *r, fc_error *err)
{
    fc_walk *f = r->walk;
    bool found = false;

    while (!found) {
        level *l;
        fc_status st;

        if (f->inside != NULL) {
            st = fc__members_next(r, f->inside, &found, err);
            if (st != FC_OK || found)
                return st;
            fc__members_close(f->inside);
            f->inside = NULL;
        }
        if (f->depth == 0)
            return FC_E_NOT_FOUND;
        l = &f->levels[f->depth - 1];
        if (l->at == l->names.n) {
            close(l->fd);
            f->depth--;
            continue;
        }
        st = take_entry(r, l, &found, err);
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

/* Each folder's entries share the interval of the folder, whatever they turn out to hold. */
uint64_t fc__walk_hidden(const fc_walk *f)
{
    return f->n_hidden;
}

double fc__walk_fraction(const fc_walk *f)
{
    double done = 0.0, width = 1.0;

    if (f->depth == 0)
        return 1.0;
    for (size_t i = 0; i < f->depth; i++) {
        const level *l = &f->levels[i];
        /* The entry at hand of all but the last level is the folder that the next level is in. */
        const size_t finished = i + 1 < f->depth ? l->at - 1 : l->at;

        if (l->names.n == 0)
            break;
        width /= (double)l->names.n;
        done += width * (double)finished;
    }
    return done;
}

void fc__walk_close(fc_walk *f)
{
    if (f == NULL)
        return;
    fc__members_close(f->inside);
    for (size_t i = 0; i < f->depth; i++)
        close(f->levels[i].fd);
    for (size_t i = 0; i < f->n_touched; i++)
        fc__walk_names_dispose(&f->levels[i].names);
    fc_buf_dispose(&f->path);
    free(f);
}
