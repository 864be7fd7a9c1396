/*
 * Folders: make with parents, sync, remove with all that is in them; joining paths.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"

#define MAX_DEPTH  64 /* of a tree that we remove; ours have two levels */
#define MAX_PASSES 16 /* over one folder: some file systems skip entries while others go */

char *fc__path_join(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    const bool slash = n > 0 && a[n - 1] != '/';
    char *joined = malloc(n + m + 2);

    if (joined == NULL)
        return NULL;
    memcpy(joined, a, n);
    if (slash)
        joined[n] = '/';
    memcpy(joined + n + slash, b, m + 1);
    return joined;
}

fc_status fc__sync_folder(const char *path, fc_error *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fc_status st = FC_OK;

    if (fd < 0)
        return fc__io_error(err, errno, "open", path);
    if (fsync(fd) != 0)
        st = fc__io_error(err, errno, "sync", path);
    close(fd);
    return st;
}

static fc_status make_folder(const char *path, fc_error *err)
{
    struct stat st;
    int e;

    if (mkdir(path, 0777) == 0)
        return FC_OK;
    e = errno;
    /* EROFS and EACCES also come for folders that are there already. */
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode)
                   ? FC_OK
                   : fc_error_set(err, FC_E_EXISTS, "%s is there and is not a folder", path);
    return fc__io_error(err, e, "make folder", path);
}

fc_status fc__make_folders(const char *path, fc_error *err)
{
    char *copy;
    fc_status st = FC_OK;

    if (path[0] == '\0')
        return fc_error_set(err, FC_E_INVALID, "a folder needs a name, and it is empty");
    copy = fc__strdup(path);
    if (copy == NULL)
        return fc__nomem(err, strlen(path) + 1, "a path");
    for (char *c = copy + 1; st == FC_OK && *c != '\0'; c++)
        if (*c == '/') {
            *c = '\0';
            st = make_folder(copy, err);
            *c = '/';
        }
    if (st == FC_OK)
        st = make_folder(copy, err);
    free(copy);
    return st;
}

static fc_status remove_in(int parent, const char *name, dev_t device, int depth, fc_error *err);

/* One pass over a folder's entries; *left counts what it met. */
static fc_status remove_entries(DIR *dir, dev_t device, int depth, size_t *left, fc_error *err)
{
    const struct dirent *entry;
    fc_status st;

    *left = 0;
    rewinddir(dir);
    while ((void)(errno = 0), (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ++*left;
        st = remove_in(dirfd(dir), entry->d_name, device, depth, err);
        if (st != FC_OK)
            return st;
    }
    return errno == 0 ? FC_OK : fc__io_error(err, errno, "list", "a folder being removed");
}

/* The entries of an open folder. Takes fd over. */
static fc_status empty_folder(int fd, const char *name, dev_t device, int depth, fc_error *err)
{
    DIR *dir = fdopendir(fd);
    fc_status st = FC_OK;
    size_t left = 1;

    if (dir == NULL) {
        st = fc__io_error(err, errno, "list", name);
        close(fd);
        return st;
    }
    for (int pass = 0; st == FC_OK && left > 0 && pass < MAX_PASSES; pass++)
        st = remove_entries(dir, device, depth, &left, err);
    closedir(dir);
    return st;
}

/* `name` beneath the open folder `parent`: an entry of any kind; a link goes, its target stays. */
static fc_status remove_in(int parent, const char *name, dev_t device, int depth, fc_error *err)
{
    struct stat st;
    fc_status status;
    int fd, e;

    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return FC_OK;
    e = errno;
    if (e != EISDIR && e != EPERM) /* a folder: Linux says the first, POSIX the second */
        return fc__io_error(err, e, "remove", name);
    if (depth >= MAX_DEPTH)
        return fc_error_set(err, FC_E_LIMIT, "%s is nested deeper than %d folders", name,
                            MAX_DEPTH);
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fc__io_error(err, errno == ENOTDIR ? e : errno, "remove", name);
    if (fstat(fd, &st) != 0 || st.st_dev != device) {
        close(fd);
        return fc_error_set(err, FC_E_INVALID, "%s is on another file system; not removed", name);
    }
    status = empty_folder(fd, name, device, depth + 1, err);
    if (status == FC_OK && unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        status = fc__io_error(err, errno, "remove folder", name);
    return status;
}

fc_status fc__remove_tree(const char *path, fc_error *err)
{
    struct stat st;
    fc_status status;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return FC_OK;
    if (fd < 0)
        return fc__io_error(err, errno, "remove folder", path);
    if (fstat(fd, &st) != 0) {
        status = fc__io_error(err, errno, "stat", path);
        close(fd);
        return status;
    }
    status = empty_folder(fd, path, st.st_dev, 0, err);
    if (status == FC_OK && rmdir(path) != 0 && errno != ENOENT)
        status = fc__io_error(err, errno, "remove folder", path);
    return status;
}
