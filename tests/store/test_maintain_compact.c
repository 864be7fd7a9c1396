/*
 * Compact: digests unchanged, as small as one ingest, and never under the feet of another process.
 */
#include "maintain_test.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define N_SAMPLES 300

static uint64_t file_bytes(const char *folder)
{
    struct stat st;
    char *path;

    assert_true(asprintf(&path, "%s/data.mdb", folder) > 0);
    assert_int_equal(stat(path, &st), 0);
    free(path);
    return (uint64_t)st.st_size;
}

/* One sample a commit, in an order that jumps, so that items fall into the middle of blocks. */
static void scatter(const char *path)
{
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 7);

    t_begin(w, "set", &ids);
    for (uint64_t i = 1; i <= N_SAMPLES; i++)
        (void)t_content(w, i);
    t_commit(w);
    for (uint64_t k = 0; k < N_SAMPLES; k++) {
        t_ingest_one(w, &ids, (k * 7) % N_SAMPLES + 1);
        t_commit(w);
    }
    t_seal(w);
    fc__writer_close(w);
    fc_store_close(store);
}

static void test_compact__keeps_every_row_but_blocks(void **state)
{
    char *path = fc_test_path("scattered"), *once = fc_test_path("once"), *leftover;
    fc_compact_report report, again;
    fc_error err = FC_ERROR_INIT;
    m_sum before, after;
    fc_store *store;
    fc_writer *w;
    fc_encoder_ids ids;

    (void)state;
    scatter(path);
    m_fill(once, N_SAMPLES, N_SAMPLES);
    m_assert_sound(path, true);
    before = m_rows(path, false, true);
    assert_status(FC_OK, fc__store_compact(path, NULL, &report, &err), &err);
    after = m_rows(path, false, true); /* with the data set's digests, byte by byte */
    m_assert_same_rows(&before, &after);
    m_assert_sound(path, true);
    assert_int_equal(report.bytes_after, file_bytes(path));
    assert_true(report.bytes_after < report.bytes_before);
    assert_true(report.n_blocks_after <= report.n_blocks_before);
    assert_true((double)report.bytes_after <= 1.05 * (double)file_bytes(once));
    assert_true(asprintf(&leftover, "%s/.compact-tmp", path) > 0);
    assert_int_not_equal(access(leftover, F_OK), 0);

    /* Once more changes nothing, and the store can be written again. */
    assert_status(FC_OK, fc__store_compact(path, NULL, &again, &err), &err);
    assert_int_equal(again.n_blocks_after, report.n_blocks_after);
    store = t_open(path, 0);
    w = t_writer(store, 1);
    ids = t_encoder(w, "enc", 7);
    t_begin(w, "set", &ids);
    t_ingest_one(w, &ids, N_SAMPLES + 1);
    t_commit(w);
    assert_int_equal(t_seal(w).n_samples, N_SAMPLES + 1);
    fc__writer_close(w);
    fc_store_close(store);
    m_assert_sound(path, true);
    free(leftover);
    free(once);
    free(path);
}

/* A child holds the store open, as reader; then as writer: the parent is refused and nothing
 * changes. */
static void test_compact__is_refused_while_the_store_is_open(void **state)
{
    char *path = fc_test_path("open");
    fc_error err = FC_ERROR_INIT;
    fc_compact_report report;
    m_sum before, after;

    (void)state;
    m_fill(path, 30, 3);
    before = m_rows(path, true, true);
    for (int writer = 0; writer < 2; writer++) {
        int ready[2], end[2], status;
        char c;
        pid_t child;

        assert_int_equal(pipe(ready) + pipe(end), 0);
        child = fork();
        if (child == 0) {
            fc_store *store = t_open(path, 0);
            fc_writer *w = writer ? t_writer(store, 1) : NULL;

            close(end[1]);
            (void)!write(ready[1], "x", 1);
            (void)!read(end[0], &c, 1);
            fc__writer_close(w);
            fc_store_close(store);
            _exit(0);
        }
        assert_int_equal(read(ready[0], &c, 1), 1);
        assert_status(FC_E_BUSY, fc__store_compact(path, NULL, &report, &err), &err);
        close(end[1]);
        close(end[0]);
        close(ready[0]);
        close(ready[1]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    after = m_rows(path, true, true);
    m_assert_same_rows(&before, &after);
    assert_status(FC_OK, fc__store_compact(path, NULL, &report, &err), &err);
    free(path);
}

static void test_compact__is_refused_while_this_process_reads(void **state)
{
    char *path = fc_test_path("here");
    fc_error err = FC_ERROR_INIT;
    fc_compact_report report;
    fc_store *store;

    (void)state;
    m_fill(path, 10, 3);
    store = t_open(path, 0);
    assert_status(FC_E_BUSY, fc__store_compact(path, NULL, &report, &err), &err);
    fc_store_close(store);
    assert_status(FC_OK, fc__store_compact(path, NULL, &report, &err), &err);
    free(path);
}

/* Killed at any moment, the store has its rows, can be compacted again, and can be written. */
static void test_compact__survives_kill(void **state)
{
    char *path = fc_test_path("killed");
    fc_rng rng = fc__rng_seed(5);
    fc_error err = FC_ERROR_INIT;
    fc_compact_report report;
    unsigned killed = 0;
    fc_encoder_ids ids;
    m_sum before;
    fc_store *store;
    fc_writer *w;

    (void)state;
    m_fill(path, 100, 2);
    before = m_rows(path, false, true);
    for (int i = 0; i < 20; i++) {
        const pid_t child = fork();
        m_sum after;
        int status;

        if (child == 0) {
            while (fc__store_compact(path, NULL, &report, &err) == FC_OK)
                ;
            _exit(1);
        }
        usleep((useconds_t)(2000 + fc__rng_below(&rng, 60000)));
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        killed += WIFSIGNALED(status);
        after = m_rows(path, false, true);
        m_assert_same_rows(&before, &after);
        m_assert_sound(path, false);
    }
    assert_int_equal(killed, 20); /* none ended with an error of its own */
    assert_status(FC_OK, fc__store_compact(path, NULL, &report, &err), &err);
    store = t_open(path, 0);
    w = t_writer(store, 1);
    ids = t_encoder(w, "enc", 7);
    t_begin(w, "set", &ids);
    t_ingest_one(w, &ids, 101);
    t_commit(w);
    assert_int_equal(t_seal(w).n_samples, 101);
    fc__writer_close(w);
    fc_store_close(store);
    m_assert_sound(path, true);
    free(path);
}

/* A damaged store stays as it is, to the byte. */
static void test_compact__leaves_a_damaged_store_alone(void **state)
{
    char *path = fc_test_path("hurt"), *file;
    fc_error err = FC_ERROR_INIT;
    fc_compact_report report;
    uint8_t *a, *b;
    size_t n_a, n_b;

    (void)state;
    m_fill(path, 30, 3);
    m_flip(path, FC_TABLE_BLOCK, 0, 200);
    assert_true(asprintf(&file, "%s/data.mdb", path) > 0);
    a = fc_test_read_file(file, &n_a);
    assert_status(FC_E_CORRUPT, fc__store_compact(path, NULL, &report, &err), &err);
    b = fc_test_read_file(file, &n_b);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(a, b, n_a);
    free(a);
    free(b);
    free(file);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact__keeps_every_row_but_blocks),
        cmocka_unit_test(test_compact__is_refused_while_the_store_is_open),
        cmocka_unit_test(test_compact__is_refused_while_this_process_reads),
        cmocka_unit_test(test_compact__survives_kill),
        cmocka_unit_test(test_compact__leaves_a_damaged_store_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
