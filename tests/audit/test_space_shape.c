/*
 * Hubs, narrow cones, intrinsic dimensions and the gap between modalities: against SciPy, NumPy and
 * scikit-dimension, and for spaces whose values are known.
 */
#include "audit_fixture.h"

#include "fc_hubness.h"
#include "fc_intrinsic.h"
#include "fc_knn_compare.h"
#include "fc_modality_gap.h"
#include "fc_unit_sum.h"

/* Lists of all rows among themselves. */
static fc_knn_lists own_lists(float *rows, const uint64_t *contents, size_t n, size_t dim, size_t k)
{
    const fc_knn_ask ask = {
        .dim = dim, .n_queries = n, .k = k, .rows = rows, .contents = contents, .n_threads = 1};
    fc_knn_scan *scan;
    fc_knn_lists lists;
    fc_error err = FC_ERROR_INIT;

    for (size_t i = 0; i < n; i++)
        assert_int_equal(FC_OK, fc__vec_normalise(rows + i * dim, dim));
    assert_status(FC_OK, fc__knn_scan_create(&scan, &ask, &err), &err);
    fc__knn_scan_add(scan, contents, rows, n);
    assert_status(FC_OK, fc__knn_scan_finish(scan, &lists, &err), &err);
    fc__knn_scan_destroy(scan);
    return lists;
}

static void test_hubness__is_that_of_scipy(void **state)
{
    fc_tensor x = golden_load("x"), counts = golden_load("hub_counts");
    const size_t n = (size_t)x.shape[0];
    const float *want = counts.data;
    uint64_t *contents = content_numbers(n);
    fc_knn_lists lists = own_lists(x.data, contents, n, (size_t)x.shape[1], 10);
    fc_error err = FC_ERROR_INIT;
    fc_hubness h;

    (void)state;
    assert_status(FC_OK, fc__hubness(&h, &lists, 10, contents, n, &err), &err);
    assert_near(golden_value("hub_skewness"), h.skewness, 1e-9);
    assert_near(golden_value("hub_never"), h.never, 1e-12);
    assert_near(10, h.mean, 1e-12);
    assert_int_equal(h.n_hubs, FC_HUBS_MAX);
    for (size_t i = 0; i < h.n_hubs; i++) {
        size_t above = 0;

        assert_near((double)want[h.hubs[i].content - 100], h.hubs[i].count, 0);
        for (size_t j = 0; j < n; j++)
            above += (uint32_t)want[j] > h.hubs[i].count;
        assert_true(above <= i);
    }
    assert_status(FC_E_INVALID, fc__hubness(&h, &lists, 10, contents, n - 1, &err), &err);
    assert_string_equal(err.message, "a list holds content 179, which is not in the gallery");
    assert_status(FC_E_INVALID, fc__hubness(&h, &lists, 11, contents, n, &err), &err);
    fc__knn_lists_dispose(&lists);
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&counts);
    free(contents);
}

/* Lists drawn at random have the null values. */
static void test_hubness__null_values_are_those_of_random_lists(void **state)
{
    enum { N = 400, QUERIES = 300, K = 5 };
    uint64_t *contents = content_numbers(N), drawn[QUERIES * K];
    uint32_t found[QUERIES];
    fc_knn_lists lists = {.n_queries = QUERIES, .k = K, .contents = drawn, .n_found = found};
    fc_rng rng = fc__rng_seed(1);
    double skewness = 0, never = 0;
    fc_error err = FC_ERROR_INIT;
    fc_hubness h;

    (void)state;
    for (int round = 0; round < 50; round++) {
        for (size_t q = 0; q < QUERIES; q++) {
            found[q] = K;
            for (size_t i = 0; i < K; i++) {
                bool again;

                do {
                    drawn[q * K + i] = 100 + fc__rng_below(&rng, N);
                    again = false;
                    for (size_t j = 0; j < i; j++)
                        again = again || drawn[q * K + j] == drawn[q * K + i];
                } while (again);
            }
        }
        assert_status(FC_OK, fc__hubness(&h, &lists, K, contents, N, &err), &err);
        skewness += h.skewness / 50;
        never += h.never / 50;
    }
    assert_near(h.null_skewness, skewness, 0.06);
    assert_near(h.null_never, never, 0.003);
    free(contents);
}

/* In 500 dimensions the rows nearest to the axis of a cone are hubs, on a circle there are none. */
static void test_hubness__grows_with_dimensions(void **state)
{
    enum { N = 800 };
    uint64_t *contents = content_numbers(N);
    float *many = gaussian_rows(N, 500, false, 1), *circle = gaussian_rows(N, 2, false, 2);
    fc_knn_lists of_many, of_circle;
    fc_error err = FC_ERROR_INIT;
    fc_hubness a, b;

    (void)state;
    for (size_t i = 0; i < N * 500; i++)
        many[i] += 1;
    of_many = own_lists(many, contents, N, 500, 10);
    of_circle = own_lists(circle, contents, N, 2, 10);
    assert_status(FC_OK, fc__hubness(&a, &of_many, 10, contents, N, &err), &err);
    assert_status(FC_OK, fc__hubness(&b, &of_circle, 10, contents, N, &err), &err);
    assert_between(1.5 * a.null_skewness, a.skewness, 100);
    assert_between(-1, b.skewness, b.null_skewness + 0.2);
    assert_true(a.never > b.never);
    fc__knn_lists_dispose(&of_many);
    fc__knn_lists_dispose(&of_circle);
    free(many);
    free(circle);
    free(contents);
}

static void test_anisotropy__is_the_mean_cosine_of_pairs(void **state)
{
    fc_tensor x = golden_load("x");
    const float zero[12] = {0};
    fc_unit_sum s;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__unit_sum_init(&s, (size_t)x.shape[1], &err), &err);
    assert_true(isnan(fc__anisotropy(&s)));
    fc__unit_sum_add(&s, x.data, (size_t)x.shape[0]);
    fc__unit_sum_add(&s, zero, 1);
    assert_int_equal(s.n, x.shape[0]);
    assert_int_equal(s.n_refused, 1);
    assert_near(golden_value("anisotropy_x"), fc__anisotropy(&s), 1e-9);
    fc__unit_sum_dispose(&s);
    fc_tensor_dispose(&x);
}

static void test_intrinsic__dimension_is_that_of_scikit_dimension(void **state)
{
    fc_tensor x = golden_load("x"), plane = golden_load("plane");
    const size_t n = (size_t)x.shape[0], n_plane = (size_t)plane.shape[0];
    uint64_t *contents = content_numbers(n_plane);
    fc_knn_lists lists = own_lists(x.data, contents, n, (size_t)x.shape[1], 10),
                 of_plane = own_lists(plane.data, contents, n_plane, (size_t)plane.shape[1], 10);
    fc_error err = FC_ERROR_INIT;
    double dimension;
    size_t used;

    (void)state;
    assert_status(FC_OK, fc__two_nn(&lists, &dimension, &used, &err), &err);
    assert_near(golden_value("two_nn"), dimension, 1e-4);
    assert_int_equal(used, n);
    assert_status(FC_OK, fc__intrinsic_mle(&lists, 10, &dimension, &used, &err), &err);
    assert_near(golden_value("mle"), dimension, 1e-4);
    assert_status(FC_E_INVALID, fc__intrinsic_mle(&lists, 11, &dimension, &used, &err), &err);
    assert_status(FC_E_INVALID, fc__intrinsic_mle(&lists, 1, &dimension, &used, &err), &err);
    assert_status(FC_OK, fc__two_nn(&of_plane, &dimension, &used, &err), &err);
    assert_between(1.7, dimension, 2.4);
    assert_status(FC_OK, fc__intrinsic_mle(&of_plane, 10, &dimension, &used, &err), &err);
    assert_between(1.7, dimension, 2.4);
    fc__knn_lists_dispose(&lists);
    fc__knn_lists_dispose(&of_plane);
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&plane);
    free(contents);
}

static void test_intrinsic__copies_have_none(void **state)
{
    float same[100 * 3];
    uint64_t *contents = content_numbers(100);
    fc_knn_lists lists;
    fc_error err = FC_ERROR_INIT;
    double dimension;
    size_t used;

    (void)state;
    for (size_t i = 0; i < 300; i++)
        same[i] = (float)(1 + i % 3);
    lists = own_lists(same, contents, 100, 3, 5);
    assert_status(FC_OK, fc__two_nn(&lists, &dimension, &used, &err), &err);
    assert_true(isnan(dimension) && used == 0);
    assert_status(FC_OK, fc__intrinsic_mle(&lists, 5, &dimension, &used, &err), &err);
    assert_true(isnan(dimension) && used == 0);
    fc__knn_lists_dispose(&lists);
    free(contents);
}

static void test_modality_gap__is_that_of_numpy(void **state)
{
    fc_tensor a = golden_load("sample_a"), b = golden_load("sample_b");
    const fc_two_samples s = {.x = a.data,
                              .y = b.data,
                              .n_x = (size_t)a.shape[0],
                              .n_y = (size_t)b.shape[0],
                              .dim = (size_t)a.shape[1]};
    const fc_test_options opts = {.n_permutations = 99};
    fc_error err = FC_ERROR_INIT;
    fc_modality_gap g;

    (void)state;
    assert_status(FC_OK, fc__modality_gap(&g, &s, &opts, &err), &err);
    assert_near(golden_value("gap"), g.length, 1e-6);
    assert_near(golden_value("cosine_within_a"), g.mean_cosine_x, 1e-6);
    assert_near(golden_value("cosine_between"), g.mean_cosine_xy, 1e-6);
    assert_near(1, g.null_value * g.null_value / golden_value("gap_null_square"), 0.02);
    fc_tensor_dispose(&a);
    fc_tensor_dispose(&b);
}

/* Two cones that differ by a small turn of their axes: centring leaves nothing. Then one is wider
 * in half of its directions: no mean tells that, and the residual does. */
static void test_modality_gap__residual_is_what_means_do_not_tell(void **state)
{
    enum { N = 1000, DIM = 12 };
    float *x = gaussian_rows(N, DIM, false, 1), *y = gaussian_rows(N, DIM, false, 2);
    const fc_two_samples s = {.x = x, .y = y, .n_x = N, .n_y = N, .dim = DIM};
    const fc_test_options opts = {.n_permutations = 99};
    fc_error err = FC_ERROR_INIT;
    fc_modality_gap g;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < DIM; k++) {
            x[i * DIM + k] *= 0.1f;
            y[i * DIM + k] *= 0.1f;
        }
        x[i * DIM] += 1;
        y[i * DIM] += 1;
        x[i * DIM + 1] += 0.1f;
        y[i * DIM + 1] -= 0.1f;
    }
    assert_status(FC_OK, fc__modality_gap(&g, &s, &opts, &err), &err);
    assert_between(0.17, g.length, 0.21);
    assert_between(0, g.null_value, 0.1);
    assert_true(g.mean_cosine_xy < g.mean_cosine_x && g.mean_cosine_xy < g.mean_cosine_y);
    assert_between(0.87, g.separability.auc.value, 0.96); /* Phi(2 / sqrt(2)) is .92 */
    assert_between(0.45, g.residual.auc.value, 0.6);
    for (size_t i = 0; i < N; i++)
        for (size_t k = DIM / 2; k < DIM; k++)
            y[i * DIM + k] *= 4;
    assert_status(FC_OK, fc__modality_gap(&g, &s, &opts, &err), &err);
    assert_between(0.8, g.residual.auc.value, 1);
    assert_near(0.01, g.residual.p_value, 1e-12);
    memset(x, 0, DIM * sizeof(*x));
    assert_status(FC_E_INVALID, fc__modality_gap(&g, &s, &opts, &err), &err);
    assert_string_equal(err.message, "row 0 of the first set is zero: no direction");
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hubness__is_that_of_scipy),
        cmocka_unit_test(test_hubness__null_values_are_those_of_random_lists),
        cmocka_unit_test(test_hubness__grows_with_dimensions),
        cmocka_unit_test(test_anisotropy__is_the_mean_cosine_of_pairs),
        cmocka_unit_test(test_intrinsic__dimension_is_that_of_scikit_dimension),
        cmocka_unit_test(test_intrinsic__copies_have_none),
        cmocka_unit_test(test_modality_gap__is_that_of_numpy),
        cmocka_unit_test(test_modality_gap__residual_is_what_means_do_not_tell),
    };

    return cmocka_run_group_tests_name("space_shape", tests, NULL, NULL);
}
