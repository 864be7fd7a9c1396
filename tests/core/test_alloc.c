/*
 * Checked allocation: overflow is refused, growth keeps what was there.
 */
#include "fc_test.h"

#include "fc_alloc.h"

static void test_alloc__array_is_zeroed_and_never_null_for_nothing(void **state)
{
    unsigned char *bytes = fc__alloc_array(1000, 3);
    void *nothing = fc__alloc_array(0, 8);
    void *bare = fc__alloc_bare(0, 8);

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(bytes[i], 0);
    assert_non_null(nothing);
    assert_non_null(bare);
    free(nothing);
    free(bare);
    free(bytes);
}

static void test_alloc__refuses_products_that_overflow(void **state)
{
    uint32_t *array = NULL;
    size_t capacity = 0;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_null(fc__alloc_array(SIZE_MAX / 2, 3));
    assert_null(fc__alloc_bare(SIZE_MAX / 2, 3));
    assert_status(FC_E_NOMEM, fc__grow_array(&array, &capacity, SIZE_MAX / 2, 4, &err), &err);
    /* More than doubling can reach. */
    assert_status(FC_E_NOMEM, fc__grow_array(&array, &capacity, SIZE_MAX, 4, &err), &err);
    assert_null(array);
    assert_int_equal(capacity, 0);
}

static void test_alloc__growth_keeps_the_elements(void **state)
{
    uint32_t *array = NULL;
    size_t capacity = 0, grown = 0;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (uint32_t i = 0; i < 10000; i++) {
        const size_t before = capacity;

        assert_status(FC_OK, fc__grow_array(&array, &capacity, i + 1, sizeof(*array), &err), &err);
        grown += capacity != before;
        array[i] = i * 7;
    }
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(array[i], i * 7);
    assert_true(grown <= 12); /* it doubles from 8: log2(10000 / 8) is 10.3 */
    free(array);
}

static void test_alloc__strndup_copies_what_it_is_given(void **state)
{
    char *part = fc__strndup("abcdef", 3), *all = fc__strdup("abc"), *none = fc__strndup(NULL, 0);

    (void)state;
    assert_string_equal(part, "abc");
    assert_string_equal(all, "abc");
    assert_string_equal(none, "");
    free(none);
    free(all);
    free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc__array_is_zeroed_and_never_null_for_nothing),
        cmocka_unit_test(test_alloc__refuses_products_that_overflow),
        cmocka_unit_test(test_alloc__growth_keeps_the_elements),
        cmocka_unit_test(test_alloc__strndup_copies_what_it_is_given),
    };

    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
