/*
 * Items out of blocks in stored form, and their hashes for the coverage digests.
 */
#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"

/* Bytes of `rows` rows; an item of a damaged chunk directory may claim any number. */
static fc_status item_bytes(const fc_blocks *b, uint64_t rows, size_t *n, fc_error *err)
{
    if (rows > SIZE_MAX || !fc__mul((size_t)rows, fc__layout_row_bytes(&b->layout), n))
        return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(&b->key),
                           "it claims more rows than memory can hold");
    return FC_OK;
}

/* Nothing is allocated for rows that are not there: count the chunks before believing the total. */
static fc_status check_total(fc_blocks *b, const fc_block_entry *entry, fc_error *err)
{
    uint32_t chunks;

    return entry->n_rows == entry->total_rows ? FC_OK : fc__blocks_count_chunks(b, &chunks, err);
}

static fc_status decode_all(fc_blocks *b, fc_codec *c, fc_error *err)
{
    const uint64_t rows = fc__block_n_rows(b->view);
    fc_error inner = FC_ERROR_INIT;
    size_t n;
    fc_status st = item_bytes(b, rows, &n, err);

    if (st != FC_OK)
        return st;
    fc_buf_clear(&b->decoded);
    st = fc_buf_reserve(&b->decoded, n + 1, err);
    if (st != FC_OK)
        return st;
    st = fc__block_decode(c, b->view, 0, rows, b->decoded.data, &inner);
    if (st != FC_OK)
        return fc__blocks_fault(b, st, &inner, err);
    b->decoded.size = n;
    b->has_decoded = true;
    return FC_OK;
}

fc_status fc__blocks_item_bytes(fc_blocks *b, fc_codec *c, const fc_block_entry *entry,
                                const uint8_t **bytes, size_t *n, fc_error *err)
{
    const size_t row_bytes = fc__layout_row_bytes(&b->layout);
    fc_status st = item_bytes(b, entry->total_rows, n, err);

    if (st == FC_OK)
        st = check_total(b, entry, err);
    if (st != FC_OK)
        return st;
    if (entry->n_rows == entry->total_rows && !b->has_decoded && b->n_asked++ > 0) {
        st = decode_all(b, c, err);
        if (st != FC_OK)
            return st;
    }
    if (entry->n_rows == entry->total_rows && b->has_decoded) {
        *bytes = b->decoded.data + entry->row_offset * row_bytes;
        return FC_OK;
    }
    fc_buf_clear(&b->item);
    st = fc_buf_reserve(&b->item, *n + 1, err);
    if (st == FC_OK)
        st = fc__blocks_item(b, c, entry, b->item.data, err);
    *bytes = b->item.data;
    return st;
}

fc_u128 fc__item_hash(fc_xxh128 *state, const fc_item_layout *layout, uint64_t n_rows,
                      const uint8_t *bytes, size_t n)
{
    uint8_t front[3 + 8 * (FC_MAX_RANK + 1)];
    size_t at = 0;

    front[at++] = (uint8_t)layout->dtype;
    front[at++] = (uint8_t)layout->item_rank;
    front[at++] = (uint8_t)layout->row_rank;
    for (uint32_t i = 0; i < layout->row_rank; i++, at += 8)
        fc_put_le64(front + at, layout->row_shape[i]);
    fc_put_le64(front + at, n_rows);
    at += 8;
    fc__xxh128_reset(state);
    fc__xxh128_update(state, front, at);
    fc__xxh128_update(state, bytes, n);
    return fc__xxh128_final(state);
}

fc_status fc__blocks_hashes(fc_blocks *b, fc_codec *c, fc_xxh128 *state, const uint64_t *contents,
                            size_t n, fc_u128 *hashes, bool *found, fc_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const fc_block_entry *entry;
        const uint8_t *bytes;
        size_t size;
        fc_status st;

        if (i > 0 && contents[i] == contents[i - 1]) {
            hashes[i] = hashes[i - 1];
            found[i] = found[i - 1];
            continue;
        }
        st = fc__blocks_find(b, contents[i], &entry, err);
        found[i] = st == FC_OK;
        if (st == FC_E_NOT_FOUND)
            continue;
        if (st == FC_OK)
            st = fc__blocks_item_bytes(b, c, entry, &bytes, &size, err);
        if (st != FC_OK)
            return st;
        hashes[i] = fc__item_hash(state, &b->layout, entry->total_rows, bytes, size);
    }
    return FC_OK;
}
