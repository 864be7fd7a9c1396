/*
 * Damage: truncated files, flipped bits under every table, rows that contradict each other. Always
 * a status with words that name the place; never a signal, never wrong data.
 */
#include "store_test.h"

#include <sys/stat.h>
#include <sys/wait.h>

#define N_SAMPLES 30

static fc_encoder_ids make_store(const char *path)
{
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    fc_error err = FC_ERROR_INIT;

    t_begin(w, "set", &ids);
    for (uint64_t i = 1; i <= N_SAMPLES; i++) {
        t_ingest_one(w, &ids, i);
        if (i % 10 == 0)
            t_commit(w);
    }
    assert_status(FC_OK, fc__writer_failure(w, "bad", 0, "reason", NULL, &err), &err);
    t_seal(w);
    fc__writer_close(w);
    fc_store_close(store);
    return ids;
}

static bool ignore_failure(void *context, const fc_failure *f)
{
    (void)context;
    (void)f;
    return false;
}

static bool ignore_holder(void *context, const fc_sample *sample)
{
    (void)context;
    (void)sample;
    return false;
}

/* Read everything that can be read; the first failure, or FC_OK. */
static fc_status read_all(fc_snapshot *s, fc_error *err)
{
    const fc_encoder_info *encoders;
    const fc_dataset_info *sets;
    const fc_sample *sample;
    fc_samples *it = NULL;
    fc_items *items = NULL;
    fc_item_batch batch;
    fc_live_segments live;
    size_t n, n_sets, n_items = 0, n_samples = 0;
    fc_status st = fc_snapshot_encoders(s, &encoders, &n, err);

    if (st == FC_OK)
        st = fc_snapshot_datasets(s, &sets, &n_sets, err);
    if (st == FC_OK)
        st = fc_snapshot_failures(s, NULL, ignore_failure, NULL, err);
    if (st == FC_OK)
        st = fc__snapshot_segments(s, "", 1, 1, &live, err);
    if (st != FC_OK)
        return st;
    fc__live_segments_dispose(&live);
    if (n != 1 || n_sets != 1 || sets[0].n_failures != 1)
        return fc_error_set(err, FC_E_CORRUPT, "rows are missing");
    st = fc_samples_open(&it, s, "set", 0, err);
    while (st == FC_OK && (st = fc_samples_next(it, &sample, err)) == FC_OK) {
        uint64_t content;
        fc_sha256 hash;

        n_samples++;
        memcpy(hash.bytes, sample->content_hash, sizeof(hash.bytes));
        st = fc__content_get(&s->txn, &hash, &content, err);
        if (st == FC_OK)
            st = fc__snapshot_holders(s, sample->content, NULL, 0, ignore_holder, NULL, err);
    }
    fc_samples_close(it);
    for (fc_output_id o = 1; st == FC_E_NOT_FOUND && o <= T_OUTPUTS; o++) {
        st = fc_items_open(&items, s, 1, o, err);
        while (st == FC_OK && (st = fc_items_next(items, &batch, err)) == FC_OK)
            n_items += batch.n_items;
        fc_items_close(items);
        items = NULL;
    }
    if (st != FC_E_NOT_FOUND)
        return st;
    return n_items == (size_t)N_SAMPLES * T_OUTPUTS && n_samples == N_SAMPLES
               ? FC_OK
               : fc_error_set(err, FC_E_CORRUPT, "%zu items, %zu samples", n_items, n_samples);
}

/* Every sample and item by its name, in a snapshot of its own: what is not found must not be a
 * difference that nobody is told of. */
static fc_status find_all(fc_snapshot *s, fc_error *err)
{
    fc_samples *it;
    const fc_sample *sample;
    fc_status st = fc_samples_open(&it, s, "set", 1, err);

    if (st != FC_OK)
        return st;
    for (uint64_t i = 1; st == FC_OK && i <= N_SAMPLES; i++) {
        const fc_sha256 hash = t_hash(i);
        uint64_t content = 0;
        char id[32];

        snprintf(id, sizeof(id), "s/%llu", (unsigned long long)i);
        st = fc_samples_find(it, id, &sample, err);
        if (st == FC_OK)
            st = fc__content_get(&s->txn, &hash, &content, err);
        if (st == FC_OK && content != sample->content)
            st = fc_error_set(err, FC_E_LIMIT, "another content");
        for (fc_output_id o = 1; st == FC_OK && o <= T_OUTPUTS; o++) {
            fc_tensor item = FC_TENSOR_INIT;

            st = fc_snapshot_get_item(s, 1, o, content, &item, err);
            fc_tensor_dispose(&item);
        }
    }
    fc_samples_close(it);
    return st;
}

static fc_status open_and_read(const char *path, fc_error *err)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_store *store = NULL;
    fc_snapshot *s = NULL;
    fc_status st;

    opts.flags = FC_STORE_READ_ONLY;
    st = fc_store_open(&store, path, &opts, err);
    if (st == FC_OK)
        st = fc_snapshot_begin(&s, store, err);
    if (st == FC_OK)
        st = find_all(s, err);
    if (st != FC_OK && st != FC_E_CORRUPT) /* missing without a word */
        fprintf(stderr, "found less than there is: %d\n", (int)st);
    fc_snapshot_end(s);
    s = NULL;
    if (st == FC_OK)
        st = fc_snapshot_begin(&s, store, err);
    if (st == FC_OK)
        st = read_all(s, err);
    fc_snapshot_end(s);
    fc_store_close(store);
    return st;
}

/* In a child, so that a signal is a failed test and not the end of all tests. */
static int status_in_child(const char *path)
{
    const pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        fc_error err = FC_ERROR_INIT;

        alarm(20);
        _exit(-(int)open_and_read(path, &err));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        fail_msg("signal %d", WTERMSIG(status));
    return -WEXITSTATUS(status);
}

static void test_damage__a_truncated_file_is_a_clean_error(void **state)
{
    char *path = fc_test_path("truncated"), *data = fc_test_path("truncated/data.mdb");
    fc_rng rng = fc__rng_seed(1);
    uint8_t *whole;
    size_t size;

    (void)state;
    make_store(path);
    assert_int_equal(status_in_child(path), FC_OK);
    whole = fc_test_read_file(data, &size);
    for (int i = 0; i < 200; i++) {
        const size_t cut = i < 4 ? (size_t)i * 4096 : (size_t)fc__rng_below(&rng, size);

        fc_test_write_file(data, whole, cut);
        assert_int_equal(status_in_child(path), FC_E_CORRUPT);
    }
    fc_test_write_file(data, whole, size);
    assert_int_equal(status_in_child(path), FC_OK);
    free(whole), free(path), free(data);
}

/* Pages at the end that nothing uses may be missing: LMDB leaves them unwritten. */
static void test_damage__a_missing_tail_of_free_pages_is_none(void **state)
{
    char *path = fc_test_path("tail"), *data = fc_test_path("tail/data.mdb");
    fc_error err = FC_ERROR_INIT;
    struct stat before, after;
    fc_store *store;
    MDB_txn *txn;
    MDB_dbi dbi;

    (void)state;
    make_store(path);
    store = t_open(path, 0);
    /* Put and delete in one transaction: the pages are counted and never written. */
    assert_int_equal(mdb_txn_begin(store->env->mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "space", 0, &dbi), 0);
    for (int i = 0; i < 2000; i++) {
        uint8_t value[900] = {1};
        MDB_val k = {sizeof(i), &i}, v = {sizeof(value), value};

        assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
    }
    for (int i = 0; i < 2000; i++) {
        MDB_val k = {sizeof(i), &i};

        assert_int_equal(mdb_del(txn, dbi, &k, NULL), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_int_equal(stat(data, &before), 0);
    {
        MDB_envinfo info;

        mdb_env_info(store->env->mdb, &info);
        if ((uint64_t)before.st_size >= (info.me_last_pgno + 1) * 4096)
            fc_test_skip("this LMDB writes all pages");
    }
    fc_store_close(store);
    assert_int_equal(status_in_child(path), FC_OK);
    /* A commit of ours makes the file as long as it says. */
    store = t_open(path, 0);
    assert_status(
        FC_OK, fc__store_switch_segments(store, "", 9, 9, &(fc_live_segments){.n = 0}, &err), &err);
    assert_int_equal(stat(data, &after), 0);
    assert_true(after.st_size > before.st_size);
    fc_store_close(store);
    free(path), free(data);
}

/* Flip a bit in the middle of each row's value of a table, through LMDB, one row at a time. */
static size_t flip_rows(const char *path, fc_table table, size_t limit)
{
    fc_error err = FC_ERROR_INIT;
    fc_store *store = t_open(path, 0);
    fc_txn t;
    fc_cursor c;
    fc_span key, value;
    size_t n = 0;
    fc_key *keys = calloc(limit, sizeof(*keys));
    fc_status st;

    assert_non_null(keys);
    assert_status(FC_OK, fc__txn_begin(&t, store->env, false, &err), &err);
    assert_status(FC_OK, fc__cursor_open(&c, &t, table, &err), &err);
    for (st = fc__cursor_seek(&c, &(fc_key){.n = 1}, &key, &value, &err); st == FC_OK && n < limit;
         st = fc__cursor_next(&c, &key, &value, &err)) {
        keys[n].n = key.n;
        memcpy(keys[n++].bytes, key.data, key.n);
    }
    fc__cursor_close(&c);
    fc__txn_end(&t);
    fc_store_close(store);
    for (size_t i = 0; i < n; i++)
        for (int place = 0; place < 3; place++) {
            MDB_env *mdb;
            MDB_txn *txn;
            MDB_dbi dbi;
            MDB_val k = {keys[i].n, keys[i].bytes}, v;
            uint8_t *copy;
            size_t at;

            assert_status(FC_OK, fc__env_open_mdb(&mdb, path, 1 << 28, false, &err), &err);
            assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
            assert_int_equal(mdb_dbi_open(txn, fc__table_name(table), 0, &dbi), 0);
            assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
            copy = malloc(v.mv_size);
            assert_non_null(copy);
            memcpy(copy, v.mv_data, v.mv_size);
            at = place == 0 ? 0 : place == 1 ? v.mv_size / 2 : v.mv_size - 1;
            /* A block's own last checksum is compared by verify, not by every read. */
            if (table == FC_TABLE_BLOCK && place == 2)
                at = v.mv_size - 5;
            copy[at] ^= 0x10;
            v.mv_data = copy;
            assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
            assert_int_equal(mdb_txn_commit(txn), 0);
            mdb_env_close(mdb);
            if (status_in_child(path) != FC_E_CORRUPT) {
                char text[FC_KEY_TEXT_BYTES];

                fail_msg("%s: a flip at %zu of %zu went unseen",
                         fc__key_text(table, fc__key_span(&keys[i]), text), at, v.mv_size);
            }
            copy[at] ^= 0x10;
            assert_status(FC_OK, fc__env_open_mdb(&mdb, path, 1 << 28, false, &err), &err);
            assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
            assert_int_equal(mdb_dbi_open(txn, fc__table_name(table), 0, &dbi), 0);
            assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
            assert_int_equal(mdb_txn_commit(txn), 0);
            mdb_env_close(mdb);
            free(copy);
        }
    assert_int_equal(status_in_child(path), FC_OK);
    free(keys);
    return n;
}

static void test_damage__a_flipped_bit_in_any_table_is_seen(void **state)
{
    char *path = fc_test_path("flipped");
    fc_store *store;
    fc_error err = FC_ERROR_INIT;
    char hashes[1][33] = {"0123456789abcdef0123456789abcdef"};

    (void)state;
    make_store(path);
    store = t_open(path, 0);
    assert_status(FC_OK,
                  fc__store_switch_segments(store, "", 1, 1,
                                            &(fc_live_segments){1, hashes, NULL, 0, 1}, &err),
                  &err);
    fc_store_close(store);
    assert_int_equal(flip_rows(path, FC_TABLE_META, 10), 1);
    assert_int_equal(flip_rows(path, FC_TABLE_CONTENT, 5), 5);
    assert_true(flip_rows(path, FC_TABLE_BLOCK, 6) == 6);
    assert_int_equal(flip_rows(path, FC_TABLE_ENCODER, 10), 1);
    assert_int_equal(flip_rows(path, FC_TABLE_DATASET, 10), 2);
    assert_int_equal(flip_rows(path, FC_TABLE_SAMPLE, 5), 5);
    assert_int_equal(flip_rows(path, FC_TABLE_HOLDER, 5), 5);
    assert_int_equal(flip_rows(path, FC_TABLE_FAILURE, 5), 1);
    assert_int_equal(flip_rows(path, FC_TABLE_SEGMENT, 5), 1);
    free(path);
}

/* A page of rows, or of the way to them: where a flipped bit hits hardest. */
static size_t tree_page(const uint8_t *whole, size_t size, fc_rng *rng)
{
    for (;;) {
        const size_t page = 2 + (size_t)fc__rng_below(rng, size / 4096 - 2);
        uint64_t number;
        uint16_t flags;

        memcpy(&number, whole + page * 4096, sizeof(number));
        memcpy(&flags, whole + page * 4096 + 10, sizeof(flags));
        if (number == page && (flags == 1 || flags == 2))
            return page;
    }
}

/* Bits of the file itself, anywhere: the same data, or a clean error. Without the guard, some of
 * these end in a signal and some in rows that are not found. */
static void test_damage__random_bits_of_the_file(void **state)
{
    char *path = fc_test_path("bits"), *data = fc_test_path("bits/data.mdb");
    fc_rng rng = fc__rng_seed(2);
    int n_seen = 0;
    uint8_t *whole;
    size_t size;

    (void)state;
    make_store(path);
    whole = fc_test_read_file(data, &size);
    for (int i = 0; i < 400; i++) {
        const size_t at = i % 4 == 0 ? (size_t)fc__rng_below(&rng, size)
                                     : tree_page(whole, size, &rng) * 4096 +
                                           (size_t)fc__rng_below(&rng, i % 2 == 0 ? 64 : 4096);
        const uint8_t bit = (uint8_t)(1u << fc__rng_below(&rng, 8));
        const int fd = open(data, O_WRONLY);
        uint8_t byte = whole[at] ^ bit;
        int st;

        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        st = status_in_child(path);
        assert_true(st == FC_OK || st == FC_E_CORRUPT || st == FC_E_VERSION);
        n_seen += st != FC_OK;
        byte = whole[at];
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        close(fd);
    }
    assert_true(n_seen > 20);
    free(whole), free(path), free(data);
}

/* A block stored under another key fails by its seed. */
static void test_damage__an_exchanged_block_is_seen(void **state)
{
    char *path = fc_test_path("exchanged");
    fc_store *store;
    fc_snapshot *s;
    fc_error err = FC_ERROR_INIT;
    fc_items *it;
    fc_item_batch batch;
    fc_key from = fc__key_block(1, 1, 1, 0), to = fc__key_block(2, 1, 1, 0);
    fc_span value;
    fc_txn t;
    fc_writer *w;
    fc_encoder_ids ids;
    fc_buf copy = FC_BUF_INIT;
    fc_edits edits = FC_EDITS_INIT;

    (void)state;
    make_store(path);
    store = t_open(path, 0);
    w = t_writer(store, 1);
    ids = t_encoder(w, "enc", 2); /* the same layout, another version */
    assert_int_equal(ids.version, 2);
    fc__writer_close(w);
    assert_status(FC_OK, fc__txn_begin(&t, store->env, false, &err), &err);
    assert_status(FC_OK, fc__row_get(&t, FC_TABLE_BLOCK, &from, &value, &err), &err);
    assert_status(FC_OK, fc_buf_append(&copy, value.data, value.n, &err), &err);
    fc__txn_end(&t);
    assert_status(FC_OK, fc__row_seal(FC_TABLE_BLOCK, &to, &copy, &err), &err);
    assert_status(FC_OK, fc__edits_put(&edits, FC_TABLE_BLOCK, &to, &copy, &err), &err);
    assert_status(FC_OK, fc__edits_apply(&edits, store->env, &err), &err);
    s = t_snapshot(store);
    assert_status(FC_OK, fc_items_open(&it, s, 2, 1, &err), &err);
    assert_status(FC_E_CORRUPT, fc_items_next(it, &batch, &err), &err);
    assert_non_null(strstr(err.message, "block of encoder version 2, output 1, content 1"));
    fc_items_close(it);
    fc_snapshot_end(s);
    fc__edits_dispose(&edits);
    fc_buf_dispose(&copy);
    fc_store_close(store);
    free(path);
}

/* Two ids with one hash: the second is refused, not taken for the first. */
static void test_damage__ids_that_collide_are_refused(void **state)
{
    char *path = fc_test_path("collide");
    fc_store *store;
    fc_writer *w;
    fc_encoder_ids ids;
    fc_error err = FC_ERROR_INIT;
    fc_edits edits = FC_EDITS_INIT;
    fc_buf value = FC_BUF_INIT;
    uint8_t hash[16];
    fc_key key;
    fc_txn t;
    fc_span found;
    fc_sample_record r;

    (void)state;
    make_store(path);
    store = t_open(path, 0);
    /* The row of "s/1", put under the hash that "victim" has. */
    fc__sample_id_hash("s/1", hash);
    key = fc__key_sample(1, hash, 1);
    assert_status(FC_OK, fc__txn_begin(&t, store->env, false, &err), &err);
    assert_status(FC_OK, fc__row_get(&t, FC_TABLE_SAMPLE, &key, &found, &err), &err);
    assert_status(FC_OK, fc__sample_read(&r, fc__key_span(&key), found, &err), &err);
    fc__sample_id_hash("victim", hash);
    key = fc__key_sample(1, hash, 1);
    assert_status(FC_OK, fc__sample_write(&r, &key, &value, &err), &err);
    fc__txn_end(&t);
    assert_status(FC_OK, fc__edits_put(&edits, FC_TABLE_SAMPLE, &key, &value, &err), &err);
    assert_status(FC_OK, fc__edits_apply(&edits, store->env, &err), &err);
    w = t_writer(store, 1);
    ids = t_encoder(w, "enc", 1);
    t_begin(w, "set", &ids);
    t_put_sample(w, "victim", 5, t_content(w, 5), "");
    assert_status(FC_E_UNSUPPORTED, fc__writer_commit(w, &err), &err);
    assert_non_null(strstr(err.message, "'s/1' and 'victim'"));
    fc__writer_close(w);
    fc__edits_dispose(&edits);
    fc_buf_dispose(&value);
    fc_store_close(store);
    free(path);
}

/* Of an item in three chunks, lose one. */
static void test_damage__a_lost_chunk_is_seen(void **state)
{
    char *path = fc_test_path("chunks");
    fc_store *store;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    make_store(path);
    for (uint32_t lost = 0; lost < 3; lost++) {
        fc_edits edits = FC_EDITS_INIT;
        const fc_key key = fc__key_block(1, 4, 11, lost); /* content 11 has 300 rows of 2 KiB */
        fc_buf copy = FC_BUF_INIT;
        fc_tensor item = FC_TENSOR_INIT;
        fc_span value;
        fc_snapshot *s;
        fc_status st;
        fc_txn t;

        store = t_open(path, 0);
        assert_status(FC_OK, fc__txn_begin(&t, store->env, false, &err), &err);
        assert_status(FC_OK, fc__row_get(&t, FC_TABLE_BLOCK, &key, &value, &err), &err);
        assert_status(FC_OK, fc_buf_append(&copy, value.data, value.n + 4, &err), &err);
        fc__txn_end(&t);
        assert_status(FC_OK, fc__edits_delete(&edits, FC_TABLE_BLOCK, &key, &err), &err);
        assert_status(FC_OK, fc__edits_apply(&edits, store->env, &err), &err);
        s = t_snapshot(store);
        st = fc_snapshot_get_item(s, 1, 4, 11, &item, &err);
        assert_status(FC_E_CORRUPT, st, &err);
        assert_non_null(strstr(err.message, "missing"));
        assert_status(FC_E_CORRUPT, read_all(s, &err), &err);
        fc_snapshot_end(s);
        fc__edits_clear(&edits);
        assert_status(FC_OK, fc__edits_put(&edits, FC_TABLE_BLOCK, &key, &copy, &err), &err);
        assert_status(FC_OK, fc__edits_apply(&edits, store->env, &err), &err);
        s = t_snapshot(store);
        assert_status(FC_OK, read_all(s, &err), &err);
        fc_snapshot_end(s);
        fc__edits_dispose(&edits);
        fc_buf_dispose(&copy);
        fc_store_close(store);
    }
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage__a_truncated_file_is_a_clean_error),
        cmocka_unit_test(test_damage__a_missing_tail_of_free_pages_is_none),
        cmocka_unit_test(test_damage__a_flipped_bit_in_any_table_is_seen),
        cmocka_unit_test(test_damage__random_bits_of_the_file),
        cmocka_unit_test(test_damage__an_exchanged_block_is_seen),
        cmocka_unit_test(test_damage__ids_that_collide_are_refused),
        cmocka_unit_test(test_damage__a_lost_chunk_is_seen),
    };

    return cmocka_run_group_tests_name("store damage", tests, NULL, NULL);
}
