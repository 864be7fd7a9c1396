/*
 * The directory of a block: content numbers, rows, chunks, provenance and time axes, as varints.
 * schemas/block.md is the layout; writer and reader stand side by side here.
 */
#include "codec_internal.h"

#include <string.h>

#include "fc_alloc.h"

static uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t v)
{
    const uint64_t bits = (v >> 1) ^ (0 - (v & 1));
    int64_t out;

    memcpy(&out, &bits, sizeof(out));
    return out;
}

/* b - a modulo 2^64: adds back to the same number, and never overflows. */
static int64_t wrap_sub(int64_t b, int64_t a)
{
    return (int64_t)((uint64_t)b - (uint64_t)a);
}

static int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
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

static fc_status bad(fc_error *err, size_t item, const char *what)
{
    return fc_error_set(err, FC_E_CORRUPT, "block: item %zu %s", item, what);
}

static fc_status read_contents(fc_block_view *v, fc_reader *r, fc_error *err)
{
    uint64_t content = fc_read_varint(r);

    for (size_t i = 0; i < v->n_items; i++) {
        const uint64_t step = i == 0 ? 0 : v->flags & FC_BLOCK_DENSE ? 1 : fc_read_varint(r);

        if (r->failed)
            return bad(err, i, "lies past the end of the header");
        if ((i > 0 && step == 0) || __builtin_add_overflow(content, step, &content))
            return bad(err, i, "has a content number that is not above the one before");
        v->entries[i] = (fc_block_entry){.content = content};
    }
    return FC_OK;
}

static fc_status read_rows(fc_block_view *v, fc_reader *r, fc_error *err)
{
    const bool same = (v->flags & FC_BLOCK_ROWS_SAME) != 0;
    uint64_t rows = same ? fc_read_varint(r) : 0, sum = 0;

    for (size_t i = 0; i < v->n_items; i++) {
        fc_block_entry *e = &v->entries[i];

        if (!same)
            rows = fc_read_varint(r);
        if (r->failed)
            return bad(err, i, "lies past the end of the header");
        if (rows > v->n_rows - sum || (v->layout.item_rank == 1 && rows > 1))
            return bad(err, i, "has more rows than fit");
        e->row_offset = sum;
        e->n_rows = e->total_rows = rows;
        sum += rows;
    }
    if (sum != v->n_rows)
        return fc_error_set(err, FC_E_CORRUPT, "block: its items have %llu rows, wanted %llu",
                            (unsigned long long)sum, (unsigned long long)v->n_rows);
    for (size_t i = 0; v->flags & FC_BLOCK_CHUNKS && i < v->n_items; i++) {
        fc_block_entry *e = &v->entries[i];

        e->first_row = fc_read_varint(r);
        e->total_rows = fc_read_varint(r);
        if (r->failed || e->total_rows < e->n_rows || e->first_row > e->total_rows - e->n_rows)
            return bad(err, i, "is a chunk outside its item");
    }
    return FC_OK;
}

static fc_status read_provenance(fc_block_view *v, fc_reader *r, fc_error *err)
{
    for (size_t i = 0; i < v->n_items;) {
        const uint64_t run = fc_read_varint(r), id = fc_read_varint(r);

        if (r->failed || run == 0 || run > v->n_items - i || id > UINT16_MAX)
            return bad(err, i, "has no valid provenance");
        for (const size_t end = i + (size_t)run; i < end; i++)
            v->entries[i].provenance = (uint16_t)id;
    }
    return FC_OK;
}

static fc_time_axis read_regular(fc_reader *r)
{
    fc_time_axis t = {.kind = FC_TIME_REGULAR};

    t.start_ns = unzigzag(fc_read_varint(r));
    t.hop_ns = unzigzag(fc_read_varint(r));
    t.length_ns = unzigzag(fc_read_varint(r));
    return t;
}

/* Intervals go to one array that may move as it grows: entries get their pointers at the end. */
static fc_status read_explicit(fc_block_view *v, fc_reader *r, size_t item, size_t *used,
                               fc_error *err)
{
    const uint64_t n = 2 * v->entries[item].n_rows; /* n_rows is capped: no overflow */
    int64_t at = 0;
    fc_status st;

    if (n > fc_reader_left(r)) /* at least one byte each: checked before memory is taken */
        return bad(err, item, "has more intervals than bytes");
    st = fc__grow_array(&v->intervals, &v->intervals_capacity, *used + (size_t)n,
                        sizeof(v->intervals[0]), err);
    for (uint64_t k = 0; st == FC_OK && k < n; k++) {
        at = wrap_add(at, unzigzag(fc_read_varint(r)));
        v->intervals[(*used)++] = at;
    }
    return st;
}

static fc_status read_times(fc_block_view *v, fc_reader *r, fc_error *err)
{
    size_t used = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < v->n_items; i++) {
        const uint8_t kind = fc_read_u8(r);

        if (r->failed || kind > FC_TIME_EXPLICIT)
            return bad(err, i, "has no valid time axis");
        if (kind == FC_TIME_REGULAR)
            v->entries[i].time = read_regular(r);
        v->entries[i].time.kind = (fc_time_kind)kind;
        if (kind == FC_TIME_EXPLICIT)
            st = read_explicit(v, r, i, &used, err);
        if (st != FC_OK)
            return st;
    }
    used = 0;
    for (size_t i = 0; i < v->n_items; i++) {
        if (v->entries[i].time.kind != FC_TIME_EXPLICIT || v->entries[i].n_rows == 0)
            continue;
        v->entries[i].time.intervals = v->intervals + used;
        used += (size_t)(2 * v->entries[i].n_rows);
    }
    return FC_OK;
}

fc_status fc__block_directory_read(fc_block_view *v, fc_reader *r, fc_error *err)
{
    fc_status st =
        fc__grow_array(&v->entries, &v->entries_capacity, v->n_items, sizeof(v->entries[0]), err);

    if (st == FC_OK)
        st = read_contents(v, r, err);
    if (st == FC_OK)
        st = read_rows(v, r, err);
    if (st == FC_OK)
        st = read_provenance(v, r, err);
    if (st == FC_OK && v->flags & FC_BLOCK_TIME_SAME) {
        const fc_time_axis t = read_regular(r);

        for (size_t i = 0; i < v->n_items; i++)
            v->entries[i].time = t;
    }
    if (st == FC_OK && v->flags & FC_BLOCK_TIME_EACH)
        st = read_times(v, r, err);
    return st;
}
