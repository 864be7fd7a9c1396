/*
 * Singular values and vectors against what defines them: orthonormal factors, descending values,
 * the matrix put together again.
 */
#include "fc_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_lapack.h"
#include "fc_rng.h"

enum { MOST = 24 };

/* The largest deviation of (rows of a)(rows of a)' from the identity. */
static double off_identity(const double *a, size_t n, size_t stride_row, size_t stride, size_t len)
{
    double worst = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double dot = i == j ? -1.0 : 0.0;

            for (size_t k = 0; k < len; k++)
                dot += a[i * stride_row + k * stride] * a[j * stride_row + k * stride];
            worst = fmax(worst, fabs(dot));
        }
    return worst;
}

static void check_shape(size_t m, size_t n)
{
    const size_t r = m < n ? m : n;
    double a[MOST * MOST], copy[MOST * MOST], u[MOST * MOST], vt[MOST * MOST], s[MOST], alone[MOST];
    fc_rng rng = fc__rng_seed(m * 100 + n);
    fc_error err = FC_ERROR_INIT;

    for (size_t i = 0; i < m * n; i++)
        copy[i] = a[i] = fc__rng_normal(&rng);
    assert_int_equal(fc__svd_f64(a, m, n, s, u, vt, &err), FC_OK);
    assert_true(off_identity(vt, r, n, 1, n) < 1e-12);
    assert_true(off_identity(u, r, 1, r, m) < 1e-12);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = -copy[i * n + j];

            for (size_t k = 0; k < r; k++)
                sum += u[i * r + k] * s[k] * vt[k * n + j];
            assert_true(fabs(sum) < 1e-12);
        }
    for (size_t k = 1; k < r; k++)
        assert_true(s[k - 1] >= s[k] && s[k] >= 0);
    memcpy(a, copy, m * n * sizeof(*a));
    assert_int_equal(fc__svd_f64(a, m, n, alone, NULL, NULL, &err), FC_OK);
    for (size_t k = 0; k < r; k++)
        assert_true(fabs(alone[k] - s[k]) < 1e-12);
}

static void test_svd(void **state)
{
    (void)state;
    check_shape(1, 1);
    check_shape(5, 5);
    check_shape(24, 7);
    check_shape(7, 24);
}

static void test_svd_refuses(void **state)
{
    double a[4] = {1, NAN, 0, 1}, s[2];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_int_equal(fc__svd_f64(a, 2, 2, s, NULL, NULL, &err), FC_E_FORMAT);
    assert_int_equal(fc__svd_f64(a, 1, 40000, s, NULL, NULL, &err), FC_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svd),
        cmocka_unit_test(test_svd_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
