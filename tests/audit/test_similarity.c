/*
 * CKA, Procrustes and spectra out of moments: against whole matrices in NumPy and SciPy, the known
 * values of planted noise, what they must not see (rotation, scale), and intervals.
 */
#include "audit_fixture.h"

#include "fc_cka.h"
#include "fc_procrustes_measure.h"
#include "fc_spectrum.h"

#define N   600
#define DIM 256

static fc_cross_moments moments_of(const fc_pair_batch *pairs, size_t p, size_t q)
{
    fc_cross_moments m;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__cross_moments_init(&m, p, q, 0, 2, &err), &err);
    fc__cross_moments_add(&m, pairs);
    return m;
}

static fc_pair_sample sample_of(const fc_pair_batch *pairs, size_t p, size_t q, size_t room)
{
    fc_pair_sample s;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__pair_sample_init(&s, p, q, room, 3, &err), &err);
    fc__pair_sample_add(&s, pairs);
    return s;
}

static fc_cka cka_of(const float *x, size_t p, const float *y, size_t q, size_t n)
{
    const fc_pair_batch pairs = pairs_of(NULL, x, y, n);
    fc_cross_moments m = moments_of(&pairs, p, q);
    fc_error err = FC_ERROR_INIT;
    fc_cka out;

    assert_status(FC_OK, fc__cka(&out, &m, NULL, 0, &err), &err);
    fc__cross_moments_dispose(&m);
    return out;
}

static double residual_of(const float *x, size_t p, const float *y, size_t q, size_t n)
{
    const fc_pair_batch pairs = pairs_of(NULL, x, y, n);
    fc_cross_moments m = moments_of(&pairs, p, q);
    fc_procrustes_measure out = FC_PROCRUSTES_MEASURE_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__procrustes_measure(&out, &m, false, NULL, 0, 0, 0, &err), &err);
    fc__cross_moments_dispose(&m);
    fc__procrustes_measure_dispose(&out);
    return out.residual.value;
}

static void test_cka__is_that_of_whole_kernels(void **state)
{
    fc_tensor x = golden_load("x"), y = golden_load("y"), z = golden_load("z");
    const size_t n = (size_t)x.shape[0], p = (size_t)x.shape[1], q = (size_t)y.shape[1];
    const fc_cka xy = cka_of(x.data, p, y.data, q, n), xz = cka_of(x.data, p, z.data, p, n);

    (void)state;
    assert_near(golden_value("cka_biased_xy"), xy.biased.value, 1e-9);
    assert_near(golden_value("cka_unbiased_xy"), xy.unbiased.value, 1e-9);
    assert_near(golden_value("cka_biased_null_xy"), xy.biased.null_value, 1e-3);
    assert_near(0, xy.unbiased.null_value, 0);
    assert_near(golden_value("cka_biased_xz"), xz.biased.value, 1e-9);
    assert_near(golden_value("cka_unbiased_xz"), xz.unbiased.value, 1e-9);
    assert_true(isnan(xy.biased.range.low) && isnan(xy.unbiased.range.high));
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&y);
    fc_tensor_dispose(&z);
}

/* The table for unit Gaussian rows: one draw of 600; .01 is three deviations between draws. */
static void test_cka__of_planted_noise_is_known(void **state)
{
    static const struct {
        double a, biased, unbiased;
    } rows[] = {{0, 1, 1}, {0.1, 0.9931, 0.9902}, {0.3, 0.9427, 0.9181}, {1, 0.6506, 0.5011}};
    float *x = gaussian_rows(N, DIM, true, 1), *other = gaussian_rows(N, DIM, true, 2);
    fc_cka c;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        float *y = noisy_rows(x, N, DIM, rows[i].a, true, 10 + i);

        c = cka_of(x, DIM, y, DIM, N);
        assert_near(rows[i].biased, c.biased.value, rows[i].a > 0 ? 0.01 : 1e-6);
        assert_near(rows[i].unbiased, c.unbiased.value, rows[i].a > 0 ? 0.01 : 1e-6);
        free(y);
    }
    c = cka_of(x, DIM, other, DIM, N);
    assert_near(0.3013, c.biased.value, 0.01);
    assert_near(0.2991, c.biased.null_value, 0.005); /* p / (n + p) */
    assert_near(0, c.unbiased.value, 0.01);
    free(x);
    free(other);
}

static void test_similarity__does_not_see_rotation_or_scale(void **state)
{
    float *x = gaussian_rows(200, 24, false, 1), *y = noisy_rows(x, 200, 24, 2, false, 2);
    double *turn = orthogonal_matrix(24, true, 3);
    float *turned = mapped_rows(y, 200, 24, turn, 24, 1),
          *larger = mapped_rows(y, 200, 24, turn, 24, 7);
    const fc_cka a = cka_of(x, 24, y, 24, 200), b = cka_of(x, 24, turned, 24, 200),
                 c = cka_of(x, 24, larger, 24, 200), self = cka_of(x, 24, x, 24, 200);

    (void)state;
    assert_between(0.5, a.unbiased.value, 0.99);
    assert_near(a.biased.value, b.biased.value, 1e-6);
    assert_near(a.unbiased.value, b.unbiased.value, 1e-6);
    assert_near(a.unbiased.value, c.unbiased.value, 1e-6);
    assert_near(1, self.biased.value, 1e-12);
    assert_near(1, self.unbiased.value, 1e-12);
    assert_near(residual_of(x, 24, y, 24, 200), residual_of(x, 24, turned, 24, 200), 1e-6);
    assert_near(0, residual_of(x, 24, x, 24, 200), 1e-7);
    free(x);
    free(y);
    free(turn);
    free(turned);
    free(larger);
}

static void test_procrustes__is_that_of_scipy(void **state)
{
    fc_tensor x = golden_load("x"), y = golden_load("y"), z = golden_load("z");
    const size_t n = (size_t)x.shape[0], p = (size_t)x.shape[1], q = (size_t)y.shape[1];
    const struct {
        const char *name;
        const float *x, *y;
        size_t p, q;
    } sides[] = {
        {"xy", x.data, y.data, p, q}, {"yx", y.data, x.data, q, p}, {"xz", x.data, z.data, p, p}};
    fc_error err = FC_ERROR_INIT;
    char name[64];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const fc_pair_batch pairs = pairs_of(NULL, sides[i].x, sides[i].y, n);
        fc_cross_moments m = moments_of(&pairs, sides[i].p, sides[i].q);
        fc_procrustes_measure out = FC_PROCRUSTES_MEASURE_INIT;

        assert_status(FC_OK, fc__procrustes_measure(&out, &m, false, NULL, 0, 0, 0, &err), &err);
        snprintf(name, sizeof(name), "procrustes_%s", sides[i].name);
        assert_near(golden_value(name), out.residual.value, 1e-9);
        snprintf(name, sizeof(name), "scale_%s", sides[i].name);
        assert_near(golden_value(name), out.scale, 1e-9);
        snprintf(name, sizeof(name), "procrustes_scaled_%s", sides[i].name);
        assert_near(golden_value(name), out.scaled_residual, 1e-9);
        if (i == 2) {
            float rotation[12 * 12];

            for (size_t k = 0; k < p * p; k++)
                rotation[k] = (float)out.rotation[k];
            assert_golden("rotation_xz", rotation, p * p, 1e-6);
        }
        fc__procrustes_measure_dispose(&out);
        assert_status(FC_OK, fc__procrustes_measure(&out, &m, true, NULL, 0, 0, 0, &err), &err);
        snprintf(name, sizeof(name), "procrustes_centred_%s", sides[i].name);
        assert_near(golden_value(name), out.residual.value, 1e-9);
        fc__procrustes_measure_dispose(&out);
        fc__cross_moments_dispose(&m);
    }
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&y);
    fc_tensor_dispose(&z);
}

static void assert_rotation(const double *want, const double *got, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_near(want[i], got[i], 1e-5);
}

/* Also into more dimensions, where columns of W are orthonormal. */
static void test_procrustes__recovers_a_planted_rotation(void **state)
{
    float *x = gaussian_rows(300, 20, false, 1);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int mirror = 0; mirror < 2; mirror++) {
        double *turn = orthogonal_matrix(20, mirror == 1, 2);
        float *y = mapped_rows(x, 300, 20, turn, 20, 1.7);
        const fc_pair_batch pairs = pairs_of(NULL, x, y, 300);
        fc_cross_moments m = moments_of(&pairs, 20, 20);
        fc_procrustes_measure out = FC_PROCRUSTES_MEASURE_INIT;

        assert_status(FC_OK, fc__procrustes_measure(&out, &m, false, NULL, 0, 0, 0, &err), &err);
        assert_rotation(turn, out.rotation, 400);
        assert_near(1.7, out.scale, 1e-6);
        assert_near(0, out.scaled_residual, 1e-6);
        fc__procrustes_measure_dispose(&out);
        fc__cross_moments_dispose(&m);
        free(turn);
        free(y);
    }
    free(x);
}

/* 24 rows of a 24 x 24 rotation's first 20 columns are a 24 x 20 map. */
static void test_procrustes__pads_the_shorter_side(void **state)
{
    float *x = gaussian_rows(300, 20, false, 1);
    double *turn = orthogonal_matrix(24, false, 2), map[24 * 20];
    float *y;
    fc_cross_moments m;
    fc_procrustes_measure out = FC_PROCRUSTES_MEASURE_INIT;
    fc_pair_batch pairs;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 24; i++)
        memcpy(map + i * 20, turn + i * 24, 20 * sizeof(*map));
    y = mapped_rows(x, 300, 20, map, 24, 1);
    pairs = pairs_of(NULL, x, y, 300);
    m = moments_of(&pairs, 20, 24);
    assert_status(FC_OK, fc__procrustes_measure(&out, &m, false, NULL, 0, 0, 0, &err), &err);
    assert_rotation(map, out.rotation, 24 * 20);
    assert_near(0, out.residual.value, 1e-6);
    fc__procrustes_measure_dispose(&out);
    fc__cross_moments_dispose(&m);
    free(x);
    free(y);
    free(turn);
}

static void assert_spectrum(const char *side, const fc_cross_moments *m, bool of_y)
{
    fc_spectrum s = FC_SPECTRUM_INIT;
    fc_error err = FC_ERROR_INIT;
    float values[16];
    char name[64];

    assert_status(FC_OK, fc__spectrum(&s, m, of_y, NULL, &err), &err);
    for (size_t i = 0; i < s.dim; i++)
        values[i] = (float)s.values[i];
    snprintf(name, sizeof(name), "spectrum_%s", side);
    assert_golden(name, values, s.dim, 1e-5);
    snprintf(name, sizeof(name), "effective_rank_%s", side);
    assert_near(golden_value(name), s.effective_rank, 1e-6);
    snprintf(name, sizeof(name), "participation_%s", side);
    assert_near(golden_value(name), s.participation_ratio, 1e-6);
    snprintf(name, sizeof(name), "n_for_90_%s", side);
    assert_int_equal((size_t)golden_value(name), s.n_for_90);
    assert_true(s.n_for_50 <= s.n_for_90 && s.n_for_90 <= s.n_for_99);
    fc__spectrum_dispose(&s);
}

static void test_spectrum__is_that_of_numpy(void **state)
{
    fc_tensor x = golden_load("x"), y = golden_load("y");
    const fc_pair_batch pairs = pairs_of(NULL, x.data, y.data, (size_t)x.shape[0]);
    fc_cross_moments m = moments_of(&pairs, (size_t)x.shape[1], (size_t)y.shape[1]);

    (void)state;
    assert_spectrum("x", &m, false);
    assert_spectrum("y", &m, true);
    fc__cross_moments_dispose(&m);
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&y);
}

/* Sums of parts are those of the whole, and one side alone needs no other. */
static void test_cross_moments__of_parts_add_up(void **state)
{
    float *x = gaussian_rows(3000, 10, false, 1), *y = gaussian_rows(3000, 7, false, 2);
    const fc_pair_batch all = pairs_of(NULL, x, y, 3000), first = pairs_of(NULL, x, y, 1234),
                        rest = pairs_of(NULL, x + 12340, y + 1234 * 7, 3000 - 1234);
    fc_cross_moments whole = moments_of(&all, 10, 7), part = moments_of(&first, 10, 7),
                     other = moments_of(&rest, 10, 7), alone = moments_of(&all, 10, 0);
    fc_error err = FC_ERROR_INIT;
    fc_cka a, b;
    fc_spectrum s = FC_SPECTRUM_INIT;

    (void)state;
    fc__cross_moments_merge(&part, &other);
    assert_int_equal(part.n, 3000);
    assert_status(FC_OK, fc__cka(&a, &whole, NULL, 0, &err), &err);
    assert_status(FC_OK, fc__cka(&b, &part, NULL, 0, &err), &err);
    assert_near(a.unbiased.value, b.unbiased.value, 1e-12);
    assert_status(FC_OK, fc__spectrum(&s, &alone, false, NULL, &err), &err);
    assert_near(10, s.total, 0.3);
    fc__spectrum_dispose(&s);
    fc__cross_moments_dispose(&whole);
    fc__cross_moments_dispose(&part);
    fc__cross_moments_dispose(&other);
    fc__cross_moments_dispose(&alone);
    free(x);
    free(y);
}

/* The deviation from leaving out one pair at a time, of which the interval is an expansion. */
static void test_cka__interval_is_that_of_the_jackknife(void **state)
{
    fc_tensor x = golden_load("x"), y = golden_load("y");
    const size_t n = (size_t)x.shape[0], p = (size_t)x.shape[1], q = (size_t)y.shape[1];
    uint64_t *contents = content_numbers(n);
    const fc_pair_batch pairs = pairs_of(contents, x.data, y.data, n);
    fc_cross_moments m = moments_of(&pairs, p, q);
    fc_pair_sample s = sample_of(&pairs, p, q, n);
    fc_error err = FC_ERROR_INIT;
    fc_cka c;
    double error;

    (void)state;
    assert_status(FC_OK, fc__cka(&c, &m, &s, 0.5, &err), &err);
    error = (c.biased.value - c.biased.range.low) / fc__normal_quantile(0.75);
    assert_near(1, error / golden_value("cka_biased_error_xy"), 0.1);
    fc__pair_sample_dispose(&s);
    fc__cross_moments_dispose(&m);
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&y);
    free(contents);
}

typedef struct drawn {
    double cka, cka_low, cka_high, residual, residual_low, residual_high;
} drawn;

static drawn draw_once(size_t n, uint64_t seed, const double *map)
{
    enum { P = 8 };
    float *z = gaussian_rows(n, P, false, seed), *x = mapped_rows(z, n, P, map, P, 1);
    float *y = noisy_rows(x, n, P, 2, false, seed + 1000000);
    uint64_t *contents = content_numbers(n);
    const fc_pair_batch pairs = pairs_of(contents, x, y, n);
    fc_cross_moments m = moments_of(&pairs, P, P);
    fc_pair_sample s = sample_of(&pairs, P, P, n / 2 + 1);
    fc_procrustes_measure out = FC_PROCRUSTES_MEASURE_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_cka c;
    drawn d;

    assert_status(FC_OK, fc__cka(&c, &m, &s, 0, &err), &err);
    assert_status(FC_OK, fc__procrustes_measure(&out, &m, true, &s, 1, 1, 0, &err), &err);
    d = (drawn){c.unbiased.value,   c.unbiased.range.low,   c.unbiased.range.high,
                out.residual.value, out.residual.range.low, out.residual.range.high};
    fc__procrustes_measure_dispose(&out);
    fc__pair_sample_dispose(&s);
    fc__cross_moments_dispose(&m);
    free(z);
    free(x);
    free(y);
    free(contents);
    return d;
}

/* 95 % intervals from 400 pairs hold the value of 100,000 in 88 % and more of 200 draws: 4
 * deviations of a binomial below .95. */
static void test_similarity__intervals_hold_the_truth(void **state)
{
    double map[64];
    fc_rng rng = fc__rng_seed(1);
    double cka = 0, residual = 0;
    drawn truth;

    (void)state;
    for (size_t i = 0; i < 64; i++)
        map[i] = fc__rng_normal(&rng);
    truth = draw_once(100000, 7, map);
    for (uint64_t seed = 0; seed < 200; seed++) {
        const drawn d = draw_once(400, 100 + seed, map);

        cka += d.cka_low <= truth.cka && truth.cka <= d.cka_high;
        residual += d.residual_low <= truth.residual && truth.residual <= d.residual_high;
    }
    assert_between(176, cka, 199);
    assert_between(176, residual, 199);
}

/* Shuffled rows in the sample: nothing is left to be turned but what a rotation fits by chance. */
static void test_procrustes__null_value_is_that_of_shuffled_rows(void **state)
{
    float *x = gaussian_rows(N, 16, false, 1), *y = noisy_rows(x, N, 16, 0.5, false, 2),
          *other = gaussian_rows(N, 16, false, 3);
    uint64_t *contents = content_numbers(N);
    const fc_pair_batch pairs = pairs_of(contents, x, y, N);
    fc_cross_moments m = moments_of(&pairs, 16, 16);
    fc_pair_sample s = sample_of(&pairs, 16, 16, N);
    fc_procrustes_measure out = FC_PROCRUSTES_MEASURE_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__procrustes_measure(&out, &m, false, &s, 0, 1, 0, &err), &err);
    assert_near(residual_of(x, 16, other, 16, N), out.residual.null_value, 0.03);
    assert_between(1, out.residual.null_value, sqrt(2));
    assert_between(out.residual.range.low, out.residual.value, out.residual.range.high);
    fc__procrustes_measure_dispose(&out);
    fc__pair_sample_dispose(&s);
    fc__cross_moments_dispose(&m);
    free(x);
    free(y);
    free(other);
    free(contents);
}

static void test_similarity__of_too_few_or_constant_rows_is_refused(void **state)
{
    float *x = gaussian_rows(100, 4, false, 1), *same = floats(400);
    fc_pair_batch pairs = pairs_of(NULL, x, x, 49);
    fc_cross_moments m = moments_of(&pairs, 4, 4);
    fc_error err = FC_ERROR_INIT;
    fc_procrustes_measure out = FC_PROCRUSTES_MEASURE_INIT;
    fc_spectrum s = FC_SPECTRUM_INIT;
    fc_cka c;

    (void)state;
    assert_status(FC_E_INVALID, fc__cka(&c, &m, NULL, 0, &err), &err);
    assert_string_equal(err.message, "49 pairs of rows; at least 50 are needed");
    assert_status(FC_E_INVALID, fc__procrustes_measure(&out, &m, true, NULL, 0, 0, 0, &err), &err);
    assert_status(FC_E_INVALID, fc__spectrum(&s, &m, false, NULL, &err), &err);
    fc__cross_moments_dispose(&m);
    for (size_t i = 0; i < 400; i++)
        same[i] = 0.1f * (float)(i % 4);
    pairs = pairs_of(NULL, x, same, 100);
    m = moments_of(&pairs, 4, 4);
    assert_status(FC_E_INVALID, fc__cka(&c, &m, NULL, 0, &err), &err);
    assert_non_null(strstr(err.message, "second side are the same"));
    assert_status(FC_E_INVALID, fc__procrustes_measure(&out, &m, true, NULL, 0, 0, 0, &err), &err);
    assert_status(FC_E_INVALID, fc__spectrum(&s, &m, true, NULL, &err), &err);
    fc__cross_moments_dispose(&m);
    x[5] = NAN;
    m = moments_of(&pairs, 4, 4);
    assert_int_equal(m.n, 99);
    assert_int_equal(m.n_refused, 1);
    assert_true(isfinite(m.xx[1]));
    fc__cross_moments_dispose(&m);
    assert_status(FC_E_LIMIT, fc__cross_moments_init(&m, 4096, 4096, UINT64_C(64) << 20, 1, &err),
                  &err);
    assert_non_null(strstr(err.message, "64 MiB are allowed"));
    assert_status(FC_E_LIMIT, fc__cross_moments_init(&m, SIZE_MAX / 2, 3, 0, 1, &err), &err);
    assert_status(FC_E_INVALID, fc__cross_moments_init(&m, 0, 3, 0, 1, &err), &err);
    free(x);
    free(same);
}

/* A source in memory gives every pair once, again after a rewind. */
static void test_pair_source__in_memory_gives_every_pair(void **state)
{
    float *x = gaussian_rows(100, 4, false, 1), *y = gaussian_rows(100, 3, false, 2);
    uint64_t *contents = content_numbers(100);
    const fc_pair_batch pairs = pairs_of(contents, x, y, 100);
    fc_cross_moments m;
    fc_pair_source source;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__pair_memory_create(&source, &pairs, 4, 3, 33, &err), &err);
    assert_status(FC_OK, fc__cross_moments_init(&m, 4, 3, 0, 1, &err), &err);
    assert_status(FC_OK, fc__cross_moments_read(&m, &source, &err), &err);
    assert_int_equal(m.n, 100);
    assert_status(FC_OK, source.rewind(source.self, &err), &err);
    assert_status(FC_OK, fc__cross_moments_read(&m, &source, &err), &err);
    assert_int_equal(m.n, 200);
    fc__cross_moments_dispose(&m);
    assert_status(FC_OK, fc__cross_moments_init(&m, 4, 4, 0, 1, &err), &err);
    assert_status(FC_E_INVALID, fc__cross_moments_read(&m, &source, &err), &err);
    fc__cross_moments_dispose(&m);
    source.destroy(source.self);
    free(x);
    free(y);
    free(contents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cka__is_that_of_whole_kernels),
        cmocka_unit_test(test_cka__of_planted_noise_is_known),
        cmocka_unit_test(test_cka__interval_is_that_of_the_jackknife),
        cmocka_unit_test(test_similarity__does_not_see_rotation_or_scale),
        cmocka_unit_test(test_similarity__intervals_hold_the_truth),
        cmocka_unit_test(test_similarity__of_too_few_or_constant_rows_is_refused),
        cmocka_unit_test(test_procrustes__is_that_of_scipy),
        cmocka_unit_test(test_procrustes__recovers_a_planted_rotation),
        cmocka_unit_test(test_procrustes__pads_the_shorter_side),
        cmocka_unit_test(test_procrustes__null_value_is_that_of_shuffled_rows),
        cmocka_unit_test(test_spectrum__is_that_of_numpy),
        cmocka_unit_test(test_cross_moments__of_parts_add_up),
        cmocka_unit_test(test_pair_source__in_memory_gives_every_pair),
    };

    return cmocka_run_group_tests_name("similarity", tests, NULL, NULL);
}
