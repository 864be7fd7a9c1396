/*
 * Items to one block: cut into frames of whole rows, each stored the way that is smallest for it.
 */
#include "column_code.h"

#include <string.h>

#include "fc_alloc.h"
#include "fc_hash.h"

#include <stdlib.h>

#define WHOLE_MAX (4u * 1024u * 1024u) /* of raw bytes; past it an item is a block by itself */

static fc_status bad(fc_error *err, const fc_item *item, const char *what)
{
    return fc_error_set(err, FC_E_INVALID, "block: content %llu %s",
                        (unsigned long long)item->content, what);
}

/* Promises of the caller that a reader will insist on: better refused now than unreadable later. */
static fc_status check_items(const fc_item_layout *layout, const fc_item *items, size_t n_items,
                             uint64_t *n_rows, fc_error *err)
{
    const uint64_t most = FC_BLOCK_RAW_MAX / fc__layout_row_bytes(layout);

    *n_rows = 0;
    if (n_items < 1 || n_items > FC_BLOCK_ITEMS_MAX)
        return fc_error_set(err, FC_E_INVALID, "block: %zu items; a block holds 1 to %u", n_items,
                            FC_BLOCK_ITEMS_MAX);
    for (size_t i = 0; i < n_items; i++) {
        const fc_item *item = &items[i];

        if (i > 0 && item->content <= items[i - 1].content)
            return bad(err, item, "is not above the content before it");
        if (item->n_rows > most - *n_rows)
            return fc_error_set(err, FC_E_LIMIT,
                                "block: content %llu makes it more than %u raw bytes; cut the item "
                                "into chunks",
                                (unsigned long long)item->content, FC_BLOCK_RAW_MAX);
        if (layout->item_rank == 1 && item->n_rows > 1)
            return bad(err, item, "is a vector and has more than one row");
        if (item->total_rows < item->n_rows || item->first_row > item->total_rows - item->n_rows)
            return bad(err, item, "is a chunk outside its item");
        if (item->bytes == NULL && item->n_rows > 0)
            return bad(err, item, "has rows and no bytes");
        if (item->time.kind < FC_TIME_NONE || item->time.kind > FC_TIME_EXPLICIT)
            return bad(err, item, "has a time axis of no known kind");
        if (item->time.kind == FC_TIME_EXPLICIT && item->time.intervals == NULL && item->n_rows > 0)
            return bad(err, item, "has an explicit time axis and no intervals");
        *n_rows += item->n_rows;
    }
    return FC_OK;
}

/* Where the next row comes from. */
typedef struct cursor {
    const fc_item *items;
    size_t item;
    uint64_t row; /* within the item */
} cursor;

/* Gather `n` rows: in place where one item holds them all, else copied to `into`. */
static const uint8_t *take_rows(cursor *at, size_t row_bytes, uint64_t n, uint8_t *into)
{
    uint8_t *to = into;

    while (at->items[at->item].n_rows == at->row) {
        at->item++;
        at->row = 0;
    }
    if (at->items[at->item].n_rows - at->row >= n) {
        const uint8_t *rows = at->items[at->item].bytes + at->row * row_bytes;

        at->row += n;
        return rows;
    }
    while (n > 0) {
        const fc_item *item = &at->items[at->item];
        const uint64_t left = item->n_rows - at->row, take = left < n ? left : n;

        if (take > 0)
            memcpy(to, item->bytes + at->row * row_bytes, (size_t)take * row_bytes);
        to += take * row_bytes;
        at->row += take;
        n -= take;
        if (n > 0) {
            at->item++;
            at->row = 0;
        }
    }
    return into;
}

/* Rows a frame: as many as fit FC_FRAME_RAW_BYTES, or up to twice as many or half as many where
 * frames then end where items do or cut each item into equal parts: who reads one item decodes no
 * frame of which half is a neighbour's. A map of 43 KiB is one frame. */
static uint64_t pick_rows_per_frame(size_t row_bytes, const fc_item *items, size_t n_items,
                                    uint64_t n_rows)
{
    const uint64_t most = row_bytes < FC_FRAME_RAW_BYTES ? FC_FRAME_RAW_BYTES / row_bytes : 1;
    const uint64_t each = items[0].n_rows;
    bool same = each > 1;

    if (n_rows <= most)
        return n_rows > 0 ? n_rows : most;
    for (size_t i = 1; same && i < n_items; i++)
        same = items[i].n_rows == each;
    if (!same)
        return most;
    if (each <= most)
        return most / each * each;
    for (uint64_t rows = 2 * most; 2 * rows >= most && rows > 0; rows--)
        if (each % rows == 0)
            return rows;
    return most;
}

/* Whether column codes pay for the whole block; they are then in c->columns. */
static fc_status plan_columns(fc_codec *c, const fc_item_layout *layout, const fc_item *items,
                              uint64_t n_rows, uint64_t rows_per_frame, bool *pays, fc_error *err)
{
    const size_t bytes = (size_t)n_rows * fc__layout_row_bytes(layout);
    const bool may = (c->allowed & 1u << FC_TRANSFORM_COLUMN_PLANES) != 0 && layout->dtype != FC_I8;
    cursor at = {.items = items};
    const uint8_t *rows;
    fc_status st = FC_OK;

    *pays = false;
    if (!may || n_rows == 0 || bytes > WHOLE_MAX)
        return FC_OK;
    st = fc__scratch(&c->whole, bytes, err);
    if (st != FC_OK)
        return st;
    rows = take_rows(&at, fc__layout_row_bytes(layout), n_rows, c->whole.data);
    return fc__columns_plan(c, layout, rows, bytes / fc_dtype_size(layout->dtype),
                            (size_t)rows_per_frame * fc__layout_row_elements(layout), c->forced,
                            pays, err);
}

static fc_status encode_frames(fc_codec *c, const fc_item_layout *layout, bool columns,
                               const fc_item *items, uint64_t n_rows, uint64_t rows_per_frame,
                               uint32_t seed, fc_frame_ref *frames, fc_error *err)
{
    const size_t row_bytes = fc__layout_row_bytes(layout);
    cursor at = {.items = items};
    fc_status st = fc__scratch(&c->raw, (size_t)rows_per_frame * row_bytes, err);

    fc_buf_clear(&c->frames);
    for (uint64_t first = 0; st == FC_OK && first < n_rows; first += rows_per_frame, frames++) {
        const uint64_t left = n_rows - first, n = left < rows_per_frame ? left : rows_per_frame;
        const uint8_t *rows = take_rows(&at, row_bytes, n, c->raw.data);
        const size_t start = c->frames.size;

        st = fc__frame_encode(c, layout, columns, rows, (size_t)n, &c->frames, &frames->transform,
                              err);
        if (st != FC_OK)
            break;
        frames->stored_bytes = (uint32_t)(c->frames.size - start);
        frames->crc = fc__crc32c(seed, c->frames.data + start, frames->stored_bytes);
    }
    return st;
}

fc_status fc__block_encode(fc_codec *c, const fc_item_layout *layout, const fc_item *items,
                           size_t n_items, const fc_quant_error *e, uint32_t seed, fc_buf *out,
                           fc_error *err)
{
    fc_frame_ref *frames = NULL;
    uint64_t n_rows = 0, rows_per_frame;
    size_t n_frames;
    bool columns = false;
    const size_t start = out->size;
    fc_status st = fc__layout_check(layout, err);

    if (st == FC_OK)
        st = check_items(layout, items, n_items, &n_rows, err);
    if (st != FC_OK)
        return st;
    rows_per_frame = pick_rows_per_frame(fc__layout_row_bytes(layout), items, n_items, n_rows);
    n_frames = (size_t)((n_rows + rows_per_frame - 1) / rows_per_frame);
    frames = fc__alloc_array(n_frames, sizeof(frames[0]));
    if (frames == NULL)
        return fc__nomem(err, n_frames * sizeof(frames[0]), "a frame directory");

    st = plan_columns(c, layout, items, n_rows, rows_per_frame, &columns, err);
    if (st == FC_OK)
        st = encode_frames(c, layout, columns, items, n_rows, rows_per_frame, seed, frames, err);
    if (st == FC_OK)
        st = fc__block_header_write(layout, items, n_items, e, columns ? c->columns : NULL,
                                    rows_per_frame, frames, n_frames, seed, out, err);
    if (st == FC_OK)
        st = fc_buf_append(out, c->frames.data, c->frames.size, err);
    if (st != FC_OK)
        out->size = start; /* no half block behind what the caller had */
    free(frames);
    return st;
}
