/*
 * Status codes and messages: every code has words, a message is one harmless line that fits.
 */
#include "fc_test.h"

#include "fc_text.h"

static void test_error__every_status_has_words_of_its_own(void **state)
{
    (void)state;
    for (int a = FC_E_CANCELLED; a <= FC_OK; a++) {
        assert_string_not_equal(fc_status_string((fc_status)a), "unknown status");
        for (int b = FC_E_CANCELLED; b < a; b++)
            assert_string_not_equal(fc_status_string((fc_status)a), fc_status_string((fc_status)b));
    }
    assert_string_equal(fc_status_string((fc_status)-99), "unknown status");
}

static void test_error__set_returns_the_status_with_and_without_room(void **state)
{
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_int_equal(fc_error_set(NULL, FC_E_IO, "%d", 1), FC_E_IO);
    assert_int_equal(fc_error_set(&err, FC_E_FULL, "%s is %d", "disk", 7), FC_E_FULL);
    assert_int_equal(err.status, FC_E_FULL);
    assert_string_equal(err.message, "disk is 7");
}

static void test_error__may_quote_itself(void **state)
{
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fc_error_set(&err, FC_E_IO, "inner");
    fc_error_set(&err, FC_E_IO, "outer: %s", err.message);
    assert_string_equal(err.message, "outer: inner");
}

static void test_error__message_cannot_steer_a_terminal(void **state)
{
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fc_error_set(&err, FC_E_FORMAT, "no '%s'", "a\nb\x1b[2J\xE2\x80\xAE\xFF");
    assert_string_equal(err.message, "no 'a\\x0Ab\\x1B[2J\\u{202E}\\xFF'");
}

/* Any length around the cap, of characters of one to four bytes: cut between characters. */
static void test_error__long_message_is_cut_to_valid_utf8(void **state)
{
    static const char *const units[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\xA6\x89", "\n"};

    (void)state;
    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
        for (size_t lead = 0; lead < 8; lead++) {
            char text[2048] = "";
            fc_error err;

            memset(text, 'x', lead);
            while (strlen(text) < 1000)
                strcat(text, units[u]);
            memset(&err, 'Z', sizeof(err)); /* no NUL but the one it sets */
            fc_error_set(&err, FC_E_IO, "%s", text);
            const size_t n = strnlen(err.message, sizeof(err.message));
            assert_true(n < sizeof(err.message));
            assert_true(n > sizeof(err.message) - 8);
            assert_int_equal(fc__utf8_valid_prefix(err.message, n), n);
            assert_null(strstr(err.message, "\\xE")); /* no half character shown as bytes */
            assert_null(strstr(err.message, "\\xF"));
        }
}

static void test_error__version_is_that_of_the_header(void **state)
{
    char want[32];

    (void)state;
    snprintf(want, sizeof(want), "%d.%d.%d", FC_VERSION_MAJOR, FC_VERSION_MINOR, FC_VERSION_PATCH);
    assert_string_equal(fc_version_string(), want);
}

static void test_error__names_of_types_come_back(void **state)
{
    static const struct {
        fc_dtype dtype;
        const char *name;
        size_t size;
    } dtypes[] = {{FC_F32, "f32", 4}, {FC_F16, "f16", 2}, {FC_BF16, "bf16", 2}, {FC_I8, "int8", 1},
                  {FC_U8, "u8", 1},   {FC_I32, "i32", 4}, {FC_I64, "i64", 8}};
    static const char *const modalities[] = {"image", "text", "audio", "points", "vector"};
    fc_dtype dtype;
    fc_modality modality;

    (void)state;
    for (size_t i = 0; i < sizeof(dtypes) / sizeof(dtypes[0]); i++) {
        assert_string_equal(fc_dtype_name(dtypes[i].dtype), dtypes[i].name);
        assert_int_equal(fc_dtype_size(dtypes[i].dtype), dtypes[i].size);
        assert_int_equal(fc_dtype_parse(&dtype, dtypes[i].name), FC_OK);
        assert_int_equal(dtype, dtypes[i].dtype);
    }
    assert_int_equal(fc_dtype_parse(&dtype, "f64"), FC_E_INVALID);
    assert_int_equal(fc_dtype_size((fc_dtype)99), 0);
    assert_string_equal(fc_dtype_name((fc_dtype)99), "?");
    for (int i = 0; i < 5; i++) {
        assert_string_equal(fc_modality_name((fc_modality)(i + 1)), modalities[i]);
        assert_int_equal(fc_modality_parse(&modality, modalities[i]), FC_OK);
        assert_int_equal(modality, i + 1);
    }
    assert_int_equal(fc_modality_parse(&modality, "none"), FC_E_INVALID);
    assert_string_equal(fc_modality_name((fc_modality)99), "none");
    assert_string_equal(fc_modality_name((fc_modality)-1), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__every_status_has_words_of_its_own),
        cmocka_unit_test(test_error__set_returns_the_status_with_and_without_room),
        cmocka_unit_test(test_error__may_quote_itself),
        cmocka_unit_test(test_error__message_cannot_steer_a_terminal),
        cmocka_unit_test(test_error__long_message_is_cut_to_valid_utf8),
        cmocka_unit_test(test_error__version_is_that_of_the_header),
        cmocka_unit_test(test_error__names_of_types_come_back),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
