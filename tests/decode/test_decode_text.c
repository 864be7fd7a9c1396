/*
 * Text is UTF-8 without NUL, or refused with the offset; on request, repaired as Python repairs it.
 */
#include "text_golden.h"

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

/* Every line of the golden file, in a block of its exact size: ASan sees any overread. */
static void test_decode_text__repairs_as_python_does(void **state)
{
    text_golden g = text_golden_open("repair.tsv");
    fc_buf repaired = FC_BUF_INIT;
    size_t n_lines = 0;

    (void)state;
    for (; text_golden_next(&g); n_lines++) {
        uint8_t *exact = malloc(g.n[0]);
        fc_error err = FC_ERROR_INIT;
        const uint8_t *want = (const uint8_t *)g.fields[1];
        size_t n, n_repaired, marks = 0, n_want = g.n[1];
        const char *out;

        assert_non_null(exact);
        memcpy(exact, g.fields[0], g.n[0]);
        if (n_want >= 3 && memcmp(want, "\xef\xbb\xbf", 3) == 0) {
            want += 3;
            n_want -= 3;
        }
        assert_status(
            FC_OK,
            fc__decode_text_repaired(exact, g.n[0], NULL, &repaired, &out, &n, &n_repaired, &err),
            &err);
        if (n != n_want || memcmp(out, want, n) != 0)
            fail_msg("line %zu of repair.tsv is repaired in another way", n_lines + 1);
        for (size_t i = 0; i + 3 <= n; i++)
            marks += memcmp(out + i, "\xef\xbf\xbd", 3) == 0;
        assert_int_equal(n_repaired, marks);
        free(exact);
    }
    assert_true(n_lines > 500);
    fc_buf_dispose(&repaired);
    text_golden_close(&g);
}

static void test_decode_text__repair_leaves_alone_what_is_whole(void **state)
{
    static const char text[] = "\xef\xbb\xbfgr\xc3\xbc\xc3\x9f";
    fc_buf repaired = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    const char *out;
    size_t n, count = 9;

    (void)state;
    assert_status(FC_OK,
                  fc__decode_text_repaired((const uint8_t *)text, sizeof(text) - 1, NULL, &repaired,
                                           &out, &n, &count, &err),
                  &err);
    assert_ptr_equal(out, text + 3);
    assert_int_equal(n, sizeof(text) - 4);
    assert_int_equal(count, 0);
    assert_int_equal(repaired.size, 0);
}

/* A NUL and UTF-16 mean another kind of file; the limit holds before any work. */
static void test_decode_text__repair_refuses_what_is_no_text(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        fc_status want;
    } cases[] = {{"a\0\xff", 3, FC_E_FORMAT},
                 {"\xff\xfeh\0", 4, FC_E_FORMAT},
                 {"\xff\xff\xff\xff\xff", 5, FC_E_LIMIT}};
    const fc_decode_limits limits = {.max_text_bytes = 4};
    fc_buf repaired = FC_BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        const char *out;
        size_t n;

        assert_status(cases[i].want,
                      fc__decode_text_repaired((const uint8_t *)cases[i].bytes, cases[i].n, &limits,
                                               &repaired, &out, &n, NULL, &err),
                      &err);
        assert_null(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_text__is_borrowed_and_whole),
        cmocka_unit_test(test_decode_text__drops_one_byte_order_mark),
        cmocka_unit_test(test_decode_text__names_the_offset_of_what_is_wrong),
        cmocka_unit_test(test_decode_text__limit_is_inclusive),
        cmocka_unit_test(test_decode_text__repairs_as_python_does),
        cmocka_unit_test(test_decode_text__repair_leaves_alone_what_is_whole),
        cmocka_unit_test(test_decode_text__repair_refuses_what_is_no_text),
    };

    return cmocka_run_group_tests_name("decode_text", tests, NULL, NULL);
}
