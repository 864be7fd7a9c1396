/*
 * Canaries in a store: their bytes, which do not change; an encoder's row without one is as it was
 * before there were any; one is replaced, found damaged, dropped with its version, and loses what
 * no sample has any more.
 */
#include "maintain_test.h"

#include "fc_store_canary.h"

#define N_INPUTS 3

/* Inputs 1..n, each of the content of that number. */
static fc_canary make(uint8_t print, uint64_t n)
{
    fc_canary c = FC_CANARY_INIT;
    fc_error err = FC_ERROR_INIT;

    memset(c.fingerprint.bytes, print, sizeof(c.fingerprint.bytes));
    c.made_ns = 2;
    c.provenance = strdup("cpu=avx2");
    assert_non_null(c.provenance);
    assert_status(FC_OK, fc__grow_array(&c.inputs, &c.capacity, (size_t)n, sizeof(*c.inputs), &err),
                  &err);
    for (uint64_t i = 1; i <= n; i++) {
        fc_canary_input *in = &c.inputs[c.n_inputs++];

        *in = (fc_canary_input){.content = t_hash(i), .modality = FC_TEXT, .name = strdup("a/owl")};
        assert_status(FC_OK, fc_buf_append(&in->bytes, "owl", 3, &err), &err);
        in->outputs = calloc(1, sizeof(*in->outputs));
        assert_non_null(in->outputs);
        in->n_outputs = 1;
        in->outputs[0] = (fc_canary_output){.name = strdup("pooled"),
                                            .rank = 1,
                                            .shape = {2},
                                            .digest = {7, 8},
                                            .n_kept = 1,
                                            .n_each = 2,
                                            .kept = calloc(2, sizeof(float))};
        assert_non_null(in->outputs[0].kept);
        in->outputs[0].kept[0] = 1;
        in->outputs[0].kept[1] = 2;
    }
    return c;
}

static void put(const char *path, fc_version_id version, const fc_canary *c)
{
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__writer_canary(w, version, c, &err), &err);
    fc__writer_close(w);
    fc_store_close(store);
}

/* Status of reading a version's canary, and how many inputs it has. */
static fc_status count(const char *path, fc_version_id version, size_t *n)
{
    fc_store *store = t_open(path, 0);
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *s;
    fc_canary c;
    fc_status st;

    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    st = fc__snapshot_canary(s, version, &c, &err);
    *n = c.n_inputs;
    fc__canary_dispose(&c);
    fc_snapshot_end(s);
    fc_store_close(store);
    return st;
}

static size_t n_artefacts(const char *path)
{
    fc_error err = FC_ERROR_INIT;
    m_sum s = {.n = 0};
    const fc_tree_visitor v = {m_sum_row, NULL, &s};
    fc_tree t;

    assert_status(FC_OK, fc__tree_open_file(&t, path, &err), &err);
    assert_status(FC_OK, fc__tree_load(&t, &v, &err), &err);
    s.n = 0;
    assert_status(FC_OK, fc__tree_walk(&t, FC_TABLE_HEAD, &v, &err), &err);
    fc__tree_close(&t);
    return (size_t)s.n;
}

/* ---- bytes ---- */

/* The example of schemas/store.md. */
static void test_canary__bytes_are_as_written_down(void **state)
{
    static const uint8_t want[] = {
        0x46, 0x43, 0x43, 0x41, 0x4e, 0x41, 0x52, 0x59, 1,    0,    0,    0,    0xab, 0xab, 0xab,
        0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
        0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 2,
        0,    0,    0,    0,    0,    0,    0,    0x08, 0x63, 0x70, 0x75, 0x3d, 0x61, 0x76, 0x78,
        0x32, 0,    1,    0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd,
        0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 0xcd,
        0xcd, 0xcd, 0xcd, 0xcd, 0xcd, 2,    0,    0,    0,    0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    5,    0x61, 0x2f, 0x6f, 0x77, 0x6c, 0,    3,
        0x6f, 0x77, 0x6c, 1,    6,    0x70, 0x6f, 0x6f, 0x6c, 0x65, 0x64, 0,    1,    2,    0,
        0,    0,    0,    0,    0,    0,    7,    0,    0,    0,    0,    0,    0,    0,    8,
        0,    0,    0,    0,    0,    0,    0,    1,    0,    0,    0,    2,    0,    0,    0,
        0,    0,    0x80, 0x3f, 0,    0,    0,    0x40};
    fc_canary c = make(0xab, 1), back;
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;

    (void)state;
    memset(c.inputs[0].content.bytes, 0xcd, FC_SHA256_BYTES);
    assert_status(FC_OK, fc__canary_write(&c, &out, &err), &err);
    assert_int_equal(out.size, sizeof(want));
    assert_memory_equal(out.data, want, sizeof(want));
    assert_status(FC_OK, fc__canary_read(&back, want, sizeof(want), &err), &err);
    assert_int_equal(back.n_inputs, 1);
    assert_string_equal(back.inputs[0].name, "a/owl");
    assert_true(back.inputs[0].outputs[0].kept[1] == 2);
    fc__canary_dispose(&back);
    fc__canary_dispose(&c);
    fc_buf_dispose(&out);
}

/* Each beginning of it, in memory of its exact size, and each byte changed: ASan sees overreads. */
static void test_canary__refuses_what_is_cut_off_or_newer(void **state)
{
    fc_canary c = make(0xab, 2), back;
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;

    (void)state;
    assert_status(FC_OK, fc__canary_write(&c, &out, &err), &err);
    for (size_t cut = 0; cut < out.size; cut++) {
        uint8_t *part = malloc(cut > 0 ? cut : 1);

        assert_non_null(part);
        memcpy(part, out.data, cut);
        assert_status(FC_E_CORRUPT, fc__canary_read(&back, part, cut, &err), &err);
        assert_int_equal(back.n_inputs, 0);
        free(part);
    }
    for (size_t i = 0; i < out.size; i++) {
        out.data[i] ^= 0xff;
        (void)fc__canary_read(&back, out.data, out.size, &err); /* anything but a crash */
        fc__canary_dispose(&back);
        out.data[i] ^= 0xff;
    }
    out.data[8] = 2;
    assert_status(FC_E_VERSION, fc__canary_read(&back, out.data, out.size, &err), &err);
    fc__canary_dispose(&c);
    fc_buf_dispose(&out);
}

/* ---- in a store ---- */

static void test_canary__is_put_replaced_and_taken_away(void **state)
{
    char *path = fc_test_path("put");
    const fc_encoder_ids ids = m_fill(path, 20, 10);
    const m_sum before = m_rows(path, true, false);
    fc_canary c = make(7, N_INPUTS);
    m_sum after;
    size_t n;

    (void)state;
    assert_int_equal(count(path, ids.version, &n), FC_E_NOT_FOUND);
    put(path, ids.version, &c);
    assert_int_equal(count(path, ids.version, &n), FC_OK);
    assert_int_equal(n, N_INPUTS);
    assert_int_equal(n_artefacts(path), 1);
    m_assert_sound(path, true);
    put(path, ids.version, &c); /* the same again: it must not delete itself */
    assert_int_equal(count(path, ids.version, &n), FC_OK);
    c.made_ns++;
    put(path, ids.version, &c);
    assert_int_equal(n_artefacts(path), 1);
    fc__canary_dispose(&c);
    c = make(7, 0);
    put(path, ids.version, &c);
    assert_int_equal(count(path, ids.version, &n), FC_E_NOT_FOUND);
    after = m_rows(path, true, false);
    m_assert_same_rows(&before, &after); /* a row without one is as before there were any */
    fc__canary_dispose(&c);
    free(path);
}

static void test_canary__of_another_version_is_refused(void **state)
{
    char *path = fc_test_path("other");
    const fc_encoder_ids ids = m_fill(path, 5, 5);
    fc_canary c = make(9, 1);
    fc_error err = FC_ERROR_INIT;
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);

    (void)state;
    assert_status(FC_E_INVALID, fc__writer_canary(w, ids.version, &c, &err), &err);
    assert_status(FC_E_NOT_FOUND, fc__writer_canary(w, 77, &c, &err), &err);
    fc__writer_close(w);
    fc_store_close(store);
    fc__canary_dispose(&c);
    free(path);
}

static void gc(const char *path, const char *encoder, bool dry)
{
    char(*dropped)[33];
    fc_gc_report r;
    fc_error err = FC_ERROR_INIT;
    fc_store *store = t_open(path, 0);
    size_t n;

    assert_status(FC_OK, fc__store_gc(store, encoder, dry, &r, &dropped, &n, &err), &err);
    free(dropped);
    fc_store_close(store);
}

static void test_canary__goes_with_its_version(void **state)
{
    char *path = fc_test_path("gone");
    const fc_encoder_ids ids = m_fill(path, 5, 5);
    fc_canary c = make(7, 2);

    (void)state;
    put(path, ids.version, &c);
    gc(path, "enc", true);
    assert_int_equal(n_artefacts(path), 1);
    gc(path, "enc", false);
    assert_int_equal(n_artefacts(path), 0);
    m_assert_sound(path, true);
    fc__canary_dispose(&c);
    free(path);
}

/* It keeps bytes of samples: who removes the samples wants them gone. */
static void test_canary__loses_what_no_sample_has(void **state)
{
    char *path = fc_test_path("removed");
    const fc_encoder_ids ids = m_fill(path, 5, 5);
    fc_canary c = make(7, 9); /* contents 6 to 9 are not in the store */
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_writer *w;
    uint64_t n_removed;
    size_t n;

    (void)state;
    put(path, ids.version, &c);
    gc(path, NULL, true);
    assert_int_equal(count(path, ids.version, &n), FC_OK);
    assert_int_equal(n, 9);
    gc(path, NULL, false);
    assert_int_equal(count(path, ids.version, &n), FC_OK);
    assert_int_equal(n, 5);
    store = t_open(path, 0);
    w = t_writer(store, 1);
    assert_status(FC_OK, fc__writer_remove(w, "set", NULL, &n_removed, &err), &err);
    fc__writer_close(w);
    fc_store_close(store);
    gc(path, NULL, false);
    assert_int_equal(count(path, ids.version, &n), FC_E_NOT_FOUND);
    assert_int_equal(n_artefacts(path), 0);
    m_assert_sound(path, true);
    fc__canary_dispose(&c);
    free(path);
}

/* Lost: verify says so, and a repaired store is sound, without it. */
static void test_canary__that_is_lost_is_told_and_repaired(void **state)
{
    char *path = fc_test_path("lost"), *to = fc_test_path("lost-repaired");
    const fc_encoder_ids ids = m_fill(path, 5, 5);
    fc_canary c = make(7, 2);
    fc_error err = FC_ERROR_INIT;
    fc_repair_report report;
    m_said said;
    fc_buf value = FC_BUF_INIT;
    fc_key key;
    size_t n;

    (void)state;
    put(path, ids.version, &c);
    m_row(path, FC_TABLE_HEAD, 0, &key, &value);
    m_set(path, FC_TABLE_HEAD, &key, NULL);
    assert_int_equal(count(path, ids.version, &n), FC_E_CORRUPT);
    assert_status(FC_OK, m_verify(&said, path, false, &err), &err);
    assert_int_equal(said.n, 1);
    assert_non_null(strstr(said.reasons[0], "canary"));
    m_forget(&said);
    memset(&said, 0, sizeof(said));
    said.watch.context = &said;
    assert_status(FC_OK, fc__store_repair(path, to, m_note, &said.watch, &report, &err), &err);
    m_forget(&said);
    m_assert_sound(to, true);
    assert_int_equal(count(to, ids.version, &n), FC_E_NOT_FOUND);
    fc_buf_dispose(&value);
    fc__canary_dispose(&c);
    free(path);
    free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canary__bytes_are_as_written_down),
        cmocka_unit_test(test_canary__refuses_what_is_cut_off_or_newer),
        cmocka_unit_test(test_canary__is_put_replaced_and_taken_away),
        cmocka_unit_test(test_canary__of_another_version_is_refused),
        cmocka_unit_test(test_canary__goes_with_its_version),
        cmocka_unit_test(test_canary__loses_what_no_sample_has),
        cmocka_unit_test(test_canary__that_is_lost_is_told_and_repaired),
    };

    return cmocka_run_group_tests_name("canary", tests, NULL, NULL);
}
