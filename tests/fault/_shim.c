/*
 * Preloaded into featcache by the fault tests: counts the calls that change files, and at a chosen
 * one kills the process or makes it fail.
 *
 *     FC_SHIM_COUNT=FILE   at exit, write the number of calls to FILE
 *     FC_SHIM_KILL=N       kill -9 in place of call N (from 1)
 *     FC_SHIM_FAIL=N       call N and all after it fail with ENOSPC
 *
 * Counted: write, pwrite, pwritev, fsync, fdatasync, rename, renameat on anything but the standard
 * streams and the test's own count file.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long n_calls;
static long kill_at = -1, fail_at = -1;

static long number(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? atol(text) : -1;
}

__attribute__((constructor)) static void begin(void)
{
    kill_at = number("FC_SHIM_KILL");
    fail_at = number("FC_SHIM_FAIL");
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FC_SHIM_COUNT");
    FILE *f = path != NULL ? fopen(path, "w") : NULL;

    if (f != NULL) {
        fprintf(f, "%ld\n", atomic_load(&n_calls));
        fclose(f);
    }
}

/* Returns 1 when this call is to fail. */
static int meet(int fd)
{
    long n;

    if (fd >= 0 && fd <= 2)
        return 0;
    n = atomic_fetch_add(&n_calls, 1) + 1;
    if (n == kill_at) {
        kill(getpid(), SIGKILL);
        pause();
    }
    if (fail_at > 0 && n >= fail_at) {
        errno = ENOSPC;
        return 1;
    }
    return 0;
}

#define REAL(type, name, ...)         \
    static type (*real)(__VA_ARGS__); \
    if (real == NULL)                 \
    *(void **)&real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *b, size_t n)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    return meet(fd) ? -1 : real(fd, b, n);
}

ssize_t pwrite(int fd, const void *b, size_t n, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return meet(fd) ? -1 : real(fd, b, n, at);
}

ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return meet(fd) ? -1 : real(fd, b, n, at);
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
    REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
    return meet(fd) ? -1 : real(fd, v, n, at);
}

ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
    REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off64_t);
    return meet(fd) ? -1 : real(fd, v, n, at);
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return meet(fd) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return meet(fd) ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    return meet(-1) ? -1 : real(from, to);
}

int renameat(int a, const char *from, int b, const char *to)
{
    REAL(int, "renameat", int, const char *, int, const char *);
    return meet(-1) ? -1 : real(a, from, b, to);
}
