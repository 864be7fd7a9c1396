/*
 * Where a file that is written whole has to go: through links to what they lead to, and never in
 * the place of a device, a FIFO, a socket or a folder.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"

#define MAX_LINKS 40 /* one after the other; what Linux follows */

char *fc__path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return fc__strdup(".");
    return slash == path ? fc__strdup("/") : fc__strndup(path, (size_t)(slash - path));
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a folder";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    default:
        return "no regular file";
    }
}

/* What the link at `path` says, from its own folder. NULL: errno tells. */
static char *follow(const char *path)
{
    char target[PATH_MAX];
    const ssize_t n = readlink(path, target, sizeof(target) - 1);
    char *folder, *next;

    if (n < 0)
        return NULL;
    target[n] = '\0';
    if (target[0] == '/')
        return fc__strdup(target);
    folder = fc__path_folder(path);
    next = folder != NULL ? fc__path_join(folder, target) : NULL;
    free(folder);
    return next;
}

fc_status fc__write_target(char **out, const char *path, fc_error *err)
{
    char *at = fc__strdup(path);
    struct stat st;

    *out = NULL;
    for (unsigned links = 0; at != NULL; links++) {
        char *next;

        if (lstat(at, &st) != 0 || S_ISREG(st.st_mode)) {
            *out = at; /* nothing there, or no way there: creating the file tells which */
            return FC_OK;
        }
        if (!S_ISLNK(st.st_mode)) {
            fc_error_set(err, FC_E_INVALID, "%s: is %s; give the name of a regular file", path,
                         kind_of(st.st_mode));
            free(at);
            return FC_E_INVALID;
        }
        errno = links < MAX_LINKS ? ENOMEM : ELOOP;
        next = links < MAX_LINKS ? follow(at) : NULL;
        free(at);
        if (next == NULL && errno != ENOMEM)
            return fc__io_error(err, errno, "follow the link", path);
        at = next;
    }
    return fc__nomem(err, strlen(path) + 1, "a path");
}
