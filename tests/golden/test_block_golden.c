/*
 * Golden blocks pin the layout of schemas/block.md: what an earlier version wrote must read back to
 * the same items, bit for bit, for ever.
 *
 *     FC_GOLDEN_WRITE=1 test_block_golden    writes those that are not there yet
 *
 * Never replace a file: add a new one for a new layout. The bytes of a compressed frame may differ
 * between versions of zstd, so only blocks of raw frames are also compared as written.
 */
#include "../codec/codec_fixture.h"

#define GOLDEN_SEED 0xfeedc0deu

typedef struct golden {
    const char *name;
    fc_item_layout layout;
    size_t n_items;
    size_t rows_each; /* item i has rows_each rows, or i % 4 for 0 */
    unsigned transforms;
    const char *transform;
    const fc_quant_error *error;
} golden;

static const fc_quant_error golden_error = {
    .sum_squared_error = 0x1p-10, .sum_squared = 9.25, .max_abs = 0x1p-7, .n_elements = 9};

static const golden goldens[] = {
    {"small_f16", {FC_F16, 2, 1, {3}}, 2, 0, 1u << FC_TRANSFORM_RAW, "raw", &golden_error},
    {"empty", {FC_F32, 2, 1, {384}}, 1, 0, 1u << FC_TRANSFORM_RAW, "none", NULL},
    {"raw_f32", {FC_F32, 1, 1, {40}}, 9, 1, 1u << FC_TRANSFORM_RAW, "raw", NULL},
    {"planes_f32", {FC_F32, 1, 1, {384}}, 30, 1, 1u << FC_TRANSFORM_PLANES, "planes", NULL},
    {"planes_bf16", {FC_BF16, 2, 1, {96}}, 40, 0, 1u << FC_TRANSFORM_PLANES, "planes", NULL},
    {"planes_int8", {FC_I8, 2, 1, {96}}, 40, 0, 1u << FC_TRANSFORM_PLANES, "planes", NULL},
    {"sign_f16",
     {FC_F16, 3, 2, {14, 28}},
     6,
     14,
     1u << FC_TRANSFORM_SIGN_PLANES,
     "sign+planes",
     NULL},
    {"zero_f32", {FC_F32, 1, 1, {640}}, 20, 1, 1u << FC_TRANSFORM_ZERO_PLANES, "zero+planes", NULL},
    {"zero_f16",
     {FC_F16, 4, 3, {4, 5, 6}},
     20,
     7,
     1u << FC_TRANSFORM_ZERO_PLANES,
     "zero+planes",
     NULL},
    {"seven_bf16",
     {FC_BF16, 1, 1, {700}},
     20,
     1,
     1u << FC_TRANSFORM_ZERO_PLANES,
     "zero+planes",
     NULL},
    {"zero_int8", {FC_I8, 2, 1, {96}}, 40, 0, 1u << FC_TRANSFORM_ZERO_PLANES, "zero+planes", NULL},
    {"column_f16",
     {FC_F16, 1, 1, {96}},
     200,
     1,
     1u << FC_TRANSFORM_COLUMN_PLANES,
     "column+planes",
     NULL},
    {"column_bf16",
     {FC_BF16, 3, 2, {4, 24}},
     12,
     4,
     1u << FC_TRANSFORM_COLUMN_PLANES,
     "column+planes",
     NULL},
    {"column8_f16",
     {FC_F16, 1, 1, {96}},
     200,
     1,
     1u << FC_TRANSFORM_COLUMN_PLANES,
     "column+planes",
     NULL},
    {"column8_bf16",
     {FC_BF16, 3, 2, {4, 24}},
     12,
     4,
     1u << FC_TRANSFORM_COLUMN_PLANES,
     "column+planes",
     NULL},
    {"zstd_f16", {FC_F16, 1, 1, {100}}, 250, 1, 1u << FC_TRANSFORM_ZSTD, "zstd", NULL},
};

#define N_GOLDENS (sizeof(goldens) / sizeof(goldens[0]))

/* Sums of integers and powers of two only: the same floats on every machine. */
static float golden_value(fc_rng *rng, const golden *g, size_t i)
{
    int32_t sum = -2 * 65535;
    const bool zero_like = g->transforms & (1u << FC_TRANSFORM_ZERO_PLANES);

    for (int k = 0; k < 4; k++)
        sum += (int32_t)(fc__rng_u64(rng) & 65535);
    if (g->transforms & (1u << FC_TRANSFORM_ZSTD))
        return (float)(i % 100) * 0x1p-4f - 1.0f; /* rows repeat */
    if (g->transforms &
        (1u << FC_TRANSFORM_COLUMN_PLANES)) /* columns of their own scale and lean */
        return (float)sum * (i % 3 == 0 ? 0x1p-22f : 0x1p-15f) + (float)(i % 8) - 3.5f;
    if (zero_like && sum < 0)
        return sum < -60000 && g->layout.dtype != FC_BF16 ? -0.0f : 0.0f;
    return (float)sum * 0x1p-15f;
}

static batch golden_batch(const golden *g)
{
    static const int64_t intervals[] = {0, 25000000, 20000000, 45000000, 40000000, 65000000};
    batch b = {.layout = g->layout, .n_items = g->n_items};
    const size_t d = fc__layout_row_elements(&g->layout), row = fc__layout_row_bytes(&g->layout);
    fc_rng rng = fc__rng_seed(1234);
    fc_buf stored = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    size_t at = 0;
    float *x;

    for (size_t i = 0; i < g->n_items; i++)
        b.n_rows += g->rows_each > 0 ? g->rows_each : (g->n_items == 2 ? 2 - i : i % 4);
    x = malloc(b.n_rows * d * sizeof(*x) + 1);
    assert_non_null(x);
    for (size_t i = 0; i < b.n_rows * d; i++)
        x[i] = golden_value(&rng, g, i);
    assert_status(FC_OK, fc__item_quantise(&g->layout, x, b.n_rows, &stored, NULL, &err), &err);
    free(x);
    b.rows = stored.data;
    b.bytes = stored.size;
    b.items = calloc(g->n_items, sizeof(b.items[0]));
    assert_non_null(b.items);
    for (size_t i = 0; i < g->n_items; i++) {
        fc_item *item = &b.items[i];

        item->content = 5 + 2 * i;
        item->n_rows = g->rows_each > 0 ? g->rows_each : (g->n_items == 2 ? 2 - i : i % 4);
        item->total_rows = item->n_rows;
        item->bytes = b.rows + at * row;
        item->provenance = (uint16_t)(1 + i / 8);
        at += (size_t)item->n_rows;
        if (g->rows_each == 0 && i % 4 == 1)
            item->time = (fc_time_axis){.kind = FC_TIME_EXPLICIT, .intervals = intervals};
        else if (g->rows_each == 0)
            item->time =
                (fc_time_axis){.kind = FC_TIME_REGULAR, .hop_ns = 20000000, .length_ns = 25000000};
    }
    return b;
}

static char *golden_path(const golden *g)
{
    const char *source = getenv("FC_SOURCE_DIR");
    char *path = NULL;

    assert_true(asprintf(&path, "%s/tests/golden/block/%s.block", source != NULL ? source : ".",
                         g->name) > 0);
    return path;
}

static fc_buf encode_golden(fc_codec *c, const golden *g, const batch *b)
{
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    fc__codec_allow(c, g->transforms, true);
    assert_status(
        FC_OK,
        fc__block_encode(c, &b->layout, b->items, b->n_items, g->error, GOLDEN_SEED, &out, &err),
        &err);
    return out;
}

static void write_missing(void)
{
    fc_codec *c = make_codec();

    for (size_t i = 0; i < N_GOLDENS; i++) {
        char *path = golden_path(&goldens[i]);

        if (access(path, F_OK) != 0) {
            batch b = golden_batch(&goldens[i]);
            fc_buf block = encode_golden(c, &goldens[i], &b);

            fc_test_write_file(path, block.data, block.size);
            print_message("wrote %s\n", path);
            fc_buf_dispose(&block);
            free_batch(&b);
        }
        free(path);
    }
    fc__codec_destroy(c);
}

static void assert_times(const fc_block_view *v, const batch *b)
{
    for (size_t i = 0; i < b->n_items; i++) {
        const fc_time_axis *want = &b->items[i].time, *got = &fc__block_entries(v)[i].time;

        assert_int_equal(got->kind, want->kind);
        assert_int_equal(got->start_ns, want->start_ns);
        assert_int_equal(got->hop_ns, want->hop_ns);
        assert_int_equal(got->length_ns, want->length_ns);
        if (want->kind == FC_TIME_EXPLICIT && b->items[i].n_rows > 0)
            assert_memory_equal(got->intervals, want->intervals,
                                2 * b->items[i].n_rows * sizeof(int64_t));
    }
}

static void test_golden__every_block_reads_back_to_its_items(void **state)
{
    static const fc_quant_error none = {0};
    fc_codec *c = make_codec();

    (void)state;
    for (size_t i = 0; i < N_GOLDENS; i++) {
        const golden *g = &goldens[i];
        char *path = golden_path(g);
        fc_block_view *v = NULL;
        fc_error err = FC_ERROR_INIT;
        batch b = golden_batch(g);
        size_t size = 0;
        uint8_t *block = fc_test_read_file(path, &size);

        assert_status(FC_OK, fc__block_view_create(&v, block, size, GOLDEN_SEED, &err), &err);
        assert_holds(c, v, &b);
        assert_times(v, &b);
        assert_string_equal(block_name(v), g->transform);
        assert_memory_equal(fc__block_error(v), g->error != NULL ? g->error : &none,
                            sizeof(fc_quant_error));
        fc__block_view_destroy(v);
        free(block);
        free_batch(&b);
        free(path);
    }
    fc__codec_destroy(c);
}

static void test_golden__raw_blocks_are_written_as_they_were(void **state)
{
    fc_codec *c = make_codec();

    (void)state;
    for (size_t i = 0; i < N_GOLDENS; i++) {
        const golden *g = &goldens[i];
        batch b = golden_batch(g);
        fc_buf now = encode_golden(c, g, &b);
        char *path = golden_path(g);
        size_t size = 0;
        uint8_t *was = fc_test_read_file(path, &size);

        if (g->transforms == 1u << FC_TRANSFORM_RAW) {
            assert_int_equal(now.size, size);
            assert_memory_equal(now.data, was, size);
        }
        free(was);
        free(path);
        fc_buf_dispose(&now);
        free_batch(&b);
    }
    fc__codec_destroy(c);
}

/* The annotated dump in schemas/block.md: lines of two hex digits, two spaces, bytes, two spaces.
 */
static void test_golden__the_dump_in_the_schema_is_the_small_block(void **state)
{
    const char *source = getenv("FC_SOURCE_DIR");
    char *path = NULL, *small = golden_path(&goldens[0]), line[256];
    size_t size = 0, at = 0;
    uint8_t *block = fc_test_read_file(small, &size);
    FILE *schema;

    (void)state;
    assert_true(asprintf(&path, "%s/schemas/block.md", source != NULL ? source : ".") > 0);
    schema = fopen(path, "r");
    assert_non_null(schema);
    while (fgets(line, sizeof(line), schema) != NULL) {
        char *end = NULL;

        if (strtoul(line, &end, 16) != at || end != line + 2 || strncmp(end, "  ", 2) != 0)
            continue;
        for (char *p = end + 2; p[0] != ' ' && p[0] != '\n'; p = *end == ' ' ? end + 1 : end) {
            const unsigned long byte = strtoul(p, &end, 16);

            assert_int_equal(end - p, 2);
            assert_true(at < size);
            assert_int_equal(byte, block[at++]);
        }
    }
    assert_int_equal(at, size);
    fclose(schema);
    free(block);
    free(small);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden__every_block_reads_back_to_its_items),
        cmocka_unit_test(test_golden__raw_blocks_are_written_as_they_were),
        cmocka_unit_test(test_golden__the_dump_in_the_schema_is_the_small_block),
    };

    if (getenv("FC_GOLDEN_WRITE") != NULL)
        write_missing();
    return cmocka_run_group_tests_name("golden blocks", tests, NULL, NULL);
}
