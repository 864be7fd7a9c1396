/*
 * Pooling against NumPy: every kind, with masks and skips.
 */
#include "head_goldens.h"

#include "fc_pooling.h"

#define TOLERANCE 1e-5
#define ROWS      11
#define DIM       6

typedef struct part {
    const char *name;
    size_t at, n; /* within the golden */
} part;

static const part parts[] = {
    {"mean", 0, DIM},
    {"max", DIM, DIM},
    {"mean+max", 0, 2 * DIM},
    {"cls", 2 * DIM, DIM},
    {"last", 3 * DIM, DIM},
    {"gem", 4 * DIM, DIM},
    {"gem:p=4.5", 5 * DIM, DIM},
    {"attention:queries=3", 6 * DIM, 3 * DIM},
};

static void check_all(const char *golden, bool masked, const char *suffix)
{
    fc_tensor rows = golden_load("pool_rows"), queries = golden_load("pool_queries");
    fc_tensor given = golden_load("pool_mask"), want = golden_load(golden);
    bool mask[ROWS];
    float out[3 * DIM];

    for (size_t i = 0; i < ROWS; i++)
        mask[i] = ((float *)given.data)[i] != 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_pooling p;
        char name[64];

        snprintf(name, sizeof(name), "%s%s", parts[i].name, suffix);
        assert_status(FC_OK, fc__pooling_parse(&p, name, &err), &err);
        assert_int_equal(fc__pooling_dim(&p, DIM), parts[i].n);
        assert_status(FC_OK,
                      fc__pool_rows(&p, rows.data, ROWS, DIM, masked ? mask : NULL, queries.data,
                                    out, NULL, &err),
                      &err);
        assert_close(name, (float *)want.data + parts[i].at, out, parts[i].n, TOLERANCE);
    }
    fc_tensor_dispose(&want);
    fc_tensor_dispose(&given);
    fc_tensor_dispose(&queries);
    fc_tensor_dispose(&rows);
}

static void test_pool_rows__are_those_of_numpy(void **state)
{
    (void)state;
    check_all("pool_all", false, "");
    check_all("pool_masked", true, "");
    check_all("pool_skipped", false, ":skip=1:skip-last=2");
    check_all("pool_masked_skipped", true, ":skip=1:skip-last=2");
}

/* The weights are what the result is made of: row by row, zero where a row does not count. */
static void test_pool_rows__weights_say_what_counted(void **state)
{
    fc_tensor rows = golden_load("pool_rows"), queries = golden_load("pool_queries");
    fc_pooling p = {.kind = FC_POOLING_ATTENTION, .n_queries = 3};
    fc_error err = FC_ERROR_INIT;
    float out[3 * DIM], weights[3 * ROWS];

    (void)state;
    assert_status(FC_OK,
                  fc__pool_rows(&p, rows.data, ROWS, DIM, NULL, queries.data, out, weights, &err),
                  &err);
    assert_golden("pool_all_alpha", weights, 3 * ROWS, TOLERANCE);
    p = (fc_pooling){.kind = FC_POOLING_MEAN, .skip_first = 1, .skip_last = 2};
    assert_status(FC_OK, fc__pool_rows(&p, rows.data, ROWS, DIM, NULL, NULL, out, weights, &err),
                  &err);
    for (size_t r = 0; r < ROWS; r++)
        assert_float_equal(weights[r], r == 0 || r >= 9 ? 0 : 1.0f / 8, 1e-7f);
    p = (fc_pooling){.kind = FC_POOLING_LAST, .skip_last = 2};
    assert_status(FC_OK, fc__pool_rows(&p, rows.data, ROWS, DIM, NULL, NULL, out, weights, &err),
                  &err);
    for (size_t r = 0; r < ROWS; r++)
        assert_true(weights[r] == (r == 8 ? 1.0f : 0.0f));
    p = (fc_pooling){.kind = FC_POOLING_MEAN_MAX};
    assert_status(FC_OK, fc__pool_rows(&p, rows.data, ROWS, DIM, NULL, NULL, out, weights, &err),
                  &err);
    for (size_t r = 0; r < ROWS; r++)
        assert_true(weights[r] == 0);
    fc_tensor_dispose(&queries);
    fc_tensor_dispose(&rows);
}

/* A mask that leaves nothing, or skips that would, are as if they were not given. */
static void test_pool_rows__something_always_counts(void **state)
{
    const float rows[] = {1, 2, 3, 4};
    const bool none[2] = {false, false};
    const fc_pooling mean = {.kind = FC_POOLING_MEAN};
    const fc_pooling skips = {.kind = FC_POOLING_MEAN, .skip_first = 1, .skip_last = 1};
    const fc_pooling far = {.kind = FC_POOLING_MEAN, .skip_first = UINT32_MAX, .skip_last = 9};
    fc_error err = FC_ERROR_INIT;
    float out[2];

    (void)state;
    assert_status(FC_OK, fc__pool_rows(&mean, rows, 2, 2, none, NULL, out, NULL, &err), &err);
    assert_true(out[0] == 2 && out[1] == 3);
    assert_status(FC_OK, fc__pool_rows(&skips, rows, 2, 2, NULL, NULL, out, NULL, &err), &err);
    assert_true(out[0] == 2 && out[1] == 3);
    assert_status(FC_OK, fc__pool_rows(&far, rows, 2, 2, NULL, NULL, out, NULL, &err), &err);
    assert_true(out[0] == 2 && out[1] == 3);
}

static void test_pool_rows__refuses_what_cannot_be_pooled(void **state)
{
    const float rows[] = {1, 2, INFINITY, 4}, nan_row[] = {1, NAN, 0, 0};
    const fc_pooling none = {.kind = FC_POOLING_NONE}, mean = {.kind = FC_POOLING_MEAN};
    const fc_pooling most = {.kind = FC_POOLING_MAX}, attention = {.kind = FC_POOLING_ATTENTION};
    const fc_pooling unknown = {.kind = (fc_pooling_kind)99};
    fc_error err = FC_ERROR_INIT;
    float out[4];

    (void)state;
    assert_status(FC_E_INVALID, fc__pool_rows(&mean, rows, 0, 2, NULL, NULL, out, NULL, &err),
                  &err);
    assert_status(FC_E_INVALID, fc__pool_rows(&none, rows, 2, 2, NULL, NULL, out, NULL, &err),
                  &err);
    assert_non_null(strstr(err.message, "has 2"));
    assert_status(FC_E_INVALID, fc__pool_rows(&attention, rows, 1, 2, NULL, NULL, out, NULL, &err),
                  &err);
    assert_status(FC_E_INVALID, fc__pool_rows(&unknown, rows, 1, 2, NULL, NULL, out, NULL, &err),
                  &err);
    assert_status(FC_E_FORMAT, fc__pool_rows(&mean, rows, 2, 2, NULL, NULL, out, NULL, &err), &err);
    assert_status(FC_E_FORMAT, fc__pool_rows(&most, nan_row, 2, 2, NULL, NULL, out, NULL, &err),
                  &err);
    assert_status(FC_E_FORMAT,
                  fc__pool_rows(&attention, nan_row, 2, 2, NULL, rows, out, NULL, &err), &err);
    /* Large products must not overflow the softmax. */
    {
        const float far[] = {3e4f, 0, 1, 0}, query[] = {1e4f, 0};

        assert_status(FC_OK, fc__pool_rows(&attention, far, 2, 2, NULL, query, out, NULL, &err),
                      &err);
        assert_true(out[0] == 3e4f);
    }
}

static void test_pooling_names__read_back(void **state)
{
    static const char *const names[] = {
        "none",
        "mean",
        "max",
        "mean+max",
        "cls",
        "last",
        "gem",
        "gem:p=4",
        "gem:p=2.25",
        "gem:p=3.14159:skip=2",
        "mean:skip=1:skip-last=1",
        "attention",
        "attention:queries=64:skip=1000000:skip-last=1000000",
        "cls:skip-last=3",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_pooling p, again;
        char out[64];

        assert_status(FC_OK, fc__pooling_parse(&p, names[i], &err), &err);
        fc__pooling_name(&p, out);
        assert_string_equal(out, names[i]);
        assert_status(FC_OK, fc__pooling_parse(&again, out, &err), &err);
        assert_memory_equal(&p, &again, sizeof(p));
    }
}

static void test_pooling_names__refuse_what_is_not_there(void **state)
{
    static const char *const names[] = {
        "",
        "average",
        "mean:",
        "mean:skip",
        "mean:skip=-1",
        "mean:p=3",
        "gem:p=",
        "gem:p=0.5",
        "gem:p=1e3",
        "gem:p=inf",
        "attention:queries=0",
        "attention:queries=65",
        "none:skip=1",
        "mean:skip=1000001",
        "mean:skip=1x",
        "gem:p=3 ",
        "mean:queries=2",
        "mean:skip=99999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_pooling p;

        if (fc__pooling_parse(&p, names[i], &err) != FC_E_INVALID || err.message[0] == '\0')
            fail_msg("'%s' was taken", names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_rows__are_those_of_numpy),
        cmocka_unit_test(test_pool_rows__weights_say_what_counted),
        cmocka_unit_test(test_pool_rows__something_always_counts),
        cmocka_unit_test(test_pool_rows__refuses_what_cannot_be_pooled),
        cmocka_unit_test(test_pooling_names__read_back),
        cmocka_unit_test(test_pooling_names__refuse_what_is_not_there),
    };

    return cmocka_run_group_tests_name("pool_rows", tests, NULL, NULL);
}
