/*
 * Items of an output in the order of content numbers: each block decoded once, straight to f32.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

struct fc_items {
    fc_snapshot *snapshot;
    fc_codec *codec;
    fc_blocks blocks;
    size_t row_elements;
    uint64_t from;   /* first content number wanted */
    bool positioned; /* blocks stand on the batch that comes next */
    bool ended;
    float *rows;
    size_t rows_capacity; /* in floats */
    uint64_t *contents, *offsets;
    size_t contents_capacity, offsets_capacity;
};

fc_status fc_items_open(fc_items **out, fc_snapshot *snapshot, fc_version_id version,
                        fc_output_id output, fc_error *err)
{
    const fc_output_info *info;
    fc_items *it;
    fc_status st = fc__snapshot_output(snapshot, version, output, &info, err);

    *out = NULL;
    if (st != FC_OK)
        return st;
    it = fc__alloc_array(1, sizeof(*it));
    if (it == NULL)
        return fc__nomem(err, sizeof(*it), "an iterator");
    it->snapshot = snapshot;
    it->blocks = (fc_blocks)FC_BLOCKS_INIT;
    st = fc__snapshot_codec(snapshot, &it->codec, err);
    if (st == FC_OK)
        st = fc__blocks_open(&it->blocks, &snapshot->txn, version, info, err);
    if (st != FC_OK) {
        fc_items_close(it);
        return st;
    }
    it->row_elements = fc__layout_row_elements(&it->blocks.layout);
    *out = it;
    return FC_OK;
}

void fc_items_close(fc_items *it)
{
    if (it == NULL)
        return;
    fc__blocks_close(&it->blocks);
    free(it->rows);
    free(it->contents);
    free(it->offsets);
    free(it);
}

fc_status fc_items_seek(fc_items *it, uint64_t content, fc_error *err)
{
    (void)err;
    it->from = content;
    it->positioned = false;
    it->ended = false;
    return FC_OK;
}

/* Room without copying what is there: it is decoded anew. */
static fc_status reserve_rows(fc_items *it, uint64_t rows, fc_error *err)
{
    size_t floats;

    if (rows > SIZE_MAX || !fc__mul((size_t)rows, it->row_elements, &floats) ||
        floats > SIZE_MAX / sizeof(float))
        return fc__nomem(err, SIZE_MAX, "a batch of items");
    if (floats <= it->rows_capacity && it->rows != NULL)
        return FC_OK;
    free(it->rows);
    it->rows_capacity = 0;
    it->rows = fc__alloc_array(floats, sizeof(float));
    if (it->rows == NULL)
        return fc__nomem(err, floats * sizeof(float), "a batch of items");
    it->rows_capacity = floats;
    return FC_OK;
}

/* Entries [skip, n) of the block to the batch's directory. */
static fc_status list_entries(fc_items *it, size_t skip, fc_item_batch *batch, fc_error *err)
{
    const fc_block_entry *e = fc__block_entries(it->blocks.view);
    const size_t n = fc__block_n_items(it->blocks.view) - skip;
    fc_status st =
        fc__grow_array(&it->contents, &it->contents_capacity, n, sizeof(*it->contents), err);

    if (st == FC_OK)
        st = fc__grow_array(&it->offsets, &it->offsets_capacity, n + 1, sizeof(*it->offsets), err);
    if (st != FC_OK)
        return st;
    it->offsets[0] = 0;
    for (size_t i = 0; i < n; i++) {
        it->contents[i] = e[skip + i].content;
        it->offsets[i + 1] = it->offsets[i] + e[skip + i].total_rows;
    }
    batch->n_items = n;
    batch->contents = it->contents;
    batch->row_offsets = it->offsets;
    batch->row_elements = it->row_elements;
    return FC_OK;
}

/* The block it stands on, from the first wanted item on. */
static fc_status decode(fc_items *it, fc_item_batch *batch, fc_error *err)
{
    fc_blocks *b = &it->blocks;
    const fc_block_entry *e = fc__block_entries(b->view);
    const size_t n = fc__block_n_items(b->view);
    fc_error inner = FC_ERROR_INIT;
    size_t skip = 0;
    uint32_t chunks;
    fc_status st = FC_OK;

    while (skip < n && e[skip].content < it->from)
        skip++;
    if (b->chunked) /* counted before the total is believed */
        st = fc__blocks_count_chunks(b, &chunks, err);
    if (st == FC_OK)
        st = list_entries(it, skip, batch, err);
    if (st == FC_OK)
        st = reserve_rows(it, it->offsets[batch->n_items], err);
    if (st != FC_OK)
        return st;
    if (b->chunked) {
        st = fc__blocks_item_f32(b, it->codec, &e[0], it->rows, err);
    } else {
        st = fc__block_decode_f32(it->codec, b->view, e[skip].row_offset,
                                  it->offsets[batch->n_items], it->rows, &inner);
        if (st != FC_OK)
            st = fc__blocks_fault(b, st, &inner, err);
    }
    batch->rows = it->rows;
    return st;
}

fc_status fc_items_next(fc_items *it, fc_item_batch *batch, fc_error *err)
{
    fc_status st;

    *batch = (fc_item_batch){.n_items = 0};
    if (it->ended)
        return FC_E_NOT_FOUND;
    st = it->positioned ? fc__blocks_next(&it->blocks, err)
                        : fc__blocks_seek_from(&it->blocks, it->from, err);
    it->positioned = st == FC_OK;
    if (st == FC_OK)
        st = decode(it, batch, err);
    if (st != FC_OK) {
        it->ended = st == FC_E_NOT_FOUND;
        *batch = (fc_item_batch){.n_items = 0};
    }
    return st;
}

float *fc__items_rows(fc_items *it)
{
    return it->rows;
}

uint64_t *fc__items_contents(fc_items *it)
{
    return it->contents;
}

fc_status fc__snapshot_item_contents(fc_snapshot *s, fc_version_id version, fc_output_id output,
                                     uint64_t **contents, size_t *n, fc_error *err)
{
    const fc_output_info *info = NULL;
    fc_blocks b = FC_BLOCKS_INIT;
    size_t capacity = 0;
    fc_status st = fc__snapshot_output(s, version, output, &info, err);

    *contents = NULL;
    *n = 0;
    if (st == FC_OK)
        st = fc__blocks_open(&b, &s->txn, version, info, err);
    if (st == FC_OK)
        st = fc__blocks_seek_from(&b, 0, err);
    for (; st == FC_OK; st = fc__blocks_next(&b, err)) {
        const fc_block_entry *e = fc__block_entries(b.view);
        const size_t k = fc__block_n_items(b.view);

        st = fc__grow_array(contents, &capacity, *n + k, sizeof(**contents), err);
        if (st != FC_OK)
            break;
        for (size_t i = 0; i < k; i++)
            (*contents)[(*n)++] = e[i].content;
    }
    fc__blocks_close(&b);
    if (st == FC_E_NOT_FOUND && info != NULL)
        return FC_OK;
    free(*contents);
    *contents = NULL;
    *n = 0;
    return st;
}
