/*
 * Wilson's interval against published values, and the vote of neighbours.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_eval.h"

/* Newcombe 1998 (Statistics in Medicine 17, 857), table I, method 3: four decimals are printed. */
static void test_eval__wilson_gives_the_published_intervals(void **state)
{
    const struct {
        uint64_t successes, trials;
        double low, high;
    } cases[] = {{81, 263, .2553, .3662},
                 {15, 148, .0624, .1605},
                 {0, 20, .0000, .1611},
                 {1, 29, .0061, .1718}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const fc_interval got = fc__wilson(cases[i].successes, cases[i].trials);

        assert_true(fabs(got.low - cases[i].low) < 0.00005001);
        assert_true(fabs(got.high - cases[i].high) < 0.00005001);
    }
}

/* By definition the ends are where (p - phat)^2 = z^2 p (1 - p) / n. */
static void test_eval__wilson_ends_solve_its_equation(void **state)
{
    const double z2 = 1.959963984540054 * 1.959963984540054;

    (void)state;
    for (uint64_t n = 1; n < 3000; n = n * 3 + 1)
        for (uint64_t x = 0; x <= n; x += 1 + n / 7) {
            const fc_interval w = fc__wilson(x, n);
            const double phat = (double)x / (double)n, ends[] = {w.low, w.high};

            assert_true(w.low <= phat && phat <= w.high);
            for (size_t e = 0; e < 2; e++)
                assert_true(fabs((ends[e] - phat) * (ends[e] - phat) -
                                 z2 * ends[e] * (1.0 - ends[e]) / (double)n) < 1e-12);
        }
}

static void test_eval__wilson_closes_at_the_ends(void **state)
{
    (void)state;
    assert_true(fc__wilson(0, 0).low == 0.0 && fc__wilson(0, 0).high == 1.0);
    assert_true(fc__wilson(0, 10000).low == 0.0);
    assert_true(fc__wilson(10000, 10000).high == 1.0);
    /* 0 of n: the upper end is z^2 / (n + z^2). */
    assert_true(fabs(fc__wilson(0, 10).high - 3.841458820694124 / 13.841458820694124) < 1e-12);
}

static void test_eval__vote_takes_the_majority_then_the_nearest(void **state)
{
    const float scores[] = {.9f, .8f, .7f, .6f, .5f};
    const uint32_t majority[] = {4, 7, 7, 2, 7}, tie[] = {3, 9, 9, 3, 1}, none[] = {5, 6, 7, 8, 9};

    (void)state;
    assert_int_equal(fc__knn_vote(majority, scores, 5), 7);
    assert_int_equal(fc__knn_vote(majority, scores, 1), 4);
    assert_int_equal(fc__knn_vote(majority, scores, 2), 4);
    assert_int_equal(fc__knn_vote(tie, scores, 5), 3);
    assert_int_equal(fc__knn_vote(tie, scores, 3), 9);
    assert_int_equal(fc__knn_vote(none, scores, 5), 5);
    assert_int_equal(fc__knn_vote(none, scores, 0), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eval__wilson_gives_the_published_intervals),
        cmocka_unit_test(test_eval__wilson_ends_solve_its_equation),
        cmocka_unit_test(test_eval__wilson_closes_at_the_ends),
        cmocka_unit_test(test_eval__vote_takes_the_majority_then_the_nearest),
    };

    return cmocka_run_group_tests_name("eval", tests, NULL, NULL);
}
