/*
 * Folding: what looks the same becomes the same bytes.
 */
#include "decode/text_golden.h"

#include <utf8proc.h>

#include "fc_fold.h"
#include "fc_rng.h"
#include "fc_text.h"

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

/* A text of characters that compose, fold, vanish or stand alone, with ASCII between them. */
static size_t random_text(fc_rng *rng, char *out, size_t n_chars)
{
    static const uint32_t odd[] = {'a',    'E',     ' ',    '\'',   0xe9,   0xdf,   0x301,
                                   0x327,  0x345,   0x34f,  0x130,  0x3c2,  0x390,  0x200d,
                                   0xad,   0x1100,  0x1161, 0x11a8, 0xac00, 0xfb01, 0xff21,
                                   0x212b, 0x1d400, 0x2126, 0xfe0f, 0x7ea2, 0x1f426};
    size_t n = 0;

    for (size_t i = 0; i < n_chars; i++)
        n += fc__utf8_put(odd[fc__rng_below(rng, sizeof(odd) / sizeof(odd[0]))], out + n);
    return n;
}

/* Short cuts around ASCII, and the room on the stack, must not be another rule than utf8proc's over
 * the text as a whole. */
static void test_fold__is_utf8procs_over_the_whole(void **state)
{
    const int common = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_IGNORE;
    static char text[4 * 800];
    fc_buf out = FC_BUF_INIT;
    fc_rng rng = fc__rng_seed(11);

    (void)state;
    for (size_t i = 0; i < 4000; i++) {
        const fc_text_form form = (i & 1) != 0 ? FC_FORM_NFKC : FC_FORM_NFC;
        const bool fold_case = (i & 2) != 0;
        const int options = common | (form == FC_FORM_NFKC ? UTF8PROC_COMPAT : 0) |
                            (fold_case ? UTF8PROC_CASEFOLD : 0);
        const size_t n = random_text(&rng, text, i < 3900 ? i % 24 : 800);
        utf8proc_uint8_t *want = NULL;
        fc_error err = FC_ERROR_INIT;
        const utf8proc_ssize_t n_want = utf8proc_map(
            (const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &want, (utf8proc_option_t)options);

        fc_buf_clear(&out);
        assert_status(FC_OK, fc__fold_text(text, n, form, fold_case, &out, &err), &err);
        assert_int_equal(out.size, n_want);
        if (n_want > 0)
            assert_memory_equal(out.data, want, out.size);
        free(want);
    }
    fc_buf_dispose(&out);
}

/* A run without ASCII that has no room on the stack. */
static void test_fold__takes_runs_of_any_length(void **state)
{
    fc_buf in = FC_BUF_INIT, out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        assert_status(FC_OK, fc_buf_append(&in, "\xc3\x89", 2, &err), &err); /* E with an accent */
    assert_status(
        FC_OK, fc__fold_text((const char *)in.data, in.size, FC_FORM_NFC, true, &out, &err), &err);
    assert_int_equal(out.size, in.size);
    for (size_t i = 0; i < out.size; i += 2)
        assert_memory_equal(out.data + i, "\xc3\xa9", 2);
    fc_buf_dispose(&in);
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
        cmocka_unit_test(test_fold__is_utf8procs_over_the_whole),
        cmocka_unit_test(test_fold__takes_runs_of_any_length),
        cmocka_unit_test(test_fold__agrees_with_unicodedata),
        cmocka_unit_test(test_fold__refuses_what_is_not_utf8),
    };

    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
