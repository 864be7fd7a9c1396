/*
 * The whole way from the bytes of a text to its words.
 */
#include "fc_test.h"

#include "fc_text_prep.h"

static const fc_text_rule folding = {.fold_case = true};

/* The whole way: what fc__text_prepare writes is what fc__text_prepared_next reads. */
static void test_text_prep__words_come_back_with_their_stems(void **state)
{
    static const char text[] = "\xef\xbb\xbfThe Birds\xe2\x80\x99 \xe7\xba\xa2";
    static const char *const words[] = {"the", "birds", "\xe7\xba\xa2"};
    static const char *const stems[] = {"the", "bird", "\xe7\xba\xa2"};
    fc_buf out = FC_BUF_INIT;
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_prepared_word word;
    fc_reader r;
    size_t n = 0;

    (void)state;
    assert_status(FC_OK, fc__stemmer_create(&s, "english", &err), &err);
    assert_status(
        FC_OK,
        fc__text_prepare((const uint8_t *)text, sizeof(text) - 1, NULL, &folding, s, &out, &err),
        &err);
    r = fc_reader_over(out.data, out.size);
    for (; fc__text_prepared_next(&r, &word); n++) {
        assert_true(n < 3);
        assert_int_equal(word.word_n, strlen(words[n]));
        assert_memory_equal(word.word, words[n], word.word_n);
        assert_int_equal(word.stem_n, strlen(stems[n]));
        assert_memory_equal(word.stem, stems[n], word.stem_n);
    }
    assert_int_equal(n, 3);
    assert_int_equal(word.kind, FC_WORD_CJK);
    fc__stemmer_destroy(s);
    fc_buf_dispose(&out);
}

static void test_text_prep__a_text_without_words_is_refused(void **state)
{
    static const char *const texts[] = {"", " \n", "...!?", "\xef\xbb\xbf", "\xe2\x80\x8d"};
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__stemmer_create(&s, "english", &err), &err);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fc_buf out = FC_BUF_INIT;

        assert_status(FC_E_FORMAT,
                      fc__text_prepare((const uint8_t *)texts[i], strlen(texts[i]), NULL, &folding,
                                       s, &out, &err),
                      &err);
        assert_non_null(strstr(err.message, "no words"));
        fc_buf_dispose(&out);
    }
    fc__stemmer_destroy(s);
}

/* In both directions: a cap may be lowered, and raised above the default. */
static void test_text_prep__takes_the_cap_that_it_is_given(void **state)
{
    const size_t n = (size_t)FC_DEFAULT_MAX_TEXT_BYTES + 2;
    const fc_decode_limits raised = {.max_text_bytes = n}, lowered = {.max_text_bytes = n - 1};
    uint8_t *text = malloc(n);
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_stemmer *s;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', n);
    memcpy(text, "owl", 3);
    assert_status(FC_OK, fc__stemmer_create(&s, "english", &err), &err);
    assert_status(FC_OK, fc__text_prepare(text, n, &raised, &folding, s, &out, &err), &err);
    assert_status(FC_E_LIMIT, fc__text_prepare(text, n, &lowered, &folding, s, &out, &err), &err);
    assert_status(FC_E_LIMIT, fc__text_prepare(text, n, NULL, &folding, s, &out, &err), &err);
    fc__stemmer_destroy(s);
    fc_buf_dispose(&out);
    free(text);
}

/* The words of `text` by `rule`, apart by blanks, in *out. */
static void prepare(const char *text, const fc_text_rule *rule, char *out, size_t size)
{
    fc_buf prepared = FC_BUF_INIT;
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_prepared_word word;
    fc_reader r;

    out[0] = '\0';
    assert_status(FC_OK, fc__stemmer_create(&s, "english", &err), &err);
    assert_status(
        FC_OK,
        fc__text_prepare((const uint8_t *)text, strlen(text), NULL, rule, s, &prepared, &err),
        &err);
    r = fc_reader_over(prepared.data, prepared.size);
    while (fc__text_prepared_next(&r, &word))
        snprintf(out + strlen(out), size - strlen(out), "%s%.*s", out[0] != '\0' ? " " : "",
                 (int)word.word_n, word.word);
    fc__stemmer_destroy(s);
    fc_buf_dispose(&prepared);
}

static void check(const char *text, const fc_text_rule *rule, const char *want)
{
    char got[256];

    prepare(text, rule, got, sizeof(got));
    assert_string_equal(got, want);
}

static void test_text_prep__each_rule_does_what_it_says(void **state)
{
    static const char text[] = "The \xef\xac\x81sh 3.14 \xe7\xba\xa2\xe8\x89\xb2\xe9\xb8\x9f";
    fc_text_rule rule = {.fold_case = true};
    fc_stop_words *stop;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    check(text, &rule, "the fish 3 14 \xe7\xba\xa2 \xe8\x89\xb2 \xe9\xb8\x9f");
    rule.cut = FC_CUT_UNICODE;
    check(text, &rule, "the fish 3.14 \xe7\xba\xa2 \xe8\x89\xb2 \xe9\xb8\x9f");
    rule.pairs = true;
    check(text, &rule, "the fish 3.14 \xe7\xba\xa2\xe8\x89\xb2 \xe8\x89\xb2\xe9\xb8\x9f");
    assert_status(FC_OK, fc__stop_words_create(&stop, "the 3.14", FC_FORM_NFC, true, &err), &err);
    rule.stop = stop;
    check(text, &rule, "fish \xe7\xba\xa2\xe8\x89\xb2 \xe8\x89\xb2\xe9\xb8\x9f");
    check("The 3.14", &rule, "the 3.14"); /* nothing else is there */
    fc__stop_words_destroy(stop);
    rule = (fc_text_rule){.form = FC_FORM_NFC};
    check("\xef\xbc\xa1 \xc2\xb2", &rule, "\xef\xbc\xa1 \xc2\xb2");
    rule.form = FC_FORM_NFKC;
    check("\xef\xbc\xa1 \xc2\xb2", &rule, "A 2");
    rule.fold_case = true;
    check("\xef\xbc\xa1 \xc2\xb2", &rule, "a 2");
}

static void test_text_prep__repairs_only_when_asked(void **state)
{
    static const char text[] = "caf\xe9 owl";
    fc_text_rule rule = {.fold_case = true};
    fc_buf out = FC_BUF_INIT;
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__stemmer_create(&s, "english", &err), &err);
    assert_status(
        FC_E_FORMAT,
        fc__text_prepare((const uint8_t *)text, sizeof(text) - 1, NULL, &rule, s, &out, &err),
        &err);
    assert_non_null(strstr(err.message, "byte 3"));
    fc__stemmer_destroy(s);
    fc_buf_dispose(&out);
    rule.repair = true;
    check(text, &rule, "caf owl"); /* the mark itself is no word */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_prep__words_come_back_with_their_stems),
        cmocka_unit_test(test_text_prep__each_rule_does_what_it_says),
        cmocka_unit_test(test_text_prep__repairs_only_when_asked),
        cmocka_unit_test(test_text_prep__a_text_without_words_is_refused),
        cmocka_unit_test(test_text_prep__takes_the_cap_that_it_is_given),
    };

    return cmocka_run_group_tests_name("text_prep", tests, NULL, NULL);
}
