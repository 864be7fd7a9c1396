/*
 * Spaces in the store: versions of a name, what is no change, and a row that is damaged.
 */
#include "maintain_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "fc_store_space.h"

/* A space of two members whose second has fingerprint byte `b`. */
static fc_space_row make(const char *name, uint8_t b, uint32_t dim)
{
    fc_space_row r = {.kind = FC_SPACE_DECLARED, .dim = dim, .n_members = 2};

    r.name = strdup(name);
    for (size_t i = 0; i < 2; i++) {
        fc_space_member *m = &r.members[i];

        memset(m->fingerprint.bytes, i == 0 ? 1 : b, sizeof(m->fingerprint.bytes));
        m->modality = i == 0 ? FC_IMAGE : FC_TEXT;
        m->encoder = strdup(i == 0 ? "img" : "txt");
        m->output = strdup("pooled");
        m->card = strdup("{}");
    }
    return r;
}

static uint32_t put(fc_store *store, const char *name, uint8_t b, uint32_t dim, bool news)
{
    fc_space_row row = make(name, b, dim);
    fc_error err = FC_ERROR_INIT;
    uint32_t version;
    bool changed = !news;

    assert_status(FC_OK, fc__store_put_space(store, &row, NULL, 0, &changed, &err), &err);
    assert_int_equal(changed, news);
    version = row.version;
    fc__space_row_dispose(&row);
    return version;
}

static void test_spaces__a_change_is_a_version_and_the_same_is_none(void **state)
{
    char *path = fc_test_path("store");
    fc_store *store = t_open(path, 0);
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *s = NULL;
    fc_space_row *list, row;
    size_t n;

    (void)state;
    assert_int_equal(put(store, "b", 2, 8, true), 1);
    assert_int_equal(put(store, "b", 2, 8, false), 1);
    assert_int_equal(put(store, "b", 3, 8, true), 2);
    assert_int_equal(put(store, "b", 2, 8, true), 3);
    assert_int_equal(put(store, "a", 2, 16, true), 1);
    for (uint32_t v = 4; v < 300; v++) /* numbers sort as numbers, and 256 comes after 255 */
        assert_int_equal(put(store, "b", (uint8_t)(v % 2 + 3), 8, true), v);
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    assert_status(FC_OK, fc__snapshot_spaces(s, &list, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_string_equal(list[0].name, "a");
    assert_int_equal(list[0].dim, 16);
    assert_int_equal(list[1].version, 299);
    assert_int_equal(list[1].members[1].fingerprint.bytes[31], 4);
    assert_int_equal(list[1].members[1].modality, FC_TEXT);
    assert_true(list[1].created_ns > 0);
    fc__spaces_free(list, n);
    assert_status(FC_OK, fc__snapshot_space(s, "a", &row, &err), &err);
    assert_string_equal(row.members[0].encoder, "img");
    fc__space_row_dispose(&row);
    assert_status(FC_E_NOT_FOUND, fc__snapshot_space(s, "c", &row, &err), &err);
    assert_non_null(strstr(err.message, "no space 'c' in this store; it has a, b"));
    fc_snapshot_end(s);
    fc_store_close(store);
    m_assert_sound(path, true);
    free(path);
}

#define N_PROCESSES 3
#define N_PUTS      40

/* In a process of its own: puts of `s`, no two alike among all, once the pipe `start` is closed; to
 * `answers` the version that each was told and the byte that it put. */
static void put_in_a_race(const char *path, int start, int answers, uint8_t process)
{
    fc_store *store = t_open(path, 0);
    uint8_t byte;

    if (read(start, &byte, 1) != 0)
        _exit(1);
    for (uint8_t i = 0; i < N_PUTS; i++) {
        const uint8_t b = (uint8_t)(2 + process * N_PUTS + i);
        const uint32_t told[2] = {put(store, "s", b, 8, true), b};

        if (write(answers, told, sizeof(told)) != sizeof(told))
            _exit(1);
    }
    fc_store_close(store);
    _exit(0);
}

/* What each was told is what is stored under that version. */
static void test_spaces__put_at_once_each_has_a_version_of_its_own(void **state)
{
    char *path = fc_test_path("race"), name[24];
    bool seen[N_PROCESSES * N_PUTS + 1] = {false};
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *s = NULL;
    fc_space_row row;
    fc_store *store;
    uint32_t told[2];
    int start[2], answers[2], status;
    size_t n = 0;

    (void)state;
    fc_store_close(t_open(path, 0));
    assert_int_equal(pipe(start) | pipe(answers), 0);
    for (uint8_t i = 0; i < N_PROCESSES; i++)
        if (fork() == 0) {
            close(start[1]);
            put_in_a_race(path, start[0], answers[1], i);
        }
    close(start[1]);
    close(answers[1]);
    for (size_t i = 0; i < N_PROCESSES; i++)
        assert_true(wait(&status) > 0 && status == 0);
    store = t_open(path, 0);
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    for (; read(answers[0], told, sizeof(told)) == sizeof(told); n++) {
        assert_in_range(told[0], 1, N_PROCESSES * N_PUTS);
        assert_false(seen[told[0]]);
        seen[told[0]] = true;
        snprintf(name, sizeof(name), "s@%u", told[0]);
        assert_status(FC_OK, fc__snapshot_space(s, name, &row, &err), &err);
        assert_int_equal(row.members[1].fingerprint.bytes[0], told[1]);
        fc__space_row_dispose(&row);
    }
    assert_int_equal(n, N_PROCESSES * N_PUTS);
    fc_snapshot_end(s);
    fc_store_close(store);
    m_assert_sound(path, true);
    close(start[0]);
    close(answers[0]);
    free(path);
}

static void test_spaces__names_are_file_names(void **state)
{
    char longest[65];

    (void)state;
    memset(longest, 'a', 64);
    longest[64] = '\0';
    assert_false(fc__space_name_ok(longest));
    longest[63] = '\0';
    assert_true(fc__space_name_ok(longest));
    assert_true(fc__space_name_ok("clip-vit-b32_2.1"));
    assert_false(fc__space_name_ok(""));
    assert_false(fc__space_name_ok(".x"));
    assert_false(fc__space_name_ok("A"));
    assert_false(fc__space_name_ok("a/b"));
}

/* Each prefix, and a kind that only a newer program knows. */
static void test_spaces__a_row_is_read_whole_or_refused(void **state)
{
    const fc_key key = fc__key_space("s", 1);
    fc_space_row row = make("s", 2, 8), back;
    fc_error err = FC_ERROR_INIT;
    fc_buf bytes = FC_BUF_INIT;

    (void)state;
    row.version = 1;
    assert_status(FC_OK, fc__space_write(&row, &bytes, &err), &err);
    bytes.size -= 4; /* the checksum, which a reader has compared */
    for (size_t n = 0; n < bytes.size; n++) {
        uint8_t *cut = malloc(n + 1);

        memcpy(cut, bytes.data, n);
        assert_status(FC_E_CORRUPT,
                      fc__space_read(&back, fc__key_span(&key), (fc_span){cut, n}, &err), &err);
        free(cut);
    }
    assert_status(
        FC_OK, fc__space_read(&back, fc__key_span(&key), (fc_span){bytes.data, bytes.size}, &err),
        &err);
    fc__space_row_dispose(&back);
    bytes.data[8] = 9;
    assert_status(
        FC_E_VERSION,
        fc__space_read(&back, fc__key_span(&key), (fc_span){bytes.data, bytes.size}, &err), &err);
    fc__space_row_dispose(&row);
    fc_buf_dispose(&bytes);
}

/* The same with heads, whose bytes are artefacts of two letters each. */
static fc_space_row make_headed(const char *name, const fc_buf artefacts[3])
{
    fc_space_row r = make(name, 2, 8);
    fc_error err = FC_ERROR_INIT;

    r.kind = FC_SPACE_HEADED;
    r.n_branches = 2;
    r.members[1].branch = 1;
    for (size_t i = 0; i < 2; i++)
        assert_status(
            FC_OK, fc__artefact_id(artefacts[i].data, artefacts[i].size, &r.heads[i], &err), &err);
    assert_status(
        FC_OK, fc__artefact_id(artefacts[2].data, artefacts[2].size, &r.origin.record, &err), &err);
    r.origin.method = strdup("cca");
    r.origin.split = strdup("train");
    r.origin.split_seed = 7;
    r.origin.test_share = .25;
    return r;
}

static void make_artefacts(fc_buf out[3], const char *letters)
{
    fc_error err = FC_ERROR_INIT;

    for (size_t i = 0; i < 3; i++) {
        out[i] = (fc_buf)FC_BUF_INIT;
        assert_status(FC_OK, fc_buf_append(&out[i], letters + 2 * i, 2, &err), &err);
    }
}

/* From "b" into the space of "a". */
static fc_space_row make_adapter(const char *name, const fc_buf artefacts[3])
{
    fc_space_row r = make_headed(name, artefacts);

    free(r.origin.method);
    free(r.origin.split);
    r.kind = FC_SPACE_ADAPTER;
    r.n_branches = 1;
    r.members[1].modality = r.members[0].modality;
    r.origin.method = strdup("procrustes");
    r.origin.split = strdup("");
    r.adapter = (fc_space_adapter){true, FC_STAGE_OLD, 0.75, 0.125};
    return r;
}

/* The bytes of an adapter's row with byte `at` from the end changed. */
static void check_adapter_byte(const fc_buf *bytes, size_t at, uint8_t value, fc_status want)
{
    const fc_key key = fc__key_space("s", 1);
    fc_error err = FC_ERROR_INIT;
    fc_space_row back;
    uint8_t *copy = malloc(bytes->size);

    assert_non_null(copy);
    memcpy(copy, bytes->data, bytes->size);
    copy[bytes->size - at] = value;
    assert_status(
        want, fc__space_read(&back, fc__key_span(&key), (fc_span){copy, bytes->size}, &err), &err);
    fc__space_row_dispose(&back);
    free(copy);
}

static void test_spaces__an_adapter_is_read_whole_or_refused(void **state)
{
    const fc_key key = fc__key_space("s", 1);
    fc_error err = FC_ERROR_INIT;
    fc_buf artefacts[3], bytes = FC_BUF_INIT;
    fc_space_row row, back;

    (void)state;
    make_artefacts(artefacts, "aabbcc");
    row = make_adapter("s", artefacts);
    row.version = 1;
    assert_status(FC_OK, fc__space_write(&row, &bytes, &err), &err);
    bytes.size -= 4;
    for (size_t n = 0; n < bytes.size; n++) {
        uint8_t *cut = malloc(n + 1);

        memcpy(cut, bytes.data, n);
        assert_status(FC_E_CORRUPT,
                      fc__space_read(&back, fc__key_span(&key), (fc_span){cut, n}, &err), &err);
        free(cut);
    }
    assert_status(
        FC_OK, fc__space_read(&back, fc__key_span(&key), (fc_span){bytes.data, bytes.size}, &err),
        &err);
    assert_int_equal(back.adapter.stage, FC_STAGE_OLD);
    assert_true(back.adapter.score_slope == 0.75 && back.adapter.score_shift == 0.125);
    assert_string_equal(back.origin.method, "procrustes");
    assert_memory_equal(&back.heads[0], &row.heads[0], sizeof(row.heads[0]));
    assert_memory_equal(&back.origin.record, &row.origin.record, sizeof(row.origin.record));
    assert_true(back.adapter.migrates);
    fc__space_row_dispose(&back);
    /* From the end: record 16, shift 8, slope 8, stage 1, direction 1. */
    check_adapter_byte(&bytes, 33, 4, FC_OK);
    check_adapter_byte(&bytes, 33, 5, FC_E_VERSION);
    check_adapter_byte(&bytes, 34, 2, FC_E_CORRUPT);
    check_adapter_byte(&bytes, 25, 0xbf, FC_E_CORRUPT); /* a slope below 0 */
    check_adapter_byte(&bytes, 17, 0x7f, FC_OK);
    fc__space_row_dispose(&row);
    fc_buf_dispose(&bytes);
    for (size_t i = 0; i < 3; i++)
        fc_buf_dispose(&artefacts[i]);
}

/* A stage is a version of its own; a name is of an adapter or of a space. */
static void test_spaces__stages_of_an_adapter_count_up(void **state)
{
    char *path = fc_test_path("adapter");
    fc_store *store = t_open(path, 0);
    fc_error err = FC_ERROR_INIT;
    fc_buf artefacts[3];
    fc_space_row row, space, back;
    fc_snapshot *s = NULL;
    bool changed = false;

    (void)state;
    make_artefacts(artefacts, "aabbcc");
    row = make_adapter("s", artefacts);
    space = make_headed("s", artefacts);
    assert_status(FC_OK, fc__store_put_space(store, &row, artefacts, 3, &changed, &err), &err);
    assert_true(changed && row.version == 1);
    assert_status(FC_OK, fc__store_put_space(store, &row, artefacts, 3, &changed, &err), &err);
    assert_false(changed);
    row.adapter.stage = FC_STAGE_DUAL;
    assert_status(FC_OK, fc__store_put_space(store, &row, NULL, 0, &changed, &err), &err);
    assert_true(changed && row.version == 2);
    assert_status(FC_E_INVALID, fc__store_put_space(store, &space, artefacts, 3, &changed, &err),
                  &err);
    assert_non_null(strstr(err.message, "an adapter"));
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    assert_status(FC_OK, fc__snapshot_space(s, "s", &back, &err), &err);
    assert_int_equal(back.adapter.stage, FC_STAGE_DUAL);
    fc__space_row_dispose(&back);
    fc_snapshot_end(s);
    fc__space_row_dispose(&space);
    fc__space_row_dispose(&row);
    for (size_t i = 0; i < 3; i++)
        fc_buf_dispose(&artefacts[i]);
    fc_store_close(store);
    m_assert_sound(path, true);
    free(path);
}

static void test_spaces__heads_go_with_the_space_that_names_them(void **state)
{
    char *path = fc_test_path("headed");
    fc_store *store = t_open(path, 0);
    fc_error err = FC_ERROR_INIT;
    fc_artefact_id other = {{1}};
    fc_buf artefacts[3], bytes = FC_BUF_INIT;
    fc_snapshot *s = NULL;
    fc_space_row row, back;
    bool changed = false;

    (void)state;
    make_artefacts(artefacts, "aabbcc");
    row = make_headed("s", artefacts);
    assert_status(FC_OK, fc__store_put_space(store, &row, artefacts, 3, &changed, &err), &err);
    assert_true(changed);
    /* Another record alone is no other space; another head is. */
    row.origin.record.bytes[0] ^= 1;
    assert_status(FC_OK, fc__store_put_space(store, &row, artefacts, 3, &changed, &err), &err);
    assert_false(changed);
    row.heads[0] = row.heads[1];
    assert_status(FC_OK, fc__store_put_space(store, &row, artefacts, 3, &changed, &err), &err);
    assert_true(changed && row.version == 2);
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    assert_status(FC_OK, fc__snapshot_space(s, "s@1", &back, &err), &err);
    assert_int_equal(back.version, 1);
    assert_int_equal(back.n_branches, 2);
    assert_int_equal(back.members[1].branch, 1);
    assert_string_equal(back.origin.method, "cca");
    assert_string_equal(back.origin.split, "train");
    assert_int_equal(back.origin.split_seed, 7);
    assert_true(back.origin.test_share == .25);
    assert_status(FC_OK, fc__snapshot_artefact(s, &back.heads[0], &bytes, &err), &err);
    assert_int_equal(bytes.size, 2);
    assert_memory_equal(bytes.data, "aa", 2);
    assert_status(FC_E_NOT_FOUND, fc__snapshot_artefact(s, &other, &bytes, &err), &err);
    assert_non_null(strstr(err.message, "lacks the head"));
    fc__space_row_dispose(&back);
    assert_status(FC_E_NOT_FOUND, fc__snapshot_space(s, "s@3", &back, &err), &err);
    assert_non_null(strstr(err.message, "s (newest version: 2)"));
    fc_snapshot_end(s);
    fc__space_row_dispose(&row);
    fc_buf_dispose(&bytes);
    for (size_t i = 0; i < 3; i++)
        fc_buf_dispose(&artefacts[i]);
    fc_store_close(store);
    m_assert_sound(path, true);
    free(path);
}

/* Each prefix, and each field that a branch stands on. */
static void test_spaces__a_headed_row_is_read_whole_or_refused(void **state)
{
    const fc_key key = fc__key_space("s", 1);
    fc_error err = FC_ERROR_INIT;
    fc_buf artefacts[3], bytes = FC_BUF_INIT;
    fc_space_row row, back;

    (void)state;
    make_artefacts(artefacts, "aabbcc");
    row = make_headed("s", artefacts);
    row.version = 1;
    assert_status(FC_OK, fc__space_write(&row, &bytes, &err), &err);
    bytes.size -= 4;
    for (size_t n = 0; n < bytes.size; n++) {
        uint8_t *cut = malloc(n + 1);

        memcpy(cut, bytes.data, n);
        assert_status(FC_E_CORRUPT,
                      fc__space_read(&back, fc__key_span(&key), (fc_span){cut, n}, &err), &err);
        free(cut);
    }
    /* Members of one head have one modality; heads count up over the members, and none is empty. */
    for (uint32_t branch = 0; branch < 3; branch++) {
        fc_buf other = FC_BUF_INIT;

        row.members[1].branch = branch;
        assert_status(FC_OK, fc__space_write(&row, &other, &err), &err);
        assert_status(
            branch == 1 ? FC_OK : FC_E_CORRUPT,
            fc__space_read(&back, fc__key_span(&key), (fc_span){other.data, other.size - 4}, &err),
            &err);
        fc__space_row_dispose(&back);
        fc_buf_dispose(&other);
    }
    fc__space_row_dispose(&row);
    fc_buf_dispose(&bytes);
    for (size_t i = 0; i < 3; i++)
        fc_buf_dispose(&artefacts[i]);
}

static void test_spaces__a_reader_cannot_put(void **state)
{
    char *path = fc_test_path("read-only");
    fc_space_row row = make("s", 2, 8);
    fc_error err = FC_ERROR_INIT;
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    bool changed;
    fc_store *store;

    (void)state;
    fc_store_close(t_open(path, 0));
    opts.flags = FC_STORE_READ_ONLY;
    assert_status(FC_OK, fc_store_open(&store, path, &opts, &err), &err);
    assert_status(FC_E_INVALID, fc__store_put_space(store, &row, NULL, 0, &changed, &err), &err);
    fc_store_close(store);
    fc__space_row_dispose(&row);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spaces__a_change_is_a_version_and_the_same_is_none),
        cmocka_unit_test(test_spaces__put_at_once_each_has_a_version_of_its_own),
        cmocka_unit_test(test_spaces__names_are_file_names),
        cmocka_unit_test(test_spaces__a_row_is_read_whole_or_refused),
        cmocka_unit_test(test_spaces__an_adapter_is_read_whole_or_refused),
        cmocka_unit_test(test_spaces__stages_of_an_adapter_count_up),
        cmocka_unit_test(test_spaces__heads_go_with_the_space_that_names_them),
        cmocka_unit_test(test_spaces__a_headed_row_is_read_whole_or_refused),
        cmocka_unit_test(test_spaces__a_reader_cannot_put),
    };

    return cmocka_run_group_tests_name("spaces", tests, NULL, NULL);
}
