/*
 * Measures and their intervals against scikit-learn and scipy.stats.bootstrap.
 */
#include "retrieval_golden.h"

#include <inttypes.h>
#include <math.h>

#include "fc_measures.h"

#define N_CLUSTERS 40
#define N_SPLITS   3

typedef struct scored {
    fc_query_score scores[2][512];
    fc_score_list lists[2];
} scored;

static int setup(void **state)
{
    scored *s = calloc(1, sizeof(*s));
    size_t n;
    char *text = retrieval_golden("scores.txt", &n), *at = text, *line;

    assert_non_null(s);
    while ((line = retrieval_line(&at)) != NULL) {
        fc_first_rank r;
        uint32_t cluster, split;
        char method;
        size_t m;

        assert_int_equal(sscanf(line, "%c %" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64,
                                &method, &cluster, &split, &r.above, &r.tied, &r.relevant),
                         6);
        m = method == 'b';
        s->scores[m][s->lists[m].n++] = fc__query_score(&r, cluster, split);
    }
    free(text);
    s->lists[0].scores = s->scores[0];
    s->lists[1].scores = s->scores[1];
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void test_measures__agree_with_scikit_learn(void **state)
{
    fc_query_score scores[60];
    const fc_score_list list = {scores, 60};
    fc_measures got;
    fc_error err;
    size_t n;
    char *text = retrieval_golden("single.txt", &n), *at = text;

    (void)state;
    for (uint32_t i = 0; i < 60; i++) {
        const fc_first_rank r = {.above = strtoull(at, &at, 10), .tied = 0, .relevant = 1};

        scores[i] = fc__query_score(&r, i, 0);
    }
    assert_status(FC_OK, fc__measures(&list, 1, &got, &err), &err);
    for (size_t k = FC_RECALL_1; k <= FC_MRR; k++) {
        const double want = strtod(at, &at);

        if (fabs(got.value[k] - want) > 1e-12)
            fail_msg("measure %zu is %.15g, wanted %.15g", k, got.value[k], want);
    }
    free(text);
}

/* Random draws of another generator: of 20,000 each, an end of an interval differs by some 1.5 % of
 * its width; the median rank jumps by its steps of a half. */
static void test_measures__intervals_agree_with_scipy(void **state)
{
    const fc_bootstrap_options opts = {.n_draws = 20000, .seed = 9};
    scored *s = *state;
    fc_measures_range ranges[3];
    fc_measures values[3];
    fc_error err;
    size_t n, n_lines = 0;
    char *text = retrieval_golden("bootstrap.txt", &n), *at = text, *line;

    assert_status(FC_OK, fc__measures(&s->lists[0], N_SPLITS, &values[0], &err), &err);
    assert_status(FC_OK, fc__measures(&s->lists[1], N_SPLITS, &values[1], &err), &err);
    for (size_t k = 0; k < FC_N_MEASURES; k++)
        values[2].value[k] = values[0].value[k] - values[1].value[k];
    assert_status(FC_OK,
                  fc__bootstrap(&s->lists[0], &s->lists[1], N_CLUSTERS, N_SPLITS, &opts, &ranges[0],
                                &ranges[1], &ranges[2], &err),
                  &err);
    while ((line = retrieval_line(&at)) != NULL) {
        double value, low, high, slack;
        size_t k, m;
        char method;

        assert_int_equal(sscanf(line, "%c %zu %lf %lf %lf", &method, &k, &value, &low, &high), 5);
        m = method == 'a' ? 0 : method == 'b' ? 1 : 2;
        slack = k == FC_MEDIAN_RANK ? 0.51 : 0.03 * (high - low);
        if (fabs(values[m].value[k] - value) > 1e-9 || fabs(ranges[m].range[k].low - low) > slack ||
            fabs(ranges[m].range[k].high - high) > slack)
            fail_msg("%s: got %.6g %.6g %.6g", line, values[m].value[k], ranges[m].range[k].low,
                     ranges[m].range[k].high);
        n_lines++;
    }
    assert_int_equal(n_lines, 15);
    free(text);
}

static void test_measures__one_seed_gives_one_interval(void **state)
{
    fc_bootstrap_options opts = {.n_draws = 200, .seed = 1};
    scored *s = *state;
    fc_measures_range one, again, other;
    fc_error err;

    assert_status(
        FC_OK,
        fc__bootstrap(&s->lists[0], NULL, N_CLUSTERS, N_SPLITS, &opts, &one, NULL, NULL, &err),
        &err);
    assert_status(
        FC_OK,
        fc__bootstrap(&s->lists[0], NULL, N_CLUSTERS, N_SPLITS, &opts, &again, NULL, NULL, &err),
        &err);
    opts.seed = 2;
    assert_status(
        FC_OK,
        fc__bootstrap(&s->lists[0], NULL, N_CLUSTERS, N_SPLITS, &opts, &other, NULL, NULL, &err),
        &err);
    assert_memory_equal(&one, &again, sizeof(one));
    assert_memory_not_equal(&one, &other, sizeof(one));
}

/* The same method twice: the difference is nothing, in every draw. */
static void test_measures__a_difference_is_paired(void **state)
{
    const fc_bootstrap_options opts = {.n_draws = 500, .seed = 4};
    scored *s = *state;
    fc_measures_range a, b, difference;
    fc_error err;

    assert_status(FC_OK,
                  fc__bootstrap(&s->lists[0], &s->lists[0], N_CLUSTERS, N_SPLITS, &opts, &a, &b,
                                &difference, &err),
                  &err);
    assert_memory_equal(&a, &b, sizeof(a));
    for (size_t k = 0; k < FC_N_MEASURES; k++) {
        assert_true(difference.range[k].low == 0.0 && difference.range[k].high == 0.0);
        assert_true(a.range[k].low < a.range[k].high);
    }
}

static void test_measures__nothing_to_draw_from_is_said(void **state)
{
    const fc_bootstrap_options opts = {.seed = 4};
    fc_bootstrap_options many = {.n_draws = FC_BOOTSTRAP_DRAWS_MAX + 1};
    const fc_score_list none = {NULL, 0};
    scored *s = *state;
    fc_measures_range range;
    fc_measures got;
    fc_error err;

    assert_status(FC_E_INVALID, fc__bootstrap(&none, NULL, 1, 1, &opts, &range, NULL, NULL, &err),
                  &err);
    assert_status(
        FC_E_INVALID,
        fc__bootstrap(&s->lists[0], NULL, N_CLUSTERS, N_SPLITS, &many, &range, NULL, NULL, &err),
        &err);
    assert_status(FC_OK, fc__measures(&none, 1, &got, &err), &err);
    assert_true(got.value[FC_MRR] == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_measures__agree_with_scikit_learn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_measures__intervals_agree_with_scipy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_measures__one_seed_gives_one_interval, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_measures__a_difference_is_paired, setup, teardown),
        cmocka_unit_test_setup_teardown(test_measures__nothing_to_draw_from_is_said, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("measures", tests, NULL, NULL);
}
