/*
 * The buffer and the reader: what is appended comes back, and no cut or altered input is read past
 * its end.
 */
#include "fc_test.h"

#include "fc_buf.h"
#include "fc_bytes.h"

static const uint64_t varints[] = {0,
                                   1,
                                   127,
                                   128,
                                   16383,
                                   16384,
                                   UINT64_C(1) << 35,
                                   (UINT64_C(1) << 63) - 1,
                                   UINT64_C(1) << 63,
                                   UINT64_MAX};

#define N_VARINTS (sizeof(varints) / sizeof(varints[0]))

/* One of each field. */
static void write_all(fc_buf *b)
{
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_buf_append_u8(b, 0xA5, &err), &err);
    assert_status(FC_OK, fc_buf_append_u16(b, 0x1234, &err), &err);
    assert_status(FC_OK, fc_buf_append_u32(b, 0xDEADBEEF, &err), &err);
    assert_status(FC_OK, fc_buf_append_u64(b, UINT64_C(0x0123456789ABCDEF), &err), &err);
    assert_status(FC_OK, fc_buf_append_f64(b, -0.1, &err), &err);
    for (size_t i = 0; i < N_VARINTS; i++)
        assert_status(FC_OK, fc_buf_append_varint(b, varints[i], &err), &err);
    assert_status(FC_OK, fc_buf_append_bytes(b, "a\0b", 3, &err), &err);
    assert_status(FC_OK, fc_buf_append_str(b, "owl", &err), &err);
    assert_status(FC_OK, fc_buf_append_str(b, NULL, &err), &err);
}

/* Read them all; true when every value was right and nothing failed. */
static bool read_all(const uint8_t *bytes, size_t n)
{
    fc_reader r = fc_reader_over(bytes, n);
    bool right = fc_read_u8(&r) == 0xA5 && fc_read_u16(&r) == 0x1234;
    const uint8_t *span;
    char *owl, *empty;
    size_t len;

    right &= fc_read_u32(&r) == 0xDEADBEEF && fc_read_u64(&r) == UINT64_C(0x0123456789ABCDEF);
    right &= fc_read_f64(&r) == -0.1;
    for (size_t i = 0; i < N_VARINTS; i++)
        right &= fc_read_varint(&r) == varints[i];
    span = fc_read_bytes(&r, &len);
    right &= span != NULL && len == 3 && memcmp(span, "a\0b", 3) == 0;
    owl = fc_read_str(&r);
    empty = fc_read_str(&r);
    right &= owl != NULL && strcmp(owl, "owl") == 0 && empty != NULL && empty[0] == '\0';
    free(empty);
    free(owl);
    return right && !r.failed && fc_reader_left(&r) == 0;
}

static void test_buf__fields_come_back(void **state)
{
    fc_buf b = FC_BUF_INIT;

    (void)state;
    write_all(&b);
    assert_true(read_all(b.data, b.size));
    fc_buf_dispose(&b);
    assert_null(b.data);
}

/* The layout on disk, byte by byte: it may never change. */
static void test_buf__layout_is_little_endian(void **state)
{
    static const uint8_t want[] = {0xA5, 0x34, 0x12, 0xEF, 0xBE, 0xAD, 0xDE, 0xEF,
                                   0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x01};
    uint8_t key[8];
    fc_buf b = FC_BUF_INIT;

    (void)state;
    write_all(&b);
    assert_memory_equal(b.data, want, sizeof(want));
    fc_buf_dispose(&b);
    fc_put_be64(key, UINT64_C(0x0102030405060708));
    assert_memory_equal(key, "\1\2\3\4\5\6\7\10", 8);
    fc_put_be32(key, 0x01020304);
    assert_memory_equal(key, "\1\2\3\4", 4);
    fc_put_be16(key, 0x0102);
    assert_memory_equal(key, "\1\2", 2);
    assert_int_equal(fc_get_be16("\1\2"), 0x0102);
    assert_int_equal(fc_get_be32("\1\2\3\4"), 0x01020304);
    assert_true(fc_get_be64("\1\2\3\4\5\6\7\10") == UINT64_C(0x0102030405060708));
    fc_put_le_f32(key, -1.5f); /* 0xBFC00000 */
    assert_memory_equal(key, "\0\0\xC0\xBF", 4);
    assert_true(fc_get_le_f32(key) == -1.5f);
    fc_put_le_f64(key, 0.1); /* 0x3FB999999999999A */
    assert_memory_equal(key, "\x9A\x99\x99\x99\x99\x99\xB9\x3F", 8);
    assert_true(fc_get_le_f64(key) == 0.1);
}

/* Each prefix sits in a block of its exact size: ASan sees any overread. */
static void test_buf__every_truncation_fails(void **state)
{
    fc_buf b = FC_BUF_INIT;

    (void)state;
    write_all(&b);
    for (size_t cut = 0; cut < b.size; cut++) {
        uint8_t *prefix = malloc(cut > 0 ? cut : 1);

        assert_non_null(prefix);
        memcpy(prefix, b.data, cut);
        assert_false(read_all(prefix, cut));
        free(prefix);
    }
    fc_buf_dispose(&b);
}

/* Every single-bit flip: whatever it reads as, nothing outside is touched. */
static void test_buf__no_flip_reads_past_the_end(void **state)
{
    fc_buf b = FC_BUF_INIT;
    size_t still_right = 0;

    (void)state;
    write_all(&b);
    for (size_t bit = 0; bit < b.size * 8; bit++) {
        uint8_t *copy = malloc(b.size);

        assert_non_null(copy);
        memcpy(copy, b.data, b.size);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        still_right += read_all(copy, b.size);
        free(copy);
    }
    assert_int_equal(still_right, 0);
    fc_buf_dispose(&b);
}

static void test_reader__failure_sticks(void **state)
{
    fc_reader r = fc_reader_over("\1\2\3", 3);
    size_t n = 7;

    (void)state;
    assert_int_equal(fc_read_u32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(fc_reader_left(&r), 0);
    assert_int_equal(fc_read_u8(&r), 0); /* though three bytes are there */
    assert_null(fc_read_span(&r, 0));
    assert_null(fc_read_bytes(&r, &n));
    assert_int_equal(n, 0);
    assert_null(fc_read_str(&r));
}

static void test_reader__empty_is_no_failure(void **state)
{
    fc_reader r = fc_reader_over(NULL, 0);

    (void)state;
    assert_int_equal(fc_reader_left(&r), 0);
    assert_non_null(fc_read_span(&r, 0));
    assert_false(r.failed);
    fc_read_u8(&r);
    assert_true(r.failed);
}

static void test_reader__refuses_bad_varints_and_strings(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11}, /* eleven bytes */
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10},     /* bit 64 */
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x81", 10},     /* goes on after bit 63 */
        {"\x80\x00", 2},                                      /* 0 in two bytes */
        {"\xFF", 1},                                          /* cut */
    };
    fc_reader r;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        r = fc_reader_over(bad[i].bytes, bad[i].n);
        assert_int_equal(fc_read_varint(&r), 0);
        assert_true(r.failed);
    }
    r = fc_reader_over("\3a\0b", 4);
    assert_null(fc_read_str(&r)); /* a NUL inside would cut the string short */
    assert_true(r.failed);
    r = fc_reader_over("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01xyz", 13);
    assert_null(fc_read_str(&r)); /* a length of 2^64 - 1 */
    assert_true(r.failed);
}

static void test_buf__text_keeps_a_nul_behind(void **state)
{
    fc_buf b = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int i = 0; i < 200; i++) {
        assert_status(FC_OK, fc_buf_append_text(&b, "ab", &err), &err);
        assert_int_equal(strlen((const char *)b.data), b.size);
        assert_status(FC_OK, fc_buf_append_fmt(&b, &err, "%d,", i), &err);
        assert_int_equal(strlen((const char *)b.data), b.size);
    }
    assert_memory_equal(b.data, "ab0,ab1,", 8);
    fc_buf_clear(&b);
    assert_int_equal(b.size, 0);
    assert_true(b.capacity > 0);
    fc_buf_dispose(&b);
}

static void test_buf__refuses_what_no_memory_holds(void **state)
{
    fc_buf b = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc_buf_append(&b, "abc", 3, &err), &err);
    assert_status(FC_E_NOMEM, fc_buf_reserve(&b, SIZE_MAX, &err), &err);
    assert_int_equal(b.size, 3);
    assert_memory_equal(b.data, "abc", 3);
    fc_buf_dispose(&b);
    fc_buf_dispose(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf__fields_come_back),
        cmocka_unit_test(test_buf__layout_is_little_endian),
        cmocka_unit_test(test_buf__every_truncation_fails),
        cmocka_unit_test(test_buf__no_flip_reads_past_the_end),
        cmocka_unit_test(test_reader__failure_sticks),
        cmocka_unit_test(test_reader__empty_is_no_failure),
        cmocka_unit_test(test_reader__refuses_bad_varints_and_strings),
        cmocka_unit_test(test_buf__text_keeps_a_nul_behind),
        cmocka_unit_test(test_buf__refuses_what_no_memory_holds),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
