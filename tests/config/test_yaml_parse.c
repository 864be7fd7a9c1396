/*
 * Unit tests of src/config/fc_yaml_parse.c and fc_yaml_syntax.c: what is refused, at which line,
 * in which words, and that the caps hold in time.
 */
#include "fc_test.h"

#include <time.h>

#include "fc_yaml.h"
#include "fc_yaml_tree.h"

/* Parse a copy of its exact size without NUL, so that ASan sees any overread. */
static fc_status parse(fc_yaml **out, const char *text, size_t n, fc_error *err)
{
    char *exact = malloc(n > 0 ? n : 1);
    fc_status st;

    assert_non_null(exact);
    memcpy(exact, text, n);
    st = fc__yaml_parse(out, exact, n, "a.yaml", err);
    free(exact);
    if (st != FC_OK)
        assert_null(*out);
    return st;
}

typedef struct refusal {
    const char *text;
    const char *message;
} refusal;

static void test_yaml__stops_at_what_cannot_be_read_on(void **state)
{
    static const refusal cases[] = {
        {"", "a.yaml:1: nothing in the file; write 'key: value' lines"},
        {"# a comment\n", "a.yaml:1: nothing in the file; write 'key: value' lines"},
        {"a: [1, 2\n", "a.yaml:2: did not find expected ',' or ']', while parsing a flow sequence "
                       "that starts at line 1"},
        {"a: 1\nb: \"open\n", "a.yaml:3: found unexpected end of stream, while scanning a quoted "
                              "scalar that starts at line 2"},
        {"a: b: c\n", "a.yaml:1: mapping values are not allowed in this context"},
        {"a:\n\tb: 2\n", "a.yaml:2: a tab cannot indent in YAML; indent with spaces"},
        {"a: 1\nb: @home\n", "a.yaml:2: column 4 holds a character that cannot start a text; put "
                             "the text in quotes"},
        {"--- {a: 1}\n--- {b: 2}\n", "a.yaml:2: a second document; put it into a file of its own"},
        {"a: 1\n*x : 3\n", "a.yaml:2: an alias as a key; write the key out"},
        {"? [a]\n: 3\n", "a.yaml:1: a list or map as a key; write a plain word before the ':'"},
        {"a: \"x\\0y\"\n", "a.yaml:1: a NUL character in a text; remove it"},
        {"a: 1\nb: \xC3(\n", "a.yaml:2: byte 0xC3 is not valid UTF-8; save the file as UTF-8"},
        {"a: 1\n\nb: \x1B[2J\n", "a.yaml:3: control character 0x1B; remove it"},
        {"a: 1\nb: \xEF\xBF\xBE\n",
         "a.yaml:2: control characters are not allowed; remove the character"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_yaml *y = NULL;

        assert_status(FC_E_FORMAT, parse(&y, cases[i].text, strlen(cases[i].text), &err), &err);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void test_yaml__goes_on_after_what_is_only_forbidden(void **state)
{
    static const refusal cases[] = {
        {"a: &x 1\n", "a.yaml:1: anchor '&x'; anchors are not allowed here, remove it\n"},
        {"a: &x 1\nb: *x\n",
         "a.yaml:1: anchor '&x'; anchors are not allowed here, remove it\n"
         "a.yaml:2: alias '*x'; aliases are not allowed here, write the value out\n"},
        {"a: !secret 1\n", "a.yaml:1: tag '!secret'; tags are not allowed here, remove it\n"},
        {"a: !!map {b: 1}\n",
         "a.yaml:1: tag 'tag:yaml.org,2002:map'; tags are not allowed here, remove it\n"},
        {"a: 1\nb: 2\na: 3\nb: 4\n",
         "a.yaml:3: key 'a' is there already, at line 1; keep one of them\n"
         "a.yaml:4: key 'b' is there already, at line 2; keep one of them\n"},
        {"p: {a: 1, b: 2, a: 3}\n",
         "a.yaml:1: key 'a' is there already, at line 1; keep one of them\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_yaml *y = NULL;

        assert_status(FC_OK, parse(&y, cases[i].text, strlen(cases[i].text), &err), &err);
        assert_string_equal(fc__yaml_problems(y), cases[i].message);
        fc__yaml_destroy(y);
    }
}

static char *repeat(const char *piece, size_t times)
{
    const size_t n = strlen(piece);
    char *text = malloc(n * times + 1);

    assert_non_null(text);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * n, piece, n);
    text[n * times] = '\0';
    return text;
}

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* libyaml alone takes 5.2 s for the first of these. 50 ms is what an editor's user does not notice;
 * CPU time, so that a busy machine does not fail the test. */
static void test_yaml__deep_nesting_ends_within_50_ms(void **state)
{
    static const char *const pieces[] = {"[",  "{a: ", "[{a: ",    "- ",
                                         "? ", "[\n",  "!!a &b [", "'a': ["};

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_yaml *y = NULL;
        char *text = repeat(pieces[i], 40960 / strlen(pieces[i]));
        const double start = seconds_now();
        fc_status st;

        st = parse(&y, text, strlen(text), &err);
        if (seconds_now() - start > 0.05)
            fail_msg("40 KB of '%s' took %.3f s", pieces[i], seconds_now() - start);
        assert_status(FC_E_FORMAT, st, &err);
        free(text);
    }
}

static void test_yaml__depth_16_is_read_and_17_refused(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_yaml *y = NULL;

    (void)state;
    assert_status(FC_OK, parse(&y, "[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]", 33, &err), &err);
    fc__yaml_destroy(y);
    assert_status(FC_E_FORMAT, parse(&y, "[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]", 35, &err), &err);
    assert_string_equal(err.message, "a.yaml:1: nested more than 16 deep; flatten it");
}

static void test_yaml__caps_hold_on_both_sides(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_yaml *y = NULL;
    char *text;

    (void)state;
    text = repeat("x", FC_YAML_SCALAR_MAX);
    assert_status(FC_OK, parse(&y, text, FC_YAML_SCALAR_MAX, &err), &err);
    assert_int_equal(strlen(fc__yaml_scalar(fc__yaml_root(y))), FC_YAML_SCALAR_MAX);
    fc__yaml_destroy(y);
    free(text);
    text = repeat("x", FC_YAML_SCALAR_MAX + 1);
    assert_status(FC_E_FORMAT, parse(&y, text, FC_YAML_SCALAR_MAX + 1, &err), &err);
    assert_string_equal(err.message, "a.yaml:1: a value of more than 64 KiB; shorten it");
    free(text);

    text = repeat("# 45678\n", FC_YAML_BYTES_MAX / 8);
    memcpy(text, "a: 1 ", 5);
    assert_status(FC_OK, parse(&y, text, FC_YAML_BYTES_MAX, &err), &err);
    fc__yaml_destroy(y);
    free(text);
    text = repeat("#", FC_YAML_BYTES_MAX + 1);
    assert_status(FC_E_LIMIT, parse(&y, text, FC_YAML_BYTES_MAX + 1, &err), &err);
    assert_string_equal(err.message, "a.yaml: 1048577 bytes; a file of at most 1 MiB is wanted");
    free(text);

    /* Stream, document and sequence take 6 events; each item is one. */
    text = repeat("- x\n", FC_YAML_EVENTS_MAX - 6);
    assert_status(FC_OK, parse(&y, text, strlen(text), &err), &err);
    assert_int_equal(fc__yaml_length(fc__yaml_root(y)), FC_YAML_EVENTS_MAX - 6);
    fc__yaml_destroy(y);
    free(text);
    text = repeat("- x\n", FC_YAML_EVENTS_MAX - 5);
    assert_status(FC_E_FORMAT, parse(&y, text, strlen(text), &err), &err);
    assert_string_equal(err.message,
                        "a.yaml:99996: more than 100,000 YAML events; make the file smaller");
    free(text);
}

/* 45,000 equal keys are 45,000 problems: 50 are told, the rest counted, in no squared time. */
static void test_yaml__many_problems_are_counted_not_listed(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_yaml *y = NULL;
    char *text = repeat("key: 1\n", 45000);
    const double start = seconds_now();
    size_t n_lines = 0;

    (void)state;
    assert_status(FC_OK, parse(&y, text, strlen(text), &err), &err);
    assert_true(seconds_now() - start < 2.0);
    assert_int_equal(fc__yaml_n_problems(y), 44999);
    for (const char *at = fc__yaml_problems(y); (at = strchr(at, '\n')) != NULL; at++)
        n_lines++;
    assert_int_equal(n_lines, FC_YAML_PROBLEMS_MAX + 1);
    assert_non_null(strstr(fc__yaml_problems(y), "and 44949 more problems\n"));
    fc__yaml_destroy(y);
    free(text);
}

static void test_yaml__reads_every_style_to_the_same_tree(void **state)
{
    static const char *const texts[] = {
        "a: one\nb: [x, y]\n",
        "\xEF\xBB\xBF# mark and comment\n---\n{\"a\": 'one', b: [x, \"y\"]}\n...\n",
        "b:\r\n  - x\r\n  - y # why\r\na:   one\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_yaml *y = NULL;
        fc_yaml_node *b;
        const char *a = NULL;

        assert_status(FC_OK, parse(&y, texts[i], strlen(texts[i]), &err), &err);
        assert_true(fc__yaml_get_string(y, fc__yaml_root(y), "a", true, &a));
        assert_string_equal(a, "one");
        b = fc__yaml_get(y, fc__yaml_root(y), "b", FC_YAML_SEQUENCE, true);
        assert_non_null(b);
        assert_int_equal(fc__yaml_length(b), 2);
        assert_string_equal(fc__yaml_scalar(fc__yaml_item(b, 0)), "x");
        assert_string_equal(fc__yaml_scalar(fc__yaml_item(b, 1)), "y");
        assert_string_equal(fc__yaml_problems(y), "");
        fc__yaml_destroy(y);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml__stops_at_what_cannot_be_read_on),
        cmocka_unit_test(test_yaml__goes_on_after_what_is_only_forbidden),
        cmocka_unit_test(test_yaml__deep_nesting_ends_within_50_ms),
        cmocka_unit_test(test_yaml__depth_16_is_read_and_17_refused),
        cmocka_unit_test(test_yaml__caps_hold_on_both_sides),
        cmocka_unit_test(test_yaml__many_problems_are_counted_not_listed),
        cmocka_unit_test(test_yaml__reads_every_style_to_the_same_tree),
    };

    return cmocka_run_group_tests_name("yaml_parse", tests, NULL, NULL);
}
