/*
 * Rows of tables: every value that is read has its checksum, and its place inside the map, checked
 * here; every value that is written gets one.
 */
#include "fc_bytes.h"
#include "fc_store_internal.h"

#define CRC_BYTES 4u

/* A value as LMDB gives it, to one without its checksum. */
static fc_status check_value(fc_table table, fc_span key, const MDB_val *v, fc_span *value,
                             fc_error *err)
{
    const uint8_t *data = v->mv_data;
    uint32_t crc;

    if (v->mv_size < CRC_BYTES)
        return fc__corrupt(err, table, key, "the value is shorter than its checksum");
    *value = (fc_span){data, v->mv_size - CRC_BYTES};
    if (table == FC_TABLE_BLOCK)
        return FC_OK;
    crc = fc__crc32c(fc__key_crc(table, key.data, key.n), value->data, value->n);
    if (crc != fc_get_le32(data + value->n))
        return fc__corrupt(err, table, key, "checksum mismatch");
    return FC_OK;
}

/* Nothing under `key`: then the rows beside its place must be what their keys say, since a bit that
 * flips in a key leaves the row where it was, under another name. */
static fc_status check_absent(fc_txn *t, fc_table table, const fc_key *key, fc_error *err)
{
    fc_cursor c = FC_CURSOR_INIT;
    fc_status st = t->guard != NULL ? fc__cursor_open(&c, t, table, err) : FC_E_NOT_FOUND;

    if (st == FC_OK)
        st = fc__cursor_check_gap(&c, key, err);
    fc__cursor_close(&c);
    return st == FC_OK ? FC_E_NOT_FOUND : st;
}

fc_status fc__row_get(fc_txn *t, fc_table table, const fc_key *key, fc_span *value, fc_error *err)
{
    MDB_val k = {key->n, (void *)(uintptr_t)key->bytes}, v;
    const fc_status st = fc__guard_key(t, table, fc__key_span(key), err);
    int rc;

    *value = (fc_span){NULL, 0};
    if (st != FC_OK)
        return st;
    rc = mdb_get(t->mdb, t->env->dbi[table], &k, &v);
    if (rc == MDB_NOTFOUND)
        return check_absent(t, table, key, err);
    if (rc != 0)
        return fc__mdb_error(t->env, rc, "read", err);
    return check_value(table, fc__key_span(key), &v, value, err);
}

static fc_status write_error(fc_txn *t, int rc, bool *map_full, fc_error *err)
{
    if (map_full != NULL)
        *map_full = rc == MDB_MAP_FULL;
    if (rc > 0) /* pages spilled to a disk that is full or failing */
        fc__env_fail(t->env, rc);
    return fc__mdb_error(t->env, rc, "write", err);
}

fc_status fc__row_put(fc_txn *t, fc_table table, fc_span key, fc_span value, bool *map_full,
                      fc_error *err)
{
    MDB_val k = {key.n, (void *)(uintptr_t)key.data}, v = {value.n, (void *)(uintptr_t)value.data};
    const int rc = mdb_put(t->mdb, t->env->dbi[table], &k, &v, 0);

    return rc == 0 ? FC_OK : write_error(t, rc, map_full, err);
}

fc_status fc__row_delete(fc_txn *t, fc_table table, fc_span key, bool *map_full, fc_error *err)
{
    MDB_val k = {key.n, (void *)(uintptr_t)key.data};
    const int rc = mdb_del(t->mdb, t->env->dbi[table], &k, NULL);

    if (rc == MDB_NOTFOUND)
        return fc__corrupt(err, table, key, "a row that was there is missing");
    return rc == 0 ? FC_OK : write_error(t, rc, map_full, err);
}

fc_status fc__row_seal(fc_table table, const fc_key *key, fc_buf *value, fc_error *err)
{
    const uint32_t crc =
        fc__crc32c(fc__key_crc(table, key->bytes, key->n), value->data, value->size);

    return fc_buf_append_u32(value, crc, err);
}

fc_status fc__cursor_open(fc_cursor *c, fc_txn *t, fc_table table, fc_error *err)
{
    int rc;

    *c = (fc_cursor){t, table, NULL};
    rc = mdb_cursor_open(t->mdb, t->env->dbi[table], &c->mdb);
    if (rc == 0)
        return FC_OK;
    c->mdb = NULL;
    return fc__mdb_error(t->env, rc, "open a cursor", err);
}

void fc__cursor_close(fc_cursor *c)
{
    if (c->mdb != NULL)
        mdb_cursor_close(c->mdb);
    c->mdb = NULL;
}

static fc_status move(fc_cursor *c, MDB_val *k, MDB_cursor_op op, fc_span *key, fc_span *value,
                      fc_error *err)
{
    MDB_val v;
    const int rc = mdb_cursor_get(c->mdb, k, &v, op);

    *key = *value = (fc_span){NULL, 0};
    if (rc == MDB_NOTFOUND)
        return FC_E_NOT_FOUND;
    if (rc != 0)
        return fc__mdb_error(c->txn->env, rc, "read", err);
    *key = (fc_span){k->mv_data, k->mv_size};
    return check_value(c->table, *key, &v, value, err);
}

/* The guard looks at the place and its neighbours: as far as one move goes. */
static fc_status guard(fc_cursor *c, const fc_key *key, fc_error *err)
{
    return fc__guard_key(c->txn, c->table, fc__key_span(key), err);
}

static fc_status guard_here(fc_cursor *c, fc_error *err)
{
    MDB_val k = {0, NULL}, v;

    if (c->txn->guard == NULL || mdb_cursor_get(c->mdb, &k, &v, MDB_GET_CURRENT) != 0)
        return FC_OK;
    return fc__guard_key(c->txn, c->table, (fc_span){k.mv_data, k.mv_size}, err);
}

fc_status fc__cursor_seek(fc_cursor *c, const fc_key *key, fc_span *found, fc_span *value,
                          fc_error *err)
{
    MDB_val k = {key->n, (void *)(uintptr_t)key->bytes};
    const fc_status st = guard(c, key, err);

    return st == FC_OK ? move(c, &k, MDB_SET_RANGE, found, value, err) : st;
}

fc_status fc__cursor_seek_back(fc_cursor *c, const fc_key *key, fc_span *found, fc_span *value,
                               fc_error *err)
{
    MDB_val k = {key->n, (void *)(uintptr_t)key->bytes}, v;
    const fc_status st = guard(c, key, err);
    int rc;

    if (st != FC_OK)
        return st;
    rc = mdb_cursor_get(c->mdb, &k, &v, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND)
        return move(c, &k, MDB_LAST, found, value, err);
    if (rc != 0)
        return fc__mdb_error(c->txn->env, rc, "read", err);
    if (k.mv_size == key->n && memcmp(k.mv_data, key->bytes, key->n) == 0)
        return move(c, &k, MDB_GET_CURRENT, found, value, err);
    return move(c, &k, MDB_PREV, found, value, err);
}

fc_status fc__cursor_next(fc_cursor *c, fc_span *key, fc_span *value, fc_error *err)
{
    MDB_val k = {0, NULL};
    const fc_status st = guard_here(c, err);

    return st == FC_OK ? move(c, &k, MDB_NEXT, key, value, err) : st;
}

fc_status fc__cursor_prev(fc_cursor *c, fc_span *key, fc_span *value, fc_error *err)
{
    MDB_val k = {0, NULL};
    const fc_status st = guard_here(c, err);

    return st == FC_OK ? move(c, &k, MDB_PREV, key, value, err) : st;
}

fc_status fc__cursor_check_gap(fc_cursor *c, const fc_key *key, fc_error *err)
{
    fc_span found, value;
    fc_status st = fc__cursor_seek_back(c, key, &found, &value, err);

    if (st == FC_OK || st == FC_E_NOT_FOUND)
        st = fc__cursor_seek(c, key, &found, &value, err);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}
