/*
 * Precisions: f32 is exact, the others stay within half a step, the error reported is the error
 * made, and what a precision cannot hold is refused with its place.
 */
#include "codec_fixture.h"

#define DIM  131
#define ROWS 40

static void fill_wide(float *x, uint64_t seed)
{
    fc_rng rng = fc__rng_seed(seed);

    for (size_t i = 0; i < DIM * ROWS; i++)
        x[i] = (float)(fc__rng_normal(&rng) * exp(2.0 * fc__rng_normal(&rng)));
}

/* Quantise, read back, and compare the reported error with the one computed here. */
static void check(fc_dtype dtype, double relative_step)
{
    static float x[DIM * ROWS], back[DIM * ROWS];
    const fc_item_layout layout = layout_of(dtype, 2, DIM, 0, 0);
    fc_quant_error e = {0};
    fc_buf stored = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    double squared_error = 0, squared = 0, worst = 0;

    fill_wide(x, 21);
    assert_status(FC_OK, fc__item_quantise(&layout, x, ROWS, &stored, &e, &err), &err);
    assert_int_equal(stored.size, ROWS * fc__layout_row_bytes(&layout));
    fc__item_dequantise(&layout, stored.data, ROWS, back);
    for (size_t i = 0; i < DIM * ROWS; i++) {
        const double off = fabs((double)x[i] - (double)back[i]);

        squared_error += off * off;
        squared += (double)x[i] * (double)x[i];
        worst = off > worst ? off : worst;
        /* f16 loses relative precision below 2^-14: an absolute step there. */
        if (relative_step > 0 && off > relative_step * fabs((double)x[i]) + 0x1p-25)
            fail_msg("%s: %g came back as %g", fc_dtype_name(dtype), (double)x[i], (double)back[i]);
    }
    assert_int_equal(e.n_elements, DIM * ROWS);
    assert_float_equal(e.max_abs, worst, 0);
    /* The order of the sums differs: doubles over 5,240 terms agree far below 1e-12. */
    assert_true(fabs(e.sum_squared_error - squared_error) <= 1e-12 * (squared_error + 1e-300));
    assert_true(fabs(e.sum_squared - squared) <= 1e-12 * squared);
    assert_true(fabs(fc__quant_relative_rms(&e) - sqrt(squared_error / squared)) < 1e-12);
    fc_buf_dispose(&stored);
}

static void test_quantise__f32_is_exact(void **state)
{
    static float x[DIM * ROWS], back[DIM * ROWS];
    const fc_item_layout layout = layout_of(FC_F32, 2, DIM, 0, 0);
    fc_quant_error e = {0};
    fc_buf stored = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fill_wide(x, 22);
    x[3] = -0.0f;
    x[4] = 0x1p-149f;
    assert_status(FC_OK, fc__item_quantise(&layout, x, ROWS, &stored, &e, &err), &err);
    fc__item_dequantise(&layout, stored.data, ROWS, back);
    assert_memory_equal(back, x, sizeof(x));
    assert_float_equal(e.sum_squared_error, 0, 0);
    assert_float_equal(fc__quant_relative_rms(&e), 0, 0);
    fc_buf_dispose(&stored);
}

/* 11 and 8 significant bits: half a step is 2^-11 and 2^-8 of the value at most. */
static void test_quantise__f16_and_bf16_stay_within_half_a_step(void **state)
{
    (void)state;
    check(FC_F16, 0x1p-11);
    check(FC_BF16, 0x1p-8);
}

static void test_quantise__int8_stays_within_half_a_step_of_its_row(void **state)
{
    static float x[DIM * ROWS], back[DIM * ROWS];
    const fc_item_layout layout = layout_of(FC_I8, 2, DIM, 0, 0);
    fc_buf stored = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    check(FC_I8, 0);
    fill_wide(x, 23);
    memset(x + 5 * DIM, 0, DIM * sizeof(x[0])); /* a zero row */
    for (size_t i = 0; i < DIM; i++)
        x[6 * DIM + i] = i % 2 ? 0x1p-149f : 0; /* its scale is below the smallest float */
    assert_status(FC_OK, fc__item_quantise(&layout, x, ROWS, &stored, NULL, &err), &err);
    fc__item_dequantise(&layout, stored.data, ROWS, back);
    for (size_t r = 0; r < ROWS; r++) {
        float largest = 0, scale;

        for (size_t i = 0; i < DIM; i++)
            largest = fmaxf(largest, fabsf(x[r * DIM + i]));
        memcpy(&scale, stored.data + r * (DIM + 4), sizeof(scale));
        assert_true(scale > 0);
        for (size_t i = 0; i < DIM; i++) {
            const float off = fabsf(x[r * DIM + i] - back[r * DIM + i]);

            /* half a step, and the rounding of scale and product */
            assert_true(off <= 0.50001f * scale);
        }
        assert_true(largest <= 127.01f * scale);
    }
    fc_buf_dispose(&stored);
}

static void refuse(fc_dtype dtype, float value, const char *message)
{
    static float x[DIM * ROWS];
    const fc_item_layout layout = layout_of(dtype, 2, DIM, 0, 0);
    fc_quant_error e = {.sum_squared = 1, .n_elements = 5};
    fc_buf stored = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    fill_wide(x, 24);
    for (size_t i = 0; i < DIM * ROWS; i++)
        x[i] = tanhf(x[i]);
    x[17 * DIM + 100] = value;
    assert_status(FC_E_FORMAT, fc__item_quantise(&layout, x, ROWS, &stored, &e, &err), &err);
    if (strstr(err.message, message) == NULL)
        fail_msg("'%s' lacks '%s'", err.message, message);
    assert_int_equal(stored.size, 0);
    assert_int_equal(e.n_elements, 5); /* the sums are as they were */
    fc_buf_dispose(&stored);
}

static void test_quantise__what_a_precision_cannot_hold_is_refused_with_its_place(void **state)
{
    static const fc_dtype all[] = {FC_F32, FC_F16, FC_BF16, FC_I8};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        refuse(all[i], NAN, "row 17, column 100");
        refuse(all[i], INFINITY, "row 17, column 100: the value is inf");
        refuse(all[i], -INFINITY, "row 17, column 100: the value is -inf");
    }
    refuse(FC_F16, 65520.0f, "row 17, column 100: 65520 is over the largest f16");
    refuse(FC_F16, -70000.0f, "row 17, column 100");
    refuse(FC_BF16, 3.4e38f, "row 17, column 100");
}

static void test_quantise__the_largest_values_are_kept(void **state)
{
    const fc_item_layout f16 = layout_of(FC_F16, 1, 2, 0, 0), i8 = layout_of(FC_I8, 1, 2, 0, 0);
    const float x[] = {65519.0f, -65504.0f}, far[] = {3.4e38f, -1e38f};
    fc_buf stored = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    float back[2];

    (void)state;
    assert_status(FC_OK, fc__item_quantise(&f16, x, 1, &stored, NULL, &err), &err);
    fc__item_dequantise(&f16, stored.data, 1, back);
    assert_float_equal(back[0], 65504.0f, 0);
    assert_float_equal(back[1], -65504.0f, 0);
    fc_buf_clear(&stored);
    assert_status(FC_OK, fc__item_quantise(&i8, far, 1, &stored, NULL, &err), &err);
    fc__item_dequantise(&i8, stored.data, 1, back);
    assert_float_equal(back[0], 3.4e38f, 0.001e38f);
    fc_buf_dispose(&stored);
}

/* Appends behind what is there, at any address; a reader does not ask for alignment either. */
static void test_quantise__unaligned_rows_read_back(void **state)
{
    static float x[DIM * ROWS], back[DIM * ROWS], want[DIM * ROWS];
    static const fc_dtype all[] = {FC_F32, FC_F16, FC_BF16, FC_I8};

    (void)state;
    fill_wide(x, 25);
    for (size_t i = 0; i < 4; i++) {
        const fc_item_layout layout = layout_of(all[i], 2, DIM, 0, 0);
        fc_buf odd = FC_BUF_INIT, even = FC_BUF_INIT;
        fc_error err = FC_ERROR_INIT;

        assert_status(FC_OK, fc_buf_append_u8(&odd, 1, &err), &err);
        assert_status(FC_OK, fc__item_quantise(&layout, x, ROWS, &odd, NULL, &err), &err);
        assert_status(FC_OK, fc__item_quantise(&layout, x, ROWS, &even, NULL, &err), &err);
        assert_memory_equal(odd.data + 1, even.data, even.size);
        fc__item_dequantise(&layout, odd.data + 1, ROWS, back);
        fc__item_dequantise(&layout, even.data, ROWS, want);
        assert_memory_equal(back, want, sizeof(want));
        fc_buf_dispose(&odd);
        fc_buf_dispose(&even);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantise__f32_is_exact),
        cmocka_unit_test(test_quantise__f16_and_bf16_stay_within_half_a_step),
        cmocka_unit_test(test_quantise__int8_stays_within_half_a_step_of_its_row),
        cmocka_unit_test(test_quantise__what_a_precision_cannot_hold_is_refused_with_its_place),
        cmocka_unit_test(test_quantise__the_largest_values_are_kept),
        cmocka_unit_test(test_quantise__unaligned_rows_read_back),
    };

    return cmocka_run_group_tests_name("quantise", tests, NULL, NULL);
}
