/* Unit tests of src/config/fc_suggest.c: slips get a suggestion, other words none. */
#include "fc_test.h"

#include "fc_suggest.h"

static const char *const keys[] = {"name", "modality", "encoder", "variant", "params", "outputs"};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static void test_suggest__finds_the_word_behind_each_kind_of_slip(void **state)
{
    (void)state;
    assert_string_equal(fc__suggest("nmae", keys, N_KEYS), "name");        /* swapped */
    assert_string_equal(fc__suggest("modalty", keys, N_KEYS), "modality"); /* left out */
    assert_string_equal(fc__suggest("encodder", keys, N_KEYS), "encoder"); /* doubled */
    assert_string_equal(fc__suggest("varient", keys, N_KEYS), "variant");  /* another */
    assert_null(fc__suggest("parameters", keys, N_KEYS));
}

static void test_suggest__is_silent_for_another_word(void **state)
{
    char long_word[200];

    (void)state;
    memset(long_word, 'n', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    assert_null(fc__suggest("colour", keys, N_KEYS));
    assert_null(fc__suggest("", keys, N_KEYS));
    assert_null(fc__suggest(long_word, keys, N_KEYS));
    assert_null(fc__suggest("name", keys, 0));
}

static void test_suggest__takes_the_nearest_and_then_the_first(void **state)
{
    static const char *const words[] = {"f32", "f16", "bf16", "int8"};

    (void)state;
    assert_string_equal(fc__suggest("f61", words, 4), "f16");
    assert_string_equal(fc__suggest("fp16", words, 4), "f16");
    assert_null(fc__suggest("i8nt", words, 4));
    assert_null(fc__suggest("x", words, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suggest__finds_the_word_behind_each_kind_of_slip),
        cmocka_unit_test(test_suggest__is_silent_for_another_word),
        cmocka_unit_test(test_suggest__takes_the_nearest_and_then_the_first),
    };

    return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
