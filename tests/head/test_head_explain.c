/*
 * What rows add to a score: the parts sum to the score, and are what is left when the other rows
 * are taken to weigh what they do.
 */
#include "head_fixture.h"

/* Parts and rest of one input of the goldens' head sum to the cosine. */
static void parts_sum_up(fc_head *h, const fc_head_item *items, size_t input, float *parts)
{
    fc_tensor query = golden_load("head_query");
    const float *q = query.data;
    float out[FIXTURE_DIM], rest;
    double score = 0, sum = 0;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__head_apply(h, items, out, &err), &err);
    assert_status(FC_OK, fc__head_explain(h, items, input, q, parts, &rest, &err), &err);
    for (size_t k = 0; k < FIXTURE_DIM; k++)
        score += (double)q[k] * (double)out[k];
    for (size_t r = 0; r < items[input].n_rows; r++)
        sum += (double)parts[r];
    assert_true(fabs(sum + (double)rest - score) < 2e-6);
    fc_tensor_dispose(&query);
}

static void test_head_explain__parts_sum_to_the_score(void **state)
{
    static const fc_fuse fuses[] = {FC_FUSE_MIX, FC_FUSE_ATTENTION, FC_FUSE_SUM};
    static const fc_pooling poolings[] = {{.kind = FC_POOLING_MEAN},
                                          {.kind = FC_POOLING_MEAN, .skip_first = 1},
                                          {.kind = FC_POOLING_FIRST},
                                          {.kind = FC_POOLING_LAST, .skip_last = 2}};
    fc_tensor tensors[3];
    fc_head_item items[3];
    float parts[16];

    (void)state;
    golden_items(items, tensors);
    for (size_t f = 0; f < 3; f++) {
        fc_head h = golden_head(0, 2, fuses[f]);

        for (size_t i = 0; i < 3; i++)
            parts_sum_up(&h, items, i, parts);
        for (size_t p = 0; p < sizeof(poolings) / sizeof(poolings[0]); p++) {
            h.inputs[1].pooling = poolings[p];
            h.inputs[1].unit = p % 2 == 1;
            parts_sum_up(&h, items, 1, parts);
        }
        items[2].rows = NULL;
        parts_sum_up(&h, items, 1, parts);
        items[2].rows = tensors[2].data;
        fc__head_dispose(&h);
    }
    dispose_items(tensors);
}

/* Without attention's weights changing, a row's part is what the score's numerator loses when the
 * row is put to the mean; here checked for a mean of two rows by hand. */
static void test_head_explain__parts_are_those_of_the_rows(void **state)
{
    float weight[] = {1, 0, 0, 2}, mean[] = {1, 1}, bias[] = {0, 1};
    const float rows[] = {3, 1, 1, 5}, query[] = {0.6f, 0.8f};
    const fc_head_item item = {rows, 2};
    fc_head h = {.dim = 2, .fuse = FC_FUSE_ONE, .n_inputs = 1};
    fc_error err = FC_ERROR_INIT;
    float parts[2], rest;
    const double length = sqrt(1 * 1 + 5 * 5);

    (void)state;
    h.inputs[0] = (fc_head_input){.pooling = {.kind = FC_POOLING_MEAN},
                                  .dim = 2,
                                  .mean = mean,
                                  .weight = weight,
                                  .bias = bias};
    /* Mean row (2, 3), h = (1, 2), z = (1, 5). Row 0: (2, 0) / 2 -> (1, 0); row 1: (0, 4) / 2 ->
     * (0, 4). */
    assert_status(FC_OK, fc__head_explain(&h, &item, 0, query, parts, &rest, &err), &err);
    assert_true(fabs((double)parts[0] - 0.6 / length) < 1e-6);
    assert_true(fabs((double)parts[1] - 0.8 * 4 / length) < 1e-6);
    assert_true(fabs((double)rest - 0.8 / length) < 1e-6);
}

static void test_head_explain__says_what_cannot_be_explained(void **state)
{
    fc_head h = golden_head(0, 1, FC_FUSE_MIX);
    fc_tensor tensors[3], query = golden_load("head_query");
    fc_head_item items[3];
    fc_error err = FC_ERROR_INIT;
    float parts[16], rest;

    (void)state;
    golden_items(items, tensors);
    h.inputs[1].pooling.kind = FC_POOLING_MAX;
    assert_status(FC_E_UNSUPPORTED, fc__head_explain(&h, items, 1, query.data, parts, &rest, &err),
                  &err);
    assert_non_null(strstr(err.message, "'max'"));
    assert_status(FC_E_INVALID, fc__head_explain(&h, items, 2, query.data, parts, &rest, &err),
                  &err);
    items[0].rows = NULL;
    assert_status(FC_E_INVALID, fc__head_explain(&h, items, 0, query.data, parts, &rest, &err),
                  &err);
    dispose_items(tensors);
    fc_tensor_dispose(&query);
    fc__head_dispose(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_explain__parts_sum_to_the_score),
        cmocka_unit_test(test_head_explain__parts_are_those_of_the_rows),
        cmocka_unit_test(test_head_explain__says_what_cannot_be_explained),
    };

    return cmocka_run_group_tests_name("head_explain", tests, NULL, NULL);
}
