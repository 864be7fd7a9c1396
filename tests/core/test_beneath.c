/*
 * Opening beneath a folder: what a manifest may name and what it may not, by openat2 and by the
 * walk that stands in for it.
 */
#include "fc_test.h"

#include "fc_file.h"

typedef fc_status opener(int root_fd, const char *relative, int *out_fd, fc_error *err);

static int root_fd = -1;

static int setup(void **state)
{
    char *root = fc_test_path("root"), *outside = fc_test_path("outside.txt"), *command = NULL;
    int rc;

    (void)state;
    fc_test_write_text(outside, "secret");
    rc = asprintf(
        &command,
        "set -e; mkdir -p '%s/a/b' && cd '%s' && printf inside >a/b/ok.txt && "
        "printf top >top.txt && printf x >'..dots' && mkfifo a/fifo && "
        "ln -s b/ok.txt a/inner && ln -s ../../outside.txt a/escape && "
        "ln -s '%s' a/absolute && ln -s .. up && ln -s loop2 loop1 && ln -s loop1 loop2 && "
        "ln -s /proc/self/cwd magic && ln -s a/b dirlink && ln -s nothing a/dangling",
        root, root, outside);
    assert_true(rc > 0);
    rc = system(command);
    root_fd = open(root, O_PATH | O_DIRECTORY);
    free(command);
    free(outside);
    free(root);
    return rc == 0 && root_fd >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    close(root_fd);
    return 0;
}

static int count_open_files(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void assert_opens(opener *fn, const char *path, const char *want)
{
    fc_error err = FC_ERROR_INIT;
    char got[32] = "";
    int fd = -1;

    assert_status(FC_OK, fn(root_fd, path, &fd, &err), &err);
    assert_true(read(fd, got, sizeof(got) - 1) >= 0);
    assert_string_equal(got, want);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    close(fd);
}

static void assert_refuses(opener *fn, const char *path, fc_status want)
{
    fc_error err = FC_ERROR_INIT;
    int fd = 7;

    assert_status(want, fn(root_fd, path, &fd, &err), &err);
    assert_int_equal(fd, -1);
    assert_true(strlen(err.message) > 0);
}

static void check_both_ways(opener *fn)
{
    static const char *const invalid[] = {
        "",
        "/etc/passwd",
        "..",
        "../outside.txt",
        "a/../top.txt",
        "a/..",
        "a/b/../..",
        "a/fifo",
        "a",
        "a/b",
        ".",
        "a/escape",
        "a/absolute",
        "up/root/top.txt",
        "loop1",
        "magic/passwd",
    };
    const int before = count_open_files();

    assert_opens(fn, "top.txt", "top");
    assert_opens(fn, "a/b/ok.txt", "inside");
    assert_opens(fn, "./a//b/./ok.txt", "inside");
    assert_opens(fn, "..dots", "x"); /* two dots in a name are no way up */
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
        assert_refuses(fn, invalid[i], FC_E_INVALID);
    assert_refuses(fn, NULL, FC_E_INVALID);
    assert_refuses(fn, "a/none.txt", FC_E_NOT_FOUND);
    assert_refuses(fn, "none/none.txt", FC_E_NOT_FOUND);
    assert_refuses(fn, "top.txt/x", FC_E_NOT_FOUND);
    assert_int_equal(count_open_files(), before);
}

static void test_beneath__stays_inside(void **state)
{
    (void)state;
    check_both_ways(fc__open_beneath);
}

static void test_beneath__walk_stays_inside(void **state)
{
    (void)state;
    check_both_ways(fc__open_beneath_walk);
}

/* Links that stay inside: the kernel can follow them safely, the walk cannot and says so. */
static void test_beneath__inner_links_need_openat2(void **state)
{
    fc_error err = FC_ERROR_INIT;
    int fd = -1;

    (void)state;
    assert_refuses(fc__open_beneath_walk, "a/inner", FC_E_INVALID);
    assert_refuses(fc__open_beneath_walk, "dirlink/ok.txt", FC_E_INVALID);
    assert_int_equal(fc__open_beneath_walk(root_fd, "a/inner", &fd, &err), FC_E_INVALID);
    assert_non_null(strstr(err.message, "symbolic link"));
    if (fc__open_beneath(root_fd, "a/inner", &fd, &err) == FC_E_INVALID)
        fc_test_skip("no openat2 here: %s", err.message);
    close(fd);
    assert_opens(fc__open_beneath, "a/inner", "inside");
    assert_opens(fc__open_beneath, "dirlink/ok.txt", "inside");
    assert_refuses(fc__open_beneath, "a/dangling", FC_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beneath__stays_inside),
        cmocka_unit_test(test_beneath__walk_stays_inside),
        cmocka_unit_test(test_beneath__inner_links_need_openat2),
    };

    alarm(60); /* an open that waits for a FIFO's other end hangs; end as a failure */
    return cmocka_run_group_tests_name("beneath", tests, setup, teardown);
}
