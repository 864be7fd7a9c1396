/*
 * Whole reads with a cap, identities, maps: what is no regular file is refused, at once.
 */
#include "fc_test.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include "fc_file.h"

static void test_file__reads_all_up_to_the_cap(void **state)
{
    static const size_t sizes[] = {0, 1, 100, 65535, 65536, 300000};
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;
    char *path = fc_test_path("data"), *data = malloc(300000);

    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < 300000; i++)
        data[i] = (char)(i * 31);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fc_test_write_file(path, data, sizes[i]);
        assert_status(FC_OK, fc__file_read(path, sizes[i], &out, &err), &err);
        assert_int_equal(out.size, sizes[i]);
        if (sizes[i] > 0) {
            assert_memory_equal(out.data, data, sizes[i]);
            assert_status(FC_E_LIMIT, fc__file_read(path, sizes[i] - 1, &out, &err), &err);
            assert_int_equal(out.size, 0);
        }
        assert_status(FC_OK, fc__file_read(path, SIZE_MAX, &out, &err), &err);
        assert_int_equal(out.size, sizes[i]);
    }
    fc_buf_dispose(&out);
    free(data);
    free(path);
}

/* Files of /proc have size 0 and content all the same, so the cap is checked while reading. */
static void test_file__cap_holds_where_the_size_is_not_told(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;

    (void)state;
    assert_status(FC_OK, fc__file_read("/proc/self/status", 1 << 20, &out, &err), &err);
    assert_true(out.size > 100);
    assert_status(FC_E_LIMIT, fc__file_read("/proc/self/status", 100, &out, &err), &err);
    fc_buf_dispose(&out);
}

static void test_file__refuses_what_is_not_regular(void **state)
{
    char *fifo = fc_test_path("fifo"), *none = fc_test_path("none"),
         *below = fc_test_path("data/x");
    const struct {
        const char *path;
        fc_status want;
    } cases[] = {{fifo, FC_E_INVALID},
                 {fc_test_tmpdir(), FC_E_INVALID},
                 {"/dev/zero", FC_E_INVALID},
                 {none, FC_E_NOT_FOUND},
                 {below, FC_E_NOT_FOUND}};
    fc_buf out = FC_BUF_INIT;

    (void)state;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_map map = FC_MAP_INIT;

        assert_status(cases[i].want, fc__file_read(cases[i].path, 1000, &out, &err), &err);
        assert_non_null(strstr(err.message, cases[i].path));
        assert_status(cases[i].want, fc__map_file(&map, cases[i].path, &err), &err);
        assert_null(map.data);
    }
    fc_buf_dispose(&out);
    free(below);
    free(none);
    free(fifo);
}

static void test_file__identity_changes_with_the_file(void **state)
{
    fc_error err = FC_ERROR_INIT;
    char *path = fc_test_path("identity"), *link = fc_test_path("identity.link");
    fc_file_id a, b, c;
    int fd;

    (void)state;
    fc_test_write_text(path, "one");
    assert_int_equal(symlink(path, link), 0);
    assert_status(FC_OK, fc__file_identify(path, &a, &err), &err);
    assert_status(FC_OK, fc__file_identify(link, &b, &err), &err); /* links are followed */
    assert_true(fc__file_id_equal(&a, &b));
    fd = open(path, O_RDONLY);
    assert_status(FC_OK, fc__file_identify_fd(fd, path, &c, &err), &err);
    assert_true(fc__file_id_equal(&a, &c));
    close(fd);
    assert_int_equal(a.size, 3);
    usleep(20000); /* past the clock tick of the file system */
    fc_test_write_text(path, "two");
    assert_status(FC_OK, fc__file_identify(path, &b, &err), &err);
    assert_false(fc__file_id_equal(&a, &b));
    err.message[0] = '\0';
    assert_int_equal(fc__file_identify("/nowhere/at/all", &a, &err), FC_E_NOT_FOUND);
    assert_string_equal(err.message, ""); /* an answer, not a fault */
    free(link);
    free(path);
}

/* Each field counts. */
static void test_file__identity_compares_every_field(void **state)
{
    const fc_file_id a = {1, 2, 3, 4, 5};
    fc_file_id b[5];

    (void)state;
    assert_true(fc__file_id_equal(&a, &a));
    for (size_t i = 0; i < 5; i++)
        b[i] = a;
    b[0].device++;
    b[1].inode++;
    b[2].size++;
    b[3].mtime_ns++;
    b[4].ctime_ns++;
    for (size_t i = 0; i < 5; i++)
        assert_false(fc__file_id_equal(&a, &b[i]));
}

static void test_file__map_shows_the_bytes(void **state)
{
    fc_error err = FC_ERROR_INIT;
    char *path = fc_test_path("mapped");
    fc_map map = FC_MAP_INIT;

    (void)state;
    fc_test_write_text(path, "bytes in place");
    assert_status(FC_OK, fc__map_file(&map, path, &err), &err);
    assert_int_equal(map.size, 14);
    assert_memory_equal(map.data, "bytes in place", 14);
    fc__map_dispose(&map);
    assert_null(map.data);
    fc_test_write_text(path, "");
    assert_status(FC_OK, fc__map_file(&map, path, &err), &err);
    assert_int_equal(map.size, 0);
    assert_non_null(map.data);
    fc__map_dispose(&map);
    fc__map_dispose(NULL);
    free(path);
}

/* What to change at the next read's end. Not static: a fortified libc declares pread inline. */
const char *to_change;

/* Stands before libc's: appends to the file when its end is first read. */
ssize_t pread(int fd, void *to, size_t n, off_t offset)
{
    const ssize_t got = syscall(SYS_pread64, fd, to, n, offset);

    if (got == 0 && to_change != NULL) {
        FILE *file = fopen(to_change, "a");

        to_change = NULL;
        assert_non_null(file);
        fputs(" and more", file);
        fclose(file);
    }
    return got;
}

static void test_file__one_that_changes_while_it_is_read_is_busy(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;
    char *path = fc_test_path("changing");
    fc_file_id id;
    int fd;

    (void)state;
    fc_test_write_text(path, "content");
    fd = open(path, O_RDONLY);
    assert_status(FC_OK, fc__file_read_fd(fd, path, 100, &out, &id, &err), &err);
    assert_int_equal(id.size, 7);
    to_change = path;
    assert_status(FC_E_BUSY, fc__file_read_fd(fd, path, 100, &out, &id, &err), &err);
    assert_int_equal(out.size, 0);
    close(fd);
    fc_buf_dispose(&out);
    free(path);
}

static void test_file__errno_becomes_a_status(void **state)
{
    static const struct {
        int e;
        fc_status want;
    } cases[] = {{ENOSPC, FC_E_FULL},      {EDQUOT, FC_E_FULL},       {EFBIG, FC_E_FULL},
                 {ENOENT, FC_E_NOT_FOUND}, {ENOTDIR, FC_E_NOT_FOUND}, {ENOMEM, FC_E_NOMEM},
                 {EIO, FC_E_IO},           {EACCES, FC_E_IO},         {EROFS, FC_E_IO}};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(fc__status_of_errno(cases[i].e), cases[i].want);
    assert_int_equal(fc__io_error(&err, ENOSPC, "write", "a/b"), FC_E_FULL);
    assert_string_equal(err.message, "write a/b: No space left on device");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file__reads_all_up_to_the_cap),
        cmocka_unit_test(test_file__cap_holds_where_the_size_is_not_told),
        cmocka_unit_test(test_file__refuses_what_is_not_regular),
        cmocka_unit_test(test_file__identity_changes_with_the_file),
        cmocka_unit_test(test_file__identity_compares_every_field),
        cmocka_unit_test(test_file__map_shows_the_bytes),
        cmocka_unit_test(test_file__one_that_changes_while_it_is_read_is_busy),
        cmocka_unit_test(test_file__errno_becomes_a_status),
    };

    alarm(60); /* a read that waits for a FIFO hangs; end as a failure */
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
