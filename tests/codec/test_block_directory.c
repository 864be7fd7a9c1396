/*
 * What the directory of a block says about its items comes back exactly: content numbers, chunks,
 * provenance, time axes, the measured error. What it could not say is refused when writing.
 */
#include "codec_fixture.h"

static fc_block_entry find(const fc_block_view *v, uint64_t content)
{
    const fc_block_entry *e = fc__block_find(v, content);

    assert_non_null(e);
    assert_int_equal(e->content, content);
    return *e;
}

static void test_directory__content_numbers_up_to_the_last_one(void **state)
{
    static const uint64_t contents[] = {0, 1, 2, 127, 128, 1u << 20, UINT64_MAX - 1, UINT64_MAX};
    static const size_t one[] = {1};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 1, 16, 0, 0), FILL_GAUSSIAN, 8, one, 1);
    fc_block_view *v;
    fc_buf block;

    (void)state;
    for (size_t i = 0; i < 8; i++)
        b.items[i].content = contents[i];
    block = encode_batch(c, &b);
    v = open_block(&block);
    assert_holds(c, v, &b);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(find(v, contents[i]).row_offset, i);
    assert_null(fc__block_find(v, 3));
    assert_null(fc__block_find(v, 129));
    assert_null(fc__block_find(v, UINT64_MAX - 2));
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

/* Numbers in a row, one length, one provenance: the directory must not grow with the items. */
static void test_directory__a_plain_run_of_vectors_costs_a_few_bytes(void **state)
{
    static const size_t one[] = {1};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 1, 4, 0, 0), FILL_NOISE, 4000, one, 1);
    fc_buf block;

    (void)state;
    for (size_t i = 0; i < b.n_items; i++)
        b.items[i].content = 70000 + i;
    block = encode_batch(c, &b);
    assert_in_range(block.size, b.bytes, b.bytes + 64);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

static void test_directory__chunks_know_their_place(void **state)
{
    static const size_t rows[] = {100};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F32, 2, 64, 0, 0), FILL_GAUSSIAN, 1, rows, 1);
    fc_block_view *v;
    fc_buf block;

    (void)state;
    b.items[0].first_row = 4000000000u;
    b.items[0].total_rows = 5000000000u;
    block = encode_batch(c, &b);
    v = open_block(&block);
    assert_holds(c, v, &b);
    assert_int_equal(fc__block_entries(v)[0].first_row, UINT64_C(4000000000));
    assert_int_equal(fc__block_entries(v)[0].total_rows, UINT64_C(5000000000));
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

static void test_directory__provenance_runs(void **state)
{
    static const uint16_t ids[] = {1, 1, 1, 65535, 65535, 0, 1, 2, 2};
    static const size_t rows[] = {1};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_I8, 1, 24, 0, 0), FILL_GAUSSIAN, 9, rows, 1);
    fc_block_view *v;
    fc_buf block;

    (void)state;
    for (size_t i = 0; i < 9; i++)
        b.items[i].provenance = ids[i];
    block = encode_batch(c, &b);
    v = open_block(&block);
    assert_holds(c, v, &b);
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

static void assert_same_time(const fc_time_axis *want, const fc_time_axis *got, uint64_t n_rows)
{
    assert_int_equal(got->kind, want->kind);
    if (want->kind == FC_TIME_REGULAR) {
        assert_int_equal(got->start_ns, want->start_ns);
        assert_int_equal(got->hop_ns, want->hop_ns);
        assert_int_equal(got->length_ns, want->length_ns);
    }
    if (want->kind == FC_TIME_EXPLICIT && n_rows > 0)
        assert_memory_equal(got->intervals, want->intervals, 2 * n_rows * sizeof(int64_t));
}

static void round_trip_times(fc_codec *c, batch *b, const fc_time_axis *axes)
{
    fc_block_view *v;
    fc_buf block;

    for (size_t i = 0; i < b->n_items; i++)
        b->items[i].time = axes[i];
    block = encode_batch(c, b);
    v = open_block(&block);
    assert_holds(c, v, b);
    for (size_t i = 0; i < b->n_items; i++)
        assert_same_time(&axes[i], &fc__block_entries(v)[i].time, b->items[i].n_rows);
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
}

static void test_directory__time_axes_of_every_kind_come_back(void **state)
{
    static const size_t rows[] = {5, 3, 0, 4};
    static const int64_t five[] = {0,         20000000, 15000000, 40000000,  INT64_MIN,
                                   INT64_MAX, -5,       -4,       INT64_MAX, INT64_MIN};
    static const int64_t four[] = {7, 8, 9, 10, 11, 12, 13, 14};
    const fc_time_axis regular = {
        .kind = FC_TIME_REGULAR, .start_ns = -3, .hop_ns = 20000000, .length_ns = 25000000};
    const fc_time_axis far = {
        .kind = FC_TIME_REGULAR, .start_ns = INT64_MAX, .hop_ns = INT64_MIN, .length_ns = 0};
    const fc_time_axis none = {.kind = FC_TIME_NONE};
    const fc_time_axis a = {.kind = FC_TIME_EXPLICIT, .intervals = five};
    const fc_time_axis empty = {.kind = FC_TIME_EXPLICIT};
    const fc_time_axis b4 = {.kind = FC_TIME_EXPLICIT, .intervals = four};
    const fc_time_axis mixed[] = {a, far, empty, b4}, same[] = {regular, regular, regular, regular};
    const fc_time_axis some[] = {regular, none, none, b4}, nothing[] = {none, none, none, none};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F32, 2, 48, 0, 0), FILL_GAUSSIAN, 4, rows, 4);

    (void)state;
    round_trip_times(c, &b, mixed);
    round_trip_times(c, &b, same);
    round_trip_times(c, &b, some);
    round_trip_times(c, &b, nothing);
    free_batch(&b);
    fc__codec_destroy(c);
}

/* The array of intervals moves while it grows: pointers must be those of the end. */
static void test_directory__many_explicit_axes_keep_their_own_intervals(void **state)
{
    static const size_t rows[] = {31, 1, 17};
    static int64_t intervals[200][2 * 31];
    static fc_time_axis axes[200];
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 2, 8, 0, 0), FILL_GAUSSIAN, 200, rows, 3);
    fc_rng rng = fc__rng_seed(5);

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        for (size_t k = 0; k < 62; k++)
            intervals[i][k] = (int64_t)fc__rng_u64(&rng);
        axes[i] = (fc_time_axis){.kind = FC_TIME_EXPLICIT, .intervals = intervals[i]};
    }
    round_trip_times(c, &b, axes);
    free_batch(&b);
    fc__codec_destroy(c);
}

static void test_directory__the_measured_error_is_kept(void **state)
{
    static const size_t one[] = {1};
    const fc_quant_error e = {
        .sum_squared_error = 0.125, .sum_squared = 384.5, .max_abs = 1e-3, .n_elements = 38400};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 1, 384, 0, 0), FILL_GAUSSIAN, 100, one, 1);
    fc_buf block = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_block_view *v;

    (void)state;
    assert_status(FC_OK,
                  fc__block_encode(c, &b.layout, b.items, b.n_items, &e, TEST_SEED, &block, &err),
                  &err);
    v = open_block(&block);
    assert_memory_equal(fc__block_error(v), &e, sizeof(e));
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

static void assert_not_encoded(fc_codec *c, const batch *b, fc_status want)
{
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_buf_append(&out, "kept", 4, &err), &err);
    assert_status(want, fc__block_encode(c, &b->layout, b->items, b->n_items, NULL, 0, &out, &err),
                  &err);
    assert_true(err.message[0] != '\0');
    assert_int_equal(out.size, 4); /* nothing half-written behind what was there */
    fc_buf_dispose(&out);
}

static void test_directory__what_no_reader_would_take_is_refused(void **state)
{
    static const size_t rows[] = {2};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F32, 2, 8, 0, 0), FILL_GAUSSIAN, 3, rows, 1);
    const batch good = b;
    fc_item saved;

    (void)state;
    b.n_items = 0;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b = good;
    saved = b.items[1];
    b.items[1].content = b.items[0].content;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.items[1] = saved;
    b.items[1].first_row = 1;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.items[1] = saved;
    b.items[1].total_rows = 1;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.items[1] = saved;
    b.items[1].bytes = NULL;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.items[1] = saved;
    b.items[1].n_rows = b.items[1].total_rows = FC_BLOCK_RAW_MAX / 32;
    assert_not_encoded(c, &b, FC_E_LIMIT);
    b.items[1] = saved;
    b.items[1].time.kind = FC_TIME_EXPLICIT;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.items[1].time.kind = (fc_time_kind)3;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.items[1] = saved;
    b.layout.item_rank = b.layout.row_rank = 1; /* a vector of two rows */
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.layout = good.layout;
    b.layout.dtype = FC_I64;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.layout = good.layout;
    b.layout.row_shape[0] = 0;
    assert_not_encoded(c, &b, FC_E_INVALID);
    b.layout.row_shape[0] = FC_BLOCK_RAW_MAX / 4 + 1;
    assert_not_encoded(c, &b, FC_E_LIMIT);
    b = good;
    free_batch(&b);
    fc__codec_destroy(c);
}

static void test_directory__rows_outside_the_block_are_refused(void **state)
{
    static const size_t rows[] = {10};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F32, 2, 8, 0, 0), FILL_GAUSSIAN, 3, rows, 1);
    fc_buf block = encode_batch(c, &b);
    fc_block_view *v = open_block(&block);
    uint8_t out[31 * 32];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__block_decode(c, v, 30, 0, out, &err), &err);
    assert_status(FC_E_INVALID, fc__block_decode(c, v, 30, 1, out, &err), &err);
    assert_status(FC_E_INVALID, fc__block_decode(c, v, 0, 31, out, &err), &err);
    assert_status(FC_E_INVALID, fc__block_decode(c, v, 1, UINT64_MAX, out, &err), &err);
    assert_status(FC_E_INVALID, fc__block_decode(c, v, UINT64_MAX, 1, out, &err), &err);
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

static void test_layout__sizes_of_a_row(void **state)
{
    fc_item_layout l = layout_of(FC_I8, 3, 14, 112, 0);

    (void)state;
    assert_int_equal(fc__layout_row_elements(&l), 14 * 112);
    assert_int_equal(fc__layout_row_bytes(&l), 14 * 112 + 4);
    l.dtype = FC_F16;
    assert_int_equal(fc__layout_row_bytes(&l), 2 * 14 * 112);
    l.row_shape[1] = UINT64_C(1) << 31;
    assert_int_equal(fc__layout_row_elements(&l), 0);
    l.row_shape[0] = 1;
    assert_int_equal(fc__layout_row_elements(&l), UINT64_C(1) << 31);
    l.row_rank = FC_MAX_RANK + 1;
    assert_int_equal(fc__layout_row_elements(&l), 0);
    l.row_rank = 0;
    assert_int_equal(fc__layout_row_bytes(&l), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directory__content_numbers_up_to_the_last_one),
        cmocka_unit_test(test_directory__a_plain_run_of_vectors_costs_a_few_bytes),
        cmocka_unit_test(test_directory__chunks_know_their_place),
        cmocka_unit_test(test_directory__provenance_runs),
        cmocka_unit_test(test_directory__time_axes_of_every_kind_come_back),
        cmocka_unit_test(test_directory__many_explicit_axes_keep_their_own_intervals),
        cmocka_unit_test(test_directory__the_measured_error_is_kept),
        cmocka_unit_test(test_directory__what_no_reader_would_take_is_refused),
        cmocka_unit_test(test_directory__rows_outside_the_block_are_refused),
        cmocka_unit_test(test_layout__sizes_of_a_row),
    };

    return cmocka_run_group_tests_name("block directory", tests, NULL, NULL);
}
