/*
 * Whole or not at all: after a failure at any step the old content is there and nothing else, also
 * when the process dies in between.
 */
#include "fc_test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fc_file.h"

/* Calls that stand before libc's. `fail_at` counts down over all of them; at 0 one fails with
 * `fail_errno`. n_calls counts them. Writes may be cut short or interrupted meanwhile. */
static int fail_at = -1, fail_errno, n_calls;
static bool short_writes;
static char trace[64]; /* the calls by their first letters */

static bool must_fail(char call)
{
    trace[n_calls++ % (int)sizeof(trace)] = call;
    if (fail_at < 0 || fail_at-- > 0)
        return false;
    errno = fail_errno;
    return true;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    static unsigned turn;

    if (must_fail('w'))
        return -1;
    if (short_writes) {
        if (turn++ % 3 == 0) {
            errno = EINTR;
            return -1;
        }
        n = n > 777 ? 777 : n;
    }
    return syscall(SYS_pwrite64, fd, bytes, n, offset);
}

int fsync(int fd)
{
    return must_fail('f') ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    return must_fail('r') ? -1 : renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static char *folder, *path;

static int setup(void **state)
{
    (void)state;
    folder = fc_test_path("safe");
    path = fc_test_path("safe/file");
    return mkdir(folder, 0755);
}

static int teardown(void **state)
{
    (void)state;
    free(path);
    free(folder);
    return 0;
}

static int count_entries(const char *prefix)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
             strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(dir);
    return n;
}

static void assert_content(const void *want, size_t n)
{
    size_t size;
    uint8_t *got = fc_test_read_file(path, &size);

    assert_int_equal(size, n);
    assert_memory_equal(got, want, n);
    free(got);
    assert_int_equal(count_entries(""), 1); /* no temporary is left */
}

/* Content of n bytes whose every byte tells its place. */
static uint8_t *pattern(size_t n)
{
    uint8_t *data = malloc(n > 0 ? n : 1);

    assert_non_null(data);
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    return data;
}

/* A file of n bytes in pieces of odd sizes, its first byte filled in at the end. */
static fc_status write_in_pieces(const uint8_t *data, size_t n, fc_error *err)
{
    fc_safe_file *f = NULL;
    fc_status st = fc__safe_file_begin(&f, path, err);
    size_t piece = 1;

    for (size_t at = 0; st == FC_OK && at < n; at += piece) {
        uint8_t first[1] = {0};

        piece = (piece * 5 + 3) % 150001;
        piece = piece < n - at ? piece : n - at;
        st = at == 0 ? fc__safe_file_write(f, first, piece = 1, err)
                     : fc__safe_file_write(f, data + at, piece, err);
    }
    if (st == FC_OK && n > 0)
        st = fc__safe_file_write_at(f, 0, data, 1, err);
    if (st != FC_OK) {
        fc__safe_file_abort(f);
        return st;
    }
    return fc__safe_file_commit(f, err);
}

static void test_safe_file__content_is_what_was_written(void **state)
{
    static const size_t sizes[] = {0, 1, 1000, 262143, 262144, 262145, 1000000};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *data = pattern(sizes[i]);

        short_writes = i % 2 == 1;
        assert_status(FC_OK, write_in_pieces(data, sizes[i], &err), &err);
        assert_content(data, sizes[i]);
        assert_status(FC_OK, fc__file_write_whole(path, data, sizes[i], &err), &err);
        assert_content(data, sizes[i]);
        free(data);
    }
    short_writes = false;
}

/* Every call that can fail does, once, with each errno: the old content stays, no temporary does,
 * and the status is the errno's. */
static void test_safe_file__any_failing_call_keeps_the_old_content(void **state)
{
    static const int errnos[] = {EIO, ENOSPC, EDQUOT};
    uint8_t *data = pattern(600000);
    fc_error err = FC_ERROR_INIT;
    int n_total;

    (void)state;
    assert_status(FC_OK, fc__file_write_whole(path, "old", 3, &err), &err);
    n_calls = 0;
    assert_status(FC_OK, write_in_pieces(data, 600000, &err), &err);
    n_total = n_calls;
    print_message("calls counted: %d\n", n_total);
    assert_in_range(n_total, 6, sizeof(trace));
    /* The content is on the disk before the name, and the name before the answer. */
    assert_memory_equal(trace + n_total - 4, "wfrf", 4);
    for (size_t e = 0; e < sizeof(errnos) / sizeof(errnos[0]); e++) {
        assert_status(FC_OK, fc__file_write_whole(path, "old", 3, &err), &err);
        for (int k = 0; k < n_total; k++) {
            fail_errno = errnos[e];
            fail_at = k;
            assert_status(fc__status_of_errno(errnos[e]), write_in_pieces(data, 600000, &err),
                          &err);
            assert_true(fail_at < 0);
            assert_non_null(strstr(err.message, folder));
            if (k + 1 < n_total)
                assert_content("old", 3);
            else
                assert_content(data, 600000); /* renamed; the folder's sync failed, and was said */
        }
    }
    free(data);
}

static void test_safe_file__file_size_limit_is_full(void **state)
{
    uint8_t *data = pattern(300000);
    struct rlimit before, limit;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__file_write_whole(path, "old", 3, &err), &err);
    signal(SIGXFSZ, SIG_IGN); /* the program's choice; the library must see EFBIG */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const fc_status st = write_in_pieces(data, 300000, &err);
    const fc_status whole = fc__file_write_whole(path, data, 300000, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_status(FC_E_FULL, st, &err);
    assert_status(FC_E_FULL, whole, &err);
    assert_content("old", 3);
    free(data);
}

/* A write that failed may not be forgotten: later calls fail too, and commit above all. */
static void test_safe_file__failure_sticks(void **state)
{
    uint8_t *data = pattern(300000);
    fc_error err = FC_ERROR_INIT;
    fc_safe_file *f = NULL;

    (void)state;
    assert_status(FC_OK, fc__file_write_whole(path, "old", 3, &err), &err);
    assert_status(FC_OK, fc__safe_file_begin(&f, path, &err), &err);
    fail_errno = ENOSPC;
    fail_at = 0;
    assert_status(FC_E_FULL, fc__safe_file_write(f, data, 300000, &err), &err);
    assert_status(FC_E_FULL, fc__safe_file_write(f, "x", 1, &err), &err);
    assert_status(FC_E_FULL, fc__safe_file_write_at(f, 0, "x", 1, &err), &err);
    assert_status(FC_E_FULL, fc__safe_file_commit(f, &err), &err);
    assert_content("old", 3);
    free(data);
}

static void test_safe_file__abort_and_bad_names_leave_nothing(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_safe_file *f = NULL;
    char *none = fc_test_path("none/file"), *slash = fc_test_path("safe/");

    (void)state;
    assert_status(FC_OK, fc__file_write_whole(path, "old", 3, &err), &err);
    assert_status(FC_OK, fc__safe_file_begin(&f, path, &err), &err);
    assert_status(FC_OK, fc__safe_file_write(f, "new", 3, &err), &err);
    assert_status(FC_E_INVALID, fc__safe_file_write_at(f, 2, "xx", 2, &err), &err);
    fc__safe_file_abort(f);
    fc__safe_file_abort(NULL);
    assert_content("old", 3);
    assert_status(FC_E_NOT_FOUND, fc__safe_file_begin(&f, none, &err), &err);
    assert_null(f);
    assert_status(FC_E_INVALID, fc__safe_file_begin(&f, slash, &err), &err);
    assert_status(FC_E_INVALID, fc__safe_file_begin(&f, "", &err), &err);
    /* A folder where the file should go. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_status(FC_E_INVALID, fc__file_write_whole(path, "x", 1, &err), &err);
    assert_non_null(strstr(err.message, "a folder"));
    assert_int_equal(count_entries(FC_TEMPORARY_PREFIX), 0);
    assert_int_equal(rmdir(path), 0);
    free(slash);
    free(none);
}

/* As somebody who may not write there; the superuser becomes nobody for it. */
static void test_safe_file__unwritable_folder_is_an_error(void **state)
{
    fc_error err = FC_ERROR_INIT;
    pid_t child;
    int status;

    (void)state;
    assert_status(FC_OK, fc__file_write_whole(path, "old", 3, &err), &err);
    assert_int_equal(chmod(folder, 0555), 0);
    child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        _exit(fc__file_write_whole(path, "new", 3, &err) == FC_E_IO &&
                      strstr(err.message, "Permission denied") != NULL
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_content("old", 3);
}

/* Killed before the rename: the old file, and a temporary that its name gives away. */
static void test_safe_file__death_leaves_the_old_file(void **state)
{
    fc_error err = FC_ERROR_INIT;
    uint8_t *data = pattern(400000);
    pid_t child;

    (void)state;
    assert_status(FC_OK, fc__file_write_whole(path, "old", 3, &err), &err);
    child = fork();
    if (child == 0) {
        fc_safe_file *f = NULL;

        if (fc__safe_file_begin(&f, path, &err) == FC_OK)
            fc__safe_file_write(f, data, 400000, &err);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(count_entries(FC_TEMPORARY_PREFIX), 1);
    assert_int_equal(count_entries(""), 2);
    assert_status(FC_OK, fc__remove_tree(folder, &err), &err);
    assert_int_equal(mkdir(folder, 0755), 0);
    free(data);
}

/* Several at once, into one name: the last to commit wins whole. */
static void test_safe_file__writers_do_not_mix(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_safe_file *f[3] = {NULL};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_status(FC_OK, fc__safe_file_begin(&f[i], path, &err), &err);
    for (int i = 0; i < 3; i++)
        assert_status(FC_OK, fc__safe_file_write(f[i], &"abc"[i], 1, &err), &err);
    assert_status(FC_OK, fc__safe_file_commit(f[2], &err), &err);
    assert_status(FC_OK, fc__safe_file_commit(f[0], &err), &err);
    fc__safe_file_abort(f[1]);
    assert_content("a", 1);
}

/* A link stays a link, also a relative one, one of two and one to nothing yet: what it leads to is
 * written, beside itself. */
static void test_safe_file__writes_through_links(void **state)
{
    fc_error err = FC_ERROR_INIT;
    char *inner = fc_test_path("safe/inner"), *first = fc_test_path("safe/inner/first");
    char *second = fc_test_path("safe/second"), *loop = fc_test_path("safe/loop");
    struct stat st;

    (void)state;
    assert_status(FC_OK, fc__remove_tree(folder, &err), &err);
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(mkdir(inner, 0755), 0);
    assert_int_equal(symlink("../file", first), 0);
    assert_int_equal(symlink(first, second), 0);
    for (int round = 0; round < 2; round++) {
        size_t n;
        uint8_t *got;

        assert_status(FC_OK, fc__file_write_whole(second, &"ab"[round], 1, &err), &err);
        got = fc_test_read_file(path, &n);
        assert_int_equal(n, 1);
        assert_int_equal(got[0], "ab"[round]);
        free(got);
        assert_int_equal(lstat(path, &st), 0);
        assert_true(S_ISREG(st.st_mode));
        assert_int_equal(lstat(first, &st), 0);
        assert_true(S_ISLNK(st.st_mode));
        assert_int_equal(lstat(second, &st), 0);
        assert_true(S_ISLNK(st.st_mode));
    }
    assert_int_equal(symlink("loop", loop), 0);
    assert_status(FC_E_IO, fc__file_write_whole(loop, "x", 1, &err), &err);
    assert_non_null(strstr(err.message, loop));
    free(loop);
    free(second);
    free(first);
    free(inner);
}

/* Nothing takes the place of a FIFO or a device, named itself or by a link. */
static void test_safe_file__refuses_what_is_no_regular_file(void **state)
{
    fc_error err = FC_ERROR_INIT;
    char *fifo = fc_test_path("safe/fifo"), *link_to = fc_test_path("safe/null");
    struct stat st;

    (void)state;
    assert_status(FC_OK, fc__remove_tree(folder, &err), &err);
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(mkfifo(fifo, 0644), 0);
    assert_int_equal(symlink("/dev/null", link_to), 0);
    assert_status(FC_E_INVALID, fc__file_write_whole(fifo, "x", 1, &err), &err);
    assert_non_null(strstr(err.message, "a FIFO"));
    assert_status(FC_E_INVALID, fc__file_write_whole(link_to, "x", 1, &err), &err);
    assert_non_null(strstr(err.message, link_to));
    assert_non_null(strstr(err.message, "a device"));
    assert_int_equal(lstat(fifo, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(count_entries(""), 2);
    free(link_to);
    free(fifo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safe_file__content_is_what_was_written),
        cmocka_unit_test(test_safe_file__any_failing_call_keeps_the_old_content),
        cmocka_unit_test(test_safe_file__file_size_limit_is_full),
        cmocka_unit_test(test_safe_file__failure_sticks),
        cmocka_unit_test(test_safe_file__abort_and_bad_names_leave_nothing),
        cmocka_unit_test(test_safe_file__unwritable_folder_is_an_error),
        cmocka_unit_test(test_safe_file__death_leaves_the_old_file),
        cmocka_unit_test(test_safe_file__writers_do_not_mix),
        cmocka_unit_test(test_safe_file__writes_through_links),
        cmocka_unit_test(test_safe_file__refuses_what_is_no_regular_file),
    };

    return cmocka_run_group_tests_name("safe_file", tests, setup, teardown);
}
