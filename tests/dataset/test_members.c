/*
 * Archives and arrays as sources (src/dataset/fc_members*.c, fc_npy_rows.c), and fetching by path
 * (fc_fetch.c). The archives are made here, byte by byte; tests/cli/containers.sh has those of
 * other programs.
 */
#include "dataset_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "fc_fetch.h"
#include "fc_npy_header.h"

/* Append a member to a tar. */
static void add_member(fc_buf *tar, const char *name, const char *text)
{
    const size_t n = strlen(text);
    uint8_t head[512] = {0};
    unsigned sum = 8 * ' ';

    snprintf((char *)head, 100, "%s", name);
    snprintf((char *)head + 100, 8, "%07o", 0644u);
    snprintf((char *)head + 124, 12, "%011zo", n);
    snprintf((char *)head + 136, 12, "%011o", 0u);
    head[156] = '0';
    memcpy(head + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof(head); i++)
        sum += head[i];
    snprintf((char *)head + 148, 8, "%06o", sum);
    head[155] = ' ';
    assert_int_equal(fc_buf_append(tar, head, sizeof(head), NULL), FC_OK);
    assert_int_equal(fc_buf_append(tar, text, n, NULL), FC_OK);
    while (tar->size % 512 != 0)
        assert_int_equal(fc_buf_append_u8(tar, 0, NULL), FC_OK);
}

static void put_tar(const char *name, fc_buf *tar)
{
    const uint8_t end[1024] = {0};

    assert_int_equal(fc_buf_append(tar, end, sizeof(end), NULL), FC_OK);
    put_bytes(name, tar->data, tar->size);
    fc_buf_dispose(tar);
}

static void expect_sample(fc_dataset_reader *r, const char *id, const char *path, const char *group)
{
    const fc_source_sample *s = next_ok(r);

    assert_string_equal(s->id, id);
    assert_string_equal(s->path, path);
    assert_string_equal(s->group, group);
    assert_true(s->has_file);
}

static void test_members__of_a_tar_share_their_first_name(void **state)
{
    const fc_source_sample *s;
    fc_dataset_reader *r;
    fc_buf tar = FC_BUF_INIT;

    (void)state;
    add_member(&tar, "d/1.one.txt", "one");
    add_member(&tar, "d/1.two.txt", "two");
    add_member(&tar, "d/1.json", "{\"year\": 1999, \"t\": [1], \"ok\": true, \"no\": null}");
    add_member(&tar, "d/2.txt", "three");
    put_tar("set/s.tar", &tar);
    r = open_ok("set/s.tar");
    s = next_ok(r);
    assert_string_equal(s->id, "d/1.one.txt");
    assert_string_equal(s->path, "s.tar/d/1.one.txt");
    assert_string_equal(s->group, "d/1");
    assert_int_equal(s->meta->n, 3);
    assert_string_equal(fc__meta_find(s->meta, "year")->text, "1999");
    assert_string_equal(fc__meta_find(s->meta, "t")->text, "[1]");
    assert_int_equal(fc__meta_find(s->meta, "ok")->kind, FC_META_BOOL);
    expect_sample(r, "d/1.two.txt", "s.tar/d/1.two.txt", "d/1");
    s = next_ok(r);
    assert_string_equal(s->group, "d/2");
    assert_int_equal(s->meta->n, 0);
    expect_end(r);

    /* Inside a folder the ids tell where. */
    r = open_ok("set");
    expect_sample(r, "s.tar/d/1.one.txt", "s.tar/d/1.one.txt", "s.tar/d/1");
    expect_sample(r, "s.tar/d/1.two.txt", "s.tar/d/1.two.txt", "s.tar/d/1");
    expect_sample(r, "s.tar/d/2.txt", "s.tar/d/2.txt", "s.tar/d/2");
    expect_end(r);
}

static void test_members__the_ending_alone_makes_no_archive(void **state)
{
    fc_dataset_reader *r;

    (void)state;
    put_text("plain/a.zip", "a note that was named badly");
    put_text("plain/b.txt", "b");
    r = open_ok("plain");
    expect_sample(r, "a.zip", "a.zip", "a");
    expect_sample(r, "b.txt", "b.txt", "b");
    expect_end(r);
}

static void test_members__a_tar_that_breaks_off_is_told_last(void **state)
{
    const fc_source_sample *s;
    fc_dataset_reader *r;
    fc_buf tar = FC_BUF_INIT;

    (void)state;
    add_member(&tar, "1.txt", "one");
    add_member(&tar, "2.txt", "two");
    put_bytes("cut.tar", tar.data, tar.size - 700); /* inside the second header */
    fc_buf_dispose(&tar);
    r = open_ok("cut.tar");
    expect_sample(r, "1.txt", "cut.tar/1.txt", "1");
    s = next_any(r);
    assert_int_equal(s->status, FC_E_FORMAT);
    assert_string_equal(s->id, "cut.tar");
    assert_non_null(strstr(s->problem, "broken after 1 members"));
    expect_end(r);
}

/* ---- what is known ---- */

typedef struct known_rig {
    bool known;
    size_t n_asked, at;
    char path[64];
} known_rig;

static fc_status known_begin(void *context, const char *path, const fc_file_id *file, bool *known,
                             fc_error *err)
{
    known_rig *rig = context;

    (void)err;
    assert_true(file->size > 0);
    rig->n_asked++;
    rig->at = 0;
    snprintf(rig->path, sizeof(rig->path), "%s", path);
    *known = rig->known;
    return FC_OK;
}

static fc_status known_next(void *context, const char **name, const fc_meta **meta, fc_error *err)
{
    static const char *const names[] = {"d/1.one.txt", "gone.txt"};
    known_rig *rig = context;

    (void)err;
    *meta = NULL;
    if (rig->at == 2)
        return FC_E_NOT_FOUND;
    *name = names[rig->at++];
    return FC_OK;
}

static void test_members__a_known_archive_is_not_read(void **state)
{
    known_rig rig = {.known = true};
    const fc_known known = {.context = &rig, .begin = known_begin, .next = known_next};
    fc_dataset_reader *r;

    (void)state;
    /* No archive at all: whoever opens it finds out. */
    put_text("known/s.tar", "these bytes are no tar");
    r = open_ok("known");
    fc__dataset_set_known(r, &known);
    expect_sample(r, "s.tar/d/1.one.txt", "s.tar/d/1.one.txt", "s.tar/d/1");
    expect_sample(r, "s.tar/gone.txt", "s.tar/gone.txt", "s.tar/gone");
    expect_end(r);
    assert_int_equal(rig.n_asked, 1);
    assert_string_equal(rig.path, "s.tar");

    rig.known = false;
    r = open_ok("known");
    fc__dataset_set_known(r, &known);
    expect_sample(r, "s.tar", "s.tar", "s");
    expect_end(r);
}

/* ---- arrays ---- */

static void put_array(const char *name, fc_dtype dtype, uint32_t rank, const uint64_t *shape,
                      const void *values, size_t n)
{
    fc_buf file = FC_BUF_INIT;
    uint8_t head[FC_NPY_HEADER_BYTES];

    assert_int_equal(fc__npy_header_write(dtype, rank, shape, head, NULL), FC_OK);
    assert_int_equal(fc_buf_append(&file, head, sizeof(head), NULL), FC_OK);
    assert_int_equal(fc_buf_append(&file, values, n, NULL), FC_OK);
    put_bytes(name, file.data, file.size);
    fc_buf_dispose(&file);
}

static void test_rows__are_samples_by_number(void **state)
{
    const uint64_t shape[] = {2, 2}, images[] = {2, 1, 5}, image[] = {2, 2, 3}, flat[] = {4};
    const float values[] = {1, 2, 3, 4};
    const uint8_t pixels[12] = {0};
    fc_dataset_reader *r;

    (void)state;
    put_array("v.npy", FC_F32, 2, shape, values, sizeof(values));
    r = open_ok("v.npy");
    assert_int_equal(fc__dataset_vector_dim(r), 2);
    expect_sample(r, "0", "v.npy/0", "0");
    expect_sample(r, "1", "v.npy/1", "1");
    expect_end(r);
    put_array("i.npy", FC_U8, 3, images, pixels, 10);
    r = open_ok("i.npy");
    assert_int_equal(fc__dataset_vector_dim(r), 0);
    expect_sample(r, "0", "i.npy/0", "0");
    expect_sample(r, "1", "i.npy/1", "1");
    expect_end(r);
    put_array("one.npy", FC_U8, 3, image, pixels, 12);
    expect_refused(
        "one.npy", FC_E_INVALID,
        "this is one image; put it into a folder or a manifest, or add an axis in front");
    put_array("flat.npy", FC_F32, 1, flat, values, sizeof(values));
    expect_refused("flat.npy", FC_E_INVALID,
                   "floats are wanted as N x D vectors, or N x P x 3 or 6 points");
    put_array("short.npy", FC_F32, 2, shape, values, 8);
    expect_refused("short.npy", FC_E_FORMAT, "short.npy is cut off: 136 bytes of 144");
}

/* ---- fetching ---- */

static fc_status fetch(fc_fetcher *f, const char *path, fc_buf *out, fc_error *err)
{
    fc_place place = FC_PLACE_INIT;
    fc_status st = fc__fetch_find(f, path, &place, err);

    if (st == FC_OK)
        st = fc__fetch_read(f, &place, 1000, out, err);
    fc__place_dispose(&place);
    return st;
}

static void expect_bytes(fc_fetcher *f, const char *path, const void *want, size_t n)
{
    fc_buf got = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fetch(f, path, &got, &err), &err);
    assert_int_equal(got.size, n);
    assert_memory_equal(got.data, want, n);
    fc_buf_dispose(&got);
}

static void expect_no_bytes(fc_fetcher *f, const char *path, fc_status status, const char *words)
{
    fc_buf got = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(status, fetch(f, path, &got, &err), &err);
    if (strstr(err.message, words) == NULL)
        fail_msg("wanted '%s' in '%s'", words, err.message);
    fc_buf_dispose(&got);
}

static void test_fetch__finds_files_members_and_rows(void **state)
{
    const uint64_t shape[] = {2, 2}, row[] = {2};
    const float values[] = {1, 2, 3, 4};
    uint8_t second[FC_NPY_HEADER_BYTES + 8];
    char text[1200];
    fc_buf tar = FC_BUF_INIT;
    fc_fetcher *f = NULL;
    fc_error err = FC_ERROR_INIT;
    const int root = open(fc_test_tmpdir(), O_RDONLY | O_DIRECTORY);

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    put_text("f/plain.txt", "plain");
    add_member(&tar, "a.txt", "first");
    add_member(&tar, "sub/b.txt", "second");
    add_member(&tar, "long.txt", text);
    add_member(&tar, "in.zip", "PK\3\4 and so on");
    put_tar("f/t.tar", &tar);
    put_array("f/v.npy", FC_F32, 2, shape, values, sizeof(values));
    assert_int_equal(fc__npy_header_write(FC_F32, 1, row, second, NULL), FC_OK);
    memcpy(second + FC_NPY_HEADER_BYTES, values + 2, 8);

    assert_status(FC_OK, fc__fetcher_create(&f, root, NULL, &err), &err);
    expect_bytes(f, "f/plain.txt", "plain", 5);
    expect_bytes(f, "f/t.tar/a.txt", "first", 5);
    expect_bytes(f, "f/t.tar/sub/b.txt", "second", 6);
    expect_bytes(f, "f/t.tar/a.txt", "first", 5); /* back again */
    expect_bytes(f, "f/v.npy/1", second, sizeof(second));
    expect_bytes(f, "f/t.tar/sub/b.txt", "second", 6);
    expect_no_bytes(f, "f/t.tar/long.txt", FC_E_LIMIT, "more than 1000 bytes");
    expect_no_bytes(f, "f/t.tar/in.zip", FC_E_UNSUPPORTED, "an archive inside the archive");
    expect_no_bytes(f, "f/t.tar/none", FC_E_NOT_FOUND, "has no member 'none'");
    expect_no_bytes(f, "f/t.tar/sub", FC_E_NOT_FOUND, "has no member 'sub'");
    expect_no_bytes(f, "f/v.npy/2", FC_E_NOT_FOUND, "row 2 of f/v.npy, which has 2");
    expect_no_bytes(f, "f/v.npy/-1", FC_E_NOT_FOUND, "is no row number");
    expect_no_bytes(f, "f/plain.txt/x", FC_E_NOT_FOUND, "neither an archive nor an array");
    expect_no_bytes(f, "f/none.txt", FC_E_NOT_FOUND, "none.txt");
    expect_no_bytes(f, "../f/plain.txt", FC_E_INVALID, "'..'");

    /* Another archive of the same name is another archive. */
    add_member(&tar, "a.txt", "later");
    put_tar("f/t.tar", &tar);
    expect_bytes(f, "f/t.tar/a.txt", "later", 5);
    fc__fetcher_destroy(f);
    close(root);
}

static void test_fetch__caps_members(void **state)
{
    const fc_archive_limits limits = {.max_member_bytes = 4};
    fc_buf tar = FC_BUF_INIT;
    fc_fetcher *f = NULL;
    fc_error err = FC_ERROR_INIT;
    const int root = open(fc_test_tmpdir(), O_RDONLY | O_DIRECTORY);

    (void)state;
    add_member(&tar, "four", "1234");
    add_member(&tar, "five", "12345");
    put_tar("caps.tar", &tar);
    assert_status(FC_OK, fc__fetcher_create(&f, root, &limits, &err), &err);
    expect_bytes(f, "caps.tar/four", "1234", 4);
    expect_no_bytes(f, "caps.tar/five", FC_E_LIMIT, "member 'five' has 5 bytes; at most 4");
    fc__fetcher_destroy(f);
    close(root);
}

static void test_manifest__leads_into_archives_and_arrays(void **state)
{
    const uint64_t shape[] = {2, 2};
    const float values[] = {1, 2, 3, 4};
    fc_buf tar = FC_BUF_INIT;
    fc_dataset_reader *r;

    (void)state;
    add_member(&tar, "d/a.txt", "a");
    put_tar("m/t.tar", &tar);
    put_array("m/v.npy", FC_F32, 2, shape, values, sizeof(values));
    put_text("m/m.csv", "path,row\nt.tar/d/a.txt,\nv.npy,1\nnone.tar/a.txt,\n");
    r = open_ok("m/m.csv");
    expect_sample(r, "t.tar/d/a.txt", "t.tar/d/a.txt", "t.tar/d/a");
    expect_sample(r, "v.npy#1", "v.npy/1", "v#1");
    assert_int_equal(next_any(r)->status, FC_E_NOT_FOUND);
    expect_end(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members__of_a_tar_share_their_first_name),
        cmocka_unit_test(test_members__the_ending_alone_makes_no_archive),
        cmocka_unit_test(test_members__a_tar_that_breaks_off_is_told_last),
        cmocka_unit_test(test_members__a_known_archive_is_not_read),
        cmocka_unit_test(test_rows__are_samples_by_number),
        cmocka_unit_test(test_fetch__finds_files_members_and_rows),
        cmocka_unit_test(test_fetch__caps_members),
        cmocka_unit_test(test_manifest__leads_into_archives_and_arrays),
    };

    return cmocka_run_group_tests_name("members", tests, NULL, NULL);
}
