/*
 * Is it the disk that is full? LMDB says EIO for a write that the system cut short, which is how a
 * full disk, a quota and the limit on file sizes show themselves first.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_store_internal.h"

#define PROBE_BYTES 65536u

static bool at_size_limit(const fc_env *env)
{
    struct rlimit limit;
    mdb_filehandle_t fd;
    struct stat file;

    /* A write that is cut short at the limit has made the file just as long. */
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
           mdb_env_get_fd(env->mdb, &fd) == 0 && fstat(fd, &file) == 0 &&
           (uint64_t)file.st_size >= (uint64_t)limit.rlim_cur;
}

bool fc__env_disk_full(const fc_env *env)
{
    static const uint8_t probe[PROBE_BYTES];
    ssize_t n;
    bool full;
    int fd;

    if (at_size_limit(env))
        return true;
    fd = open(env->path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600); /* gone when it is closed */
    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT;
    n = write(fd, probe, sizeof(probe));
    full = n < 0 ? errno == ENOSPC || errno == EDQUOT : n < (ssize_t)sizeof(probe);
    close(fd);
    return full;
}
