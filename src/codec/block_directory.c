/*
 * The directory of a block, written: content numbers, rows, chunks, provenance and time axes, as
 * varints. schemas/block.md is the layout; block_directory_read.c is the inverse.
 */
#include "codec_internal.h"

static uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

/* b - a modulo 2^64: adds back to the same number, and never overflows. */
static int64_t wrap_sub(int64_t b, int64_t a)
{
    return (int64_t)((uint64_t)b - (uint64_t)a);
}

static bool same_regular(const fc_time_axis *a, const fc_time_axis *b)
{
    return a->kind == FC_TIME_REGULAR && b->kind == FC_TIME_REGULAR && a->start_ns == b->start_ns &&
           a->hop_ns == b->hop_ns && a->length_ns == b->length_ns;
}

uint32_t fc__block_directory_flags(const fc_item *items, size_t n_items)
{
    uint32_t flags = FC_BLOCK_DENSE | FC_BLOCK_ROWS_SAME;
    bool any_time = false, same_time = true;

    for (size_t i = 0; i < n_items; i++) {
        if (i > 0 && items[i].content != items[i - 1].content + 1)
            flags &= ~FC_BLOCK_DENSE;
        if (items[i].n_rows != items[0].n_rows)
            flags &= ~FC_BLOCK_ROWS_SAME;
        if (items[i].first_row != 0 || items[i].total_rows != items[i].n_rows)
            flags |= FC_BLOCK_CHUNKS;
        any_time = any_time || items[i].time.kind != FC_TIME_NONE;
        same_time = same_time && same_regular(&items[i].time, &items[0].time);
    }
    if (any_time)
        flags |= same_time ? FC_BLOCK_TIME_SAME : FC_BLOCK_TIME_EACH;
    return flags;
}

static fc_status write_regular(const fc_time_axis *t, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_varint(out, zigzag(t->start_ns), err);

    if (st == FC_OK)
        st = fc_buf_append_varint(out, zigzag(t->hop_ns), err);
    return st == FC_OK ? fc_buf_append_varint(out, zigzag(t->length_ns), err) : st;
}

/* Intervals as differences from the number before: frames lie close together in time. */
static fc_status write_explicit(const fc_item *item, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;
    int64_t before = 0;

    for (uint64_t i = 0; st == FC_OK && i < 2 * item->n_rows; i++) {
        st = fc_buf_append_varint(out, zigzag(wrap_sub(item->time.intervals[i], before)), err);
        before = item->time.intervals[i];
    }
    return st;
}

static fc_status write_times(const fc_item *items, size_t n_items, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; st == FC_OK && i < n_items; i++) {
        st = fc_buf_append_u8(out, (uint8_t)items[i].time.kind, err);
        if (st == FC_OK && items[i].time.kind == FC_TIME_REGULAR)
            st = write_regular(&items[i].time, out, err);
        else if (st == FC_OK && items[i].time.kind == FC_TIME_EXPLICIT)
            st = write_explicit(&items[i], out, err);
    }
    return st;
}

static size_t provenance_run(const fc_item *items, size_t from, size_t n_items)
{
    size_t end = from + 1;

    while (end < n_items && items[end].provenance == items[from].provenance)
        end++;
    return end - from;
}

static fc_status write_provenance(const fc_item *items, size_t n_items, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; st == FC_OK && i < n_items;) {
        const size_t run = provenance_run(items, i, n_items);

        st = fc_buf_append_varint(out, run, err);
        if (st == FC_OK)
            st = fc_buf_append_varint(out, items[i].provenance, err);
        i += run;
    }
    return st;
}

fc_status fc__block_directory_write(const fc_item *items, size_t n_items, uint32_t flags,
                                    fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_varint(out, items[0].content, err);

    for (size_t i = 1; st == FC_OK && !(flags & FC_BLOCK_DENSE) && i < n_items; i++)
        st = fc_buf_append_varint(out, items[i].content - items[i - 1].content, err);
    for (size_t i = 0; st == FC_OK && i < (flags & FC_BLOCK_ROWS_SAME ? 1 : n_items); i++)
        st = fc_buf_append_varint(out, items[i].n_rows, err);
    for (size_t i = 0; st == FC_OK && flags & FC_BLOCK_CHUNKS && i < n_items; i++) {
        st = fc_buf_append_varint(out, items[i].first_row, err);
        if (st == FC_OK)
            st = fc_buf_append_varint(out, items[i].total_rows, err);
    }
    if (st == FC_OK)
        st = write_provenance(items, n_items, out, err);
    if (st == FC_OK && flags & FC_BLOCK_TIME_SAME)
        st = write_regular(&items[0].time, out, err);
    if (st == FC_OK && flags & FC_BLOCK_TIME_EACH)
        st = write_times(items, n_items, out, err);
    return st;
}
