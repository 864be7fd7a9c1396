/*
 * Where words begin and end.
 */
#include "decode/text_golden.h"

#include "fc_words.h"

/* The words of `in`, joined by "|", each with a mark of its kind when it is not letters. */
static void check_as(const char *in, fc_word_cut cut, bool pairs, const char *want)
{
    static const char *const marks[] = {"", "c:", "s:"};
    fc_words words = fc__words_over(in, strlen(in), cut, pairs);
    fc_word word;
    char got[512] = "";

    while (fc__words_next(&words, &word)) {
        const size_t at = strlen(got);

        assert_true(word.n > 0);
        snprintf(got + at, sizeof(got) - at, "%s%s%.*s", at > 0 ? "|" : "", marks[word.kind],
                 (int)word.n, word.text);
    }
    if (strcmp(got, want) != 0)
        fail_msg("'%s' was cut into '%s', not '%s'", in, got, want);
}

static void check(const char *in, const char *want)
{
    check_as(in, FC_CUT_RUNS, false, want);
}

static void test_words__are_runs_of_letters_and_digits(void **state)
{
    (void)state;
    check("", "");
    check(" .,;!? \t\n--", "");
    check("a red bird", "a|red|bird");
    check("mp3 2nd x_y a-b", "mp3|2nd|x|y|a|b");
    check("na\xc3\xafve \xd0\xbf\xd1\x82\xd0\xb8\xd1\x86\xd0\xb0",
          "na\xc3\xafve|\xd0\xbf\xd1\x82\xd0\xb8\xd1\x86\xd0\xb0");
    check("e.g. 3.14", "e|g|3|14");
}

static void test_words__keep_an_apostrophe_between_letters(void **state)
{
    (void)state;
    check("don't", "don't");
    check("'quoted'", "quoted");
    check("dogs' tails", "dogs|tails");
    check("rock'n'roll", "rock'n'roll");
    check("a''b", "a|b");
    check("'", "");
}

static void test_words__marks_stay_with_their_letter(void **state)
{
    (void)state;
    /* Devanagari "hindi": letters with vowel signs. */
    check("\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80",
          "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80");
    check("\xcc\x81 x", "x"); /* an accent on nothing */
}

static void test_words__scripts_without_spaces_go_by_character(void **state)
{
    (void)state;
    check("\xe7\xba\xa2\xe8\x89\xb2 ab", "c:\xe7\xba\xa2|c:\xe8\x89\xb2|ab");
    check("x\xe3\x81\x82y", "x|c:\xe3\x81\x82|y");
    check("\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4",
          "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4"); /* Hangul */
    check("\xe3\x80\x82", "");                     /* full stop */
}

static void test_words__emoji_and_signs_are_words(void **state)
{
    (void)state;
    check("hi \xf0\x9f\x90\xa6\xf0\x9f\x90\xa6!", "hi|s:\xf0\x9f\x90\xa6|s:\xf0\x9f\x90\xa6");
    check("5\xe2\x82\xac", "5|s:\xe2\x82\xac");
    check("1+1=2 $", "1|1|2"); /* ASCII signs are punctuation */
}

/* A long run is cut, by characters and never inside one; nothing of it is lost. */
static void test_words__are_cut_at_their_limit(void **state)
{
    char run[2 * 200 + 1];
    fc_words words;
    fc_word word;
    size_t total = 0, n = 0;

    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(run + 2 * i, "\xc3\xa9", 2);
    words = fc__words_over(run, 400, FC_CUT_RUNS, false);
    while (fc__words_next(&words, &word)) {
        assert_true(word.n <= 2 * FC_WORD_MAX_CHARS);
        assert_int_equal(word.n % 2, 0);
        total += word.n;
        n++;
    }
    assert_int_equal(total, 400);
    assert_int_equal(n, (200 + FC_WORD_MAX_CHARS - 1) / FC_WORD_MAX_CHARS);
}

/* Every line of a golden file: a text, and its words apart by blanks. */
static void check_file(const char *name, fc_word_cut cut, bool pairs, size_t n_lines)
{
    text_golden g = text_golden_open(name);
    size_t line = 0;

    for (; text_golden_next(&g); line++) {
        fc_words words = fc__words_over(g.fields[0], g.n[0], cut, pairs);
        const char *want = g.fields[1];
        fc_word word;

        while (fc__words_next(&words, &word)) {
            const size_t n = strcspn(want, " ");

            if (word.n != n || memcmp(word.text, want, n) != 0)
                fail_msg("%s, line %zu: '%s' has '%.*s', not '%.*s'", name, line + 1, g.fields[0],
                         (int)word.n, word.text, (int)n, want);
            want += n + (want[n] == ' ');
        }
        if (*want != '\0')
            fail_msg("%s, line %zu: '%s' lacks '%s'", name, line + 1, g.fields[0], want);
    }
    assert_int_equal(line, n_lines);
    text_golden_close(&g);
}

static void test_words__of_unicode_are_those_of_uniseg(void **state)
{
    (void)state;
    check_file("words.tsv", FC_CUT_UNICODE, false, 400);
}

static void test_words__in_pairs_are_those_of_regex(void **state)
{
    (void)state;
    check_file("pairs.tsv", FC_CUT_RUNS, true, 300);
}

static void test_words__of_unicode_have_their_kinds(void **state)
{
    (void)state;
    check_as("3.14 x_y don't", FC_CUT_UNICODE, false, "3.14|x_y|don't");
    check_as("\xe7\xba\xa2\xe8\x89\xb2", FC_CUT_UNICODE, false, "c:\xe7\xba\xa2|c:\xe8\x89\xb2");
    check_as("\xe3\x82\xab\xe3\x83\xa1\xe3\x83\xa9", FC_CUT_UNICODE, false,
             "\xe3\x82\xab\xe3\x83\xa1\xe3\x83\xa9"); /* Katakana: one word of letters */
    check_as("\xe2\x82\xac"
             "5 \xf0\x9f\x87\xab\xf0\x9f\x87\xb7",
             FC_CUT_UNICODE, false,
             "s:\xe2\x82\xac|5|s:\xf0\x9f\x87\xab\xf0\x9f\x87\xb7"); /* a flag */
    check_as("\xe3\x82\xab\xe3\x83\xa1\xe3\x83\xa9 \xe7\xba\xa2", FC_CUT_UNICODE, true,
             "c:\xe3\x82\xab\xe3\x83\xa1|c:\xe3\x83\xa1\xe3\x83\xa9|c:\xe7\xba\xa2");
}

static void test_words__in_pairs_leave_apostrophes_to_letters(void **state)
{
    (void)state;
    check_as("x'y'\xe0\xb8\x81\xe0\xb8\x99", FC_CUT_RUNS, true, "x'y|c:\xe0\xb8\x81\xe0\xb8\x99");
    check_as("x'y'\xe0\xb8\x81", FC_CUT_RUNS, false, "x'y'\xe0\xb8\x81");
}

/* One segment of a megabyte is cut like a run, and without going over it again and again. */
static void test_words__of_unicode_are_cut_at_their_limit(void **state)
{
    const size_t n = (size_t)1 << 20;
    char *run = malloc(n);
    size_t total = 0, count = 0;
    fc_words words;
    fc_word word;

    (void)state;
    assert_non_null(run);
    memset(run, 'a', n);
    words = fc__words_over(run, n, FC_CUT_UNICODE, false);
    for (; fc__words_next(&words, &word); count++)
        total += word.n;
    assert_int_equal(total, n);
    assert_int_equal(count, n / FC_WORD_MAX_CHARS);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words__are_runs_of_letters_and_digits),
        cmocka_unit_test(test_words__keep_an_apostrophe_between_letters),
        cmocka_unit_test(test_words__marks_stay_with_their_letter),
        cmocka_unit_test(test_words__scripts_without_spaces_go_by_character),
        cmocka_unit_test(test_words__emoji_and_signs_are_words),
        cmocka_unit_test(test_words__are_cut_at_their_limit),
        cmocka_unit_test(test_words__of_unicode_are_those_of_uniseg),
        cmocka_unit_test(test_words__in_pairs_are_those_of_regex),
        cmocka_unit_test(test_words__of_unicode_have_their_kinds),
        cmocka_unit_test(test_words__in_pairs_leave_apostrophes_to_letters),
        cmocka_unit_test(test_words__of_unicode_are_cut_at_their_limit),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
