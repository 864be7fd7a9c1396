/*
 * The escapes for terminals and HTML: nothing from outside can steer the one or open a tag in the
 * other.
 */
#include "fc_test.h"

#include "fc_rng.h"
#include "fc_text.h"

typedef fc_status escape(fc_buf *out, const char *s, size_t n, fc_error *err);

static void assert_escape(escape *fn, const char *s, size_t n, const char *want)
{
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fn(&out, s, n, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(&out, 0, &err), &err);
    assert_string_equal((const char *)out.data, want);
    fc_buf_dispose(&out);
}

static void test_escape__terminal_shows_what_would_steer_it(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a red bird", "a red bird"},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\x89", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\x89"},
        {"\x1b[31mred\x1b[0m", "\\x1B[31mred\\x1B[0m"}, /* colour */
        {"\x1b]0;title\x07", "\\x1B]0;title\\x07"},     /* window title */
        {"a\rb\nc\td\be", "a\\x0Db\\x0Ac\\x09d\\x08e"},
        {"\x7F", "\\x7F"},
        {"\xC2\x9B"
         "31m",
         "\\u{9B}31m"}, /* CSI as one C1 character */
        {"\x9B"
         "31m",
         "\\x9B31m"},                                         /* and as a raw byte */
        {"\xE2\x80\xAEgnp.exe", "\\u{202E}gnp.exe"},          /* right-to-left override */
        {"\xE2\x81\xA6x\xE2\x81\xA9", "\\u{2066}x\\u{2069}"}, /* isolates */
        {"\xD8\x9C\xE2\x80\x8E\xE2\x80\x8F", "\\u{61C}\\u{200E}\\u{200F}"},
        {"\xE2\x80\xA8\xE2\x80\xA9", "\\u{2028}\\u{2029}"}, /* line separators */
        {"\xEF\xBB\xBF", "\\u{FEFF}"},
        {"\xC0\xAF", "\\xC0\\xAF"}, /* invalid UTF-8 */
        {"back\\slash", "back\\slash"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_escape(fc__escape_terminal, cases[i].in, strlen(cases[i].in), cases[i].out);
    assert_escape(fc__escape_terminal, "a\0b", 3, "a\\x00b");
    assert_escape(fc__escape_terminal, "", 0, "");
}

static void test_escape__html_opens_no_tag_and_no_attribute(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"\" onload=\"f()", "&quot; onload=&quot;f()"},
        {"a & b &amp;", "a &amp; b &amp;amp;"},
        {"line\nand\ttab", "line\nand\ttab"},
        {"\x1b\x01\x7F", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xC2\x85", "\xEF\xBF\xBD"},
        {"x\xE2\x80\xAEy\xE2\x81\xA9z", "xyz"},
        {"\xC3<b>", "\xEF\xBF\xBD&lt;b&gt;"}, /* a cut character must not swallow what follows */
        {"\xF0\x9F\xA6\x89", "\xF0\x9F\xA6\x89"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_escape(fc__escape_html, cases[i].in, strlen(cases[i].in), cases[i].out);
    assert_escape(fc__escape_html, "\0", 1, "\xEF\xBF\xBD");
}

/* True when the text holds a character that the escape promises to show otherwise. */
static bool is_harmful(const char *s, size_t n)
{
    for (size_t i = 0, used = 0; i < n; i += used) {
        const uint32_t cp = fc__utf8_next(s + i, n - i, &used);

        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x61C || cp == 0x200E || cp == 0x200F ||
            (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069))
            return true;
    }
    return fc__utf8_valid_prefix(s, n) != n;
}

/* Random bytes, many of them the first bytes of what is dangerous. */
static void test_escape__nothing_harmful_is_left_of_any_input(void **state)
{
    static const char *const parts[] = {"\x1b",     "\xE2\x80",     "\xAE", "\xE2\x81\xA6",
                                        "\xC2",     "\x9B",         "<",    "a",
                                        "\xF0\x9F", "\xEF\xBB\xBF", "\0",   "\xFF"};
    fc_rng rng = fc__rng_seed(11);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        fc_buf in = FC_BUF_INIT, shown = FC_BUF_INIT, twice = FC_BUF_INIT, html = FC_BUF_INIT;

        for (size_t k = 1 + fc__rng_below(&rng, 12); k > 0; k--) {
            const char *part = parts[fc__rng_below(&rng, sizeof(parts) / sizeof(parts[0]))];

            fc_buf_append(&in, part, *part != '\0' ? strlen(part) : 1, &err);
        }
        const char *s = (const char *)in.data;
        assert_status(FC_OK, fc__escape_terminal(&shown, s, in.size, &err), &err);
        assert_false(is_harmful((const char *)shown.data, shown.size));
        fc__escape_terminal(&twice, (const char *)shown.data, shown.size, &err);
        assert_int_equal(twice.size, shown.size);
        assert_memory_equal(twice.data, shown.data, shown.size);
        assert_status(FC_OK, fc__escape_html(&html, s, in.size, &err), &err);
        if (html.size > 0) {
            assert_null(memchr(html.data, '<', html.size));
            assert_int_equal(fc__utf8_valid_prefix((const char *)html.data, html.size), html.size);
        }
        fc_buf_dispose(&html);
        fc_buf_dispose(&twice);
        fc_buf_dispose(&shown);
        fc_buf_dispose(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape__terminal_shows_what_would_steer_it),
        cmocka_unit_test(test_escape__html_opens_no_tag_and_no_attribute),
        cmocka_unit_test(test_escape__nothing_harmful_is_left_of_any_input),
    };

    return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
