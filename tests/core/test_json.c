/*
 * The JSON writer: what it writes parses (jansson) to what went in, in any locale, from any bytes.
 */
#include "fc_test.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>

#include "fc_json.h"
#include "fc_rng.h"
#include "fc_text.h"

static void assert_text(const fc_json *j, const char *want)
{
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_json_status(j, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(j->out, 0, &err), &err);
    assert_string_equal((const char *)j->out->data, want);
    fc_buf_dispose(j->out);
}

static void test_json__places_commas(void **state)
{
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);

    (void)state;
    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "schema", "featcache.query/1");
    fc_json_key(&j, "hits");
    fc_json_array_begin(&j);
    fc_json_array_begin(&j);
    fc_json_array_end(&j);
    fc_json_object_begin(&j);
    fc_json_kv_uint(&j, "rank", 1);
    fc_json_kv_double(&j, "score", 0.4312, 4);
    fc_json_key(&j, "meta");
    fc_json_object_begin(&j);
    fc_json_object_end(&j);
    fc_json_object_end(&j);
    fc_json_int(&j, -5);
    fc_json_raw(&j, "[1,2]", 5);
    fc_json_null(&j);
    fc_json_array_end(&j);
    fc_json_kv_bool(&j, "exact", true);
    fc_json_kv_bool(&j, "partial", false);
    fc_json_kv_int(&j, "low", INT64_MIN);
    fc_json_kv_uint(&j, "high", UINT64_MAX);
    fc_json_kv_string(&j, "none", NULL);
    fc_json_object_end(&j);
    assert_text(&j, "{\"schema\":\"featcache.query/1\",\"hits\":[[],{\"rank\":1,\"score\":0.4312,"
                    "\"meta\":{}},-5,[1,2],null],\"exact\":true,\"partial\":false,"
                    "\"low\":-9223372036854775808,\"high\":18446744073709551615,\"none\":null}");
}

static void test_json__escapes_strings(void **state)
{
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);

    (void)state;
    fc_json_array_begin(&j);
    fc_json_string(&j, "quote \" back \\ slash /");
    fc_json_string_n(&j, "\0\b\t\n\f\r\x1b\x1f", 8);
    fc_json_string(&j, "\x7F\xC2\x9B");
    fc_json_string(&j, "\xE2\x80\xA8\xE2\x80\xA9");
    fc_json_string(&j, "\xC3\xA9\xF0\x9F\xA6\x89");
    fc_json_string(&j, "\xC3(\xED\xA0\x80\xFF");
    fc_json_string_n(&j, "\xE2\x82\xAC", 2);
    fc_json_string(&j, "");
    fc_json_array_end(&j);
    assert_text(&j, "[\"quote \\\" back \\\\ slash /\","
                    "\"\\u0000\\b\\t\\n\\f\\r\\u001b\\u001f\",\"\\u007f\\u009b\","
                    "\"\\u2028\\u2029\",\"\xC3\xA9\xF0\x9F\xA6\x89\","
                    "\"\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\","
                    "\"\xEF\xBF\xBD\xEF\xBF\xBD\",\"\"]");
}

/* Random bytes as key and value: always valid JSON; where the bytes were valid, they come back. */
static void test_json__any_bytes_parse(void **state)
{
    fc_rng rng = fc__rng_seed(5);

    (void)state;
    for (int round = 0; round < 20000; round++) {
        fc_buf out = FC_BUF_INIT;
        fc_json j = fc_json_into(&out);
        char text[24];
        const size_t n = (size_t)fc__rng_below(&rng, sizeof(text));
        const bool ascii = round % 2 == 0;
        json_error_t why;
        json_t *parsed;

        for (size_t i = 0; i < n; i++)
            text[i] = (char)(ascii ? fc__rng_u64(&rng) & 0x7F : fc__rng_u64(&rng) & 0xFF);
        fc_json_array_begin(&j);
        fc_json_string_n(&j, text, n);
        fc_json_array_end(&j);
        assert_int_equal(fc_json_status(&j, NULL), FC_OK);
        parsed = json_loadb((const char *)out.data, out.size, JSON_ALLOW_NUL, &why);
        if (parsed == NULL)
            fail_msg("round %d: %s", round, why.text);
        if (fc__utf8_valid_prefix(text, n) == n) {
            assert_int_equal(json_string_length(json_array_get(parsed, 0)), n);
            assert_memory_equal(json_string_value(json_array_get(parsed, 0)), text, n);
        }
        json_decref(parsed);
        fc_buf_dispose(&out);
    }
}

static void test_json__numbers_are_json_in_every_case(void **state)
{
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);

    (void)state;
    fc_json_array_begin(&j);
    fc_json_double(&j, 0.1, 17);
    fc_json_double(&j, 1.0 / 3, 4);
    fc_json_double(&j, 1e300, 3);
    fc_json_double(&j, -0.0, 3);
    fc_json_double(&j, 5e-324, 1);
    fc_json_double(&j, (double)NAN, 3);
    fc_json_double(&j, (double)INFINITY, 3);
    fc_json_double(&j, -(double)INFINITY, 3);
    fc_json_double(&j, 0.25, 0); /* out of range: as many digits as a double has */
    fc_json_double(&j, 0.25, 999);
    fc_json_array_end(&j);
    assert_text(&j, "[0.10000000000000001,0.3333,1e+300,-0,5e-324,null,null,null,0.25,0.25]");
}

/* 17 digits bring any double back. */
static void test_json__doubles_come_back(void **state)
{
    fc_rng rng = fc__rng_seed(6);

    (void)state;
    for (int round = 0; round < 20000; round++) {
        fc_buf out = FC_BUF_INIT;
        fc_json j = fc_json_into(&out);
        const uint64_t bits = fc__rng_u64(&rng);
        double v;

        memcpy(&v, &bits, sizeof(v));
        fc_json_double(&j, v, 17);
        fc_buf_append_u8(&out, 0, NULL);
        if (isfinite(v))
            assert_true(strtod((const char *)out.data, NULL) == v);
        else
            assert_string_equal((const char *)out.data, "null");
        fc_buf_dispose(&out);
    }
}

static void test_json__decimal_point_is_a_point_in_any_locale(void **state)
{
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ps_AF", "fa_IR"};
    const char *set = NULL;
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);

    (void)state;
    for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]) && set == NULL; i++)
        set = setlocale(LC_NUMERIC, locales[i]);
    if (set == NULL)
        fc_test_skip("no locale with another decimal point is installed");
    fc_json_double(&j, 1.5, 3);
    setlocale(LC_NUMERIC, "C");
    assert_text(&j, "1.5");
}

static void test_json__nests_to_its_depth(void **state)
{
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);

    (void)state;
    for (int i = 0; i < FC_JSON_DEPTH - 1; i++)
        fc_json_array_begin(&j);
    for (int i = 0; i < FC_JSON_DEPTH - 1; i++)
        fc_json_array_end(&j);
    assert_int_equal(fc_json_status(&j, NULL), FC_OK);
    assert_int_equal(out.size, 2 * (FC_JSON_DEPTH - 1));
    fc_buf_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json__places_commas),
        cmocka_unit_test(test_json__escapes_strings),
        cmocka_unit_test(test_json__any_bytes_parse),
        cmocka_unit_test(test_json__numbers_are_json_in_every_case),
        cmocka_unit_test(test_json__doubles_come_back),
        cmocka_unit_test(test_json__decimal_point_is_a_point_in_any_locale),
        cmocka_unit_test(test_json__nests_to_its_depth),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
