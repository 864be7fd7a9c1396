/*
 * Two-sample tests against SciPy, scikit-learn and whole kernels; p-values that are uniform where
 * nothing differs, and small where something does.
 */
#include "audit_fixture.h"

#include "fc_component_shift.h"
#include "fc_domain_auc.h"
#include "fc_kernel_tests.h"
#include "fc_logistic.h"
#include "fc_roc.h"

typedef struct goldens {
    fc_tensor a, b;
    fc_two_samples samples;
} goldens;

static goldens load(void)
{
    goldens g = {golden_load("sample_a"), golden_load("sample_b"), {0}};

    g.samples = (fc_two_samples){.x = g.a.data,
                                 .y = g.b.data,
                                 .n_x = (size_t)g.a.shape[0],
                                 .n_y = (size_t)g.b.shape[0],
                                 .dim = (size_t)g.a.shape[1]};
    return g;
}

static void unload(goldens *g)
{
    fc_tensor_dispose(&g->a);
    fc_tensor_dispose(&g->b);
}

static void test_kernel_tests__are_those_of_whole_kernels(void **state)
{
    goldens g = load();
    const fc_test_options opts = {.n_permutations = 4000, .seed = 1, .n_threads = 2};
    fc_error err = FC_ERROR_INIT;
    fc_kernel_result r;

    (void)state;
    assert_status(FC_OK, fc__kernel_tests(&r, &g.samples, &opts, &err), &err);
    assert_near(golden_value("bandwidth"), r.bandwidth, 1e-5);
    assert_near(golden_value("mmd"), r.mmd.value, 1e-6);
    assert_near(golden_value("energy"), r.energy.value, 1e-5);
    assert_near(golden_value("mmd_null_mean"), r.mmd.null_mean, 5e-4);
    assert_near(golden_value("mmd_null_high"), r.mmd.null_high, 2e-3);
    assert_near(golden_value("mmd_p"), r.mmd.p_value, 0.03); /* 4 deviations of 4000 draws */
    unload(&g);
}

/* One kernel serves every permutation: so many that labels come in several chunks change nothing
 * but the draws. */
static void test_kernel_tests__in_chunks_are_the_same(void **state)
{
    float *x = gaussian_rows(450, 3, false, 1), *y = gaussian_rows(450, 3, false, 2);
    const fc_two_samples s = {.x = x, .y = y, .n_x = 450, .n_y = 450, .dim = 3};
    const fc_test_options few = {.n_permutations = 10},
                          many = {.n_permutations = FC_PERMUTATIONS_MAX};
    fc_error err = FC_ERROR_INIT;
    fc_kernel_result a, b;

    (void)state;
    assert_status(FC_OK, fc__kernel_tests(&a, &s, &few, &err), &err);
    assert_status(FC_OK, fc__kernel_tests(&b, &s, &many, &err), &err);
    assert_near(a.mmd.value, b.mmd.value, 1e-7);
    assert_near(a.energy.value, b.energy.value, 1e-6);
    assert_between(1.0 / 10001, b.mmd.p_value, 1);
    free(x);
    free(y);
}

static void test_roc_auc__is_that_of_scikit_learn(void **state)
{
    fc_tensor pos = golden_load("scores_positive"), neg = golden_load("scores_negative");
    const float broken[] = {1, NAN};
    double auc, error;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK,
                  fc__roc_auc(pos.data, (size_t)pos.shape[0], neg.data, (size_t)neg.shape[0], false,
                              &auc, &error, &err),
                  &err);
    assert_near(golden_value("auc"), auc, 1e-12);
    assert_near(golden_value("auc_error"), error, 1e-12);
    assert_status(FC_E_INVALID, fc__roc_auc(broken, 2, pos.data, 2, false, &auc, NULL, &err), &err);
    assert_status(FC_E_INVALID, fc__roc_auc(pos.data, 3, pos.data, 2, true, &auc, NULL, &err),
                  &err);
    assert_status(FC_E_INVALID, fc__roc_auc(pos.data, 1, pos.data, 2, false, &auc, NULL, &err),
                  &err);
    fc_tensor_dispose(&pos);
    fc_tensor_dispose(&neg);
}

static void test_logistic__is_that_of_scikit_learn(void **state)
{
    goldens g = load();
    const size_t n_x = g.samples.n_x, n = n_x + g.samples.n_y, dim = g.samples.dim;
    float *rows = floats(n * dim), single[8];
    bool labels[256];
    double weights[8], bias;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    memcpy(rows, g.samples.x, n_x * dim * sizeof(*rows));
    memcpy(rows + n_x * dim, g.samples.y, (n - n_x) * dim * sizeof(*rows));
    for (size_t i = 0; i < n; i++)
        labels[i] = i >= n_x;
    assert_status(FC_OK, fc__logistic_fit(rows, labels, n, dim, 1, weights, &bias, &err), &err);
    for (size_t k = 0; k < dim; k++)
        single[k] = (float)weights[k];
    assert_golden("logistic_weights", single, dim, 1e-5);
    assert_near(golden_value("logistic_bias"), bias, 1e-5);
    assert_status(FC_E_INVALID, fc__logistic_fit(rows, labels, n_x, dim, 1, weights, &bias, &err),
                  &err);
    free(rows);
    unload(&g);
}

static void test_component_shift__is_that_of_scipy(void **state)
{
    goldens g = load();
    const fc_test_options opts = {.n_permutations = 99, .seed = 1};
    fc_component_shift c[16];
    float wasserstein[16], psi[16];
    size_t n;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__component_shift(c, 16, &n, &g.samples, &opts, &err), &err);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) {
        wasserstein[i] = (float)c[i].wasserstein.value;
        psi[i] = (float)c[i].psi.value;
        assert_true(i == 0 || c[i].variance <= c[i - 1].variance);
        assert_true(c[i].wasserstein_holm >= c[i].wasserstein.p_value);
        assert_between(0.01, c[i].psi_holm, 1);
    }
    assert_golden("component_wasserstein", wasserstein, n, 1e-5);
    assert_golden("component_psi", psi, n, 1e-5);
    unload(&g);
}

static void test_component_shift__distances_have_known_values(void **state)
{
    double a[] = {3, 1, 2}, b[] = {4, 2, 3}, c[] = {0, 0, 0, 0}, d[100], e[100];

    (void)state;
    assert_near(1, fc__wasserstein1(a, 3, b, 3), 1e-12);
    assert_near(2, fc__wasserstein1(a, 3, c, 4), 1e-12);
    assert_near(0, fc__wasserstein1(a, 3, a, 3), 0);
    for (size_t i = 0; i < 100; i++) {
        d[i] = (double)i;
        e[i] = 1000;
    }
    assert_near(0, fc__psi(d, 100, d, 100), 1e-12);
    /* All in the last bin: .9 ln(10) there, and nine of (.0001 - .1) ln(.0001 / .1). */
    assert_near(0.9 * log(10) + 9 * (1e-4 - 0.1) * log(1e-3), fc__psi(d, 100, e, 100), 1e-9);
}

typedef enum which { MMD, ENERGY, AUC, NEIGHBOURS, WASSERSTEIN, PSI, N_TESTS } which;

static const char *const names[N_TESTS] = {"MMD",        "energy",      "AUC",
                                           "neighbours", "Wasserstein", "PSI"};

static void p_values_of(const fc_two_samples *s, uint64_t seed, double p[N_TESTS])
{
    const fc_test_options opts = {.n_permutations = 99, .seed = seed};
    fc_error err = FC_ERROR_INIT;
    fc_kernel_result kernels;
    fc_domain_result plane, neighbours;
    fc_component_shift component;
    size_t n;

    assert_status(FC_OK, fc__kernel_tests(&kernels, s, &opts, &err), &err);
    assert_status(FC_OK, fc__domain_auc(&plane, s, &opts, &err), &err);
    assert_status(FC_OK, fc__domain_neighbours(&neighbours, s, false, &opts, &err), &err);
    assert_status(FC_OK, fc__component_shift(&component, 1, &n, s, &opts, &err), &err);
    p[MMD] = kernels.mmd.p_value;
    p[ENERGY] = kernels.energy.p_value;
    p[AUC] = plane.p_value;
    p[NEIGHBOURS] = neighbours.p_value;
    p[WASSERSTEIN] = component.wasserstein.p_value;
    p[PSI] = component.psi.p_value;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov's distance from the uniform distribution on .01, .02, ..., 1: at most 1.95
 * / sqrt(n) in 999 of 1,000 cases. Ties of scores make areas of neighbours coarse, and p-values of
 * them larger, never smaller. */
static void assert_uniform(const char *name, double *p, size_t n, bool one_sided)
{
    double largest = 0;

    qsort(p, n, sizeof(*p), by_value);
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && p[i + 1] == p[i])
            continue;
        largest = fmax(largest, (double)(i + 1) / (double)n - p[i]);
        if (!one_sided)
            largest = fmax(largest, p[i] - (double)(i + 1) / (double)n);
    }
    if (largest > 1.95 / sqrt((double)n))
        fail_msg("p-values of %s are %.3f from uniform", name, largest);
}

#define DRAWS 200

static void assert_uniform_under_no_change(bool paired)
{
    static double p[N_TESTS][DRAWS];

    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        float *x = gaussian_rows(50, 4, false, 2 * draw + 1);
        float *y = paired ? noisy_rows(x, 50, 4, 1, false, 3000 + draw)
                          : gaussian_rows(60, 4, false, 2 * draw + 2);
        fc_two_samples s = {.x = x, .y = y, .n_x = 50, .n_y = paired ? 50 : 60, .dim = 4};
        double one[N_TESTS];

        if (paired) {
            /* x + g against x + h, so that neither side is wider. */
            float *z = noisy_rows(x, 50, 4, 1, false, 9000 + draw);

            memcpy(x, z, 200 * sizeof(*x));
            free(z);
            s.paired = true;
        }
        p_values_of(&s, draw, one);
        for (int t = 0; t < N_TESTS; t++)
            p[t][draw] = one[t];
        free(x);
        free(y);
    }
    for (int t = 0; t < N_TESTS; t++)
        assert_uniform(names[t], p[t], DRAWS, t == NEIGHBOURS);
}

static void test_two_samples__p_values_are_uniform_under_no_change(void **state)
{
    (void)state;
    assert_uniform_under_no_change(false);
}

static void test_two_samples__p_values_of_pairs_are_uniform_too(void **state)
{
    (void)state;
    assert_uniform_under_no_change(true);
}

/* A shift is found by all; a wider spread by all but the plane. */
static void test_two_samples__differences_are_found(void **state)
{
    enum { N = 300, DIM = 6 };
    float *x = gaussian_rows(N, DIM, false, 1), *shifted = gaussian_rows(N, DIM, false, 2),
          *wide = gaussian_rows(N, DIM, false, 3);
    fc_two_samples s = {.x = x, .y = shifted, .n_x = N, .n_y = N, .dim = DIM};
    const fc_test_options opts = {.n_permutations = 99};
    double p[N_TESTS];
    fc_domain_result r;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < N * DIM; i++) {
        shifted[i] += 0.5f;
        wide[i] *= 2.0f;
    }
    p_values_of(&s, 1, p);
    for (int t = 0; t < WASSERSTEIN; t++)
        assert_near(0.01, p[t], 1e-12);
    assert_status(FC_OK, fc__domain_auc(&r, &s, &opts, &err), &err);
    assert_between(0.7, r.auc.value, 0.9); /* Phi(.5 sqrt(6) / sqrt(2)) is .807 */
    assert_between(r.auc.range.low, 0.807, r.auc.range.high);
    assert_near(0.5, r.auc.null_value, 0.02);
    assert_int_equal(r.n_fit, N);
    assert_int_equal(r.n_held_out, N);
    s.y = wide;
    p_values_of(&s, 1, p);
    assert_near(0.01, p[MMD], 1e-12);
    assert_near(0.01, p[ENERGY], 1e-12);
    assert_near(0.01, p[WASSERSTEIN], 1e-12);
    assert_near(0.01, p[PSI], 1e-12);
    assert_status(FC_OK, fc__domain_auc(&r, &s, &opts, &err), &err);
    assert_between(0.4, r.auc.value, 0.6);
    free(x);
    free(shifted);
    free(wide);
}

/* A small change of every pair, far below the spread: only permuting within pairs sees it. */
static void test_two_samples__pairs_show_small_changes(void **state)
{
    enum { N = 200, DIM = 4 };
    float *x = gaussian_rows(N, DIM, false, 1), *y = noisy_rows(x, N, DIM, 0.05, false, 2);
    fc_two_samples s = {.x = x, .y = y, .n_x = N, .n_y = N, .dim = DIM};
    const fc_test_options opts = {.n_permutations = 99};
    fc_kernel_result apart, paired;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < N * DIM; i++)
        y[i] += 0.03f;
    assert_status(FC_OK, fc__kernel_tests(&apart, &s, &opts, &err), &err);
    s.paired = true;
    assert_status(FC_OK, fc__kernel_tests(&paired, &s, &opts, &err), &err);
    assert_near(apart.mmd.value, paired.mmd.value, 1e-9);
    assert_between(0.5, apart.mmd.p_value, 1);
    assert_near(0.01, paired.energy.p_value, 1e-12);
    free(x);
    free(y);
}

static void test_two_samples__bad_sets_are_refused(void **state)
{
    float *x = gaussian_rows(100, 3, false, 1), *same = floats(300);
    fc_two_samples s = {.x = x, .y = x, .n_x = 100, .n_y = 49, .dim = 3};
    fc_test_options opts = {.n_permutations = 9};
    fc_kernel_result kernels;
    fc_domain_result domain;
    fc_component_shift component;
    size_t n;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_INVALID, fc__kernel_tests(&kernels, &s, &opts, &err), &err);
    assert_status(FC_E_INVALID, fc__domain_auc(&domain, &s, &opts, &err), &err);
    assert_status(FC_E_INVALID, fc__component_shift(&component, 1, &n, &s, &opts, &err), &err);
    assert_non_null(strstr(err.message, "100 and 49 rows of 3 elements"));
    s.n_y = 60;
    s.paired = true;
    assert_status(FC_E_INVALID, fc__kernel_tests(&kernels, &s, &opts, &err), &err);
    assert_string_equal(err.message, "paired sets of 100 and 60 rows");
    s.paired = false;
    s.n_x = FC_TWO_SAMPLES_MAX;
    assert_status(FC_E_LIMIT, fc__kernel_tests(&kernels, &s, &opts, &err), &err);
    s.n_x = 100;
    opts.n_permutations = FC_PERMUTATIONS_MAX + 1;
    assert_status(FC_E_INVALID, fc__kernel_tests(&kernels, &s, &opts, &err), &err);
    opts.n_permutations = 9;
    assert_status(FC_E_INVALID, fc__component_shift(&component, 0, &n, &s, &opts, &err), &err);
    for (size_t i = 0; i < 300; i++)
        same[i] = 3;
    s.x = s.y = same;
    assert_status(FC_E_INVALID, fc__kernel_tests(&kernels, &s, &opts, &err), &err);
    assert_status(FC_E_INVALID, fc__component_shift(&component, 1, &n, &s, &opts, &err), &err);
    /* A constant feature weighs nothing; all of them leave every score equal. */
    assert_status(FC_OK, fc__domain_auc(&domain, &s, &opts, &err), &err);
    assert_near(0.5, domain.auc.value, 1e-12);
    assert_near(1, domain.p_value, 1e-12);
    x[4] = INFINITY;
    s.x = x;
    assert_status(FC_E_INVALID, fc__domain_auc(&domain, &s, &opts, &err), &err);
    assert_string_equal(err.message, "row 1 of the first set is not finite");
    free(x);
    free(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_tests__are_those_of_whole_kernels),
        cmocka_unit_test(test_kernel_tests__in_chunks_are_the_same),
        cmocka_unit_test(test_roc_auc__is_that_of_scikit_learn),
        cmocka_unit_test(test_logistic__is_that_of_scikit_learn),
        cmocka_unit_test(test_component_shift__is_that_of_scipy),
        cmocka_unit_test(test_component_shift__distances_have_known_values),
        cmocka_unit_test(test_two_samples__p_values_are_uniform_under_no_change),
        cmocka_unit_test(test_two_samples__p_values_of_pairs_are_uniform_too),
        cmocka_unit_test(test_two_samples__differences_are_found),
        cmocka_unit_test(test_two_samples__pairs_show_small_changes),
        cmocka_unit_test(test_two_samples__bad_sets_are_refused),
    };

    return cmocka_run_group_tests_name("two_samples", tests, NULL, NULL);
}
