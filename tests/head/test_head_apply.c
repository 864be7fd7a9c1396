/*
 * Applying heads: each input, and each way to fuse, against NumPy; vectors by tiles against one by
 * one.
 */
#include "head_fixture.h"

#define TOLERANCE 1e-5

static void check(int row, int first, int last, fc_fuse fuse, int missing)
{
    fc_head h = golden_head(first, last, fuse);
    fc_tensor tensors[3], want = golden_load("head_out");
    float out[FIXTURE_DIM];
    fc_error err = FC_ERROR_INIT;
    fc_head_item items[3];

    golden_items(items, tensors);
    if (missing >= 0)
        items[missing] = (fc_head_item){NULL, 0};
    assert_status(FC_OK, fc__head_check(&h, &err), &err);
    assert_status(FC_OK, fc__head_apply(&h, items + first, out, &err), &err);
    assert_close("head_out", (float *)want.data + row * FIXTURE_DIM, out, FIXTURE_DIM, TOLERANCE);
    dispose_items(tensors);
    fc_tensor_dispose(&want);
    fc__head_dispose(&h);
}

static void test_head_apply__one_input_is_that_of_numpy(void **state)
{
    (void)state;
    check(0, 0, 0, FC_FUSE_ONE, -1);
    check(1, 1, 1, FC_FUSE_ONE, -1);
    check(2, 2, 2, FC_FUSE_ONE, -1);
}

static void test_head_apply__fused_inputs_are_those_of_numpy(void **state)
{
    (void)state;
    check(3, 0, 2, FC_FUSE_MIX, -1);
    check(4, 0, 2, FC_FUSE_ATTENTION, -1);
    check(5, 0, 2, FC_FUSE_SUM, -1);
}

/* The rest shares the weight of what is missing; in a sum it counts as its mean. */
static void test_head_apply__does_without_a_missing_input(void **state)
{
    (void)state;
    check(6, 0, 2, FC_FUSE_MIX, 2);
    check(7, 0, 2, FC_FUSE_ATTENTION, 0);
    check(8, 0, 2, FC_FUSE_SUM, 2);
}

static void test_head_apply__refuses_what_has_no_direction(void **state)
{
    fc_head h = golden_head(0, 1, FC_FUSE_MIX), one = golden_head(1, 1, FC_FUSE_ONE);
    float zeros[5] = {0}, nan_row[4] = {0, NAN, 0, 0}, out[FIXTURE_DIM];
    fc_head_item items[2] = {{NULL, 0}, {NULL, 0}};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_INVALID, fc__head_apply(&h, items, out, &err), &err);
    items[0] = (fc_head_item){zeros, 1};
    assert_status(FC_E_FORMAT, fc__head_apply(&h, items, out, &err), &err);
    items[0] = (fc_head_item){zeros, 2};
    assert_status(FC_E_INVALID, fc__head_apply(&h, items, out, &err), &err);
    items[0] = (fc_head_item){nan_row, 1};
    assert_status(FC_E_FORMAT, fc__head_apply(&one, items, out, &err), &err);
    /* The mean itself, and no bias: nothing is left. */
    free(one.inputs[0].bias);
    one.inputs[0].bias = NULL;
    items[0] = (fc_head_item){one.inputs[0].mean, 1};
    assert_status(FC_E_FORMAT, fc__head_apply(&one, items, out, &err), &err);
    fc__head_dispose(&one);
    fc__head_dispose(&h);
}

static void vectors_are_as_one_by_one(const fc_head *h, size_t n)
{
    const size_t dim = h->inputs[0].dim;
    float *rows = malloc(n * dim * sizeof(*rows)), *out = malloc(n * h->dim * sizeof(*out));
    bool *ok = malloc(n);
    fc_error err = FC_ERROR_INIT;
    float want[64];

    assert_true(rows != NULL && out != NULL && ok != NULL && h->dim <= 64);
    for (size_t i = 0; i < n * dim; i++)
        rows[i] = sinf(0.7f * (float)i) + 0.1f;
    rows[3 * dim] = INFINITY;
    memset(rows + 5 * dim, 0, dim * sizeof(*rows));
    assert_true(fc__head_takes_vectors(h));
    assert_status(FC_OK, fc__head_apply_vectors(h, rows, n, out, ok, &err), &err);
    for (size_t i = 0; i < n; i++) {
        const fc_head_item item = {rows + i * dim, 1};
        const fc_status st = fc__head_apply(h, &item, want, NULL);

        assert_int_equal(ok[i], st == FC_OK);
        if (st != FC_OK)
            memset(want, 0, sizeof(want));
        for (size_t k = 0; k < h->dim; k++)
            assert_float_equal(out[i * h->dim + k], want[k], 1e-6f);
    }
    assert_false(ok[3]);
    free(ok);
    free(out);
    free(rows);
}

static void test_head_apply__vectors_are_as_one_by_one(void **state)
{
    fc_head h = golden_head(0, 0, FC_FUSE_ONE), identity = FC_HEAD_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    vectors_are_as_one_by_one(&h, 700);
    vectors_are_as_one_by_one(&h, 6);
    identity.dim = 9;
    identity.fuse = FC_FUSE_ONE;
    identity.n_inputs = 1;
    identity.inputs[0] =
        (fc_head_input){.pooling = {.kind = FC_POOLING_MEAN}, .dim = 9, .unit = true};
    vectors_are_as_one_by_one(&identity, 300);
    fc__head_dispose(&h);
    h = golden_head(2, 2, FC_FUSE_ONE);
    assert_false(fc__head_takes_vectors(&h));
    assert_status(FC_E_INVALID, fc__head_apply_vectors(&h, NULL, 1, NULL, NULL, &err), &err);
    fc__head_dispose(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_apply__one_input_is_that_of_numpy),
        cmocka_unit_test(test_head_apply__fused_inputs_are_those_of_numpy),
        cmocka_unit_test(test_head_apply__does_without_a_missing_input),
        cmocka_unit_test(test_head_apply__refuses_what_has_no_direction),
        cmocka_unit_test(test_head_apply__vectors_are_as_one_by_one),
    };

    return cmocka_run_group_tests_name("head_apply", tests, NULL, NULL);
}
