/*
 * Orthogonal Procrustes against SciPy, padded where widths differ, and planted turns.
 */
#include "head_goldens.h"

#include <stdlib.h>
#include <string.h>

#include "fc_procrustes.h"
#include "fc_rng.h"

enum { P = 9, N = 60, WIDEST = 13, DIM = 40, ROWS = 200 };

static void take_mean(double *x, size_t n, size_t dim)
{
    for (size_t k = 0; k < dim; k++) {
        double mean = 0;

        for (size_t i = 0; i < n; i++)
            mean += x[i * dim + k] / (double)n;
        for (size_t i = 0; i < n; i++)
            x[i * dim + k] -= mean;
    }
}

static double squares(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

/* The turn of x (n x p) to y (n x q), and its residual. */
static double turn(const double *x, const double *y, size_t n, size_t p, size_t q, double *w)
{
    double *cross = calloc(p * q, sizeof(*cross)), trace;
    fc_error err = FC_ERROR_INIT;

    assert_non_null(cross);
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < q; b++)
                cross[a * q + b] += x[i * p + a] * y[i * q + b];
    assert_status(FC_OK, fc__procrustes(cross, p, q, w, &trace, &err), &err);
    free(cross);
    return fc__procrustes_residual(squares(x, n * p), squares(y, n * q), trace);
}

static void load(const char *name, double *out)
{
    fc_tensor t = golden_load_of("adapt", name);

    for (size_t i = 0; i < fc_tensor_count(&t); i++)
        out[i] = (double)((const float *)t.data)[i];
    fc_tensor_dispose(&t);
}

static void check_golden(size_t q)
{
    double x[N * P], y[N * WIDEST], w[WIDEST * P], want[WIDEST * P], residuals[2];
    const char *about[] = {"origin", "means"};
    char name[64];

    snprintf(name, sizeof(name), "turn_y%zu", q);
    load("turn_x", x);
    load(name, y);
    snprintf(name, sizeof(name), "turn_residuals%zu", q);
    load(name, residuals);
    for (int centred = 0; centred < 2; centred++) {
        if (centred) {
            take_mean(x, N, P);
            take_mean(y, N, q);
        }
        assert_float_equal(turn(x, y, N, P, q, w), residuals[centred], 1e-6);
        snprintf(name, sizeof(name), "turn_%s%zu", about[centred], q);
        load(name, want);
        for (size_t i = 0; i < q * P; i++)
            assert_float_equal(w[i], want[i], 1e-6);
    }
}

static void test_procrustes__agrees_with_scipy(void **state)
{
    (void)state;
    check_golden(9);
    check_golden(6);
    check_golden(13);
}

/* A random orthogonal matrix: the turn of noise to noise. Its determinant has either sign. */
static void random_turn(fc_rng *rng, size_t q, size_t p, double *w)
{
    double *cross = malloc(p * q * sizeof(*cross));
    fc_error err = FC_ERROR_INIT;

    assert_non_null(cross);
    for (size_t i = 0; i < p * q; i++)
        cross[i] = fc__rng_normal(rng);
    assert_status(FC_OK, fc__procrustes(cross, p, q, w, NULL, &err), &err);
    free(cross);
}

/* y = W x for W of q x p; where q >= p the turn is recovered whole. */
static void check_planted(size_t p, size_t q, bool reflected)
{
    double *x = malloc(ROWS * p * sizeof(*x)), *y = calloc(ROWS * q, sizeof(*y));
    double *planted = malloc(q * p * sizeof(*planted)), *w = malloc(q * p * sizeof(*w));
    fc_rng rng = fc__rng_seed(p + q);

    assert_true(x != NULL && y != NULL && planted != NULL && w != NULL);
    random_turn(&rng, q, p, planted);
    for (size_t k = 0; reflected && k < p; k++)
        planted[k] = -planted[k];
    for (size_t i = 0; i < ROWS * p; i++)
        x[i] = fc__rng_normal(&rng);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t b = 0; b < q; b++)
            for (size_t a = 0; a < p; a++)
                y[i * q + b] += planted[b * p + a] * x[i * p + a];
    assert_true(turn(x, y, ROWS, p, q, w) < 1e-6);
    for (size_t i = 0; i < q * p; i++)
        assert_float_equal(w[i], planted[i], 1e-9);
    free(w);
    free(planted);
    free(y);
    free(x);
}

static void test_procrustes__recovers_planted_turns(void **state)
{
    (void)state;
    check_planted(DIM, DIM, false);
    check_planted(DIM, DIM, true);
    check_planted(12, DIM, false);
}

/* Rows in 3 of 9 dimensions: the rest of the turn is free, but still a turn. */
static void test_procrustes__is_orthogonal_without_full_rank(void **state)
{
    double x[N * P] = {0}, w[P * P];
    fc_rng rng = fc__rng_seed(4);

    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < 3; k++)
            x[i * P + k] = fc__rng_normal(&rng);
    assert_true(turn(x, x, N, P, P, w) < 1e-6);
    for (size_t a = 0; a < P; a++)
        for (size_t b = 0; b < P; b++) {
            double dot = 0;

            for (size_t k = 0; k < P; k++)
                dot += w[a * P + k] * w[b * P + k];
            assert_float_equal(dot, a == b ? 1 : 0, 1e-12);
        }
}

static void test_procrustes__refuses_what_is_not_finite(void **state)
{
    double cross[4] = {1, 0, NAN, 1}, w[4];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_FORMAT, fc__procrustes(cross, 2, 2, w, NULL, &err), &err);
    assert_true(isnan(fc__procrustes_residual(1, 0, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_procrustes__agrees_with_scipy),
        cmocka_unit_test(test_procrustes__recovers_planted_turns),
        cmocka_unit_test(test_procrustes__is_orthogonal_without_full_rank),
        cmocka_unit_test(test_procrustes__refuses_what_is_not_finite),
    };

    return cmocka_run_group_tests_name("procrustes", tests, NULL, NULL);
}
