/*
 * f32 rows to the stored precision and back, with the error measured on what a reader will get.
 */
#include "codec_internal.h"

#include <math.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

#define SCALE_BYTES 4u
#define F16_MAX     65504.0
/* The largest bf16, 0x1.fep127; what rounds above it is infinity. */
#define BF16_MAX 0x1.fep127

/* Say where the first element is that the precision cannot hold. */
static fc_status refuse_row(const fc_item_layout *layout, const float *x, size_t d, uint64_t row,
                            const float *stored, fc_error *err)
{
    for (size_t i = 0; i < d; i++) {
        if (!isfinite(x[i]))
            return fc_error_set(err, FC_E_FORMAT, "row %llu, column %zu: the value is %g",
                                (unsigned long long)row, i, (double)x[i]);
        if (!isfinite(stored[i]))
            return fc_error_set(
                err, FC_E_FORMAT, "row %llu, column %zu: %g is over the largest %s, %g; store f32",
                (unsigned long long)row, i, (double)x[i], fc_dtype_name(layout->dtype),
                layout->dtype == FC_F16 ? F16_MAX : BF16_MAX);
    }
    return FC_OK;
}

static void add_error(fc_quant_error *e, const float *x, const float *stored, size_t d)
{
    double squared_error = 0, squared = 0, worst = e->max_abs;

    for (size_t i = 0; i < d; i++) {
        const double v = (double)x[i], off = fabs(v - (double)stored[i]);

        squared_error += off * off;
        squared += v * v;
        worst = off > worst ? off : worst;
    }
    e->sum_squared_error += squared_error;
    e->sum_squared += squared;
    e->max_abs = worst;
    e->n_elements += d;
}

static void quantise_row(fc_dtype dtype, const float *x, size_t d, uint16_t *words, uint8_t *to)
{
    float scale;

    switch (dtype) {
    case FC_F16:
        fc__f32_to_f16(x, words, d);
        memcpy(to, words, d * sizeof(words[0]));
        break;
    case FC_BF16:
        fc__f32_to_bf16(x, words, d);
        memcpy(to, words, d * sizeof(words[0]));
        break;
    case FC_I8:
        fc__f32_to_i8(x, (int8_t *)to + SCALE_BYTES, &scale, d);
        memcpy(to, &scale, SCALE_BYTES);
        break;
    default:
        memcpy(to, x, d * sizeof(x[0]));
        break;
    }
}

fc_status fc__item_quantise(const fc_item_layout *layout, const float *rows, uint64_t n_rows,
                            fc_buf *out, fc_quant_error *e, fc_error *err)
{
    const size_t d = fc__layout_row_elements(layout), row_bytes = fc__layout_row_bytes(layout);
    const size_t start = out->size;
    fc_quant_error sums = e != NULL ? *e : (fc_quant_error){0};
    fc_buf scratch = FC_BUF_INIT;
    size_t bytes, scratch_bytes;
    uint16_t *words;
    float *stored;
    fc_status st = fc__layout_check(layout, err);

    if (st != FC_OK)
        return st;
    if (n_rows > SIZE_MAX || !fc__mul((size_t)n_rows, row_bytes, &bytes))
        return fc__nomem(err, SIZE_MAX, "the rows of an item");
    /* One row as words, and the same row as a reader will see it. */
    scratch_bytes = d * (sizeof(*stored) + sizeof(*words));
    st = fc_buf_reserve(&scratch, scratch_bytes, err);
    if (st == FC_OK)
        st = fc_buf_reserve(out, bytes, err);
    if (st != FC_OK)
        goto done;
    stored = (float *)(void *)scratch.data;
    words = (uint16_t *)(void *)(scratch.data + d * sizeof(*stored));
    for (uint64_t r = 0; st == FC_OK && r < n_rows; r++) {
        const float *x = rows + r * d;
        uint8_t *to = out->data + out->size;

        if (!fc__all_finite(x, d)) {
            st = refuse_row(layout, x, d, r, x, err);
            break;
        }
        quantise_row(layout->dtype, x, d, words, to);
        fc__item_dequantise(layout, to, 1, stored);
        if (!fc__all_finite(stored, d))
            st = refuse_row(layout, x, d, r, stored, err);
        add_error(&sums, x, stored, d);
        out->size += row_bytes;
    }
    if (st == FC_OK && e != NULL)
        *e = sums;

done:
    if (st != FC_OK)
        out->size = start;
    fc_buf_dispose(&scratch);
    return st;
}

/* Stored rows may lie at any address; the conversions want theirs aligned. */
static void dequantise_words(fc_dtype dtype, const uint8_t *bytes, size_t n, float *out)
{
    void (*const convert)(const uint16_t *, float *, size_t) =
        dtype == FC_F16 ? fc__f16_to_f32 : fc__bf16_to_f32;
    uint16_t piece[1024];

    if ((uintptr_t)bytes % sizeof(piece[0]) == 0) {
        convert((const uint16_t *)(const void *)bytes, out, n);
        return;
    }
    while (n > 0) { /* rows in place in a block may begin anywhere */
        const size_t take =
            n < sizeof(piece) / sizeof(piece[0]) ? n : sizeof(piece) / sizeof(piece[0]);

        memcpy(piece, bytes, take * sizeof(piece[0]));
        convert(piece, out, take);
        bytes += take * sizeof(piece[0]);
        out += take;
        n -= take;
    }
}

void fc__item_dequantise(const fc_item_layout *layout, const uint8_t *bytes, uint64_t n_rows,
                         float *out)
{
    const size_t d = fc__layout_row_elements(layout), row_bytes = fc__layout_row_bytes(layout);

    if (n_rows == 0)
        return;
    if (layout->dtype == FC_F32) {
        memcpy(out, bytes, (size_t)n_rows * row_bytes);
    } else if (layout->dtype == FC_I8) {
        for (uint64_t r = 0; r < n_rows; r++) {
            const uint8_t *row = bytes + r * row_bytes;
            float scale;

            memcpy(&scale, row, SCALE_BYTES);
            fc__i8_to_f32((const int8_t *)row + SCALE_BYTES, scale, out + r * d, d);
        }
    } else {
        dequantise_words(layout->dtype, bytes, (size_t)n_rows * d, out);
    }
}

double fc__quant_relative_rms(const fc_quant_error *e)
{
    return e->sum_squared > 0 ? sqrt(e->sum_squared_error / e->sum_squared) : 0.0;
}
