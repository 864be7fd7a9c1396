/*
 * Metadata: what is taken and refused, the serialised form against damage, the JSON form.
 */
#include "fc_test.h"

#include <locale.h>

#include "fc_meta.h"

static fc_status add(fc_meta *m, const char *key, fc_meta_kind kind, const char *text)
{
    return fc__meta_add(m, key, strlen(key), kind, text, strlen(text), NULL);
}

static void fill(fc_meta *m)
{
    assert_int_equal(add(m, "kind", FC_META_STRING, "b\xC3\xA9low \"x\""), FC_OK);
    assert_int_equal(add(m, "price", FC_META_NUMBER, "12.50"), FC_OK);
    assert_int_equal(add(m, "draft", FC_META_BOOL, "true"), FC_OK);
    assert_int_equal(add(m, "none", FC_META_STRING, ""), FC_OK);
    assert_int_equal(add(m, "odd", FC_META_NUMBER, "+007."), FC_OK);
}

static void test_meta__finds_what_was_added(void **state)
{
    fc_meta m = FC_META_INIT;

    (void)state;
    fill(&m);
    assert_int_equal(m.n, 5);
    assert_string_equal(fc__meta_find(&m, "price")->text, "12.50");
    assert_float_equal(fc__meta_find(&m, "price")->number, 12.5, 0.0);
    assert_float_equal(fc__meta_find(&m, "draft")->number, 1.0, 0.0);
    assert_float_equal(fc__meta_find(&m, "odd")->number, 7.0, 0.0);
    assert_null(fc__meta_find(&m, "pric"));
    assert_null(fc__meta_find(&m, "prices"));
    fc__meta_dispose(&m);
    fc__meta_dispose(NULL);
}

static void test_meta__refuses_what_is_not_a_value(void **state)
{
    static const struct {
        const char *key;
        fc_meta_kind kind;
        const char *text;
        fc_status want;
    } cases[] = {
        {"", FC_META_STRING, "x", FC_E_FORMAT},
        {"kind", FC_META_STRING, "x", FC_E_FORMAT}, /* there already */
        {"a\xFF", FC_META_STRING, "x", FC_E_FORMAT},
        {"a", FC_META_STRING, "\xC0\x80", FC_E_FORMAT},
        {"a", FC_META_NUMBER, "", FC_E_FORMAT},
        {"a", FC_META_NUMBER, "1e999", FC_E_FORMAT},
        {"a", FC_META_BOOL, "True", FC_E_FORMAT},
        {"a", (fc_meta_kind)3, "x", FC_E_FORMAT},
    };
    fc_meta m = FC_META_INIT;
    fc_error err = FC_ERROR_INIT;
    char key[FC_META_KEY_MAX + 2];

    (void)state;
    assert_int_equal(add(&m, "kind", FC_META_STRING, "x"), FC_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_status(cases[i].want, add(&m, cases[i].key, cases[i].kind, cases[i].text), &err);
        assert_int_equal(m.n, 1);
    }
    memset(key, 'k', sizeof(key));
    assert_status(FC_E_LIMIT,
                  fc__meta_add(&m, key, FC_META_KEY_MAX + 1, FC_META_STRING, "", 0, &err), &err);
    assert_status(FC_OK, fc__meta_add(&m, key, FC_META_KEY_MAX, FC_META_STRING, "", 0, &err), &err);
    /* A NUL would cut the value short for everyone who reads it as a string. */
    assert_status(FC_E_FORMAT, fc__meta_add(&m, "z", 1, FC_META_STRING, "a\0b", 3, &err), &err);
    assert_status(FC_E_FORMAT, fc__meta_add(&m, "z\0y", 3, FC_META_STRING, "a", 1, &err), &err);
    fc__meta_dispose(&m);
}

static void test_meta__caps_hold(void **state)
{
    char *text = malloc(FC_META_VALUE_MAX + 1);
    fc_meta m = FC_META_INIT;
    fc_error err = FC_ERROR_INIT;
    char key[16];

    (void)state;
    assert_non_null(text);
    memset(text, 'x', FC_META_VALUE_MAX + 1);
    assert_status(FC_E_LIMIT,
                  fc__meta_add(&m, "k", 1, FC_META_STRING, text, FC_META_VALUE_MAX + 1, &err),
                  &err);
    assert_status(FC_OK, fc__meta_add(&m, "k", 1, FC_META_STRING, text, FC_META_VALUE_MAX, &err),
                  &err);
    free(text);
    for (int i = 1; i < FC_META_ENTRIES_MAX; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_int_equal(add(&m, key, FC_META_STRING, ""), FC_OK);
    }
    assert_int_equal(add(&m, "one more", FC_META_STRING, ""), FC_E_LIMIT);
    fc__meta_dispose(&m);
}

static void test_meta__number_is_a_decimal_and_nothing_else(void **state)
{
    static const char *const numbers[] = {"0",  "-0",   "12.50", "+3", ".5",
                                          "5.", "-1e3", "1E-2",  "007"};
    static const char *const words[] = {"",    " 1",    "1 ",  "0x10", "inf", "nan", "1e",   "e5",
                                        "1,5", "1.2.3", "--1", "+",    ".",   "1e+", "1e999"};
    double v;

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (!fc__meta_number(numbers[i], &v) || v != strtod(numbers[i], NULL))
            fail_msg("'%s' is a number", numbers[i]);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (fc__meta_number(words[i], &v))
            fail_msg("'%s' is not a number", words[i]);
}

/* A program may run in a locale where 12.50 reads as 12. */
static void test_meta__number_ignores_the_locale(void **state)
{
    static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *set = NULL;
    double v = 0.0;

    (void)state;
    for (size_t i = 0; i < sizeof(commas) / sizeof(commas[0]) && set == NULL; i++)
        set = setlocale(LC_ALL, commas[i]);
    assert_true(fc__meta_number("12.50", &v));
    assert_float_equal(v, 12.5, 0.0);
    assert_false(fc__meta_number("12,50", &v));
    setlocale(LC_ALL, "C");
    if (set == NULL)
        fc_test_skip("no locale with a decimal comma is installed");
}

static void test_meta__serialised_form_round_trips(void **state)
{
    fc_meta m = FC_META_INIT, back = FC_META_INIT;
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fill(&m);
    assert_status(FC_OK, fc__meta_write(&m, &out, &err), &err);
    assert_status(FC_OK, fc__meta_read(&back, out.data, out.size, &err), &err);
    assert_int_equal(back.n, m.n);
    for (size_t i = 0; i < m.n; i++) {
        assert_string_equal(back.entries[i].key, m.entries[i].key);
        assert_string_equal(back.entries[i].text, m.entries[i].text);
        assert_int_equal(back.entries[i].kind, m.entries[i].kind);
        assert_float_equal(back.entries[i].number, m.entries[i].number, 0.0);
    }
    fc__meta_dispose(&back);
    fc__meta_dispose(&m);
    fc_buf_dispose(&out);
}

/* Each prefix sits in a block of its exact size: ASan sees any overread. */
static void test_meta__refuses_every_truncation_and_more_bytes(void **state)
{
    fc_meta m = FC_META_INIT;
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fill(&m);
    assert_status(FC_OK, fc__meta_write(&m, &out, &err), &err);
    fc__meta_dispose(&m);
    for (size_t cut = 0; cut < out.size; cut++) {
        uint8_t *prefix = malloc(cut > 0 ? cut : 1);

        assert_non_null(prefix);
        memcpy(prefix, out.data, cut);
        assert_status(FC_E_CORRUPT, fc__meta_read(&m, prefix, cut, &err), &err);
        assert_int_equal(m.n, 0);
        free(prefix);
    }
    assert_status(FC_OK, fc_buf_append_u8(&out, 0, &err), &err);
    assert_status(FC_E_CORRUPT, fc__meta_read(&m, out.data, out.size, &err), &err);
    fc__meta_dispose(&m);
    fc_buf_dispose(&out);
}

static void test_meta__read_refuses_values_that_could_not_be_written(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        {"\x01\x01"
         "a\x01\x01x",
         6}, /* a number that is "x" */
        {"\x01\x01"
         "a\x07\x01x",
         6}, /* kind 7 */
        {"\x02\x01"
         "a\x00\x01x\x01"
         "a\x00\x01y",
         11},                                    /* a name twice */
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8}, /* a count of 2^56 */
        {"\x01\x00\x00\x01x", 5},                /* an empty name */
    };
    fc_meta m = FC_META_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_status(FC_E_CORRUPT,
                      fc__meta_read(&m, (const uint8_t *)cases[i].bytes, cases[i].n, &err), &err);
    fc__meta_dispose(&m);
}

static void test_meta__json_keeps_numbers_as_they_came(void **state)
{
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);
    fc_meta m = FC_META_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fill(&m);
    fc__meta_json(&m, &j);
    assert_status(FC_OK, fc_json_status(&j, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(&out, 0, &err), &err);
    /* +007. is no JSON, so its value stands there instead. */
    assert_string_equal((const char *)out.data,
                        "{\"kind\":\"b\xC3\xA9low \\\"x\\\"\",\"price\":12.50,\"draft\":true,"
                        "\"none\":\"\",\"odd\":7}");
    fc__meta_dispose(&m);
    fc_buf_dispose(&out);
}

static void test_meta__a_copy_stands_alone(void **state)
{
    fc_meta m = FC_META_INIT, copy = FC_META_INIT, none = FC_META_INIT;
    fc_buf a = FC_BUF_INIT, b = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fill(&m);
    assert_status(FC_OK, fc__meta_copy(&copy, &m, &err), &err);
    assert_status(FC_OK, fc__meta_write(&m, &a, &err), &err);
    fc__meta_dispose(&m);
    assert_status(FC_OK, fc__meta_write(&copy, &b, &err), &err);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    assert_float_equal(fc__meta_find(&copy, "odd")->number, 7.0, 0.0);
    assert_status(FC_OK, fc__meta_copy(&none, &m, &err), &err); /* nothing of nothing */
    assert_int_equal(none.n, 0);
    fc__meta_dispose(&copy);
    fc_buf_dispose(&a);
    fc_buf_dispose(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meta__finds_what_was_added),
        cmocka_unit_test(test_meta__refuses_what_is_not_a_value),
        cmocka_unit_test(test_meta__caps_hold),
        cmocka_unit_test(test_meta__number_is_a_decimal_and_nothing_else),
        cmocka_unit_test(test_meta__number_ignores_the_locale),
        cmocka_unit_test(test_meta__serialised_form_round_trips),
        cmocka_unit_test(test_meta__refuses_every_truncation_and_more_bytes),
        cmocka_unit_test(test_meta__read_refuses_values_that_could_not_be_written),
        cmocka_unit_test(test_meta__a_copy_stands_alone),
        cmocka_unit_test(test_meta__json_keeps_numbers_as_they_came),
    };

    return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
