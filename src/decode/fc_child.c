/*
 * Running a program: its input in an unnamed file in memory, which it can read at its own pace and
 * nobody has to feed; its output through a pipe that is polled until the deadline.
 */
#include "fc_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READ_STEP ((size_t)64 << 10)
#define LAST_WAIT 200 /* ms between the end of the output and the end of the program */

extern char **environ; /* handed on as it is: fonts are found through it */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static fc_status fill_input(const fc_child_call *call, int *out, fc_error *err)
{
    const char *at = call->input;
    size_t left = call->input_n;

    *out = memfd_create("input", MFD_CLOEXEC);
    if (*out < 0)
        return fc_error_set(err, FC_E_IO, "no file in memory: %s", strerror(errno));
    while (left > 0) {
        const ssize_t done = write(*out, at, left);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fc_error_set(err, FC_E_IO, "a file in memory: %s", strerror(errno));
        at += done;
        left -= (size_t)done;
    }
    if (lseek(*out, 0, SEEK_SET) != 0)
        return fc_error_set(err, FC_E_IO, "a file in memory: %s", strerror(errno));
    return FC_OK;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    int rc;

    sigfillset(&all);
    sigemptyset(&none);
    rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETPGROUP);
    return rc;
}

static int set_files(posix_spawn_file_actions_t *files, int input, int output)
{
    int rc = posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO);

    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    return rc;
}

static fc_status start(const fc_child_call *call, int input, int output, pid_t *child,
                       fc_error *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int rc = posix_spawnattr_init(&attributes);

    if (rc != 0)
        return fc_error_set(err, FC_E_NOMEM, "%s: %s", call->argv[0], strerror(rc));
    rc = posix_spawn_file_actions_init(&files);
    if (rc == 0) {
        rc = set_attributes(&attributes);
        if (rc == 0)
            rc = set_files(&files, input, output);
        if (rc == 0) /* argv is not written to; its type is older than const */
            rc = posix_spawn(child, call->argv[0], &files, &attributes,
                             (char *const *)(uintptr_t)call->argv, environ);
        posix_spawn_file_actions_destroy(&files);
    }
    posix_spawnattr_destroy(&attributes);
    if (rc == 0)
        return FC_OK;
    return fc_error_set(err,
                        rc == ENOENT   ? FC_E_NOT_FOUND
                        : rc == ENOMEM ? FC_E_NOMEM
                                       : FC_E_IO,
                        "%s cannot be run: %s", call->argv[0], strerror(rc));
}

/* Until its end, the deadline or too many bytes. *ended is left alone at its end. */
static fc_status listen_to(const fc_child_call *call, int fd, fc_buf *output, fc_child_end *ended,
                           fc_error *err)
{
    const int64_t deadline = now_ms() + call->timeout_ms;

    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        const int64_t left = deadline - now_ms();
        fc_status st;
        ssize_t got;

        if (left <= 0 || poll(&ready, 1, (int)left) == 0) {
            *ended = FC_CHILD_TIMED_OUT;
            return FC_OK;
        }
        st = fc_buf_reserve(output, READ_STEP, err);
        if (st != FC_OK)
            return st;
        got = read(fd, output->data + output->size, READ_STEP); /* does not block */
        if (got == 0)
            return FC_OK;
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return fc_error_set(err, FC_E_IO, "%s: %s", call->argv[0], strerror(errno));
        output->size += got > 0 ? (size_t)got : 0;
        if (output->size > call->max_output) {
            *ended = FC_CHILD_TOO_LONG;
            return FC_OK;
        }
    }
}

/* Wait for it; after `patience_ms` it is killed. -1: there is no status to have. */
static int reap(pid_t child, int64_t patience_ms, bool *killed)
{
    const int64_t deadline = now_ms() + patience_ms;
    int status = 0;

    *killed = false;
    for (;;) {
        const pid_t got = waitpid(child, &status, *killed ? 0 : WNOHANG);

        if (got == child)
            return status;
        if (got < 0 && errno != EINTR)
            return -1; /* ended, and the caller's SIGCHLD has taken the status */
        if (got == 0 && now_ms() >= deadline) {
            kill(child, SIGKILL);
            *killed = true;
        } else if (got == 0) {
            nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
        }
    }
}

static void tell_end(int status, fc_child_end *end, int *how)
{
    if (status != -1 && WIFSIGNALED(status)) {
        *end = FC_CHILD_SIGNALLED;
        *how = WTERMSIG(status);
    } else {
        *end = FC_CHILD_EXITED;
        *how = status == -1 ? -1 : WEXITSTATUS(status);
    }
}

fc_status fc__child_run(const fc_child_call *call, fc_buf *output, fc_child_end *end, int *how,
                        fc_error *err)
{
    int input = -1, ends[2] = {-1, -1}, status;
    fc_child_end ended = FC_CHILD_EXITED;
    bool killed;
    pid_t child;
    fc_status st;

    *how = 0;
    st = fill_input(call, &input, err);
    if (st == FC_OK && pipe2(ends, O_CLOEXEC) != 0)
        st = fc_error_set(err, FC_E_IO, "no pipe: %s", strerror(errno));
    if (st == FC_OK)
        st = start(call, input, ends[1], &child, err);
    close_fd(&input);
    close_fd(&ends[1]);
    if (st != FC_OK) {
        close_fd(&ends[0]);
        return st;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    st = listen_to(call, ends[0], output, &ended, err);
    close_fd(&ends[0]);
    status = reap(child, st == FC_OK && ended == FC_CHILD_EXITED ? LAST_WAIT : 0, &killed);
    if (ended != FC_CHILD_EXITED)
        *end = ended;
    else if (killed)
        *end = FC_CHILD_TIMED_OUT;
    else
        tell_end(status, end, how);
    return st;
}
