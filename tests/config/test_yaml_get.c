/*
 * Unit tests of src/config/fc_yaml_get.c: typed values come out, and every kind of problem in its
 * exact words.
 */
#include "fc_test.h"

#include "fc_yaml.h"

static const char *const precisions[] = {"f32", "f16", "bf16", "int8", NULL};

/* Ask for one key of every kind in `text`, all optional, then finish; the caller destroys. */
static fc_yaml *ask(const char *text)
{
    fc_error err = FC_ERROR_INIT;
    fc_yaml *y = NULL;
    fc_yaml_node *root;
    const char *s;
    double d;
    int64_t i;
    size_t k;
    bool b;

    assert_status(FC_OK, fc__yaml_parse(&y, text, strlen(text), "a.yaml", &err), &err);
    root = fc__yaml_root(y);
    fc__yaml_get_string(y, root, "name", false, &s);
    fc__yaml_get_int(y, root, "size", false, 16, 1024, &i);
    fc__yaml_get_double(y, root, "clip", false, 0, 0.5, &d);
    fc__yaml_get_bool(y, root, "signed", false, &b);
    fc__yaml_get_choice(y, root, "precision", false, precisions, &k);
    fc__yaml_get(y, root, "outputs", FC_YAML_SEQUENCE, false);
    fc__yaml_get(y, root, "params", FC_YAML_MAP, false);
    fc__yaml_finish_map(y, root);
    return y;
}

static void test_yaml_get__gives_the_values(void **state)
{
    static const char text[] = "name: \"hog\"\nsize: 224\nclip: 2e-1\nsigned: true\n"
                               "precision: bf16\n";
    fc_error err = FC_ERROR_INIT;
    fc_yaml *y = NULL;
    fc_yaml_node *root;
    const char *s = NULL;
    double d = 0;
    int64_t i = 0;
    size_t k = 9;
    bool b = false;

    (void)state;
    assert_status(FC_OK, fc__yaml_parse(&y, text, strlen(text), "a.yaml", &err), &err);
    root = fc__yaml_root(y);
    assert_true(fc__yaml_get_string(y, root, "name", true, &s));
    assert_string_equal(s, "hog");
    assert_true(fc__yaml_get_int(y, root, "size", true, 224, 224, &i));
    assert_int_equal(i, 224);
    assert_true(fc__yaml_get_double(y, root, "clip", true, 0.2, 0.2, &d));
    assert_true(d == 0.2);
    assert_true(fc__yaml_get_bool(y, root, "signed", true, &b));
    assert_true(b);
    assert_true(fc__yaml_get_choice(y, root, "precision", true, precisions, &k));
    assert_int_equal(k, 2);
    assert_int_equal(fc__yaml_line(fc__yaml_get(y, root, "clip", FC_YAML_SCALAR, true)), 3);
    fc__yaml_finish_map(y, root);
    assert_int_equal(fc__yaml_n_problems(y), 0);
    fc__yaml_destroy(y);
}

typedef struct one_problem {
    const char *text;
    const char *problem;
} one_problem;

static void test_yaml_get__says_what_is_wrong_and_what_would_be_right(void **state)
{
    static const one_problem cases[] = {
        {"size: 8", "a.yaml:1: size is 8; write a whole number from 16 to 1024\n"},
        {"size: big", "a.yaml:1: size is 'big'; write a whole number from 16 to 1024\n"},
        {"size: 224.0",
         "a.yaml:1: size is '224.0'; whole numbers are plain decimal digits: write 224\n"},
        {"size: 0xE0",
         "a.yaml:1: size is '0xE0'; whole numbers are plain decimal digits: write 224\n"},
        {"size: 0x8", "a.yaml:1: size is '0x8'; write a whole number from 16 to 1024\n"},
        {"size: '224'", "a.yaml:1: size is the quoted text \"224\"; write a whole number from 16 "
                        "to 1024 without quotes\n"},
        {"size:", "a.yaml:1: size has no value; write a whole number from 16 to 1024, or leave "
                  "the key out\n"},
        {"size: ~", "a.yaml:1: size has no value; write a whole number from 16 to 1024, or leave "
                    "the key out\n"},
        {"size: [224]",
         "a.yaml:1: size is a list ('- item' lines); write a whole number from 16 to 1024\n"},
        {"clip: 0.6", "a.yaml:1: clip is '0.6'; write a number from 0 to 0.5\n"},
        {"clip: .nan", "a.yaml:1: clip is '.nan'; write a number from 0 to 0.5\n"},
        {"clip: \"0.2\"", "a.yaml:1: clip is the quoted text \"0.2\"; write a number from 0 to 0.5 "
                          "without quotes\n"},
        {"signed: yes", "a.yaml:1: signed is 'yes'; write true or false\n"},
        {"name: {a: 1}", "a.yaml:1: name is a map ('key: value' lines); write a text\n"},
        {"name: null", "a.yaml:1: name has no value; write a text, or leave the key out\n"},
        {"precision: fp16", "a.yaml:1: precision is 'fp16'; did you mean 'f16'? It can be f32, "
                            "f16, bf16 or int8\n"},
        {"precision: double", "a.yaml:1: precision is 'double'; write f32, f16, bf16 or int8\n"},
        {"outputs: grid", "a.yaml:1: outputs is one value; write a list ('- item' lines)\n"},
        {"params: [1]",
         "a.yaml:1: params is a list ('- item' lines); write a map ('key: value' lines)\n"},
        {"# first\nnmae: hog", "a.yaml:2: unknown key 'nmae'; did you mean 'name'?\n"},
        {"colour: red", "a.yaml:1: unknown key 'colour'; known here: name, size, clip, signed, "
                        "precision, outputs or params\n"},
        {"\"a\\e[31m\": 1",
         "a.yaml:1: unknown key 'a\\x1B[31m'; known here: name, size, clip, signed, precision, "
         "outputs or params\n"},
        /* Once an alias was complained of, its value is not complained of again. */
        {"name: &n hog\nsize: *n",
         "a.yaml:1: anchor '&n'; anchors are not allowed here, remove it\n"
         "a.yaml:2: alias '*n'; aliases are not allowed here, write the value out\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_yaml *y = ask(cases[i].text);

        assert_string_equal(fc__yaml_problems(y), cases[i].problem);
        fc__yaml_destroy(y);
    }
}

static void test_yaml_get__lists_all_problems_in_the_order_of_lines(void **state)
{
    fc_yaml *y = ask("nmae: x\nprecision: f8\nsigned: 1\nclip: 2\nsize: 0\n");

    (void)state;
    assert_string_equal(fc__yaml_problems(y),
                        "a.yaml:1: unknown key 'nmae'; did you mean 'name'?\n"
                        "a.yaml:2: precision is 'f8'; write f32, f16, bf16 or int8\n"
                        "a.yaml:3: signed is '1'; write true or false\n"
                        "a.yaml:4: clip is '2'; write a number from 0 to 0.5\n"
                        "a.yaml:5: size is 0; write a whole number from 16 to 1024\n");
    fc__yaml_destroy(y);
}

static void test_yaml_get__reports_what_is_missing(void **state)
{
    static const char text[] = "\nother: 1\n";
    fc_error err = FC_ERROR_INIT;
    fc_yaml *y = NULL;
    const char *s;
    int64_t i;
    size_t k;

    (void)state;
    assert_status(FC_OK, fc__yaml_parse(&y, text, strlen(text), "a.yaml", &err), &err);
    assert_false(fc__yaml_get_string(y, fc__yaml_root(y), "name", true, &s));
    assert_false(fc__yaml_get_int(y, fc__yaml_root(y), "size", true, 1, 9, &i));
    assert_false(fc__yaml_get_choice(y, fc__yaml_root(y), "precision", true, precisions, &k));
    assert_string_equal(
        fc__yaml_problems(y),
        "a.yaml:2: key 'name' is missing; add 'name:' with a text\n"
        "a.yaml:2: key 'size' is missing; add 'size:' with a whole number from 1 to 9\n"
        "a.yaml:2: key 'precision' is missing; add 'precision:' with f32, f16, bf16 or int8\n");
    fc__yaml_destroy(y);
}

static void test_yaml_get__a_long_list_of_choices_ends_after_a_whole_word(void **state)
{
    static const char text[] = "language: x";
    static const char *choices[100];
    fc_error err = FC_ERROR_INIT;
    fc_yaml *y = NULL;
    size_t k;

    (void)state;
    for (size_t i = 0; i < 99; i++)
        choices[i] = "esperanto";
    assert_status(FC_OK, fc__yaml_parse(&y, text, strlen(text), "a.yaml", &err), &err);
    assert_false(fc__yaml_get_choice(y, fc__yaml_root(y), "language", true, choices, &k));
    assert_non_null(strstr(fc__yaml_problems(y), "write esperanto, esperanto, "));
    assert_non_null(strstr(fc__yaml_problems(y), ", esperanto, ...\n"));
    fc__yaml_destroy(y);
}

static void test_yaml_get__a_long_text_is_cut_at_a_character(void **state)
{
    char text[512] = "size: a";
    fc_yaml *y;

    (void)state;
    for (size_t i = 0; i < 60; i++)
        strcat(text, "\xC3\xA9");
    y = ask(text);
    /* One byte and 29 times two: 60 bytes would cut the 30th in half. */
    assert_string_equal(fc__yaml_problems(y),
                        "a.yaml:1: size is 'a"
                        "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                        "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                        "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                        "\xC3\xA9\xC3\xA9...'; write a whole number from 16 to 1024\n");
    fc__yaml_destroy(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_get__gives_the_values),
        cmocka_unit_test(test_yaml_get__says_what_is_wrong_and_what_would_be_right),
        cmocka_unit_test(test_yaml_get__lists_all_problems_in_the_order_of_lines),
        cmocka_unit_test(test_yaml_get__reports_what_is_missing),
        cmocka_unit_test(test_yaml_get__a_long_list_of_choices_ends_after_a_whole_word),
        cmocka_unit_test(test_yaml_get__a_long_text_is_cut_at_a_character),
    };

    return cmocka_run_group_tests_name("yaml_get", tests, NULL, NULL);
}
