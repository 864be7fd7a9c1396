/*
 * The header of a block, written and parsed: schemas/block.md, offset by offset. The directory
 * between row shape and frame directory is in block_directory.c.
 *
 * Parsing trusts nothing before the checksum and nothing beyond its caps after it: a header with a
 * right checksum may still have been made by someone else.
 */
#include "column_code.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_hash.h"

#define MAGIC_BYTES      4u
#define HEADER_BYTES_AT  8u
#define STORED_FRAME_MAX (FC_BLOCK_RAW_MAX + 64u)

static fc_status write_fixed(const fc_item_layout *layout, uint32_t flags, size_t n_items,
                             size_t n_frames, uint64_t n_rows, uint64_t rows_per_frame, fc_buf *out,
                             fc_error *err)
{
    uint8_t fixed[FC_BLOCK_FIXED_BYTES] = {0};

    memcpy(fixed, FC_BLOCK_MAGIC, MAGIC_BYTES);
    fixed[4] = flags & FC_BLOCK_COLUMNS ? FC_BLOCK_VERSION : 1; /* older readers know the rest */
    fixed[5] = (uint8_t)layout->dtype;
    fixed[6] = (uint8_t)layout->item_rank;
    fixed[7] = (uint8_t)layout->row_rank;
    /* 8: header bytes, known when the header is complete */
    fc_put_le32(fixed + 12, flags);
    fc_put_le32(fixed + 16, (uint32_t)n_items);
    fc_put_le32(fixed + 20, (uint32_t)n_frames);
    fc_put_le64(fixed + 24, n_rows);
    fc_put_le32(fixed + 32, (uint32_t)rows_per_frame);
    return fc_buf_append(out, fixed, sizeof(fixed), err);
}

static fc_status write_error(const fc_quant_error *e, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_f64(out, e->sum_squared_error, err);

    if (st == FC_OK)
        st = fc_buf_append_f64(out, e->sum_squared, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, e->max_abs, err);
    return st == FC_OK ? fc_buf_append_varint(out, e->n_elements, err) : st;
}

static fc_status write_frames(const fc_frame_ref *frames, size_t n_frames, fc_buf *out,
                              fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; st == FC_OK && i < n_frames; i++) {
        uint8_t entry[FC_FRAME_ENTRY_BYTES];

        entry[0] = (uint8_t)frames[i].transform;
        fc_put_le32(entry + 1, frames[i].stored_bytes);
        fc_put_le32(entry + 5, frames[i].crc);
        st = fc_buf_append(out, entry, sizeof(entry), err);
    }
    return st;
}

fc_status fc__block_header_write(const fc_item_layout *layout, const fc_item *items, size_t n_items,
                                 const fc_quant_error *e, const fc_column_code *columns,
                                 uint64_t rows_per_frame, const fc_frame_ref *frames,
                                 size_t n_frames, uint32_t seed, fc_buf *out, fc_error *err)
{
    const size_t start = out->size;
    uint32_t flags = fc__block_directory_flags(items, n_items);
    uint64_t n_rows = 0;
    fc_status st;

    if (e != NULL && e->n_elements > 0)
        flags |= FC_BLOCK_ERROR;
    if (columns != NULL)
        flags |= FC_BLOCK_COLUMNS;
    for (size_t i = 0; i < n_items; i++)
        n_rows += items[i].n_rows;
    st = write_fixed(layout, flags, n_items, n_frames, n_rows, rows_per_frame, out, err);
    for (uint32_t i = 0; st == FC_OK && i < layout->row_rank; i++)
        st = fc_buf_append_varint(out, layout->row_shape[i], err);
    if (st == FC_OK && flags & FC_BLOCK_ERROR)
        st = write_error(e, out, err);
    if (st == FC_OK)
        st = fc__block_directory_write(items, n_items, flags, out, err);
    if (st == FC_OK && columns != NULL)
        st = fc__columns_write(columns, out, err);
    if (st == FC_OK)
        st = write_frames(frames, n_frames, out, err);
    if (st != FC_OK)
        return st;
    fc_put_le32(out->data + start + HEADER_BYTES_AT,
                (uint32_t)(out->size - start + FC_BLOCK_CRC_BYTES));
    return fc_buf_append_u32(out, fc__crc32c(seed, out->data + start, out->size - start), err);
}

/* Magic, version, length and checksum: what must hold before a field means anything. */
static fc_status check_envelope(const uint8_t *bytes, size_t n, uint32_t seed, size_t *header_bytes,
                                fc_error *err)
{
    uint32_t want, got;

    if (n < FC_BLOCK_FIXED_BYTES + FC_BLOCK_CRC_BYTES)
        return fc_error_set(err, FC_E_CORRUPT, "block: %zu bytes are too few for a header", n);
    if (memcmp(bytes, FC_BLOCK_MAGIC, MAGIC_BYTES) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "block: does not start with " FC_BLOCK_MAGIC);
    if (bytes[4] > FC_BLOCK_VERSION)
        return fc_error_set(err, FC_E_VERSION,
                            "block: layout version %u is newer than %u; use a newer featcache",
                            bytes[4], FC_BLOCK_VERSION);
    if (bytes[4] == 0)
        return fc_error_set(err, FC_E_CORRUPT, "block: layout version 0 does not exist");
    *header_bytes = fc_get_le32(bytes + HEADER_BYTES_AT);
    if (*header_bytes < FC_BLOCK_FIXED_BYTES + FC_BLOCK_CRC_BYTES || *header_bytes > n)
        return fc_error_set(err, FC_E_CORRUPT, "block: a header of %zu bytes in a block of %zu",
                            *header_bytes, n);
    want = fc_get_le32(bytes + *header_bytes - FC_BLOCK_CRC_BYTES);
    got = fc__crc32c(seed, bytes, *header_bytes - FC_BLOCK_CRC_BYTES);
    if (want != got)
        return fc_error_set(err, FC_E_CORRUPT, "block: header checksum is %08x, wanted %08x", got,
                            want);
    return FC_OK;
}

static fc_status read_layout(fc_block_view *v, fc_reader *r, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;

    v->layout = (fc_item_layout){.dtype = (fc_dtype)fc_read_u8(r)};
    v->layout.item_rank = fc_read_u8(r);
    v->layout.row_rank = fc_read_u8(r);
    (void)fc_read_u32(r); /* header bytes */
    v->flags = fc_read_u32(r);
    v->n_items = fc_read_u32(r);
    v->n_frames = fc_read_u32(r);
    v->n_rows = fc_read_u64(r);
    v->rows_per_frame = fc_read_u32(r);
    for (uint32_t i = 0; i < v->layout.row_rank && i < FC_MAX_RANK; i++)
        v->layout.row_shape[i] = fc_read_varint(r);
    if (r->failed)
        return fc_error_set(err, FC_E_CORRUPT, "block: the header ends inside the row shape");
    if (fc__layout_check(&v->layout, &inner) != FC_OK)
        return fc_error_set(err, FC_E_CORRUPT, "block: %s", inner.message);
    v->row_bytes = fc__layout_row_bytes(&v->layout);
    return FC_OK;
}

static fc_status check_counts(const fc_block_view *v, fc_error *err)
{
    const bool both_times = (v->flags & FC_BLOCK_TIME_EACH) && (v->flags & FC_BLOCK_TIME_SAME);
    const bool too_early = v->bytes[4] < 2 && (v->flags & FC_BLOCK_COLUMNS) != 0;

    if ((v->flags & ~FC_BLOCK_FLAGS_KNOWN) != 0 || both_times || too_early)
        return fc_error_set(err, FC_E_CORRUPT, "block: flags %08x are not valid", v->flags);
    if (v->n_items < 1 || v->n_items > FC_BLOCK_ITEMS_MAX)
        return fc_error_set(err, FC_E_CORRUPT, "block: %zu items; a block holds 1 to %u",
                            v->n_items, FC_BLOCK_ITEMS_MAX);
    if (v->n_rows > FC_BLOCK_RAW_MAX / v->row_bytes)
        return fc_error_set(err, FC_E_CORRUPT, "block: %llu rows of %zu bytes are over the cap",
                            (unsigned long long)v->n_rows, v->row_bytes);
    if (v->rows_per_frame == 0 ||
        v->n_frames != (v->n_rows + v->rows_per_frame - 1) / v->rows_per_frame)
        return fc_error_set(err, FC_E_CORRUPT, "block: %zu frames of %llu rows for %llu rows",
                            v->n_frames, (unsigned long long)v->rows_per_frame,
                            (unsigned long long)v->n_rows);
    return FC_OK;
}

static fc_status read_columns(fc_block_view *v, fc_reader *r, fc_error *err)
{
    if (v->columns == NULL)
        v->columns = calloc(1, sizeof(*v->columns));
    if (v->columns == NULL)
        return fc__nomem(err, sizeof(*v->columns), "a block's column codes");
    v->columns->n_streams =
        v->bytes[4] == FC_BLOCK_FOUR_STREAMS ? FC_COLUMN_STREAMS / 2 : FC_COLUMN_STREAMS;
    return fc__columns_read(v->columns, v->layout.dtype, fc__sign_lag(&v->layout),
                            v->bytes[4] == FC_BLOCK_FOUR_STREAMS ? 4 : FC_COLUMN_STREAMS, r, err);
}

static fc_status read_frames(fc_block_view *v, fc_reader *r, size_t header_bytes, fc_error *err)
{
    size_t offset = header_bytes;
    fc_status st;

    if (v->n_frames > fc_reader_left(r) / FC_FRAME_ENTRY_BYTES)
        return fc_error_set(err, FC_E_CORRUPT, "block: %zu frames do not fit its header",
                            v->n_frames);
    st = fc__grow_array(&v->frames, &v->frames_capacity, v->n_frames, sizeof(v->frames[0]), err);
    if (st != FC_OK)
        return st;
    v->transforms = 0;
    for (size_t i = 0; i < v->n_frames; i++) {
        const uint8_t transform = fc_read_u8(r);
        const uint32_t stored = fc_read_u32(r);

        if (transform >= FC_N_TRANSFORMS ||
            (transform == FC_TRANSFORM_COLUMN_PLANES && !(v->flags & FC_BLOCK_COLUMNS)) ||
            stored > STORED_FRAME_MAX || stored > v->n - offset)
            return fc_error_set(
                err, FC_E_CORRUPT,
                "block: frame %zu has transform %u and %u bytes, which is not valid", i, transform,
                stored);
        v->frames[i] = (fc_frame_ref){.transform = (fc_transform)transform,
                                      .stored_bytes = stored,
                                      .crc = fc_read_u32(r),
                                      .offset = offset};
        v->transforms |= 1u << transform;
        offset += stored;
    }
    if (r->failed || fc_reader_left(r) != 0 || offset != v->n)
        return fc_error_set(err, FC_E_CORRUPT, "block: its parts end at %zu of %zu bytes", offset,
                            v->n);
    return FC_OK;
}

fc_status fc__block_view_reset(fc_block_view *v, const uint8_t *bytes, size_t n, uint32_t seed,
                               fc_error *err)
{
    size_t header_bytes = 0;
    fc_reader r;
    fc_status st = check_envelope(bytes, n, seed, &header_bytes, err);

    /* Until all is checked, the view shows an empty block. */
    v->n_items = v->n_frames = 0;
    v->n_rows = 0;
    if (st != FC_OK)
        return st;
    v->bytes = bytes;
    v->n = n;
    v->seed = seed;
    v->error = (fc_quant_error){0};
    r = fc_reader_over(bytes + MAGIC_BYTES + 1,
                       header_bytes - MAGIC_BYTES - 1 - FC_BLOCK_CRC_BYTES);
    st = read_layout(v, &r, err);
    if (st == FC_OK)
        st = check_counts(v, err);
    if (st == FC_OK && v->flags & FC_BLOCK_ERROR) {
        v->error.sum_squared_error = fc_read_f64(&r);
        v->error.sum_squared = fc_read_f64(&r);
        v->error.max_abs = fc_read_f64(&r);
        v->error.n_elements = fc_read_varint(&r);
    }
    if (st == FC_OK)
        st = fc__block_directory_read(v, &r, err);
    if (st == FC_OK && v->flags & FC_BLOCK_COLUMNS)
        st = read_columns(v, &r, err);
    if (st == FC_OK)
        st = read_frames(v, &r, header_bytes, err);
    if (st != FC_OK) {
        v->n_items = v->n_frames = 0;
        v->n_rows = 0;
    }
    return st;
}
