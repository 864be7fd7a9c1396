/*
 * Garbage collection: a dry run counts what the run frees, nothing else goes, and the store is
 * sound after it; bytes and counts of outputs.
 */
#include "maintain_test.h"

#define N_SAMPLES 90

typedef struct fixture {
    char *path;
    fc_store *store;
    fc_encoder_ids a, b;
} fixture;

/* Two encoder versions over the same samples; then every third sample leaves with its data set. */
static fixture make(const char *name)
{
    fixture f = {.path = fc_test_path(name)};
    fc_error err = FC_ERROR_INIT;
    uint64_t n;
    fc_writer *w;

    f.store = t_open(f.path, 0);
    w = t_writer(f.store, 1);
    f.a = t_encoder(w, "enc", 7);
    f.b = t_encoder(w, "enc", 8);
    for (int set = 0; set < 2; set++) {
        t_begin(w, set == 0 ? "goes" : "stays", &f.a);
        for (uint64_t i = 1; i <= N_SAMPLES; i++)
            if ((i % 3 == 0) == (set == 0)) {
                t_ingest_one(w, &f.a, i);
                for (int o = 0; o < T_OUTPUTS; o++)
                    t_put_item(w, &f.b, o, i, t_content(w, i));
                if (i % 10 == 0)
                    t_commit(w);
            }
        t_commit(w);
        t_seal(w);
    }
    assert_status(FC_OK, fc__writer_remove(w, "goes", NULL, &n, &err), &err);
    assert_int_equal(n, N_SAMPLES / 3);
    fc__writer_close(w);
    return f;
}

static void forget(fixture *f)
{
    fc_store_close(f->store);
    free(f->path);
}

static fc_gc_report run(fixture *f, const char *encoder, bool dry)
{
    char(*dropped)[33];
    fc_gc_report r;
    fc_error err = FC_ERROR_INIT;
    size_t n;

    assert_status(FC_OK, fc__store_gc(f->store, encoder, dry, &r, &dropped, &n, &err), &err);
    assert_int_equal(n, 0); /* there is no index */
    free(dropped);
    return r;
}

static uint64_t items(fixture *f, fc_version_id version, uint64_t *stored)
{
    fc_output_stat *list;
    fc_error err = FC_ERROR_INIT;
    uint64_t sum = 0;
    size_t n;

    *stored = 0;
    assert_status(FC_OK, fc_stat_outputs(f->store, &list, &n, &err), &err);
    for (size_t i = 0; i < n; i++)
        if (list[i].version == version) {
            sum += list[i].n_items;
            *stored += list[i].bytes_stored;
        }
    fc_output_stats_free(list);
    return sum;
}

static void test_gc__contents_without_samples_go_with_their_items(void **state)
{
    fixture f = make("contents");
    uint64_t a, b, a_after, b_after;
    fc_gc_report dry, real, none;
    m_sum before, after;

    (void)state;
    assert_int_equal(items(&f, f.a.version, &a), N_SAMPLES * T_OUTPUTS);
    (void)items(&f, f.b.version, &b);
    fc_store_close(f.store);
    before = m_rows(f.path, true, true);
    f.store = t_open(f.path, 0);
    dry = run(&f, NULL, true);
    fc_store_close(f.store);
    after = m_rows(f.path, true, true);
    m_assert_same_rows(&before, &after); /* a dry run changes nothing */
    f.store = t_open(f.path, 0);
    real = run(&f, NULL, false);
    assert_memory_equal(&dry, &real, sizeof(dry));
    assert_int_equal(real.n_versions, 0);
    assert_int_equal(real.n_contents, N_SAMPLES / 3);
    assert_int_equal(real.n_items, 2 * T_OUTPUTS * N_SAMPLES / 3);
    assert_int_equal(items(&f, f.a.version, &a_after), N_SAMPLES * T_OUTPUTS * 2 / 3);
    (void)items(&f, f.b.version, &b_after);
    assert_int_equal(real.n_bytes, a + b - a_after - b_after);
    none = run(&f, NULL, false);
    assert_int_equal(none.n_items + none.n_contents + none.n_bytes, 0);
    fc_store_close(f.store);
    m_assert_sound(f.path, true);
    f.store = t_open(f.path, 0);
    forget(&f);
}

static void test_gc__an_encoder_version_goes_whole(void **state)
{
    fixture f = make("version");
    char name[16];
    uint64_t bytes, generation, kept;
    fc_gc_report dry, real;
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *s;
    const fc_encoder_info *list;
    const fc_dataset_info *sets;
    size_t n;

    (void)state;
    (void)run(&f, NULL, false);
    (void)items(&f, f.a.version, &bytes);
    (void)items(&f, f.b.version, &kept);
    s = t_snapshot(f.store);
    generation = fc_snapshot_generation(s);
    fc_snapshot_end(s);
    snprintf(name, sizeof(name), "#%u", f.a.version);
    dry = run(&f, name, true);
    real = run(&f, name, false);
    assert_memory_equal(&dry, &real, sizeof(dry));
    assert_int_equal(real.n_versions, 1);
    assert_int_equal(real.n_items, N_SAMPLES * T_OUTPUTS * 2 / 3);
    assert_int_equal(real.n_bytes, bytes);
    assert_int_equal(items(&f, f.b.version, &bytes), N_SAMPLES * T_OUTPUTS * 2 / 3);
    assert_int_equal(bytes, kept);
    s = t_snapshot(f.store);
    assert_status(FC_OK, fc_snapshot_encoders(s, &list, &n, &err), &err);
    assert_int_equal(n, 1);
    assert_int_equal(list[0].id, f.b.version);
    assert_status(FC_OK, fc_snapshot_datasets(s, &sets, &n, &err), &err);
    assert_int_equal(n, 1);
    assert_int_equal(sets[0].versions[0].n_coverage, 0); /* it covered the version that went */
    assert_true(fc_snapshot_generation(s) > generation);
    fc_snapshot_end(s);
    fc_store_close(f.store);
    m_assert_sound(f.path, true);
    f.store = t_open(f.path, 0);
    forget(&f);
}

static void test_gc__refuses_an_unknown_encoder_and_a_writer(void **state)
{
    fixture f = make("refuse");
    char(*dropped)[33];
    fc_gc_report r;
    fc_error err = FC_ERROR_INIT;
    fc_writer *w;
    size_t n;

    (void)state;
    assert_status(FC_E_NOT_FOUND, fc__store_gc(f.store, "nobody", true, &r, &dropped, &n, &err),
                  &err);
    w = t_writer(f.store, 1);
    assert_status(FC_E_BUSY, fc__store_gc(f.store, NULL, true, &r, &dropped, &n, &err), &err);
    fc__writer_close(w);
    forget(&f);
}

static void test_stat__counts_what_is_there(void **state)
{
    fixture f = make("stat");
    fc_error err = FC_ERROR_INIT;
    fc_store_stat stat;
    fc_output_stat *list;
    size_t n;

    (void)state;
    assert_status(FC_OK, fc_stat(f.store, &stat, &err), &err);
    assert_int_equal(stat.format, FC_STORE_FORMAT);
    assert_int_equal(stat.n_contents, N_SAMPLES);
    assert_int_equal(stat.n_samples, N_SAMPLES * 2 / 3);
    assert_true(stat.used_bytes > 0 && stat.used_bytes <= stat.file_bytes);
    assert_int_equal(strlen(stat.store_id), 32);
    assert_status(FC_OK, fc_stat_outputs(f.store, &list, &n, &err), &err);
    assert_int_equal(n, 2 * T_OUTPUTS);
    for (size_t i = 0; i < n; i++) {
        const int o = (int)(i % T_OUTPUTS);
        uint64_t raw = 0;

        for (uint64_t seed = 1; seed <= N_SAMPLES; seed++) {
            const fc_item_layout layout = t_layout(o);

            raw += t_rows(seed, o) * fc__layout_row_bytes(&layout);
        }
        assert_int_equal(list[i].n_items, N_SAMPLES);
        assert_int_equal(list[i].bytes_raw, raw);
        assert_true(list[i].n_blocks > 0 && list[i].bytes_stored > 0);
        assert_true(list[i].transforms[0] != '\0');
        /* f32 is exact; f16, int8 and bf16 keep 11, 7 and 8 bits. */
        if (t_outputs[o].precision == FC_F32)
            assert_true(list[i].rms_error == 0.0 && list[i].max_error == 0.0);
        else
            assert_true(list[i].rms_error > 1e-5 && list[i].rms_error < 0.01);
    }
    fc_output_stats_free(list);
    forget(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc__contents_without_samples_go_with_their_items),
        cmocka_unit_test(test_gc__an_encoder_version_goes_whole),
        cmocka_unit_test(test_gc__refuses_an_unknown_encoder_and_a_writer),
        cmocka_unit_test(test_stat__counts_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
