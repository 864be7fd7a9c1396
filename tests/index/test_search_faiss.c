/*
 * Segments with a FAISS index: recall against the exact scan, filters, and what happens when the
 * index is not there or is not the right one.
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

static void assert_same_as_truth(const fixture *fx)
{
    for (size_t q = 0; q < N_QUERIES; q++) {
        assert_int_equal(fx->n_hits[q], fx->n_truth[q]);
        for (size_t h = 0; h < fx->n_hits[q]; h++)
            assert_int_equal(fx->hits[q * K + h].content, fx->truth[q * K + h].content);
    }
}

static void test_faiss__finds_what_the_exact_scan_finds(void **state)
{
    const char *const kinds[] = {"HNSW16", "PCA16,IVF64,PQ8x4fs", "IVF32,Flat",
                                 "SQ8",    "RR16,IVF64,PQ8x4fs",  "RR28,PCA20,IVF64,PQ10x4fs"};
    fixture *fx = *state;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const fc_segment_options opts = {.kind = kinds[i]};
        fc_segment_info info;
        fc_segment *s = build_and_open(fx->folder, &fx->d, &opts, &info);

        assert_string_equal(info.kind, kinds[i]);
        assert_false(info.exact);
        assert_false(fc__segment_info(s)->exact);
        for (uint32_t n_threads = 1; n_threads <= 2; n_threads++) {
            const fc_search_report report = search(fx, s, NULL, n_threads);

            assert_false(report.exact);
            assert_true(report.n_scanned < N_QUERIES * 500); /* not a scan in disguise */
            if (recall(fx) < .95)
                fail_msg("%s: %g", kinds[i], recall(fx));
        }
        assert_status(FC_OK, fc__segment_verify(s, &fx->err), &fx->err);
        fc__segment_close(s);
    }
}

/* Filters of every size keep the recall and return only what is allowed; a few rows
 * are scanned exactly. */
static void test_faiss__keeps_its_recall_under_filters(void **state)
{
    const double shares[] = {0.0005, 0.02, 0.3, 0.97};
    fixture *fx = *state;
    const fc_segment_options opts = {.kind = "PCA16,IVF64,PQ8x4fs"};
    uint64_t *bits = calloc(3 * N / 64 + 2, sizeof(*bits));
    fc_segment_info info;
    fc_segment *s = build_and_open(fx->folder, &fx->d, &opts, &info);
    fc_rng rng = fc__rng_seed(5);

    for (size_t i = 0; i < 4; i++) {
        fc_content_set set = {.base = 10, .n = 3 * N, .bits = bits};
        fc_search_report report;

        memset(bits, 0, (3 * N / 64 + 2) * sizeof(*bits));
        for (size_t r = 0; r < N; r++)
            if (fc__rng_unit(&rng) < shares[i]) {
                bits[3 * r / 64] |= UINT64_C(1) << (3 * r % 64);
                set.n_set++;
            }
        report = search(fx, s, &set, 1);
        assert_true(recall(fx) >= .95);
        assert_int_equal(report.exact, shares[i] < 0.1);
        for (size_t q = 0; q < N_QUERIES; q++)
            for (size_t h = 0; h < fx->n_hits[q]; h++)
                assert_true(fc__content_set_has(&set, fx->hits[q * K + h].content));
    }

    fc__segment_close(s);
    free(bits);
}

/* A filter that leaves `share` of a large segment, by content number alone. */
static fc_content_set random_set(uint64_t *bits, const data *d, double share)
{
    fc_content_set set = {.base = 10, .n = 3 * d->n, .bits = bits};
    fc_rng rng = fc__rng_seed(5);

    memset(bits, 0, (3 * d->n / 64 + 2) * sizeof(*bits));
    for (size_t r = 0; r < d->n; r++)
        if (fc__rng_unit(&rng) < share) {
            bits[3 * r / 64] |= UINT64_C(1) << (3 * r % 64);
            set.n_set++;
        }
    return set;
}

/* Over 50,000 rows, with a graph and with codes: half of the rows allowed, a twentieth, and 50. */
static void test_faiss__keeps_its_recall_under_filters_of_many_rows(void **state)
{
    const char *const kinds[] = {"HNSW16", "IVF256,PQ16x4fs"};
    const double shares[] = {0.5, 0.05, 0.001};
    fixture *fx = *state;
    uint64_t *bits;
    data d;

    data_init(&d, 50000, DIM);
    fill_clustered(d.rows, d.n, DIM, 20, 0.6, 1);
    bits = calloc(3 * d.n / 64 + 2, sizeof(*bits));
    assert_non_null(bits);
    for (size_t i = 0; i < 2; i++) {
        const fc_segment_options opts = {.kind = kinds[i], .n_threads = 1};
        fc_segment_info info;
        fc_segment *s = build_and_open(fx->folder, &d, &opts, &info);

        for (size_t f = 0; f < 3; f++) {
            const fc_content_set set = random_set(bits, &d, shares[f]);
            const fc_search_report report = search(fx, s, &set, 1);

            assert_in_range(set.n_set, 25, 26000);
            assert_true(!report.exact || shares[f] < 0.1);
            assert_true(report.exact || shares[f] > 0.01);
            if (!report.exact) /* hardly a query is left over to be scanned */
                assert_true(report.n_scanned < N_QUERIES * (set.n_set / 20 + 200));
            if (recall(fx) < .95)
                fail_msg("%s, %g allowed: %g", kinds[i], shares[f], recall(fx));
            for (size_t q = 0; q < N_QUERIES; q++) {
                assert_int_equal(fx->n_hits[q], K);
                for (size_t h = 0; h < K; h++)
                    assert_true(fc__content_set_has(&set, fx->hits[q * K + h].content));
            }
        }
        fc__segment_close(s);
    }
    free(bits);
    data_dispose(&d);
}

/* Three clusters are allowed, where most queries do not look: too few candidates survive, and what
 * is returned is exact and whole all the same. */
static void test_faiss__scans_what_its_candidates_miss(void **state)
{
    fixture *fx = *state;
    const fc_segment_options opts = {.kind = "IVF32,Flat"};
    uint64_t *bits = calloc(3 * N / 64 + 2, sizeof(*bits));
    fc_content_set set = {.base = 10, .n = 3 * N, .bits = bits};
    fc_segment_info info;
    fc_segment *s = build_and_open(fx->folder, &fx->d, &opts, &info);
    float row[DIM], probe[DIM];

    assert_non_null(bits);
    for (size_t p = 0; p < 3; p++) {
        assert_status(FC_OK, fc__segment_vector(s, p, probe, &fx->err), &fx->err);
        for (size_t r = 0; r < N; r++) {
            assert_status(FC_OK, fc__segment_vector(s, r, row, &fx->err), &fx->err);
            if (dot_double(row, probe, DIM) > 0.5)
                bits[3 * r / 64] |= UINT64_C(1) << (3 * r % 64);
        }
    }
    for (size_t r = 0; r < N; r++)
        set.n_set += fc__content_set_has(&set, fx->d.contents[r]);
    assert_in_range(set.n_set, N / 20, N / 4);
    assert_false(search(fx, s, &set, 1).exact); /* FAISS did answer the queries in the clusters */
    for (size_t q = 0; q < N_QUERIES; q++)
        assert_int_equal(fx->n_hits[q], K);
    assert_true(recall(fx) >= .99);
    fc__segment_close(s);
    free(bits);
}

static void test_faiss__large_k_is_still_answered(void **state)
{
    fixture *fx = *state;
    const fc_segment_options opts = {.kind = "PCA16,IVF64,PQ8x4fs"};
    const size_t k = N + 50;
    const fc_search_options all = {.k = k};
    fc_hit *hits = calloc(k, sizeof(*hits));
    size_t n_hits;
    fc_segment_info info;
    fc_segment *s = build_and_open(fx->folder, &fx->d, &opts, &info);

    assert_status(
        FC_OK, fc__segments_search(&s, 1, fx->queries, 1, DIM, &all, hits, &n_hits, NULL, &fx->err),
        &fx->err);
    assert_int_equal(n_hits, N);
    assert_exact(&s, 1, fx->queries, DIM, NULL, k, hits, n_hits);
    fc__segment_close(s);
    free(hits);
}

/* Without its .faiss, or with that of another segment, a segment says so and answers exactly. */
static void test_faiss__falls_back_to_the_exact_scan(void **state)
{
    fixture *fx = *state;
    const fc_segment_options opts = {.kind = "IVF32,Flat"};
    char *path[2], *aside = NULL;
    fc_segment_info info[2];
    fc_segment *s;
    bool degraded;

    for (size_t i = 0; i < 2; i++) {
        fc__segment_close(build_and_open(fx->folder, &fx->d, &opts, &info[i]));
        assert_true(asprintf(&path[i], "%s/%s.faiss", fx->folder, info[i].hash) > 0);
        fx->d.contents[N - 1]++;
    }
    assert_true(asprintf(&aside, "%s/aside", fx->folder) > 0);
    assert_int_equal(rename(path[0], aside), 0);
    for (int missing = 1; missing >= 0; missing--) {
        if (!missing)
            assert_int_equal(rename(path[1], path[0]), 0);
        degraded = false;
        assert_status(
            FC_OK, fc__segment_open(&s, fx->folder, info[0].hash, &identity_a, &degraded, &fx->err),
            &fx->err);
        assert_true(degraded);
        assert_true(fc__segment_info(s)->exact);
        assert_string_equal(fc__segment_info(s)->kind, "IVF32,Flat");
        assert_true(search(fx, s, NULL, 1).exact);
        assert_same_as_truth(fx);
        assert_status(FC_E_CORRUPT, fc__segment_verify(s, &fx->err), &fx->err);
        fc__segment_close(s);
    }
    for (size_t i = 0; i < 2; i++)
        free(path[i]);
    free(aside);
}

static void test_faiss__refuses_kinds_it_cannot_use(void **state)
{
    const char *const kinds[] = {"IDMap,Flat",
                                 "IVF32,Flat,RFlat",
                                 "NoSuchKind",
                                 "",
                                 "IVF9000,Flat",
                                 "PQ7x4fs",
                                 "PCA16,IVF64,PQ8x4fs,and,far,too,long"};
    fixture *fx = *state;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const fc_segment_options opts = {.kind = kinds[i]};
        fc_segment_info info;

        assert_status(
            FC_E_INVALID,
            fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), &opts, &info, &fx->err),
            &fx->err);
        assert_true(strlen(fx->err.message) > 0);
        assert_null(strchr(fx->err.message, '\n'));
        assert_int_equal(count_files(fx->folder), 0);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_faiss__finds_what_the_exact_scan_finds),
        T(test_faiss__keeps_its_recall_under_filters),
        T(test_faiss__keeps_its_recall_under_filters_of_many_rows),
        T(test_faiss__scans_what_its_candidates_miss),
        T(test_faiss__large_k_is_still_answered),
        T(test_faiss__falls_back_to_the_exact_scan),
        T(test_faiss__refuses_kinds_it_cannot_use),
    };

    return cmocka_run_group_tests_name("search_faiss", tests, NULL, NULL);
}
