/*
 * Folding: what looks the same becomes the same bytes.
 */
#include "decode/text_golden.h"

#include "fc_fold.h"

static void check(const char *in, bool fold_case, const char *want)
{
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__fold_text(in, strlen(in), FC_FORM_NFC, fold_case, &out, &err), &err);
    if (out.size != strlen(want) || memcmp(out.data, want, out.size) != 0)
        fail_msg("'%s' became '%.*s', not '%s'", in, (int)out.size, out.data, want);
    fc_buf_dispose(&out);
}

static void test_fold__makes_equal_what_looks_equal(void **state)
{
    (void)state;
    check("Hello WORLD 42", true, "hello world 42");
    check("Hello WORLD 42", false, "Hello WORLD 42");
    check("caf\xc3\xa9", true, "caf\xc3\xa9");
    check("cafe\xcc\x81", true, "caf\xc3\xa9"); /* combining accent */
    check("CAF\xc3\x89", true, "caf\xc3\xa9");  /* capital */
    check("CAF\xc3\x89", false, "CAF\xc3\x89");
    check("Stra\xc3\x9f"
          "e STRASSE",
          true, "strasse strasse"); /* full case folding */
    check("\xce\xa3\xce\xbf\xcf\x86\xcf\x8c\xcf\x82", true,
          "\xcf\x83\xce\xbf\xcf\x86\xcf\x8c\xcf\x83"); /* both small sigmas */
    check("don\xe2\x80\x99t", true, "don't");
    check("co\xc2\xadop", true, "coop");                     /* soft hyphen */
    check("\xe2\x9d\xa4\xef\xb8\x8f", true, "\xe2\x9d\xa4"); /* variation selector */
}

/* The short cut for ASCII must not be a different rule: the same letters with one accent behind. */
static void test_fold__ascii_short_cut_agrees_with_the_long_way(void **state)
{
    char ascii[127], both[127 + 2];
    fc_buf fast = FC_BUF_INIT, slow = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int i = 1; i < 128; i++)
        ascii[i - 1] = (char)i;
    memcpy(both, ascii, 127);
    memcpy(both + 127, "\xc3\xa9", 2);
    for (int i = 0; i < 4; i++) {
        const bool fold_case = (i & 1) != 0;
        const fc_text_form form = (i & 2) != 0 ? FC_FORM_NFKC : FC_FORM_NFC;

        fc_buf_clear(&fast);
        fc_buf_clear(&slow);
        assert_status(FC_OK, fc__fold_text(ascii, 127, form, fold_case, &fast, &err), &err);
        assert_status(FC_OK, fc__fold_text(both, 129, form, fold_case, &slow, &err), &err);
        assert_int_equal(slow.size, fast.size + 2);
        assert_memory_equal(slow.data, fast.data, fast.size);
    }
    fc_buf_dispose(&slow);
    fc_buf_dispose(&fast);
}

static void test_fold__refuses_what_is_not_utf8(void **state)
{
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_FORMAT, fc__fold_text("a\xff", 2, FC_FORM_NFC, true, &out, &err), &err);
    fc_buf_dispose(&out);
}

static void test_fold__agrees_with_unicodedata(void **state)
{
    text_golden g = text_golden_open("fold.tsv");
    fc_buf out = FC_BUF_INIT;
    size_t line = 0;

    (void)state;
    for (; text_golden_next(&g); line++) {
        const fc_text_form form = strcmp(g.raw[0], "nfkc") == 0 ? FC_FORM_NFKC : FC_FORM_NFC;
        fc_error err = FC_ERROR_INIT;

        fc_buf_clear(&out);
        assert_status(
            FC_OK, fc__fold_text(g.fields[2], g.n[2], form, strcmp(g.raw[1], "1") == 0, &out, &err),
            &err);
        if (out.size != g.n[3] || memcmp(out.data, g.fields[3], out.size) != 0)
            fail_msg("line %zu: '%s' became '%.*s', not '%s'", line + 1, g.fields[2], (int)out.size,
                     (const char *)out.data, g.fields[3]);
    }
    assert_true(line > 600);
    fc_buf_dispose(&out);
    text_golden_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold__makes_equal_what_looks_equal),
        cmocka_unit_test(test_fold__ascii_short_cut_agrees_with_the_long_way),
        cmocka_unit_test(test_fold__agrees_with_unicodedata),
        cmocka_unit_test(test_fold__refuses_what_is_not_utf8),
    };

    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
