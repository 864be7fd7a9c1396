/*
 * Looking at the file of a manifest's row, beneath the manifest's folder. Two answers are kept,
 * since rows come in the order of their files: the last file's, for many rows of one array, and the
 * last folder's descriptor, so that the next file in it costs one stat (measured: 3 times the rate
 * of opening each).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fc_dataset_impl.h"

void fc__identify(const struct stat *s, fc_file_id *out)
{
    *out = (fc_file_id){.device = (uint64_t)s->st_dev,
                        .inode = (uint64_t)s->st_ino,
                        .size = (uint64_t)s->st_size,
                        .mtime_ns = s->st_mtim.tv_sec * INT64_C(1000000000) + s->st_mtim.tv_nsec,
                        .ctime_ns = s->st_ctim.tv_sec * INT64_C(1000000000) + s->st_ctim.tv_nsec};
}

/* The folder beneath root_fd, component by component and through no link, or -1. `path` has no ".."
 * (fc__sample_from_row has checked), so it cannot lead out; it is written to and restored. */
static int open_folder(int root_fd, char *path)
{
    int fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);

    for (char *at = path; fd >= 0 && *at != '\0';) {
        char *end = strchrnul(at, '/');
        const char kept = *end;
        int next;

        *end = '\0';
        next = *at == '\0' ? fcntl(fd, F_DUPFD_CLOEXEC, 0)
                           : openat(fd, at, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        *end = kept;
        close(fd);
        fd = next;
        at = kept != '\0' ? end + 1 : end;
    }
    return fd;
}

/* Make m->folder_fd the folder of `path`; *name is what is left. False: ask the careful way. */
static bool enter_folder(fc_dataset_reader *r, const char *path, const char **name)
{
    fc_manifest *m = r->manifest;
    const char *slash = strrchr(path, '/');
    const size_t n = slash != NULL ? (size_t)(slash - path) : 0;

    *name = slash != NULL ? slash + 1 : path;
    if (m->folder_fd >= 0 && m->folder.size == n + 1 && memcmp(m->folder.data, path, n) == 0)
        return true;
    if (m->folder_fd >= 0)
        close(m->folder_fd);
    m->folder_fd = -1;
    fc_buf_clear(&m->folder);
    if (fc_buf_append(&m->folder, path, n, NULL) != FC_OK ||
        fc_buf_append_u8(&m->folder, 0, NULL) != FC_OK)
        return false;
    m->folder_fd = open_folder(r->root_fd, (char *)m->folder.data);
    return m->folder_fd >= 0;
}

/* A regular file in a folder that no link leads to: one stat says all. */
static bool look_fast(fc_dataset_reader *r, const char *path, fc_file_id *out)
{
    const char *name;
    struct stat s;

    if (!enter_folder(r, path, &name) || name[0] == '\0' ||
        fstatat(r->manifest->folder_fd, name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode))
        return false;
    fc__identify(&s, out);
    return true;
}

/* A path into an archive: the regular file in the middle of it is what is looked at. Whether it has
 * such a member shows when it is read. */
static bool look_into(fc_dataset_reader *r, const char *path)
{
    size_t n;
    int fd;

    if (fc__find_container(r->root_fd, path, &n, &fd, &r->manifest->last_file, NULL) != FC_OK ||
        fd < 0)
        return false;
    close(fd);
    return true;
}

/* Links, and everything that is wrong, with its message. */
static void look_carefully(fc_dataset_reader *r, const char *path)
{
    fc_manifest *m = r->manifest;
    int fd = -1;

    m->last_error = (fc_error)FC_ERROR_INIT;
    m->last_status = fc__open_beneath(r->root_fd, path, &fd, &m->last_error);
    if (m->last_status == FC_OK) {
        m->last_status = fc__file_identify_fd(fd, path, &m->last_file, &m->last_error);
        close(fd);
    } else if (look_into(r, path)) {
        m->last_status = FC_OK;
    }
    if (m->last_status != FC_OK && m->last_error.message[0] == '\0')
        fc_error_set(&m->last_error, m->last_status, "%s", fc_status_string(m->last_status));
}

fc_status fc__manifest_look(fc_dataset_reader *r, const char *path, fc_error *err)
{
    fc_manifest *m = r->manifest;

    if (m->last_path.size != 0 && strcmp((const char *)m->last_path.data, path) == 0)
        return FC_OK;
    fc_buf_clear(&m->last_path);
    if (look_fast(r, path, &m->last_file))
        m->last_status = FC_OK;
    else
        look_carefully(r, path);
    if (m->last_status == FC_E_NOMEM)
        return fc_error_set(err, FC_E_NOMEM, "%s", m->last_error.message);
    return fc_buf_append(&m->last_path, path, strlen(path) + 1, err);
}
