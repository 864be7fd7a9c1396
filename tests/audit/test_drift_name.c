/*
 * Planted changes are found and named: of Gaussian rows with a spectrum, with one clear answer
 * each.
 */
#include "audit_fixture.h"

#include "fc_domain_auc.h"
#include "fc_drift_name.h"
#include "fc_kernel_tests.h"

enum { N = 2000, DIM = 24 };

/* Rows whose columns differ in spread, about a mean that is not zero. */
static float *base_rows(void)
{
    float *x = gaussian_rows(N, DIM, false, 1);

    for (size_t i = 0; i < N * DIM; i++)
        x[i] = x[i] * (1 + 0.2f * (float)(i % DIM)) + 0.5f;
    return x;
}

static fc_drift_name name_of(const float *x, size_t p, const float *y, size_t q)
{
    const fc_pair_batch pairs = pairs_of(NULL, x, y, N);
    const fc_two_samples sets = {.x = x, .y = y, .n_x = 500, .n_y = 500, .dim = p};
    const fc_test_options opts = {.n_permutations = 50};
    static float cosines[N], ratios[N];
    fc_cross_moments m;
    fc_cka cka;
    fc_procrustes_measure centred = FC_PROCRUSTES_MEASURE_INIT;
    fc_summary of_cosines = {0}, of_ratios = {0};
    fc_kernel_result kernels = {0};
    fc_domain_result domain = {0};
    fc_drift_name name;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__cross_moments_init(&m, p, q, 0, 1, &err), &err);
    fc__cross_moments_add(&m, &pairs);
    assert_status(FC_OK, fc__cka(&cka, &m, NULL, 0, &err), &err);
    assert_status(FC_OK, fc__procrustes_measure(&centred, &m, true, NULL, 0, 0, 0, &err), &err);
    fc__pair_norm_ratios(&pairs, p, q, ratios);
    fc__summarise(&of_ratios, ratios, N);
    if (p == q) {
        fc__pair_cosines(&pairs, p, cosines);
        fc__summarise(&of_cosines, cosines, N);
        assert_status(FC_OK, fc__kernel_tests(&kernels, &sets, &opts, &err), &err);
        assert_status(FC_OK, fc__domain_auc(&domain, &sets, &opts, &err), &err);
    }
    {
        const fc_drift_evidence e = {.moments = &m,
                                     .cka = &cka,
                                     .centred = &centred,
                                     .cosines = p == q ? &of_cosines : NULL,
                                     .ratios = &of_ratios,
                                     .overlap = NAN,
                                     .overlap_chance = NAN,
                                     .mmd_p = p == q ? kernels.mmd.p_value : NAN,
                                     .auc = p == q ? domain.auc.value : NAN};

        assert_status(FC_OK, fc__drift_name(&name, &e, &err), &err);
    }
    fc__procrustes_measure_dispose(&centred);
    fc__cross_moments_dispose(&m);
    return name;
}

static fc_drift_name assert_named(fc_drift_kind want, const float *x, float *y, size_t q)
{
    const fc_drift_name got = name_of(x, DIM, y, q);

    if (got.kind != want)
        fail_msg("named %s (%s); wanted %s", fc__drift_kind_name(got.kind), got.words,
                 fc__drift_kind_name(want));
    assert_true(strlen(got.words) > 20 && strlen(got.words) + 1 < sizeof(got.words));
    free(y);
    return got;
}

static float *copy_rows(const float *x)
{
    float *y = floats(N * DIM);

    memcpy(y, x, N * DIM * sizeof(*y));
    return y;
}

static void test_drift_name__of_rounding_is_none(void **state)
{
    float *x = base_rows(), *y = copy_rows(x);
    uint16_t half[DIM];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        fc__f32_to_f16(y + i * DIM, half, DIM);
        fc__f16_to_f32(half, y + i * DIM, DIM);
    }
    assert_named(FC_DRIFT_NONE, x, y, DIM);
    assert_named(FC_DRIFT_NONE, x, copy_rows(x), DIM);
    free(x);
}

static void test_drift_name__of_a_factor_is_scale(void **state)
{
    float *x = base_rows(), *y = copy_rows(x), *unit = copy_rows(x);

    (void)state;
    for (size_t i = 0; i < N * DIM; i++)
        y[i] *= 1.25f;
    assert_near(1.25, assert_named(FC_DRIFT_SCALE, x, y, DIM).factor, 1e-5);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(FC_OK, fc__vec_normalise(unit + i * DIM, DIM));
    assert_named(FC_DRIFT_SCALE, x, unit, DIM);
    free(x);
}

static void test_drift_name__of_an_added_vector_is_shift(void **state)
{
    float *x = base_rows(), *y = copy_rows(x);

    (void)state;
    for (size_t i = 0; i < N * DIM; i++)
        y[i] += i % DIM < 3 ? 4.0f : 0.0f;
    assert_named(FC_DRIFT_SHIFT, x, y, DIM);
    free(x);
}

static void test_drift_name__of_moved_columns_is_columns(void **state)
{
    float *x = base_rows(), *moved = floats(N * DIM), *flipped = copy_rows(x);
    fc_drift_name name;

    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < DIM; k++)
            moved[i * DIM + (k * 5 + 3) % DIM] = x[i * DIM + k];
    name = assert_named(FC_DRIFT_COLUMNS, x, moved, DIM);
    assert_non_null(strstr(name.words, "of 24 moved, 0 changed"));
    for (size_t i = 0; i < N; i++)
        flipped[i * DIM + 7] *= -1;
    name = assert_named(FC_DRIFT_COLUMNS, x, flipped, DIM);
    assert_non_null(strstr(name.words, "0 of 24 moved, 1 changed"));
    free(x);
}

/* With a reflection, a factor and a shift; into more dimensions, too. */
static void test_drift_name__of_an_orthogonal_map_is_rotation(void **state)
{
    float *x = base_rows(), *shifted;
    double *turn = orthogonal_matrix(DIM, true, 2), *wide = orthogonal_matrix(DIM + 8, false, 3),
           map[(DIM + 8) * DIM];

    (void)state;
    assert_near(
        1, assert_named(FC_DRIFT_ROTATION, x, mapped_rows(x, N, DIM, turn, DIM, 1), DIM).factor,
        1e-5);
    shifted = mapped_rows(x, N, DIM, turn, DIM, 0.5);
    for (size_t i = 0; i < N * DIM; i++)
        shifted[i] += 1;
    assert_near(0.5, assert_named(FC_DRIFT_ROTATION, x, shifted, DIM).factor, 1e-5);
    for (size_t j = 0; j < DIM + 8; j++)
        memcpy(map + j * DIM, wide + j * (DIM + 8), DIM * sizeof(*map));
    assert_named(FC_DRIFT_ROTATION, x, mapped_rows(x, N, DIM, map, DIM + 8, 1), DIM + 8);
    free(x);
    free(turn);
    free(wide);
}

static void test_drift_name__of_shuffled_rows_is_rows(void **state)
{
    float *x = base_rows(), *y = floats(N * DIM);

    (void)state;
    for (size_t i = 0; i < N; i++)
        memcpy(y + (i * 7 + 11) % N * DIM, x + i * DIM, DIM * sizeof(*x));
    assert_named(FC_DRIFT_ROWS, x, y, DIM);
    free(x);
}

/* From a fiftieth of the features to as much as they are; of unit rows, too. */
static void test_drift_name__of_added_noise_is_noise(void **state)
{
    static const double sizes[] = {0.02, 0.1, 0.3, 1};
    float *x = base_rows(), *unit = gaussian_rows(N, DIM, true, 3);
    double square = 0;

    (void)state;
    for (size_t i = 0; i < N * DIM; i++)
        square += ((double)x[i] - 0.5) * ((double)x[i] - 0.5) / N;
    for (size_t i = 0; i < 4; i++) {
        float *y = noisy_rows(x, N, DIM, sizes[i] * sqrt(square), false, 5);

        assert_near(1, assert_named(FC_DRIFT_NOISE, x, y, DIM).noise / sizes[i], 0.03);
        y = noisy_rows(unit, N, DIM, sizes[i], true, 6);
        assert_near(1, assert_named(FC_DRIFT_NOISE, unit, y, DIM).noise / sizes[i], 0.05);
    }
    free(x);
    free(unit);
}

static void test_drift_name__of_stretched_columns_is_linear(void **state)
{
    float *x = base_rows(), *y = copy_rows(x);

    (void)state;
    for (size_t i = 0; i < N * DIM; i++)
        y[i] *= i % DIM % 2 == 0 ? 3.0f : 0.5f;
    assert_named(FC_DRIFT_LINEAR, x, y, DIM);
    free(x);
}

static void test_drift_name__of_what_is_none_of_these_is_other(void **state)
{
    float *x = base_rows(), *other = gaussian_rows(N, DIM, false, 9), *bent = copy_rows(x),
          *narrow = gaussian_rows(N, 7, false, 10);
    fc_drift_name name;

    (void)state;
    for (size_t i = 0; i < N * DIM; i++)
        bent[i] = bent[i] * bent[i] * bent[i];
    name = assert_named(FC_DRIFT_OTHER, x, bent, DIM);
    assert_non_null(strstr(name.words, "no simple kind"));
    for (size_t i = 0; i < N * DIM; i++)
        other[i] += 3;
    name = assert_named(FC_DRIFT_OTHER, x, other, DIM);
    assert_non_null(strstr(name.words, "nothing in common"));
    assert_named(FC_DRIFT_OTHER, x, narrow, 7);
    assert_string_equal(fc__drift_kind_name((fc_drift_kind)99), "other");
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drift_name__of_rounding_is_none),
        cmocka_unit_test(test_drift_name__of_a_factor_is_scale),
        cmocka_unit_test(test_drift_name__of_an_added_vector_is_shift),
        cmocka_unit_test(test_drift_name__of_moved_columns_is_columns),
        cmocka_unit_test(test_drift_name__of_an_orthogonal_map_is_rotation),
        cmocka_unit_test(test_drift_name__of_shuffled_rows_is_rows),
        cmocka_unit_test(test_drift_name__of_added_noise_is_noise),
        cmocka_unit_test(test_drift_name__of_stretched_columns_is_linear),
        cmocka_unit_test(test_drift_name__of_what_is_none_of_these_is_other),
    };

    return cmocka_run_group_tests_name("drift_name", tests, NULL, NULL);
}
