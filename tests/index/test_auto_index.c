/*
 * label: full
 * `auto`: which kind it builds, the recall that new queries then have, and its limits. Builds
 * dozens of indexes over 50,000 rows: a minute or two of one core.
 */
#include "index_fixture.h"

#define N         ((size_t)8000)
#define DIM       ((size_t)32)
#define K         ((size_t)10)
#define N_QUERIES ((size_t)200)

typedef struct fixture {
    char *folder;
    data d;
    float *queries;
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
    data_init(&fx->d, N, DIM);
    fill_clustered(fx->d.rows, N, DIM, 20, 0.6, 1);
    fx->queries = calloc(N_QUERIES * DIM, sizeof(float));
    fx->hits = calloc(N_QUERIES * K, sizeof(fc_hit));
    fx->truth = calloc(N_QUERIES * K, sizeof(fc_hit));
    if (fx->queries == NULL || fx->hits == NULL || fx->truth == NULL)
        return -1;
    fill_clustered(fx->queries, N_QUERIES, DIM, 20, 0.6, 77);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    data_dispose(&fx->d);
    free(fx->queries);
    free(fx->hits);
    free(fx->truth);
    free(fx->folder);
    free(fx);
    return 0;
}

static fc_search_report search(fixture *fx, fc_segment *s, const fc_content_set *allowed,
                               uint32_t n_threads)
{
    const fc_search_options opts = {.k = K, .allowed = allowed, .n_threads = n_threads};
    const fc_search_options exact = {.k = K, .allowed = allowed, .exact = true};
    fc_search_report report, exact_report;

    assert_status(FC_OK,
                  fc__segments_search(&s, 1, fx->queries, N_QUERIES, DIM, &opts, fx->hits,
                                      fx->n_hits, &report, &fx->err),
                  &fx->err);
    assert_status(FC_OK,
                  fc__segments_search(&s, 1, fx->queries, N_QUERIES, DIM, &exact, fx->truth,
                                      fx->n_truth, &exact_report, &fx->err),
                  &fx->err);
    assert_true(exact_report.exact);
    return report;
}

/* Share of the exact answer that was found; a hit that was found has the exact score, bit for bit.
 */
static double recall(const fixture *fx)
{
    size_t right = 0, wanted = 0;

    for (size_t q = 0; q < N_QUERIES; q++) {
        assert_int_equal(fx->n_hits[q], fx->n_truth[q]);
        wanted += fx->n_truth[q];
        for (size_t t = 0; t < fx->n_truth[q]; t++)
            for (size_t h = 0; h < fx->n_hits[q]; h++)
                if (fx->hits[q * K + h].content == fx->truth[q * K + t].content) {
                    right++;
                    assert_true(fx->hits[q * K + h].score == fx->truth[q * K + t].score);
                }
    }
    return wanted == 0 ? 1.0 : (double)right / (double)wanted;
}

/* `auto`: exact up to 49,999 rows; above, a kind that is held to its recall, or, where nothing can
 * be near anything (noise in many dimensions), the exact scan after all. */
static void test_faiss__auto_indexes_large_segments_only(void **state)
{
    const struct {
        size_t n, n_clusters, dim;
        double spread;
        bool exact;
    } cases[] = {{49999, 100, 16, 0.5, true},
                 {50000, 100, 16, 0.5, false},
                 {50000, 100, 4, 0.5, false},
                 {50000, 1, 200, 1e6, true}};
    fixture *fx = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_segment_measure m;
        const fc_segment_options opts = {.n_threads = 1, .measure = &m};
        fc_segment_info info;
        fc_segment *s;
        size_t n_chosen = 0;
        data d;

        data_init(&d, cases[i].n, cases[i].dim);
        fill_clustered(d.rows, d.n, d.dim, cases[i].n_clusters, cases[i].spread, 3);
        s = build_and_open(fx->folder, &d, &opts, &info);
        assert_int_equal(info.exact, cases[i].exact);
        assert_int_equal(strcmp(info.kind, "Flat") == 0, cases[i].exact);
        assert_int_equal(m.n_tried > 1, cases[i].n >= 50000);
        assert_int_equal(m.sample_rows, cases[i].n >= 50000 ? 8192 : 0);
        for (size_t k = 0; k < m.n_tried; k++)
            if (m.tried[k].outcome == FC_TRIED_CHOSEN) {
                n_chosen++;
                assert_string_equal(m.tried[k].kind, info.kind);
            }
        assert_int_equal(n_chosen, !cases[i].exact);
        assert_int_equal(fc__segment_measure(s) != NULL, !cases[i].exact);
        if (!cases[i].exact)
            assert_memory_equal(fc__segment_measure(s), &m, sizeof(m));
        fc__segment_close(s);
        data_dispose(&d);
    }
}

/* The recall asked for is had from new queries, the higher one costs more comparing, and the curve
 * that is kept rises. */
static void test_faiss__auto_reaches_the_recall_asked_for(void **state)
{
    const double targets[] = {0.8, 0.99};
    fixture *fx = *state;
    uint64_t last = 0;
    data d;

    data_init(&d, 50000, DIM);
    fill_clustered(d.rows, d.n, DIM, 20, 0.6, 1);
    for (size_t i = 0; i < 2; i++) {
        fc_segment_measure m;
        const fc_segment_options opts = {.target_recall = targets[i], .measure = &m};
        fc_segment_info info;
        fc_segment *s = build_and_open(fx->folder, &d, &opts, &info);
        const fc_search_report report = search(fx, s, NULL, 1);

        assert_true(recall(fx) >= targets[i]);
        assert_true(m.recall >= targets[i] && fabs(m.target - targets[i]) < 1e-6);
        assert_true(m.microseconds > 0.0f && m.n_curve > 0);
        for (size_t c = 1; c < m.n_curve; c++)
            assert_true(m.curve[c].recall > m.curve[c - 1].recall &&
                        m.curve[c].microseconds >= m.curve[c - 1].microseconds);
        if (strncmp(info.kind, "PCAR", 4) == 0) {
            assert_true(report.n_scanned >= last);
            last = report.n_scanned;
        }
        fc__segment_close(s);
    }
    data_dispose(&d);
}

/* Memory: kinds that need more are not tried, and with too little for any the scan is exact. A kind
 * that is asked for is refused by name, as is one that cannot find enough. */
static void test_faiss__keeps_within_memory_and_recall(void **state)
{
    fixture *fx = *state;
    fc_segment_measure m;
    fc_segment_options opts = {.memory_bytes = 6 << 20, .measure = &m};
    fc_segment_info info;
    data d;

    data_init(&d, 50000, DIM);
    fill_clustered(d.rows, d.n, DIM, 20, 0.6, 1);
    fc__segment_close(build_and_open(fx->folder, &d, &opts, &info));
    for (size_t i = 0; i < m.n_tried; i++)
        assert_int_equal(m.tried[i].outcome == FC_TRIED_LARGE, m.tried[i].bytes > 6 << 20);
    opts.memory_bytes = 1 << 20;
    fc__segment_close(build_and_open(fx->folder, &d, &opts, &info));
    assert_string_equal(info.kind, "Flat");
    assert_true(m.n_tried > 0);
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
        T(test_faiss__auto_indexes_large_segments_only),
        T(test_faiss__auto_reaches_the_recall_asked_for),
        T(test_faiss__keeps_within_memory_and_recall),
    };

    return cmocka_run_group_tests_name("auto_index", tests, NULL, NULL);
}
