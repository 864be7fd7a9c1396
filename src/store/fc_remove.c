/*
 * Removing a data set, or one sample of it. Items stay until gc: other data sets may point at them.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"

/* A delete for every row of `table` whose key starts with the first n bytes of `from`. */
static fc_status delete_prefix(fc_writer *w, fc_table table, const fc_key *from, size_t n,
                               uint64_t *count, fc_error *err)
{
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &w->reader, table, err);

    *count = 0;
    if (st == FC_OK)
        st = fc__cursor_seek(&c, from, &key, &value, err);
    for (; st == FC_OK && fc__span_has_prefix(key, from->bytes, n);
         st = fc__cursor_next(&c, &key, &value, err)) {
        fc_key k = {.n = key.n};

        if (key.n > sizeof(k.bytes)) {
            st = fc__corrupt(err, table, key, "the key has another layout");
            break;
        }
        memcpy(k.bytes, key.data, key.n);
        st = fc__edits_delete(&w->edits, table, &k, err);
        if (st != FC_OK)
            break;
        ++*count;
    }
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* Sample rows with their holders; *n_open counts the current ones. */
static fc_status delete_samples(fc_writer *w, uint32_t number, uint64_t *n_open, fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    const fc_key from = fc__key_sample(number, zero, 0);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &w->reader, FC_TABLE_SAMPLE, err);

    *n_open = 0;
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    for (; st == FC_OK && fc__span_has_prefix(key, from.bytes, 4);
         st = fc__cursor_next(&c, &key, &value, err)) {
        fc_sample_record r;
        const uint8_t *hash;
        uint32_t dataset, first;

        if (!fc__key_sample_read(key, &dataset, &hash, &first)) {
            st = fc__corrupt(err, FC_TABLE_SAMPLE, key, "the key has another layout");
            break;
        }
        st = fc__sample_read(&r, key, value, err);
        if (st == FC_OK)
            st = fc__delete_row(w, number, hash, first, r.content, err);
        if (st != FC_OK)
            break;
        *n_open += r.last == FC_VERSION_OPEN;
    }
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status remove_dataset(fc_writer *w, fc_known_dataset *d, uint64_t *n_removed,
                                fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    const fc_key failures = fc__key_failure(d->header.number, zero, 0);
    const fc_key rows = fc__key_dataset(d->name, 0);
    uint64_t ignored;
    fc_status st = delete_samples(w, d->header.number, n_removed, err);

    if (st == FC_OK)
        st = delete_prefix(w, FC_TABLE_FAILURE, &failures, 4, &ignored, err);
    if (st == FC_OK)
        st = delete_prefix(w, FC_TABLE_DATASET, &rows, rows.n - 4, &ignored, err);
    return st;
}

static fc_status remove_sample(fc_writer *w, fc_known_dataset *d, const char *id,
                               uint64_t *n_removed, fc_error *err)
{
    uint8_t hash[FC_ID_HASH_BYTES];
    fc_key failures;
    uint64_t ignored;
    fc_status st;

    fc__sample_id_hash(id, hash);
    failures = fc__key_failure(d->header.number, hash, 0);
    st = fc__seal_without(w, d, id, err);
    if (st == FC_OK)
        st = delete_prefix(w, FC_TABLE_FAILURE, &failures, failures.n - 4, &ignored, err);
    *n_removed = st == FC_OK;
    return st;
}

/* The data set, in a state in which it can be changed. */
static fc_status find(fc_writer *w, const char *dataset, bool whole, fc_known_dataset **out,
                      fc_error *err)
{
    fc_status st = fc__dataset_check_name(dataset, err);

    if (st == FC_OK)
        st = fc__known_dataset(w, dataset, out, err);
    if (st == FC_E_NOT_FOUND)
        return fc_error_set(err, st, "there is no data set '%s'", dataset);
    if (st == FC_OK && !whole && (*out)->header.building != 0)
        return fc_error_set(err, FC_E_BUSY,
                            "data set '%s' has an unfinished ingest; run it to its end first",
                            dataset);
    if (st == FC_OK && !whole && (*out)->header.sealed == 0)
        return fc_error_set(err, FC_E_NOT_FOUND, "data set '%s' has no sealed version", dataset);
    return st;
}

static fc_status plan_remove(fc_writer *w, const char *dataset, const char *id, uint64_t *n_removed,
                             fc_error *err)
{
    fc_known_dataset *d;
    fc_status st = find(w, dataset, id == NULL, &d, err);

    if (st != FC_OK)
        return st;
    if (id == NULL) {
        st = remove_dataset(w, d, n_removed, err);
    } else {
        st = fc__start_version(w, d, err);
        if (st == FC_OK)
            st = remove_sample(w, d, id, n_removed, err);
    }
    if (st != FC_OK)
        return st;
    w->meta.generation++;
    w->meta_dirty = true;
    return fc__known_write(w, err);
}

fc_status fc__writer_remove(fc_writer *w, const char *dataset, const char *id, uint64_t *n_removed,
                            fc_error *err)
{
    fc_status st = fc__writer_check(w, err);

    *n_removed = 0;
    if (st == FC_OK)
        st = fc__writer_commit(w, err);
    if (st != FC_OK)
        return st;
    /* From what is stored, not from what a begin may have left in memory. */
    fc__known_free(w);
    st = fc__writer_look(w, err);
    if (st == FC_OK)
        st = plan_remove(w, dataset, id, n_removed, err);
    fc__writer_unlook(w);
    if (st == FC_OK)
        st = fc__writer_apply(w, err);
    fc__edits_clear(&w->edits);
    fc__known_free(w);
    if (st != FC_OK)
        *n_removed = 0;
    return st;
}
