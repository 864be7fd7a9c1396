/*
 * One stored frame back to rows. Every byte is used exactly once: what is left over, and what is
 * missing, is damage.
 */
#include "column_code.h"

#include <string.h>

#include "fc_spread.h"

#define SCALE_BYTES 4u

/* Read the planes of n elements and join them; the first is in `columns` where that is not NULL. */
static fc_status decode_planes(fc_codec *c, fc_dtype dtype, const fc_column_code *columns,
                               fc_reader *r, size_t n, uint8_t *elements, fc_error *err)
{
    const size_t count = fc__plane_count(dtype);
    const uint8_t *planes[4] = {NULL, NULL, NULL, NULL};
    fc_status st = fc__scratch(&c->planes, count * n + 1, err);

    if (st == FC_OK && columns != NULL) {
        st = fc__column_plane_decode(columns, r, n, &c->packed, c->planes.data, err);
        planes[0] = c->planes.data;
        if (st == FC_OK && columns->signs == FC_SIGNS_USUAL)
            fc__columns_flip(columns, c->planes.data, n);
    }
    for (size_t p = columns != NULL; st == FC_OK && p < count; p++)
        st = fc__plane_decode(c, r, n, c->planes.data + p * n, &planes[p], err);
    if (st == FC_OK)
        fc__planes_join(dtype, planes, n, elements);
    return st;
}

/* Mask and nonzero values to n values. */
static fc_status decode_masked_values(fc_codec *c, fc_reader *r, size_t n, uint8_t *values,
                                      fc_error *err)
{
    const uint8_t *mask = NULL, *kept = NULL;
    size_t n_kept = 0;
    fc_status st = fc__scratch(&c->mask, (n + 7) / 8 + 1, err);

    if (st == FC_OK)
        st = fc__plane_decode(c, r, (n + 7) / 8, c->mask.data, &mask, err);
    if (st == FC_OK)
        st = fc__mask_count(mask, n, &n_kept, err);
    if (st == FC_OK)
        st = fc__scratch(&c->planes, n_kept + FC_SPREAD_SLACK, err);
    if (st == FC_OK)
        st = fc__plane_decode(c, r, n_kept, c->planes.data, &kept, err);
    if (st != FC_OK)
        return st;
    if (kept != c->planes.data && n_kept > 0) /* in place: there is no slack behind it */
        memcpy(c->planes.data, kept, n_kept);
    memset(c->planes.data + n_kept, 0, FC_SPREAD_SLACK);
    fc__zeros_expand(FC_I8, c->planes.data, mask, n, values);
    return FC_OK;
}

static fc_status decode_int8(fc_codec *c, size_t row_bytes, bool zero_mask, fc_reader *r,
                             size_t n_rows, uint8_t *raw, fc_error *err)
{
    const size_t d = row_bytes - SCALE_BYTES;
    const uint8_t *values = NULL;
    uint8_t *scales, *scratch;
    fc_status st = fc__scratch(&c->nonzero, n_rows * row_bytes, err);

    if (st != FC_OK)
        return st;
    scales = c->nonzero.data;
    scratch = scales + n_rows * SCALE_BYTES;
    st = decode_planes(c, FC_F32, NULL, r, n_rows, scales, err);
    if (st == FC_OK && zero_mask) {
        st = decode_masked_values(c, r, n_rows * d, scratch, err);
        values = scratch;
    } else if (st == FC_OK) {
        st = fc__plane_decode(c, r, n_rows * d, scratch, &values, err);
    }
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(raw + i * row_bytes, scales + i * SCALE_BYTES, SCALE_BYTES);
        memcpy(raw + i * row_bytes + SCALE_BYTES, values + i * d, d);
    }
    return FC_OK;
}

static fc_status decode_zero_planes(fc_codec *c, fc_dtype dtype, fc_reader *r, size_t n,
                                    uint8_t *raw, fc_error *err)
{
    const size_t mask_bytes = (n + 7) / 8, size = fc_dtype_size(dtype);
    const uint8_t *mask = NULL;
    size_t kept = 0;
    fc_status st = fc__scratch(&c->mask, mask_bytes + 1, err);

    if (st == FC_OK)
        st = fc__plane_decode(c, r, mask_bytes, c->mask.data, &mask, err);
    if (st == FC_OK)
        st = fc__mask_count(mask, n, &kept, err);
    if (st == FC_OK)
        st = fc__scratch(&c->nonzero, kept * size + FC_SPREAD_SLACK, err);
    if (st == FC_OK)
        st = decode_planes(c, dtype, NULL, r, kept, c->nonzero.data, err);
    if (st != FC_OK)
        return st;
    memset(c->nonzero.data + kept * size, 0, FC_SPREAD_SLACK);
    fc__zeros_expand(dtype, c->nonzero.data, mask, n, raw);
    return FC_OK;
}

fc_status fc__frame_decode(fc_codec *c, const fc_item_layout *layout, const fc_column_code *columns,
                           fc_transform transform, const uint8_t *stored, size_t n, size_t n_rows,
                           uint8_t *raw, fc_error *err)
{
    const size_t row_bytes = fc__layout_row_bytes(layout);
    const size_t elements = n_rows * fc__layout_row_elements(layout);
    fc_reader r = fc_reader_over(stored, n);
    fc_status st = FC_OK;

    if (transform == FC_TRANSFORM_ZSTD)
        return fc__zstd_unpack(c, stored, n, raw, n_rows * row_bytes, err);
    if (layout->dtype == FC_I8 &&
        (transform == FC_TRANSFORM_PLANES || transform == FC_TRANSFORM_ZERO_PLANES)) {
        st = decode_int8(c, row_bytes, transform == FC_TRANSFORM_ZERO_PLANES, &r, n_rows, raw, err);
    } else if (transform == FC_TRANSFORM_PLANES) {
        st = decode_planes(c, layout->dtype, NULL, &r, elements, raw, err);
    } else if (transform == FC_TRANSFORM_SIGN_PLANES && layout->dtype != FC_I8) {
        st = decode_planes(c, layout->dtype, NULL, &r, elements, raw, err);
        if (st == FC_OK)
            fc__signs_restore(layout->dtype, raw, elements, fc__sign_lag(layout));
    } else if (transform == FC_TRANSFORM_COLUMN_PLANES && columns != NULL) {
        st = decode_planes(c, layout->dtype, columns, &r, elements, raw, err);
        if (st == FC_OK && columns->signs == FC_SIGNS_LAG)
            fc__signs_restore(layout->dtype, raw, elements, columns->n);
    } else if (transform == FC_TRANSFORM_ZERO_PLANES) {
        st = decode_zero_planes(c, layout->dtype, &r, elements, raw, err);
    } else if (transform == FC_TRANSFORM_RAW) {
        const uint8_t *span = fc_read_span(&r, n_rows * row_bytes);

        if (span != NULL)
            memcpy(raw, span, n_rows * row_bytes);
    } else {
        return fc_error_set(err, FC_E_CORRUPT, "frame: transform %d does not fit dtype %s",
                            (int)transform, fc_dtype_name(layout->dtype));
    }
    if (st == FC_OK && (r.failed || fc_reader_left(&r) != 0))
        st = fc_error_set(err, FC_E_CORRUPT, "frame: %zu bytes are not what its rows need", n);
    return st;
}
