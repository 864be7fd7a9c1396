/*
 * Corrections of cosines against NumPy's; nothing to correct by, and values that are all one.
 */
#include "fc_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/maintain.h>

#include "fc_rescore.h"
#include "fc_rng.h"
#include "fc_vec.h"

typedef struct goldens {
    fc_tensor queries, bank, items;
    size_t dim, n_queries, n_bank, n_items;
} goldens;

static fc_tensor load(const char *name)
{
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    char path[1024];

    snprintf(path, sizeof(path), "%s/tests/golden/rescore/%s.npy", getenv("FC_SOURCE_DIR"), name);
    assert_status(FC_OK, fc_npy_read(path, UINT64_C(1) << 20, &t, &err), &err);
    return t;
}

static int setup(void **state)
{
    goldens *g = calloc(1, sizeof(*g));

    if (g == NULL)
        return -1;
    g->queries = load("queries");
    g->bank = load("bank");
    g->items = load("items");
    g->dim = (size_t)g->items.shape[1];
    g->n_queries = (size_t)g->queries.shape[0];
    g->n_bank = (size_t)g->bank.shape[0];
    g->n_items = (size_t)g->items.shape[0];
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    goldens *g = *state;

    fc_tensor_dispose(&g->queries);
    fc_tensor_dispose(&g->bank);
    fc_tensor_dispose(&g->items);
    free(g);
    return 0;
}

static const float *row(const fc_tensor *t, size_t i)
{
    return (const float *)t->data + i * t->shape[1];
}

static void mean_of(const fc_tensor *t, double *mean)
{
    const size_t dim = (size_t)t->shape[1];

    memset(mean, 0, dim * sizeof(*mean));
    for (size_t i = 0; i < t->shape[0]; i++)
        for (size_t k = 0; k < dim; k++)
            mean[k] += (double)row(t, i)[k] / (double)t->shape[0];
}

static void expect(const fc_tensor *want, size_t q, size_t i, double got)
{
    const double w = (double)row(want, q)[i];

    if (!(fabs(got - w) < 1e-5 * (1 + fabs(w))))
        fail_msg("query %zu, item %zu: %.9g; wanted %.9g", q, i, got, w);
}

static void test_rescore__csls_and_inverted_softmax_and_standard(void **state)
{
    const goldens *g = *state;
    fc_tensor csls = load("csls"), inverted = load("inverted"), standard = load("standard");
    float cosines[64], against[64], copy[64];
    fc_moments m = {0, 0, 0};

    for (size_t i = 0; i < g->n_items; i++)
        for (size_t b = 0; b < g->n_bank; b++)
            fc__moments_add(&m, (double)fc__dot(row(&g->bank, b), row(&g->items, i), g->dim));
    for (size_t q = 0; q < g->n_queries; q++) {
        double r_x;

        fc__dot_rows_f32(row(&g->queries, q), g->items.data, g->dim, g->n_items, g->dim, cosines);
        memcpy(copy, cosines, sizeof(copy));
        r_x = fc__rescore_mean_largest(copy, g->n_items, 10);
        for (size_t i = 0; i < g->n_items; i++) {
            const double cosine = (double)cosines[i];

            fc__dot_rows_f32(row(&g->items, i), g->bank.data, g->dim, g->n_bank, g->dim, against);
            expect(&inverted, q, i, fc__rescore_inverted(cosine, against, g->n_bank, 20));
            expect(&csls, q, i,
                   fc__rescore_csls(cosine, r_x, fc__rescore_mean_largest(against, g->n_bank, 10)));
            expect(&standard, q, i, fc__moments_standard(&m, cosine));
        }
    }
    fc_tensor_dispose(&csls);
    fc_tensor_dispose(&inverted);
    fc_tensor_dispose(&standard);
}

static size_t first_of(const float *row_of_query, const fc_tensor *items)
{
    const size_t n = (size_t)items->shape[0], dim = (size_t)items->shape[1];
    float cosines[64];
    size_t best = 0;

    fc__dot_rows_f32(row_of_query, items->data, dim, n, dim, cosines);
    for (size_t i = 1; i < n; i++)
        best = cosines[i] > cosines[best] ? i : best;
    return best;
}

static int ascending_items(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Queries whose first hit the bank activates, and such that keep their cosines. */
static void test_rescore__dynamic_inverted_softmax(void **state)
{
    const goldens *g = *state;
    fc_tensor dynamic = load("dynamic");
    uint64_t set[64];
    float against[64];
    size_t n_activated = 0;

    for (size_t b = 0; b < g->n_bank; b++)
        set[b] = first_of(row(&g->bank, b), &g->items);
    qsort(set, g->n_bank, sizeof(*set), ascending_items);
    for (size_t q = 0; q < g->n_queries; q++) {
        const float *query = row(&g->queries, q);
        const bool activated = fc__rescore_is_activated(set, g->n_bank, first_of(query, &g->items));

        n_activated += activated;
        for (size_t i = 0; i < g->n_items; i++) {
            const double cosine = (double)fc__dot(query, row(&g->items, i), g->dim);

            fc__dot_rows_f32(row(&g->items, i), g->bank.data, g->dim, g->n_bank, g->dim, against);
            expect(&dynamic, q, i,
                   activated ? fc__rescore_inverted(cosine, against, g->n_bank, 20) : cosine);
        }
    }
    assert_in_range(n_activated, 1, g->n_queries - 1);
    assert_false(fc__rescore_is_activated(set, 0, set[0]));
    assert_true(fc__rescore_is_activated(set, g->n_bank, set[g->n_bank - 1]));
    fc_tensor_dispose(&dynamic);
}

static void test_rescore__shift(void **state)
{
    const goldens *g = *state;
    fc_tensor shifted = load("shifted");
    double mean_x[32], mean_y[32];

    mean_of(&g->bank, mean_x);
    mean_of(&g->items, mean_y);
    for (size_t q = 0; q < g->n_queries; q++) {
        float x[32], y[32];

        memcpy(x, row(&g->queries, q), g->dim * sizeof(float));
        assert_int_equal(fc__rescore_shift(x, mean_x, g->dim), FC_OK);
        for (size_t i = 0; i < g->n_items; i++) {
            memcpy(y, row(&g->items, i), g->dim * sizeof(float));
            assert_int_equal(fc__rescore_shift(y, mean_y, g->dim), FC_OK);
            expect(&shifted, q, i, (double)fc__dot(x, y, g->dim));
        }
    }
    fc_tensor_dispose(&shifted);
}

/* All items of a modality the same: nothing is left of them, and nothing is invented. */
static void test_rescore__nothing_left(void **state)
{
    const goldens *g = *state;
    float x[32], values[5] = {1, 1, 1, 1, 1};
    double mean[32];
    fc_moments m = {0, 0, 0};

    memcpy(x, row(&g->items, 0), g->dim * sizeof(float));
    for (size_t k = 0; k < g->dim; k++)
        mean[k] = (double)x[k];
    assert_int_equal(fc__rescore_shift(x, mean, g->dim), FC_E_FORMAT);
    for (size_t k = 0; k < g->dim; k++)
        assert_true(x[k] == 0);
    assert_true(fc__rescore_mean_largest(values, 0, 10) == 0);
    assert_true(fc__rescore_mean_largest(values, 5, 10) == 1);
    assert_true(fc__rescore_inverted(0.5, NULL, 0, 20) == 0.5);
    assert_true(fc__moments_standard(&m, 0.5) == 0);
    for (int i = 0; i < 5; i++)
        fc__moments_add(&m, 0.25);
    assert_true(fc__moments_standard(&m, 0.5) == 0);
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static void test_rescore__the_largest_are_those_of_sorting(void **state)
{
    fc_rng rng = fc__rng_seed(6);

    (void)state;
    for (size_t n = 1; n < 60; n++)
        for (size_t k = 1; k < 14; k++) {
            float values[60], sorted[60];
            const size_t most = k < n ? k : n;
            double want = 0;

            for (size_t i = 0; i < n; i++)
                values[i] = sorted[i] = (float)fc__rng_below(&rng, 20); /* with ties */
            qsort(sorted, n, sizeof(*sorted), ascending);
            for (size_t i = n - most; i < n; i++)
                want += (double)sorted[i] / (double)most;
            assert_true(fabs(fc__rescore_mean_largest(values, n, k) - want) < 1e-9);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rescore__csls_and_inverted_softmax_and_standard, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_rescore__dynamic_inverted_softmax, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rescore__shift, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rescore__nothing_left, setup, teardown),
        cmocka_unit_test(test_rescore__the_largest_are_those_of_sorting),
    };

    return cmocka_run_group_tests_name("rescore", tests, NULL, NULL);
}
