/*
 * The walk over the blocks of one output: seeking by content number, with every header checked
 * against the key it is under, the output's layout and the block before.
 */
#include "fc_bytes.h"
#include "fc_store_internal.h"

fc_status fc__blocks_open(fc_blocks *b, fc_txn *t, fc_version_id version,
                          const fc_output_info *output, fc_error *err)
{
    *b = (fc_blocks)FC_BLOCKS_INIT;
    b->version = version;
    b->output = output->id;
    if (!fc__output_layout(output, &b->layout))
        return fc_error_set(err, FC_E_CORRUPT, "output '%s' of encoder version %u: no valid shape",
                            output->name, version);
    return fc__cursor_open(&b->cursor, t, FC_TABLE_BLOCK, err);
}

void fc__blocks_close(fc_blocks *b)
{
    fc__cursor_close(&b->cursor);
    fc__block_view_destroy(b->view);
    fc__block_view_destroy(b->chunk);
    fc_buf_dispose(&b->decoded);
    fc_buf_dispose(&b->item);
    *b = (fc_blocks)FC_BLOCKS_INIT;
}

fc_status fc__blocks_fault(const fc_blocks *b, fc_status st, const fc_error *inner, fc_error *err)
{
    if (st == FC_E_CORRUPT || st == FC_E_FORMAT || st == FC_E_INVALID)
        return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(&b->key), inner->message);
    return fc_error_set(err, st, "%s", inner->message);
}

/* Parse `value` under `key` into *view, made on first use. */
static fc_status parse(fc_blocks *b, const fc_key *key, fc_span value, fc_block_view **view,
                       fc_error *err)
{
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key->bytes, key->n);
    fc_error inner = FC_ERROR_INIT;
    const fc_status st = *view != NULL
                             ? fc__block_view_reset(*view, value.data, value.n, seed, &inner)
                             : fc__block_view_create(view, value.data, value.n, seed, &inner);

    if (st == FC_E_VERSION || st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    if (st != FC_OK)
        return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(key), inner.message);
    if (fc__block_n_items(*view) == 0)
        return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(key), "the block is empty");
    if (!fc__layout_equal(fc__block_layout(*view), &b->layout))
        return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(key),
                           "precision or shape are not those of the output");
    return FC_OK;
}

/* Whole items only, or the first rows of a single one. */
static bool entries_fit(const fc_blocks *b)
{
    const fc_block_entry *e = fc__block_entries(b->view);
    const size_t n = fc__block_n_items(b->view);

    if (e[0].content != b->first || e[0].first_row != 0)
        return false;
    if (n == 1)
        return e[0].n_rows <= e[0].total_rows;
    for (size_t i = 0; i < n; i++)
        if (e[i].n_rows != e[i].total_rows)
            return false;
    return true;
}

/* Stand on the block of (key, value). */
static fc_status load(fc_blocks *b, fc_span key, fc_span value, uint64_t content, fc_error *err)
{
    fc_status st;

    if (b->at && key.n == b->key.n && memcmp(key.data, b->key.bytes, key.n) == 0)
        return FC_OK;
    b->at = false;
    b->has_decoded = false;
    b->n_asked = 0;
    b->key = fc__key_block(b->version, b->output, content, 0);
    b->value = value;
    b->first = content;
    st = parse(b, &b->key, value, &b->view, err);
    if (st != FC_OK)
        return st;
    if (!entries_fit(b))
        return fc__corrupt(err, FC_TABLE_BLOCK, key, "its directory does not fit its key");
    b->last = fc__block_entries(b->view)[fc__block_n_items(b->view) - 1].content;
    b->chunked = fc__block_entries(b->view)[0].n_rows != fc__block_entries(b->view)[0].total_rows;
    b->at = true;
    return FC_OK;
}

/* A header that fits its key, of whatever output: else the row may be one that is missed elsewhere,
 * with a flipped bit in its key. */
static fc_status check_neighbour(fc_blocks *b, fc_span key, fc_span value, fc_error *err)
{
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key.data, key.n);
    fc_error inner = FC_ERROR_INIT;
    const fc_status st = b->chunk != NULL
                             ? fc__block_view_reset(b->chunk, value.data, value.n, seed, &inner)
                             : fc__block_view_create(&b->chunk, value.data, value.n, seed, &inner);

    if (st == FC_OK || st == FC_E_VERSION)
        return FC_OK;
    return st == FC_E_CORRUPT ? fc__corrupt(err, FC_TABLE_BLOCK, key, inner.message)
                              : fc_error_set(err, st, "%s", inner.message);
}

/* Whether a key is one of this output; its content and chunk. */
static fc_status read_key(fc_blocks *b, fc_span key, fc_span value, uint64_t *content,
                          uint32_t *chunk, fc_error *err)
{
    fc_version_id version;
    fc_output_id output;
    fc_status st;

    if (!fc__key_block_read(key, &version, &output, content, chunk))
        return fc__corrupt(err, FC_TABLE_BLOCK, key, "the key has another layout");
    if (version == b->version && output == b->output)
        return FC_OK;
    st = check_neighbour(b, key, value, err);
    return st == FC_OK ? FC_E_NOT_FOUND : st;
}

fc_status fc__blocks_seek(fc_blocks *b, uint64_t content, fc_error *err)
{
    const fc_key wanted = fc__key_block(b->version, b->output, content, UINT32_MAX);
    fc_span key, value;
    uint64_t at;
    uint32_t chunk;
    fc_status st = fc__cursor_seek_back(&b->cursor, &wanted, &key, &value, err);

    if (st == FC_OK)
        st = read_key(b, key, value, &at, &chunk, err);
    if (st == FC_OK && chunk > 0) { /* to the first chunk of the item it has come to */
        const fc_key start = fc__key_block(b->version, b->output, at, 0);

        st = fc__cursor_seek(&b->cursor, &start, &key, &value, err);
        if (st == FC_OK)
            st = read_key(b, key, value, &at, &chunk, err);
        if (st == FC_E_NOT_FOUND || (st == FC_OK && chunk != 0))
            st = fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(&start), "the chunk is missing");
    }
    if (st == FC_OK)
        return load(b, key, value, at, err);
    if (st == FC_E_NOT_FOUND)
        b->at = false;
    return st;
}

/* Load what the cursor came to, which must lie behind `after`. */
static fc_status load_forward(fc_blocks *b, fc_status st, fc_span key, fc_span value,
                              uint64_t after, bool any, fc_error *err)
{
    uint64_t at;
    uint32_t chunk;

    if (st == FC_OK)
        st = read_key(b, key, value, &at, &chunk, err);
    if (st != FC_OK) {
        if (st == FC_E_NOT_FOUND)
            b->at = false;
        return st;
    }
    if (chunk != 0 || (any && at <= after))
        return fc__corrupt(err, FC_TABLE_BLOCK, key,
                           chunk != 0 ? "its first chunk is missing"
                                      : "it overlaps the block before");
    return load(b, key, value, at, err);
}

fc_status fc__blocks_next(fc_blocks *b, fc_error *err)
{
    /* Behind all chunks of the item or block that starts here. */
    const fc_key wanted = fc__key_block(b->version, b->output, b->first, UINT32_MAX);
    const uint64_t last = b->last;
    fc_span key, value;
    const fc_status st = b->chunked ? fc__cursor_seek(&b->cursor, &wanted, &key, &value, err)
                                    : fc__cursor_next(&b->cursor, &key, &value, err);

    return load_forward(b, st, key, value, last, true, err);
}

fc_status fc__blocks_seek_from(fc_blocks *b, uint64_t content, fc_error *err)
{
    const fc_key wanted = fc__key_block(b->version, b->output, content, 0);
    fc_span key, value;
    fc_status st = fc__blocks_seek(b, content, err);

    if (st == FC_OK && b->last >= content)
        return FC_OK;
    if (st == FC_OK)
        return fc__blocks_next(b, err);
    if (st != FC_E_NOT_FOUND)
        return st;
    st = fc__cursor_seek(&b->cursor, &wanted, &key, &value, err);
    return load_forward(b, st, key, value, 0, false, err);
}

fc_status fc__blocks_peek_after(fc_blocks *b, uint64_t content, uint64_t *first, fc_error *err)
{
    const fc_key wanted = fc__key_block(b->version, b->output, content, UINT32_MAX);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    uint32_t chunk;
    fc_status st = fc__cursor_open(&c, b->cursor.txn, FC_TABLE_BLOCK, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &wanted, &key, &value, err);
    if (st == FC_OK)
        st = read_key(b, key, value, first, &chunk, err);
    fc__cursor_close(&c);
    return st;
}

/* No block holds `content`: look at the header of the next, and remember the gap. */
static fc_status check_behind(fc_blocks *b, uint64_t content, fc_error *err)
{
    const fc_key wanted = fc__key_block(b->version, b->output, content, UINT32_MAX);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    uint64_t next = UINT64_MAX;
    uint32_t chunk;
    fc_status st;

    if (b->gap_from <= content && content < b->gap_to)
        return FC_E_NOT_FOUND;
    st = fc__cursor_open(&c, b->cursor.txn, FC_TABLE_BLOCK, err);
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &wanted, &key, &value, err);
    if (st == FC_OK)
        st = read_key(b, key, value, &next, &chunk, err);
    if (st == FC_OK)
        st = check_neighbour(b, key, value, err);
    else if (st == FC_E_NOT_FOUND)
        st = FC_OK, next = UINT64_MAX;
    fc__cursor_close(&c);
    if (st != FC_OK)
        return st;
    b->gap_from = content;
    b->gap_to = next;
    return FC_E_NOT_FOUND;
}

fc_status fc__blocks_find(fc_blocks *b, uint64_t content, const fc_block_entry **entry,
                          fc_error *err)
{
    if (!b->at || content < b->first || content > b->last) {
        const fc_status st = b->gap_from <= content && content < b->gap_to
                                 ? FC_E_NOT_FOUND
                                 : fc__blocks_seek(b, content, err);

        if (st == FC_E_NOT_FOUND && !b->at)
            return check_behind(b, content, err);
        if (st != FC_OK)
            return st;
    }
    *entry = fc__block_find(b->view, content);
    if (*entry != NULL)
        return FC_OK;
    return content > b->last ? check_behind(b, content, err) : FC_E_NOT_FOUND;
}

/* Chunk k of the item that starts here, parsed into b->chunk; `done` rows came before it. */
static fc_status load_chunk(fc_blocks *b, uint32_t k, uint64_t done, uint64_t total, fc_error *err)
{
    const fc_key key = fc__key_block(b->version, b->output, b->first, k);
    const fc_block_entry *e;
    fc_span value;
    fc_status st = fc__row_get(b->cursor.txn, FC_TABLE_BLOCK, &key, &value, err);

    if (st == FC_E_NOT_FOUND)
        return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(&key), "the chunk is missing");
    if (st == FC_OK)
        st = parse(b, &key, value, &b->chunk, err);
    if (st != FC_OK)
        return st;
    e = fc__block_entries(b->chunk);
    if (fc__block_n_items(b->chunk) != 1 || e->content != b->first || e->first_row != done ||
        e->total_rows != total || e->n_rows == 0 || e->n_rows > total - done)
        return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(&key),
                           "its rows do not follow those of the chunk before");
    return FC_OK;
}

fc_status fc__blocks_count_chunks(fc_blocks *b, uint32_t *n, fc_error *err)
{
    const fc_block_entry *e = fc__block_entries(b->view);
    const uint64_t total = e->total_rows;
    uint64_t done = e->n_rows;
    fc_status st = FC_OK;

    *n = 1;
    for (; b->chunked && done < total && st == FC_OK; ++*n) {
        st = load_chunk(b, *n, done, total, err);
        if (st == FC_OK)
            done += fc__block_entries(b->chunk)->n_rows;
    }
    return st;
}

/* Rows of one item, from one view or several, stored form (f32 NULL) or f32. */
static fc_status decode_item(fc_blocks *b, fc_codec *c, const fc_block_entry *entry, uint8_t *out,
                             float *f32, fc_error *err)
{
    const size_t row_bytes = fc__layout_row_bytes(&b->layout);
    const size_t row_elements = fc__layout_row_elements(&b->layout);
    const uint64_t total = entry->total_rows;
    const fc_block_view *view = b->view;
    uint64_t at = entry->row_offset, n = entry->n_rows, done = 0;
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    for (uint32_t k = 0;;) {
        st = f32 != NULL ? fc__block_decode_f32(c, view, at, n, f32 + done * row_elements, &inner)
                         : fc__block_decode(c, view, at, n, out + done * row_bytes, &inner);
        if (st != FC_OK)
            return fc__blocks_fault(b, st, &inner, err);
        done += n;
        if (done >= total)
            return FC_OK;
        st = load_chunk(b, ++k, done, total, err);
        if (st != FC_OK)
            return st;
        view = b->chunk;
        at = 0;
        n = fc__block_entries(b->chunk)->n_rows;
    }
}

fc_status fc__blocks_item(fc_blocks *b, fc_codec *c, const fc_block_entry *entry, uint8_t *out,
                          fc_error *err)
{
    return decode_item(b, c, entry, out, NULL, err);
}

fc_status fc__blocks_item_f32(fc_blocks *b, fc_codec *c, const fc_block_entry *entry, float *out,
                              fc_error *err)
{
    return decode_item(b, c, entry, NULL, out, err);
}
