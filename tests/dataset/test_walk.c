/*
 * A folder as a source: order, what is skipped, what is told, and that nothing is opened.
 */
#include "dataset_fixture.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static void make_link(const char *target, const char *name)
{
    char *path = fc_test_path(name);

    assert_int_equal(symlink(target, path), 0);
    free(path);
}

static void test_walk__order_is_bytewise_and_depth_first(void **state)
{
    static const char *const files[] = {"o/b/z.txt",  "o/b.txt",        "o/a",
                                        "o/B",        "o/b/a/deep.txt", "o/b-.txt",
                                        "o/\xC3\xA9", "o/prefix12345",  "o/prefix1234",
                                        "o/.hidden",  "o/.git/x",       "o/prefix123"};
    /* Of `b`, `b-.txt` and `b.txt` the folder comes first: names are compared, not paths. */
    static const char *const want[] = {"B",           "a",       "b/a/deep.txt", "b/z.txt",
                                       "b-.txt",      "b.txt",   "prefix123",    "prefix1234",
                                       "prefix12345", "\xC3\xA9"};
    double before = -1.0;
    fc_dataset_reader *r;
    char *empty;

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        put_text(files[i], "x");
    empty = fc_test_path("o/c");
    assert_int_equal(mkdir(empty, 0777), 0);
    free(empty);
    r = open_ok("o");
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        const fc_source_sample *s = next_ok(r);
        const double fraction = fc__dataset_fraction(r);

        assert_string_equal(s->id, want[i]);
        assert_string_equal(s->path, want[i]);
        assert_true(s->has_file);
        assert_int_equal(s->file.size, 1);
        assert_int_equal(s->line, 0);
        assert_int_equal(s->meta->n, 0);
        assert_true(fraction >= before && fraction <= 1.0);
        before = fraction;
    }
    expect_end(r);
}

static void test_walk__files_that_share_a_stem_are_a_group(void **state)
{
    static const char *const want[][2] = {{"birds/owl.ogg", "birds/owl"},
                                          {"birds/owl.png", "birds/owl"},
                                          {"birds/owl.tar.gz", "birds/owl.tar"},
                                          {"birds.d/owl", "birds.d/owl"},
                                          {"owl.png", "owl"}};
    fc_dataset_reader *r;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char name[64];

        snprintf(name, sizeof(name), "g/%s", want[i][0]);
        put_text(name, "x");
    }
    r = open_ok("g");
    for (size_t i = 0; i < 5; i++) {
        const fc_source_sample *s = next_ok(r);

        assert_string_equal(s->id, want[i][0]);
        assert_string_equal(s->group, want[i][1]);
    }
    expect_end(r);
}

static void test_walk__a_pattern_names_the_group(void **state)
{
    const fc_dataset_options opts = {.group_pattern = "^(.*)_desc_[a-z]*\\."};
    fc_dataset_reader *r = NULL;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    put_text("p/owl_desc_fr.ogg", "x");
    put_text("p/owl.png", "x");
    assert_status(FC_OK, open_named(&r, "p", &opts, &err), &err);
    assert_string_equal(next_ok(r)->group, "owl");
    assert_string_equal(next_ok(r)->group, "owl");
    expect_end(r);
}

/* A kernel without openat2 cannot follow a link safely; then links are told, not taken. */
static bool links_can_be_taken(int root_fd)
{
    fc_error err = FC_ERROR_INIT;
    int fd = -1;
    const bool taken = fc__open_beneath(root_fd, "in.txt", &fd, &err) == FC_OK;

    if (taken)
        close(fd);
    return taken;
}

static void test_walk__links_are_taken_beneath_and_told_otherwise(void **state)
{
    const fc_source_sample *s;
    fc_dataset_reader *r;

    (void)state;
    put_text("outside.txt", "secret");
    put_text("l/sub/real.txt", "four");
    make_link("sub/real.txt", "l/in.txt");
    make_link("../outside.txt", "l/out.txt");
    make_link("sub", "l/folder");
    make_link("nowhere", "l/dangling");
    make_link("loop", "l/loop");
    make_link("/dev/null", "l/null");
    r = open_ok("l");
    expect_bad(r, FC_E_NOT_FOUND, "dangling",
               "a link that leads nowhere: No such file or directory");
    expect_bad(r, FC_E_UNSUPPORTED, "folder",
               "a link to a folder is not followed; name that folder as a source");
    s = next_any(r);
    assert_string_equal(s->id, "in.txt");
    if (links_can_be_taken(fc__dataset_root_fd(r))) {
        assert_int_equal(s->status, FC_OK);
        assert_int_equal(s->file.size, 4);
    } else {
        assert_int_not_equal(s->status, FC_OK);
    }
    s = next_any(r);
    assert_string_equal(s->id, "loop");
    assert_int_equal(s->status, FC_E_IO);
    expect_bad(r, FC_E_UNSUPPORTED, "null", "a link to something that is not a regular file");
    s = next_any(r);
    assert_string_equal(s->id, "out.txt");
    assert_int_not_equal(s->status, FC_OK);
    assert_false(s->has_file);
    assert_non_null(strstr(s->problem, "a link that cannot be taken: "));
    assert_string_equal(next_ok(r)->id, "sub/real.txt");
    expect_end(r);
}

static void test_walk__fifos_and_sockets_are_told_and_not_opened(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *fifo = NULL, *name;
    fc_dataset_reader *r;
    int fd;

    (void)state;
    put_text("s/z.txt", "x");
    fifo = fc_test_path("s/fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    name = fc_test_path("s/sock");
    assert_true(strlen(name) < sizeof(address.sun_path));
    strcpy(address.sun_path, name);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    r = open_ok("s");
    expect_bad(r, FC_E_UNSUPPORTED, "fifo", "a FIFO, not a regular file");
    expect_bad(r, FC_E_UNSUPPORTED, "sock", "a socket, not a regular file");
    assert_string_equal(next_ok(r)->id, "z.txt");
    expect_end(r);
    close(fd);
    free(fifo);
    free(name);
}

static void test_walk__a_name_that_is_no_utf8_is_told_escaped(void **state)
{
    fc_dataset_reader *r;

    (void)state;
    put_text("u/caf\xE9.txt", "x");
    put_text("u/d\xFF/inside.txt", "x");
    put_text("u/z.txt", "x");
    r = open_ok("u");
    expect_bad(r, FC_E_FORMAT, "caf\\xE9.txt", "the name is not valid UTF-8; rename it");
    expect_bad(r, FC_E_FORMAT, "d\\xFF", "the name is not valid UTF-8; rename it");
    assert_string_equal(next_ok(r)->id, "z.txt");
    expect_end(r);
}

static void test_walk__a_tree_too_deep_is_told(void **state)
{
    char name[1024] = "deep";
    fc_dataset_reader *r;
    const fc_source_sample *s;

    (void)state;
    for (int i = 0; i < 130; i++)
        strcat(name, "/d");
    strcat(name, "/bottom.txt");
    put_text(name, "x");
    put_text("deep/z.txt", "x");
    r = open_ok("deep");
    s = next_any(r);
    assert_int_equal(s->status, FC_E_LIMIT);
    assert_non_null(strstr(s->problem, "a folder more than 128 levels deep"));
    assert_string_equal(next_ok(r)->id, "z.txt");
    expect_end(r);
}

static void test_walk__what_goes_away_while_reading_is_told(void **state)
{
    fc_dataset_reader *r;
    char *path;

    (void)state;
    put_text("w/a.txt", "x");
    put_text("w/b.txt", "x");
    put_text("w/c/d.txt", "x");
    r = open_ok("w");
    assert_string_equal(next_ok(r)->id, "a.txt");
    path = fc_test_path("w/b.txt");
    unlink(path);
    free(path);
    path = fc_test_path("w/c");
    fc_test_remove_tree(path);
    free(path);
    expect_bad(r, FC_E_NOT_FOUND, "b.txt", "No such file or directory");
    expect_bad(r, FC_E_NOT_FOUND, "c", "No such file or directory");
    expect_end(r);
}

static void test_walk__a_folder_that_cannot_be_read_is_told(void **state)
{
    const uid_t user = geteuid();
    fc_dataset_reader *r;
    char *path;

    (void)state;
    put_text("f/closed/x.txt", "x");
    put_text("f/z.txt", "x");
    path = fc_test_path("f/closed");
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(fc_test_tmpdir(), 0755), 0);
    /* Root may read every folder: be nobody for a while. */
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    r = open_ok("f");
    expect_bad(r, FC_E_IO, "closed", "Permission denied");
    assert_string_equal(next_ok(r)->id, "z.txt");
    expect_end(r);
    if (user == 0)
        assert_int_equal(seteuid(user), 0);
    chmod(path, 0700);
    free(path);
}

/* The access time of a file that is looked at stays; of one that is read it would not. */
static void test_walk__files_are_not_opened(void **state)
{
    struct timespec old[2] = {{1000, 0}, {2000, 0}};
    char *path;
    struct stat st;
    fc_dataset_reader *r;

    (void)state;
    put_text("n/x.txt", "content");
    path = fc_test_path("n/x.txt");
    /* Not even readable: only a stat can succeed (root aside). */
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    r = open_ok("n");
    assert_int_equal(next_ok(r)->file.mtime_ns, INT64_C(2000000000000));
    expect_end(r);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_atim.tv_sec, 1000);
    free(path);
}

static void test_walk__what_is_no_source_is_refused(void **state)
{
    (void)state;
    put_text("x.tsv", "path\n");
    expect_refused("x.tsv", FC_E_INVALID,
                   "x.tsv is no source: wanted a folder, a manifest whose name ends in .csv or "
                   ".jsonl, a zip or tar archive, or a .npy");
    expect_refused("not-there", FC_E_NOT_FOUND, "No such file or directory");
    expect_refused("not-there.csv", FC_E_NOT_FOUND, "No such file or directory");
}

static void test_walk__a_fifo_is_no_manifest(void **state)
{
    char *path = fc_test_path("fifo.csv");

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused("fifo.csv", FC_E_INVALID, "fifo.csv: a manifest must be a regular file");
    free(path);
}

static size_t count_descriptors(void)
{
    size_t n = 0;

    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_walk__no_descriptor_stays_open(void **state)
{
    const size_t before = count_descriptors();
    fc_dataset_reader *r;

    (void)state;
    put_text("e/a/b/c/d.txt", "x");
    put_text("e/a/b/c/e.txt", "x");
    r = open_ok("e");
    assert_string_equal(next_ok(r)->id, "a/b/c/d.txt");
    assert_true(count_descriptors() > before);
    fc__dataset_close(r); /* midway */
    assert_int_equal(count_descriptors(), before);
    r = open_ok("e");
    next_ok(r);
    next_ok(r);
    expect_end(r);
    assert_int_equal(count_descriptors(), before);
    fc__dataset_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk__order_is_bytewise_and_depth_first),
        cmocka_unit_test(test_walk__files_that_share_a_stem_are_a_group),
        cmocka_unit_test(test_walk__a_pattern_names_the_group),
        cmocka_unit_test(test_walk__links_are_taken_beneath_and_told_otherwise),
        cmocka_unit_test(test_walk__fifos_and_sockets_are_told_and_not_opened),
        cmocka_unit_test(test_walk__a_name_that_is_no_utf8_is_told_escaped),
        cmocka_unit_test(test_walk__a_tree_too_deep_is_told),
        cmocka_unit_test(test_walk__what_goes_away_while_reading_is_told),
        cmocka_unit_test(test_walk__a_folder_that_cannot_be_read_is_told),
        cmocka_unit_test(test_walk__files_are_not_opened),
        cmocka_unit_test(test_walk__what_is_no_source_is_refused),
        cmocka_unit_test(test_walk__a_fifo_is_no_manifest),
        cmocka_unit_test(test_walk__no_descriptor_stays_open),
    };

    return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
