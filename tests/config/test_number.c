/* Unit tests of src/config/fc_number.c: one spelling in, one canonical spelling out. */
#include "fc_test.h"

#include <float.h>
#include <locale.h>
#include <math.h>

#include "fc_number.h"

static void test_number__whole_numbers_are_plain_decimal_digits(void **state)
{
    int64_t v = 0;

    (void)state;
    assert_true(fc__number_parse_int("224", &v));
    assert_int_equal(v, 224);
    assert_true(fc__number_parse_int("-7", &v));
    assert_int_equal(v, -7);
    assert_true(fc__number_parse_int("0", &v));
    assert_int_equal(v, 0);
    assert_true(fc__number_parse_int("-9223372036854775808", &v));
    assert_true(v == INT64_MIN);
}

/* Each of these is 224 to some reader of YAML, and none of them is to us. */
static void test_number__other_spellings_of_a_whole_number_are_refused(void **state)
{
    static const char *const spellings[] = {"224.0", "0xE0",   "0340", "0o340", "+224",
                                            "2_24",  "2.24e2", " 224", "224 ",  ""};
    int64_t v = -1;

    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
        if (fc__number_parse_int(spellings[i], &v))
            fail_msg("'%s' was taken for %lld", spellings[i], (long long)v);
    assert_false(fc__number_parse_int("-0", &v));
    assert_false(fc__number_parse_int("-", &v));
    assert_false(fc__number_parse_int("9223372036854775808", &v));
    assert_int_equal(v, -1);
}

static void test_number__guesses_what_another_spelling_meant(void **state)
{
    int64_t v = 0;

    (void)state;
    assert_true(fc__number_guess_int("224.0", &v));
    assert_int_equal(v, 224);
    v = 0;
    assert_true(fc__number_guess_int("0xE0", &v));
    assert_int_equal(v, 224);
    v = 0;
    assert_true(fc__number_guess_int("2.24e2", &v));
    assert_int_equal(v, 224);
    assert_false(fc__number_guess_int("224.5", &v));
    assert_false(fc__number_guess_int("big", &v));
    assert_false(fc__number_guess_int("1e30", &v));
}

static void test_number__numbers_follow_the_grammar_of_json(void **state)
{
    static const char *const refused[] = {".5",  "5.",    "+1", "0x1p3", "inf",
                                          "nan", "-.inf", "1e", "1e+",   "--1",
                                          "1,5", "",      "01", "1e999", " 1.0"};
    double v = -1;

    (void)state;
    assert_true(fc__number_parse_double("-0.5", &v));
    assert_true(v == -0.5);
    assert_true(fc__number_parse_double("25e-2", &v));
    assert_true(v == 0.25);
    assert_true(fc__number_parse_double("-0", &v));
    assert_false(signbit(v));
    v = -1;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (fc__number_parse_double(refused[i], &v))
            fail_msg("'%s' was taken for %g", refused[i], v);
    assert_true(v == -1);
}

/* Pinned: a fingerprint is made of these texts. */
static void test_number__canonical_text_is_the_shortest_that_reads_back(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "0"},
        {1.0, "1"},
        {224.0, "224"},
        {0.1, "0.1"},
        {0.30000000000000004, "0.30000000000000004"},
        {1e-7, "1e-07"},
        {1e300, "1e+300"},
        {-2.5, "-2.5"},
        {1.0 / 3, "0.3333333333333333"},
        {65536.0, "65536"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_TRUE_MIN, "5e-324"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[FC_NUMBER_TEXT_BYTES];
        double back = -1;

        fc__number_format(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
        assert_true(fc__number_parse_double(text, &back) && back == cases[i].value);
    }
}

static void test_number__a_decimal_comma_changes_nothing(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    char text[FC_NUMBER_TEXT_BYTES];
    double v = 0;
    bool found = false;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++)
        found = setlocale(LC_ALL, names[i]) != NULL;
    if (!found)
        fc_test_skip("no locale with a decimal comma is installed");
    assert_true(fc__number_parse_double("0.25", &v));
    fc__number_format(0.25, text);
    setlocale(LC_ALL, "C");
    assert_true(v == 0.25);
    assert_string_equal(text, "0.25");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number__whole_numbers_are_plain_decimal_digits),
        cmocka_unit_test(test_number__other_spellings_of_a_whole_number_are_refused),
        cmocka_unit_test(test_number__guesses_what_another_spelling_meant),
        cmocka_unit_test(test_number__numbers_follow_the_grammar_of_json),
        cmocka_unit_test(test_number__canonical_text_is_the_shortest_that_reads_back),
        cmocka_unit_test(test_number__a_decimal_comma_changes_nothing),
    };

    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
