/*
 * Expectations over tied items against SciPy, and what chance gives.
 */
#include "retrieval_golden.h"

#include <inttypes.h>
#include <math.h>

#include "fc_first_rank.h"

static void test_first_rank__agrees_with_the_hypergeometric_distribution(void **state)
{
    size_t n, n_lines = 0;
    char *text = retrieval_golden("ties.txt", &n), *at = text, *line;

    (void)state;
    while ((line = retrieval_line(&at)) != NULL) {
        fc_first_rank r;
        uint64_t k;
        double within, reciprocal, expected;

        assert_int_equal(sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %lf %lf %lf",
                                &r.above, &r.tied, &r.relevant, &k, &within, &reciprocal,
                                &expected),
                         7);
        /* Sums of some thousand terms of either side. */
        if (fabs(fc__first_rank_within(&r, k) - within) > 1e-10 ||
            fabs(fc__first_rank_reciprocal(&r) - reciprocal) > 1e-10 ||
            fabs(fc__first_rank_expected(&r) - expected) > 1e-8 * expected)
            fail_msg("%s: got %.12g %.12g %.12g", line, fc__first_rank_within(&r, k),
                     fc__first_rank_reciprocal(&r), fc__first_rank_expected(&r));
        n_lines++;
    }
    assert_int_equal(n_lines, 36);
    free(text);
}

/* One of n: the share k / n, the harmonic number over n, the middle. */
static void test_first_rank__chance_of_one_in_n(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 300; n = 2 * n + 1) {
        const fc_first_rank chance = fc__first_rank_of_chance(n, 1);
        double harmonic = 0.0;

        for (uint64_t i = 1; i <= n; i++)
            harmonic += 1.0 / (double)i;
        for (uint64_t k = 1; k <= n; k++)
            assert_true(fabs(fc__first_rank_within(&chance, k) - (double)k / (double)n) < 1e-12);
        assert_true(fc__first_rank_within(&chance, n + 1) == 1.0);
        assert_true(fabs(fc__first_rank_reciprocal(&chance) - harmonic / (double)n) < 1e-12);
        assert_true(fabs(fc__first_rank_expected(&chance) - (double)(n + 1) / 2.0) < 1e-9);
    }
}

static void test_first_rank__without_ties_is_a_rank(void **state)
{
    const fc_first_rank third = {.above = 2, .tied = 0, .relevant = 1};

    (void)state;
    assert_true(fc__first_rank_within(&third, 2) == 0.0);
    assert_true(fc__first_rank_within(&third, 3) == 1.0);
    assert_true(fabs(fc__first_rank_reciprocal(&third) - 1.0 / 3.0) < 1e-15);
    assert_true(fc__first_rank_expected(&third) == 3.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_rank__agrees_with_the_hypergeometric_distribution),
        cmocka_unit_test(test_first_rank__chance_of_one_in_n),
        cmocka_unit_test(test_first_rank__without_ties_is_a_rank),
    };

    return cmocka_run_group_tests_name("first_rank", tests, NULL, NULL);
}
