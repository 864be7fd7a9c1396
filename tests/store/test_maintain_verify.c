/*
 * Verify: nothing to say of a sound store; each kind of damage told once, with the samples it hits
 * and no others; and of random damage to the file, none that is not told.
 */
#include "maintain_test.h"

#include <sys/stat.h>
#include <unistd.h>

#define N_SAMPLES 60

static char *fresh(const char *name)
{
    char *path = fc_test_path(name);

    m_fill(path, N_SAMPLES, 20);
    return path;
}

/* Every damage names `id` and nothing else is told; the reason holds `reason`. */
static void assert_only(const char *path, bool full, const char *id, const char *reason)
{
    m_said said;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, m_verify(&said, path, full, &err), &err);
    for (size_t i = 0; i < said.n; i++)
        if (strcmp(said.ids[i], id) != 0 || strstr(said.reasons[i], reason) == NULL)
            fail_msg("damage %zu of %zu: '%s' hits '%s'; wanted '%s' of '%s'", i, said.n,
                     said.reasons[i], said.ids[i], reason, id);
    assert_int_equal(said.n, 1);
    assert_int_equal(said.report.n_damages, 1);
    assert_int_equal(said.report.n_samples_hit, id[0] != '\0');
    m_forget(&said);
}

static void test_verify__a_sound_store_has_no_damage(void **state)
{
    char *path = fresh("sound");
    m_said said;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    m_assert_sound(path, false);
    assert_status(FC_OK, m_verify(&said, path, true, &err), &err);
    assert_int_equal(said.n, 0);
    assert_int_equal(said.report.n_items, N_SAMPLES * T_OUTPUTS);
    assert_true(said.report.n_blocks >= T_OUTPUTS);
    /* meta, encoder, header and version, and a sample, holder and content row each */
    assert_int_equal(said.report.n_rows, 4 + 3 * N_SAMPLES + said.report.n_blocks);
    free(path);
}

/* One bit in each row of each small table. */
static void test_verify__a_bit_in_any_row_is_told(void **state)
{
    static const fc_table tables[] = {FC_TABLE_CONTENT, FC_TABLE_ENCODER, FC_TABLE_DATASET,
                                      FC_TABLE_SAMPLE, FC_TABLE_HOLDER};
    char *path = fresh("bits");
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t k = 0; k < sizeof(tables) / sizeof(tables[0]); k++)
        for (size_t at = 0; at < (k == 1 ? 1u : 2u); at++) {
            fc_buf value = FC_BUF_INIT;
            bool told = false;
            fc_key key;
            m_said said;

            m_row(path, tables[k], at, &key, &value);
            m_flip(path, tables[k], at, 3);
            assert_status(FC_OK, m_verify(&said, path, false, &err), &err);
            for (size_t i = 0; i < said.n; i++)
                told = told || strstr(said.reasons[i], "checksum mismatch") != NULL;
            assert_true(told);
            m_forget(&said);
            m_set(path, tables[k], &key, &value);
            fc_buf_dispose(&value);
        }
    m_assert_sound(path, true);
    free(path);
}

/* Every row's checksum holds: only references tell. */
static void test_verify__a_missing_holder_names_its_sample(void **state)
{
    char *path = fresh("holder");
    fc_buf value = FC_BUF_INIT;
    fc_key key;

    (void)state;
    m_row(path, FC_TABLE_HOLDER, 4, &key, &value);
    m_set(path, FC_TABLE_HOLDER, &key, NULL);
    assert_only(path, false, "s/5", "its holder row is missing");
    m_set(path, FC_TABLE_HOLDER, &key, &value);
    /* One more than there are samples. */
    key.bytes[15] ^= 1;
    fc_buf_clear(&value);
    assert_status(FC_OK, fc__row_seal(FC_TABLE_HOLDER, &key, &value, NULL), &(fc_error){0});
    m_set(path, FC_TABLE_HOLDER, &key, &value);
    assert_only(path, false, "", "its sample row is missing");
    fc_buf_dispose(&value);
    free(path);
}

/* A sample row that is gone leaves its holder, and a version that counts one more. */
static void test_verify__a_lost_sample_shows_in_counts(void **state)
{
    char *path = fresh("lost");
    fc_buf value = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    bool counted = false, held = false;
    fc_key key;
    m_said said;

    (void)state;
    m_row(path, FC_TABLE_SAMPLE, 7, &key, &value);
    m_set(path, FC_TABLE_SAMPLE, &key, NULL);
    assert_status(FC_OK, m_verify(&said, path, false, &err), &err);
    for (size_t i = 0; i < said.n; i++) {
        counted = counted || strstr(said.reasons[i], "59 of its 60 samples") != NULL;
        held = held || strstr(said.reasons[i], "its sample row is missing") != NULL;
    }
    assert_true(counted && held);
    assert_int_equal(said.n, 2);
    m_forget(&said);
    fc_buf_dispose(&value);
    free(path);
}

/* Items that share the flipped frame are hit, the rest are not. */
static void test_verify__a_bit_in_a_frame_hits_its_items_alone(void **state)
{
    char *path = fresh("frame");
    fc_buf value = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_key key;

    (void)state;
    for (size_t at = 0;; at++) { /* the first block of the widest output, "wide" */
        fc_version_id version;
        fc_output_id output;
        uint64_t content;
        uint32_t chunk;

        m_row(path, FC_TABLE_BLOCK, at, &key, &value);
        assert_true(fc__key_block_read(fc__key_span(&key), &version, &output, &content, &chunk));
        if (output == 5)
            break;
    }
    value.data[value.size - 10] ^= 1; /* the last frame: 60 x 2,800 bytes are six frames */
    m_set(path, FC_TABLE_BLOCK, &key, &value);
    for (int full = 0; full < 2; full++) {
        m_said said;
        bool last = false;

        assert_status(FC_OK, m_verify(&said, path, full != 0, &err), &err);
        assert_int_equal(said.report.n_damages, 1);
        assert_in_range(said.n, 1, 13);
        assert_int_equal(said.report.n_samples_hit, said.n);
        for (size_t i = 0; i < said.n; i++) {
            assert_in_range(atoi(said.ids[i] + 2), N_SAMPLES - 12, N_SAMPLES);
            last = last || strcmp(said.ids[i], "s/60") == 0;
        }
        assert_true(last);
        m_forget(&said);
    }
    fc_buf_dispose(&value);
    free(path);
}

/* A block whose header is gone hits all that may have been in it; a deleted one only `full` sees.
 */
static void test_verify__a_block_without_header_hits_all_of_it(void **state)
{
    char *path = fresh("header");
    fc_error err = FC_ERROR_INIT;
    fc_buf value = FC_BUF_INIT;
    fc_key key;
    m_said said;

    (void)state;
    m_row(path, FC_TABLE_BLOCK, 0, &key, &value); /* "pooled": one block of all */
    m_flip(path, FC_TABLE_BLOCK, 0, 5);
    assert_status(FC_OK, m_verify(&said, path, false, &err), &err);
    assert_int_equal(said.report.n_damages, 1);
    assert_int_equal(said.n, N_SAMPLES);
    assert_int_equal(said.report.n_samples_hit, N_SAMPLES);
    m_forget(&said);
    m_set(path, FC_TABLE_BLOCK, &key, NULL);
    m_assert_sound(path, false);
    assert_status(FC_OK, m_verify(&said, path, true, &err), &err);
    assert_int_equal(said.n, 1);
    assert_non_null(strstr(said.reasons[0], "0 of the 60 items"));
    m_forget(&said);
    fc_buf_dispose(&value);
    free(path);
}

static void test_verify__a_chunk_that_is_gone_hits_its_item(void **state)
{
    char *path = fresh("chunk");
    fc_buf value = FC_BUF_INIT;
    fc_key key;
    size_t at = 0;

    (void)state;
    for (;; at++) { /* content 11 of "long" has three chunks */
        fc_version_id version;
        fc_output_id output;
        uint64_t content;
        uint32_t chunk;

        m_row(path, FC_TABLE_BLOCK, at, &key, &value);
        assert_true(fc__key_block_read(fc__key_span(&key), &version, &output, &content, &chunk));
        if (output == 4 && content == 11 && chunk == 2)
            break;
    }
    m_set(path, FC_TABLE_BLOCK, &key, NULL);
    assert_only(path, false, "s/11", "chunks of its item are missing");
    assert_only(path, true, "s/11", "chunks of its item are missing");
    fc_buf_dispose(&value);
    free(path);
}

/* One block of 1,200 items: a thousand samples by name, the rest as a number. */
static void test_verify__names_at_most_a_thousand_samples(void **state)
{
    char *path = fc_test_path("many");
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 7);
    fc_error err = FC_ERROR_INIT;
    m_said said;

    (void)state;
    t_begin(w, "set", &ids);
    for (uint64_t i = 1; i <= 1200; i++) {
        const uint64_t content = t_content(w, i);
        char id[16];

        snprintf(id, sizeof(id), "s/%d", (int)i);
        t_put_item(w, &ids, 0, i, content);
        assert_false(t_put_sample(w, id, i, content, "g"));
    }
    t_commit(w);
    t_seal(w);
    fc__writer_close(w);
    fc_store_close(store);
    m_flip(path, FC_TABLE_BLOCK, 0, 5);
    assert_status(FC_OK, m_verify(&said, path, false, &err), &err);
    assert_int_equal(said.report.n_damages, 1);
    assert_int_equal(said.report.n_samples_hit, 1200);
    assert_int_equal(said.n, FC_DAMAGE_SAMPLES_MAX + 1);
    assert_string_equal(said.ids[said.n - 1], "");
    assert_non_null(strstr(said.reasons[said.n - 1], "200 more samples"));
    m_forget(&said);
    free(path);
}

/* A digest that is not that of the bytes, under a right checksum: rolled-back records look so. */
static void test_verify__full_finds_a_wrong_digest(void **state)
{
    char *path = fresh("digest");
    fc_store *store = t_open(path, 0);
    fc_version_record v;
    fc_buf value = FC_BUF_INIT;
    const fc_key key = fc__key_dataset("set", 1);
    fc_error err = FC_ERROR_INIT;
    fc_txn t;

    (void)state;
    assert_status(FC_OK, fc__txn_begin(&t, store->env, false, &err), &err);
    assert_status(FC_OK, fc__version_get(&t, "set", 1, &v, &err), &err);
    fc__txn_end(&t);
    fc_store_close(store);
    v.coverage[2].digest.low++;
    assert_status(FC_OK, fc__version_write(&v, "set", &value, &err), &err);
    m_set(path, FC_TABLE_DATASET, &key, &value);
    m_assert_sound(path, false);
    assert_only(path, true, "", "the digest over 60 items");
    v.coverage[2].digest.low--;
    v.digest.high++;
    fc_buf_clear(&value);
    assert_status(FC_OK, fc__version_write(&v, "set", &value, &err), &err);
    m_set(path, FC_TABLE_DATASET, &key, &value);
    assert_only(path, false, "", "the digest of its 60 samples");
    fc__version_dispose(&v);
    fc_buf_dispose(&value);
    free(path);
}

/* Whatever a bit flip, an exchanged, a zeroed page or a truncation does: it is told, or all rows
 * are as they were. */
static void test_verify__random_damage_is_told_or_harmless(void **state)
{
    char *path = fresh("random"), *broken = fc_test_path("broken"), *from, *to;
    fc_rng rng = fc__rng_seed(20261123);
    const m_sum want = m_rows(path, true, true);
    unsigned told = 0;
    size_t n;
    uint8_t *bytes;

    (void)state;
    assert_true(asprintf(&from, "%s/data.mdb", path) > 0);
    assert_true(asprintf(&to, "%s/data.mdb", broken) > 0);
    bytes = fc_test_read_file(from, &n);
    assert_int_equal(mkdir(broken, 0777), 0);
    for (int i = 0; i < 240; i++) {
        uint8_t *copy = malloc(n);
        size_t size = n;
        const size_t pages = n / 4096, a = fc__rng_below(&rng, pages),
                     b = fc__rng_below(&rng, pages);
        fc_error err = FC_ERROR_INIT;
        fc_status st;
        m_said said;

        assert_non_null(copy);
        memcpy(copy, bytes, n);
        if (i % 4 == 0)
            copy[fc__rng_below(&rng, n)] ^= (uint8_t)(1u << fc__rng_below(&rng, 8));
        else if (i % 4 == 1)
            memset(copy + a * 4096, 0, 4096);
        else if (i % 4 == 2)
            memcpy(copy + a * 4096, bytes + b * 4096, 4096);
        else
            size = fc__rng_below(&rng, n);
        fc_test_write_file(to, copy, size);
        st = m_verify(&said, broken, true, &err);
        told += st != FC_OK || said.report.n_damages > 0;
        if (st == FC_OK && said.report.n_damages == 0) {
            const m_sum have = m_rows(broken, true, true);

            m_assert_same_rows(&want, &have);
        }
        m_forget(&said);
        free(copy);
    }
    assert_true(told > 120); /* most of the file is in use */
    free(bytes);
    free(from);
    free(to);
    free(broken);
    free(path);
}

/* A folder without a store, and one whose file is no store's at all. */
static void test_verify__says_when_it_cannot_check(void **state)
{
    char *path = fc_test_path("none"), *file;
    fc_error err = FC_ERROR_INIT;
    uint8_t junk[20000];
    m_said said;

    (void)state;
    assert_status(FC_E_NOT_FOUND, m_verify(&said, path, false, &err), &err);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_true(asprintf(&file, "%s/data.mdb", path) > 0);
    memset(junk, 0x5a, sizeof(junk));
    fc_test_write_file(file, junk, sizeof(junk));
    assert_status(FC_E_CORRUPT, m_verify(&said, path, false, &err), &err);
    m_forget(&said);
    free(file);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify__a_sound_store_has_no_damage),
        cmocka_unit_test(test_verify__a_bit_in_any_row_is_told),
        cmocka_unit_test(test_verify__a_missing_holder_names_its_sample),
        cmocka_unit_test(test_verify__a_lost_sample_shows_in_counts),
        cmocka_unit_test(test_verify__a_bit_in_a_frame_hits_its_items_alone),
        cmocka_unit_test(test_verify__a_block_without_header_hits_all_of_it),
        cmocka_unit_test(test_verify__a_chunk_that_is_gone_hits_its_item),
        cmocka_unit_test(test_verify__names_at_most_a_thousand_samples),
        cmocka_unit_test(test_verify__full_finds_a_wrong_digest),
        cmocka_unit_test(test_verify__random_damage_is_told_or_harmless),
        cmocka_unit_test(test_verify__says_when_it_cannot_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
