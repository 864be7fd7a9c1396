/*
 * Stop words: the built-in lists, and lists of one's own.
 */
#include "fc_test.h"

#include "fc_stem.h"
#include "fc_stop_words.h"

static bool has(const fc_stop_words *s, const char *word)
{
    return fc__stop_words_has(s, word, strlen(word));
}

static void test_stop_words__every_named_list_is_there(void **state)
{
    size_t n = 0;

    (void)state;
    assert_string_equal(fc__stop_lists[0], "none");
    assert_null(fc__stop_list("none"));
    assert_null(fc__stop_list("file"));
    assert_null(fc__stop_list("klingon"));
    for (size_t i = 1; strcmp(fc__stop_lists[i], "file") != 0; i++, n++) {
        fc_error err = FC_ERROR_INIT;
        fc_stop_words *s;
        const char *words = fc__stop_list(fc__stop_lists[i]);

        assert_non_null(words);
        assert_status(FC_OK, fc__stop_words_create(&s, words, FC_FORM_NFC, true, &err), &err);
        for (const char *at = words; *at != '\0';) {
            const size_t length = strcspn(at, " ");

            fc_buf folded = FC_BUF_INIT; /* German has "da\xc3\x9f" */

            assert_status(FC_OK, fc__fold_text(at, length, FC_FORM_NFC, true, &folded, &err), &err);
            assert_true(fc__stop_words_has(s, (const char *)folded.data, folded.size));
            fc_buf_dispose(&folded);
            at += length + (at[length] == ' ');
        }
        fc__stop_words_destroy(s);
    }
    assert_int_equal(n, 13);
}

static void test_stop_words__are_found_whole(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_stop_words *s;

    (void)state;
    assert_status(
        FC_OK, fc__stop_words_create(&s, fc__stop_list("english"), FC_FORM_NFC, true, &err), &err);
    assert_true(has(s, "the"));
    assert_true(has(s, "don't"));
    assert_true(has(s, "yourselves"));
    assert_false(has(s, "bird"));
    assert_false(has(s, "th"));
    assert_false(has(s, "thee"));
    assert_false(has(s, ""));
    assert_false(has(NULL, "the"));
    fc__stop_words_destroy(s);
}

/* As the texts are folded, so are the lists: else "The" of a list would never be met. */
static void test_stop_words__are_folded_as_texts_are(void **state)
{
    static const char list[] = "THE \xef\xac\x81n can\xe2\x80\x99t cafe\xcc\x81";
    fc_error err = FC_ERROR_INIT;
    fc_stop_words *s;

    (void)state;
    assert_status(FC_OK, fc__stop_words_create(&s, list, FC_FORM_NFKC, true, &err), &err);
    assert_true(has(s, "the") && has(s, "fin") && has(s, "can't") && has(s, "caf\xc3\xa9"));
    assert_false(has(s, "THE"));
    fc__stop_words_destroy(s);
    assert_status(FC_OK, fc__stop_words_create(&s, list, FC_FORM_NFC, false, &err), &err);
    assert_true(has(s, "THE") && has(s, "\xef\xac\x81n"));
    assert_false(has(s, "the") || has(s, "fin"));
    fc__stop_words_destroy(s);
}

static void check_list(const char *text, const char *want)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;

    assert_status(FC_OK, fc__stop_list_read(text, strlen(text), &out, &err), &err);
    assert_int_equal(out.size, strlen(want));
    assert_memory_equal(out.data, want, out.size);
    fc_buf_dispose(&out);
}

static void test_stop_words__a_list_file_has_one_form(void **state)
{
    (void)state;
    check_list("the", "the");
    check_list("\xef\xbb\xbf| Snowball's form\n\nthe   | article\n  of\r\nthe\n# ours\na b\tc#d\n",
               "a b c of the");
    check_list("b\na", "a b");
}

static void refuse_list(const char *text, size_t n, fc_status want, const char *word)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;

    assert_status(want, fc__stop_list_read(text, n, &out, &err), &err);
    assert_non_null(strstr(err.message, word));
    assert_int_equal(out.size, 0);
    fc_buf_dispose(&out);
}

static void test_stop_words__a_bad_list_is_refused(void **state)
{
    char *many = malloc(FC_STOP_LIST_MAX * 2);
    size_t n = 0;
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_non_null(many);
    refuse_list("", 0, FC_E_FORMAT, "no words");
    refuse_list(" | nothing\n", 11, FC_E_FORMAT, "no words");
    refuse_list("ab\xff", 3, FC_E_FORMAT, "byte 2");
    refuse_list("ab\0c", 4, FC_E_FORMAT, "byte 2");
    /* Words of four bytes with their blanks: the cap is met to the byte. */
    while (n < FC_STOP_LIST_MAX) {
        snprintf(many + n, 5, "%c%c%c\n", (int)('a' + n / 4 / 676 % 26),
                 (int)('a' + n / 4 / 26 % 26), (int)('a' + n / 4 % 26));
        n += 4;
    }
    assert_status(FC_OK, fc__stop_list_read(many, n, &out, &err), &err);
    assert_int_equal(out.size, FC_STOP_LIST_MAX - 1);
    fc_buf_dispose(&out);
    memcpy(many + n, "zz\n", 3);
    refuse_list(many, n + 3, FC_E_LIMIT, "12288");
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_words__every_named_list_is_there),
        cmocka_unit_test(test_stop_words__are_found_whole),
        cmocka_unit_test(test_stop_words__are_folded_as_texts_are),
        cmocka_unit_test(test_stop_words__a_list_file_has_one_form),
        cmocka_unit_test(test_stop_words__a_bad_list_is_refused),
    };

    return cmocka_run_group_tests_name("stop_words", tests, NULL, NULL);
}
