/*
 * The container of a FAISS index: its bytes are where the schema says, and layout 1, which had no
 * slack and nothing measured, is still read.
 */
#include "index_fixture.h"

#include "fc_bytes.h"
#include "fc_hash.h"

#define N            ((size_t)400)
#define DIM          ((size_t)4)
#define K            ((size_t)10)
#define HEADER_BYTES ((size_t)256)
#define BEFORE_2     ((size_t)4096) /* bytes before the payload in layout 2 */
#define AT_SLACK     136
#define AT_CRC       252

typedef struct fixture {
    char *folder, *path;
    data d;
    fc_segment_info info;
    uint8_t *bytes;
    size_t n_bytes;
    fc_error err;
} fixture;

/* A segment with its index, closed, and the bytes of the .faiss. */
static int setup(void **state)
{
    const fc_segment_options opts = {.kind = "IVF2,Flat", .n_threads = 1};
    fixture *fx = calloc(1, sizeof(*fx));

    if (fx == NULL)
        return -1;
    fx->folder = fresh_folder("container");
    data_init(&fx->d, N, DIM);
    fill_clustered(fx->d.rows, N, DIM, 4, 0.5, 1);
    fc__segment_close(build_and_open(fx->folder, &fx->d, &opts, &fx->info));
    if (asprintf(&fx->path, "%s/%s.faiss", fx->folder, fx->info.hash) < 0)
        return -1;
    fx->bytes = fc_test_read_file(fx->path, &fx->n_bytes);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    data_dispose(&fx->d);
    free(fx->bytes);
    free(fx->path);
    free(fx->folder);
    free(fx);
    return 0;
}

/* Write the bytes with a checksum that fits, and open the segment. */
static fc_segment *reopen(fixture *fx, bool *degraded)
{
    fc_segment *s = NULL;

    fc_put_le32(fx->bytes + AT_CRC, fc__crc32c(0, fx->bytes, AT_CRC));
    fc_test_write_file(fx->path, fx->bytes, fx->n_bytes);
    *degraded = false;
    assert_status(FC_OK,
                  fc__segment_open(&s, fx->folder, fx->info.hash, &identity_a, degraded, &fx->err),
                  &fx->err);
    return s;
}

static void search(fixture *fx, fc_segment *s, fc_hit hits[K], bool exact)
{
    const fc_search_options opts = {.k = K, .n_threads = 1};
    fc_search_report report;
    size_t n_hits;

    assert_status(
        FC_OK,
        fc__segments_search(&s, 1, fx->d.rows, 1, DIM, &opts, hits, &n_hits, &report, &fx->err),
        &fx->err);
    assert_int_equal(n_hits, K);
    assert_int_equal(report.exact, exact);
}

/* From layout 2 to the bytes that a featcache of layout 1 wrote. */
static void make_layout_1(fixture *fx)
{
    fc_put_le32(fx->bytes + 8, 1);
    fc_put_le32(fx->bytes + 12, HEADER_BYTES);
    fc_put_le32(fx->bytes + AT_SLACK, 0);
    memmove(fx->bytes + HEADER_BYTES, fx->bytes + BEFORE_2, fx->n_bytes - BEFORE_2);
    fx->n_bytes -= BEFORE_2 - HEADER_BYTES;
}

static void test_faiss_file__bytes_are_where_the_schema_says(void **state)
{
    const fixture *fx = *state;
    const uint8_t *b = fx->bytes;

    assert_memory_equal(b, "FCFAISS", 8);
    assert_int_equal(fc_get_le32(b + 8), 2);
    assert_int_equal(fc_get_le32(b + 12), BEFORE_2);
    assert_int_equal(fc_get_le64(b + 32), N);
    assert_int_equal(fc_get_le32(b + 40), DIM);
    assert_int_equal(fc_get_le32(b + 44), 1); /* plain vectors: none is compared for nothing */
    assert_int_equal(fc_get_le64(b + 48), fx->n_bytes - BEFORE_2);
    assert_string_equal((const char *)b + 72, "IVF2,Flat");
    assert_memory_equal(b + 104, "nprobe=", 7);
    assert_int_equal(fc_get_le32(b + AT_CRC), fc__crc32c(0, b, AT_CRC));
    assert_int_equal(fc_get_le32(b + 256), 0x3f733333); /* .95, the default */
    assert_in_range(fc_get_le32(b + 256 + 12), 1, 24);
    assert_int_equal(fc_get_le32(b + 256 + 16), 0);
    assert_memory_equal(b + 256 + 64, "nprobe=", 7);
    assert_int_equal(fc_get_le32(b + 4092), fc__crc32c(0, b + 256, 3836));
    assert_memory_equal(b + BEFORE_2, "IwFl", 4);
}

static void test_faiss_file__of_layout_1_is_read(void **state)
{
    fixture *fx = *state;
    fc_hit as_2[K], as_1[K];
    bool degraded;
    fc_segment *s = reopen(fx, &degraded);

    assert_false(degraded);
    assert_non_null(fc__segment_measure(s));
    search(fx, s, as_2, false);
    fc__segment_close(s);

    make_layout_1(fx);
    s = reopen(fx, &degraded);
    assert_false(degraded);
    assert_string_equal(fc__segment_info(s)->kind, "IVF2,Flat");
    assert_null(fc__segment_measure(s)); /* nothing was kept */
    search(fx, s, as_1, false);
    for (size_t i = 0; i < K; i++)
        assert_true(as_1[i].content == as_2[i].content && as_1[i].score == as_2[i].score);
    assert_status(FC_OK, fc__segment_verify(s, &fx->err), &fx->err);
    fc__segment_close(s);
}

/* Bytes of one layout under the version of the other, or of one to come, are not used. */
static void test_faiss_file__of_a_wrong_layout_is_left_out(void **state)
{
    fixture *fx = *state;
    fc_hit hits[K];

    for (uint32_t version = 0; version <= 3; version++) {
        bool degraded;
        fc_segment *s;

        if (version == 2)
            continue;
        fc_put_le32(fx->bytes + 8, version);
        s = reopen(fx, &degraded);
        assert_true(degraded);
        search(fx, s, hits, true);
        fc__segment_close(s);
    }
    make_layout_1(fx);
    for (uint32_t version = 1; version <= 2; version++) {
        bool degraded;

        fc_put_le32(fx->bytes + 8, version);
        fc__segment_close(reopen(fx, &degraded));
        assert_int_equal(degraded, version == 2);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_faiss_file__bytes_are_where_the_schema_says),
        T(test_faiss_file__of_layout_1_is_read),
        T(test_faiss_file__of_a_wrong_layout_is_left_out),
    };

    return cmocka_run_group_tests_name("faiss_file", tests, NULL, NULL);
}
