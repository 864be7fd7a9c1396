/*
 * The exact scan against a plain loop in double, in every shape: one query and many, filters, ties,
 * several segments, threads.
 */
#include "index_fixture.h"

#define N_QUERIES 70 /* more than a matrix product needs, not a multiple of its tiles */

static float *random_queries(size_t n, size_t dim, uint64_t seed)
{
    float *q = calloc(n * dim, sizeof(float));

    assert_non_null(q);
    fill_clustered(q, n, dim, 5, 0.7, seed);
    return q;
}

static void test_search__equals_the_plain_loop(void **state)
{
    const size_t shapes[][3] = {{1, 1, 1},     {5, 3, 10},    {511, 7, 3},    {1025, 64, 10},
                                {700, 100, 1}, {90, 784, 33}, {40, 40000, 5}, {2000, 16, 2000}};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        for (int f32 = 0; f32 < 2; f32++) {
            const size_t n = shapes[i][0], dim = shapes[i][1], k = shapes[i][2];
            const fc_segment_options opts = {.f32 = f32 != 0};
            const size_t counts[] = {1, 3, N_QUERIES};
            char *folder = fresh_folder("exact");
            float *queries = random_queries(N_QUERIES, dim, 2 + i);
            fc_hit *hits = calloc(N_QUERIES * k, sizeof(*hits));
            fc_hit *first = calloc(k, sizeof(*first));
            size_t n_hits[N_QUERIES];
            fc_segment_info info;
            fc_segment *s;
            data d;

            data_init(&d, n, dim);
            fill_clustered(d.rows, n, dim, 5, 0.7, 1);
            s = build_and_open(folder, &d, &opts, &info);
            for (size_t c = 0; c < 3; c++) {
                const fc_search_options search = {.k = k, .n_threads = (uint32_t)c};
                fc_search_report report;

                assert_status(FC_OK,
                              fc__segments_search(&s, 1, queries, counts[c], dim, &search, hits,
                                                  n_hits, &report, &err),
                              &err);
                assert_true(report.exact);
                assert_int_equal(report.n_scanned, counts[c] * n);
                for (size_t q = 0; q < counts[c]; q += 23)
                    assert_exact(&s, 1, queries + q * dim, dim, NULL, k, hits + q * k, n_hits[q]);
                /* One alone or one of many, on one thread or two: the same bits. */
                if (c == 0)
                    memcpy(first, hits, k * sizeof(*hits));
                for (size_t h = 0; h < n_hits[0]; h++) {
                    assert_int_equal(first[h].content, hits[h].content);
                    assert_memory_equal(&first[h].score, &hits[h].score, sizeof(float));
                }
            }
            fc__segment_close(s);
            data_dispose(&d);
            free(hits);
            free(first);
            free(queries);
            free(folder);
        }
}

/* 600 copies of one row among others: of equal scores the lowest content numbers come first, even
 * where a matrix product would sum the copies in different orders. */
static void test_search__settles_ties_by_content_number(void **state)
{
    const size_t n = 2000, dim = 37, k = 25;
    char *folder = fresh_folder("ties");
    fc_hit *hits = calloc(N_QUERIES * k, sizeof(*hits));
    float *queries = calloc(N_QUERIES * dim, sizeof(float));
    size_t n_hits[N_QUERIES];
    fc_error err = FC_ERROR_INIT;
    fc_segment_info info;
    fc_segment *s;
    data d;

    (void)state;
    data_init(&d, n, dim);
    fill_clustered(d.rows, n, dim, 5, 0.7, 1);
    for (size_t i = 300; i < 900; i++)
        memcpy(d.rows + i * dim, d.rows + 5 * dim, dim * sizeof(float));
    for (size_t q = 0; q < N_QUERIES; q++)
        memcpy(queries + q * dim, d.rows + 5 * dim, dim * sizeof(float));
    s = build_and_open(folder, &d, NULL, &info);
    for (size_t n_queries = 1; n_queries <= N_QUERIES; n_queries += N_QUERIES - 1) {
        const fc_search_options search = {.k = k};

        assert_status(
            FC_OK,
            fc__segments_search(&s, 1, queries, n_queries, dim, &search, hits, n_hits, NULL, &err),
            &err);
        for (size_t q = 0; q < n_queries; q++) {
            assert_int_equal(n_hits[q], k);
            assert_int_equal(hits[q * k].content, d.contents[5]);
            for (size_t h = 1; h < k; h++) {
                assert_int_equal(hits[q * k + h].content, d.contents[300 + h - 1]);
                assert_true(hits[q * k + h].score == hits[q * k].score);
                assert_true(hits[q * k + h].score <= 1.0f);
            }
        }
    }
    fc__segment_close(s);
    data_dispose(&d);
    free(hits);
    free(queries);
    free(folder);
}

/* The same row in two segments, the one with the higher content number first. */
static void test_search__settles_ties_between_segments(void **state)
{
    char *folder = fresh_folder("between");
    const float row[] = {1, 2, 3}, query[] = {3, 2, 1};
    const fc_search_options one = {.k = 1}, both = {.k = 2};
    fc_error err = FC_ERROR_INIT;
    fc_segment *segments[2];
    fc_segment_info info;
    fc_hit hits[2];
    size_t n_hits;
    data d;

    (void)state;
    data_init(&d, 1, 3);
    memcpy(d.rows, row, sizeof(row));
    for (size_t i = 0; i < 2; i++) {
        d.contents[0] = 7 - i;
        segments[i] = build_and_open(folder, &d, NULL, &info);
    }
    assert_status(FC_OK,
                  fc__segments_search(segments, 2, query, 1, 3, &one, hits, &n_hits, NULL, &err),
                  &err);
    assert_int_equal(n_hits, 1);
    assert_int_equal(hits[0].content, 6);
    assert_status(FC_OK,
                  fc__segments_search(segments, 2, query, 1, 3, &both, hits, &n_hits, NULL, &err),
                  &err);
    assert_int_equal(hits[0].content, 6);
    assert_int_equal(hits[1].content, 7);
    for (size_t i = 0; i < 2; i++)
        fc__segment_close(segments[i]);
    data_dispose(&d);
    free(folder);
}

/* Rows so near one another that only the last bits of a sum tell them apart, where matrix product,
 * row kernel and dot product differ: the answer is that of the dot product, row by row. */
static void test_search__ranks_by_one_sum_to_the_last_bit(void **state)
{
    const size_t n = 1500, dim = 130, k = 7;
    const fc_segment_options opts = {.f32 = true};
    const fc_search_options search = {.k = k};
    char *folder = fresh_folder("bits");
    float *queries = calloc(N_QUERIES * dim, sizeof(float)), *unit = calloc(dim, sizeof(float));
    float *row = calloc(dim, sizeof(float)), *scores = calloc(n, sizeof(float));
    fc_hit *hits = calloc(N_QUERIES * k, sizeof(*hits));
    size_t n_hits[N_QUERIES];
    fc_rng rng = fc__rng_seed(8);
    fc_error err = FC_ERROR_INIT;
    fc_segment_info info;
    fc_segment *s;
    data d;

    (void)state;
    data_init(&d, n, dim);
    fill_clustered(d.rows, 1, dim, 1, 0.5, 1);
    fill_clustered(queries, N_QUERIES, dim, 5, 0.5, 2);
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < dim; j++)
            d.rows[i * dim + j] = d.rows[j] * (1.0f + 3e-7f * (float)fc__rng_normal(&rng));
    s = build_and_open(folder, &d, &opts, &info);
    for (size_t n_queries = 1; n_queries <= N_QUERIES; n_queries += N_QUERIES - 1) {
        assert_status(
            FC_OK,
            fc__segments_search(&s, 1, queries, n_queries, dim, &search, hits, n_hits, NULL, &err),
            &err);
        for (size_t q = 0; q < n_queries; q++) {
            memcpy(unit, queries + q * dim, dim * sizeof(float));
            assert_int_equal(fc__vec_normalise(unit, dim), FC_OK);
            for (size_t i = 0; i < n; i++) {
                assert_status(FC_OK, fc__segment_vector(s, i, row, &err), &err);
                scores[i] = fc__dot(unit, row, dim);
            }
            for (size_t h = 0; h < k; h++) {
                size_t best = 0;

                for (size_t i = 1; i < n; i++)
                    best = scores[i] > scores[best] ? i : best;
                assert_int_equal(hits[q * k + h].content, d.contents[best]);
                assert_true(hits[q * k + h].score == scores[best]);
                scores[best] = -2.0f;
            }
        }
    }
    fc__segment_close(s);
    data_dispose(&d);
    free(queries);
    free(unit);
    free(row);
    free(scores);
    free(hits);
    free(folder);
}

static void test_search__returns_only_what_is_allowed(void **state)
{
    const size_t n = 1500, dim = 24, k = 12;
    const double shares[] = {0.0, 0.002, 0.3, 0.95, 1.0};
    char *folder = fresh_folder("allowed");
    float *queries = random_queries(N_QUERIES, dim, 3);
    fc_hit *hits = calloc(N_QUERIES * k, sizeof(*hits));
    size_t n_hits[N_QUERIES];
    fc_rng rng = fc__rng_seed(4);
    fc_error err = FC_ERROR_INIT;
    fc_segment_info info;
    fc_segment *s;
    data d;

    (void)state;
    data_init(&d, n, dim);
    fill_clustered(d.rows, n, dim, 5, 0.7, 1);
    s = build_and_open(folder, &d, NULL, &info);
    for (size_t i = 0; i < 5; i++)
        for (size_t n_queries = 1; n_queries <= N_QUERIES; n_queries += N_QUERIES - 1) {
            uint64_t bits[80] = {0};
            /* Begins above the first contents and ends before the last: outside is not allowed. */
            fc_content_set set = {.base = 20, .n = 80 * 64 - 10, .bits = bits};
            const fc_search_options search = {.k = k, .allowed = &set};

            for (size_t b = 0; b < set.n; b++)
                if (fc__rng_unit(&rng) < shares[i]) {
                    bits[b / 64] |= UINT64_C(1) << (b % 64);
                    set.n_set++;
                }
            assert_status(FC_OK,
                          fc__segments_search(&s, 1, queries, n_queries, dim, &search, hits, n_hits,
                                              NULL, &err),
                          &err);
            for (size_t q = 0; q < n_queries; q++) {
                assert_exact(&s, 1, queries + q * dim, dim, &set, k, hits + q * k, n_hits[q]);
                for (size_t h = 0; h < n_hits[q]; h++)
                    assert_true(fc__content_set_has(&set, hits[q * k + h].content));
            }
        }
    fc__segment_close(s);
    data_dispose(&d);
    free(hits);
    free(queries);
    free(folder);
}

static void test_search__merges_segments(void **state)
{
    const size_t dim = 24, k = 30, sizes[] = {1, 600, 37};
    char *folder = fresh_folder("merge");
    float *queries = random_queries(N_QUERIES, dim, 3);
    fc_hit *hits = calloc(N_QUERIES * k, sizeof(*hits));
    size_t n_hits[N_QUERIES];
    fc_error err = FC_ERROR_INIT;
    fc_segment *segments[3];
    const fc_search_options search = {.k = k, .n_threads = 2};
    fc_segment_info info;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        data d;

        data_init(&d, sizes[i], dim);
        fill_clustered(d.rows, sizes[i], dim, 5, 0.7, 50 + i);
        for (size_t r = 0; r < sizes[i]; r++)
            d.contents[r] = 3 * r + i; /* interleaved */
        segments[i] = build_and_open(folder, &d, NULL, &info);
        data_dispose(&d);
    }
    assert_status(FC_OK,
                  fc__segments_search(segments, 3, queries, N_QUERIES, dim, &search, hits, n_hits,
                                      NULL, &err),
                  &err);
    for (size_t q = 0; q < N_QUERIES; q++)
        assert_exact(segments, 3, queries + q * dim, dim, NULL, k, hits + q * k, n_hits[q]);
    for (size_t i = 0; i < 3; i++)
        fc__segment_close(segments[i]);
    free(hits);
    free(queries);
    free(folder);
}

static void test_search__refuses_queries_without_direction(void **state)
{
    const size_t dim = 8;
    char *folder = fresh_folder("refuse");
    float *queries = random_queries(N_QUERIES, dim, 3);
    const float bad[] = {NAN, -INFINITY, 0.0f};
    fc_hit hits[N_QUERIES];
    size_t n_hits[N_QUERIES];
    fc_error err = FC_ERROR_INIT;
    const fc_search_options search = {.k = 1, .n_threads = 2};
    fc_segment_info info;
    fc_segment *s;
    data d;

    (void)state;
    data_init(&d, 100, dim);
    fill_clustered(d.rows, 100, dim, 5, 0.7, 1);
    s = build_and_open(folder, &d, NULL, &info);
    for (size_t i = 0; i < 3; i++)
        for (size_t n_segments = 0; n_segments < 2; n_segments++) {
            for (size_t j = 0; j < dim; j++)
                queries[50 * dim + j] = bad[i];
            assert_status(FC_E_FORMAT,
                          fc__segments_search(&s, n_segments, queries, N_QUERIES, dim, &search,
                                              hits, n_hits, NULL, &err),
                          &err);
            assert_non_null(strstr(err.message, "query 50 "));
        }
    assert_status(
        FC_E_INVALID,
        fc__segments_search(&s, 1, queries, 1, dim - 1, &search, hits, n_hits, NULL, &err), &err);
    n_hits[0] = 99;
    assert_status(FC_OK,
                  fc__segments_search(NULL, 0, queries, 1, dim, &search, hits, n_hits, NULL, &err),
                  &err);
    assert_int_equal(n_hits[0], 0);
    fc__segment_close(s);
    data_dispose(&d);
    free(queries);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search__equals_the_plain_loop),
        cmocka_unit_test(test_search__settles_ties_by_content_number),
        cmocka_unit_test(test_search__settles_ties_between_segments),
        cmocka_unit_test(test_search__ranks_by_one_sum_to_the_last_bit),
        cmocka_unit_test(test_search__returns_only_what_is_allowed),
        cmocka_unit_test(test_search__merges_segments),
        cmocka_unit_test(test_search__refuses_queries_without_direction),
    };

    return cmocka_run_group_tests_name("search_exact", tests, NULL, NULL);
}
