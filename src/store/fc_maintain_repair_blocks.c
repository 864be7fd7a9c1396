/*
 * Repair: blocks that fit together. What overlaps the block before, belongs to no output, or is a
 * chunk of an item that is not whole, goes.
 */
#include "fc_maintain.h"

/* The block before. */
typedef struct position {
    fc_version_id version;
    fc_output_id output;
    uint64_t first, last, done, total;
    uint32_t chunk;
    bool any;
} position;

typedef struct block_fix {
    fc_copy *copy;
    const fc_encoder_record *encoders;
    size_t n_encoders;
    uint64_t *next_content;
    fc_block_view *view;
    position at;
} block_fix;

static fc_status drop(block_fix *f, fc_span key, fc_error *err)
{
    fc_key k = {.n = key.n < FC_KEY_MAX ? key.n : FC_KEY_MAX};

    memcpy(k.bytes, key.data, k.n);
    return fc__edits_delete(&f->copy->edits, FC_TABLE_BLOCK, &k, err);
}

static bool belongs(const block_fix *f, fc_version_id version, fc_output_id output)
{
    for (size_t i = 0; i < f->n_encoders; i++) {
        const fc_output_info *o = f->encoders[i].info.id == version
                                      ? fc__encoder_output(&f->encoders[i].info, output)
                                      : NULL;
        fc_item_layout layout;

        if (o != NULL)
            return fc__output_layout(o, &layout) &&
                   fc__layout_equal(&layout, fc__block_layout(f->view));
    }
    return false;
}

/* All chunks of an item that came to no end. */
static fc_status drop_chunks(block_fix *f, fc_error *err)
{
    fc_status st = FC_OK;

    if (!f->at.any || f->at.done >= f->at.total)
        return FC_OK;
    for (uint32_t k = 0; k <= f->at.chunk && st == FC_OK; k++) {
        const fc_key key = fc__key_block(f->at.version, f->at.output, f->at.first, k);

        st = fc__edits_delete(&f->copy->edits, FC_TABLE_BLOCK, &key, err);
    }
    f->at.done = f->at.total;
    return st;
}

static fc_status block_row(block_fix *f, fc_span key, fc_span value, fc_error *err)
{
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key.data, key.n);
    fc_error inner = FC_ERROR_INIT;
    const fc_block_entry *e;
    fc_version_id version;
    fc_output_id output;
    uint64_t content;
    uint32_t chunk;
    size_t n;
    bool same, good;
    fc_status st;

    if (!fc__key_block_read(key, &version, &output, &content, &chunk))
        return drop(f, key, err);
    st = f->view == NULL ? fc__block_view_create(&f->view, value.data, value.n, seed, &inner)
                         : fc__block_view_reset(f->view, value.data, value.n, seed, &inner);
    if (st != FC_OK)
        return drop(f, key, err);
    e = fc__block_entries(f->view);
    n = fc__block_n_items(f->view);
    same = f->at.any && f->at.version == version && f->at.output == output;
    if (chunk > 0) {
        good = same && f->at.first == content && f->at.chunk + 1 == chunk &&
               f->at.done < f->at.total && n == 1 && e[0].first_row == f->at.done &&
               e[0].total_rows == f->at.total;
        if (!good)
            return drop(f, key, err);
        f->at.chunk = chunk;
        f->at.done += e[0].n_rows;
        return FC_OK;
    }
    st = drop_chunks(f, err);
    good = n > 0 && e[0].content == content && e[0].first_row == 0 && belongs(f, version, output) &&
           !(same && f->at.last >= content);
    if (st != FC_OK || !good)
        return st == FC_OK ? drop(f, key, err) : st;
    f->at = (position){.version = version,
                       .output = output,
                       .first = content,
                       .last = e[n - 1].content,
                       .done = e[0].n_rows,
                       .total = n == 1 ? e[0].total_rows : e[0].n_rows,
                       .any = true};
    if (f->at.last >= *f->next_content)
        *f->next_content = f->at.last + 1;
    return FC_OK;
}

fc_status fc__repair_fix_blocks(fc_txn *txn, fc_copy *copy, const fc_encoder_record *encoders,
                                size_t n_encoders, uint64_t *next_content, fc_error *err)
{
    block_fix f = {
        .copy = copy, .encoders = encoders, .n_encoders = n_encoders, .next_content = next_content};
    const fc_key from = {.n = 1};
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, txn, FC_TABLE_BLOCK, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    while (st == FC_OK) {
        st = block_row(&f, key, value, err);
        if (st == FC_OK)
            st = fc__cursor_next(&c, &key, &value, err);
    }
    fc__cursor_close(&c);
    if (st == FC_E_NOT_FOUND)
        st = drop_chunks(&f, err);
    fc__block_view_destroy(f.view);
    return st;
}
