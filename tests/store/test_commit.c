/*
 * Commits: the same digests however the work is cut, precision and outputs of an encoder version,
 * the failure ledger, removal, and what a writer refuses.
 */
#include "store_test.h"

#define N_SAMPLES 120

typedef struct totals {
    uint64_t n_samples, n_items, n_blocks;
    char samples[33];
    char outputs[T_OUTPUTS][33];
    uint64_t counts[T_OUTPUTS];
} totals;

static totals read_totals(fc_store *store, const fc_encoder_ids *ids)
{
    fc_snapshot *s = t_snapshot(store);
    const fc_dataset_info *d;
    const fc_dataset_version *v;
    fc_error err = FC_ERROR_INIT;
    totals t = {.n_items = 0};

    assert_status(FC_OK, fc_snapshot_find_dataset(s, "set", &d, &v, &err), &err);
    t.n_samples = v->n_samples;
    memcpy(t.samples, v->digest, sizeof(t.samples));
    assert_int_equal(v->n_coverage, T_OUTPUTS);
    for (int o = 0; o < T_OUTPUTS; o++) {
        const fc_output_info *info;
        fc_blocks b;
        fc_status st;

        memcpy(t.outputs[o], v->coverage[o].digest, sizeof(t.outputs[o]));
        t.counts[o] = v->coverage[o].count;
        assert_true(v->coverage[o].sealed);
        assert_status(FC_OK, fc__snapshot_output(s, ids->version, ids->outputs[o], &info, &err),
                      &err);
        assert_status(FC_OK, fc__blocks_open(&b, &s->txn, ids->version, info, &err), &err);
        for (st = fc__blocks_seek_from(&b, 0, &err); st == FC_OK; st = fc__blocks_next(&b, &err)) {
            t.n_blocks++;
            t.n_items += fc__block_n_items(b.view);
        }
        assert_status(FC_E_NOT_FOUND, st, &err);
        fc__blocks_close(&b);
    }
    fc_snapshot_end(s);
    return t;
}

/* N_SAMPLES in commits of `step`, in an order that `seed` gives, a new writer every `reopen`. */
static totals ingest(const char *name, size_t step, uint64_t seed, size_t reopen, uint32_t threads,
                     bool seal_each)
{
    char *path = fc_test_path(name);
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, threads);
    fc_encoder_ids ids = t_encoder(w, "enc", 7);
    uint64_t order[N_SAMPLES];
    fc_rng rng = fc__rng_seed(seed);
    totals t;

    for (size_t i = 0; i < N_SAMPLES; i++)
        order[i] = i + 1;
    for (size_t i = N_SAMPLES; seed != 0 && i > 1; i--) {
        const size_t k = (size_t)fc__rng_below(&rng, i);
        const uint64_t a = order[i - 1];

        order[i - 1] = order[k];
        order[k] = a;
    }
    t_begin(w, "set", &ids);
    for (size_t i = 0; i < N_SAMPLES; i++) {
        t_ingest_one(w, &ids, order[i]);
        if ((i + 1) % step == 0)
            t_commit(w);
        if (reopen != 0 && (i + 1) % reopen == 0) {
            t_commit(w);
            if (seal_each)
                t_seal(w);
            fc__writer_close(w);
            w = t_writer(store, threads);
            ids = t_encoder(w, "enc", 7);
            t_begin(w, "set", &ids);
        }
    }
    t_seal(w);
    fc__writer_close(w);
    t = read_totals(store, &ids);
    fc_store_close(store);
    free(path);
    return t;
}

static void assert_same(const totals *a, const totals *b)
{
    assert_int_equal(a->n_samples, N_SAMPLES);
    assert_int_equal(b->n_samples, N_SAMPLES);
    assert_int_equal(a->n_items, b->n_items);
    assert_string_equal(a->samples, b->samples);
    for (int o = 0; o < T_OUTPUTS; o++) {
        assert_int_equal(a->counts[o], N_SAMPLES);
        assert_int_equal(b->counts[o], N_SAMPLES);
        assert_string_equal(a->outputs[o], b->outputs[o]);
    }
}

static void test_commit__digests_do_not_depend_on_how_the_work_is_cut(void **state)
{
    const totals one = ingest("one", N_SAMPLES, 0, 0, 1, false);
    const totals single = ingest("single", 1, 0, 0, 1, false);
    const totals shuffled = ingest("shuffled", 7, 99, 0, 3, false);
    const totals resumed = ingest("resumed", 5, 3, 20, 2, false);
    const totals sealed = ingest("sealed", 5, 4, 10, 1, true);

    (void)state;
    assert_same(&one, &single);
    assert_same(&one, &shuffled);
    assert_same(&one, &resumed);
    assert_same(&one, &sealed);
    /* One item more or less must show. */
    assert_string_not_equal(one.outputs[0], one.outputs[1]);
    /* The open tail is rewritten, so that single commits do not leave crumbs. */
    assert_in_range(single.n_blocks, one.n_blocks, one.n_blocks + T_OUTPUTS);
}

/* Contents numbered first and stored from the last to the first: the next block comes along. */
static void test_commit__descending_content_numbers_make_no_crumbs(void **state)
{
    char *path = fc_test_path("descending");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 7);
    uint64_t contents[N_SAMPLES], *stored;
    size_t n_blocks = 0, n;
    const fc_output_info *info;
    fc_error err = FC_ERROR_INIT;
    fc_blocks b;
    fc_snapshot *s;

    (void)state;
    for (uint64_t i = 0; i < N_SAMPLES; i++)
        contents[i] = t_content(w, i);
    t_commit(w);
    for (uint64_t i = N_SAMPLES; i > 0; i--) {
        t_put_item(w, &ids, 4, i - 1, contents[i - 1]);
        t_commit(w);
    }
    s = t_snapshot(store);
    assert_status(FC_OK, fc__snapshot_output(s, ids.version, ids.outputs[4], &info, &err), &err);
    assert_status(FC_OK, fc__blocks_open(&b, &s->txn, ids.version, info, &err), &err);
    for (fc_status st = fc__blocks_seek_from(&b, 0, &err); st == FC_OK;
         st = fc__blocks_next(&b, &err))
        n_blocks++;
    /* 120 items of 2,800 bytes are 1.3 blocks. */
    assert_in_range(n_blocks, 2, 3);
    fc__blocks_close(&b);
    assert_status(
        FC_OK, fc__snapshot_item_contents(s, ids.version, ids.outputs[4], &stored, &n, &err), &err);
    assert_int_equal(n, N_SAMPLES);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(stored[i], contents[i]);
    free(stored);
    fc_snapshot_end(s);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static void test_commit__the_error_of_a_lossy_precision_adds_up(void **state)
{
    char *path = fc_test_path("errors");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 7);
    fc_quant_error want = {0, 0, 0, 0}, got = {0, 0, 0, 0}, e;
    const fc_output_info *info;
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_blocks b;
    fc_snapshot *s;

    (void)state;
    for (uint64_t i = 1; i <= 50; i++) {
        t_put_item(w, &ids, 0, i, t_content(w, i));
        t_item(i, 0, ids.version, &bytes, NULL, &e);
        want.sum_squared_error += e.sum_squared_error;
        want.sum_squared += e.sum_squared;
        want.n_elements += e.n_elements;
        t_commit(w);
    }
    s = t_snapshot(store);
    assert_status(FC_OK, fc__snapshot_output(s, ids.version, ids.outputs[0], &info, &err), &err);
    assert_status(FC_OK, fc__blocks_open(&b, &s->txn, ids.version, info, &err), &err);
    for (fc_status st = fc__blocks_seek_from(&b, 0, &err); st == FC_OK;
         st = fc__blocks_next(&b, &err)) {
        got.sum_squared_error += fc__block_error(b.view)->sum_squared_error;
        got.sum_squared += fc__block_error(b.view)->sum_squared;
        got.n_elements += fc__block_error(b.view)->n_elements;
    }
    assert_int_equal(got.n_elements, want.n_elements);
    /* Sums of doubles in another order: rounding only. */
    assert_true(got.sum_squared > want.sum_squared * (1 - 1e-12) &&
                got.sum_squared < want.sum_squared * (1 + 1e-12));
    assert_true(want.sum_squared_error > 0 &&
                got.sum_squared_error > want.sum_squared_error * (1 - 1e-9) &&
                got.sum_squared_error < want.sum_squared_error * (1 + 1e-9));
    fc__blocks_close(&b);
    fc_snapshot_end(s);
    fc_buf_dispose(&bytes);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static void test_commit__an_encoder_version_is_found_again_or_made(void **state)
{
    char *path = fc_test_path("encoders");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids a = t_encoder(w, "enc", 1), b = t_encoder(w, "enc", 2),
                         again = t_encoder(w, "enc", 1), other = t_encoder(w, "other", 1);
    fc_output_info outputs[2] = {t_outputs[0],
                                 {.name = "extra", .precision = FC_F32, .rank = 1, .shape = {3}}};
    fc_encoder_desc desc = {.name = "enc",
                            .modality = FC_IMAGE,
                            .card = "{}",
                            .provenance = "runtime=other",
                            .n_outputs = 2,
                            .outputs = outputs};
    const fc_encoder_info *found;
    fc_error err = FC_ERROR_INIT;
    fc_encoder_ids ids;
    fc_snapshot *s;

    (void)state;
    assert_int_equal(a.version, again.version);
    assert_memory_equal(a.outputs, again.outputs, sizeof(a.outputs));
    assert_true(a.version != b.version && a.version != other.version && b.version != other.version);
    memset(desc.fingerprint.bytes, 1, 32);
    outputs[0].precision = FC_F32;
    assert_status(FC_OK, fc__writer_encoder(w, &desc, &ids, &err), &err);
    assert_int_equal(ids.version, a.version);
    assert_true(ids.kept_precision);
    assert_int_equal(ids.precisions[0], FC_F16);
    assert_int_equal(ids.outputs[0], a.outputs[0]);
    assert_int_equal(ids.outputs[1], T_OUTPUTS + 1);
    assert_int_equal(ids.provenance, 1);
    s = t_snapshot(store);
    assert_status(FC_OK, fc_snapshot_find_encoder(s, "enc", &found, &err), &err);
    assert_int_equal(found->id, b.version); /* the newest of the name */
    assert_status(FC_OK, fc_snapshot_find_encoder(s, "enc@0101", &found, &err), &err);
    assert_int_equal(found->id, a.version);
    assert_int_equal(found->n_outputs, T_OUTPUTS + 1);
    assert_int_equal(found->n_provenances, 2);
    assert_string_equal(found->card, "{}");
    assert_status(FC_OK, fc_snapshot_find_encoder(s, "#2", &found, &err), &err);
    assert_int_equal(found->id, 2);
    assert_status(FC_OK, fc_snapshot_find_encoder(s, "02020202", &found, &err), &err);
    assert_int_equal(found->id, b.version);
    assert_status(FC_E_INVALID, fc_snapshot_find_encoder(s, "01010101", &found, &err), &err);
    assert_status(FC_E_NOT_FOUND, fc_snapshot_find_encoder(s, "enc@0303", &found, &err), &err);
    assert_status(FC_E_NOT_FOUND, fc_snapshot_find_encoder(s, "enc@02", &found, &err), &err);
    assert_status(FC_E_NOT_FOUND, fc_snapshot_find_encoder(s, "nobody", &found, &err), &err);
    assert_non_null(strstr(err.message, "other@01010101"));
    fc_snapshot_end(s);
    outputs[0].shape[0] = 25;
    assert_status(FC_E_CORRUPT, fc__writer_encoder(w, &desc, &ids, &err), &err);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static bool note_failure(void *context, const fc_failure *f)
{
    fc_buf *out = context;
    fc_error err = FC_ERROR_INIT;

    fc_buf_append_fmt(out, &err, "%s/%s %u %s x%u;", f->dataset, f->id, f->version, f->reason,
                      f->tries);
    return false;
}

static void expect_failures(fc_store *store, const char *want)
{
    fc_snapshot *s = t_snapshot(store);
    fc_buf got = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    const fc_dataset_info *list;
    size_t n, entries = 0;

    assert_status(FC_OK, fc_buf_append_text(&got, "", &err), &err);
    assert_status(FC_OK, fc_snapshot_failures(s, NULL, note_failure, &got, &err), &err);
    assert_string_equal((const char *)got.data, want);
    for (const char *c = want; *c != '\0'; c++)
        entries += *c == ';';
    assert_status(FC_OK, fc_snapshot_datasets(s, &list, &n, &err), &err);
    if (n > 0)
        assert_int_equal(list[0].n_failures, entries);
    fc_buf_dispose(&got);
    fc_snapshot_end(s);
}

static fc_seen_state see_nothing_but(void *context, const uint8_t id_hash[16])
{
    uint8_t hash[16];

    fc__sample_id_hash(context, hash);
    return memcmp(hash, id_hash, 16) == 0 ? FC_SEEN_PUT : FC_SEEN_GONE;
}

static void test_commit__the_failure_ledger(void **state)
{
    char *path = fc_test_path("ledger");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    const fc_file_id file = {1, 2, 3, 4, 5};
    fc_file_id back;
    fc_sample_reader *r;
    fc_seal_result sealed;
    fc_error err = FC_ERROR_INIT;
    bool failed;

    (void)state;
    t_begin(w, "set", &ids);
    assert_status(FC_OK, fc__writer_failure(w, "a", 0, "unreadable", &file, &err), &err);
    t_commit(w);
    expect_failures(store, "set/a 0 unreadable x1;");
    assert_status(FC_OK, fc__writer_failure(w, "a", 0, "again", &file, &err), &err);
    t_commit(w);
    expect_failures(store, "set/a 0 again x2;");
    assert_status(FC_OK, fc__sample_reader_open(&r, store, "set", &err), &err);
    assert_status(FC_OK, fc__sample_reader_failure(r, "a", 0, &failed, &back, &err), &err);
    assert_true(failed);
    assert_true(fc__file_id_equal(&file, &back));
    assert_status(FC_OK, fc__sample_reader_failure(r, "a", 1, &failed, &back, &err), &err);
    assert_false(failed);
    fc__sample_reader_close(r);
    /* Within one batch the last word counts, either way. */
    assert_status(FC_OK, fc__writer_failure(w, "b", ids.version, "odd", NULL, &err), &err);
    assert_status(FC_OK, fc__writer_clear_failure(w, "b", ids.version, &err), &err);
    assert_status(FC_OK, fc__writer_clear_failure(w, "c", 0, &err), &err);
    assert_status(FC_OK, fc__writer_failure(w, "c", 0, "bad", NULL, &err), &err);
    t_commit(w);
    expect_failures(store, "set/c 0 bad x1;set/a 0 again x2;");
    /* A sample that is there has not failed. */
    t_put_sample(w, "a", 1, t_content(w, 1), "");
    t_commit(w);
    expect_failures(store, "set/c 0 bad x1;");
    assert_status(FC_OK, fc__writer_failure(w, "a", ids.version, "e", NULL, &err), &err);
    t_commit(w);
    /* What has gone from the source has no failures either. */
    assert_status(
        FC_OK, fc__writer_seal(w, false, see_nothing_but, (void *)(uintptr_t) "a", &sealed, &err),
        &err);
    expect_failures(store, "set/a 1 e x1;");
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static void test_commit__nothing_changed_writes_nothing(void **state)
{
    char *path = fc_test_path("idle"), *data = fc_test_path("idle/data.mdb");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    fc_seal_result r;
    MDB_envinfo before, after;

    (void)state;
    t_begin(w, "set", &ids);
    t_ingest_one(w, &ids, 1);
    r = t_seal(w);
    assert_true(r.made);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.generation, 1);
    mdb_env_info(store->env->mdb, &before);
    t_begin(w, "set", &ids);
    t_commit(w);
    r = t_seal(w);
    mdb_env_info(store->env->mdb, &after);
    assert_false(r.made);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.generation, 1);
    assert_int_equal(r.n_samples, 1);
    assert_int_equal(before.me_last_txnid, after.me_last_txnid);
    fc__writer_close(w);
    fc_store_close(store);
    free(path), free(data);
}

/* An interrupted ingest saw a change; the one that goes on sees the old state again. */
static void test_commit__a_sample_that_comes_back_has_not_changed(void **state)
{
    char *path = fc_test_path("back");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    fc_encoder_ids ids = t_encoder(w, "enc", 1);
    fc_seal_result r;
    MDB_stat rows;
    MDB_txn *txn;

    (void)state;
    for (int round = 0; round < 3; round++) {
        t_begin(w, "set", &ids);
        t_put_sample(w, "a", round == 1 ? 2 : 1, t_content(w, round == 1 ? 2 : 1), "");
        t_put_sample(w, "b", 3, t_content(w, 3), round == 1 ? "moved" : "");
        t_commit(w);
        if (round == 0)
            assert_true(t_seal(w).made);
        fc__writer_close(w);
        w = t_writer(store, 1);
        ids = t_encoder(w, "enc", 1);
    }
    t_begin(w, "set", &ids);
    r = t_seal(w);
    assert_false(r.made);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.n_samples, 2);
    assert_int_equal(mdb_txn_begin(store->env->mdb, NULL, MDB_RDONLY, &txn), 0);
    mdb_stat(txn, store->env->dbi[FC_TABLE_SAMPLE], &rows);
    assert_int_equal(rows.ms_entries, 2);
    mdb_stat(txn, store->env->dbi[FC_TABLE_HOLDER], &rows);
    assert_int_equal(rows.ms_entries, 2);
    mdb_txn_abort(txn);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static void test_commit__removing_samples_and_data_sets(void **state)
{
    char *path = fc_test_path("remove");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    const fc_dataset_info *d;
    const fc_dataset_version *v;
    fc_error err = FC_ERROR_INIT;
    MDB_stat rows;
    MDB_txn *txn;
    uint64_t n;
    fc_snapshot *s;

    (void)state;
    for (int k = 0; k < 2; k++) {
        t_begin(w, k == 0 ? "a" : "b", &ids);
        for (uint64_t i = 1; i <= 5; i++)
            t_ingest_one(w, &ids, i);
        t_seal(w);
    }
    assert_status(FC_E_NOT_FOUND, fc__writer_remove(w, "a", "s/9", &n, &err), &err);
    assert_status(FC_E_NOT_FOUND, fc__writer_remove(w, "c", NULL, &n, &err), &err);
    assert_status(FC_OK, fc__writer_remove(w, "a", "s/3", &n, &err), &err);
    assert_int_equal(n, 1);
    assert_status(FC_E_NOT_FOUND, fc__writer_remove(w, "a", "s/3", &n, &err), &err);
    s = t_snapshot(store);
    assert_status(FC_OK, fc_snapshot_find_dataset(s, "a", &d, &v, &err), &err);
    assert_int_equal(v->number, 2);
    assert_int_equal(v->n_samples, 4);
    for (size_t i = 0; i < v->n_coverage; i++)
        assert_int_equal(v->coverage[i].count, 4);
    assert_int_equal(d->versions[0].n_samples, 5); /* the old version stands */
    assert_int_equal(d->versions[0].coverage[0].count, 5);
    assert_int_equal(fc_snapshot_generation(s), 3);
    fc_snapshot_end(s);
    assert_status(FC_OK, fc__writer_remove(w, "a", NULL, &n, &err), &err);
    assert_int_equal(n, 4);
    s = t_snapshot(store);
    assert_status(FC_E_NOT_FOUND, fc_snapshot_find_dataset(s, "a", &d, &v, &err), &err);
    assert_status(FC_OK, fc_snapshot_find_dataset(s, "b", &d, &v, &err), &err);
    assert_int_equal(v->coverage[0].count, 5);
    fc_snapshot_end(s);
    assert_int_equal(mdb_txn_begin(store->env->mdb, NULL, MDB_RDONLY, &txn), 0);
    mdb_stat(txn, store->env->dbi[FC_TABLE_SAMPLE], &rows);
    assert_int_equal(rows.ms_entries, 5);
    mdb_stat(txn, store->env->dbi[FC_TABLE_HOLDER], &rows);
    assert_int_equal(rows.ms_entries, 5);
    mdb_txn_abort(txn);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static void test_commit__the_sample_reader_sees_what_is_there(void **state)
{
    char *path = fc_test_path("reader");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    const fc_sha256 hash = t_hash(4);
    fc_meta meta = FC_META_INIT;
    fc_sample_row row = {.id = "x",
                         .content_hash = t_hash(4),
                         .modality = FC_TEXT,
                         .group = "g",
                         .split = "test",
                         .path = "p/x",
                         .preview = "hello",
                         .start_s = 1.5,
                         .end_s = 2.5,
                         .has_file = true,
                         .file = {9, 8, 7, 6, 5},
                         .scanned_ns = 77,
                         .meta = &meta};
    fc_sample_row got;
    fc_sample_reader *r;
    fc_error err = FC_ERROR_INIT;
    uint64_t content;
    bool has, duplicate;

    (void)state;
    assert_status(FC_OK, fc__meta_add(&meta, "year", 4, FC_META_NUMBER, "1999", 4, &err), &err);
    assert_status(FC_OK, fc__sample_reader_open(&r, store, "set", &err), &err);
    assert_int_equal(fc__sample_reader_get(r, "x", &got, &err), FC_E_NOT_FOUND);
    row.content = t_content(w, 4);
    t_begin(w, "set", &ids);
    t_put_item(w, &ids, 3, 11, row.content); /* seed 11: an item of several chunks */
    assert_status(FC_OK, fc__writer_sample(w, &row, &duplicate, &err), &err);
    t_commit(w);
    assert_status(FC_OK, fc__sample_reader_renew(r, &err), &err);
    assert_status(FC_OK, fc__sample_reader_get(r, "x", &got, &err), &err);
    assert_string_equal(got.preview, "hello");
    assert_true(fc__file_id_equal(&got.file, &row.file));
    assert_int_equal(got.scanned_ns, 77);
    assert_int_equal(got.meta->n, 1);
    assert_true(got.meta->entries[0].number == 1999.0);
    assert_status(FC_OK, fc__sample_reader_content(r, &hash, &content, &err), &err);
    assert_int_equal(content, row.content);
    assert_status(FC_OK,
                  fc__sample_reader_has_item(r, ids.version, ids.outputs[3], content, &has, &err),
                  &err);
    assert_true(has);
    assert_status(FC_OK,
                  fc__sample_reader_has_item(r, ids.version, ids.outputs[0], content, &has, &err),
                  &err);
    assert_false(has);
    assert_status(FC_OK, fc__sample_reader_has_item(r, 99, 1, content, &has, &err), &err);
    assert_false(has);
    /* Only the file changed: the row is refreshed, and the data set has not changed. */
    row.file.mtime_ns++;
    assert_status(FC_OK, fc__writer_sample(w, &row, &duplicate, &err), &err);
    assert_false(duplicate);
    assert_true(t_seal(w).made);
    t_begin(w, "set", &ids);
    row.file.mtime_ns++;
    assert_status(FC_OK, fc__writer_sample(w, &row, &duplicate, &err), &err);
    assert_false(t_seal(w).made);
    assert_status(FC_OK, fc__sample_reader_renew(r, &err), &err);
    assert_status(FC_OK, fc__sample_reader_get(r, "x", &got, &err), &err);
    assert_true(fc__file_id_equal(&got.file, &row.file));
    fc__sample_reader_close(r);
    fc__meta_dispose(&meta);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static void test_commit__refuses_items_of_another_shape(void **state)
{
    char *path = fc_test_path("shape");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    fc_item_layout layout = t_layout(0);
    uint8_t bytes[4096] = {0};
    fc_item item = {.content = t_content(w, 1), .n_rows = 1, .total_rows = 1, .bytes = bytes};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    layout.row_shape[0] = 23;
    assert_status(FC_E_INVALID,
                  fc__writer_item(w, ids.version, ids.outputs[0], &layout, &item, NULL, &err),
                  &err);
    layout = t_layout(0);
    item.n_rows = 2;
    assert_status(FC_E_INVALID,
                  fc__writer_item(w, ids.version, ids.outputs[0], &layout, &item, NULL, &err),
                  &err);
    item.n_rows = 1;
    item.content = 1000;
    assert_status(FC_E_INVALID,
                  fc__writer_item(w, ids.version, ids.outputs[0], &layout, &item, NULL, &err),
                  &err);
    item.content = 1;
    assert_status(FC_E_INVALID, fc__writer_item(w, 9, 1, &layout, &item, NULL, &err), &err);
    assert_status(
        FC_OK, fc__writer_item(w, ids.version, ids.outputs[0], &layout, &item, NULL, &err), &err);
    assert_true(fc__writer_pending_bytes(w) > 48);
    t_commit(w);
    assert_int_equal(fc__writer_pending_bytes(w), 0);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

static void test_commit__segments_are_switched_whole(void **state)
{
    char *path = fc_test_path("segments");
    fc_store *store = t_open(path, 0);
    char hashes[2][33] = {"0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"};
    uint8_t stones[3] = {1, 2, 3};
    fc_live_segments live = {2, hashes, stones, 3, 12}, got;
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *s = t_snapshot(store), *later;

    (void)state;
    assert_status(FC_OK, fc__store_switch_segments(store, "shared", 1, 2, &live, &err), &err);
    assert_status(FC_OK, fc__snapshot_segments(s, "shared", 1, 2, &got, &err), &err);
    assert_int_equal(got.n, 0); /* the old snapshot */
    later = t_snapshot(store);
    assert_status(FC_OK, fc__snapshot_segments(later, "shared", 1, 2, &got, &err), &err);
    assert_int_equal(got.n, 2);
    assert_string_equal(got.hashes[1], hashes[1]);
    assert_int_equal(got.n_tombstones, 3);
    assert_int_equal(got.generation, 12);
    fc__live_segments_dispose(&got);
    assert_status(FC_OK, fc__snapshot_segments(later, "", 1, 2, &got, &err), &err);
    assert_int_equal(got.n, 0);
    hashes[0][0] = '/';
    assert_status(FC_E_INVALID, fc__store_switch_segments(store, "shared", 1, 2, &live, &err),
                  &err);
    fc_snapshot_end(s);
    fc_snapshot_end(later);
    fc_store_close(store);
    free(path);
}

static void test_commit__a_row_source_leaves_out_what_it_is_told(void **state)
{
    char *path = fc_test_path("source");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 1);
    const uint64_t skip[3] = {20, 21, 300};
    fc_error err = FC_ERROR_INIT;
    fc_row_source source;
    fc_row_batch batch;
    fc_snapshot *s;
    uint64_t n = 0, want = 10;

    (void)state;
    for (uint64_t i = 1; i <= 400; i++)
        t_put_item(w, &ids, 4, i, t_content(w, i));
    t_commit(w);
    s = t_snapshot(store);
    assert_status(
        FC_OK,
        fc__snapshot_row_source(s, ids.version, ids.outputs[4], 10, 390, skip, 3, &source, &err),
        &err);
    assert_int_equal(source.dim, 700);
    assert_int_equal(source.n_rows, 378);
    for (int pass = 0; pass < 2; pass++) {
        for (n = 0, want = 10; source.next(source.self, &batch, &err) == FC_OK;)
            for (size_t i = 0; i < batch.n; i++, n++, want++) {
                fc_buf bytes = FC_BUF_INIT;
                fc_quant_error e;
                float *row;

                while (want == 20 || want == 21 || want == 300)
                    want++;
                assert_int_equal(batch.contents[i], want);
                t_item(want, 4, ids.version, &bytes, &row, &e);
                assert_memory_equal(batch.rows + i * 700, row, 700 * sizeof(float));
                fc_buf_dispose(&bytes);
                free(row);
            }
        assert_int_equal(n, 378);
        assert_status(FC_OK, source.rewind(source.self, &err), &err);
    }
    source.destroy(source.self);
    assert_status(
        FC_E_INVALID,
        fc__snapshot_row_source(s, ids.version, ids.outputs[1], 0, 9, NULL, 0, &source, &err),
        &err);
    fc_snapshot_end(s);
    fc__writer_close(w);
    fc_store_close(store);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commit__digests_do_not_depend_on_how_the_work_is_cut),
        cmocka_unit_test(test_commit__descending_content_numbers_make_no_crumbs),
        cmocka_unit_test(test_commit__the_error_of_a_lossy_precision_adds_up),
        cmocka_unit_test(test_commit__an_encoder_version_is_found_again_or_made),
        cmocka_unit_test(test_commit__the_failure_ledger),
        cmocka_unit_test(test_commit__nothing_changed_writes_nothing),
        cmocka_unit_test(test_commit__a_sample_that_comes_back_has_not_changed),
        cmocka_unit_test(test_commit__removing_samples_and_data_sets),
        cmocka_unit_test(test_commit__the_sample_reader_sees_what_is_there),
        cmocka_unit_test(test_commit__refuses_items_of_another_shape),
        cmocka_unit_test(test_commit__segments_are_switched_whole),
        cmocka_unit_test(test_commit__a_row_source_leaves_out_what_it_is_told),
    };

    return cmocka_run_group_tests_name("store commit", tests, NULL, NULL);
}
