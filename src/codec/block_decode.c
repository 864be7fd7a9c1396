/*
 * Rows out of a block: the checksum of each frame that holds them, then the frame, then the rows.
 */
#include "codec_internal.h"

#include <string.h>

#include "fc_hash.h"

static uint64_t frame_rows(const fc_block_view *v, size_t f)
{
    const uint64_t left = v->n_rows - f * v->rows_per_frame;

    return left < v->rows_per_frame ? left : v->rows_per_frame;
}

static fc_status check_crc(const fc_block_view *v, size_t f, fc_error *err)
{
    const fc_frame_ref *frame = &v->frames[f];
    const uint32_t got = fc__crc32c(v->seed, v->bytes + frame->offset, frame->stored_bytes);

    if (got != frame->crc)
        return fc_error_set(err, FC_E_CORRUPT,
                            "block: the checksum of frame %zu of %zu is %08x, wanted %08x", f,
                            v->n_frames, got, frame->crc);
    return FC_OK;
}

/* The rows of frame f in stored form: in `into` when given, else in scratch or in place. */
static fc_status open_frame(fc_codec *c, const fc_block_view *v, size_t f, uint8_t *into,
                            const uint8_t **rows, fc_error *err)
{
    const fc_frame_ref *frame = &v->frames[f];
    const size_t raw_bytes = (size_t)frame_rows(v, f) * v->row_bytes;
    fc_status st = check_crc(v, f, err);

    if (st != FC_OK)
        return st;
    if (frame->transform == FC_TRANSFORM_RAW && into == NULL && frame->stored_bytes == raw_bytes) {
        *rows = v->bytes + frame->offset;
        return FC_OK;
    }
    if (into == NULL) {
        st = fc__scratch(&c->raw, raw_bytes, err);
        if (st != FC_OK)
            return st;
        into = c->raw.data;
    }
    *rows = into;
    return fc__frame_decode(c, &v->layout, v->flags & FC_BLOCK_COLUMNS ? v->columns : NULL,
                            frame->transform, v->bytes + frame->offset, frame->stored_bytes,
                            (size_t)frame_rows(v, f), into, err);
}

static fc_status check_range(const fc_block_view *v, uint64_t first, uint64_t n, fc_error *err)
{
    if (first <= v->n_rows && n <= v->n_rows - first)
        return FC_OK;
    return fc_error_set(err, FC_E_INVALID, "block: rows %llu to %llu of %llu",
                        (unsigned long long)first, (unsigned long long)(first + n),
                        (unsigned long long)v->n_rows);
}

fc_status fc__block_decode(fc_codec *c, const fc_block_view *v, uint64_t first, uint64_t n,
                           uint8_t *out, fc_error *err)
{
    fc_status st = check_range(v, first, n, err);

    while (st == FC_OK && n > 0) {
        const size_t f = (size_t)(first / v->rows_per_frame);
        const uint64_t skip = first % v->rows_per_frame, held = frame_rows(v, f);
        const uint64_t take = held - skip < n ? held - skip : n;
        const uint8_t *rows = NULL;

        st = open_frame(c, v, f, take == held ? out : NULL, &rows, err);
        if (st == FC_OK && rows != out)
            memcpy(out, rows + skip * v->row_bytes, (size_t)take * v->row_bytes);
        out += take * v->row_bytes;
        first += take;
        n -= take;
    }
    return st;
}

fc_status fc__block_decode_f32(fc_codec *c, const fc_block_view *v, uint64_t first, uint64_t n,
                               float *out, fc_error *err)
{
    const size_t row_elements = fc__layout_row_elements(&v->layout);
    fc_status st;

    if (v->layout.dtype == FC_F32)
        return fc__block_decode(c, v, first, n, (uint8_t *)out, err);
    st = check_range(v, first, n, err);
    while (st == FC_OK && n > 0) {
        const size_t f = (size_t)(first / v->rows_per_frame);
        const uint64_t skip = first % v->rows_per_frame, left = frame_rows(v, f) - skip;
        const uint64_t take = left < n ? left : n;
        const uint8_t *rows = NULL;

        st = open_frame(c, v, f, NULL, &rows, err);
        if (st == FC_OK)
            fc__item_dequantise(&v->layout, rows + skip * v->row_bytes, take, out);
        out += take * row_elements;
        first += take;
        n -= take;
    }
    return st;
}

fc_status fc__block_check(fc_codec *c, const fc_block_view *v, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t f = 0; st == FC_OK && f < v->n_frames; f++) {
        const uint8_t *rows = NULL;

        st = fc__scratch(&c->best, (size_t)frame_rows(v, f) * v->row_bytes, err);
        if (st == FC_OK)
            st = open_frame(c, v, f, c->best.data, &rows, err);
    }
    return st;
}
