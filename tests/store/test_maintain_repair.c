/*
 * Repair: everything but what was hit, whatever was hit - a value, a leaf, a root, both meta pages.
 */
#include "maintain_test.h"

#include <sys/stat.h>

#include "fc_bytes.h"

#define N_SAMPLES 150
#define PAGE      4096u

typedef struct fixture {
    char *path, *to, *file;
} fixture;

static fixture make(const char *name)
{
    fixture f;
    char other[64];

    f.path = fc_test_path(name);
    snprintf(other, sizeof(other), "%s-new", name);
    f.to = fc_test_path(other);
    assert_true(asprintf(&f.file, "%s/data.mdb", f.path) > 0);
    m_fill(f.path, N_SAMPLES, 40);
    return f;
}

static void forget(fixture *f)
{
    free(f->path);
    free(f->to);
    free(f->file);
}

static fc_repair_report repair(const fixture *f, m_said *said)
{
    fc_repair_report report;
    fc_error err = FC_ERROR_INIT;

    memset(said, 0, sizeof(*said));
    said->watch.context = said;
    assert_status(FC_OK, fc__store_repair(f->path, f->to, m_note, &said->watch, &report, &err),
                  &err);
    m_assert_sound(f->to, true);
    return report;
}

/* Every item that is in the repaired store is byte by byte what was put into the old one. */
static uint64_t check_items(const char *path)
{
    fc_store *store = t_open(path, 0);
    fc_snapshot *s = t_snapshot(store);
    const fc_encoder_info *e;
    const fc_sample *sample;
    fc_error err = FC_ERROR_INIT;
    fc_samples *it;
    uint64_t n = 0;

    assert_status(FC_OK, fc_snapshot_find_encoder(s, "enc", &e, &err), &err);
    assert_status(FC_OK, fc_samples_open(&it, s, "set", 0, &err), &err);
    while (fc_samples_next(it, &sample, &err) == FC_OK)
        for (int o = 0; o < T_OUTPUTS; o++) {
            const uint64_t seed = strtoull(sample->id + 2, NULL, 10);
            fc_tensor t = FC_TENSOR_INIT;
            fc_buf bytes = FC_BUF_INIT;
            fc_quant_error q;
            float *want;
            fc_status st;

            st = fc_snapshot_get_item(s, e->id, e->outputs[o].id, sample->content, &t, &err);
            if (st == FC_E_NOT_FOUND)
                continue;
            assert_status(FC_OK, st, &err);
            t_item(seed, o, e->id, &bytes, &want, &q);
            if (fc_tensor_count(&t) > 0)
                assert_memory_equal(t.data, want, fc_tensor_count(&t) * sizeof(float));
            free(want);
            fc_buf_dispose(&bytes);
            fc_tensor_dispose(&t);
            n++;
        }
    fc_samples_close(it);
    fc_snapshot_end(s);
    fc_store_close(store);
    return n;
}

static void test_repair__a_sound_store_comes_out_the_same(void **state)
{
    fixture f = make("sound");
    fc_repair_report report;
    m_sum a, b;
    m_said said;

    (void)state;
    report = repair(&f, &said);
    assert_int_equal(said.n, 0);
    assert_int_equal(report.n_samples_kept, N_SAMPLES);
    assert_int_equal(report.n_items_kept, N_SAMPLES * T_OUTPUTS);
    assert_int_equal(report.n_samples_lost + report.n_items_lost, 0);
    a = m_rows(f.path, true, false);
    b = m_rows(f.to, true, false); /* meta counts a generation */
    m_assert_same_rows(&a, &b);
    forget(&f);
}

static void test_repair__a_bit_in_a_block_costs_its_frame(void **state)
{
    fixture f = make("frame");
    fc_buf value = FC_BUF_INIT;
    fc_repair_report report;
    fc_key key;
    m_said said;
    size_t n_hit;

    (void)state;
    m_row(f.path, FC_TABLE_BLOCK, 0, &key, &value); /* "pooled": 150 x 48 bytes are one frame */
    m_flip(f.path, FC_TABLE_BLOCK, 1, value.size);  /* "map", somewhere in its frames */
    fc_buf_dispose(&value);
    report = repair(&f, &said);
    n_hit = said.n;
    assert_true(n_hit >= 1 && n_hit < N_SAMPLES + 1);
    assert_int_equal(report.n_samples_kept, N_SAMPLES);
    assert_int_equal(report.n_samples_lost, 0);
    assert_int_equal(report.n_items_lost, n_hit);
    assert_int_equal(check_items(f.to), (uint64_t)N_SAMPLES * T_OUTPUTS - n_hit);
    m_forget(&said);
    forget(&f);
}

static void test_repair__a_broken_sample_row_is_named(void **state)
{
    fixture f = make("row");
    fc_repair_report report;
    m_said said;
    bool named = false;
    char id[32] = "";

    (void)state;
    m_flip(f.path, FC_TABLE_SAMPLE, 17, 9); /* in the content number: the id can still be read */
    report = repair(&f, &said);
    for (size_t i = 0; i < said.n; i++)
        if (strstr(said.reasons[i], "checksum mismatch") != NULL) {
            named = true;
            snprintf(id, sizeof(id), "%s", said.ids[i]);
        }
    assert_true(named && strncmp(id, "s/", 2) == 0);
    assert_int_equal(report.n_samples_kept, N_SAMPLES - 1);
    assert_int_equal(report.n_samples_lost, 1);
    assert_int_equal(report.n_items_lost, T_OUTPUTS);
    assert_int_equal(check_items(f.to), (N_SAMPLES - 1) * T_OUTPUTS);
    m_forget(&said);
    forget(&f);
}

/* Rows that can be made again cost nothing: holders, a content row, a version's row. */
static void test_repair__derived_rows_are_made_again(void **state)
{
    fixture f = make("derived");
    fc_repair_report report;
    m_sum before = m_rows(f.path, true, false), after;
    m_said said;

    (void)state;
    m_flip(f.path, FC_TABLE_HOLDER, 3, 1);
    m_flip(f.path, FC_TABLE_CONTENT, 5, 1);
    report = repair(&f, &said);
    assert_int_equal(report.n_samples_kept, N_SAMPLES);
    assert_int_equal(report.n_items_lost, 0);
    after = m_rows(f.to, true, false);
    m_assert_same_rows(&before, &after);
    m_forget(&said);
    forget(&f);
}

static void test_repair__a_lost_header_and_version_are_made_again(void **state)
{
    fixture f = make("catalog");
    fc_repair_report report;
    m_said said;

    (void)state;
    m_flip(f.path, FC_TABLE_DATASET, 0, 1); /* header */
    report = repair(&f, &said);
    assert_int_equal(report.n_samples_kept, N_SAMPLES);
    assert_int_equal(check_items(f.to), N_SAMPLES * T_OUTPUTS);
    m_forget(&said);
    forget(&f);

    f = make("catalog2");
    m_flip(f.path, FC_TABLE_DATASET, 1, 1); /* the version */
    report = repair(&f, &said);
    assert_int_equal(report.n_samples_kept, N_SAMPLES);
    assert_int_equal(report.n_items_kept, N_SAMPLES * T_OUTPUTS);
    m_forget(&said);
    forget(&f);
}

/* The root page of a table: what hangs below is found page by page. */
static uint64_t root_of(const char *path, fc_table table)
{
    const fc_tree_visitor v = {NULL, NULL, NULL};
    fc_error err = FC_ERROR_INIT;
    fc_tree t;
    uint64_t root;

    assert_status(FC_OK, fc__tree_open_file(&t, path, &err), &err);
    assert_status(FC_OK, fc__tree_load(&t, &v, &err), &err);
    root = t.tables[table].root;
    assert_true(t.tables[table].depth > 1); /* else its rows are in it */
    fc__tree_close(&t);
    return root;
}

static void zero_page(const fixture *f, uint64_t page)
{
    size_t n;
    uint8_t *bytes = fc_test_read_file(f->file, &n);

    memset(bytes + page * PAGE, 0, PAGE);
    fc_test_write_file(f->file, bytes, n);
    free(bytes);
}

static void test_repair__a_lost_root_costs_nothing(void **state)
{
    fixture f = make("root");
    fc_repair_report report;
    m_said said;

    (void)state;
    zero_page(&f, root_of(f.path, FC_TABLE_SAMPLE));
    report = repair(&f, &said);
    assert_true(said.n > 0);
    assert_int_equal(report.n_samples_kept, N_SAMPLES);
    assert_int_equal(report.n_items_kept, N_SAMPLES * T_OUTPUTS);
    assert_int_equal(check_items(f.to), N_SAMPLES * T_OUTPUTS);
    m_forget(&said);
    forget(&f);
}

/* With the meta pages goes all that says which rows are the newest; of a store that was only ever
 * added to, all samples are found. */
static void test_repair__both_meta_pages_lost(void **state)
{
    fixture f = make("meta");
    fc_repair_report report;
    m_said said;

    (void)state;
    zero_page(&f, 0);
    zero_page(&f, 1);
    report = repair(&f, &said);
    assert_int_equal(report.n_samples_kept, N_SAMPLES);
    assert_int_equal(check_items(f.to), N_SAMPLES * T_OUTPUTS);
    m_forget(&said);
    forget(&f);
}

/* Whatever page is lost or cut off: the result is sound, and every item in it is right. */
static void test_repair__any_lost_page_leaves_a_sound_store(void **state)
{
    fixture f = make("any");
    fc_rng rng = fc__rng_seed(11);
    uint8_t *whole;
    size_t n;

    (void)state;
    whole = fc_test_read_file(f.file, &n);
    for (int i = 0; i < 10; i++) {
        fc_repair_report report;
        m_said said;

        fc_test_write_file(f.file, whole, i % 5 == 4 ? n - n / 4 : n);
        if (i % 5 != 4)
            zero_page(&f, fc__rng_below(&rng, n / PAGE));
        report = repair(&f, &said);
        /* A leaf page holds at most 60 samples; a quarter cut off may be all leaves. */
        if (i % 5 != 4)
            assert_true(report.n_samples_kept >= N_SAMPLES - 60u);
        assert_true(check_items(f.to) <= N_SAMPLES * T_OUTPUTS);
        m_forget(&said);
        fc_test_remove_tree(f.to);
    }
    free(whole);
    forget(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repair__a_sound_store_comes_out_the_same),
        cmocka_unit_test(test_repair__a_bit_in_a_block_costs_its_frame),
        cmocka_unit_test(test_repair__a_broken_sample_row_is_named),
        cmocka_unit_test(test_repair__derived_rows_are_made_again),
        cmocka_unit_test(test_repair__a_lost_header_and_version_are_made_again),
        cmocka_unit_test(test_repair__a_lost_root_costs_nothing),
        cmocka_unit_test(test_repair__both_meta_pages_lost),
        cmocka_unit_test(test_repair__any_lost_page_leaves_a_sound_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
