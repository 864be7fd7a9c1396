/*
 * The fixed functions beside those of libm.
 */
#include "fc_test.h"

#include <float.h>
#include <math.h>

#include "fc_fixed.h"
#include "fc_rng.h"

static void test_fixed__agree_with_libm(void **state)
{
    static const double special[] = {1,     0.5,     2,       0.125,         8,     27, 1e-300,
                                     1e300, DBL_MIN, DBL_MAX, 0.70710678118, 5e-324};
    fc_rng r = fc__rng_seed(2);

    (void)state;
    for (size_t i = 0; i < 200000; i++) {
        const size_t n_special = sizeof(special) / sizeof(special[0]);
        const double x = i < n_special
                             ? special[i]
                             : ldexp(0.5 + fc__rng_unit(&r) / 2, (int)fc__rng_below(&r, 200) - 100);

        assert_true(fabs(fc__fixed_log(x) - log(x)) <= 4e-16 * fabs(log(x)) + 1e-16);
        assert_true(fabs(fc__fixed_cbrt(x) - cbrt(x)) <= 1e-15 * cbrt(x));
    }
    assert_true(fc__fixed_cbrt(0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed__agree_with_libm),
    };

    return cmocka_run_group_tests_name("fixed", tests, NULL, NULL);
}
