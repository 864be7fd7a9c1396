/*
 * Cosines, ratios and their summary against NumPy; intervals of means, normal quantiles and Holm's
 * correction against SciPy and statsmodels; samples of pairs.
 */
#include "audit_fixture.h"

#include "fc_measured.h"
#include "fc_pair_sample.h"
#include "fc_pair_values.h"

#define TOLERANCE 2e-6 /* values are single precision */

static void assert_summary(const char *name, const fc_summary *s)
{
    const struct {
        const char *field;
        double value;
    } fields[] = {{"mean", s->mean}, {"sd", s->sd},   {"min", s->min},
                  {"p1", s->p1},     {"p5", s->p5},   {"p50", s->median},
                  {"p95", s->p95},   {"p99", s->p99}, {"max", s->max}};
    char whole[64];

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        snprintf(whole, sizeof(whole), "%s_%s", name, fields[i].field);
        assert_near(golden_value(whole), fields[i].value, TOLERANCE);
    }
}

static void test_pair_values__are_those_of_numpy(void **state)
{
    fc_tensor x = golden_load("x"), y = golden_load("y"), z = golden_load("z");
    const size_t n = (size_t)x.shape[0];
    const fc_pair_batch xz = pairs_of(NULL, x.data, z.data, n),
                        xy = pairs_of(NULL, x.data, y.data, n);
    float *values = floats(n);
    fc_measured mean = {0};
    fc_summary s;
    size_t used;

    (void)state;
    fc__pair_cosines(&xz, (size_t)x.shape[1], values);
    fc__mean_interval(&mean, values, n, 0, &used);
    assert_int_equal(used, n);
    assert_near(golden_value("cosine_mean"), mean.value, TOLERANCE);
    assert_near(golden_value("cosine_low"), mean.range.low, TOLERANCE);
    assert_near(golden_value("cosine_high"), mean.range.high, TOLERANCE);
    fc__summarise(&s, values, n);
    assert_int_equal(s.n, n);
    assert_summary("cosine", &s);
    fc__pair_norm_ratios(&xy, (size_t)x.shape[1], (size_t)y.shape[1], values);
    fc__summarise(&s, values, n);
    assert_summary("ratio", &s);
    free(values);
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&y);
    fc_tensor_dispose(&z);
}

static void test_pair_values__of_zero_or_broken_rows_are_undefined(void **state)
{
    const float x[] = {0, 0, 1, 0, NAN, 1, 3, 4}, y[] = {1, 0, 0, 0, 1, 1, 6, 8};
    const fc_pair_batch pairs = pairs_of(NULL, x, y, 4);
    float cosines[4], ratios[4];
    fc_summary s;

    (void)state;
    fc__pair_cosines(&pairs, 2, cosines);
    fc__pair_norm_ratios(&pairs, 2, 2, ratios);
    for (size_t i = 0; i < 3; i++)
        assert_true(isnan(cosines[i]));
    assert_true(isnan(ratios[0]) && ratios[1] == 0 && isnan(ratios[2]));
    assert_near(1, (double)cosines[3], 0);
    assert_near(2, (double)ratios[3], 0);
    fc__summarise(&s, cosines, 4);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.n_undefined, 3);
    assert_near(1, s.median, 0);
    assert_near(0, s.sd, 0);
    fc__summarise(&s, cosines + 1, 3);
    assert_int_equal(s.n, 0);
    assert_true(isnan(s.mean) && isnan(s.p5) && isnan(s.max));
}

static void test_measured__normal_quantiles_and_holm_are_those_of_scipy(void **state)
{
    fc_tensor p = golden_load("p_values");
    const size_t n = (size_t)p.shape[0];
    double values[16];
    float adjusted[16];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_near(golden_value("normal_975"), fc__normal_quantile(0.975), 1e-9);
    assert_near(golden_value("normal_001"), fc__normal_quantile(0.001), 1e-9);
    for (size_t i = 0; i < n; i++)
        values[i] = (double)((const float *)p.data)[i];
    assert_status(FC_OK, fc__holm(values, n, &err), &err);
    for (size_t i = 0; i < n; i++)
        adjusted[i] = (float)values[i];
    assert_golden("p_holm", adjusted, n, 1e-6);
    fc_tensor_dispose(&p);
}

static void test_measured__p_values_count_ties_and_are_never_zero(void **state)
{
    double permuted[] = {3, 1, 2, 5};
    fc_permuted p = fc__permuted(3, permuted, 4, 0);

    (void)state;
    assert_near(0.6, p.p_value, 1e-12);
    assert_near(2.75, p.null_mean, 1e-12);
    assert_near(0.2, fc__permuted(6, permuted, 4, 0).p_value, 1e-12);
    assert_near(0.4, fc__permuted(5 + 1e-9, permuted, 4, 1e-8).p_value, 1e-12);
    assert_near(1, fc__permuted(6, permuted, 0, 0).p_value, 0);
}

static void add_all(fc_pair_sample *s, const uint64_t *contents, const float *x, size_t n,
                    size_t batch)
{
    for (size_t at = 0; at < n; at += batch) {
        const fc_pair_batch b =
            pairs_of(contents + at, x + 3 * at, x + 3 * at, n - at < batch ? n - at : batch);

        fc__pair_sample_add(s, &b);
    }
}

/* The same pairs whatever the batches and the order, each row still with its content. */
static void test_pair_sample__depends_on_contents_alone(void **state)
{
    enum { N = 1000, ROOM = 100 };
    uint64_t *contents = content_numbers(N), *back = content_numbers(N);
    float *x = gaussian_rows(N, 3, false, 1), *x_back = floats(3 * N);
    fc_pair_sample a = {0}, b = {0}, first = {0}, rest = {0};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        back[i] = contents[N - 1 - i];
        memcpy(x_back + 3 * i, x + 3 * (N - 1 - i), 3 * sizeof(*x));
    }
    assert_status(FC_OK, fc__pair_sample_init(&a, 3, 3, ROOM, 5, &err), &err);
    assert_status(FC_OK, fc__pair_sample_init(&b, 3, 3, ROOM, 5, &err), &err);
    assert_status(FC_OK, fc__pair_sample_init(&first, 3, 3, ROOM, 5, &err), &err);
    assert_status(FC_OK, fc__pair_sample_init(&rest, 3, 3, ROOM, 5, &err), &err);
    add_all(&a, contents, x, N, 64);
    add_all(&b, back, x_back, N, 999);
    add_all(&first, contents, x, 300, 7);
    add_all(&rest, contents + 300, x + 900, 700, 700);
    fc__pair_sample_merge(&first, &rest);
    assert_status(FC_OK, fc__pair_sample_sort(&a, &err), &err);
    assert_status(FC_OK, fc__pair_sample_sort(&b, &err), &err);
    assert_status(FC_OK, fc__pair_sample_sort(&first, &err), &err);
    assert_int_equal(a.n, ROOM);
    assert_memory_equal(a.contents, b.contents, ROOM * sizeof(*a.contents));
    assert_memory_equal(a.contents, first.contents, ROOM * sizeof(*a.contents));
    assert_memory_equal(a.x, b.x, 3 * ROOM * sizeof(*a.x));
    for (size_t i = 0; i < ROOM; i++) {
        assert_true(i == 0 || a.contents[i - 1] < a.contents[i]);
        assert_memory_equal(a.x + 3 * i, x + 3 * (a.contents[i] - 100), 3 * sizeof(*x));
        assert_memory_equal(a.y + 3 * i, x + 3 * (a.contents[i] - 100), 3 * sizeof(*x));
    }
    fc__pair_sample_dispose(&a);
    fc__pair_sample_dispose(&b);
    fc__pair_sample_dispose(&first);
    fc__pair_sample_dispose(&rest);
    free(contents);
    free(back);
    free(x);
    free(x_back);
}

/* Each content comes about as often: 200 seeds draw 20 of 100; 40 expected, 6 deviations. */
static void test_pair_sample__draws_every_content_as_often(void **state)
{
    uint64_t *contents = content_numbers(100);
    float *x = gaussian_rows(100, 3, false, 1);
    uint32_t drawn[100] = {0};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        fc_pair_sample s = {0};

        assert_status(FC_OK, fc__pair_sample_init(&s, 3, 0, 20, seed, &err), &err);
        add_all(&s, contents, x, 100, 33);
        for (size_t i = 0; i < s.n; i++)
            drawn[s.contents[i] - 100]++;
        fc__pair_sample_dispose(&s);
    }
    for (size_t i = 0; i < 100; i++)
        assert_between(6, drawn[i], 74);
    free(contents);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair_values__are_those_of_numpy),
        cmocka_unit_test(test_pair_values__of_zero_or_broken_rows_are_undefined),
        cmocka_unit_test(test_measured__normal_quantiles_and_holm_are_those_of_scipy),
        cmocka_unit_test(test_measured__p_values_count_ties_and_are_never_zero),
        cmocka_unit_test(test_pair_sample__depends_on_contents_alone),
        cmocka_unit_test(test_pair_sample__draws_every_content_as_often),
    };

    return cmocka_run_group_tests_name("pair_values", tests, NULL, NULL);
}
