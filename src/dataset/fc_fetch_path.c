/*
 * One path of a user to bytes, with a fetcher of its own: a file, or a part of the archive or array
 * that stands in the middle of the path.
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

static fc_status fetch(const char *root, const char *path, const fc_archive_limits *limits,
                       size_t max_bytes, fc_buf *out, fc_error *err)
{
    const int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fc_place place = FC_PLACE_INIT;
    fc_fetcher *f = NULL;
    fc_status st;

    if (fd < 0)
        return fc__io_error(err, errno, "cannot open folder", root);
    st = fc__fetcher_create(&f, fd, limits, err);
    if (st == FC_OK)
        st = fc__fetch_find(f, path, &place, err);
    if (st == FC_OK)
        st = fc__fetch_read(f, &place, max_bytes, out, err);
    fc__place_dispose(&place);
    fc__fetcher_destroy(f);
    close(fd);
    return st;
}

fc_status fc__fetch_sample(const char *root, const char *path, size_t max_bytes, fc_buf *out,
                           fc_error *err)
{
    return fetch(root, path, NULL, max_bytes, out, err);
}

/* Where the regular file in the middle of `path` ends, or 0. */
static size_t container_end(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        struct stat about;
        bool is_file;

        *slash = '\0';
        is_file = stat(path, &about) == 0 && S_ISREG(about.st_mode);
        *slash = '/';
        if (is_file)
            return (size_t)(slash - path);
    }
    return 0;
}

/* The container by its real name, split into folder and file, and the rest of the path. */
static fc_status fetch_part(char *path, size_t end, const fc_archive_limits *limits,
                            size_t max_bytes, fc_buf *out, fc_error *err)
{
    char *real, *slash, *inner;
    fc_status st;

    path[end] = '\0';
    real = realpath(path, NULL);
    if (real == NULL)
        return fc__io_error(err, errno, "cannot read", path);
    slash = strrchr(real, '/');
    inner = fc__path_join(slash + 1, path + end + 1);
    if (inner == NULL) {
        st = fc__nomem(err, strlen(real), "a path");
    } else {
        *slash = '\0';
        st = fetch(slash == real ? "/" : real, inner, limits, max_bytes, out, err);
    }
    free(inner);
    free(real);
    return st;
}

fc_status fc__fetch_path(const char *path, const fc_archive_limits *limits, size_t max_bytes,
                         fc_buf *out, fc_error *err)
{
    char *copy = fc__strdup(path);
    size_t end;
    fc_status st;

    if (copy == NULL)
        return fc__nomem(err, strlen(path), "a path");
    end = path[0] != '\0' ? container_end(copy) : 0;
    if (end == 0 || path[end + 1] == '\0')
        st = fc__file_read(path, max_bytes, out, err);
    else
        st = fetch_part(copy, end, limits, max_bytes, out, err);
    free(copy);
    return st;
}
