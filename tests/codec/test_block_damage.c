/*
 * A damaged block is refused, never decoded into something else: truncations, flipped bits, another
 * key, a newer version, and headers that lie behind a right checksum.
 */
#include "codec_fixture.h"

typedef struct fixture {
    fc_codec *codec;
    batch data;
    fc_buf block;
} fixture;

static int setup(void **state)
{
    static const size_t lengths[] = {40, 0, 7, 111};
    static int64_t intervals[2 * 7];
    fixture *fx = calloc(1, sizeof(*fx));

    if (fx == NULL)
        return -1;
    fx->codec = make_codec();
    fx->data = make_batch(layout_of(FC_F32, 2, 96, 0, 0), FILL_RELU, 8, lengths, 4);
    for (int i = 0; i < 14; i++)
        intervals[i] = 1000 * i;
    fx->data.items[2].time = (fc_time_axis){.kind = FC_TIME_EXPLICIT, .intervals = intervals};
    fx->data.items[3].time = (fc_time_axis){.kind = FC_TIME_REGULAR, .hop_ns = 20000000};
    fx->data.items[6].provenance = 9;
    fx->block = encode_batch(fx->codec, &fx->data);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    fc_buf_dispose(&fx->block);
    free_batch(&fx->data);
    fc__codec_destroy(fx->codec);
    free(fx);
    return 0;
}

/* Open, and decode all: the first status that is not FC_OK. Rows must be right when it is. */
static fc_status read_whole(const fixture *fx, const uint8_t *bytes, size_t n, uint32_t seed)
{
    fc_block_view *v = NULL;
    fc_error err = FC_ERROR_INIT;
    uint8_t *rows = NULL;
    fc_status st = fc__block_view_create(&v, bytes, n, seed, &err);

    if (st != FC_OK) {
        assert_null(v);
        assert_true(err.message[0] != '\0');
        return st;
    }
    rows = malloc((size_t)fc__block_raw_bytes(v) + 1);
    assert_non_null(rows);
    st = fc__block_decode(fx->codec, v, 0, fc__block_n_rows(v), rows, &err);
    if (st == FC_OK) {
        assert_int_equal(fc__block_raw_bytes(v), fx->data.bytes);
        assert_memory_equal(rows, fx->data.rows, fx->data.bytes);
    }
    assert_int_equal(st, fc__block_check(fx->codec, v, &err));
    free(rows);
    fc__block_view_destroy(v);
    return st;
}

static void assert_refused(fc_status st)
{
    if (st != FC_E_CORRUPT && st != FC_E_VERSION)
        fail_msg("wanted corrupt or version, got %s", fc_status_string(st));
}

/* Each prefix sits in a block of its exact size: ASan sees any overread. */
static void test_block__rejects_every_truncation(void **state)
{
    const fixture *fx = *state;

    assert_int_equal(FC_OK, read_whole(fx, fx->block.data, fx->block.size, TEST_SEED));
    /* Every length through the header and the first frame, then steps, to the last byte. */
    for (size_t cut = 0; cut < fx->block.size; cut += cut < 4000 ? 1 : 97) {
        uint8_t *prefix = malloc(cut + (cut == 0));

        assert_non_null(prefix);
        memcpy(prefix, fx->block.data, cut);
        assert_int_equal(FC_E_CORRUPT, read_whole(fx, prefix, cut, TEST_SEED));
        free(prefix);
    }
    assert_int_equal(FC_E_CORRUPT, read_whole(fx, fx->block.data, fx->block.size - 1, TEST_SEED));
}

static void test_block__rejects_bytes_after_its_end(void **state)
{
    const fixture *fx = *state;
    uint8_t *longer = calloc(1, fx->block.size + 1);

    assert_non_null(longer);
    memcpy(longer, fx->block.data, fx->block.size);
    assert_int_equal(FC_E_CORRUPT, read_whole(fx, longer, fx->block.size + 1, TEST_SEED));
    free(longer);
}

static void test_block__rejects_2000_flipped_bits(void **state)
{
    const fixture *fx = *state;
    const size_t header = fc_get_le32(fx->block.data + 8);
    fc_rng rng = fc__rng_seed(11);

    for (int i = 0; i < 2000; i++) {
        /* Half of them in the header, which is short. */
        const size_t at = (size_t)fc__rng_below(&rng, i % 2 ? header : fx->block.size);
        const uint8_t bit = (uint8_t)(1u << fc__rng_below(&rng, 8));

        fx->block.data[at] ^= bit;
        assert_refused(read_whole(fx, fx->block.data, fx->block.size, TEST_SEED));
        fx->block.data[at] ^= bit;
    }
}

static void test_block__fails_under_another_key(void **state)
{
    const fixture *fx = *state;
    fc_error err = FC_ERROR_INIT;
    fc_block_view *v = NULL;
    uint8_t row[96 * 4];

    assert_int_equal(FC_E_CORRUPT, read_whole(fx, fx->block.data, fx->block.size, TEST_SEED + 1));
    /* A header resealed for another key does not make its frames belong there. */
    fc_put_le32(fx->block.data + fc_get_le32(fx->block.data + 8) - FC_BLOCK_CRC_BYTES,
                fc__crc32c(TEST_SEED + 1, fx->block.data,
                           fc_get_le32(fx->block.data + 8) - FC_BLOCK_CRC_BYTES));
    assert_status(FC_OK,
                  fc__block_view_create(&v, fx->block.data, fx->block.size, TEST_SEED + 1, &err),
                  &err);
    assert_status(FC_E_CORRUPT, fc__block_decode(fx->codec, v, 0, 1, row, &err), &err);
    fc__block_view_destroy(v);
}

static void test_block__refuses_a_newer_layout(void **state)
{
    const fixture *fx = *state;

    fx->block.data[4] = FC_BLOCK_VERSION + 1;
    reseal(fx->block.data, fx->block.size, TEST_SEED);
    assert_int_equal(FC_E_VERSION, read_whole(fx, fx->block.data, fx->block.size, TEST_SEED));
    fx->block.data[4] = 0;
    reseal(fx->block.data, fx->block.size, TEST_SEED);
    assert_int_equal(FC_E_CORRUPT, read_whole(fx, fx->block.data, fx->block.size, TEST_SEED));
}

/* Fields of the header set to lies, with a right checksum over them. */
static void test_block__refuses_headers_that_lie(void **state)
{
    static const struct {
        size_t at, bytes;
        uint64_t value;
    } lies[] = {
        {5, 1, 0},      /* dtype */
        {5, 1, FC_U8},  /* a dtype that is not stored */
        {5, 1, FC_F16}, /* frames then have too many bytes */
        {6, 1, 0},      /* item rank */
        {6, 1, 5},
        {7, 1, 0}, /* row rank */
        {7, 1, 2},
        {8, 4, 0}, /* header bytes */
        {8, 4, 39},
        {8, 4, UINT32_MAX},
        {12, 4, 1u << 6}, /* a flag that is not known */
        {12, 4, FC_BLOCK_TIME_EACH | FC_BLOCK_TIME_SAME},
        {12, 4, FC_BLOCK_ROWS_SAME},
        {16, 4, 0}, /* items */
        {16, 4, 7},
        {16, 4, 9},
        {16, 4, FC_BLOCK_ITEMS_MAX + 1u},
        {16, 4, UINT32_MAX},
        {20, 4, 0}, /* frames */
        {20, 4, 1},
        {20, 4, UINT32_MAX},
        {24, 8, 0}, /* rows */
        {24, 8, 317},
        {24, 8, UINT64_MAX},
        {24, 8, UINT64_C(1) << 40},
        {32, 4, 0}, /* rows a frame */
        {32, 4, 1},
        {32, 4, UINT32_MAX},
        {36, 1, 0}, /* the row shape */
        {36, 1, 95},
        {36, 1, 0xff},
    };
    const fixture *fx = *state;

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        uint8_t *copy = malloc(fx->block.size);

        assert_non_null(copy);
        memcpy(copy, fx->block.data, fx->block.size);
        memcpy(copy + lies[i].at, &lies[i].value, lies[i].bytes);
        reseal(copy, fx->block.size, TEST_SEED);
        if (read_whole(fx, copy, fx->block.size, TEST_SEED) != FC_E_CORRUPT)
            fail_msg("offset %zu, value %llu: not refused", lies[i].at,
                     (unsigned long long)lies[i].value);
        free(copy);
    }
}

/* A header over fabricated items and one frame of `stored` bytes, as no encoder would write it; the
 * message of its refusal must hold `why`. */
static void refuse_header(const fc_item *items, size_t n_items, uint64_t rows_per_frame,
                          size_t stored, const char *why)
{
    const fc_item_layout layout = layout_of(FC_F16, 2, 2, 0, 0);
    const fc_frame_ref frame = {.transform = FC_TRANSFORM_ZSTD, .stored_bytes = (uint32_t)stored};
    fc_buf block = FC_BUF_INIT;
    fc_block_view *v = NULL;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK,
                  fc__block_header_write(&layout, items, n_items, NULL, NULL, rows_per_frame,
                                         &frame, 1, TEST_SEED, &block, &err),
                  &err);
    for (size_t i = 0; i < stored; i++)
        assert_status(FC_OK, fc_buf_append_u8(&block, 0, &err), &err);
    assert_status(FC_E_CORRUPT, fc__block_view_create(&v, block.data, block.size, TEST_SEED, &err),
                  &err);
    if (strstr(err.message, why) == NULL)
        fail_msg("'%s' lacks '%s'", err.message, why);
    fc_buf_dispose(&block);
}

/* The row count of the whole block, 16 above that of its items: the frames still seem to fit. */
static void test_block__refuses_rows_that_no_item_has(void **state)
{
    const fixture *fx = *state;
    fc_block_view *v = NULL;
    fc_error err = FC_ERROR_INIT;

    fc_put_le64(fx->block.data + 24, fx->data.n_rows + 16);
    reseal(fx->block.data, fx->block.size, TEST_SEED);
    assert_status(FC_E_CORRUPT,
                  fc__block_view_create(&v, fx->block.data, fx->block.size, TEST_SEED, &err), &err);
    assert_string_equal(err.message, "block: its items have 316 rows, wanted 332");
}

static void test_block__refuses_items_that_do_not_add_up(void **state)
{
    static const int64_t intervals[6];
    const fc_item good = {.content = 5, .n_rows = 3, .total_rows = 3};
    const fc_item next = {.content = 6, .n_rows = 3, .total_rows = 3};
    fc_item items[3] = {good, next, next};

    (void)state;
    /* 2^30 rows of 4 bytes in a block of 8 bytes */
    items[0].n_rows = items[0].total_rows = 1u << 30;
    refuse_header(items, 1, 1u << 30, 8, "over the cap");
    /* 2^63 + 2^63 + 3 rows wrap around to 3 */
    items[0].n_rows = items[0].total_rows = UINT64_C(1) << 63;
    items[1].n_rows = items[1].total_rows = UINT64_C(1) << 63;
    items[2].content = 7;
    refuse_header(items, 3, 3, 8, "more rows than fit");
    items[0] = good;
    items[1] = good;
    refuse_header(items, 2, 6, 8, "not above the one before");
    items[1].content = 4;
    refuse_header(items, 2, 6, 8, "not above the one before");
    items[1] = next;
    items[1].first_row = 1;
    refuse_header(items, 2, 6, 8, "a chunk outside its item");
    items[1].total_rows = 2;
    refuse_header(items, 2, 6, 8, "a chunk outside its item");
    items[0].time = (fc_time_axis){.kind = FC_TIME_EXPLICIT, .intervals = intervals};
    items[1] = next;
    items[1].time.kind = (fc_time_kind)7;
    refuse_header(items, 2, 6, 8, "no valid time axis");
}

/* The same for a plain directory, which is read another way: numbers in a row, one length. */
static void test_block__refuses_plain_directories_that_do_not_add_up(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } lies[] = {
        {24, 7, "more or fewer rows"}, /* rows of the block: 6 */
        {38, 2, "more or fewer rows"}, /* rows of each item: 3 */
        {38, 4, "more or fewer rows"},
        {39, 0, "no valid provenance"}, /* items of the first run: 2 */
        {39, 3, "no valid provenance"},
    };
    const fc_item_layout layout = layout_of(FC_F16, 2, 2, 0, 0);
    fc_item items[2] = {{.content = 5, .n_rows = 3, .total_rows = 3},
                        {.content = 6, .n_rows = 3, .total_rows = 3}};
    const fc_frame_ref frame = {.transform = FC_TRANSFORM_RAW};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        fc_buf block = FC_BUF_INIT;
        fc_block_view *v = NULL;

        assert_status(FC_OK,
                      fc__block_header_write(&layout, items, 2, NULL, NULL, 8, &frame, 1, TEST_SEED,
                                             &block, &err),
                      &err);
        assert_status(FC_OK, fc__block_view_create(&v, block.data, block.size, TEST_SEED, &err),
                      &err);
        fc__block_view_destroy(v);
        block.data[lies[i].at] = lies[i].value;
        reseal(block.data, block.size, TEST_SEED);
        assert_status(FC_E_CORRUPT,
                      fc__block_view_create(&v, block.data, block.size, TEST_SEED, &err), &err);
        if (strstr(err.message, lies[i].why) == NULL)
            fail_msg("'%s' lacks '%s'", err.message, lies[i].why);
        fc_buf_dispose(&block);
    }
    /* The number after the last one there is would be 0. */
    items[0].content = UINT64_MAX;
    items[1].content = 0;
    refuse_header(items, 2, 8, 0, "content numbers that do not fit");
}

/* The row count of an item raised under its explicit time axis: refused before memory is taken. */
static void test_block__refuses_more_intervals_than_bytes(void **state)
{
    static const int64_t intervals[4];
    const fc_item_layout layout = layout_of(FC_I8, 2, 1, 0, 0);
    const fc_item item = {.content = 5,
                          .n_rows = 2,
                          .total_rows = 2,
                          .time = {.kind = FC_TIME_EXPLICIT, .intervals = intervals}};
    const uint32_t rows = 1u << 20; /* as a varint three bytes longer than the 2 that is there */
    const fc_frame_ref frame = {.transform = FC_TRANSFORM_ZSTD, .stored_bytes = 0};
    fc_buf block = FC_BUF_INIT;
    fc_block_view *v = NULL;
    fc_error err = FC_ERROR_INIT;
    uint8_t *at;

    (void)state;
    assert_status(FC_OK,
                  fc__block_header_write(&layout, &item, 1, NULL, NULL, rows, &frame, 1, TEST_SEED,
                                         &block, &err),
                  &err);
    assert_status(FC_OK, fc_buf_append(&block, "\0\0", 2, &err), &err);
    /* offset 36: row shape 1, content 5, rows 2 */
    at = block.data + 36 + 2;
    assert_int_equal(*at, 2);
    memmove(at + 3, at + 1, block.size - 2 - (size_t)(at + 1 - block.data));
    memcpy(at, "\x80\x80\x40", 3);
    fc_put_le32(block.data + 8, (uint32_t)block.size);
    fc_put_le64(block.data + 24, rows);
    reseal(block.data, block.size, TEST_SEED);
    assert_status(FC_E_CORRUPT, fc__block_view_create(&v, block.data, block.size, TEST_SEED, &err),
                  &err);
    if (strstr(err.message, "more intervals than bytes") == NULL)
        fail_msg("'%s'", err.message);
    fc_buf_dispose(&block);
}

/* Changed bytes with right checksums: whatever the status, no overread, no abort, no hang, and a
 * block that opens stays within its caps. ASan and UBSan make this a test. */
static void test_block__survives_4000_resealed_changes(void **state)
{
    const fixture *fx = *state;
    const size_t header = fc_get_le32(fx->block.data + 8);
    uint8_t *copy = malloc(fx->block.size), *rows = malloc(FC_BLOCK_RAW_MAX);
    fc_rng rng = fc__rng_seed(12);
    int opened = 0, refused = 0;

    assert_non_null(copy);
    assert_non_null(rows);
    for (int i = 0; i < 4000; i++) {
        fc_block_view *v = NULL;
        fc_error err = FC_ERROR_INIT;

        memcpy(copy, fx->block.data, fx->block.size);
        for (uint64_t k = 1 + fc__rng_below(&rng, 3); k > 0; k--)
            copy[fc__rng_below(&rng, i % 2 ? header : fx->block.size)] = (uint8_t)fc__rng_u64(&rng);
        reseal(copy, fx->block.size, TEST_SEED);
        if (fc__block_view_create(&v, copy, fx->block.size, TEST_SEED, &err) != FC_OK) {
            refused++;
            continue;
        }
        opened++;
        assert_true(fc__block_raw_bytes(v) <= FC_BLOCK_RAW_MAX);
        (void)fc__block_decode(fx->codec, v, 0, fc__block_n_rows(v), rows, &err);
        (void)fc__block_check(fx->codec, v, &err);
        fc__block_view_destroy(v);
    }
    /* Both kinds came by, or this tested nothing. */
    assert_true(opened > 100);
    assert_true(refused > 100);
    free(copy);
    free(rows);
}

/* A view that failed to take a new block shows none. */
static void test_block__a_view_is_empty_after_a_failed_reset(void **state)
{
    const fixture *fx = *state;
    fc_block_view *v = open_block(&fx->block);
    fc_error err = FC_ERROR_INIT;

    assert_non_null(fc__block_find(v, fx->data.items[0].content));
    assert_status(FC_E_CORRUPT,
                  fc__block_view_reset(v, fx->block.data, fx->block.size, TEST_SEED + 1, &err),
                  &err);
    assert_int_equal(fc__block_n_items(v), 0);
    assert_int_equal(fc__block_n_rows(v), 0);
    assert_null(fc__block_find(v, fx->data.items[0].content));
    assert_status(FC_OK, fc__block_view_reset(v, fx->block.data, fx->block.size, TEST_SEED, &err),
                  &err);
    assert_holds(fx->codec, v, &fx->data);
    fc__block_view_destroy(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_block__rejects_every_truncation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block__rejects_bytes_after_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block__rejects_2000_flipped_bits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block__fails_under_another_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block__refuses_a_newer_layout, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block__refuses_headers_that_lie, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block__refuses_rows_that_no_item_has, setup, teardown),
        cmocka_unit_test(test_block__refuses_items_that_do_not_add_up),
        cmocka_unit_test(test_block__refuses_plain_directories_that_do_not_add_up),
        cmocka_unit_test(test_block__refuses_more_intervals_than_bytes),
        cmocka_unit_test_setup_teardown(test_block__survives_4000_resealed_changes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_block__a_view_is_empty_after_a_failed_reset, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("block damage", tests, NULL, NULL);
}
