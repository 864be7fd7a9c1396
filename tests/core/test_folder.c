/*
 * Folders: made with their parents, removed with what is in them and nothing else.
 */
#include "fc_test.h"

#include <sys/stat.h>

#include "fc_alloc.h"
#include "fc_file.h"

static bool exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static void run(const char *fmt, const char *folder)
{
    char *command = NULL;

    assert_true(asprintf(&command, fmt, folder, folder, folder) > 0);
    assert_int_equal(system(command), 0);
    free(command);
}

static void test_folder__makes_parents_and_accepts_what_is_there(void **state)
{
    char *deep = fc_test_path("x/y//z/"), *file = fc_test_path("x/file"), *under;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__make_folders(deep, &err), &err);
    assert_true(exists(deep));
    assert_status(FC_OK, fc__make_folders(deep, &err), &err);
    assert_status(FC_OK, fc__make_folders("/", &err), &err);
    assert_status(FC_E_INVALID, fc__make_folders("", &err), &err);
    fc_test_write_text(file, "");
    assert_status(FC_E_EXISTS, fc__make_folders(file, &err), &err);
    assert_non_null(strstr(err.message, "x/file"));
    under = fc__path_join(file, "sub");
    assert_status(FC_E_EXISTS, fc__make_folders(under, &err), &err);
    assert_int_not_equal(fc__make_folders("/proc/none/sub", &err), FC_OK);
    free(under);
    free(file);
    free(deep);
}

static void test_folder__remove_takes_all_within_and_no_more(void **state)
{
    char *tree = fc_test_path("tree"), *kept = fc_test_path("kept");
    char *kept_file = fc_test_path("kept/file");
    fc_error err = FC_ERROR_INIT;

    (void)state;
    run("mkdir -p '%s/a/b/c' '%s/../kept' && touch '%s/../kept/file'", tree);
    run("cd '%s' && for i in $(seq 300); do : >a/b/f$i; done; : >.hidden; mkfifo a/fifo", tree);
    run("cd '%s' && ln -s ../../kept a/link && ln -s ../kept/file a/b/filelink && ln -s none dead",
        tree);
    assert_status(FC_OK, fc__remove_tree(tree, &err), &err);
    assert_false(exists(tree));
    assert_true(exists(kept_file)); /* links went, what they led to stayed */
    assert_status(FC_OK, fc__remove_tree(tree, &err), &err); /* nothing there is fine */
    free(kept_file);
    free(kept);
    free(tree);
}

static void test_folder__remove_refuses_a_link_and_a_file(void **state)
{
    char *real = fc_test_path("real"), *link = fc_test_path("link"), *file = fc_test_path("plain");
    char *within = fc_test_path("real/within");
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__make_folders(real, &err), &err);
    assert_int_equal(symlink(real, link), 0);
    fc_test_write_text(file, "");
    fc_test_write_text(within, "");
    assert_int_not_equal(fc__remove_tree(link, &err), FC_OK);
    assert_int_not_equal(fc__remove_tree(file, &err), FC_OK);
    assert_true(exists(within) && exists(link) && exists(file));
    free(within);
    free(file);
    free(link);
    free(real);
}

static void test_folder__remove_has_a_bottom(void **state)
{
    char *path = fc_test_path("deep"), *top = fc__strdup(path);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int i = 0; i < 80; i++) {
        char *next = fc__path_join(path, "d");

        free(path);
        path = next;
    }
    assert_status(FC_OK, fc__make_folders(path, &err), &err);
    assert_status(FC_E_LIMIT, fc__remove_tree(top, &err), &err);
    free(top);
    free(path);
}

static void test_folder__join_puts_one_slash(void **state)
{
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}, {"a", "", "a/"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *got = fc__path_join(cases[i][0], cases[i][1]);

        assert_string_equal(got, cases[i][2]);
        free(got);
    }
}

static void test_folder__sync_reports_what_is_no_folder(void **state)
{
    char *file = fc_test_path("file");
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fc_test_write_text(file, "");
    assert_status(FC_OK, fc__sync_folder(fc_test_tmpdir(), &err), &err);
    assert_status(FC_E_NOT_FOUND, fc__sync_folder("/nowhere", &err), &err);
    assert_int_not_equal(fc__sync_folder(file, &err), FC_OK);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folder__makes_parents_and_accepts_what_is_there),
        cmocka_unit_test(test_folder__remove_takes_all_within_and_no_more),
        cmocka_unit_test(test_folder__remove_refuses_a_link_and_a_file),
        cmocka_unit_test(test_folder__remove_has_a_bottom),
        cmocka_unit_test(test_folder__join_puts_one_slash),
        cmocka_unit_test(test_folder__sync_reports_what_is_no_folder),
    };

    return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
