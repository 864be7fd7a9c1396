/*
 * A block gives back what went in, bit for bit: every precision, rank, size and transform.
 */
#include "codec_fixture.h"

static const fc_dtype dtypes[] = {FC_F32, FC_F16, FC_BF16, FC_I8};
#define N_DTYPES (sizeof(dtypes) / sizeof(dtypes[0]))

/* Encode, check all of it, and every range of rows that starts or ends near a frame's edge. */
static void round_trip(fc_codec *c, const batch *b)
{
    const size_t row_bytes = fc__layout_row_bytes(&b->layout);
    fc_buf block = encode_batch(c, b);
    fc_block_view *v = open_block(&block);
    uint8_t *rows = malloc(b->bytes + 1);
    fc_error err = FC_ERROR_INIT;
    fc_rng rng = fc__rng_seed(3);

    assert_non_null(rows);
    assert_holds(c, v, b);
    for (int i = 0; i < 20 && b->n_rows > 0; i++) {
        const uint64_t first = fc__rng_below(&rng, b->n_rows);
        const uint64_t n = fc__rng_below(&rng, b->n_rows - first + 1);

        assert_status(FC_OK, fc__block_decode(c, v, first, n, rows, &err), &err);
        assert_memory_equal(rows, b->rows + first * row_bytes, n * row_bytes);
    }
    free(rows);
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
}

static void test_block__vectors_round_trip_in_every_precision_and_odd_size(void **state)
{
    static const uint64_t dims[] = {1, 2, 3, 7, 31, 384, 1000, 1281};
    static const size_t counts[] = {1, 2, 3, 13, 64, 201};
    static const size_t one[] = {1};
    fc_codec *c = make_codec();

    (void)state;
    for (size_t t = 0; t < N_DTYPES; t++)
        for (size_t d = 0; d < sizeof(dims) / sizeof(dims[0]); d++)
            for (size_t n = 0; n < sizeof(counts) / sizeof(counts[0]); n++) {
                batch b = make_batch(layout_of(dtypes[t], 1, dims[d], 0, 0),
                                     (fill)((d + n) % N_FILLS), counts[n], one, 1);

                round_trip(c, &b);
                free_batch(&b);
            }
    fc__codec_destroy(c);
}

static void test_block__sequences_maps_and_rank_4_round_trip(void **state)
{
    static const size_t lengths[] = {5, 0, 1, 77, 0, 12};
    static const size_t rows[] = {14};
    fc_codec *c = make_codec();

    (void)state;
    for (size_t t = 0; t < N_DTYPES; t++)
        for (int f = 0; f < N_FILLS; f++) {
            batch seq = make_batch(layout_of(dtypes[t], 2, 96, 0, 0), (fill)f, 23, lengths, 6);
            batch map = make_batch(layout_of(dtypes[t], 3, 14, 19, 0), (fill)f, 5, rows, 1);
            batch cube = make_batch(layout_of(dtypes[t], 4, 5, 7, 3), (fill)f, 4, rows, 1);

            round_trip(c, &seq);
            round_trip(c, &map);
            round_trip(c, &cube);
            free_batch(&seq);
            free_batch(&map);
            free_batch(&cube);
        }
    fc__codec_destroy(c);
}

static void test_block__items_without_rows_make_a_block(void **state)
{
    static const size_t none[] = {0};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 2, 384, 0, 0), FILL_GAUSSIAN, 9, none, 1);
    fc_buf block = encode_batch(c, &b);
    fc_block_view *v = open_block(&block);

    (void)state;
    assert_holds(c, v, &b);
    assert_string_equal(block_name(v), "none");
    assert_non_null(fc__block_find(v, b.items[4].content));
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

/* One row of 1 M elements is 32 to 128 frames' worth and still one frame. */
static void test_block__rows_larger_than_a_frame_round_trip(void **state)
{
    static const size_t one[] = {1}, three[] = {3};
    fc_codec *c = make_codec();

    (void)state;
    for (size_t t = 0; t < N_DTYPES; t++) {
        batch big = make_batch(layout_of(dtypes[t], 1, 1u << 20, 0, 0), FILL_RELU, 2, one, 1);
        batch odd = make_batch(layout_of(dtypes[t], 2, 40001, 0, 0), FILL_GAUSSIAN, 2, three, 1);

        round_trip(c, &big);
        round_trip(c, &odd);
        free_batch(&big);
        free_batch(&odd);
    }
    fc__codec_destroy(c);
}

/* Whatever is chosen for real data, each transform must be right on all data. */
static void test_block__each_transform_forced_round_trips_every_fill(void **state)
{
    static const char *const names[] = {"raw",  "planes",      "zero+planes",
                                        "zstd", "sign+planes", "column+planes"};
    static const size_t one[] = {1};
    fc_codec *c = make_codec();

    (void)state;
    for (unsigned t = 0; t < FC_N_TRANSFORMS; t++)
        for (size_t d = 0; d < N_DTYPES; d++)
            for (int f = 0; f < N_FILLS; f++) {
                batch b = make_batch(layout_of(dtypes[d], 1, 333, 0, 0), (fill)f, 130, one, 1);
                fc_block_view *v;
                fc_buf block;

                fc__codec_allow(c, 1u << t, true);
                block = encode_batch(c, &b);
                v = open_block(&block);
                assert_holds(c, v, &b);
                /* int8 has no sign bit. */
                if (dtypes[d] != FC_I8 ||
                    (t != FC_TRANSFORM_SIGN_PLANES && t != FC_TRANSFORM_COLUMN_PLANES))
                    assert_string_equal(block_name(v), names[t]);
                fc__block_view_destroy(v);
                fc_buf_dispose(&block);
                free_batch(&b);
            }
    fc__codec_destroy(c);
}

/* Whatever comes: shapes, precisions, data and what is allowed, all by dice. */
static void test_block__random_blocks_round_trip(void **state)
{
    static const size_t one[] = {1};
    fc_codec *c = make_codec();
    fc_rng rng = fc__rng_seed(99);
    size_t by_column = 0;

    (void)state;
    for (int round = 0; round < 150; round++) {
        const fc_dtype dtype = dtypes[fc__rng_below(&rng, N_DTYPES)];
        const fill kind = (fill)fc__rng_below(&rng, N_FILLS);
        const size_t d = 1 + fc__rng_below(&rng, fc__rng_below(&rng, 2) == 0 ? 40 : 500);
        const size_t n = 1 + fc__rng_below(&rng, 300), rank = 1 + fc__rng_below(&rng, 3);
        const size_t lengths[] = {fc__rng_below(&rng, 30), fc__rng_below(&rng, 30), 0, 5};
        const fc_item_layout layout = rank == 1   ? layout_of(dtype, 1, d, 0, 0)
                                      : rank == 2 ? layout_of(dtype, 2, d, 0, 0)
                                                  : layout_of(dtype, 3, 1 + d % 9, 1 + d % 50, 0);
        batch b = make_batch(layout, kind, rank == 1 ? n : 1 + n % 50, rank == 1 ? one : lengths,
                             rank == 1 ? 1 : 4);
        const unsigned forced = 1u << fc__rng_below(&rng, FC_N_TRANSFORMS);
        const bool force = fc__rng_below(&rng, 2) == 0;
        fc_buf block;
        fc_block_view *v;

        fc__codec_allow(c, force ? forced : FC_TRANSFORMS_ALL, force);
        block = encode_batch(c, &b);
        v = open_block(&block);
        assert_holds(c, v, &b);
        by_column += strstr(block_name(v), "column") != NULL;
        fc__block_view_destroy(v);
        fc_buf_dispose(&block);
        free_batch(&b);
    }
    assert_true(by_column > 5);
    fc__codec_destroy(c);
}

/* The choice, on data whose best transform is known. */
static void test_block__the_transform_fits_the_data(void **state)
{
    static const struct {
        fill kind;
        fc_dtype dtype;
        const char *name;
        double ratio; /* at least this, against raw */
    } cases[] = {
        {FILL_GAUSSIAN, FC_F32, "planes", 1.17},    {FILL_RELU, FC_F32, "zero+planes", 1.9},
        {FILL_LEAN, FC_F16, "column+planes", 1.21}, {FILL_SPARSE, FC_F32, "zero+planes", 20.0},
        {FILL_SPARSE, FC_I8, NULL, 26.5},           {FILL_REPEAT, FC_F32, "zstd", 50.0},
        {FILL_CONSTANT, FC_F32, NULL, 100.0},       {FILL_NOISE, FC_F32, "raw", 0.99},
    };
    static const size_t one[] = {1};
    fc_codec *c = make_codec();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        batch b = make_batch(layout_of(cases[i].dtype, 1, 384, 0, 0), cases[i].kind, 168, one, 1);
        fc_buf block = encode_batch(c, &b);
        fc_block_view *v = open_block(&block);

        if (cases[i].name != NULL)
            assert_string_equal(block_name(v), cases[i].name);
        if ((double)b.bytes < cases[i].ratio * (double)block.size)
            fail_msg("%s: %zu bytes to %zu, wanted ratio %g", block_name(v), b.bytes, block.size,
                     cases[i].ratio);
        fc__block_view_destroy(v);
        fc_buf_dispose(&block);
        free_batch(&b);
    }
    fc__codec_destroy(c);
}

/* What cannot be compressed costs its header and nothing else. */
static void test_block__noise_costs_its_header_only(void **state)
{
    static const size_t one[] = {1};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 1, 384, 0, 0), FILL_NOISE, 341, one, 1);
    fc_buf block = encode_batch(c, &b);

    (void)state;
    assert_in_range(block.size, b.bytes, b.bytes + 600);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

static void test_block__special_floats_keep_their_bits(void **state)
{
    static const uint32_t special[] = {0x80000000, 0x00000000, 0x7fc00001, 0xffc12345, 0x7f800000,
                                       0xff800000, 0x00000001, 0x807fffff, 0x7f7fffff, 0x3f800000};
    static const size_t one[] = {1};
    fc_codec *c = make_codec();

    (void)state;
    for (unsigned t = 0; t < FC_N_TRANSFORMS; t++)
        for (size_t d = 0; d < 3; d++) {
            batch b = make_batch(layout_of(dtypes[d], 1, 200, 0, 0), FILL_RELU, 90, one, 1);
            const size_t size = fc_dtype_size(dtypes[d]);

            for (size_t i = 0; i < b.bytes / size; i += 3) {
                const uint32_t bits = special[i / 3 % 10] >> (size == 2 ? 16 : 0);

                memcpy(b.rows + i * size, &bits, size);
            }
            fc__codec_allow(c, 1u << t, true);
            round_trip(c, &b);
            free_batch(&b);
        }
    fc__codec_destroy(c);
}

static void test_block__decode_to_f32_is_dequantise_after_decode(void **state)
{
    static const size_t lengths[] = {50, 3, 0, 41};
    fc_codec *c = make_codec();
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t t = 0; t < N_DTYPES; t++) {
        batch b = make_batch(layout_of(dtypes[t], 2, 131, 0, 0), FILL_GAUSSIAN, 12, lengths, 4);
        fc_buf block = encode_batch(c, &b);
        fc_block_view *v = open_block(&block);
        float *want = malloc(b.n_rows * 131 * sizeof(*want));
        float *got = malloc(b.n_rows * 131 * sizeof(*got));

        assert_non_null(want);
        assert_non_null(got);
        fc__item_dequantise(&b.layout, b.rows, b.n_rows, want);
        assert_status(FC_OK, fc__block_decode_f32(c, v, 0, b.n_rows, got, &err), &err);
        assert_memory_equal(got, want, b.n_rows * 131 * sizeof(*got));
        assert_status(FC_OK, fc__block_decode_f32(c, v, 100, 151, got, &err), &err);
        assert_memory_equal(got, want + 100 * 131, 151 * 131 * sizeof(*got));
        free(want);
        free(got);
        fc__block_view_destroy(v);
        fc_buf_dispose(&block);
        free_batch(&b);
    }
    fc__codec_destroy(c);
}

static void test_block__the_same_items_give_the_same_bytes(void **state)
{
    static const size_t one[] = {1};
    fc_codec *a = make_codec(), *other = make_codec();
    batch first = make_batch(layout_of(FC_F32, 1, 384, 0, 0), FILL_RELU, 100, one, 1);
    batch second = make_batch(layout_of(FC_F16, 1, 77, 0, 0), FILL_GAUSSIAN, 300, one, 1);
    fc_buf fresh = encode_batch(a, &first), used, again;

    (void)state;
    /* A codec that has other work behind it carries nothing over. */
    again = encode_batch(other, &second);
    fc_buf_dispose(&again);
    used = encode_batch(other, &first);
    again = encode_batch(other, &first);
    assert_int_equal(fresh.size, used.size);
    assert_memory_equal(fresh.data, used.data, used.size);
    assert_memory_equal(fresh.data, again.data, again.size);
    fc_buf_dispose(&fresh);
    fc_buf_dispose(&used);
    fc_buf_dispose(&again);
    free_batch(&first);
    free_batch(&second);
    fc__codec_destroy(a);
    fc__codec_destroy(other);
}

static void test_block__frames_end_where_items_do(void **state)
{
    static const struct {
        fc_item_layout layout;
        size_t each, want; /* rows of an item, rows of a frame */
    } cases[] = {
        {{FC_F16, 3, 2, {14, 8}}, 14, 140}, /* items that fit: as many whole ones as do */
        {{FC_F16, 2, 1, {112}}, 196, 196},  /* 43 KiB: one frame */
        {{FC_F32, 2, 1, {112}}, 196, 98},   /* 86 KiB: two */
        {{FC_F16, 2, 1, {384}}, 257, 42},   /* a prime: 32 KiB after 32 KiB */
        {{FC_F16, 1, 1, {384}}, 1, 42},     /* vectors */
        {{FC_F32, 2, 1, {9000}}, 3, 1},     /* rows larger than a frame */
        {{FC_F16, 2, 1, {384}}, 1500, 75},  /* 57 KiB, 20 to an item */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_codec *c = make_codec();
        batch b = make_batch(cases[i].layout, FILL_GAUSSIAN, cases[i].each > 1 ? 12 : 600,
                             &cases[i].each, 1);
        fc_buf block = encode_batch(c, &b);
        fc_block_view *v = open_block(&block);

        assert_int_equal(v->rows_per_frame, cases[i].want);
        assert_holds(c, v, &b);
        fc__block_view_destroy(v);
        fc_buf_dispose(&block);
        free_batch(&b);
        fc__codec_destroy(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block__vectors_round_trip_in_every_precision_and_odd_size),
        cmocka_unit_test(test_block__sequences_maps_and_rank_4_round_trip),
        cmocka_unit_test(test_block__items_without_rows_make_a_block),
        cmocka_unit_test(test_block__rows_larger_than_a_frame_round_trip),
        cmocka_unit_test(test_block__each_transform_forced_round_trips_every_fill),
        cmocka_unit_test(test_block__random_blocks_round_trip),
        cmocka_unit_test(test_block__the_transform_fits_the_data),
        cmocka_unit_test(test_block__noise_costs_its_header_only),
        cmocka_unit_test(test_block__special_floats_keep_their_bits),
        cmocka_unit_test(test_block__decode_to_f32_is_dequantise_after_decode),
        cmocka_unit_test(test_block__the_same_items_give_the_same_bytes),
        cmocka_unit_test(test_block__frames_end_where_items_do),
    };

    return cmocka_run_group_tests_name("block round trip", tests, NULL, NULL);
}
