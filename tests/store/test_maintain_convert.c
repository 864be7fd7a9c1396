/*
 * Another precision for an output: every item is what quantising the stored one gives, chunks of
 * large items too; all else is as it was, the store is sound, and a value that does not fit leaves
 * it alone.
 */
#include "maintain_test.h"

#define N_SAMPLES 70

static const fc_dtype narrower[T_OUTPUTS] = {FC_I8, FC_F16, FC_I8, FC_I8, FC_BF16};

static fc_status convert(const char *path, fc_version_id version, fc_output_id output,
                         fc_dtype precision, fc_error *err)
{
    uint64_t n_items;
    double rms;
    const fc_status st =
        fc__store_convert(path, version, output, precision, NULL, &n_items, &rms, err);

    if (st == FC_OK) {
        assert_true(n_items > 0 && n_items <= N_SAMPLES);
        assert_true(rms > 0 && rms < 0.02);
    }
    return st;
}

/* All rows of an output one after another, and how many of each item. */
static void read_all(const char *path, fc_version_id version, fc_output_id output, fc_buf *rows,
                     fc_buf *counts)
{
    fc_store *store = t_open(path, 0);
    fc_error err = FC_ERROR_INIT;
    fc_item_batch batch;
    fc_snapshot *s;
    fc_items *it;

    fc_buf_clear(rows);
    fc_buf_clear(counts);
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    assert_status(FC_OK, fc_items_open(&it, s, version, output, &err), &err);
    while (fc_items_next(it, &batch, &err) == FC_OK) {
        const size_t n = (size_t)batch.row_offsets[batch.n_items] * batch.row_elements;

        assert_status(FC_OK, fc_buf_append(rows, batch.rows, n * sizeof(float), &err), &err);
        for (size_t i = 0; i < batch.n_items; i++) {
            assert_status(FC_OK, fc_buf_append_u64(counts, batch.contents[i], &err), &err);
            assert_status(
                FC_OK,
                fc_buf_append_u64(counts, batch.row_offsets[i + 1] - batch.row_offsets[i], &err),
                &err);
        }
    }
    fc_items_close(it);
    fc_snapshot_end(s);
    fc_store_close(store);
}

/* What the codec makes of rows in the other precision. */
static void requantise(int output, fc_dtype precision, fc_buf *rows)
{
    fc_item_layout layout = t_layout(output);
    const size_t n = rows->size / sizeof(float) / fc__layout_row_elements(&layout);
    fc_error err = FC_ERROR_INIT;
    fc_buf stored = FC_BUF_INIT;

    layout.dtype = precision;
    assert_status(
        FC_OK,
        fc__item_quantise(&layout, (const float *)(const void *)rows->data, n, &stored, NULL, &err),
        &err);
    fc__item_dequantise(&layout, stored.data, n, (float *)(void *)rows->data);
    fc_buf_dispose(&stored);
}

static void test_convert__gives_what_quantising_gives(void **state)
{
    char *path = fc_test_path("all");
    const fc_encoder_ids ids = m_fill(path, N_SAMPLES, 7);
    fc_buf before = FC_BUF_INIT, after = FC_BUF_INIT, counts = FC_BUF_INIT, again = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int o = 0; o < T_OUTPUTS; o++) {
        read_all(path, ids.version, ids.outputs[o], &before, &counts);
        requantise(o, narrower[o], &before);
        if (o == 2) { /* int8 already: nothing narrower */
            continue;
        }
        assert_status(FC_OK, convert(path, ids.version, ids.outputs[o], narrower[o], &err), &err);
        m_assert_sound(path, true);
        read_all(path, ids.version, ids.outputs[o], &after, &again);
        assert_int_equal(counts.size, again.size);
        assert_memory_equal(counts.data, again.data, again.size);
        assert_int_equal(before.size, after.size);
        assert_memory_equal(before.data, after.data, after.size);
    }
    fc_buf_dispose(&before);
    fc_buf_dispose(&after);
    fc_buf_dispose(&counts);
    fc_buf_dispose(&again);
    free(path);
}

static void test_convert__leaves_the_rest_alone(void **state)
{
    char *path = fc_test_path("rest");
    const fc_encoder_ids ids = m_fill(path, N_SAMPLES, 7);
    fc_buf before = FC_BUF_INIT, after = FC_BUF_INIT, counts = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_writer *w;

    (void)state;
    read_all(path, ids.version, ids.outputs[3], &before, &counts);
    assert_status(FC_OK, convert(path, ids.version, ids.outputs[0], FC_I8, &err), &err);
    read_all(path, ids.version, ids.outputs[3], &after, &counts);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
    store = t_open(path, 0); /* and an ingest goes on in the new precision */
    w = t_writer(store, 1);
    {
        const fc_encoder_ids now = t_encoder(w, "enc", 7);

        assert_true(now.kept_precision);
        assert_int_equal(now.precisions[0], FC_I8);
        assert_int_equal(now.version, ids.version);
    }
    fc__writer_close(w);
    fc_store_close(store);
    fc_buf_dispose(&before);
    fc_buf_dispose(&after);
    fc_buf_dispose(&counts);
    free(path);
}

/* 1e6 is no f16. */
static void test_convert__refuses_what_does_not_fit(void **state)
{
    char *path = fc_test_path("large");
    fc_error err = FC_ERROR_INIT;
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 7);
    const fc_item_layout layout = t_layout(4);
    fc_quant_error e = {0, 0, 0, 0};
    fc_buf bytes = FC_BUF_INIT;
    float values[700] = {1e6f};
    m_sum before, after;

    (void)state;
    t_begin(w, "set", &ids);
    t_ingest_one(w, &ids, 1);
    assert_status(FC_OK, fc__item_quantise(&layout, values, 1, &bytes, &e, &err), &err);
    {
        const uint64_t content = t_content(w, 2);
        const fc_item item = {
            .content = content, .n_rows = 1, .total_rows = 1, .bytes = bytes.data};

        assert_status(
            FC_OK, fc__writer_item(w, ids.version, ids.outputs[4], &layout, &item, &e, &err), &err);
    }
    t_commit(w);
    t_seal(w);
    fc__writer_close(w);
    fc_store_close(store);
    before = m_rows(path, true, true);
    assert_status(FC_E_FORMAT, convert(path, ids.version, ids.outputs[4], FC_F16, &err), &err);
    after = m_rows(path, true, true);
    m_assert_same_rows(&before, &after);
    m_assert_sound(path, true);
    fc_buf_dispose(&bytes);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convert__gives_what_quantising_gives),
        cmocka_unit_test(test_convert__leaves_the_rest_alone),
        cmocka_unit_test(test_convert__refuses_what_does_not_fit),
    };

    return cmocka_run_group_tests_name("maintain_convert", tests, NULL, NULL);
}
