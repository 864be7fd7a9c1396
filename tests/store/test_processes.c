/*
 * Several processes and threads on one store: growth of the map, one sealed version for a reader
 * throughout, readers that are killed, writers that are killed.
 */
#include "store_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static uint64_t map_bytes(fc_store *store)
{
    MDB_envinfo info;

    mdb_env_info(store->env->mdb, &info);
    return info.me_mapsize;
}

/* 40 commits of 64 items of 2,800 bytes that do not compress: about 7 MB through a map of 1 MiB. */
static void write_much(fc_store *store, uint64_t from)
{
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);

    for (uint64_t i = from; i < from + 2560; i++) {
        t_put_item(w, &ids, 4, i, t_content(w, i));
        if (i % 64 == 0)
            t_commit(w);
    }
    t_commit(w);
    fc__writer_close(w);
}

static size_t count_items(fc_store *store)
{
    fc_snapshot *s = t_snapshot(store);
    fc_error err = FC_ERROR_INIT;
    fc_items *it;
    fc_item_batch batch;
    size_t n = 0;
    fc_status st;

    assert_status(FC_OK, fc_items_open(&it, s, 1, 5, &err), &err);
    while ((st = fc_items_next(it, &batch, &err)) == FC_OK)
        n += batch.n_items;
    assert_status(FC_E_NOT_FOUND, st, &err);
    fc_items_close(it);
    fc_snapshot_end(s);
    return n;
}

static void test_processes__a_full_map_grows_and_nothing_is_lost(void **state)
{
    char *path = fc_test_path("grow");
    fc_store *store = t_open(path, 1 << 20);

    (void)state;
    assert_int_equal(map_bytes(store), 1 << 20);
    write_much(store, 1);
    assert_true(map_bytes(store) > 6u << 20);
    assert_int_equal(count_items(store), 2560);
    fc_store_close(store);
    store = t_open(path, 1 << 20); /* never smaller than what is there */
    assert_int_equal(count_items(store), 2560);
    fc_store_close(store);
    free(path);
}

/* A snapshot held by the same thread cannot be waited for: a clear error, and no damage. */
static void test_processes__growth_does_not_wait_for_ever(void **state)
{
    char *path = fc_test_path("held");
    fc_store *store = t_open(path, 1 << 20);
    fc_snapshot *s = t_snapshot(store);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    fc_error err = FC_ERROR_INIT;
    fc_status st;
    size_t n = 0;

    (void)state;
    for (uint64_t i = 1; i <= 1024; i++)
        t_put_item(w, &ids, 4, i, t_content(w, i));
    st = fc__writer_commit(w, &err);
    assert_status(FC_E_FULL, st, &err);
    assert_non_null(strstr(err.message, "snapshots"));
    assert_status(FC_E_FULL, fc__writer_commit(w, &err), &err); /* this writer is done */
    fc__writer_close(w);
    fc_snapshot_end(s);
    write_much(store, 1);
    n = count_items(store);
    assert_int_equal(n, 2560);
    fc_store_close(store);
    free(path);
}

/* The parent has the store open with a small map while a child makes it grow. */
static void test_processes__follows_a_map_that_another_process_has_grown(void **state)
{
    char *path = fc_test_path("resized");
    fc_store *store;
    int status, ready[2], go[2];
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    child = fork(); /* before anybody opens */
    assert_true(child >= 0);
    if (child == 0) {
        if (read(go[0], &byte, 1) != 1)
            _exit(2);
        store = t_open(path, 1 << 20);
        write_much(store, 1);
        fc_store_close(store);
        _exit(write(ready[1], "x", 1) == 1 ? 0 : 3);
    }
    store = t_open(path, 1 << 20);
    fc_snapshot_end(t_snapshot(store));
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(map_bytes(store), 1 << 20);
    assert_int_equal(count_items(store), 2560); /* MDB_MAP_RESIZED on the way */
    assert_true(map_bytes(store) > 6u << 20);
    write_much(store, 10000);
    assert_int_equal(count_items(store), 5120);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fc_store_close(store);
    free(path);
}

#define ROUNDS 12

/* What a reader sees of one data set: all of one sealed version, whatever goes on beside. */
static void check_one_state(fc_snapshot *s)
{
    const fc_dataset_info *d;
    const fc_dataset_version *v;
    fc_error err = FC_ERROR_INIT;
    const fc_sample *sample;
    fc_samples *it;
    uint64_t n = 0;
    fc_status st = fc_snapshot_find_dataset(s, "set", &d, &v, &err);

    if (st == FC_E_NOT_FOUND)
        return;
    assert_status(FC_OK, st, &err);
    assert_int_equal(v->n_samples, v->number * 8); /* each seal adds eight */
    for (size_t i = 0; i < v->n_coverage; i++)
        assert_int_equal(v->coverage[i].count, v->n_samples);
    assert_status(FC_OK, fc_samples_open(&it, s, "set", 0, &err), &err);
    while ((st = fc_samples_next(it, &sample, &err)) == FC_OK) {
        fc_tensor item = FC_TENSOR_INIT;

        assert_status(FC_OK, fc_snapshot_get_item(s, 1, 1, sample->content, &item, &err), &err);
        fc_tensor_dispose(&item);
        n++;
    }
    assert_status(FC_E_NOT_FOUND, st, &err);
    assert_int_equal(n, v->n_samples);
    fc_samples_close(it);
}

static void test_processes__readers_see_one_sealed_version_throughout(void **state)
{
    char *path = fc_test_path("readers"), *stop = fc_test_path("readers-stop");
    pid_t children[3];
    fc_store *store;
    fc_writer *w;
    fc_encoder_ids ids;
    struct stat st;

    (void)state;
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] != 0)
            continue;
        store = t_open(path, 1 << 20);
        while (stat(stop, &st) != 0) {
            fc_snapshot *s = t_snapshot(store);
            const uint64_t generation = fc_snapshot_generation(s);

            check_one_state(s);
            usleep(500);
            check_one_state(s);
            assert_int_equal(fc_snapshot_generation(s), generation);
            fc_snapshot_end(s);
        }
        fc_store_close(store);
        _exit(0);
    }
    store = t_open(path, 1 << 20);
    w = t_writer(store, 2);
    ids = t_encoder(w, "enc", 1);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        t_begin(w, "set", &ids);
        for (uint64_t i = 0; i < 8; i++) {
            t_ingest_one(w, &ids, round * 8 + i + 1);
            t_commit(w);
        }
        t_seal(w);
    }
    fc_test_write_text(stop, "");
    for (int i = 0; i < 3; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    fc__writer_close(w);
    fc_store_close(store);
    free(path), free(stop);
}

static void rewrite_tail(fc_store *store, int times, uint64_t from)
{
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);

    for (int i = 0; i < times; i++) {
        t_put_item(w, &ids, 4, from + (uint64_t)i, t_content(w, from + (uint64_t)i));
        t_commit(w);
    }
    fc__writer_close(w);
}

/* A killed reader's slot is cleared by the next commit: the file does not grow for it. */
static void test_processes__a_killed_reader_pins_nothing(void **state)
{
    char *path = fc_test_path("killed"), *data = fc_test_path("killed/data.mdb");
    fc_store *store;
    int ready[2], status;
    struct stat before, after;
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        while (access(data, R_OK) != 0)
            usleep(1000);
        store = t_open(path, 0);
        (void)t_snapshot(store);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    store = t_open(path, 0);
    rewrite_tail(store, 5, 1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    rewrite_tail(store, 5, 100);
    assert_int_equal(stat(data, &before), 0);
    rewrite_tail(store, 60, 200); /* each rewrites a block of up to 256 KiB */
    assert_int_equal(stat(data, &after), 0);
    /* 60 items are 170 KB; pinned, the file would take each rewrite: some 6 MB. */
    assert_in_range(after.st_size - before.st_size, 0, 2 << 20);
    fc_store_close(store);
    free(path), free(data);
}

/* kill -9 at random moments: what was acknowledged is there, the lock is free, the rest resumes. */
static void test_processes__a_killed_writer_loses_nothing_it_acknowledged(void **state)
{
    char *path = fc_test_path("crash");
    fc_rng rng = fc__rng_seed(5);
    uint64_t acknowledged = 0;

    (void)state;
    for (int round = 0; round < 12; round++) {
        int acks[2], status;
        uint64_t i;
        pid_t child;

        assert_int_equal(pipe(acks), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            fc_store *store = t_open(path, 1 << 20);
            fc_writer *w = t_writer(store, 1);
            const fc_encoder_ids ids = t_encoder(w, "enc", 1);

            t_begin(w, "set", &ids);
            for (i = acknowledged + 1;; i++) {
                t_ingest_one(w, &ids, i);
                t_commit(w);
                if (write(acks[1], &i, sizeof(i)) != (ssize_t)sizeof(i))
                    _exit(1);
            }
        }
        close(acks[1]);
        usleep((useconds_t)(3000 + fc__rng_below(&rng, 60000)));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        while (read(acks[0], &i, sizeof(i)) == (ssize_t)sizeof(i))
            acknowledged = i;
        close(acks[0]);
    }
    {
        fc_store *store = t_open(path, 1 << 20);
        fc_writer *w = t_writer(store, 1);
        const fc_encoder_ids ids = t_encoder(w, "enc", 1);
        fc_seal_result r;
        fc_snapshot *s;
        const fc_dataset_info *d;
        const fc_dataset_version *v;
        fc_error err = FC_ERROR_INIT;

        assert_true(acknowledged > 0);
        t_begin(w, "set", &ids);
        r = t_seal(w);
        /* One more may have been committed and not yet acknowledged. */
        assert_in_range(r.n_samples, acknowledged, acknowledged + 1);
        fc__writer_close(w);
        s = t_snapshot(store);
        assert_status(FC_OK, fc_snapshot_find_dataset(s, "set", &d, &v, &err), &err);
        for (size_t i = 0; i < v->n_coverage; i++)
            assert_int_equal(v->coverage[i].count, r.n_samples);
        fc_snapshot_end(s);
        fc_store_close(store);
    }
    free(path);
}

static void *read_in_thread(void *store)
{
    for (int i = 0; i < 200; i++) {
        fc_snapshot *s = t_snapshot(store);

        check_one_state(s);
        fc_snapshot_end(s);
    }
    return NULL;
}

/* Threads of one process read while it writes and its map grows. */
static void test_processes__threads_read_while_the_map_grows(void **state)
{
    char *path = fc_test_path("threads");
    fc_store *store = t_open(path, 1 << 20);
    fc_writer *w = t_writer(store, 2);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    pthread_t threads[2];

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_thread, store), 0);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        t_begin(w, "set", &ids);
        for (uint64_t i = 0; i < 8; i++)
            t_ingest_one(w, &ids, round * 8 + i + 1);
        t_seal(w);
        for (uint64_t i = 0; i < 64; i++)
            t_put_item(w, &ids, 4, 1000 + round * 64 + i, t_content(w, 1000 + round * 64 + i));
        t_commit(w);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(map_bytes(store) > 1 << 20);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes__a_full_map_grows_and_nothing_is_lost),
        cmocka_unit_test(test_processes__growth_does_not_wait_for_ever),
        cmocka_unit_test(test_processes__follows_a_map_that_another_process_has_grown),
        cmocka_unit_test(test_processes__readers_see_one_sealed_version_throughout),
        cmocka_unit_test(test_processes__a_killed_reader_pins_nothing),
        cmocka_unit_test(test_processes__a_killed_writer_loses_nothing_it_acknowledged),
        cmocka_unit_test(test_processes__threads_read_while_the_map_grows),
    };

    return cmocka_run_group_tests_name("store processes", tests, NULL, NULL);
}
