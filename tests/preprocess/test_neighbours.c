/*
 * Nearest neighbours against scipy's cKDTree and against trying all; farthest points against numpy;
 * normals against numpy's eigh.
 */
#include "prep_golden.h"

#include <math.h>

#include "fc_eigen3.h"
#include "fc_farthest.h"
#include "fc_kdtree.h"
#include "fc_normals.h"
#include "fc_rng.h"

static void test_neighbours__are_those_of_scipy(void **state)
{
    float *p = prep_golden("points.f32", GOLDEN_POINTS * 12);
    uint32_t *want = prep_golden("knn12.u32", GOLDEN_POINTS * GOLDEN_NEAR * 4);
    fc_error err = FC_ERROR_INIT;
    fc_kdtree *t = NULL;

    (void)state;
    assert_status(FC_OK, fc__kdtree_create(&t, p, GOLDEN_POINTS, &err), &err);
    for (size_t i = 0; i < GOLDEN_POINTS; i++) {
        uint32_t index[GOLDEN_NEAR];
        double square[GOLDEN_NEAR];

        assert_int_equal(fc__kdtree_nearest(t, p + 3 * i, GOLDEN_NEAR, index, square), GOLDEN_NEAR);
        assert_memory_equal(index, want + i * GOLDEN_NEAR, sizeof(index));
        assert_true(square[0] == 0);
    }
    fc__kdtree_destroy(t);
    free(want);
    free(p);
}

/* Rank by rank the same as a sort of all distances, equals by number, whatever lies on what. */
static void check_against_all(const float *p, size_t n, const float q[3], size_t k)
{
    fc_error err = FC_ERROR_INIT;
    uint32_t index[40];
    double square[40], last = -1;
    fc_kdtree *t = NULL;
    size_t found;

    assert_true(k <= 40);
    assert_status(FC_OK, fc__kdtree_create(&t, p, n, &err), &err);
    found = fc__kdtree_nearest(t, q, k, index, square);
    assert_int_equal(found, k < n ? k : n);
    for (size_t j = 0; j < found; j++) {
        size_t n_before = 0;

        assert_true(square[j] >= last);
        last = square[j];
        for (size_t i = 0; i < n; i++) {
            double d = 0;

            for (size_t a = 0; a < 3; a++) {
                const double x = (double)p[3 * i + a] - (double)q[a];

                d += x * x;
            }
            n_before += d < square[j] || (d == square[j] && i < index[j]);
        }
        assert_int_equal(n_before, j);
    }
    fc__kdtree_destroy(t);
}

static void test_neighbours__are_exact_on_grids_lines_and_heaps(void **state)
{
    fc_rng r = fc__rng_seed(3);
    float p[3 * 300];

    (void)state;
    for (int kind = 0; kind < 5; kind++)
        for (int round = 0; round < 40; round++) {
            const size_t n = 1 + (size_t)fc__rng_below(&r, 300);
            const size_t k = 1 + (size_t)fc__rng_below(&r, 40);
            float q[3];

            for (size_t i = 0; i < 3 * n; i++)
                p[i] = kind == 0   ? (float)fc__rng_normal(&r)
                       : kind == 1 ? (float)fc__rng_below(&r, 4)       /* many equal distances */
                       : kind == 2 ? (i % 3 == 0 ? (float)(i / 3) : 0) /* a line */
                       : kind == 3 ? 1.5f                              /* one place */
                                   : (float)fc__rng_unit(&r) * (i % 3 == 2 ? 0 : 1);
            for (size_t a = 0; a < 3; a++)
                q[a] = round % 2 == 0 ? p[a] : (float)fc__rng_normal(&r);
            check_against_all(p, n, q, k);
        }
}

static void test_farthest__order_is_that_of_numpy(void **state)
{
    float *p = prep_golden("points.f32", GOLDEN_POINTS * 12);
    uint32_t *want = prep_golden("fps64.u32", GOLDEN_ORDER * 4);
    uint32_t order[GOLDEN_ORDER];
    double scratch[GOLDEN_POINTS];

    (void)state;
    fc__farthest_points(p, GOLDEN_POINTS, 0, GOLDEN_ORDER, order, scratch);
    assert_memory_equal(order, want, sizeof(order));
    free(want);
    free(p);
}

/* Numbering the points otherwise starts at the same place. */
static void test_farthest__start_does_not_depend_on_the_order(void **state)
{
    float *p = prep_golden("points.f32", GOLDEN_POINTS * 12);
    float back[3 * GOLDEN_POINTS];
    size_t a, b;

    (void)state;
    for (size_t i = 0; i < GOLDEN_POINTS; i++)
        memcpy(back + 3 * i, p + 3 * (GOLDEN_POINTS - 1 - i), 3 * sizeof(float));
    a = fc__farthest_from_mean(p, GOLDEN_POINTS);
    b = fc__farthest_from_mean(back, GOLDEN_POINTS);
    assert_int_equal(a, GOLDEN_POINTS - 1 - b);
    free(p);
}

static void test_normals__are_those_of_numpy(void **state)
{
    float *p = prep_golden("points.f32", GOLDEN_POINTS * 12), *got;
    double *want = prep_golden("normals12.f64", GOLDEN_POINTS * 24);
    double *values = prep_golden("eigenvalues12.f64", GOLDEN_POINTS * 24);
    fc_error err = FC_ERROR_INIT;
    fc_kdtree *t = NULL;

    (void)state;
    got = malloc(GOLDEN_POINTS * 12);
    assert_non_null(got);
    assert_status(FC_OK, fc__kdtree_create(&t, p, GOLDEN_POINTS, &err), &err);
    assert_status(FC_OK, fc__normals_estimate(t, p, GOLDEN_POINTS, GOLDEN_NEAR, got, &err), &err);
    for (size_t i = 0; i < GOLDEN_POINTS; i++) {
        uint32_t index[GOLDEN_NEAR];
        double square[GOLDEN_NEAR];
        fc_neighbourhood h;

        for (size_t a = 0; a < 3; a++)
            assert_float_equal(got[3 * i + a], want[3 * i + a], 1e-6);
        fc__kdtree_nearest(t, p + 3 * i, GOLDEN_NEAR, index, square);
        fc__neighbourhood(p, index, GOLDEN_NEAR, &h);
        for (size_t a = 0; a < 3; a++)
            assert_true(fabs(h.values[a] - values[3 * i + a]) <= 1e-13 * values[3 * i]);
    }
    fc__kdtree_destroy(t);
    free(got);
    free(values);
    free(want);
    free(p);
}

/* m v = value v, vectors at right angles and of unit length, over matrices of all ranks. */
static void test_eigen3__solves_any_symmetric_matrix(void **state)
{
    fc_rng r = fc__rng_seed(9);

    (void)state;
    for (int round = 0; round < 2000; round++) {
        double m[6] = {0}, values[3], v[3][3], scale = pow(10, (double)fc__rng_below(&r, 40) - 20);
        const int rank = round % 4;

        for (int k = 0; k < rank; k++) {
            double x[3];

            for (int a = 0; a < 3; a++)
                x[a] = round % 7 == 0 ? (double)fc__rng_below(&r, 3) : fc__rng_normal(&r);
            m[0] += scale * x[0] * x[0];
            m[1] += scale * x[0] * x[1];
            m[2] += scale * x[0] * x[2];
            m[3] += scale * x[1] * x[1];
            m[4] += scale * x[1] * x[2];
            m[5] += scale * x[2] * x[2];
        }
        fc__eigen3(m, values, v);
        assert_true(values[0] >= values[1] && values[1] >= values[2] && values[2] >= 0);
        for (int k = 0; k < 3; k++) {
            const double mv[3] = {m[0] * v[k][0] + m[1] * v[k][1] + m[2] * v[k][2],
                                  m[1] * v[k][0] + m[3] * v[k][1] + m[4] * v[k][2],
                                  m[2] * v[k][0] + m[4] * v[k][1] + m[5] * v[k][2]};

            for (int a = 0; a < 3; a++)
                assert_true(fabs(mv[a] - values[k] * v[k][a]) <= 1e-13 * (values[0] + 1e-300));
            for (int j = 0; j <= k; j++) {
                const double d = v[k][0] * v[j][0] + v[k][1] * v[j][1] + v[k][2] * v[j][2];

                assert_true(fabs(d - (j == k)) < 1e-13);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours__are_those_of_scipy),
        cmocka_unit_test(test_neighbours__are_exact_on_grids_lines_and_heaps),
        cmocka_unit_test(test_farthest__order_is_that_of_numpy),
        cmocka_unit_test(test_farthest__start_does_not_depend_on_the_order),
        cmocka_unit_test(test_normals__are_those_of_numpy),
        cmocka_unit_test(test_eigen3__solves_any_symmetric_matrix),
    };

    return cmocka_run_group_tests_name("neighbours", tests, NULL, NULL);
}
