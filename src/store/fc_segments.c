/*
 * Which index segments of an output are live: one row, switched whole.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

#define SEGMENTS_MAX 65536
#define HASH_DIGITS  32u

void fc__live_segments_dispose(fc_live_segments *s)
{
    if (s == NULL)
        return;
    free(s->hashes);
    free(s->tombstones);
    *s = (fc_live_segments){.n = 0};
}

static bool is_hash(const uint8_t *s)
{
    for (size_t i = 0; i < HASH_DIGITS; i++)
        if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
            return false;
    return true;
}

static fc_status check_space(const char *space, fc_error *err)
{
    return strlen(space) <= FC_SPACE_NAME_MAX
               ? FC_OK
               : fc_error_set(err, FC_E_INVALID, "the space name '%.80s' is longer than %d bytes",
                              space, FC_SPACE_NAME_MAX);
}

static fc_status read_live(fc_live_segments *out, const fc_key *key, fc_span value, fc_error *err)
{
    fc_reader r = fc_reader_over(value.data, value.n);
    const uint8_t *bytes;
    uint64_t n;

    out->generation = fc_read_u64(&r);
    n = fc_read_varint(&r);
    if (r.failed || n > SEGMENTS_MAX || n * HASH_DIGITS > fc_reader_left(&r))
        return fc__corrupt(err, FC_TABLE_SEGMENT, fc__key_span(key), "the row has another layout");
    out->hashes = fc__alloc_array((size_t)n, sizeof(*out->hashes));
    if (out->hashes == NULL)
        return fc__nomem(err, (size_t)n * sizeof(*out->hashes), "a list of segments");
    for (size_t i = 0; i < n; i++) {
        bytes = fc_read_span(&r, HASH_DIGITS);
        if (bytes == NULL || !is_hash(bytes)) /* it becomes a file name */
            return fc__corrupt(err, FC_TABLE_SEGMENT, fc__key_span(key),
                               "a segment's hash is not 32 hexadecimal digits");
        memcpy(out->hashes[i], bytes, HASH_DIGITS);
    }
    out->n = (size_t)n;
    bytes = fc_read_bytes(&r, &out->n_tombstones);
    if (r.failed || fc_reader_left(&r) != 0)
        return fc__corrupt(err, FC_TABLE_SEGMENT, fc__key_span(key), "the row has another layout");
    if (out->n_tombstones == 0)
        return FC_OK;
    out->tombstones = malloc(out->n_tombstones);
    if (out->tombstones == NULL)
        return fc__nomem(err, out->n_tombstones, "tombstones");
    memcpy(out->tombstones, bytes, out->n_tombstones);
    return FC_OK;
}

fc_status fc__snapshot_segments(fc_snapshot *s, const char *space, fc_version_id version,
                                fc_output_id output, fc_live_segments *out, fc_error *err)
{
    fc_key key;
    fc_span value;
    fc_status st = check_space(space, err);

    *out = (fc_live_segments){.n = 0};
    if (st != FC_OK)
        return st;
    key = fc__key_segment(space, version, output);
    st = fc__row_get(&s->txn, FC_TABLE_SEGMENT, &key, &value, err);
    if (st == FC_E_NOT_FOUND) /* no index yet: an empty list */
        return FC_OK;
    if (st == FC_OK)
        st = read_live(out, &key, value, err);
    if (st != FC_OK)
        fc__live_segments_dispose(out);
    return st;
}

void fc__segment_rows_free(fc_segment_row *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fc__live_segments_dispose(&list[i].live);
    free(list);
}

fc_status fc__snapshot_segment_rows(fc_snapshot *s, fc_segment_row **list, size_t *n, fc_error *err)
{
    const fc_key from = {.n = 1}; /* one zero byte: where the rows of no space begin */
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    size_t capacity = 0;
    fc_status st = fc__cursor_open(&c, &s->txn, FC_TABLE_SEGMENT, err);

    *list = NULL;
    *n = 0;
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    for (; st == FC_OK; st = fc__cursor_next(&c, &key, &value, err)) {
        fc_segment_row row = {.version = 0};
        fc_key k = {.n = key.n};
        const char *space;

        memcpy(k.bytes, key.data, key.n);
        if (!fc__key_segment_read(key, &space, &row.version, &row.output))
            continue;
        snprintf(row.space, sizeof(row.space), "%s", space);
        st = read_live(&row.live, &k, value, err);
        if (st == FC_OK)
            st = fc__grow_array(list, &capacity, *n + 1, sizeof(**list), err);
        if (st != FC_OK) {
            fc__live_segments_dispose(&row.live);
            break;
        }
        (*list)[(*n)++] = row;
    }
    fc__cursor_close(&c);
    if (st == FC_E_NOT_FOUND)
        return FC_OK;
    fc__segment_rows_free(*list, *n);
    *list = NULL;
    *n = 0;
    return st;
}

static fc_status write_live(const fc_live_segments *live, const fc_key *key, uint64_t generation,
                            fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_u64(out, generation, err);

    if (st == FC_OK)
        st = fc_buf_append_varint(out, live->n, err);
    for (size_t i = 0; i < live->n && st == FC_OK; i++) {
        if (!is_hash((const uint8_t *)live->hashes[i]) || live->hashes[i][HASH_DIGITS] != '\0')
            return fc_error_set(err, FC_E_INVALID, "a segment's hash is not 32 hexadecimal digits");
        st = fc_buf_append(out, live->hashes[i], HASH_DIGITS, err);
    }
    if (st == FC_OK)
        st = fc_buf_append_bytes(out, live->tombstones, live->n_tombstones, err);
    return st == FC_OK ? fc__row_seal(FC_TABLE_SEGMENT, key, out, err) : st;
}

fc_status fc__store_switch_segments(fc_store *store, const char *space, fc_version_id version,
                                    fc_output_id output, const fc_live_segments *live,
                                    fc_error *err)
{
    fc_edits edits = FC_EDITS_INIT;
    fc_buf value = FC_BUF_INIT;
    fc_txn t = FC_TXN_INIT;
    fc_meta_row meta;
    fc_key key;
    fc_status st = check_space(space, err);

    if (st == FC_OK && fc__store_is_read_only(store))
        st = fc_error_set(err, FC_E_INVALID, "%s is open read-only", store->path);
    if (st != FC_OK)
        return st;
    key = fc__key_segment(space, version, output);
    /* The caller knows which generation it indexed; one that does not say means the present one. */
    st = fc__txn_begin(&t, store->env, false, err);
    if (st == FC_OK)
        st = fc__meta_row_get(&t, &meta, err);
    fc__txn_end(&t);
    if (st == FC_OK)
        st = write_live(live, &key, live->generation != 0 ? live->generation : meta.generation,
                        &value, err);
    if (st == FC_OK)
        st = fc__edits_put(&edits, FC_TABLE_SEGMENT, &key, &value, err);
    if (st == FC_OK)
        st = fc__edits_apply(&edits, store->env, err);
    fc_buf_dispose(&value);
    fc__edits_dispose(&edits);
    return st;
}

fc_status fc__store_drop_segments(fc_store *store, const char *space, fc_version_id version,
                                  fc_output_id output, fc_error *err)
{
    fc_edits edits = FC_EDITS_INIT;
    fc_status st = check_space(space, err);

    if (st == FC_OK && fc__store_is_read_only(store))
        st = fc_error_set(err, FC_E_INVALID, "%s is open read-only", store->path);
    if (st == FC_OK) {
        const fc_key key = fc__key_segment(space, version, output);

        st = fc__edits_delete(&edits, FC_TABLE_SEGMENT, &key, err);
    }
    if (st == FC_OK)
        st = fc__edits_apply(&edits, store->env, err);
    fc__edits_dispose(&edits);
    return st;
}
