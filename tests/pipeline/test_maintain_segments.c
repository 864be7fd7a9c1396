/*
 * Index segments when a store is looked after: verify opens each, in full reads each page; gc
 * removes the files of what went and old ones that nothing lists; backup leaves them behind,
 * compact alone.
 */
#include "store/maintain_test.h"

#include <dirent.h>
#include <featcache/query.h>
#include <sys/stat.h>
#include <sys/time.h>

#define N_SAMPLES 40

static char *indexed(const char *name)
{
    char *path = fc_test_path(name);
    fc_error err = FC_ERROR_INIT;
    fc_index_report report;
    fc_store *store;

    m_fill(path, N_SAMPLES, 10);
    store = t_open(path, 0);
    assert_status(FC_OK, fc_index_update(store, NULL, &report, &err), &err);
    assert_int_equal(report.n_segments, 2); /* "pooled" and "wide" */
    fc_store_close(store);
    return path;
}

static fc_status verify(m_said *said, const char *path, bool full)
{
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    memset(said, 0, sizeof(*said));
    said->watch.context = said;
    st = fc_verify(path, full, m_note, &said->watch, &said->report, &err);
    assert_status(FC_OK, st, &err);
    return st;
}

/* Number of files in STORE/segments; the path of one of them in *some (may be NULL). */
static size_t files(const char *path, char **some)
{
    const struct dirent *entry;
    char *folder;
    size_t n = 0;
    DIR *dir;

    assert_true(asprintf(&folder, "%s/segments", path) > 0);
    dir = opendir(folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (some != NULL && n == 0)
            assert_true(asprintf(some, "%s/%s", folder, entry->d_name) > 0);
        n++;
    }
    if (dir != NULL)
        closedir(dir);
    free(folder);
    return n;
}

static void test_segments__a_flipped_page_is_found_in_full(void **state)
{
    char *path = indexed("flip"), *file;
    uint8_t *bytes;
    m_said said;
    size_t n;

    (void)state;
    verify(&said, path, true);
    assert_int_equal(said.n, 0);
    assert_int_equal(said.report.n_segments, 2);
    assert_int_equal(files(path, &file), 2);
    bytes = fc_test_read_file(file, &n);
    bytes[n - 200] ^= 4; /* in the vectors of the last page */
    fc_test_write_file(file, bytes, n);
    verify(&said, path, true);
    assert_int_equal(said.report.n_damages, 1);
    assert_non_null(strstr(said.reasons[0], "segment "));
    m_forget(&said);
    assert_int_equal(unlink(file), 0);
    verify(&said, path, false);
    assert_int_equal(said.report.n_damages, 1);
    m_forget(&said);
    free(bytes);
    free(file);
    free(path);
}

static void test_segments__gc_removes_what_nothing_lists(void **state)
{
    static const char *const names[] = {"0123456789abcdef0123456789abcdef.vec",
                                        "fedcba9876543210fedcba9876543210.vec", "notes.txt"};
    const struct timeval old[2] = {{1000, 0}, {1000, 0}};
    char *path = indexed("gc"), *strays[3];
    fc_error err = FC_ERROR_INIT;
    fc_gc_report dry, real;
    fc_store *store;
    m_said said;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(asprintf(&strays[i], "%s/segments/%s", path, names[i]) > 0);
        fc_test_write_file(strays[i], "stray", 5);
        if (i != 1) /* 1 may belong to an index that is being built */
            assert_int_equal(utimes(strays[i], old), 0);
    }
    store = t_open(path, 0);
    assert_status(FC_OK, fc_gc(store, NULL, true, &dry, &err), &err);
    assert_int_equal(files(path, NULL), 5);
    assert_status(FC_OK, fc_gc(store, NULL, false, &real, &err), &err);
    assert_memory_equal(&dry, &real, sizeof(dry));
    assert_int_equal(real.n_bytes, 5);
    assert_int_equal(access(strays[0], F_OK), -1);
    assert_int_equal(access(strays[1], F_OK), 0);
    assert_int_equal(access(strays[2], F_OK), 0); /* no segment's name: not ours */

    assert_status(FC_OK, fc_gc(store, "enc", true, &dry, &err), &err);
    assert_status(FC_OK, fc_gc(store, "enc", false, &real, &err), &err);
    assert_memory_equal(&dry, &real, sizeof(dry));
    assert_int_equal(real.n_items, N_SAMPLES * T_OUTPUTS);
    assert_int_equal(files(path, NULL), 2); /* the two strays */
    fc_store_close(store);
    verify(&said, path, true);
    assert_int_equal(said.n, 0);
    assert_int_equal(said.report.n_segments, 0);
    for (int i = 0; i < 3; i++)
        free(strays[i]);
    free(path);
}

static void test_segments__backup_leaves_them_and_compact_keeps_them(void **state)
{
    char *path = indexed("keep"), *copy = fc_test_path("keep-copy");
    fc_error err = FC_ERROR_INIT;
    fc_compact_report report;
    m_said said;

    (void)state;
    assert_status(FC_OK, fc_backup(path, copy, NULL, &err), &err);
    verify(&said, copy, true);
    assert_int_equal(said.n, 0);
    assert_int_equal(said.report.n_segments, 0);
    assert_int_equal(files(copy, NULL), 0);
    assert_status(FC_OK, fc_compact(path, NULL, &report, &err), &err);
    verify(&said, path, true);
    assert_int_equal(said.n, 0);
    assert_int_equal(said.report.n_segments, 2);
    free(copy);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments__a_flipped_page_is_found_in_full),
        cmocka_unit_test(test_segments__gc_removes_what_nothing_lists),
        cmocka_unit_test(test_segments__backup_leaves_them_and_compact_keeps_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
