/*
 * Opening: whole or absent, what is refused and with which words, sharing inside a process, flags.
 */
#include "store_test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void test_open__makes_a_store_and_opens_it_again(void **state)
{
    char *path = fc_test_path("new"), *segments = fc_test_path("new/segments");
    fc_store *store = t_open(path, 0);
    fc_error err = FC_ERROR_INIT;
    uint8_t id[16];
    const char *folder;
    struct stat st;

    (void)state;
    assert_string_equal(fc_store_path(store), path);
    memcpy(id, fc__store_id(store), sizeof(id));
    assert_status(FC_OK, fc__store_segment_folder(store, &folder, &err), &err);
    assert_string_equal(folder, segments);
    assert_int_equal(stat(folder, &st), 0);
    fc_store_close(store);
    store = t_open(path, 0);
    assert_memory_equal(id, fc__store_id(store), sizeof(id));
    fc_store_close(store);
    free(path);
    free(segments);
}

static void test_open__an_empty_folder_becomes_a_store(void **state)
{
    char *path = fc_test_path("empty");

    (void)state;
    assert_int_equal(mkdir(path, 0777), 0);
    fc_store_close(t_open(path, 0));
    free(path);
}

static void expect(fc_status want, const char *name, uint32_t flags, const char *words)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    char *path = fc_test_path(name);
    fc_error err = FC_ERROR_INIT;
    fc_store *store = (fc_store *)(uintptr_t)1;

    opts.flags = flags;
    assert_status(want, fc_store_open(&store, path, &opts, &err), &err);
    assert_null(store);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
    free(path);
}

static void test_open__refuses_what_is_no_store(void **state)
{
    char *file = fc_test_path("file"), *folder = fc_test_path("folder"),
         *inside = fc_test_path("folder/x"), *fake = fc_test_path("fake"),
         *data = fc_test_path("fake/data.mdb");

    (void)state;
    fc_test_write_text(file, "hello");
    assert_int_equal(mkdir(folder, 0777), 0);
    fc_test_write_text(inside, "hello");
    assert_int_equal(mkdir(fake, 0777), 0);
    fc_test_write_text(data, "not a database at all");
    expect(FC_E_INVALID, "file", 0, "is a file");
    expect(FC_E_INVALID, "folder", 0, "something else");
    expect(FC_E_CORRUPT, "fake", 0, "truncated");
    expect(FC_E_NOT_FOUND, "nowhere", FC_STORE_READ_ONLY, "no store");
    expect(FC_E_NOT_FOUND, "nowhere", FC_STORE_MUST_EXIST, "no store");
    expect(FC_E_NOT_FOUND, "deep/nowhere", 0, "No such file");
    expect(FC_E_INVALID, "nowhere", 1u << 30, "unknown flags");
    free(file), free(folder), free(inside), free(fake), free(data);
}

static void test_open__refuses_another_struct_size(void **state)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    char *path = fc_test_path("size");
    fc_error err = FC_ERROR_INIT;
    fc_store *store;

    (void)state;
    opts.struct_size = 4;
    assert_status(FC_E_INVALID, fc_store_open(&store, path, &opts, &err), &err);
    opts.struct_size = sizeof(opts) + 8;
    assert_status(FC_E_INVALID, fc_store_open(&store, path, &opts, &err), &err);
    free(path);
}

/* Another LMDB environment is not taken for a store. */
static void test_open__refuses_a_foreign_environment(void **state)
{
    char *path = fc_test_path("foreign");
    fc_error err = FC_ERROR_INIT;
    MDB_env *mdb;

    (void)state;
    assert_int_equal(mkdir(path, 0777), 0);
    assert_status(FC_OK, fc__env_open_mdb(&mdb, path, 1 << 20, false, &err), &err);
    mdb_env_close(mdb);
    expect(FC_E_INVALID, "foreign", 0, "no featcache store");
    free(path);
}

/* Replace the row of `meta` of a closed store. */
static void write_meta(const char *path, uint32_t format, bool good_crc)
{
    fc_meta_row meta = {.format = format, .next_content = 1, .next_encoder = 1, .next_dataset = 1};
    const fc_key key = fc__key_meta();
    fc_buf value = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    MDB_val k = {key.n, (void *)(uintptr_t)key.bytes}, v;
    MDB_env *mdb;
    MDB_txn *txn;
    MDB_dbi dbi;

    assert_status(FC_OK, fc__meta_row_write(&meta, &value, &err), &err);
    if (!good_crc)
        value.data[30] ^= 1;
    assert_status(FC_OK, fc__env_open_mdb(&mdb, path, 1 << 26, false, &err), &err);
    assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &dbi), 0);
    v = (MDB_val){value.size, value.data};
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(mdb);
    fc_buf_dispose(&value);
}

static void test_open__refuses_a_newer_format_and_a_damaged_one(void **state)
{
    char *path = fc_test_path("newer");

    (void)state;
    fc_store_close(t_open(path, 0));
    write_meta(path, FC_STORE_FORMAT + 1, true);
    expect(FC_E_VERSION, "newer", 0, "use a newer one");
    write_meta(path, 0, true);
    expect(FC_E_CORRUPT, "newer", 0, "another layout");
    write_meta(path, FC_STORE_FORMAT, false);
    expect(FC_E_CORRUPT, "newer", 0, "checksum");
    write_meta(path, FC_STORE_FORMAT, true);
    fc_store_close(t_open(path, 0));
    free(path);
}

static void test_open__shares_one_environment_in_a_process(void **state)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    char *path = fc_test_path("shared"), *other = fc_test_path("./shared");
    fc_error err = FC_ERROR_INIT;
    fc_store *a = t_open(path, 0), *b, *c;
    fc_writer *w;

    (void)state;
    opts.flags = FC_STORE_READ_ONLY;
    assert_status(FC_OK, fc_store_open(&b, other, &opts, &err), &err);
    c = t_open(other, 0);
    assert_ptr_equal(a->env, b->env);
    assert_ptr_equal(a->env, c->env);
    assert_int_equal(a->env->refs, 3);
    assert_true(fc__store_is_read_only(b));
    assert_status(FC_E_INVALID, fc__writer_open(&w, b, NULL, &err), &err);
    fc_store_close(a);
    fc_store_close(b);
    fc__writer_close(t_writer(c, 1));
    fc_store_close(c);
    free(path), free(other);
}

/* WRITEMAP dies by SIGBUS on a full disk; NOSYNC and its kin lose what was acknowledged. */
static void test_open__flags_that_lose_data_are_never_set(void **state)
{
    const unsigned never = MDB_WRITEMAP | MDB_NOSYNC | MDB_NOMETASYNC | MDB_MAPASYNC | MDB_NOLOCK;
    char *path = fc_test_path("flags");
    fc_store *store = t_open(path, 0);
    unsigned flags;

    (void)state;
    assert_int_equal(mdb_env_get_flags(store->env->mdb, &flags), 0);
    assert_int_equal(flags & never, 0);
    assert_int_equal(flags & MDB_NOTLS, MDB_NOTLS);
    assert_int_equal(fc__env_flags(true) & never, 0);
    fc_store_close(store);
    free(path);
}

static void test_open__one_writer_at_a_time_and_says_who(void **state)
{
    char *path = fc_test_path("lock");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1), *second;
    fc_error err = FC_ERROR_INIT;
    char pid[32];

    (void)state;
    snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
    assert_status(FC_E_BUSY, fc__writer_open(&second, store, NULL, &err), &err);
    assert_non_null(strstr(err.message, pid));
    fc__writer_close(w);
    fc__writer_close(t_writer(store, 1));
    fc_store_close(store);
    free(path);
}

/* Many processes at once: one store, whole, and no temporary left. */
static void test_open__racing_creators_agree_on_one_store(void **state)
{
    char *path = fc_test_path("race");
    pid_t children[6];
    DIR *dir;
    const struct dirent *entry;

    (void)state;
    for (int i = 0; i < 6; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            fc_error err = FC_ERROR_INIT;
            fc_store *store;
            const fc_status st = fc_store_open(&store, path, NULL, &err);

            if (st != FC_OK)
                fprintf(stderr, "%s\n", err.message);
            fc_store_close(store);
            _exit(st == FC_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < 6; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    dir = opendir(fc_test_tmpdir());
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        assert_null(strstr(entry->d_name, ".race.tmp-"));
    closedir(dir);
    fc_store_close(t_open(path, 0));
    free(path);
}

/* A leftover of a process that died is removed by the next creator, once it is old enough. */
static void test_open__sweeps_the_leftovers_of_the_dead(void **state)
{
    char *path = fc_test_path("swept"), *left = fc_test_path(".swept.tmp-0123456789abcdef"),
         *inside = fc_test_path(".swept.tmp-0123456789abcdef/data.mdb"),
         *young = fc_test_path(".swept.tmp-0000000000000001");
    const struct timespec old[2] = {{1000, 0}, {1000, 0}};
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(left, 0777), 0);
    assert_int_equal(mkdir(young, 0777), 0);
    fc_test_write_text(inside, "x");
    assert_int_equal(utimensat(AT_FDCWD, left, old, 0), 0);
    fc_store_close(t_open(path, 0));
    assert_int_equal(stat(left, &st), -1);
    assert_int_equal(stat(young, &st), 0);
    free(path), free(left), free(inside), free(young);
}

static void test_open__a_store_opened_before_fork_is_refused_in_the_child(void **state)
{
    char *path = fc_test_path("forked");
    fc_store *store = t_open(path, 0);
    const pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        fc_error err = FC_ERROR_INIT;
        fc_snapshot *s;
        fc_store *again = NULL;
        bool good = fc_snapshot_begin(&s, store, &err) == FC_E_INVALID;

        good = good && fc_store_open(&again, path, NULL, &err) == FC_OK &&
               fc_snapshot_begin(&s, again, &err) == FC_OK;
        if (good) {
            fc_snapshot_end(s);
            fc_store_close(again);
        }
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fc_store_close(store);
    free(path);
}

static void test_open__names_of_data_sets_are_checked(void **state)
{
    char *path = fc_test_path("names");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    char longest[FC_DATASET_NAME_MAX + 2];
    const char *bad[] = {"", "a/b", "a@1", "a\nb", "\xFF", "a\x7F", longest};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    memset(longest, 'n', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(FC_E_INVALID, fc__writer_begin_dataset(w, bad[i], "", "", NULL, 0, &err),
                      &err);
    longest[FC_DATASET_NAME_MAX] = '\0';
    assert_status(FC_OK, fc__writer_begin_dataset(w, longest, "", "", NULL, 0, &err), &err);
    assert_status(FC_OK, fc__writer_begin_dataset(w, "h\xC3\xA9 x", "", "", NULL, 0, &err), &err);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open__makes_a_store_and_opens_it_again),
        cmocka_unit_test(test_open__an_empty_folder_becomes_a_store),
        cmocka_unit_test(test_open__refuses_what_is_no_store),
        cmocka_unit_test(test_open__refuses_another_struct_size),
        cmocka_unit_test(test_open__refuses_a_foreign_environment),
        cmocka_unit_test(test_open__refuses_a_newer_format_and_a_damaged_one),
        cmocka_unit_test(test_open__shares_one_environment_in_a_process),
        cmocka_unit_test(test_open__flags_that_lose_data_are_never_set),
        cmocka_unit_test(test_open__one_writer_at_a_time_and_says_who),
        cmocka_unit_test(test_open__racing_creators_agree_on_one_store),
        cmocka_unit_test(test_open__sweeps_the_leftovers_of_the_dead),
        cmocka_unit_test(test_open__a_store_opened_before_fork_is_refused_in_the_child),
        cmocka_unit_test(test_open__names_of_data_sets_are_checked),
    };

    return cmocka_run_group_tests_name("store open", tests, NULL, NULL);
}
