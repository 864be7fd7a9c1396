/*
 * For the tests that look after stores: a store with samples, what verify says of it as lists, a
 * digest over all rows as the pages have them, and rows changed behind the library's back.
 */
#ifndef MAINTAIN_TEST_H
#define MAINTAIN_TEST_H

#include "store_test.h"

#include "fc_alloc.h"
#include "fc_maintain.h"

/* Samples 1..n of data set "set", committed `step` at a time, sealed. */
static inline fc_encoder_ids m_fill(const char *path, uint64_t n, uint64_t step)
{
    fc_store *store = t_open(path, 0);
    fc_writer *w = t_writer(store, 1);
    const fc_encoder_ids ids = t_encoder(w, "enc", 7);

    t_begin(w, "set", &ids);
    for (uint64_t i = 1; i <= n; i++) {
        t_ingest_one(w, &ids, i);
        if (i % step == 0)
            t_commit(w);
    }
    t_commit(w);
    t_seal(w);
    fc__writer_close(w);
    fc_store_close(store);
    return ids;
}

/* ---- what verify says ---- */

#define M_LIST 4096

typedef struct m_said {
    fc_watch watch;
    fc_verify_report report;
    size_t n;
    char *ids[M_LIST];     /* "" where a damage names none */
    char *reasons[M_LIST]; /* "where: reason" */
} m_said;

static inline void m_note(void *context, const fc_damage *damage)
{
    m_said *said = context;

    assert_true(said->n < M_LIST);
    said->ids[said->n] = strdup(damage->id != NULL ? damage->id : "");
    assert_true(asprintf(&said->reasons[said->n], "%s: %s", damage->where, damage->reason) > 0);
    said->n++;
}

static inline fc_status m_verify(m_said *said, const char *path, bool full, fc_error *err)
{
    memset(said, 0, sizeof(*said));
    said->watch.context = said;
    return fc__store_verify(path, full, m_note, &said->watch, &said->report, err);
}

static inline void m_forget(m_said *said)
{
    for (size_t i = 0; i < said->n; i++) {
        free(said->ids[i]);
        free(said->reasons[i]);
    }
    said->n = 0;
}

/* No damage at all. */
static inline void m_assert_sound(const char *path, bool full)
{
    m_said said;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, m_verify(&said, path, full, &err), &err);
    if (said.n > 0)
        fail_msg("%zu damages, the first: %s (%s)", said.n, said.reasons[0], said.ids[0]);
    assert_int_equal(said.report.n_damages, 0);
    m_forget(&said);
}

/* ---- all rows ---- */

typedef struct m_sum {
    fc_u128 sum;
    uint64_t n;
    bool blocks, segments, meta;
} m_sum;

static inline fc_status m_sum_row(void *context, fc_table table, fc_span key, fc_span value,
                                  fc_error *err)
{
    m_sum *s = context;
    fc_buf b = FC_BUF_INIT;
    fc_status st;

    if ((table == FC_TABLE_BLOCK && !s->blocks) || (table == FC_TABLE_META && !s->meta))
        return FC_OK;
    st = fc_buf_append_u8(&b, (uint8_t)table, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(&b, key.data, key.n, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(&b, value.data, value.n, err);
    if (st == FC_OK) {
        s->sum = fc__u128_add(s->sum, fc__xxh128(b.data, b.size));
        s->n++;
    }
    fc_buf_dispose(&b);
    return st;
}

/* Sum over the rows that the pages of a closed store have. */
static inline m_sum m_rows(const char *path, bool blocks, bool meta)
{
    m_sum s = {.blocks = blocks, .meta = meta};
    const fc_tree_visitor v = {m_sum_row, NULL, &s};
    fc_error err = FC_ERROR_INIT;
    fc_tree t;

    assert_status(FC_OK, fc__tree_open_file(&t, path, &err), &err);
    assert_status(FC_OK, fc__tree_load(&t, &v, &err), &err);
    for (int k = FC_TABLE_META; k < FC_TABLE_END; k++)
        assert_status(FC_OK, fc__tree_walk(&t, (fc_table)k, &v, &err), &err);
    fc__tree_close(&t);
    return s;
}

static inline void m_assert_same_rows(const m_sum *a, const m_sum *b)
{
    assert_int_equal(a->n, b->n);
    assert_true(fc__u128_equal(a->sum, b->sum));
}

/* ---- rows changed behind the library's back ---- */

/* Row number `at` of a table, copied. */
static inline void m_row(const char *path, fc_table table, size_t at, fc_key *key, fc_buf *value)
{
    fc_store *store = t_open(path, 0);
    fc_cursor c = FC_CURSOR_INIT;
    const fc_key from = {.n = 1};
    fc_error err = FC_ERROR_INIT;
    MDB_val k, v;
    fc_txn t;

    (void)from;
    assert_status(FC_OK, fc__txn_begin(&t, store->env, false, &err), &err);
    assert_status(FC_OK, fc__cursor_open(&c, &t, table, &err), &err);
    assert_int_equal(mdb_cursor_get(c.mdb, &k, &v, MDB_FIRST), 0);
    for (size_t i = 0; i < at; i++)
        assert_int_equal(mdb_cursor_get(c.mdb, &k, &v, MDB_NEXT), 0);
    key->n = k.mv_size;
    memcpy(key->bytes, k.mv_data, k.mv_size);
    fc_buf_clear(value);
    assert_status(FC_OK, fc_buf_append(value, v.mv_data, v.mv_size, &err), &err);
    fc__cursor_close(&c);
    fc__txn_end(&t);
    fc_store_close(store);
}

/* Put (value NULL: delete) a row as it is, right or wrong. */
static inline void m_set(const char *path, fc_table table, const fc_key *key, const fc_buf *value)
{
    fc_store *store = t_open(path, 0);
    fc_error err = FC_ERROR_INIT;
    fc_txn t;

    assert_status(FC_OK, fc__txn_begin(&t, store->env, true, &err), &err);
    if (value != NULL)
        assert_status(FC_OK,
                      fc__row_put(&t, table, fc__key_span(key), (fc_span){value->data, value->size},
                                  NULL, &err),
                      &err);
    else
        assert_status(FC_OK, fc__row_delete(&t, table, fc__key_span(key), NULL, &err), &err);
    assert_status(FC_OK, fc__txn_commit(&t, NULL, &err), &err);
    fc_store_close(store);
}

/* Flip one bit of a row's value. */
static inline void m_flip(const char *path, fc_table table, size_t at, size_t byte)
{
    fc_buf value = FC_BUF_INIT;
    fc_key key;

    m_row(path, table, at, &key, &value);
    value.data[byte % value.size] ^= 0x10;
    m_set(path, table, &key, &value);
    fc_buf_dispose(&value);
}

static inline void m_copy_file(const char *from, const char *to)
{
    size_t n;
    uint8_t *bytes = fc_test_read_file(from, &n);

    fc_test_write_file(to, bytes, n);
    free(bytes);
}

#endif /* MAINTAIN_TEST_H */
