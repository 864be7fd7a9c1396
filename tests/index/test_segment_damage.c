/*
 * Damaged, truncated and exchanged files: the answer is that of the undamaged segment, or the call
 * says FC_E_CORRUPT. Never another answer, never a signal. And full disks: nothing half-made stays.
 */
#include "index_fixture.h"

#include <signal.h>
#include <sys/resource.h>

#define N         ((size_t)3000)
#define DIM       ((size_t)24)
#define K         ((size_t)10)
#define N_QUERIES ((size_t)8)
#define N_FLIPS   1000

typedef struct fixture {
    char *folder, *vec_path, *faiss_path;
    data d;
    float queries[N_QUERIES * DIM];
    fc_segment_info info;
    fc_hit fast[N_QUERIES * K], exact[N_QUERIES * K]; /* the answers of the undamaged segment */
    fc_error err;
} fixture;

static fc_status answer(fixture *fx, fc_segment *s, bool exact, fc_hit *hits)
{
    const fc_search_options opts = {.k = K, .exact = exact};
    size_t n_hits[N_QUERIES];

    return fc__segments_search(&s, 1, fx->queries, N_QUERIES, DIM, &opts, hits, n_hits, NULL,
                               &fx->err);
}

static int setup(void **state)
{
    const fc_segment_options opts = {.kind = "PCA16,IVF32,PQ8x4fs"};
    fixture *fx = calloc(1, sizeof(*fx));
    fc_segment *s;

    if (fx == NULL)
        return -1;
    fx->folder = fresh_folder("damage");
    data_init(&fx->d, N, DIM);
    fill_clustered(fx->d.rows, N, DIM, 20, 0.6, 1);
    fill_clustered(fx->queries, N_QUERIES, DIM, 20, 0.6, 2);
    s = build_and_open(fx->folder, &fx->d, &opts, &fx->info);
    if (asprintf(&fx->vec_path, "%s/%s.vec", fx->folder, fx->info.hash) < 0 ||
        asprintf(&fx->faiss_path, "%s/%s.faiss", fx->folder, fx->info.hash) < 0 ||
        answer(fx, s, false, fx->fast) != FC_OK || answer(fx, s, true, fx->exact) != FC_OK)
        return -1;
    fc__segment_close(s);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    data_dispose(&fx->d);
    free(fx->folder);
    free(fx->vec_path);
    free(fx->faiss_path);
    free(fx);
    return 0;
}

static bool same(const fc_hit *a, const fc_hit *b)
{
    for (size_t i = 0; i < N_QUERIES * K; i++)
        if (a[i].content != b[i].content || a[i].score != b[i].score)
            return false;
    return true;
}

/* Whether the damage was noticed; fails the test when it changed an answer in silence. */
static bool check_damaged(fixture *fx, bool vec_is_damaged)
{
    fc_hit hits[N_QUERIES * K];
    fc_segment *s = NULL;
    bool degraded = false, noticed;
    fc_status st =
        fc__segment_open(&s, fx->folder, fx->info.hash, &identity_a, &degraded, &fx->err);

    if (st != FC_OK) {
        assert_true(vec_is_damaged); /* a bad .faiss never stops a segment from opening */
        assert_status(FC_E_CORRUPT, st, &fx->err);
        assert_null(s);
        return true;
    }
    noticed = degraded;
    st = answer(fx, s, false, hits);
    if (st == FC_OK)
        assert_true(same(hits, degraded ? fx->exact : fx->fast));
    else
        assert_status(FC_E_CORRUPT, st, &fx->err);
    noticed = noticed || st != FC_OK;
    st = answer(fx, s, true, hits);
    if (st == FC_OK)
        assert_true(same(hits, fx->exact));
    else
        assert_status(FC_E_CORRUPT, st, &fx->err);
    noticed = noticed || st != FC_OK;
    assert_status(FC_E_CORRUPT, fc__segment_verify(s, &fx->err), &fx->err);
    fc__segment_close(s);
    return noticed;
}

/* Every bit of a .vec is under the header's CRC or a page's, and an exact scan touches every page:
 * each of the flips must be noticed. */
static void test_damage__no_flipped_bit_passes(void **state)
{
    fixture *fx = *state;

    for (int faiss = 0; faiss < 2; faiss++) {
        const char *path = faiss ? fx->faiss_path : fx->vec_path;
        fc_rng rng = fc__rng_seed(6);
        size_t n, n_noticed = 0;
        uint8_t *bytes = fc_test_read_file(path, &n);

        for (size_t i = 0; i < N_FLIPS; i++) {
            /* Half of them in the header, which is a small part of the file. */
            const size_t at = fc__rng_below(&rng, i % 2 == 0 ? n : 4096 < n ? 4096 : n);
            const uint8_t bit = (uint8_t)(1u << fc__rng_below(&rng, 8));

            bytes[at] ^= bit;
            fc_test_write_file(path, bytes, n);
            n_noticed += check_damaged(fx, !faiss);
            bytes[at] ^= bit;
        }
        assert_int_equal(n_noticed, N_FLIPS);
        fc_test_write_file(path, bytes, n);
        free(bytes);
    }
}

static void test_damage__no_truncation_passes(void **state)
{
    fixture *fx = *state;

    for (int faiss = 0; faiss < 2; faiss++) {
        const char *path = faiss ? fx->faiss_path : fx->vec_path;
        fc_rng rng = fc__rng_seed(7);
        size_t n;
        uint8_t *bytes = fc_test_read_file(path, &n), *longer = calloc(n + 1, 1);

        for (size_t i = 0; i < 100; i++) {
            const size_t cut = i < 2 ? i : i == 2 ? n - 1 : i == 3 ? 256 : fc__rng_below(&rng, n);

            fc_test_write_file(path, bytes, cut);
            assert_true(check_damaged(fx, !faiss));
        }
        assert_non_null(longer);
        memcpy(longer, bytes, n);
        fc_test_write_file(path, longer, n + 1);
        assert_true(check_damaged(fx, !faiss));
        fc_test_write_file(path, bytes, n);
        free(bytes);
        free(longer);
    }
}

/* Pages zeroed, or exchanged with one another: each page's CRC is right somewhere else. */
static void test_damage__no_exchanged_page_passes(void **state)
{
    fixture *fx = *state;
    const size_t page = 4096;
    size_t n;
    uint8_t *bytes = fc_test_read_file(fx->vec_path, &n), *damaged = malloc(n);

    assert_non_null(damaged);
    for (size_t at = page; at + 2 * page <= n; at += page) {
        memcpy(damaged, bytes, n);
        memset(damaged + at, 0, page);
        fc_test_write_file(fx->vec_path, damaged, n);
        assert_true(check_damaged(fx, true));
        memcpy(damaged + at, bytes + at + page, page);
        memcpy(damaged + at + page, bytes + at, page);
        fc_test_write_file(fx->vec_path, damaged, n);
        assert_true(check_damaged(fx, true));
    }
    fc_test_write_file(fx->vec_path, bytes, n);
    free(bytes);
    free(damaged);
}

/* What was right at open and is damaged later is found by verify, whatever was checked before. */
static void test_damage__verify_reads_the_bytes_again(void **state)
{
    fixture *fx = *state;
    fc_hit hits[N_QUERIES * K];
    fc_segment *s;
    size_t n;
    uint8_t *bytes = fc_test_read_file(fx->vec_path, &n);
    int fd;

    assert_status(FC_OK,
                  fc__segment_open(&s, fx->folder, fx->info.hash, &identity_a, NULL, &fx->err),
                  &fx->err);
    assert_status(FC_OK, answer(fx, s, true, hits), &fx->err);
    assert_status(FC_OK, fc__segment_verify(s, &fx->err), &fx->err);
    fd = open(fx->vec_path, O_WRONLY);
    assert_true(fd >= 0);
    bytes[5000] ^= 4;
    assert_int_equal(pwrite(fd, bytes + 5000, 1, 5000), 1);
    close(fd);
    assert_status(FC_E_CORRUPT, fc__segment_verify(s, &fx->err), &fx->err);
    fc__segment_close(s);
    free(bytes);
}

/* A limit on the size of files stops the build at every stage with FC_E_FULL; nothing stays, and a
 * segment that was there is still there. */
static void test_damage__full_disk_leaves_the_folder_as_it_was(void **state)
{
    fixture *fx = *state;
    const fc_segment_options opts = {.kind = "HNSW16"}; /* its .faiss is larger than the .vec */
    const size_t n_before = count_files(fx->folder);
    struct rlimit was, limit;
    fc_segment_info info;
    size_t n_full = 0;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    for (size_t bytes = 0; bytes < 1100000; bytes += 50000) {
        fc_status st;

        limit = (struct rlimit){bytes, was.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        st =
            fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), &opts, &info, &fx->err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
        if (st == FC_OK) {
            assert_int_equal(count_files(fx->folder), n_before + 2);
            break;
        }
        assert_status(FC_E_FULL, st, &fx->err);
        assert_int_equal(count_files(fx->folder), n_before);
        n_full++;
    }
    assert_in_range(n_full, 5, 20); /* it failed in both files, and succeeded in the end */
    signal(SIGXFSZ, SIG_DFL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_damage__no_flipped_bit_passes),
        T(test_damage__no_truncation_passes),
        T(test_damage__no_exchanged_page_passes),
        T(test_damage__verify_reads_the_bytes_again),
        T(test_damage__full_disk_leaves_the_folder_as_it_was),
    };

    return cmocka_run_group_tests_name("segment_damage", tests, NULL, NULL);
}
