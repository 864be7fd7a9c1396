/*
 * Opening a path beneath a folder without leaving it: names in manifests come from outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"

/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

#define MAX_TRIES 8 /* of openat2, which says EAGAIN when a rename elsewhere races with it */

static fc_status check_name(const char *relative, fc_error *err)
{
    if (relative == NULL || relative[0] == '\0')
        return fc_error_set(err, FC_E_INVALID, "a path is empty");
    if (relative[0] == '/')
        return fc_error_set(err, FC_E_INVALID, "%s is absolute; write it relative to the folder",
                            relative);
    for (const char *part = relative; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return fc_error_set(err, FC_E_INVALID, "%s has a '..'; paths stay inside the folder",
                                relative);
    }
    return FC_OK;
}

/* Takes fd over when it is no regular file. */
static fc_status keep_regular(int fd, const char *relative, int *out_fd, fc_error *err)
{
    struct stat st;
    fc_status status = FC_OK;

    if (fstat(fd, &st) != 0)
        status = fc__io_error(err, errno, "stat", relative);
    else if (!S_ISREG(st.st_mode))
        status = fc_error_set(err, FC_E_INVALID, "%s is not a regular file", relative);
    if (status == FC_OK)
        *out_fd = fd;
    else
        close(fd);
    return status;
}

/* Component by component, following no link at all. */
static int walk(int root_fd, char *path)
{
    int at = root_fd, next, saved;
    char *rest = path, *part;

    for (;;) {
        part = rest + strspn(rest, "/");
        rest = part + strcspn(part, "/");
        if (rest[strspn(rest, "/")] == '\0')
            break;
        *rest++ = '\0';
        next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        saved = errno;
        if (at != root_fd)
            close(at);
        errno = saved;
        if (next < 0)
            return -1;
        at = next;
    }
    /* A slash at the end asks for a folder, and openat says so. */
    next = openat(at, part, OPEN_FLAGS | O_NOFOLLOW);
    saved = errno;
    if (at != root_fd)
        close(at);
    errno = saved;
    return next;
}

/* True when `path` runs through a link somewhere: the walk reports one as ENOTDIR or ELOOP. */
static bool has_link(int root_fd, char *path)
{
    struct stat st;

    for (char *c = path;; c++) {
        const char was = *c;

        if (was != '/' && was != '\0')
            continue;
        *c = '\0';
        if (fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
            return true;
        *c = was;
        if (was == '\0')
            return false;
    }
}

fc_status fc__open_beneath_walk(int root_fd, const char *relative, int *out_fd, fc_error *err)
{
    fc_status st;
    char *path = NULL;
    int fd;

    *out_fd = -1;
    st = check_name(relative, err);
    if (st != FC_OK)
        return st;
    path = fc__strdup(relative);
    if (path == NULL)
        return fc__nomem(err, strlen(relative) + 1, "a path");
    fd = walk(root_fd, path);
    if (fd >= 0) {
        st = keep_regular(fd, relative, out_fd, err);
    } else {
        const int e = errno;

        memcpy(path, relative, strlen(relative) + 1);
        if ((e == ENOTDIR || e == ELOOP) && has_link(root_fd, path))
            st = fc_error_set(err, FC_E_INVALID,
                              "%s runs through a symbolic link, which this kernel (before Linux "
                              "5.6) cannot follow safely; put the file there instead",
                              relative);
        else
            st = fc__io_error(err, e, "open", relative);
    }
    free(path);
    return st;
}

fc_status fc__open_beneath(int root_fd, const char *relative, int *out_fd, fc_error *err)
{
    const struct open_how how = {
        .flags = OPEN_FLAGS,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    fc_status st;
    int fd = -1;

    *out_fd = -1;
    st = check_name(relative, err);
    if (st != FC_OK)
        return st;
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        fd = (int)syscall(SYS_openat2, root_fd, relative, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    if (fd >= 0)
        return keep_regular(fd, relative, out_fd, err);
    switch (errno) {
    case ENOSYS: /* before Linux 5.6 */
    case EPERM:  /* what older container filters say to calls they do not know */
    case E2BIG:
    case EINVAL:
        return fc__open_beneath_walk(root_fd, relative, out_fd, err);
    case EXDEV:
        return fc_error_set(err, FC_E_INVALID, "%s leads out of its folder through a link",
                            relative);
    case ELOOP:
        return fc_error_set(err, FC_E_INVALID, "%s runs through a loop of links", relative);
    default:
        return fc__io_error(err, errno, "open", relative);
    }
}
