/*
 * label: full
 * `auto`: the recall that new queries then have, and its limits. Which kind wins is a matter of
 * measured time, so nothing here depends on it. Builds dozens of indexes: most of a minute.
 */
#include "index_fixture.h"

#define N         ((size_t)50000) /* the fewest rows that are indexed */
#define DIM       ((size_t)32)
#define K         ((size_t)10)
#define N_QUERIES ((size_t)200)

typedef struct fixture {
    char *folder;
    fc_hit *hits, *truth;
    size_t n_hits[N_QUERIES], n_truth[N_QUERIES];
    fc_error err;
} fixture;

static int setup(void **state)
{
    fixture *fx = calloc(1, sizeof(*fx));

    if (fx == NULL)
        return -1;
    fx->folder = fresh_folder("faiss");
    fx->hits = calloc(N_QUERIES * K, sizeof(fc_hit));
    fx->truth = calloc(N_QUERIES * K, sizeof(fc_hit));
    *state = fx;
    return fx->hits != NULL && fx->truth != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    free(fx->hits);
    free(fx->truth);
    free(fx->folder);
    free(fx);
    return 0;
}

/* Share of the exact answer to new queries that the segment finds: of the same distribution as its
 * rows, but not among them. */
static double recall(fixture *fx, fc_segment *s, size_t n_clusters, double spread)
{
    const fc_search_options opts = {.k = K, .n_threads = 1};
    const fc_search_options exact = {.k = K, .exact = true};
    const size_t dim = fc__segment_info(s)->dim;
    float *queries = calloc(N_QUERIES * dim, sizeof(float));
    size_t right = 0;

    assert_non_null(queries);
    fill_clustered(queries, N_QUERIES, dim, n_clusters, spread, 77);
    assert_status(FC_OK,
                  fc__segments_search(&s, 1, queries, N_QUERIES, dim, &opts, fx->hits, fx->n_hits,
                                      NULL, &fx->err),
                  &fx->err);
    assert_status(FC_OK,
                  fc__segments_search(&s, 1, queries, N_QUERIES, dim, &exact, fx->truth,
                                      fx->n_truth, NULL, &fx->err),
                  &fx->err);
    for (size_t q = 0; q < N_QUERIES; q++) {
        assert_int_equal(fx->n_hits[q], K);
        for (size_t t = 0; t < K; t++)
            for (size_t h = 0; h < K; h++)
                right += fx->hits[q * K + h].content == fx->truth[q * K + t].content;
    }
    free(queries);
    return (double)right / (double)(N_QUERIES * K);
}

/* What was measured goes with what was built, and is kept in the file. */
static void assert_choice(const fc_segment *s, const fc_segment_measure *m)
{
    const fc_segment_info *info = fc__segment_info(s);
    const fc_tried_kind *chosen = NULL;

    assert_int_equal(strcmp(info->kind, "Flat") == 0, info->exact);
    for (size_t i = 0; i < m->n_tried; i++)
        if (m->tried[i].outcome == FC_TRIED_CHOSEN) {
            assert_null(chosen);
            chosen = &m->tried[i];
            assert_string_equal(chosen->kind, info->kind);
        }
    assert_int_equal(chosen == NULL, info->exact);
    assert_int_equal(fc__segment_measure(s) == NULL, info->exact);
    if (chosen == NULL)
        return;
    assert_memory_equal(fc__segment_measure(s), m, sizeof(*m));
    for (size_t i = 0; i < m->n_tried; i++)
        if (m->tried[i].outcome == FC_TRIED_SLOWER)
            assert_true(m->tried[i].microseconds >= chosen->microseconds);
    assert_true(m->recall >= m->target && m->microseconds > 0.0f && m->n_curve > 0);
    for (size_t c = 1; c < m->n_curve; c++)
        assert_true(m->curve[c].recall > m->curve[c - 1].recall &&
                    m->curve[c].microseconds >= m->curve[c - 1].microseconds);
}

static void test_auto__scans_below_50000_rows(void **state)
{
    fixture *fx = *state;
    fc_segment_measure m;
    const fc_segment_options opts = {.measure = &m};
    fc_segment_info info;
    fc_segment *s;
    data d;

    data_init(&d, N - 1, 16);
    fill_clustered(d.rows, d.n, d.dim, 100, 0.5, 3);
    s = build_and_open(fx->folder, &d, &opts, &info);
    assert_choice(s, &m);
    assert_true(info.exact);
    assert_int_equal(m.n_tried, 0);
    assert_int_equal(m.sample_rows, 0);
    fc__segment_close(s);
    data_dispose(&d);
}

/* The recall asked for is had from new queries. In four dimensions other kinds are tried; in noise
 * of many nothing is near anything: an index is as good as asked for, or the scan is exact. */
static void test_auto__reaches_the_recall_asked_for(void **state)
{
    const struct {
        size_t n_clusters, dim;
        double spread, target; /* 0: the default */
        uint64_t memory;       /* of the noise: less to try */
    } cases[] = {{20, DIM, 0.6, 0.8, 0},
                 {20, DIM, 0.6, 0.99, 0},
                 {100, 4, 0.5, 0, 0},
                 {1, 200, 1e6, 0, UINT64_C(24) << 20}};
    fixture *fx = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const double target = cases[i].target > 0 ? cases[i].target : 0.95;
        fc_segment_measure m;
        const fc_segment_options opts = {.target_recall = cases[i].target,
                                         .memory_bytes = cases[i].memory,
                                         .n_threads = 1,
                                         .measure = &m};
        fc_segment_info info;
        fc_segment *s;
        size_t n_measured = 0;
        double had;
        data d;

        data_init(&d, N, cases[i].dim);
        fill_clustered(d.rows, d.n, d.dim, cases[i].n_clusters, cases[i].spread, 3);
        s = build_and_open(fx->folder, &d, &opts, &info);
        assert_choice(s, &m);
        for (size_t k = 0; k < m.n_tried; k++)
            n_measured += m.tried[k].recall > 0.0f && m.tried[k].microseconds > 0.0f;
        assert_true(n_measured > 1);
        assert_int_equal(m.sample_rows, 8192);
        assert_true(fabs(m.target - target) < 1e-6);
        had = recall(fx, s, cases[i].n_clusters, cases[i].spread);
        if (had < target)
            fail_msg("%s in %zu dimensions: %g of %g", info.kind, d.dim, had, target);
        fc__segment_close(s);
        data_dispose(&d);
    }
}

/* Kinds that need more memory are not tried, and with too little for any the scan is exact. A kind
 * that is asked for is refused by name, as is one that cannot find enough. */
static void test_auto__keeps_within_memory_and_recall(void **state)
{
    fixture *fx = *state;
    fc_segment_measure m;
    fc_segment_options opts = {.memory_bytes = 6 << 20, .measure = &m};
    fc_segment_info info;
    fc_segment *s;
    data d;

    data_init(&d, N, DIM);
    fill_clustered(d.rows, d.n, DIM, 20, 0.6, 1);
    for (; opts.memory_bytes > 0; opts.memory_bytes = opts.memory_bytes > 1 << 20 ? 1 << 20 : 0) {
        s = build_and_open(fx->folder, &d, &opts, &info);
        assert_choice(s, &m);
        assert_true(m.n_tried > 0);
        for (size_t i = 0; i < m.n_tried; i++)
            assert_int_equal(m.tried[i].outcome == FC_TRIED_LARGE,
                             m.tried[i].bytes > opts.memory_bytes);
        fc__segment_close(s);
    }
    assert_string_equal(info.kind, "Flat");
    opts.memory_bytes = 1 << 20;
    opts.kind = "HNSW32";
    assert_status(
        FC_E_LIMIT,
        fc__segment_build(fx->folder, &identity_a, data_source(&d), &opts, &info, &fx->err),
        &fx->err);
    assert_non_null(strstr(fx->err.message, "--memory"));
    opts = (fc_segment_options){.kind = "PQ2", .target_recall = 0.999};
    assert_status(
        FC_E_LIMIT,
        fc__segment_build(fx->folder, &identity_a, data_source(&d), &opts, &info, &fx->err),
        &fx->err);
    assert_non_null(strstr(fx->err.message, "--target-recall"));
    opts = (fc_segment_options){.target_recall = 1.0};
    assert_status(
        FC_E_INVALID,
        fc__segment_build(fx->folder, &identity_a, data_source(&d), &opts, &info, &fx->err),
        &fx->err);
    data_dispose(&d);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_auto__scans_below_50000_rows),
        T(test_auto__reaches_the_recall_asked_for),
        T(test_auto__keeps_within_memory_and_recall),
    };

    return cmocka_run_group_tests_name("auto_index", tests, NULL, NULL);
}
