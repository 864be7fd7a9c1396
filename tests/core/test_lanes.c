/*
 * Eight signals at once: the transform against its definition and against kissfft, bands and
 * logarithms against plain sums and the C library, and the same bits on every instruction set.
 */
#include "fc_test.h"

#include <float.h>
#include <kissfft/kiss_fftr.h>
#include <math.h>

#include "fc_lanes.h"
#include "fc_rng.h"

#define PI 3.14159265358979323846

static float *random_lanes(size_t n, uint64_t seed)
{
    float *x = malloc(n * FC_LANES * sizeof(*x));
    fc_rng rng = fc__rng_seed(seed);

    assert_non_null(x);
    for (size_t i = 0; i < n * FC_LANES; i++)
        x[i] = (float)fc__rng_normal(&rng);
    return x;
}

static float *transformed(const fc__lanes_ops *ops, uint32_t n, const float *x)
{
    fc_error err = FC_ERROR_INIT;
    fc_fft_plan *p = NULL;
    float *in, *scratch, *out;

    assert_status(FC_OK, fc__fft_plan_create(&p, n, &err), &err);
    in = malloc(fc__fft_room(p) * sizeof(float));
    scratch = malloc(fc__fft_room(p) * sizeof(float));
    assert_true(in != NULL && scratch != NULL);
    memcpy(in, x, n * FC_LANES * sizeof(float));
    out = ops->fft(p, in, scratch);
    free(out == in ? scratch : in);
    fc__fft_plan_destroy(p);
    return out;
}

/* Every radix there is, alone and together, a prime and a power of two. */
static const uint32_t lengths[] = {2, 4, 6, 8, 10, 12, 14, 22, 34, 60, 256, 400, 480, 882};

#define N_LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static void test_lanes__transform_is_the_sum_that_defines_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LENGTHS; i++) {
        const uint32_t n = lengths[i];
        float *x = random_lanes(n, i), *y = transformed(fc__lanes_ops_plain(), n, x);

        for (size_t lane = 0; lane < FC_LANES; lane++)
            for (uint32_t k = 0; k <= n / 2; k++) {
                double re = 0, im = 0;

                for (uint32_t t = 0; t < n; t++) {
                    const double a = 2 * PI * (double)((uint64_t)t * k % n) / n;

                    re += (double)x[t * FC_LANES + lane] * cos(a);
                    im -= (double)x[t * FC_LANES + lane] * sin(a);
                }
                /* A millionth of the length of a random signal. */
                assert_true(fabs(re - (double)y[2 * k * FC_LANES + lane]) < 2e-6 * sqrt(n));
                assert_true(fabs(im - (double)y[(2 * k + 1) * FC_LANES + lane]) < 2e-6 * sqrt(n));
            }
        free(y);
        free(x);
    }
}

static void test_lanes__transform_agrees_with_kissfft(void **state)
{
    static const int sizes[] = {400, 512, 2048, 16384};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const size_t n = (size_t)sizes[i];
        float *x = random_lanes(n, i), *y = transformed(fc__lanes_ops_plain(), (uint32_t)n, x);
        kiss_fftr_cfg plan = kiss_fftr_alloc(sizes[i], 0, NULL, NULL);
        float *in = malloc(n * sizeof(*in));
        kiss_fft_cpx *out = malloc((n / 2 + 1) * sizeof(*out));

        assert_true(plan != NULL && in != NULL && out != NULL);
        for (size_t t = 0; t < n; t++)
            in[t] = x[t * FC_LANES + 3];
        kiss_fftr(plan, in, out);
        for (size_t k = 0; k <= n / 2; k++) {
            assert_true(fabsf(out[k].r - y[2 * k * FC_LANES + 3]) < 4e-6f * sqrtf((float)n));
            assert_true(fabsf(out[k].i - y[(2 * k + 1) * FC_LANES + 3]) < 4e-6f * sqrtf((float)n));
        }
        free(out);
        free(in);
        kiss_fftr_free(plan);
        free(y);
        free(x);
    }
}

static void test_lanes__are_the_same_bits_with_avx2(void **state)
{
    const fc__lanes_ops *plain = fc__lanes_ops_plain(), *wide = fc__lanes_ops_avx2();
    float weights[300], a[40 * FC_LANES], b[40 * FC_LANES], u[1003], v[1003];
    static float one[400 * FC_LANES], two[400 * FC_LANES], y[400 * FC_LANES];
    const float *rows[FC_LANES];
    float *back[FC_LANES], *x;
    fc_band bands[40];

    (void)state;
    if (wide == NULL)
        fc_test_skip("no AVX2 here");
    for (size_t i = 0; i < N_LENGTHS; i++) {
        const size_t n_bins = lengths[i] / 2 + 1;
        float *in = random_lanes(lengths[i], i), *a1 = transformed(plain, lengths[i], in);
        float *a2 = transformed(wide, lengths[i], in);

        assert_memory_equal(a1, a2, n_bins * 2 * FC_LANES * sizeof(*a1));
        plain->power(a1, n_bins, a1);
        wide->power(a2, n_bins, a2);
        assert_memory_equal(a1, a2, n_bins * FC_LANES * sizeof(*a1));
        plain->sqrt(a1, n_bins * FC_LANES, a1);
        wide->sqrt(a2, n_bins * FC_LANES, a2);
        assert_memory_equal(a1, a2, n_bins * FC_LANES * sizeof(*a1));
        free(a2);
        free(a1);
        free(in);
    }
    x = random_lanes(402, 9);
    for (size_t i = 0; i < 300; i++)
        weights[i] = x[i + 500] * 0.3f;
    for (uint32_t i = 0; i < 40; i++)
        bands[i] = (fc_band){i * 3, i * 5 % 37, weights + i};
    plain->bands(x, bands, 40, a);
    wide->bands(x, bands, 40, b);
    assert_memory_equal(a, b, sizeof(a));
    for (size_t i = 0; i < FC_LANES; i++) {
        rows[i] = x + 400 * i + i;
        back[i] = y + 400 * i;
    }
    plain->join(rows, x + 77, 391, one);
    wide->join(rows, x + 77, 391, two);
    assert_memory_equal(one, two, 391 * FC_LANES * sizeof(*one));
    for (size_t t = 0; t < 391; t++)
        for (size_t i = 0; i < FC_LANES; i++)
            assert_true(one[t * FC_LANES + i] == rows[i][t] * x[77 + t]);
    plain->split(one, 391, back);
    for (size_t t = 0; t < 391; t++)
        for (size_t i = 0; i < FC_LANES; i++)
            assert_true(back[i][t] == one[t * FC_LANES + i]);
    wide->split(two, 391, back);
    for (size_t t = 0; t < 391; t++)
        for (size_t i = 0; i < FC_LANES; i++)
            assert_true(back[i][t] == one[t * FC_LANES + i]);
    plain->ln_floor(x, 1003, 1e-3f, u);
    wide->ln_floor(x, 1003, 1e-3f, v);
    assert_memory_equal(u, v, sizeof(u));
    free(x);
}

static void test_lanes__bands_are_weighted_sums(void **state)
{
    float *x = random_lanes(20, 3), out[3 * FC_LANES];
    const float w[] = {0.5f, 1, 0.25f};
    const fc_band bands[] = {{0, 3, w}, {17, 3, w}, {5, 0, w}};

    (void)state;
    fc__lanes_bands(x, bands, 3, out);
    for (size_t lane = 0; lane < FC_LANES; lane++) {
        const float *low = x + lane, *high = x + 17 * FC_LANES + lane;

        assert_true(fabsf(out[lane] - (0.5f * low[0] + low[8] + 0.25f * low[16])) < 1e-6f);
        assert_true(fabsf(out[8 + lane] - (0.5f * high[0] + high[8] + 0.25f * high[16])) < 1e-6f);
        assert_true(out[16 + lane] == 0);
    }
    free(x);
}

/* From the smallest normal number to the largest, and what the floor is for. */
static void test_lanes__logarithm_is_that_of_the_c_library(void **state)
{
    const float odd[] = {0, -1, -INFINITY, NAN, 1e-45f, 1, FLT_MIN, FLT_MAX, 0.99999994f};
    float out[9], x[1000], y[1000];
    fc_rng rng = fc__rng_seed(4);

    (void)state;
    fc__ln_floor(odd, 9, FLT_MIN, out);
    for (size_t i = 0; i < 5; i++)
        assert_true(out[i] == out[6]); /* the floor's */
    assert_true(out[5] == 0);
    for (size_t i = 5; i < 9; i++)
        assert_true(fabs((double)out[i] - log((double)odd[i])) <
                    1e-7 * fmax(1, fabs((double)out[i])));
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < 1000; i++)
            x[i] = (float)exp((fc__rng_unit(&rng) - 0.5) * (round % 2 == 0 ? 174 : 2));
        fc__ln_floor(x, 1000, FLT_MIN, y);
        for (size_t i = 0; i < 1000; i++) {
            const double want = log(fmax((double)x[i], (double)FLT_MIN));

            assert_true(fabs((double)y[i] - want) < 1e-7 + 2.4e-7 * fabs(want));
        }
    }
}

static void test_lanes__refuse_lengths_that_do_not_go(void **state)
{
    static const uint32_t bad[] = {0, 1, 3, 401, FC_FFT_MAX + 2, UINT32_MAX};
    fc_error err = FC_ERROR_INIT;
    fc_fft_plan *p = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(FC_E_INVALID, fc__fft_plan_create(&p, bad[i], &err), &err);
        assert_null(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes__transform_is_the_sum_that_defines_it),
        cmocka_unit_test(test_lanes__transform_agrees_with_kissfft),
        cmocka_unit_test(test_lanes__are_the_same_bits_with_avx2),
        cmocka_unit_test(test_lanes__bands_are_weighted_sums),
        cmocka_unit_test(test_lanes__logarithm_is_that_of_the_c_library),
        cmocka_unit_test(test_lanes__refuse_lengths_that_do_not_go),
    };

    return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
