/*
 * The directory of a block, read: the inverse of block_directory.c, and every check that a header
 * from outside needs. schemas/block.md is the layout.
 */
#include "codec_internal.h"

#include <string.h>

#include "fc_alloc.h"

static int64_t unzigzag(uint64_t v)
{
    const uint64_t bits = (v >> 1) ^ (0 - (v & 1));
    int64_t out;

    memcpy(&out, &bits, sizeof(out));
    return out;
}

/* Modulo 2^64: never overflows. */
static int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static fc_status bad(fc_error *err, size_t item, const char *what)
{
    return fc_error_set(err, FC_E_CORRUPT, "block: item %zu %s", item, what);
}

static fc_status read_contents(fc_block_view *v, fc_reader *r, fc_error *err)
{
    uint64_t content = fc_read_varint(r);
    fc_block_entry e = {0};

    for (size_t i = 0; i < v->n_items; i++) {
        const uint64_t step = i == 0 ? 0 : v->flags & FC_BLOCK_DENSE ? 1 : fc_read_varint(r);

        if (r->failed)
            return bad(err, i, "lies past the end of the header");
        if ((i > 0 && step == 0) || __builtin_add_overflow(content, step, &content))
            return bad(err, i, "has a content number that is not above the one before");
        e.content = content;
        v->entries[i] = e; /* a copy is vector stores; a compound literal was rep stos */
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

/* Numbers in a row and one length, which is what most blocks hold: one pass that writes each entry
 * once. 4,000 short vectors take 6 us instead of 27. */
static fc_status read_plain(fc_block_view *v, fc_reader *r, fc_error *err)
{
    const uint64_t content = fc_read_varint(r), rows = fc_read_varint(r);
    fc_block_entry e = {.content = content, .n_rows = rows, .total_rows = rows};

    if (r->failed || content > UINT64_MAX - (v->n_items - 1))
        return bad(err, 0, "has content numbers that do not fit");
    if (rows > v->n_rows || rows * v->n_items != v->n_rows ||
        (v->layout.item_rank == 1 && rows > 1))
        return bad(err, 0, "has more or fewer rows than fit");
    for (size_t i = 0; i < v->n_items;) {
        const uint64_t run = fc_read_varint(r), id = fc_read_varint(r);

        if (r->failed || run == 0 || run > v->n_items - i || id > UINT16_MAX)
            return bad(err, i, "has no valid provenance");
        e.provenance = (uint16_t)id;
        for (const size_t end = i + (size_t)run; i < end; i++) {
            v->entries[i] = e;
            e.content++;
            e.row_offset += rows;
        }
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
    const uint32_t plain = FC_BLOCK_DENSE | FC_BLOCK_ROWS_SAME;
    fc_status st =
        fc__grow_array(&v->entries, &v->entries_capacity, v->n_items, sizeof(v->entries[0]), err);

    if (st != FC_OK)
        return st;
    if ((v->flags & (plain | FC_BLOCK_CHUNKS)) == plain) {
        st = read_plain(v, r, err);
    } else {
        st = read_contents(v, r, err);
        if (st == FC_OK)
            st = read_rows(v, r, err);
        if (st == FC_OK)
            st = read_provenance(v, r, err);
    }
    if (st == FC_OK && v->flags & FC_BLOCK_TIME_SAME) {
        const fc_time_axis t = read_regular(r);

        for (size_t i = 0; i < v->n_items; i++)
            v->entries[i].time = t;
    }
    if (st == FC_OK && v->flags & FC_BLOCK_TIME_EACH)
        st = read_times(v, r, err);
    return st;
}
