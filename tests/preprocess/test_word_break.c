/*
 * Word boundaries against Unicode's own tests of the same version.
 */
#include "decode/text_golden.h"

#include "fc_text.h"
#include "fc_word_break.h"

#define TESTS_MAX_CHARS 64

/* A line of word_break.txt: "/ 0061 0308 / 0020 /". */
typedef struct break_test {
    char text[4 * TESTS_MAX_CHARS];
    size_t n;
    size_t bounds[TESTS_MAX_CHARS];
    size_t n_bounds;
} break_test;

static void read_test(char *line, break_test *t)
{
    *t = (break_test){.n = 0};
    for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        assert_true(t->n < sizeof(t->text) - 4 && t->n_bounds < TESTS_MAX_CHARS);
        if (strcmp(word, "/") == 0)
            t->bounds[t->n_bounds++] = t->n;
        else
            t->n += fc__utf8_put((uint32_t)strtoul(word, NULL, 16), t->text + t->n);
    }
}

/* Each text in a block of its exact size: ASan sees any overread. */
static void check(const break_test *t, size_t number)
{
    char *exact = malloc(t->n);
    size_t at = 0, k = 0;

    assert_non_null(exact);
    memcpy(exact, t->text, t->n);
    while (at < t->n) {
        assert_int_equal(at, t->bounds[k]);
        at += fc__word_segment(exact + at, t->n - at, SIZE_MAX);
        k++;
        if (at != t->bounds[k])
            fail_msg("test %zu: a boundary at byte %zu, not at %zu", number, at, t->bounds[k]);
    }
    assert_int_equal(k + 1, t->n_bounds);
    free(exact);
}

static void test_word_break__agrees_with_unicodes_own_tests(void **state)
{
    char *path = golden_file("tests/golden/text/word_break.txt"), line[512];
    FILE *file = fopen(path, "r");
    size_t n = 0;

    (void)state;
    assert_non_null(file);
    for (; fgets(line, sizeof(line), file) != NULL; n++) {
        break_test t;

        read_test(line, &t);
        check(&t, n + 1);
    }
    fclose(file);
    free(path);
    assert_int_equal(n, 1823);
    assert_string_equal(fc__word_break_version(), "15.0.0");
}

/* A segment of any length costs no more than what was asked for. */
static void test_word_break__looks_no_further_than_asked(void **state)
{
    static char text[4096];
    size_t n;

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(fc__word_segment(text, sizeof(text), SIZE_MAX), sizeof(text));
    n = fc__word_segment(text, sizeof(text), 10);
    assert_true(n >= 10 && n < 20);
    text[7] = ' ';
    assert_int_equal(fc__word_segment(text, sizeof(text), 10), 7);
}

static void test_word_break__knows_scripts_without_blanks(void **state)
{
    (void)state;
    assert_true(fc__is_complex_script(0x0e01));  /* Thai */
    assert_true(fc__is_complex_script(0x1780));  /* Khmer */
    assert_false(fc__is_complex_script(0x7ea2)); /* Han has a rule of its own */
    assert_false(fc__is_complex_script('a'));
    assert_false(fc__is_complex_script(0x10ffff));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_word_break__agrees_with_unicodes_own_tests),
        cmocka_unit_test(test_word_break__looks_no_further_than_asked),
        cmocka_unit_test(test_word_break__knows_scripts_without_blanks),
    };

    return cmocka_run_group_tests_name("word_break", tests, NULL, NULL);
}
