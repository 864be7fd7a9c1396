/*
 * Text is UTF-8 without NUL, or refused with the offset.
 */
#include "fc_test.h"

#include "fc_decode.h"

static fc_status decode(const char *bytes, size_t n, const char **out, size_t *out_n, fc_error *err)
{
    return fc__decode_text((const uint8_t *)bytes, n, NULL, out, out_n, err);
}

static void test_decode_text__is_borrowed_and_whole(void **state)
{
    static const char text[] = "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa6\n";
    fc_error err = FC_ERROR_INIT;
    const char *out;
    size_t n;

    (void)state;
    assert_status(FC_OK, decode(text, sizeof(text) - 1, &out, &n, &err), &err);
    assert_ptr_equal(out, text);
    assert_int_equal(n, sizeof(text) - 1);
}

static void test_decode_text__drops_one_byte_order_mark(void **state)
{
    static const char text[] = "\xef\xbb\xbf\xef\xbb\xbfx";
    fc_error err = FC_ERROR_INIT;
    const char *out;
    size_t n;

    (void)state;
    assert_status(FC_OK, decode(text, sizeof(text) - 1, &out, &n, &err), &err);
    assert_int_equal(n, 4);
    assert_memory_equal(out, "\xef\xbb\xbfx", 4);
}

static void test_decode_text__names_the_offset_of_what_is_wrong(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *word;
    } cases[] = {
        {"abc\xff", 4, "byte 3 is 0xff"},     {"ab\xc3", 3, "byte 2"},
        {"\xed\xa0\x80", 3, "byte 0"},        {"a\0b", 3, "NUL at byte 1"},
        {"\xff\xfeh\0i\0", 6, "UTF-16"},      {"\xc0\xaf", 2, "byte 0"},
        {"ok \xf5\x80\x80\x80", 7, "byte 3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        const char *out;
        size_t n;

        assert_status(FC_E_FORMAT, decode(cases[i].bytes, cases[i].n, &out, &n, &err), &err);
        assert_null(out);
        if (strstr(err.message, cases[i].word) == NULL)
            fail_msg("'%s' does not say '%s'", err.message, cases[i].word);
    }
}

static void test_decode_text__limit_is_inclusive(void **state)
{
    const fc_decode_limits limits = {.max_text_bytes = 4};
    fc_error err = FC_ERROR_INIT;
    const char *out;
    size_t n;

    (void)state;
    assert_status(FC_OK, fc__decode_text((const uint8_t *)"abcd", 4, &limits, &out, &n, &err),
                  &err);
    assert_status(FC_E_LIMIT, fc__decode_text((const uint8_t *)"abcde", 5, &limits, &out, &n, &err),
                  &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_text__is_borrowed_and_whole),
        cmocka_unit_test(test_decode_text__drops_one_byte_order_mark),
        cmocka_unit_test(test_decode_text__names_the_offset_of_what_is_wrong),
        cmocka_unit_test(test_decode_text__limit_is_inclusive),
    };

    return cmocka_run_group_tests_name("decode_text", tests, NULL, NULL);
}
