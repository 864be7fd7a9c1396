/*
 * The fence around featcache-svg: what a drawing never needs is refused by the kernel, also by the
 * ways around (io_uring carries out calls that a filter does not see); what it needs goes on.
 */
#include "fc_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "../../tools/svg/svg_confine.c"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(THIS_MACHINE)
#define FENCED /* sanitizers need what the fence takes away */

/* Whether the call is answered with EPERM. */
#define REFUSED(...) (errno = 0, syscall(__VA_ARGS__) == -1 && errno == EPERM)

/* In the confined child: the number of the first promise that does not hold, 0 where all do. */
static int broken_promise(void)
{
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit now;
    char byte;
    int fd;

    if (!REFUSED(SYS_socket, 1, 1, 0))
        return 1;
    if (!REFUSED(SYS_execve, "/bin/true", NULL, NULL))
        return 2;
    if (!REFUSED(SYS_openat, AT_FDCWD, "fence", O_WRONLY | O_CREAT, 0600))
        return 3;
    if (!REFUSED(SYS_io_uring_setup, 1, NULL))
        return 4;
    if (!REFUSED(SYS_kill, getppid(), 0) || !REFUSED(SYS_pidfd_open, getppid(), 0))
        return 5;
    if (!REFUSED(SYS_setxattr, ".", "user.a", "b", 1, 0))
        return 6;
    if (!REFUSED(SYS_prlimit64, 0, RLIMIT_DATA, &more, NULL))
        return 7;
    if (!REFUSED(SYS_unshare, 0) || !REFUSED(SYS_ptrace, 0, 0, 0, 0))
        return 8;
    /* A drawing reads fonts, and asks for its limits. */
    fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, &byte, 1) != 1 || getrlimit(RLIMIT_DATA, &now) != 0)
        return 9;
    return 0;
}

#endif

static void test_svg_fence__refuses_what_a_drawing_never_needs(void **state)
{
#ifndef FENCED
    (void)state;
    print_message("SKIPPED: a sanitizer, or no filter for this machine\n");
    skip();
#else
    const svg_order order = {.side = 64, .milliseconds = 2000, .mebibytes = 64};
    const pid_t child = fork();
    int status = 0;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        svg_confine(&order);
        _exit(broken_promise());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svg_fence__refuses_what_a_drawing_never_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
