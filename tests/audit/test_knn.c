/*
 * Neighbour lists against NumPy's sorting and a plain scan, ties and refused rows; overlaps against
 * sets, rank-biased overlap against the package rbo, their values for planted noise and chance.
 */
#include "audit_fixture.h"

#include "fc_knn_compare.h"
#include "fc_measured.h"

static fc_knn_lists lists_of(const float *queries, const uint64_t *query_contents, size_t n_queries,
                             const float *gallery, const uint64_t *contents, size_t n, size_t dim,
                             size_t k, bool keep_self, size_t batch)
{
    const fc_knn_ask ask = {.dim = dim,
                            .n_queries = n_queries,
                            .k = k,
                            .rows = queries,
                            .contents = query_contents,
                            .keep_self = keep_self,
                            .n_threads = 2};
    fc_knn_scan *scan;
    fc_knn_lists lists;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__knn_scan_create(&scan, &ask, &err), &err);
    for (size_t at = 0; at < n; at += batch)
        fc__knn_scan_add(scan, contents + at, gallery + at * dim, n - at < batch ? n - at : batch);
    assert_status(FC_OK, fc__knn_scan_finish(scan, &lists, &err), &err);
    fc__knn_scan_destroy(scan);
    return lists;
}

static float *unit_rows(const fc_tensor *t)
{
    const size_t n = (size_t)t->shape[0], dim = (size_t)t->shape[1];
    float *rows = floats(n * dim);

    memcpy(rows, t->data, n * dim * sizeof(*rows));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(FC_OK, fc__vec_normalise(rows + i * dim, dim));
    return rows;
}

static void assert_lists(const char *golden, const fc_knn_lists *l)
{
    fc_tensor want = golden_load(golden);

    assert_int_equal(fc_tensor_count(&want), l->n_queries * l->k);
    for (size_t i = 0; i < l->n_queries * l->k; i++)
        assert_int_equal((uint64_t)((const float *)want.data)[i] + 100, l->contents[i]);
    fc_tensor_dispose(&want);
}

static void test_knn__lists_and_overlaps_are_those_of_numpy(void **state)
{
    fc_tensor x = golden_load("x"), z = golden_load("z");
    const size_t n = (size_t)x.shape[0], dim = (size_t)x.shape[1];
    float *ux = unit_rows(&x), *uz = unit_rows(&z), *values = floats(n);
    uint64_t *contents = content_numbers(n);
    fc_knn_lists old = lists_of(ux, contents, n, ux, contents, n, dim, 10, false, 33),
                 new = lists_of(uz, contents, n, uz, contents, n, dim, 10, false, n),
                 cross = lists_of(uz, contents, n, ux, contents, n, dim, 10, true, 7);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_lists("lists_old", &old);
    assert_lists("lists_new", &new);
    assert_lists("lists_cross", &cross);
    assert_status(FC_OK, fc__knn_overlap(&old, &new, 10, values, &err), &err);
    assert_golden("overlap", values, n, 1e-6);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)fc__jaccard_of_overlap((double)values[i]);
    assert_golden("jaccard", values, n, 1e-6);
    assert_status(FC_OK, fc__knn_rank_biased(&old, &new, 10, 1, values, &err), &err);
    assert_golden("rbo_1", values, n, 1e-6);
    assert_status(FC_OK, fc__knn_rank_biased(&old, &new, 10, 0.9, values, &err), &err);
    assert_golden("rbo_9", values, n, 1e-6);
    fc__knn_self_first(&cross, contents, values);
    for (size_t i = 0; i < n; i++)
        assert_near(cross.contents[i * 10] == 100 + i, (double)values[i], 0);
    fc__knn_lists_dispose(&old);
    fc__knn_lists_dispose(&new);
    fc__knn_lists_dispose(&cross);
    fc_tensor_dispose(&x);
    fc_tensor_dispose(&z);
    free(ux);
    free(uz);
    free(values);
    free(contents);
}

/* More queries and rows than a tile: the same bits as one row at a time. */
static void test_knn__lists_do_not_depend_on_batches(void **state)
{
    enum { N = 2300, DIM = 20, QUERIES = 2100, K = 7 };
    float *x = gaussian_rows(N, DIM, true, 1);
    uint64_t *contents = content_numbers(N);
    fc_knn_lists a = lists_of(x, contents, QUERIES, x, contents, N, DIM, K, false, N),
                 b = lists_of(x, contents, QUERIES, x, contents, N, DIM, K, false, 13);

    (void)state;
    assert_int_equal(a.n_gallery, N);
    assert_memory_equal(a.contents, b.contents, QUERIES * K * sizeof(*a.contents));
    assert_memory_equal(a.scores, b.scores, QUERIES * K * sizeof(*a.scores));
    for (size_t q = 0; q < QUERIES; q++) {
        const float last = a.scores[q * K + K - 1];
        size_t above = 0;

        for (size_t i = 0; i < N; i++)
            above += i != q && fc__dot(x + q * DIM, x + i * DIM, DIM) > last + 1e-6f;
        assert_true(above <= K - 1);
        for (size_t i = 0; i < K; i++) {
            assert_int_not_equal(a.contents[q * K + i], contents[q]);
            assert_true(i == 0 || a.scores[q * K + i - 1] >= a.scores[q * K + i]);
        }
    }
    fc__knn_lists_dispose(&a);
    fc__knn_lists_dispose(&b);
    free(x);
    free(contents);
}

/* Copies of one row, last content first: the lowest numbers are found, in order. */
static void test_knn__ties_go_to_the_lower_content(void **state)
{
    enum { N = 600, DIM = 33 };
    float *row = gaussian_rows(1, DIM, true, 1), *rows = floats(N * DIM);
    uint64_t contents[N], query = 5000;
    fc_knn_lists l;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        memcpy(rows + i * DIM, row, DIM * sizeof(*row));
        contents[i] = N - i;
    }
    l = lists_of(row, &query, 1, rows, contents, N, DIM, 5, false, 100);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(i + 1, l.contents[i]);
    fc__knn_lists_dispose(&l);
    free(row);
    free(rows);
}

static void test_knn__small_galleries_and_broken_rows(void **state)
{
    enum { DIM = 4 };
    float *x = gaussian_rows(5, DIM, true, 1);
    uint64_t *contents = content_numbers(5);
    fc_knn_ask ask = {.dim = DIM, .n_queries = 5, .k = 3, .rows = x, .contents = contents};
    fc_knn_scan *scan;
    fc_knn_lists l;
    float overlap[5];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    l = lists_of(x, contents, 5, x, contents, 2, DIM, 3, false, 2);
    assert_int_equal(l.n_found[0], 1);
    assert_int_equal(l.n_found[4], 2);
    assert_int_equal(l.contents[1], UINT64_MAX);
    assert_true(isinf(l.scores[1]));
    assert_status(FC_OK, fc__knn_overlap(&l, &l, 3, overlap, &err), &err);
    for (size_t q = 0; q < 5; q++)
        assert_near(1, (double)overlap[q], 0);
    assert_status(FC_E_INVALID, fc__knn_overlap(&l, &l, 4, overlap, &err), &err);
    assert_status(FC_E_INVALID, fc__knn_rank_biased(&l, &l, 3, 1.5, overlap, &err), &err);
    fc__knn_lists_dispose(&l);
    x[DIM] = NAN;
    l = lists_of(x, contents, 1, x, contents, 5, DIM, 4, false, 5);
    assert_int_equal(l.n_refused, 1);
    assert_int_equal(l.n_found[0], 3);
    fc__knn_lists_dispose(&l);
    assert_status(FC_E_INVALID, fc__knn_scan_create(&scan, &ask, &err), &err);
    assert_string_equal(err.message, "query 1 (content 101) is not finite");
    ask.k = 0;
    assert_status(FC_E_INVALID, fc__knn_scan_create(&scan, &ask, &err), &err);
    ask.n_queries = 0;
    assert_status(FC_E_INVALID, fc__knn_scan_create(&scan, &ask, &err), &err);
    assert_null(scan);
    free(x);
    free(contents);
}

static double letters_rbo(const char *a, const char *b, double p)
{
    uint64_t x[16], y[16];
    size_t n = strlen(a);

    for (size_t i = 0; i < n; i++) {
        x[i] = (uint64_t)a[i];
        y[i] = (uint64_t)b[i];
    }
    return fc__rank_biased_overlap(x, y, n, p);
}

static void test_rank_biased_overlap__has_its_known_values(void **state)
{
    const uint64_t same[] = {1, 2, 3};

    (void)state;
    assert_near(0.312, letters_rbo("abcdefg", "zcavwxy", 1), 5e-4);
    assert_near(0.8, letters_rbo("abcde", "bacde", 1), 1e-12);
    assert_near(0.95, letters_rbo("abcde", "abced", 1), 1e-12);
    assert_near(0.8333, letters_rbo("123", "132", 1), 5e-5);
    assert_near(0, letters_rbo("abc", "def", 1), 0);
    assert_near(0, letters_rbo("abc", "def", 0.9), 0);
    assert_near(1, letters_rbo("abc", "abc", 0.9), 1e-12);
    assert_near(1 - 0.9 * 0.9 * 0.9, fc__rank_biased_overlap_least(same, same, 3, 0.9), 1e-12);
    assert_true(isnan(letters_rbo("", "", 0.9)));
    assert_near(golden_value("rbo_chance_9"), fc__rank_biased_chance(5, 0.9, 30), 2e-3);
    assert_near(golden_value("rbo_chance_1"), fc__rank_biased_chance(5, 1, 30), 2e-3);
}

/* The table for unit Gaussian rows; .02 is three deviations between draws of 600. */
static void test_knn__overlap_of_planted_noise_is_known(void **state)
{
    enum { N = 600, DIM = 256 };
    static const struct {
        double a, overlap;
    } rows[] = {{0, 1}, {0.1, 0.8468}, {0.3, 0.5845}, {1, 0.1593}, {-1, 0.0160}};
    float *x = gaussian_rows(N, DIM, true, 1), values[N];
    uint64_t *contents = content_numbers(N);
    fc_knn_lists old = lists_of(x, contents, N, x, contents, N, DIM, 10, false, N);
    fc_error err = FC_ERROR_INIT;
    fc_measured mean = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        float *y = rows[i].a < 0 ? gaussian_rows(N, DIM, true, 2)
                                 : noisy_rows(x, N, DIM, rows[i].a, true, 20 + i);
        fc_knn_lists new = lists_of(y, contents, N, y, contents, N, DIM, 10, false, N);

        assert_status(FC_OK, fc__knn_overlap(&old, &new, 10, values, &err), &err);
        fc__mean_interval(&mean, values, N, 0, NULL);
        assert_near(rows[i].overlap, mean.value, rows[i].a != 0 ? 0.02 : 0);
        if (rows[i].a < 0)
            assert_between(mean.range.low, fc__knn_chance(10, N - 1), mean.range.high);
        fc__knn_lists_dispose(&new);
        free(y);
    }
    fc__knn_lists_dispose(&old);
    free(x);
    free(contents);
}

/* New queries on the old gallery: a rotation, unseen by the overlap, takes everything from them. */
static void test_knn__cross_lists_tell_a_rotation(void **state)
{
    enum { N = 600, DIM = 32 };
    float *x = gaussian_rows(N, DIM, true, 1), values[N];
    double *turn = orthogonal_matrix(DIM, false, 2);
    float *y = mapped_rows(x, N, DIM, turn, DIM, 1);
    uint64_t *contents = content_numbers(N);
    fc_knn_lists old = lists_of(x, contents, N, x, contents, N, DIM, 10, false, N),
                 new = lists_of(y, contents, N, y, contents, N, DIM, 10, false, N),
                 cross = lists_of(y, contents, N, x, contents, N, DIM, 10, true, N);
    fc_error err = FC_ERROR_INIT;
    fc_measured mean = {0};

    (void)state;
    assert_status(FC_OK, fc__knn_overlap(&old, &new, 10, values, &err), &err);
    fc__mean_interval(&mean, values, N, 0, NULL);
    assert_near(1, mean.value, 0.001);
    assert_status(FC_OK, fc__knn_overlap(&cross, &new, 10, values, &err), &err);
    fc__mean_interval(&mean, values, N, 0, NULL);
    assert_between(0, mean.value, 0.05);
    fc__knn_self_first(&cross, contents, values);
    fc__mean_interval(&mean, values, N, 0, NULL);
    assert_between(0, mean.value, 0.03);
    fc__knn_lists_dispose(&old);
    fc__knn_lists_dispose(&new);
    fc__knn_lists_dispose(&cross);
    free(x);
    free(y);
    free(turn);
    free(contents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knn__lists_and_overlaps_are_those_of_numpy),
        cmocka_unit_test(test_knn__lists_do_not_depend_on_batches),
        cmocka_unit_test(test_knn__ties_go_to_the_lower_content),
        cmocka_unit_test(test_knn__small_galleries_and_broken_rows),
        cmocka_unit_test(test_knn__overlap_of_planted_noise_is_known),
        cmocka_unit_test(test_knn__cross_lists_tell_a_rotation),
        cmocka_unit_test(test_rank_biased_overlap__has_its_known_values),
    };

    return cmocka_run_group_tests_name("knn", tests, NULL, NULL);
}
