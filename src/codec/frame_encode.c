/*
 * One frame to its smallest stored form: each transform that could pay is tried, the smallest wins,
 * and raw wins where none saves 2 %.
 */
#include "column_code.h"

#include <string.h>

#define SCALE_BYTES 4u
/* The zero mask is tried from 1 zero in 32 elements, below which it costs what it saves; from 1 in
 * 4 nothing else but real matches can be smaller. */
#define ZERO_TRY_SHIFT  5
#define ZERO_SURE_SHIFT 2

static fc_status encode_planes(fc_codec *c, fc_dtype dtype, const uint8_t *elements, size_t n,
                               fc_buf *out, fc_error *err)
{
    const size_t count = fc__plane_count(dtype);
    fc_status st = fc__scratch(&c->planes, count * n + 1, err);

    if (st != FC_OK)
        return st;
    fc__planes_split(dtype, elements, n, c->planes.data);
    for (size_t p = 0; st == FC_OK && p < count; p++)
        st = fc__plane_encode(c, c->planes.data + p * n, n, out, err);
    return st;
}

/* An int8 frame is the planes of its scales, as f32, and then one plane of all values, or the mask
 * of zeros and one plane of the others. */
static fc_status encode_int8(fc_codec *c, size_t row_bytes, bool zero_mask, const uint8_t *raw,
                             size_t n_rows, fc_buf *out, fc_error *err)
{
    const size_t d = row_bytes - SCALE_BYTES, n = n_rows * d;
    fc_status st = fc__scratch(&c->nonzero, n_rows * row_bytes, err);
    uint8_t *scales = c->nonzero.data, *values;

    if (st != FC_OK)
        return st;
    values = scales + n_rows * SCALE_BYTES;
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(scales + i * SCALE_BYTES, raw + i * row_bytes, SCALE_BYTES);
        memcpy(values + i * d, raw + i * row_bytes + SCALE_BYTES, d);
    }
    st = encode_planes(c, FC_F32, scales, n_rows, out, err);
    if (st == FC_OK && !zero_mask)
        return fc__plane_encode(c, values, n, out, err);
    if (st == FC_OK)
        st = fc__scratch(&c->mask, (n + 7) / 8, err);
    if (st == FC_OK)
        st = fc__scratch(&c->planes, n, err);
    if (st == FC_OK) {
        const size_t kept = fc__zeros_squeeze(FC_I8, values, n, c->mask.data, c->planes.data);

        st = fc__plane_encode(c, c->mask.data, (n + 7) / 8, out, err);
        if (st == FC_OK)
            st = fc__plane_encode(c, c->planes.data, kept, out, err);
    }
    return st;
}

static fc_status encode_zero_planes(fc_codec *c, fc_dtype dtype, const uint8_t *raw, size_t n,
                                    fc_buf *out, fc_error *err)
{
    const size_t mask_bytes = (n + 7) / 8;
    size_t kept;
    fc_status st = fc__scratch(&c->mask, mask_bytes, err);

    if (st == FC_OK)
        st = fc__scratch(&c->nonzero, n * fc_dtype_size(dtype), err);
    if (st != FC_OK)
        return st;
    kept = fc__zeros_squeeze(dtype, raw, n, c->mask.data, c->nonzero.data);
    st = fc__plane_encode(c, c->mask.data, mask_bytes, out, err);
    return st == FC_OK ? encode_planes(c, dtype, c->nonzero.data, kept, out, err) : st;
}

static fc_status encode_sign_planes(fc_codec *c, const fc_item_layout *layout, const uint8_t *raw,
                                    size_t n, fc_buf *out, fc_error *err)
{
    fc_status st = fc__scratch(&c->nonzero, n * fc_dtype_size(layout->dtype), err);

    if (st != FC_OK)
        return st;
    fc__signs_predict(layout->dtype, raw, n, fc__sign_lag(layout), c->nonzero.data);
    return encode_planes(c, layout->dtype, c->nonzero.data, n, out, err);
}

/* Signs as the block's column codes want them, the first plane in those codes, the others as ever.
 */
static fc_status encode_column_planes(fc_codec *c, fc_dtype dtype, const uint8_t *raw, size_t n,
                                      fc_buf *out, fc_error *err)
{
    const fc_column_code *code = c->columns;
    const size_t count = fc__plane_count(dtype);
    fc_status st = fc__scratch(&c->planes, count * n + 1, err);

    if (st == FC_OK && code->signs == FC_SIGNS_LAG) {
        st = fc__scratch(&c->nonzero, n * fc_dtype_size(dtype), err);
        if (st != FC_OK)
            return st;
        fc__signs_predict(dtype, raw, n, code->n, c->nonzero.data);
        raw = c->nonzero.data;
    }
    if (st != FC_OK)
        return st;
    fc__planes_split(dtype, raw, n, c->planes.data);
    if (code->signs == FC_SIGNS_USUAL)
        fc__columns_flip(code, c->planes.data, n);
    st = fc__column_plane_encode(code, c->planes.data, n, out, err);
    for (size_t p = 1; st == FC_OK && p < count; p++)
        st = fc__plane_encode(c, c->planes.data + p * n, n, out, err);
    return st;
}

static fc_status encode_with(fc_codec *c, const fc_item_layout *layout, fc_transform transform,
                             const uint8_t *raw, size_t n_rows, fc_buf *out, fc_error *err)
{
    const size_t row_bytes = fc__layout_row_bytes(layout);
    const size_t n = n_rows * fc__layout_row_elements(layout);
    const uint8_t *packed;
    size_t packed_bytes;
    fc_status st;

    fc_buf_clear(out);
    switch (transform) {
    case FC_TRANSFORM_PLANES:
        return layout->dtype == FC_I8 ? encode_int8(c, row_bytes, false, raw, n_rows, out, err)
                                      : encode_planes(c, layout->dtype, raw, n, out, err);
    case FC_TRANSFORM_ZERO_PLANES:
        return layout->dtype == FC_I8 ? encode_int8(c, row_bytes, true, raw, n_rows, out, err)
                                      : encode_zero_planes(c, layout->dtype, raw, n, out, err);
    case FC_TRANSFORM_SIGN_PLANES:
        return encode_sign_planes(c, layout, raw, n, out, err);
    case FC_TRANSFORM_COLUMN_PLANES:
        return encode_column_planes(c, layout->dtype, raw, n, out, err);
    case FC_TRANSFORM_ZSTD:
        st = fc__zstd_pack(c, raw, n_rows * row_bytes, true, &packed, &packed_bytes, err);
        return st == FC_OK ? fc_buf_append(out, packed, packed_bytes, err) : st;
    case FC_TRANSFORM_RAW:
    case FC_N_TRANSFORMS:
        break;
    }
    return fc_buf_append(out, raw, n_rows * row_bytes, err);
}

/* Elements of one channel keep their sign from one position to the next, and dimensions of
 * embeddings lean to one side. Below a lean of 1 in 16 nothing is saved. */
static bool signs_lean(const fc_item_layout *layout, const uint8_t *raw, size_t n)
{
    const size_t lag = fc__sign_lag(layout), pairs = n > lag ? n - lag : 0;
    const size_t changed = fc__signs_changed(layout->dtype, raw, n, lag);

    return pairs > 0 && changed > 0 && (changed < pairs / 16 * 7 || changed > pairs / 16 * 9);
}

/* True when the same eight bytes, not all zero, come again often enough for real matches to pay.
 * 15 in 16 are left out by their hash, so that what repeats is looked at each time or never. */
static bool has_repeats(fc_codec *c, size_t step, const uint8_t *raw, size_t n)
{
    size_t keys = 0, again = 0;

    memset(c->seen, 0, FC_SEEN_SLOTS * sizeof(c->seen[0]));
    for (size_t i = 0; i + sizeof(uint64_t) <= n; i += step) {
        uint64_t key, hash, *slot;

        memcpy(&key, raw + i, sizeof(key));
        hash = key * UINT64_C(0x9e3779b97f4a7c15);
        if (key == 0 || (hash >> 48 & 15) != 0)
            continue;
        slot = &c->seen[hash >> 52];
        again += *slot == key;
        *slot = key;
        keys++;
    }
    /* Hardly a key: mostly zeros, which zstd may still take as long runs. */
    return again > keys / 32 || keys < n / step / 256;
}

/* The transforms worth a trial on this frame, bits 1 << fc_transform. */
static unsigned choose_trials(fc_codec *c, const fc_item_layout *layout, bool columns,
                              const uint8_t *raw, size_t n_rows)
{
    const size_t n = n_rows * fc__layout_row_elements(layout), size = fc_dtype_size(layout->dtype);
    unsigned trials = 1u << FC_TRANSFORM_PLANES;
    size_t zeros;

    if (c->forced) { /* an int8 has no sign bit */
        const unsigned no_sign = layout->dtype == FC_I8 ? 1u << FC_TRANSFORM_SIGN_PLANES : 0;
        const unsigned no_code = columns ? 0 : 1u << FC_TRANSFORM_COLUMN_PLANES;

        return c->allowed & ~(no_sign | no_code);
    }
    if (columns) { /* few zeros, and signs are seen to; what repeats is still worth a look */
        trials = 1u << FC_TRANSFORM_COLUMN_PLANES;
        if (has_repeats(c, size, raw, n_rows * fc__layout_row_bytes(layout)))
            trials |= 1u << FC_TRANSFORM_ZSTD;
        return trials & c->allowed;
    }
    zeros = layout->dtype == FC_I8
                ? fc__zeros_count(FC_I8, raw, n_rows * (n / n_rows + SCALE_BYTES))
                : fc__zeros_count(layout->dtype, raw, n);
    if (zeros > n >> ZERO_TRY_SHIFT)
        trials |= 1u << FC_TRANSFORM_ZERO_PLANES;
    /* A zero int8 may cost one bit in the Huffman code as well: both are tried. */
    if (layout->dtype != FC_I8 && zeros > n >> ZERO_SURE_SHIFT)
        trials = 1u << FC_TRANSFORM_ZERO_PLANES;
    else if (layout->dtype != FC_I8 && signs_lean(layout, raw, n))
        trials |= 1u << FC_TRANSFORM_SIGN_PLANES;
    if (has_repeats(c, size, raw, n_rows * fc__layout_row_bytes(layout)))
        trials |= 1u << FC_TRANSFORM_ZSTD;
    return trials & c->allowed;
}

fc_status fc__frame_encode(fc_codec *c, const fc_item_layout *layout, bool columns,
                           const uint8_t *raw, size_t n_rows, fc_buf *out, fc_transform *transform,
                           fc_error *err)
{
    const size_t raw_bytes = n_rows * fc__layout_row_bytes(layout);
    const unsigned trials = choose_trials(c, layout, columns, raw, n_rows);
    size_t smallest = SIZE_MAX;

    *transform = FC_TRANSFORM_RAW;
    for (int t = FC_TRANSFORM_PLANES; t < FC_N_TRANSFORMS; t++) {
        fc_status st;

        if ((trials & 1u << t) == 0)
            continue;
        st = encode_with(c, layout, (fc_transform)t, raw, n_rows, &c->candidate, err);
        if (st != FC_OK)
            return st;
        /* The first ones read faster: a later one must save another 1/256 to be taken. */
        if (smallest == SIZE_MAX || c->candidate.size < smallest - smallest / 256) {
            const fc_buf swapped = c->best;

            smallest = c->candidate.size;
            *transform = (fc_transform)t;
            c->best = c->candidate;
            c->candidate = swapped;
        }
    }
    /* A saving below 2 % is not worth the time of every later read. */
    if (*transform == FC_TRANSFORM_RAW || (!c->forced && smallest > raw_bytes - raw_bytes / 51)) {
        *transform = FC_TRANSFORM_RAW;
        return fc_buf_append(out, raw, raw_bytes, err);
    }
    return fc_buf_append(out, c->best.data, c->best.size, err);
}
