/*
 * Pairs above a threshold against comparing one by one, over sizes around the tiles; components
 * against a plain search of the graph.
 */
#include "fc_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_components.h"
#include "fc_pairs.h"
#include "fc_rng.h"
#include "fc_vec.h"

#define DIM 24

typedef struct found {
    uint8_t *seen; /* n_a x n_b */
    size_t n_b, n;
    double worst; /* difference from the cosine */
    const float *a, *b;
} found;

static double cosine(const float *x, const float *y)
{
    double sum = 0;

    for (size_t i = 0; i < DIM; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

static fc_status take(void *context, size_t i, size_t j, float score, fc_error *err)
{
    found *f = context;
    const double off = fabs((double)score - cosine(f->a + i * DIM, f->b + j * DIM));

    (void)err;
    assert_int_equal(f->seen[i * f->n_b + j], 0);
    f->seen[i * f->n_b + j] = 1;
    f->n++;
    f->worst = off > f->worst ? off : f->worst;
    return FC_OK;
}

static float *rows(fc_rng *rng, size_t n)
{
    float *out = calloc(n * DIM, sizeof(*out));

    assert_non_null(out);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && fc__rng_below(rng, 4) == 0) /* the very same as another */
            memcpy(out + i * DIM, out + fc__rng_below(rng, i) * DIM, DIM * sizeof(*out));
        else
            for (size_t k = 0; k < DIM; k++)
                out[i * DIM + k] = (float)fc__rng_normal(rng);
        assert_int_equal(fc__vec_normalise(out + i * DIM, DIM), FC_OK);
    }
    return out;
}

static void check(fc_rng *rng, size_t n_a, size_t n_b, bool same, double threshold)
{
    float *a = rows(rng, n_a), *b = same ? a : rows(rng, n_b);
    float *scratch = malloc(FC_PAIRS_SCRATCH * sizeof(*scratch));
    const fc_pair_rows r = {
        .a = a, .b = b, .n_a = n_a, .n_b = n_b, .dim = DIM, .scratch = scratch, .n_threads = 2};
    found f = {.seen = calloc(n_a * n_b, 1), .n_b = n_b, .a = a, .b = b};
    fc_error err = FC_ERROR_INIT;
    size_t want = 0;

    assert_non_null(f.seen);
    assert_non_null(scratch);
    assert_status(FC_OK, fc__pairs_above(&r, threshold, take, &f, &err), &err);
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = same ? i + 1 : 0; j < n_b; j++) {
            const double score = cosine(a + i * DIM, b + j * DIM);

            if (fabs(score - threshold) < 1e-7)
                continue; /* either is right */
            want += score >= threshold;
            assert_int_equal(f.seen[i * n_b + j], score >= threshold);
        }
    assert_true(f.n >= want && f.n > 0);
    assert_true(f.worst < 1e-5);
    if (!same)
        free(b);
    free(a);
    free(f.seen);
    free(scratch);
}

static void test_pairs__are_those_of_comparing_one_by_one(void **state)
{
    fc_rng rng = fc__rng_seed(3);

    (void)state;
    check(&rng, 9, 9, true, 0.4);
    check(&rng, FC_PAIRS_TILE, FC_PAIRS_TILE, true, 0.6);
    check(&rng, FC_PAIRS_TILE + 1, FC_PAIRS_TILE + 1, true, 0.6);
    check(&rng, 2 * FC_PAIRS_TILE - 1, 2 * FC_PAIRS_TILE - 1, true, 0.95);
    check(&rng, 700, 30, false, 0.5);
    check(&rng, 3, FC_PAIRS_TILE + 200, false, 0.3);
}

static fc_status stop(void *context, size_t i, size_t j, float score, fc_error *err)
{
    (void)i;
    (void)j;
    (void)score;
    return ++*(int *)context == 3 ? fc_error_set(err, FC_E_CANCELLED, "enough") : FC_OK;
}

static void test_pairs__a_failure_of_the_callback_ends_it(void **state)
{
    fc_rng rng = fc__rng_seed(3);
    float *a = rows(&rng, 50), *scratch = malloc(FC_PAIRS_SCRATCH * sizeof(*scratch));
    const fc_pair_rows r = {.a = a, .b = a, .n_a = 50, .n_b = 50, .dim = DIM, .scratch = scratch};
    fc_error err = FC_ERROR_INIT;
    int calls = 0;

    (void)state;
    assert_status(FC_E_CANCELLED, fc__pairs_above(&r, 0.01, stop, &calls, &err), &err);
    assert_int_equal(calls, 3);
    free(a);
    free(scratch);
}

/* Which nodes can be reached from node `from`. */
static void reach(const uint8_t *edges, size_t n, size_t from, bool *reached)
{
    reached[from] = true;
    for (size_t i = 0; i < n; i++)
        if (edges[from * n + i] && !reached[i])
            reach(edges, n, i, reached);
}

static void test_components__are_those_of_a_walk_over_the_graph(void **state)
{
    enum { N = 60 };
    fc_rng rng = fc__rng_seed(8);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int round = 0; round < 40; round++) {
        uint8_t edges[N * N] = {0};
        fc_components c;

        assert_status(FC_OK, fc__components_create(&c, N, &err), &err);
        for (int e = 0; e < round * 2; e++) {
            const size_t a = (size_t)fc__rng_below(&rng, N), b = (size_t)fc__rng_below(&rng, N);

            edges[a * N + b] = edges[b * N + a] = 1;
            fc__components_join(&c, a, b);
        }
        for (size_t i = 0; i < N; i++) {
            bool reached[N] = {false};
            size_t size = 0;

            reach(edges, N, i, reached);
            for (size_t k = 0; k < N; k++) {
                size += reached[k];
                assert_int_equal(fc__components_find(&c, i) == fc__components_find(&c, k),
                                 reached[k]);
            }
            assert_int_equal(c.sizes[fc__components_find(&c, i)], size);
        }
        fc__components_dispose(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs__are_those_of_comparing_one_by_one),
        cmocka_unit_test(test_pairs__a_failure_of_the_callback_ends_it),
        cmocka_unit_test(test_components__are_those_of_a_walk_over_the_graph),
    };

    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
