/*
 * Items by content number, in any order: requests are sorted, each block header is parsed once and
 * each frame decoded at most once.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

typedef struct request {
    uint64_t content;
    size_t at; /* row of the output */
} request;

static int by_content(const void *a, const void *b)
{
    const request *x = a, *y = b;

    if (x->content != y->content)
        return x->content < y->content ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

typedef struct getter {
    fc_codec *codec;
    fc_blocks blocks;
    uint64_t rows_per_item;
    size_t row_elements, item_elements;
    uint64_t rows_per_frame; /* as the codec cuts them: what is worth decoding together */
    float *span;             /* rows of several items that share frames */
    size_t span_capacity;
    float *out;
    bool *found;
} getter;

/* The block's entry of a request must have the shape that the caller has room for. */
static fc_status check_rows(const getter *g, const fc_block_entry *e, fc_error *err)
{
    if (e->total_rows == g->rows_per_item)
        return FC_OK;
    return fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(&g->blocks.key),
                       "an item has another number of rows than its output says");
}

/* Rows [first, first + n) of the present block once, copied to the requests [from, to). */
static fc_status decode_span(getter *g, const request *r, size_t from, size_t to, uint64_t first,
                             uint64_t n, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    if (to - from == 1) {
        g->found[r[from].at] = true;
        st = fc__block_decode_f32(g->codec, g->blocks.view, first, n,
                                  g->out + r[from].at * g->item_elements, &inner);
        return st == FC_OK ? FC_OK : fc__blocks_fault(&g->blocks, st, &inner, err);
    }
    st = fc__grow_array(&g->span, &g->span_capacity, (size_t)n * g->row_elements, sizeof(float),
                        err);
    if (st != FC_OK)
        return st;
    st = fc__block_decode_f32(g->codec, g->blocks.view, first, n, g->span, &inner);
    if (st != FC_OK)
        return fc__blocks_fault(&g->blocks, st, &inner, err);
    for (size_t i = from; i < to; i++) {
        const fc_block_entry *e = fc__block_find(g->blocks.view, r[i].content);

        memcpy(g->out + r[i].at * g->item_elements,
               g->span + (e->row_offset - first) * g->row_elements,
               g->item_elements * sizeof(float));
        g->found[r[i].at] = true;
    }
    return FC_OK;
}

/* The requests from `from` on that the present block answers and that share or adjoin frames. */
static fc_status answer(getter *g, const request *r, size_t from, size_t n, size_t *next,
                        fc_error *err)
{
    const fc_block_entry *e = NULL;
    uint64_t first, end;
    size_t to = from + 1;
    fc_status st = fc__blocks_find(&g->blocks, r[from].content, &e, err);

    *next = to;
    if (st == FC_E_NOT_FOUND) { /* its row stays zero */
        g->found[r[from].at] = false;
        return FC_OK;
    }
    if (st == FC_OK)
        st = check_rows(g, e, err);
    if (st != FC_OK)
        return st;
    if (g->blocks.chunked) {
        g->found[r[from].at] = true;
        return fc__blocks_item_f32(&g->blocks, g->codec, e, g->out + r[from].at * g->item_elements,
                                   err);
    }
    first = e->row_offset;
    end = first + e->n_rows;
    for (; to < n && r[to].content <= g->blocks.last; to++) {
        e = fc__block_find(g->blocks.view, r[to].content);
        if (e == NULL)
            break;
        st = check_rows(g, e, err);
        if (st != FC_OK)
            return st;
        if (e->row_offset / g->rows_per_frame > (end > 0 ? (end - 1) / g->rows_per_frame : 0))
            break; /* its frames are its own */
        if (e->row_offset + e->n_rows > end)
            end = e->row_offset + e->n_rows;
    }
    *next = to;
    return decode_span(g, r, from, to, first, end - first, err);
}

static fc_status check_request(const fc_output_info *info, size_t n, const fc_tensor *out,
                               getter *g, fc_error *err)
{
    const size_t row_bytes = fc__layout_row_bytes(&g->blocks.layout);
    size_t total;

    g->rows_per_item = info->rank == 1 ? 1 : info->shape[0];
    g->row_elements = fc__layout_row_elements(&g->blocks.layout);
    if (g->rows_per_item == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "items of output '%s' vary in length; use fc_snapshot_get_item()",
                            info->name);
    if (!fc__mul((size_t)g->rows_per_item, g->row_elements, &g->item_elements) ||
        !fc__mul(g->item_elements, n, &total) || out->dtype != FC_F32 || out->rank < 1 ||
        out->shape[0] != n || (n > 0 && (out->data == NULL || fc_tensor_count(out) != total)))
        return fc_error_set(err, FC_E_INVALID,
                            "the tensor for %zu items of output '%s' must be f32 of %zu x %zu", n,
                            info->name, n, g->item_elements);
    g->rows_per_frame = row_bytes < FC_FRAME_RAW_BYTES ? FC_FRAME_RAW_BYTES / row_bytes : 1;
    g->out = out->data;
    return FC_OK;
}

fc_status fc_snapshot_get_rows(fc_snapshot *snapshot, fc_version_id version, fc_output_id output,
                               const uint64_t *contents, size_t n_contents, fc_tensor *out,
                               bool *found, fc_error *err)
{
    getter g = {.found = found, .blocks = FC_BLOCKS_INIT};
    const fc_output_info *info;
    request *requests = NULL;
    fc_status st = fc__snapshot_output(snapshot, version, output, &info, err);

    if (st == FC_OK)
        st = fc__snapshot_codec(snapshot, &g.codec, err);
    if (st == FC_OK)
        st = fc__blocks_open(&g.blocks, &snapshot->txn, version, info, err);
    if (st == FC_OK)
        st = check_request(info, n_contents, out, &g, err);
    if (st != FC_OK)
        goto done;
    requests = fc__alloc_array(n_contents, sizeof(*requests));
    if (requests == NULL) {
        st = fc__nomem(err, n_contents * sizeof(*requests), "a request for rows");
        goto done;
    }
    for (size_t i = 0; i < n_contents; i++)
        requests[i] = (request){contents[i], i};
    if (n_contents > 1)
        qsort(requests, n_contents, sizeof(*requests), by_content);
    if (n_contents > 0)
        memset(out->data, 0, n_contents * g.item_elements * sizeof(float));
    for (size_t i = 0; i < n_contents && st == FC_OK;)
        st = answer(&g, requests, i, n_contents, &i, err);

done:
    free(requests);
    free(g.span);
    fc__blocks_close(&g.blocks);
    return st;
}

/* A tensor of the item's own shape. */
static fc_status shape_item(const fc_item_layout *layout, uint64_t rows, fc_tensor *out,
                            fc_error *err)
{
    uint64_t shape[FC_MAX_RANK] = {rows, 0, 0, 0};

    if (layout->item_rank == 1)
        shape[0] = layout->row_shape[0];
    for (uint32_t i = 0; layout->item_rank > 1 && i < layout->row_rank; i++)
        shape[i + 1] = layout->row_shape[i];
    return fc_tensor_alloc(out, FC_F32, layout->item_rank, shape, err);
}

fc_status fc_snapshot_get_item(fc_snapshot *snapshot, fc_version_id version, fc_output_id output,
                               uint64_t content, fc_tensor *out, fc_error *err)
{
    fc_blocks blocks = FC_BLOCKS_INIT;
    const fc_output_info *info;
    const fc_block_entry *e;
    fc_codec *codec;
    uint32_t chunks;
    fc_status st = fc__snapshot_output(snapshot, version, output, &info, err);

    if (st == FC_E_NOT_FOUND) /* an item that is not there has no message; an output has */
        st = FC_E_INVALID;
    if (st == FC_OK)
        st = fc__snapshot_codec(snapshot, &codec, err);
    if (st == FC_OK)
        st = fc__blocks_open(&blocks, &snapshot->txn, version, info, err);
    if (st == FC_OK)
        st = fc__blocks_find(&blocks, content, &e, err);
    if (st == FC_OK && blocks.chunked)
        st = fc__blocks_count_chunks(&blocks, &chunks, err);
    if (st == FC_OK && blocks.layout.item_rank == 1 && e->total_rows != 1)
        st = fc__corrupt(err, FC_TABLE_BLOCK, fc__key_span(&blocks.key),
                         "a vector has more or less than one row");
    if (st == FC_OK)
        st = shape_item(&blocks.layout, e->total_rows, out, err);
    if (st == FC_OK && e->total_rows > 0)
        st = fc__blocks_item_f32(&blocks, codec, e, out->data, err);
    if (st != FC_OK)
        fc_tensor_dispose(out);
    fc__blocks_close(&blocks);
    return st;
}
