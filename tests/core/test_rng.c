/*
 * Random numbers: the published sequences, no bias, and the same numbers for ever.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_rng.h"

/* xoshiro256** from the state 1, 2, 3, 4, as its authors' C code gives it. */
static void test_rng__stream_is_xoshiro256ss(void **state)
{
    static const uint64_t want[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    fc_rng r = {{1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        assert_true(fc__rng_u64(&r) == want[i]);
}

/* splitmix64 from 1234567. */
static void test_rng__seed_is_splitmix64(void **state)
{
    const fc_rng r = fc__rng_seed(1234567);

    (void)state;
    assert_true(r.s[0] == UINT64_C(6457827717110365317));
    assert_true(r.s[1] == UINT64_C(3203168211198807973));
    assert_true(r.s[2] == UINT64_C(9817491932198370423));
    assert_true(r.s[3] == UINT64_C(4593380528125082431));
}

static void test_rng__below_is_in_range_and_even(void **state)
{
    static const uint64_t ns[] = {1, 2, 3, 7, 10, 1000, UINT64_C(3) << 62, UINT64_MAX};
    fc_rng r = fc__rng_seed(1);
    size_t counts[7] = {0}, low = 0;
    double chi2 = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++)
        for (int k = 0; k < 1000; k++)
            assert_true(fc__rng_below(&r, ns[i]) < ns[i]);
    for (int k = 0; k < 70000; k++)
        counts[fc__rng_below(&r, 7)]++;
    for (size_t i = 0; i < 7; i++)
        chi2 += pow((double)counts[i] - 10000, 2) / 10000;
    assert_true(chi2 < 22.5); /* 6 degrees of freedom: .001 */
    /* A plain remainder would give the lower third of 3 * 2^62 half of the draws, not a third. */
    for (int k = 0; k < 30000; k++)
        low += fc__rng_below(&r, UINT64_C(3) << 62) < UINT64_C(1) << 62;
    assert_true(low > 9600 && low < 10400); /* five standard deviations of 82 */
}

static void test_rng__unit_is_in_range(void **state)
{
    fc_rng r = fc__rng_seed(2);
    double sum = 0;

    (void)state;
    for (int k = 0; k < 100000; k++) {
        const double u = fc__rng_unit(&r);

        assert_true(u >= 0 && u < 1);
        sum += u;
    }
    assert_true(fabs(sum / 100000 - 0.5) < 0.0046); /* five standard errors */
}

static void test_rng__normal_has_the_moments_and_tails(void **state)
{
    enum { N = 200000 };
    fc_rng r = fc__rng_seed(3);
    double sums[4] = {0};
    int beyond = 0;

    (void)state;
    for (int k = 0; k < N; k++) {
        const double x = fc__rng_normal(&r);

        for (int p = 0; p < 4; p++)
            sums[p] += pow(x, p + 1);
        beyond += fabs(x) > 3;
    }
    /* Five standard errors of each: sqrt(1, 2, 15, 96) / sqrt(N). */
    assert_true(fabs(sums[0] / N) < 5 * 1.0 / sqrt(N));
    assert_true(fabs(sums[1] / N - 1) < 5 * sqrt(2.0 / N));
    assert_true(fabs(sums[2] / N) < 5 * sqrt(15.0 / N));
    assert_true(fabs(sums[3] / N - 3) < 5 * sqrt(96.0 / N));
    assert_true(abs(beyond - 540) < 5 * 24); /* 2 (1 - Phi(3)) = .0027 */
}

/* The logarithm inside is our own; it must still be the logarithm. */
static void test_rng__normal_is_the_polar_method(void **state)
{
    fc_rng a = fc__rng_seed(4), b = a;

    (void)state;
    for (int k = 0; k < 10000; k++) {
        double u, v, q, want;

        do {
            u = 2 * fc__rng_unit(&b) - 1;
            v = 2 * fc__rng_unit(&b) - 1;
            q = u * u + v * v;
        } while (q >= 1 || q == 0);
        want = u * sqrt(-2 * log(q) / q);
        assert_true(fabs(fc__rng_normal(&a) - want) <= 1e-14 * fabs(want));
    }
}

/* Pinned bits: heads and tests of other folders were made from them. */
static void test_rng__normal_never_changes(void **state)
{
    static const double want[] = {
        -0x1.90c622bddd746p+0, 0x1.fa35e372befd2p-2,  0x1.682904b8a78e1p-4,
        0x1.1ec1695e252e7p-6,  -0x1.8538d5780a309p+0, -0x1.938482af604a8p-1,
    };
    fc_rng r = fc__rng_seed(5);

    (void)state;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        assert_true(fc__rng_normal(&r) == want[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rng__stream_is_xoshiro256ss),
        cmocka_unit_test(test_rng__seed_is_splitmix64),
        cmocka_unit_test(test_rng__below_is_in_range_and_even),
        cmocka_unit_test(test_rng__unit_is_in_range),
        cmocka_unit_test(test_rng__normal_has_the_moments_and_tails),
        cmocka_unit_test(test_rng__normal_is_the_polar_method),
        cmocka_unit_test(test_rng__normal_never_changes),
    };

    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
