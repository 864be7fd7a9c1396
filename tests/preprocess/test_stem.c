/*
 * Stems: our own set, and the 500 words of the model pack where it is there.
 */
#include "decode/text_golden.h"

#include "fc_stem.h"

static void check(const char *language, const char *word, const char *want)
{
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;
    const char *stem;
    size_t n;

    assert_status(FC_OK, fc__stemmer_create(&s, language, &err), &err);
    assert_status(FC_OK, fc__stem(s, word, strlen(word), &stem, &n, &err), &err);
    if (n != strlen(want) || memcmp(stem, want, n) != 0)
        fail_msg("%s: '%s' became '%.*s', not '%s'", language, word, (int)n, stem, want);
    fc__stemmer_destroy(s);
}

static void test_stem__joins_the_forms_of_a_word(void **state)
{
    (void)state;
    check("english", "running", "run");
    check("english", "birds", "bird");
    check("english", "relational", "relat");
    check("english", "dog's", "dog");
    check("english", "sky", "sky");
    check("german", "h\xc3\xa4user", "haus");
    check("french", "continuellement", "continuel");
    check("russian", "\xd0\xbf\xd1\x82\xd0\xb8\xd1\x86\xd1\x8b",
          "\xd0\xbf\xd1\x82\xd0\xb8\xd1\x86");
    check("none", "running", "running");
    check("english", "babababababababababababababababarunning",
          "babababababababababababababababarun"); /* longer than words are remembered */
}

static void test_stem__every_language_of_the_table_works(void **state)
{
    size_t n = 0;

    (void)state;
    for (; fc__stem_languages[n] != NULL; n++) {
        fc_stemmer *s = NULL;
        fc_error err = FC_ERROR_INIT;

        assert_status(FC_OK, fc__stemmer_create(&s, fc__stem_languages[n], &err), &err);
        fc__stemmer_destroy(s);
    }
    assert_int_equal(n, 30);
}

static void test_stem__an_unknown_language_is_refused(void **state)
{
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_UNSUPPORTED, fc__stemmer_create(&s, "klingon", &err), &err);
    assert_null(s);
    assert_non_null(strstr(err.message, "klingon"));
}

/* Made with another release of Snowball (3.1.1), whose English rules
 * differ in a few words: they are counted, and printed. */
static void test_stem__agrees_with_the_model_packs_list(void **state)
{
    char *path = golden_path("FC_SHARED_DIR", "models/goldens/text/snowball_english.tsv");
    char word[128], want[128];
    size_t total = 0, different = 0;
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;
    FILE *file;

    (void)state;
    file = path != NULL ? fopen(path, "r") : NULL;
    free(path);
    if (file == NULL)
        fc_test_skip("no model pack beside the checkout: its list of stems is not compared");
    assert_status(FC_OK, fc__stemmer_create(&s, "english", &err), &err);
    for (; fscanf(file, "%127s %127s", word, want) == 2; total++) {
        const char *stem;
        size_t n;

        assert_status(FC_OK, fc__stem(s, word, strlen(word), &stem, &n, &err), &err);
        if (n != strlen(want) || memcmp(stem, want, n) != 0) {
            print_message("%s: %.*s, in the list %s\n", word, (int)n, stem, want);
            different++;
        }
    }
    fclose(file);
    fc__stemmer_destroy(s);
    assert_int_equal(total, 500);
    assert_true(different <= 4);
}

/* Every language, words with the endings that its rules look for. */
static void test_stem__agrees_with_snowballstemmer(void **state)
{
    text_golden g = text_golden_open("stems.tsv");
    char language[32] = "";
    fc_stemmer *s = NULL;
    fc_error err = FC_ERROR_INIT;
    size_t line = 0, n_languages = 0;

    (void)state;
    for (; text_golden_next(&g); line++) {
        const char *stem;
        size_t n;

        if (strcmp(language, g.raw[0]) != 0) {
            fc__stemmer_destroy(s);
            snprintf(language, sizeof(language), "%s", g.raw[0]);
            assert_status(FC_OK, fc__stemmer_create(&s, language, &err), &err);
            n_languages++;
        }
        for (int again = 0; again < 2; again++) { /* the second time it is known */
            assert_status(FC_OK, fc__stem(s, g.fields[1], g.n[1], &stem, &n, &err), &err);
            if (n != g.n[2] || memcmp(stem, g.fields[2], n) != 0)
                fail_msg("line %zu, %s: '%s' became '%.*s', not '%s'", line + 1, language,
                         g.fields[1], (int)n, stem, g.fields[2]);
        }
    }
    assert_int_equal(n_languages, 29);
    assert_int_equal(line, 29 * 130);
    fc__stemmer_destroy(s);
    text_golden_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stem__joins_the_forms_of_a_word),
        cmocka_unit_test(test_stem__every_language_of_the_table_works),
        cmocka_unit_test(test_stem__an_unknown_language_is_refused),
        cmocka_unit_test(test_stem__agrees_with_snowballstemmer),
        cmocka_unit_test(test_stem__agrees_with_the_model_packs_list),
    };

    return cmocka_run_group_tests_name("stem", tests, NULL, NULL);
}
