/*
 * A segment from rows to file and back: what is stored, what is refused, and what each refusal
 * says.
 */
#include "index_fixture.h"

#include "fc_bytes.h"
#include "fc_hash.h"

typedef struct fixture {
    char *folder;
    data d;
    fc_error err;
} fixture;

static int setup(void **state)
{
    fixture *fx = calloc(1, sizeof(*fx));

    if (fx == NULL)
        return -1;
    fx->folder = fresh_folder("segments");
    data_init(&fx->d, 257, 19);
    fill_clustered(fx->d.rows, fx->d.n, fx->d.dim, 5, 0.5, 1);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    data_dispose(&fx->d);
    free(fx->folder);
    free(fx);
    return 0;
}

static void test_segment__gives_back_unit_vectors_of_every_row(void **state)
{
    fixture *fx = *state;

    for (int f32 = 0; f32 < 2; f32++) {
        const fc_segment_options opts = {.f32 = f32 != 0};
        fc_segment_info info;
        fc_segment *s = build_and_open(fx->folder, &fx->d, &opts, &info);
        float want[19], got[19];

        assert_int_equal(info.count, 257);
        assert_int_equal(info.dim, 19);
        assert_int_equal(info.first_content, 10);
        assert_int_equal(info.last_content, 10 + 3 * 256);
        assert_string_equal(info.kind, "Flat");
        assert_true(info.exact);
        assert_string_equal(fc__segment_info(s)->hash, info.hash);
        assert_string_equal(fc__segment_info(s)->kind, info.kind);
        assert_int_equal(fc__segment_info(s)->last_content, info.last_content);
        for (size_t r = 0; r < fx->d.n; r++) {
            memcpy(want, fx->d.rows + r * 19, sizeof(want));
            assert_int_equal(fc__vec_normalise(want, 19), FC_OK);
            assert_status(FC_OK, fc__segment_vector(s, r, got, &fx->err), &fx->err);
            /* Half a unit in the last place of f16 below 1; f32 is stored as it is. */
            for (size_t j = 0; j < 19; j++)
                assert_true(fabsf(want[j] - got[j]) <= (f32 ? 0.0f : 0.000245f));
            assert_int_equal(fc__segment_contents(s)[r], fx->d.contents[r]);
            assert_int_equal(fc__segment_find(s, fx->d.contents[r]), r);
            assert_int_equal(fc__segment_find(s, fx->d.contents[r] + 1), UINT64_MAX);
        }
        assert_int_equal(fc__segment_find(s, 0), UINT64_MAX);
        assert_status(FC_E_INVALID, fc__segment_vector(s, 257, got, &fx->err), &fx->err);
        assert_status(FC_OK, fc__segment_verify(s, &fx->err), &fx->err);
        fc__segment_close(s);
    }
    /* Two precisions are two segments; nothing temporary is left. */
    assert_int_equal(count_files(fx->folder), 2);
}

static void test_segment__same_rows_same_name_other_rows_other_name(void **state)
{
    fixture *fx = *state;
    fc_segment_identity other = identity_a;
    fc_segment_info a, b, c, d;

    assert_status(
        FC_OK, fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), NULL, &a, &fx->err),
        &fx->err);
    assert_status(
        FC_OK, fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), NULL, &b, &fx->err),
        &fx->err);
    assert_string_equal(a.hash, b.hash);
    other.version++;
    assert_status(FC_OK,
                  fc__segment_build(fx->folder, &other, data_source(&fx->d), NULL, &c, &fx->err),
                  &fx->err);
    assert_string_not_equal(a.hash, c.hash);
    fx->d.contents[256]++;
    assert_status(
        FC_OK, fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), NULL, &d, &fx->err),
        &fx->err);
    assert_string_not_equal(a.hash, d.hash);
}

static void test_segment__refuses_rows_without_direction_and_names_the_content(void **state)
{
    fixture *fx = *state;
    const float bad[] = {NAN, INFINITY, 0.0f};
    fc_segment_info info;

    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 19; j++)
            fx->d.rows[200 * 19 + j] = 0.0f;
        fx->d.rows[200 * 19 + 18] = bad[i];
        assert_status(
            FC_E_FORMAT,
            fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), NULL, &info, &fx->err),
            &fx->err);
        assert_non_null(strstr(fx->err.message, "content 610 "));
        assert_int_equal(count_files(fx->folder), 0);
    }
}

static void test_segment__refuses_rows_out_of_order_and_leaves_nothing(void **state)
{
    fixture *fx = *state;
    fc_segment_info info;

    fx->d.contents[150] = fx->d.contents[149];
    assert_status(
        FC_E_INVALID,
        fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), NULL, &info, &fx->err),
        &fx->err);
    assert_int_equal(count_files(fx->folder), 0);
}

static void test_segment__of_no_rows_is_not_found(void **state)
{
    fixture *fx = *state;
    fc_segment_info info;

    fx->d.n = 0;
    assert_status(
        FC_E_NOT_FOUND,
        fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), NULL, &info, &fx->err),
        &fx->err);
    assert_int_equal(count_files(fx->folder), 0);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void test_segment__stops_when_asked_and_stays_within_memory(void **state)
{
    fixture *fx = *state;
    const fc_segment_options cancelled = {.cancelled = always};
    const fc_segment_options tiny = {.memory_bytes = 1024};
    const fc_segment_options hungry = {.kind = "HNSW32", .memory_bytes = 65536};
    fc_segment_info info;

    assert_status(FC_E_CANCELLED,
                  fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), &cancelled, &info,
                                    &fx->err),
                  &fx->err);
    assert_status(
        FC_E_LIMIT,
        fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), &tiny, &info, &fx->err),
        &fx->err);
    assert_status(
        FC_E_LIMIT,
        fc__segment_build(fx->folder, &identity_a, data_source(&fx->d), &hungry, &info, &fx->err),
        &fx->err);
    assert_non_null(strstr(fx->err.message, "HNSW32"));
    assert_int_equal(count_files(fx->folder), 0);
}

static void test_segment__opens_only_for_whom_it_was_built(void **state)
{
    fixture *fx = *state;
    fc_segment_identity wrong[4] = {identity_a, identity_a, identity_a, identity_a};
    fc_segment_info info;
    fc_segment *s = build_and_open(fx->folder, &fx->d, NULL, &info);

    fc__segment_close(s);
    wrong[0].store_id[15]++;
    wrong[1].version++;
    wrong[2].output++;
    strcpy(wrong[3].space, "shared");
    for (size_t i = 0; i < 4; i++) {
        assert_status(FC_E_CORRUPT,
                      fc__segment_open(&s, fx->folder, info.hash, &wrong[i], NULL, &fx->err),
                      &fx->err);
        assert_null(s);
    }
}

static void test_segment__of_another_name_is_refused(void **state)
{
    fixture *fx = *state;
    const char *other = "0123456789abcdef0123456789abcdef";
    char *from, *to;
    fc_segment_info info;
    fc_segment *s = build_and_open(fx->folder, &fx->d, NULL, &info);

    fc__segment_close(s);
    assert_status(FC_E_NOT_FOUND,
                  fc__segment_open(&s, fx->folder, other, &identity_a, NULL, &fx->err), &fx->err);
    assert_true(asprintf(&from, "%s/%s.vec", fx->folder, info.hash) > 0);
    assert_true(asprintf(&to, "%s/%s.vec", fx->folder, other) > 0);
    assert_int_equal(rename(from, to), 0);
    assert_status(FC_E_CORRUPT,
                  fc__segment_open(&s, fx->folder, other, &identity_a, NULL, &fx->err), &fx->err);
    /* A name is 32 hex digits, not a path. */
    assert_status(
        FC_E_CORRUPT,
        fc__segment_open(&s, fx->folder, "../../../../../etc/passwd", &identity_a, NULL, &fx->err),
        &fx->err);
    free(from);
    free(to);
}

static void test_segment__of_a_newer_layout_is_told_from_a_damaged_one(void **state)
{
    fixture *fx = *state;
    char *path;
    uint8_t *bytes;
    size_t n;
    fc_segment_info info;
    fc_segment *s = build_and_open(fx->folder, &fx->d, NULL, &info);

    fc__segment_close(s);
    assert_true(asprintf(&path, "%s/%s.vec", fx->folder, info.hash) > 0);
    bytes = fc_test_read_file(path, &n);
    fc_put_le32(bytes + 8, 2);
    fc_test_write_file(path, bytes, n);
    assert_status(FC_E_CORRUPT,
                  fc__segment_open(&s, fx->folder, info.hash, &identity_a, NULL, &fx->err),
                  &fx->err);
    fc_put_le32(bytes + 4092, fc__crc32c(0, bytes, 4092));
    fc_test_write_file(path, bytes, n);
    assert_status(FC_E_VERSION,
                  fc__segment_open(&s, fx->folder, info.hash, &identity_a, NULL, &fx->err),
                  &fx->err);
    free(bytes);
    free(path);
}

/* The layout as schemas/segment.md gives it, field by field. */
static void test_segment__bytes_are_where_the_schema_says(void **state)
{
    fixture *fx = *state;
    char *path;
    uint8_t *bytes;
    size_t n;
    fc_segment_info info;
    fc_segment *s = build_and_open(fx->folder, &fx->d, NULL, &info);

    fc__segment_close(s);
    assert_true(asprintf(&path, "%s/%s.vec", fx->folder, info.hash) > 0);
    bytes = fc_test_read_file(path, &n);
    assert_int_equal(n, 4096 + 257 * (64 + 8) + 4); /* 38 bytes a row, aligned to 64 */
    assert_memory_equal(bytes, "FCVECSEG", 8);
    assert_int_equal(fc_get_le32(bytes + 8), 1);
    assert_memory_equal(bytes + 16, identity_a.store_id, 16);
    assert_int_equal(fc_get_le32(bytes + 32), 7);
    assert_int_equal(fc_get_le16(bytes + 36), 2);
    assert_int_equal(fc_get_le16(bytes + 38), FC_F16);
    assert_int_equal(fc_get_le32(bytes + 40), 19);
    assert_int_equal(fc_get_le32(bytes + 44), 64);
    assert_int_equal(fc_get_le64(bytes + 48), 257);
    assert_int_equal(fc_get_le64(bytes + 56), 10);
    assert_int_equal(fc_get_le64(bytes + 64), 778);
    assert_string_equal((char *)bytes + 160, "Flat");
    assert_int_equal(fc_get_le64(bytes + 4096 + 257 * 64 + 8), 13);
    assert_int_equal(fc_get_le32(bytes + n - 4), fc__crc32c(0, bytes + 4096, n - 4100));
    assert_int_equal(fc_get_le32(bytes + 80), fc__crc32c(0, bytes + n - 4, 4));
    free(bytes);
    free(path);
}

/* The example of schemas/segment.md: changes of the layout, of normalising or of rounding show. */
static void test_segment__of_the_schema_has_the_same_bytes(void **state)
{
    const float rows[] = {3, 4, 0, 0, 0, 0, -1, 0};
    const uint8_t first[] = {0xcd, 0x38, 0x66, 0x3a, 0, 0, 0, 0};
    const uint8_t hash_and_crc[] = {0x34, 0x32, 0x20, 0xe7, 0xc2, 0x26, 0xe9, 0x28, 0xfa, 0x38,
                                    0xde, 0x09, 0x3f, 0xbb, 0x65, 0x92, 0x5c, 0x62, 0x5f, 0x81};
    fixture *fx = *state;
    char *path;
    uint8_t *bytes;
    size_t n;
    fc_segment_info info;
    data d;

    data_init(&d, 2, 4);
    memcpy(d.rows, rows, sizeof(rows));
    fc__segment_close(build_and_open(fx->folder, &d, NULL, &info));
    assert_string_equal(info.hash, "9265bb3f09de38fa28e926c2e7203234");
    assert_true(asprintf(&path, "%s/%s.vec", fx->folder, info.hash) > 0);
    bytes = fc_test_read_file(path, &n);
    assert_int_equal(n, 0x1094);
    assert_memory_equal(bytes + 0x1000, first, sizeof(first));
    assert_memory_equal(bytes + 4076, hash_and_crc, sizeof(hash_and_crc));
    assert_int_equal(fc_get_le32(bytes + 0x1090), 0xe5f87253);
    free(bytes);
    free(path);
    data_dispose(&d);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_segment__gives_back_unit_vectors_of_every_row),
        T(test_segment__same_rows_same_name_other_rows_other_name),
        T(test_segment__refuses_rows_without_direction_and_names_the_content),
        T(test_segment__refuses_rows_out_of_order_and_leaves_nothing),
        T(test_segment__of_no_rows_is_not_found),
        T(test_segment__stops_when_asked_and_stays_within_memory),
        T(test_segment__opens_only_for_whom_it_was_built),
        T(test_segment__of_another_name_is_refused),
        T(test_segment__of_a_newer_layout_is_told_from_a_damaged_one),
        T(test_segment__of_the_schema_has_the_same_bytes),
        T(test_segment__bytes_are_where_the_schema_says),
    };

    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
