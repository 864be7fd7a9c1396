/*
 * Repair: the rows that can be read. Every row whose checksum holds, tree by tree; of a damaged
 * block the items that still decode; where pages are damaged, the leaf pages that the trees no
 * longer reach.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_maintain.h"

typedef struct repair {
    fc_copy *copy;
    fc_codec *codec;
    fc_block_view *view;
    fc_txn look;    /* of the new store, for scanned rows */
    fc_idmap ranks; /* of rows that may come more than once: hash of table and key to rank */
    bool holes, maybe_old, has_meta;
} repair;

static fc_status on_hole(void *context, const fc_hole *hole, fc_error *err)
{
    repair *r = context;

    (void)hole, (void)err; /* told by verify */
    r->holes = true;
    return FC_OK;
}

/* ---- blocks ---- */

static bool parse(repair *r, fc_span key, fc_span body)
{
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key.data, key.n);
    fc_error ignored = FC_ERROR_INIT;

    return (r->view == NULL
                ? fc__block_view_create(&r->view, body.data, body.n, seed, &ignored)
                : fc__block_view_reset(r->view, body.data, body.n, seed, &ignored)) == FC_OK &&
           fc__block_n_items(r->view) > 0;
}

/* Decode what decodes; *n items of it. Chunks of an item stand and fall together, so none is taken.
 */
static fc_status take_items(repair *r, uint8_t *rows, fc_item *items, size_t *n, fc_error *err)
{
    const size_t row_bytes = fc__layout_row_bytes(fc__block_layout(r->view));
    const fc_block_entry *e = fc__block_entries(r->view);

    *n = 0;
    for (size_t i = 0; i < fc__block_n_items(r->view); i++) {
        uint8_t *at = rows + e[i].row_offset * row_bytes;
        fc_error inner = FC_ERROR_INIT;
        fc_status st;

        if (e[i].n_rows != e[i].total_rows)
            continue;
        st = fc__block_decode(r->codec, r->view, e[i].row_offset, e[i].n_rows, at, &inner);
        if (st == FC_E_NOMEM)
            return fc_error_set(err, st, "%s", inner.message);
        if (st == FC_OK)
            items[(*n)++] = (fc_item){.content = e[i].content,
                                      .n_rows = e[i].n_rows,
                                      .total_rows = e[i].total_rows,
                                      .bytes = at,
                                      .time = e[i].time,
                                      .provenance = e[i].provenance};
    }
    return FC_OK;
}

/* A block of what can still be read of a damaged one. */
static fc_status salvage(repair *r, fc_span key, fc_error *err)
{
    const fc_item_layout layout = *fc__block_layout(r->view);
    const uint64_t n_rows = fc__block_n_rows(r->view);
    fc_item *items = fc__alloc_array(fc__block_n_items(r->view), sizeof(*items));
    uint8_t *rows = fc__alloc_array((size_t)n_rows + 1, fc__layout_row_bytes(&layout));
    fc_buf value = FC_BUF_INIT;
    uint64_t kept = 0;
    fc_quant_error sum;
    size_t n = 0;
    fc_key k;
    fc_status st = items != NULL && rows != NULL
                       ? take_items(r, rows, items, &n, err)
                       : fc__nomem(err, (size_t)fc__block_raw_bytes(r->view), "a block");

    if (st != FC_OK || n == 0)
        goto done;
    for (size_t i = 0; i < n; i++)
        kept += items[i].n_rows;
    sum = fc__error_share(fc__block_error(r->view), kept, n_rows);
    k = fc__key_block(fc_get_be32(key.data), fc_get_be16(key.data + 4), items[0].content, 0);
    st = fc__block_encode(r->codec, &layout, items, n, &sum,
                          fc__key_crc(FC_TABLE_BLOCK, k.bytes, k.n), &value, err);
    if (st == FC_OK)
        st = fc__row_seal(FC_TABLE_BLOCK, &k, &value, err);
    if (st == FC_OK)
        st = fc__copy_row(r->copy, FC_TABLE_BLOCK, fc__key_span(&k),
                          (fc_span){value.data, value.size}, err);

done:
    fc_buf_dispose(&value);
    free(items);
    free(rows);
    return st;
}

static fc_status block_row(repair *r, fc_span key, fc_span value, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    if (key.n != 18 || !parse(r, key, fc__row_body(value)))
        return FC_OK;
    st = fc__row_intact(FC_TABLE_BLOCK, key, value) ? fc__block_check(r->codec, r->view, &inner)
                                                    : FC_E_CORRUPT;
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    return st == FC_OK ? fc__copy_row(r->copy, FC_TABLE_BLOCK, key, value, err)
                       : salvage(r, key, err);
}

/* ---- rows ---- */

static fc_status on_row(void *context, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    repair *r = context;

    if (table == FC_TABLE_BLOCK)
        return block_row(r, key, value, err);
    /* Holders follow from samples; segments are derived and not copied. */
    if (table == FC_TABLE_HOLDER || table == FC_TABLE_SEGMENT || !fc__row_intact(table, key, value))
        return FC_OK;
    return fc__copy_row(r->copy, table, key, value, err);
}

/* Which table a row without one belongs to: its checksum is over the number. 0: none. */
static fc_table table_of(fc_span key, fc_span value)
{
    for (int k = FC_TABLE_META; k < FC_TABLE_END; k++)
        if ((key.n == 18) == (k == FC_TABLE_BLOCK) && /* blocks are long: no needless sums */
            fc__row_intact((fc_table)k, key, value))
            return (fc_table)k;
    return (fc_table)0;
}

/* Of two rows under one key in pages that no tree reaches, the newer has the higher rank. Only what
 * grows with time can tell: generations, seals, ends of validity, sizes. */
static uint64_t rank_of(fc_table table, fc_span key, fc_span value)
{
    const fc_span body = fc__row_body(value);
    fc_error ignored = FC_ERROR_INIT;
    fc_version_record v;
    uint64_t rank = value.n;

    if (table == FC_TABLE_META && body.n >= 44)
        return fc_get_le64(body.data + 28) << 40 | fc_get_le64(body.data + 36);
    if (table == FC_TABLE_SAMPLE && body.n >= 4)
        return FC_VERSION_OPEN - fc_get_le32(body.data); /* a row is closed after it was open */
    if (table != FC_TABLE_DATASET || body.n < 12)
        return rank; /* blocks and encoders only grow */
    if (fc_get_be32(key.data + key.n - 4) == 0)
        return (uint64_t)fc_get_le32(body.data + 4) * 2 + (fc_get_le32(body.data + 8) != 0);
    if (fc__version_read(&v, key, body, &ignored) != FC_OK)
        return 0;
    rank = v.n_samples + (v.state == FC_SEALED ? UINT64_C(1) << 62 : 0);
    fc__version_dispose(&v);
    return rank;
}

/* Whether no row of the same key with the same or a higher rank has come before. */
static fc_status outranks(repair *r, fc_table table, fc_span key, fc_span value, bool *yes,
                          fc_error *err)
{
    const uint64_t rank = rank_of(table, key, value);
    uint8_t name[1 + FC_KEY_MAX], hash[FC_ID_HASH_BYTES];
    const uint64_t *before;
    fc_u128 h;

    name[0] = (uint8_t)table;
    memcpy(name + 1, key.data, key.n);
    h = fc__xxh128(name, key.n + 1);
    fc_put_be64(hash, h.high);
    fc_put_be64(hash + 8, h.low);
    before = fc__idmap_find(&r->ranks, hash);
    *yes = before == NULL || rank > *before;
    return *yes ? fc__idmap_put(&r->ranks, hash, rank, err) : FC_OK;
}

static fc_status on_walked(void *context, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    repair *r = context;
    bool ignored;
    fc_status st = FC_OK;

    if (key.n > FC_KEY_MAX)
        return FC_OK;
    if (table == FC_TABLE_META && fc__row_intact(table, key, value))
        r->has_meta = true;
    if (r->maybe_old && fc__row_intact(table, key, value))
        st = outranks(r, table, key, value, &ignored, err);
    return st == FC_OK ? on_row(context, table, key, value, err) : st;
}

/* A row of a page that no tree reaches. What the trees have stands, unless they may be old. */
static fc_status on_scanned(void *context, fc_table ignored, fc_span key, fc_span value,
                            fc_error *err)
{
    repair *r = context;
    const fc_table table = key.n > 0 && key.n <= FC_KEY_MAX ? table_of(key, value) : (fc_table)0;
    fc_error inner = FC_ERROR_INIT;
    fc_key k = {.n = key.n};
    fc_span there;
    bool newer;
    fc_status st;

    (void)ignored;
    if (table == 0)
        return FC_OK;
    memcpy(k.bytes, key.data, key.n);
    /* The new store has a row of meta from the start. */
    if (!r->maybe_old &&
        (table == FC_TABLE_META ? r->has_meta
                                : fc__row_get(&r->look, table, &k, &there, &inner) == FC_OK))
        return FC_OK;
    st = outranks(r, table, key, value, &newer, err);
    return st == FC_OK && newer ? on_row(context, table, key, value, err) : st;
}

static fc_status copy_all(repair *r, fc_tree *t, fc_error *err)
{
    const fc_tree_visitor v = {on_walked, on_hole, r}, scan = {on_scanned, NULL, r};
    fc_status st = fc__tree_load(t, &v, err);

    r->maybe_old = t->maybe_old;
    for (int k = FC_TABLE_META; k < FC_TABLE_END; k++)
        r->copy->total += t->tables[k].entries;
    for (int k = FC_TABLE_META; k < FC_TABLE_END && st == FC_OK; k++)
        st = fc__tree_walk(t, (fc_table)k, &v, err);
    if (st == FC_OK)
        st = fc__tree_walk_free(t, &v, err);
    if (st == FC_OK)
        st = fc__copy_flush(r->copy, true, err);
    if (st != FC_OK || (!r->holes && !r->maybe_old))
        return st;
    st = fc__txn_begin(&r->look, r->copy->to, false, err);
    if (st == FC_OK)
        st = fc__tree_scan(t, &scan, err);
    fc__txn_end(&r->look);
    return st == FC_OK ? fc__copy_flush(r->copy, true, err) : st;
}

fc_status fc__repair_copy(fc_tree *t, fc_copy *copy, fc_error *err)
{
    repair r = {.copy = copy, .look = FC_TXN_INIT};
    fc_status st = fc__codec_create(&r.codec, err);

    if (st == FC_OK)
        st = copy_all(&r, t, err);
    fc__block_view_destroy(r.view);
    fc__codec_destroy(r.codec);
    fc__idmap_dispose(&r.ranks);
    return st;
}
