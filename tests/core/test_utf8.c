/*
 * UTF-8 by RFC 3629: every code point there and back, the usual malformed forms refused; base64.
 */
#include "fc_test.h"

#include "fc_rng.h"
#include "fc_text.h"

static void test_utf8__every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char out[4];
        size_t used, n;

        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        n = fc__utf8_put(cp, out);
        if (n != (cp < 0x80      ? 1u
                  : cp < 0x800   ? 2u
                  : cp < 0x10000 ? 3u
                                 : 4u) ||
            fc__utf8_next(out, n, &used) != cp || used != n || fc__utf8_valid_prefix(out, n) != n)
            fail_msg("U+%04X", (unsigned)cp);
        for (size_t cut = 1; cut < n; cut++)
            if (fc__utf8_valid_prefix(out, cut) != 0)
                fail_msg("U+%04X cut to %zu bytes passes", (unsigned)cp, cut);
    }
}

/* After Markus Kuhn's stress test: what must not pass, and how long its valid prefix is. */
static void test_utf8__malformed_forms_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t valid;
    } bad[] = {
        {"\x80", 0}, /* a continuation alone */
        {"\xBF", 0},
        {"ab\x80", 2},
        {"\xC0\x80", 0}, /* overlong NUL */
        {"\xC1\xBF", 0}, /* overlong U+007F */
        {"\xC0\xAF", 0}, /* overlong slash */
        {"\xE0\x80\xAF", 0},
        {"\xE0\x9F\xBF", 0}, /* overlong U+07FF */
        {"\xF0\x80\x80\xAF", 0},
        {"\xF0\x8F\xBF\xBF", 0},         /* overlong U+FFFF */
        {"\xF8\x88\x80\x80\x80", 0},     /* five bytes */
        {"\xFC\x84\x80\x80\x80\x80", 0}, /* six */
        {"\xED\xA0\x80", 0},             /* surrogates */
        {"\xED\xBF\xBF", 0},
        {"x\xED\xA0\x80\xED\xB0\x80", 1}, /* a pair of them */
        {"\xF4\x90\x80\x80", 0},          /* U+110000 */
        {"\xF5\x80\x80\x80", 0},
        {"\xFE", 0},
        {"\xFF", 0},
        {"\xC3", 0}, /* cut */
        {"\xE2\x82", 0},
        {"\xF0\x9F\xA6", 0},
        {"\xC3(", 0}, /* a character where a continuation is due */
        {"\xE2\x28\xA1", 0},
        {"\xE2\x82\x28", 0},
        {"\xF0\x9F\xA6(", 0},
        {"\xC3\xA9\xC3", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const size_t n = strlen(bad[i].bytes);
        char *exact = malloc(n); /* no NUL behind: ASan sees an overread */
        size_t used;

        assert_non_null(exact);
        memcpy(exact, bad[i].bytes, n);
        if (fc__utf8_valid_prefix(exact, n) != bad[i].valid)
            fail_msg("case %zu: valid to %zu, not %zu", i, fc__utf8_valid_prefix(exact, n),
                     bad[i].valid);
        assert_int_equal(fc__utf8_next(exact + bad[i].valid, n - bad[i].valid, &used), 0xFFFD);
        assert_int_equal(used, 1);
        free(exact);
    }
    assert_int_equal(fc__utf8_valid_prefix("a\0b", 3), 3); /* NUL is a character */
    assert_int_equal(fc__utf8_valid_prefix("", 0), 0);
}

static void test_utf8__put_never_writes_invalid(void **state)
{
    static const uint32_t none[] = {0xD800, 0xDFFF, 0x110000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        char out[4];

        assert_int_equal(fc__utf8_put(none[i], out), 3);
        assert_memory_equal(out, "\xEF\xBF\xBD", 3);
    }
}

static void test_utf8__whole_prefix_drops_only_a_cut_character(void **state)
{
    static const char text[] = "a\xC3\xA9z\xE2\x82\xAC\xF0\x9F\xA6\x89";
    static const size_t want[] = {0, 1, 1, 3, 4, 4, 4, 7, 7, 7, 7, 11};

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++)
        assert_int_equal(fc__utf8_whole_prefix(text, n), want[n]);
    /* What is no UTF-8 at all is not this function's to judge. */
    assert_int_equal(fc__utf8_whole_prefix("\x80\x80\x80\x80", 4), 4);
}

static void assert_base64(const void *bytes, size_t n, const char *want)
{
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__base64(&out, bytes, n, &err), &err);
    assert_int_equal(out.size, strlen(want));
    if (out.size > 0)
        assert_memory_equal(out.data, want, out.size);
    fc_buf_clear(&out);
    assert_status(FC_OK, fc__base64_decode(&out, want, strlen(want), &err), &err);
    assert_int_equal(out.size, n);
    if (n > 0)
        assert_memory_equal(out.data, bytes, n);
    fc_buf_dispose(&out);
}

/* RFC 4648, section 10, and the two digits that letters do not reach. */
static void test_base64__known_values(void **state)
{
    (void)state;
    assert_base64("", 0, "");
    assert_base64("f", 1, "Zg==");
    assert_base64("fo", 2, "Zm8=");
    assert_base64("foo", 3, "Zm9v");
    assert_base64("foob", 4, "Zm9vYg==");
    assert_base64("fooba", 5, "Zm9vYmE=");
    assert_base64("foobar", 6, "Zm9vYmFy");
    assert_base64("\xFB\xFF\xBF\x00", 4, "+/+/AA==");
}

/* One text for the same bytes: no blanks, whole padding at the end, no bits behind the last byte.
 */
static void test_base64__only_what_is_written_is_read(void **state)
{
    static const char *const bad[] = {"Z",    "Zg",   "Zg=",      "Zg===",    "Zh==",   "Zm9=",
                                      "Z===", "====", "Zg==Zg==", "Zm 9",     "Zm9-",   "Zm9v\n",
                                      "=m9v", "Z=9v", "Zm=v",     "Zm9vZg=v", "Zm9\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fc_buf out = FC_BUF_INIT;
        fc_error err = FC_ERROR_INIT;

        assert_status(FC_E_FORMAT, fc__base64_decode(&out, bad[i], strlen(bad[i]), &err), &err);
        fc_buf_dispose(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__every_code_point_comes_back),
        cmocka_unit_test(test_utf8__malformed_forms_are_refused),
        cmocka_unit_test(test_utf8__put_never_writes_invalid),
        cmocka_unit_test(test_utf8__whole_prefix_drops_only_a_cut_character),
        cmocka_unit_test(test_base64__known_values),
        cmocka_unit_test(test_base64__only_what_is_written_is_read),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
