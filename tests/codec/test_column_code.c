/*
 * Codes by column: prefix codes against the entropy they cannot beat, the header's section and the
 * bit streams there and back, and every kind of lie in them refused.
 */
#include "codec_fixture.h"

#define COLUMNS 37u
#define ROWS    64u

/* Sum over the symbols of count x length, and of 2^-length in units of 2^-11. */
static uint64_t coded_bits(const uint32_t counts[256], const uint8_t lengths[256], uint32_t *kraft)
{
    uint64_t bits = 0;

    *kraft = 0;
    for (unsigned s = 0; s < 256; s++) {
        assert_int_equal(counts[s] > 0, lengths[s] > 0);
        if (lengths[s] == 0)
            continue;
        assert_in_range(lengths[s], 1, FC_HUFFMAN_BITS);
        bits += (uint64_t)counts[s] * lengths[s];
        *kraft += 1u << (FC_HUFFMAN_BITS - lengths[s]);
    }
    return bits;
}

static double entropy_bits(const uint32_t counts[256])
{
    double total = 0, bits = 0;

    for (unsigned s = 0; s < 256; s++)
        total += counts[s];
    for (unsigned s = 0; s < 256; s++)
        if (counts[s] > 0)
            bits -= counts[s] * log2(counts[s] / total);
    return bits;
}

static void test_huffman__lengths_fill_the_code_and_come_near_the_entropy(void **state)
{
    fc_rng rng = fc__rng_seed(5);

    (void)state;
    for (int round = 0; round < 300; round++) {
        const unsigned n = 2 + (unsigned)fc__rng_below(&rng, 255), skew = (unsigned)(round % 20);
        uint32_t counts[256] = {0}, kraft;
        uint8_t lengths[256];
        uint64_t bits, total = 0;

        for (unsigned k = 0; k < n; k++)
            counts[k] = 1 + (uint32_t)(fc__rng_u64(&rng) >> 40 >> fc__rng_below(&rng, skew + 1));
        for (unsigned k = 0; k < n; k++)
            total += counts[k];
        fc__huffman_lengths(counts, lengths);
        bits = coded_bits(counts, lengths, &kraft);
        assert_int_equal(kraft, FC_HUFFMAN_TABLE);
        /* Huffman's own bound is a bit a symbol; cutting at 11 bits adds little to that. */
        assert_true((double)bits >= entropy_bits(counts) - 1e-6);
        assert_true((double)bits <= entropy_bits(counts) + 1.0 * (double)total);
    }
}

/* Published: weights 5, 9, 12, 13, 16, 45 have the lengths 4, 4, 3, 3, 3, 1, 224 bits in all
 * (Cormen et al., "Introduction to Algorithms", the chapter on greedy algorithms). */
static void test_huffman__the_textbook_code(void **state)
{
    static const uint8_t want[] = {4, 4, 3, 3, 3, 1};
    uint32_t counts[256] = {5, 9, 12, 13, 16, 45}, kraft;
    uint8_t lengths[256];

    (void)state;
    fc__huffman_lengths(counts, lengths);
    assert_memory_equal(lengths, want, sizeof(want));
    assert_int_equal(coded_bits(counts, lengths, &kraft), 224);
}

/* Weights of Fibonacci would give lengths up to 39. */
static void test_huffman__long_codes_are_cut(void **state)
{
    uint32_t counts[256] = {0}, kraft, a = 1, b = 1;
    uint8_t lengths[256];

    (void)state;
    for (unsigned s = 0; s < 40; s++) {
        const uint32_t next = a + b;

        counts[s * 3] = a;
        a = b;
        b = next;
    }
    fc__huffman_lengths(counts, lengths);
    assert_true((double)coded_bits(counts, lengths, &kraft) < 1.02 * entropy_bits(counts) + 4e8);
    assert_int_equal(kraft, FC_HUFFMAN_TABLE);
    assert_int_equal(lengths[39 * 3], 1);
}

static void test_huffman__one_symbol_takes_no_bits(void **state)
{
    uint32_t counts[256] = {[200] = 9};
    uint8_t lengths[256], other[256] = {0};
    uint16_t table[FC_HUFFMAN_TABLE];
    size_t n = 0;

    (void)state;
    fc__huffman_lengths(counts, lengths);
    assert_int_equal(lengths[200], FC_HUFFMAN_ONLY);
    assert_true(fc__huffman_complete(lengths, &n));
    assert_int_equal(n, 1);
    fc__huffman_table(lengths, table);
    assert_int_equal(table[0], 200 << 8);
    assert_int_equal(table[FC_HUFFMAN_TABLE - 1], 200 << 8);
    assert_true(fc__huffman_complete(other, &n));
    assert_int_equal(n, 0);
    other[3] = 1; /* half a code */
    assert_false(fc__huffman_complete(other, &n));
    other[4] = other[5] = 1; /* and one too many */
    assert_false(fc__huffman_complete(other, &n));
    other[4] = FC_HUFFMAN_ONLY;
    other[5] = 0;
    assert_false(fc__huffman_complete(other, &n));
}

/* f16 rows whose columns differ in scale and lean; planned into c->columns. */
static uint8_t *planned_rows(fc_codec *c, fc_item_layout *layout)
{
    const size_t n = (size_t)ROWS * COLUMNS;
    float *x = malloc(n * sizeof(*x));
    fc_buf stored = FC_BUF_INIT;
    fc_rng rng = fc__rng_seed(17);
    fc_error err = FC_ERROR_INIT;
    bool pays = false;

    *layout = layout_of(FC_F16, 1, COLUMNS, 0, 0);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        const size_t j = i % COLUMNS;

        x[i] =
            ((float)fc__rng_normal(&rng) + (j % 3 == 0 ? 1.5f : -1.0f)) * (float)(1 << (j % 5 * 2));
    }
    assert_status(FC_OK, fc__item_quantise(layout, x, ROWS, &stored, NULL, &err), &err);
    free(x);
    assert_status(FC_OK, fc__columns_plan(c, layout, stored.data, n, n, true, &pays, &err), &err);
    assert_true(pays);
    return stored.data;
}

static fc_buf written(const fc_column_code *code)
{
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__columns_write(code, &out, &err), &err);
    return out;
}

static fc_status read_section(fc_column_code *code, const fc_buf *section, size_t n, fc_error *err)
{
    uint8_t *exact = malloc(n + (n == 0)); /* ASan sees any overread */
    fc_reader r;
    fc_status st;

    assert_non_null(exact);
    if (n > 0)
        memcpy(exact, section->data, n);
    r = fc_reader_over(exact, n);
    st = fc__columns_read(code, FC_F16, COLUMNS, FC_COLUMN_STREAMS, &r, err);
    if (st == FC_OK)
        assert_int_equal(fc_reader_left(&r), 0);
    free(exact);
    return st;
}

static void test_columns__the_header_section_reads_back(void **state)
{
    fc_codec *c = make_codec();
    fc_column_code *code = calloc(1, sizeof(*code));
    fc_item_layout layout;
    uint8_t *rows = planned_rows(c, &layout);
    fc_buf section = written(c->columns);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_non_null(code);
    assert_int_equal(c->columns->signs, FC_SIGNS_USUAL);
    assert_status(FC_OK, read_section(code, &section, section.size, &err), &err);
    assert_int_equal(code->n, COLUMNS);
    assert_memory_equal(code->lengths, c->columns->lengths, sizeof(code->lengths));
    assert_memory_equal(code->class_of.data, c->columns->class_of.data, COLUMNS);
    assert_memory_equal(code->flip.data, c->columns->flip.data, COLUMNS);
    for (size_t n = 0; n < section.size; n++)
        assert_status(FC_E_CORRUPT, read_section(code, &section, n, &err), &err);
    fc__columns_dispose(code);
    free(code);
    fc_buf_dispose(&section);
    free(rows);
    fc__codec_destroy(c);
}

/* Each byte changed in turn: refused, or codes that still decode anything without harm. */
static void test_columns__a_changed_section_is_refused_or_harmless(void **state)
{
    fc_codec *c = make_codec();
    fc_column_code *code = calloc(1, sizeof(*code));
    fc_item_layout layout;
    uint8_t *rows = planned_rows(c, &layout), out[ROWS * COLUMNS], noise[400];
    fc_buf section = written(c->columns);
    fc_rng rng = fc__rng_seed(23);
    fc_error err = FC_ERROR_INIT;
    size_t refused = 0;

    (void)state;
    assert_non_null(code);
    for (size_t i = 0; i < section.size * 8; i++) {
        fc_reader r;

        section.data[i / 8] ^= (uint8_t)(1u << (i % 8));
        if (read_section(code, &section, section.size, &err) != FC_OK) {
            refused++;
        } else {
            for (size_t k = 0; k < sizeof(noise); k++)
                noise[k] = (uint8_t)fc__rng_u64(&rng);
            noise[0] = noise[1] = noise[2] = noise[3] = (uint8_t)fc__rng_below(&rng, 99);
            r = fc_reader_over(noise, sizeof(noise));
            assert_int_equal(fc__column_plane_decode(code, &r, sizeof(out), &c->packed, out, &err),
                             FC_E_CORRUPT);
        }
        section.data[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    assert_true(refused > section.size * 4);
    section.data[0] = 3;
    assert_status(FC_E_CORRUPT, read_section(code, &section, section.size, &err), &err);
    fc__columns_dispose(code);
    free(code);
    fc_buf_dispose(&section);
    free(rows);
    fc__codec_destroy(c);
}

/* Any number of elements, so that rounds, the tail and the last byte of each stream all occur. */
static void test_columns__planes_of_every_length_round_trip(void **state)
{
    fc_codec *c = make_codec();
    fc_column_code *code = calloc(1, sizeof(*code));
    fc_item_layout layout;
    uint8_t *rows = planned_rows(c, &layout), plane[ROWS * COLUMNS], back[ROWS * COLUMNS];
    fc_buf section = written(c->columns), coded = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_non_null(code);
    assert_status(FC_OK, read_section(code, &section, section.size, &err), &err);
    for (size_t i = 0; i < sizeof(plane); i++)
        plane[i] = rows[2 * i + 1];
    fc__columns_flip(c->columns, plane, sizeof(plane));
    for (size_t n = 0; n <= sizeof(plane); n += n < 200 ? 1 : 37) {
        fc_reader r;

        fc_buf_clear(&coded);
        assert_status(FC_OK, fc__column_plane_encode(c->columns, plane, n, &coded, &err), &err);
        r = fc_reader_over(coded.data, coded.size);
        memset(back, 0xaa, sizeof(back));
        assert_status(FC_OK, fc__column_plane_decode(code, &r, n, &c->packed, back, &err), &err);
        assert_int_equal(fc_reader_left(&r), 0);
        assert_memory_equal(back, plane, n);
        if (n == 0)
            continue;
        /* One element more or fewer than there are codes, or a byte too few. */
        r = fc_reader_over(coded.data, coded.size);
        if (n + 40 < sizeof(plane))
            assert_int_equal(fc__column_plane_decode(code, &r, n + 40, &c->packed, back, &err),
                             FC_E_CORRUPT);
        r = fc_reader_over(coded.data, coded.size - 1);
        assert_int_equal(fc__column_plane_decode(code, &r, n, &c->packed, back, &err),
                         FC_E_CORRUPT);
    }
    assert_true(coded.size < sizeof(plane) * 3 / 4);
    fc_buf_dispose(&coded);
    fc_buf_dispose(&section);
    fc__columns_dispose(code);
    free(code);
    free(rows);
    fc__codec_destroy(c);
}

/* Against one code for all: what the classes are for. */
static void test_columns__a_block_of_leaning_columns_gets_smaller(void **state)
{
    static const size_t one[] = {1};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 1, 384, 0, 0), FILL_LEAN, 300, one, 1);
    fc_buf with = encode_batch(c, &b), without;
    fc_block_view *v = open_block(&with);

    (void)state;
    assert_string_equal(block_name(v), "column+planes");
    assert_int_equal(with.data[4], FC_BLOCK_VERSION);
    assert_holds(c, v, &b);
    fc__codec_allow(c, FC_TRANSFORMS_ALL & ~(1u << FC_TRANSFORM_COLUMN_PLANES), false);
    without = encode_batch(c, &b);
    assert_int_equal(without.data[4], 1); /* an older reader still reads it */
    assert_true(with.size < without.size - without.size / 256);
    fc__block_view_destroy(v);
    fc_buf_dispose(&with);
    fc_buf_dispose(&without);
    free_batch(&b);
    fc__codec_destroy(c);
}

/* Signs that hold for a hundred rows: each frame starts with signs that no row before it predicts.
 */
static void test_columns__frames_start_with_signs_of_their_own(void **state)
{
    static const size_t one[] = {1};
    fc_codec *c = make_codec();
    batch b = make_batch(layout_of(FC_F16, 1, 384, 0, 0), FILL_GAUSSIAN, 320, one, 1);
    fc_buf block;
    fc_block_view *v;

    (void)state;
    for (size_t i = 0; i < 320u * 384u; i++) {
        const bool minus = ((i / 384 / 100 + i % 384) & 1) != 0, small = i % 384 % 4 == 0;

        b.rows[2 * i + 1] = (uint8_t)((b.rows[2 * i + 1] & 0x7f) | (minus ? 0x80 : 0));
        if (small) /* and columns of two scales, so that classes pay */
            b.rows[2 * i + 1] = (uint8_t)(b.rows[2 * i + 1] - 0x18);
    }
    block = encode_batch(c, &b);
    assert_int_equal(c->columns->signs, FC_SIGNS_LAG);
    v = open_block(&block);
    assert_string_equal(block_name(v), "column+planes");
    assert_holds(c, v, &b);
    fc__block_view_destroy(v);
    fc_buf_dispose(&block);
    free_batch(&b);
    fc__codec_destroy(c);
}

/* A byte without a code is refused when written, not found out when read. */
static void test_columns__a_byte_without_a_code_is_not_written(void **state)
{
    fc_codec *c = make_codec();
    fc_item_layout layout;
    uint8_t *rows = planned_rows(c, &layout), plane[COLUMNS];
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    memset(plane, 0xff, sizeof(plane)); /* NaNs, of which the plan saw none */
    assert_status(FC_E_INVALID,
                  fc__column_plane_encode(c->columns, plane, sizeof(plane), &out, &err), &err);
    fc_buf_dispose(&out);
    free(rows);
    fc__codec_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_huffman__lengths_fill_the_code_and_come_near_the_entropy),
        cmocka_unit_test(test_huffman__the_textbook_code),
        cmocka_unit_test(test_huffman__long_codes_are_cut),
        cmocka_unit_test(test_huffman__one_symbol_takes_no_bits),
        cmocka_unit_test(test_columns__the_header_section_reads_back),
        cmocka_unit_test(test_columns__a_changed_section_is_refused_or_harmless),
        cmocka_unit_test(test_columns__planes_of_every_length_round_trip),
        cmocka_unit_test(test_columns__frames_start_with_signs_of_their_own),
        cmocka_unit_test(test_columns__a_byte_without_a_code_is_not_written),
        cmocka_unit_test(test_columns__a_block_of_leaning_columns_gets_smaller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
