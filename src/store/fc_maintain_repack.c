/*
 * Filling blocks up: the items of neighbouring blocks of one output, in stored form, joined until a
 * block is full. Full blocks and the chunks of large items are copied as they are, but those of an
 * output that is brought to another precision.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain.h"

#define FULL_BYTES (FC_BLOCK_RAW_BYTES - FC_BLOCK_RAW_BYTES / 8u)

typedef struct held {
    fc_item item; /* bytes and intervals: offsets into the buffers below, until a block is cut */
    size_t bytes_at;
    size_t intervals_at;
    fc_quant_error error;
} held;

struct fc_repack {
    fc_writer *writer; /* for its threads and codecs */
    fc_copy *to;
    fc_block_view *view;
    bool any;
    fc_version_id version;
    fc_output_id output;
    fc_item_layout layout;
    size_t row_bytes;
    held *held; /* items that wait for their block to fill */
    size_t n_held, capacity;
    fc_buf bytes;
    fc_buf intervals;
    uint64_t n_blocks;
    fc_conversion *conversion; /* NULL: none; the caller's */
    fc_buf stored;             /* rows of an item in the other precision */
};

fc_status fc__repack_create(fc_repack **out, fc_writer *w, fc_copy *to, fc_error *err)
{
    *out = fc__alloc_array(1, sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, sizeof(**out), "a compaction");
    (*out)->writer = w;
    (*out)->to = to;
    return FC_OK;
}

void fc__repack_destroy(fc_repack *r)
{
    if (r == NULL)
        return;
    fc__block_view_destroy(r->view);
    fc_buf_dispose(&r->bytes);
    fc_buf_dispose(&r->intervals);
    fc_buf_dispose(&r->stored);
    free(r->held);
    free(r);
}

void fc__repack_convert(fc_repack *r, fc_conversion *conversion)
{
    r->conversion = conversion;
}

uint64_t fc__repack_blocks(const fc_repack *r)
{
    return r->n_blocks;
}

static fc_quant_error sum_errors(const held *list, size_t n)
{
    fc_quant_error sum = {0, 0, 0, 0};

    for (size_t i = 0; i < n; i++) {
        sum.sum_squared_error += list[i].error.sum_squared_error;
        sum.sum_squared += list[i].error.sum_squared;
        sum.n_elements += list[i].error.n_elements;
        if (list[i].error.max_abs > sum.max_abs)
            sum.max_abs = list[i].error.max_abs;
    }
    return sum;
}

/* One block of all that is held. */
static fc_status cut(fc_repack *r, fc_error *err)
{
    fc_item *items;
    fc_quant_error sum;
    fc_buf value = FC_BUF_INIT;
    fc_key key;
    fc_status st;

    if (r->n_held == 0)
        return FC_OK;
    items = fc__alloc_array(r->n_held, sizeof(*items));
    if (items == NULL)
        return fc__nomem(err, r->n_held * sizeof(*items), "a block");
    for (size_t i = 0; i < r->n_held; i++) {
        items[i] = r->held[i].item;
        items[i].bytes = r->bytes.data + r->held[i].bytes_at;
        if (items[i].time.kind == FC_TIME_EXPLICIT)
            items[i].time.intervals =
                (const int64_t *)(const void *)(r->intervals.data + r->held[i].intervals_at);
    }
    sum = sum_errors(r->held, r->n_held);
    key = fc__key_block(r->version, r->output, items[0].content, 0);
    st = fc__block_encode(r->writer->codecs[0], &r->layout, items, r->n_held, &sum,
                          fc__key_crc(FC_TABLE_BLOCK, key.bytes, key.n), &value, err);
    if (st == FC_OK)
        st = fc__row_seal(FC_TABLE_BLOCK, &key, &value, err);
    if (st == FC_OK)
        st = fc__copy_row(r->to, FC_TABLE_BLOCK, fc__key_span(&key),
                          (fc_span){value.data, value.size}, err);
    r->n_blocks++;
    fc_buf_dispose(&value);
    free(items);
    r->n_held = 0;
    fc_buf_clear(&r->bytes);
    fc_buf_clear(&r->intervals);
    return st;
}

/* Hold item i of the view; `rows` are its rows in stored form, `error` what that has cost. */
static fc_status hold(fc_repack *r, const fc_block_entry *e, const uint8_t *rows,
                      const fc_quant_error *error, fc_error *err)
{
    const size_t n = (size_t)e->n_rows * r->row_bytes;
    held *h;
    fc_status st = FC_OK;

    if (r->n_held > 0 && (r->bytes.size + n > FC_BLOCK_RAW_BYTES || r->n_held >= FC_BLOCK_ITEMS))
        st = cut(r, err);
    if (st == FC_OK)
        st = fc__grow_array(&r->held, &r->capacity, r->n_held + 1, sizeof(*r->held), err);
    if (st != FC_OK)
        return st;
    h = &r->held[r->n_held];
    *h = (held){.item = {.content = e->content,
                         .n_rows = e->n_rows,
                         .total_rows = e->total_rows,
                         .time = e->time,
                         .provenance = e->provenance},
                .bytes_at = r->bytes.size,
                .intervals_at = r->intervals.size,
                .error = *error};
    st = fc_buf_append(&r->bytes, rows, n, err);
    if (st == FC_OK && e->time.kind == FC_TIME_EXPLICIT)
        st = fc_buf_append(&r->intervals, e->time.intervals,
                           2 * (size_t)e->n_rows * sizeof(int64_t), err);
    if (st == FC_OK)
        r->n_held++;
    return st;
}

static fc_status take_apart(fc_repack *r, fc_error *err)
{
    const fc_block_entry *e = fc__block_entries(r->view);
    const uint64_t rows = fc__block_n_rows(r->view);
    uint8_t *bytes = fc__alloc_array((size_t)rows, r->row_bytes); /* capped by the codec */
    fc_status st;

    if (bytes == NULL)
        return fc__nomem(err, (size_t)rows * r->row_bytes, "a block");
    st = fc__block_decode(r->writer->codecs[0], r->view, 0, rows, bytes, err);
    for (size_t i = 0; i < fc__block_n_items(r->view) && st == FC_OK; i++) {
        const fc_quant_error share = fc__error_share(fc__block_error(r->view), e[i].n_rows, rows);

        st = hold(r, &e[i], bytes + e[i].row_offset * r->row_bytes, &share, err);
    }
    free(bytes);
    return st;
}

/* ---- another precision ---- */

/* What an item has lost already and what it loses now, as if neither knew of the other. */
static fc_quant_error add_errors(fc_quant_error before, const fc_quant_error *now)
{
    before.sum_squared_error += now->sum_squared_error;
    before.max_abs += now->max_abs;
    return before;
}

static fc_status convert_item(fc_repack *r, const fc_block_entry *e, const float *rows,
                              fc_error *err)
{
    fc_quant_error now = {0, 0, 0, 0}, both;
    fc_status st;

    fc_buf_clear(&r->stored);
    st = fc__item_quantise(&r->layout, rows, e->n_rows, &r->stored, &now, err);
    if (st != FC_OK)
        return st;
    both = add_errors(
        fc__error_share(fc__block_error(r->view), e->n_rows, fc__block_n_rows(r->view)), &now);
    r->conversion->n_items += e->first_row == 0;
    r->conversion->error.sum_squared_error += now.sum_squared_error;
    r->conversion->error.sum_squared += now.sum_squared;
    r->conversion->error.n_elements += now.n_elements;
    return hold(r, e, r->stored.data, &both, err);
}

/* A chunk of a large item stays one, under its key. */
static fc_status convert_chunk(fc_repack *r, fc_span key, fc_error *err)
{
    fc_buf value = FC_BUF_INIT;
    fc_item item = r->held[0].item;
    fc_key k = {.n = key.n};
    fc_status st;

    memcpy(k.bytes, key.data, key.n);
    item.first_row = fc__block_entries(r->view)[0].first_row;
    item.bytes = r->bytes.data;
    if (item.time.kind == FC_TIME_EXPLICIT)
        item.time.intervals = (const int64_t *)(const void *)r->intervals.data;
    st = fc__block_encode(r->writer->codecs[0], &r->layout, &item, 1, &r->held[0].error,
                          fc__key_crc(FC_TABLE_BLOCK, k.bytes, k.n), &value, err);
    if (st == FC_OK)
        st = fc__row_seal(FC_TABLE_BLOCK, &k, &value, err);
    if (st == FC_OK)
        st = fc__copy_row(r->to, FC_TABLE_BLOCK, fc__key_span(&k),
                          (fc_span){value.data, value.size}, err);
    r->n_blocks++;
    r->n_held = 0;
    fc_buf_clear(&r->bytes);
    fc_buf_clear(&r->intervals);
    fc_buf_dispose(&value);
    return st;
}

static fc_status convert_block(fc_repack *r, fc_span key, fc_error *err)
{
    const fc_block_entry *e = fc__block_entries(r->view);
    const size_t n = fc__block_n_items(r->view), row = fc__layout_row_elements(&r->layout);
    const uint64_t n_rows = fc__block_n_rows(r->view);
    const bool chunk = n > 0 && e[0].n_rows != e[0].total_rows;
    float *rows = fc__alloc_array((size_t)n_rows + 1, row * sizeof(*rows));
    fc_status st = rows != NULL
                       ? fc__block_decode_f32(r->writer->codecs[0], r->view, 0, n_rows, rows, err)
                       : fc__nomem(err, (size_t)n_rows * row, "a block");

    if (st == FC_OK && chunk)
        st = cut(r, err);
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = convert_item(r, &e[i], rows + e[i].row_offset * row, err);
    if (st == FC_OK && chunk)
        st = convert_chunk(r, key, err);
    free(rows);
    return st;
}

static fc_status look(fc_repack *r, fc_span key, fc_span value, fc_error *err)
{
    const fc_span body = fc__row_body(value);
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key.data, key.n);

    return r->view == NULL ? fc__block_view_create(&r->view, body.data, body.n, seed, err)
                           : fc__block_view_reset(r->view, body.data, body.n, seed, err);
}

fc_status fc__repack_row(fc_repack *r, fc_span key, fc_span value, fc_error *err)
{
    const fc_block_entry *e;
    fc_version_id version;
    fc_output_id output;
    fc_item_layout layout;
    uint64_t content;
    uint32_t chunk;
    bool whole, converted;
    fc_status st;

    if (!fc__key_block_read(key, &version, &output, &content, &chunk))
        return fc__corrupt(err, FC_TABLE_BLOCK, key, "the key has another layout");
    st = look(r, key, value, err);
    if (st != FC_OK)
        return st;
    layout = *fc__block_layout(r->view);
    converted = r->conversion != NULL && version == r->conversion->version &&
                output == r->conversion->output;
    if (converted)
        layout.dtype = r->conversion->precision;
    if (!r->any || version != r->version || output != r->output ||
        !fc__layout_equal(&r->layout, &layout))
        st = cut(r, err);
    if (st != FC_OK)
        return st;
    r->any = true;
    r->version = version;
    r->output = output;
    r->layout = layout;
    r->row_bytes = fc__layout_row_bytes(&r->layout);
    if (converted)
        return convert_block(r, key, err);
    e = fc__block_entries(r->view);
    whole = chunk == 0 && fc__block_n_items(r->view) > 0 && e[0].n_rows == e[0].total_rows;
    if (whole && (r->n_held > 0 || fc__block_raw_bytes(r->view) < FULL_BYTES))
        return take_apart(r, err);
    st = cut(r, err);
    r->n_blocks++;
    return st == FC_OK ? fc__copy_row(r->to, FC_TABLE_BLOCK, key, value, err) : st;
}

fc_status fc__repack_end(fc_repack *r, fc_error *err)
{
    return cut(r, err);
}
