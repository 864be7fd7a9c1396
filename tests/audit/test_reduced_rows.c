/*
 * Unit tests of src/audit/fc_reduced_rows.c: components of rows whose directions are known,
 * distances that stay where nothing is left out, and refusals.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_reduced_rows.h"
#include "fc_rng.h"

#define N   700
#define DIM 24

/* Widths fall by half from direction to direction; directions are the axes, turned in pairs. */
static void fill(float *rows)
{
    fc_rng rng = fc__rng_seed(5);

    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < DIM; k += 2) {
            const double a = fc__rng_normal(&rng) * ldexp(1, -(int)k);
            const double b = fc__rng_normal(&rng) * ldexp(1, -(int)k - 1);

            rows[i * DIM + k] = (float)(0.6 * a - 0.8 * b + 3);
            rows[i * DIM + k + 1] = (float)(0.8 * a + 0.6 * b - 1);
        }
}

static void test_basis__finds_planted_directions(void **state)
{
    static float rows[N * DIM];
    fc_components_basis b;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fill(rows);
    assert_status(FC_OK, fc__basis_fit(&b, rows, N, DIM, &err), &err);
    assert_true(fabs(b.mean[0] - 3) < 0.15 && fabs(b.mean[1] + 1) < 0.15);
    for (size_t i = 0; i < 4; i += 2) { /* sampling error of N rows: a few parts in sqrt(N) */
        const double along = fabs(0.6 * b.basis[i * DIM + i] + 0.8 * b.basis[i * DIM + i + 1]);

        assert_true(along > 0.99);
        assert_true(fabs(b.widths[i] / ldexp(1, -2 * (int)i) - 1) < 0.2);
    }
    for (size_t i = 1; i < DIM; i++)
        assert_true(b.widths[i] <= b.widths[i - 1]);
    fc__basis_dispose(&b);
}

/* stored . asked = (|asked|^2 - |asked - stored|^2) / 2 along the components. */
static void test_basis__products_are_distances(void **state)
{
    static float rows[N * DIM], stored[N * (DIM + 1)], asked[N * (DIM + 1)];
    fc_components_basis b;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fill(rows);
    assert_status(FC_OK, fc__basis_fit(&b, rows, N, DIM, &err), &err);
    assert_status(FC_OK, fc__basis_reduce(&b, rows, N, DIM, stored, asked, &err), &err);
    for (size_t i = 0; i < N - 1; i++) {
        double product = 0, apart = 0, length = 0;

        for (size_t k = 0; k <= DIM; k++)
            product += (double)asked[i * (DIM + 1) + k] * stored[(i + 1) * (DIM + 1) + k];
        for (size_t k = 0; k < DIM; k++) {
            apart += pow((double)rows[i * DIM + k] - rows[(i + 1) * DIM + k], 2);
            length += pow(rows[i * DIM + k] - b.mean[k], 2);
        }
        assert_true(fabs(product - (length - apart) / 2) < 1e-4 * (1 + length));
    }
    fc__basis_dispose(&b);
}

static void test_basis__refuses_what_has_none(void **state)
{
    float rows[4] = {1, 2, 3, NAN};
    fc_components_basis b;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_INVALID, fc__basis_fit(&b, rows, 1, 2, &err), &err);
    assert_status(FC_E_FORMAT, fc__basis_fit(&b, rows, 2, 2, &err), &err);
    assert_status(FC_E_LIMIT, fc__basis_fit(&b, rows, 2, FC_REDUCED_DIM_MAX + 1, &err), &err);
    assert_null(b.basis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_basis__finds_planted_directions),
        cmocka_unit_test(test_basis__products_are_distances),
        cmocka_unit_test(test_basis__refuses_what_has_none),
    };

    return cmocka_run_group_tests_name("reduced_rows", tests, NULL, NULL);
}
