/*
 * Backup: the same rows, also of a store that is being written; nothing left behind where it cannot
 * be finished; damage refused.
 */
#include "maintain_test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static size_t entries_in(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 2; /* . and .. */
}

static void test_backup__holds_the_same_rows(void **state)
{
    char *path = fc_test_path("plain"), *copy = fc_test_path("plain-copy");
    fc_error err = FC_ERROR_INIT;
    m_sum a, b;

    (void)state;
    m_fill(path, 80, 7);
    assert_status(FC_OK, fc__store_backup(path, copy, NULL, &err), &err);
    a = m_rows(path, true, true);
    b = m_rows(copy, true, true);
    m_assert_same_rows(&a, &b);
    m_assert_sound(copy, true);
    free(copy);
    free(path);
}

static void test_backup__refuses_what_is_there_and_what_is_damaged(void **state)
{
    char *path = fc_test_path("refuse"), *copy = fc_test_path("refuse-copy");
    fc_error err = FC_ERROR_INIT;
    size_t before;

    (void)state;
    m_fill(path, 20, 7);
    assert_int_equal(mkdir(copy, 0777), 0);
    assert_status(FC_E_EXISTS, fc__store_backup(path, copy, NULL, &err), &err);
    assert_int_equal(rmdir(copy), 0);
    m_flip(path, FC_TABLE_SAMPLE, 3, 9);
    before = entries_in(fc_test_tmpdir());
    assert_status(FC_E_CORRUPT, fc__store_backup(path, copy, NULL, &err), &err);
    assert_non_null(strstr(err.message, "repair"));
    assert_int_equal(entries_in(fc_test_tmpdir()), before);
    free(copy);
    free(path);
}

/* A file-size limit stands for a full disk: FC_E_FULL, and nothing beside the store. */
static void test_backup__a_full_disk_leaves_nothing(void **state)
{
    char *path = fc_test_path("full"), *copy = fc_test_path("full-copy");
    size_t before;
    int status;
    pid_t child;

    (void)state;
    m_fill(path, 200, 50);
    before = entries_in(fc_test_tmpdir());
    child = fork();
    if (child == 0) {
        const struct rlimit limit = {300000, 300000};
        fc_error err = FC_ERROR_INIT;

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        if (fc__store_backup(path, copy, NULL, &err) == FC_E_FULL)
            _exit(0);
        fprintf(stderr, "%s\n", err.message);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(entries_in(fc_test_tmpdir()), before);
    m_assert_sound(path, false);
    free(copy);
    free(path);
}

static bool stop(void *context)
{
    ++*(unsigned *)context;
    return true;
}

static void test_backup__stops_when_asked(void **state)
{
    char *path = fc_test_path("stop"), *copy = fc_test_path("stop-copy");
    unsigned asked = 0;
    const fc_watch watch = {.cancelled = stop, .context = &asked};
    fc_error err = FC_ERROR_INIT;
    size_t before;

    (void)state;
    m_fill(path, 100, 50);
    before = entries_in(fc_test_tmpdir());
    assert_status(FC_E_CANCELLED, fc__store_backup(path, copy, &watch, &err), &err);
    assert_int_equal(asked, 1);
    assert_int_equal(entries_in(fc_test_tmpdir()), before);
    free(copy);
    free(path);
}

/* Another process commits sample after sample: each backup is one state of it, sound in full. */
static void test_backup__of_a_store_being_written_is_one_state(void **state)
{
    char *path = fc_test_path("busy");
    uint64_t last = 0;
    int status;
    pid_t child;

    (void)state;
    m_fill(path, 10, 5);
    child = fork();
    if (child == 0) {
        fc_store *store = t_open(path, 0);
        fc_writer *w = t_writer(store, 1);
        const fc_encoder_ids ids = t_encoder(w, "enc", 7);

        for (uint64_t i = 11;; i++) { /* until it is killed */
            t_begin(w, "set", &ids);
            t_ingest_one(w, &ids, i);
            t_commit(w);
            t_seal(w);
        }
    }
    for (int i = 0; i < 8; i++) {
        char name[32], *copy;
        fc_error err = FC_ERROR_INIT;
        m_said said;

        snprintf(name, sizeof(name), "busy-%d", i);
        copy = fc_test_path(name);
        assert_status(FC_OK, fc__store_backup(path, copy, NULL, &err), &err);
        assert_status(FC_OK, m_verify(&said, copy, true, &err), &err);
        if (said.n > 0)
            fail_msg("%s", said.reasons[0]);
        assert_true(said.report.n_items >= last);
        last = said.report.n_items;
        m_forget(&said);
        m_assert_sound(path, i % 2 == 1); /* the store itself too, as it is being written */
        free(copy);
        usleep(20000);
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* it was writing to the end */
    assert_true(last > 10 * T_OUTPUTS);
    m_assert_sound(path, true);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backup__holds_the_same_rows),
        cmocka_unit_test(test_backup__refuses_what_is_there_and_what_is_damaged),
        cmocka_unit_test(test_backup__a_full_disk_leaves_nothing),
        cmocka_unit_test(test_backup__stops_when_asked),
        cmocka_unit_test(test_backup__of_a_store_being_written_is_one_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
