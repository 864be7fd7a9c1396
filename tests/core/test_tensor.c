/*
 * Tensors: shapes that do not fit are refused, views are not freed, disposing is always right.
 */
#include "fc_test.h"

static void test_tensor__alloc_gives_zeroed_rows(void **state)
{
    const uint64_t shape[3] = {2, 3, 5};
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc_tensor_alloc(&t, FC_F32, 3, shape, &err), &err);
    assert_int_equal(fc_tensor_count(&t), 30);
    for (size_t i = 0; i < 30; i++)
        assert_true(((float *)t.data)[i] == 0.0f);
    /* Once more over what it holds: the leak checker sees whether the first went. */
    assert_status(FC_OK, fc_tensor_alloc(&t, FC_I64, 1, shape, &err), &err);
    assert_int_equal(fc_tensor_count(&t), 2);
    fc_tensor_dispose(&t);
    assert_int_equal(fc_tensor_count(&t), 0);
    assert_null(t.data);
    fc_tensor_dispose(&t);
    fc_tensor_dispose(NULL);
}

static void test_tensor__refuses_what_does_not_fit(void **state)
{
    const uint64_t huge[4] = {UINT64_C(1) << 32, UINT64_C(1) << 32, 1, 1};
    const uint64_t half[1] = {UINT64_C(1) << 62};
    const uint64_t one[4] = {1, 1, 1, 1};
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_LIMIT, fc_tensor_alloc(&t, FC_U8, 4, huge, &err), &err);
    assert_status(FC_E_LIMIT, fc_tensor_alloc(&t, FC_F32, 1, half, &err), &err);
    assert_status(FC_E_INVALID, fc_tensor_alloc(&t, (fc_dtype)0, 1, one, &err), &err);
    assert_status(FC_E_INVALID, fc_tensor_alloc(&t, FC_F32, FC_MAX_RANK + 1, one, &err), &err);
    assert_null(t.data);
}

static void test_tensor__empty_shapes_have_no_elements(void **state)
{
    const uint64_t zero[2] = {0, UINT64_MAX};
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_int_equal(fc_tensor_count(&t), 0);
    /* 0 x 2^64-1 is nothing, though the product of the two alone would not fit. */
    assert_status(FC_OK, fc_tensor_alloc(&t, FC_F32, 2, zero, &err), &err);
    assert_int_equal(fc_tensor_count(&t), 0);
    fc_tensor_dispose(&t);
}

static void test_tensor__view_borrows(void **state)
{
    const uint64_t shape[2] = {2, 2};
    float data[4] = {1, 2, 3, 4};
    fc_tensor t = fc_tensor_view(data, FC_F32, 2, shape);

    (void)state;
    assert_int_equal(fc_tensor_count(&t), 4);
    assert_ptr_equal(t.data, data);
    fc_tensor_dispose(&t); /* freeing the stack would stop the test */
    assert_true(data[3] == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensor__alloc_gives_zeroed_rows),
        cmocka_unit_test(test_tensor__refuses_what_does_not_fit),
        cmocka_unit_test(test_tensor__empty_shapes_have_no_elements),
        cmocka_unit_test(test_tensor__view_borrows),
    };

    return cmocka_run_group_tests_name("tensor", tests, NULL, NULL);
}
