/*
 * Rows out of a model's tensors.
 */
#include "fc_model_gather.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

void fc__model_rows_dispose(fc_model_rows *r)
{
    fc_buf_dispose(&r->values);
    fc_buf_dispose(&r->sums);
    fc_buf_dispose(&r->row_counts);
}

/* Axes of one slice as rows: how many, of how many values, in rows of cells of what height. */
static bool slice_shape(const fc_model_output *o, const fc_tensor *t, uint64_t *n, uint64_t *width,
                        uint64_t *height)
{
    static const uint32_t ranks[] = {2, 3, 4, 4};

    if (t->rank != ranks[o->layout])
        return false;
    *height = 0;
    switch (o->layout) {
    case FC_LAYOUT_VECTOR:
        *n = 1;
        *width = t->shape[1];
        break;
    case FC_LAYOUT_ROWS:
        *n = t->shape[1];
        *width = t->shape[2];
        break;
    case FC_LAYOUT_CHW:
        *n = t->shape[2] * t->shape[3];
        *width = t->shape[1];
        *height = t->shape[2];
        break;
    case FC_LAYOUT_HWC:
        *n = t->shape[1] * t->shape[2];
        *width = t->shape[3];
        *height = t->shape[1];
        break;
    }
    return true;
}

/* Planes to pixels. */
static void transpose(const float *from, uint64_t channels, uint64_t n, float *to)
{
    for (uint64_t c = 0; c < channels; c++)
        for (uint64_t i = 0; i < n; i++)
            to[i * channels + c] = from[c * n + i];
}

/* To unit length, in double; zeros stay. */
static void to_unit(float *x, uint64_t n)
{
    const double sum = fc__dot_ordered(x, x, n);

    if (sum == 0)
        return;
    for (uint64_t c = 0; c < n; c++)
        x[c] = (float)((double)x[c] / sqrt(sum));
}

/* Rows of a slice, the first of which is number `at`, into what those before were pooled to: sums
 * in double, in the order of the rows. */
static fc_status pool_rows(fc_model_rows *r, const fc_model_output *o, float *x, uint64_t n,
                           uint64_t at, fc_error *err)
{
    const size_t bytes = (size_t)r->width * sizeof(double);
    double *sums;
    fc_status st = FC_OK;

    if (r->sums.size == 0)
        st = fc_buf_reserve(&r->sums, bytes, err);
    if (st != FC_OK)
        return st;
    sums = (double *)(void *)r->sums.data;
    r->sums.size = bytes;
    for (uint64_t i = 0; i < n; i++, x += r->width) {
        const bool first = at + i == o->skip;

        if (at + i < o->skip || (o->pool == FC_POOL_FIRST && !first))
            continue;
        if (o->unit == FC_UNIT_ROWS)
            to_unit(x, r->width);
        for (uint64_t c = 0; c < r->width; c++) {
            const double v = (double)x[c];

            if (first || o->pool == FC_POOL_LAST)
                sums[c] = v;
            else if (o->pool == FC_POOL_MEAN)
                sums[c] += v;
            else if (v > sums[c] || isnan(v))
                sums[c] = v; /* NaN stays, to be found */
        }
    }
    return FC_OK;
}

fc_status fc__model_rows_add(fc_model_rows *r, const fc_model_output *o, const fc_tensor *t,
                             uint64_t i, uint64_t keep, fc_error *err)
{
    const bool pooled = o->pool != FC_POOL_NONE;
    uint64_t n = 0, width = 0, height = 0;
    const float *from;
    float *to;
    fc_status st;

    if (!slice_shape(o, t, &n, &width, &height))
        return fc_error_set(err, FC_E_FORMAT,
                            "tensor '%.80s' has %u axes with the batch's, which layout %s is not",
                            o->tensor, (unsigned)t->rank, fc__model_layouts[o->layout]);
    if (i >= t->shape[0] || (r->n_rows > 0 && (r->width != width || r->height != height)))
        return fc_error_set(err, FC_E_FORMAT,
                            "tensor '%.80s' has %llu slices of %llu values; more were fed, or "
                            "those before had %llu values",
                            o->tensor, (unsigned long long)t->shape[0], (unsigned long long)width,
                            (unsigned long long)r->width);
    from = (const float *)t->data + i * n * width;
    r->slice_rows = n;
    keep = o->layout == FC_LAYOUT_ROWS && !o->all_rows && keep < n ? keep : n;
    st = fc_buf_reserve(&r->values, (size_t)(keep * width) * sizeof(float), err);
    if (st != FC_OK)
        return st;
    to = (float *)(void *)r->values.data + (pooled ? 0 : r->n_rows * r->width);
    if (o->layout == FC_LAYOUT_CHW)
        transpose(from, width, n, to);
    else if (keep * width > 0)
        memcpy(to, from, (size_t)(keep * width) * sizeof(float));
    r->width = width;
    r->height = height;
    if (pooled)
        st = pool_rows(r, o, to, keep, r->n_rows, err);
    else
        r->values.size += (size_t)(keep * width) * sizeof(float);
    if (st != FC_OK)
        return st;
    r->n_rows += keep;
    return fc_buf_append(&r->row_counts, &keep, sizeof(keep), err);
}

/* n rows have been pooled. */
static fc_status finish_pool(const fc_model_rows *r, const fc_model_output *o, uint64_t n,
                             fc_tensor *out, fc_error *err)
{
    const double *sums = (const double *)(const void *)r->sums.data;
    const fc_status st = fc_tensor_alloc(out, FC_F32, 1, &r->width, err);

    if (st != FC_OK)
        return st;
    for (uint64_t c = 0; c < r->width; c++)
        ((float *)out->data)[c] = (float)(o->pool == FC_POOL_MEAN ? sums[c] / (double)n : sums[c]);
    if (o->unit == FC_UNIT_VECTOR)
        to_unit(out->data, r->width);
    return FC_OK;
}

fc_status fc__model_rows_finish(fc_model_rows *r, const fc_model_output *o,
                                const fc_output_spec *spec, fc_tensor *out, fc_error *err)
{
    const uint64_t skip = o->skip < r->n_rows ? o->skip : r->n_rows, n = r->n_rows - skip;
    float *x = (float *)(void *)r->values.data;
    uint64_t shape[FC_MAX_RANK] = {0};
    uint32_t rank = 2;
    fc_status st;

    if (n == 0 || r->width == 0)
        return fc_error_set(err, FC_E_FORMAT,
                            "output '%s': no rows are left: tensor '%.80s' has %llu, and %u are "
                            "left out",
                            spec->name, o->tensor, (unsigned long long)r->n_rows,
                            (unsigned)o->skip);
    if (o->pool != FC_POOL_NONE)
        return finish_pool(r, o, n, out, err);
    x += skip * r->width;
    for (uint64_t i = 0; i < n && o->unit == FC_UNIT_ROWS; i++)
        to_unit(x + i * r->width, r->width);
    shape[0] = n;
    shape[1] = r->width;
    if (r->height > 0 && skip == 0 && n == r->slice_rows) {
        shape[0] = r->height;
        shape[1] = n / r->height;
        shape[2] = r->width;
        rank = 3;
    } else if (o->layout == FC_LAYOUT_VECTOR && spec->rank == 1 && n == 1) {
        shape[0] = r->width;
        rank = 1;
    }
    st = fc_tensor_alloc(out, FC_F32, rank, shape, err);
    if (st == FC_OK)
        memcpy(out->data, x, (size_t)(n * r->width) * sizeof(float));
    if (st == FC_OK && o->unit == FC_UNIT_VECTOR)
        to_unit(out->data, fc_tensor_count(out));
    return st;
}

static int64_t to_ns(double samples, uint32_t rate)
{
    return (int64_t)nearbyint(samples * 1e9 / (double)rate);
}

/* Rows of more than one window: each by itself, for windows may overlap or leave gaps. */
static fc_status explicit_times(const fc_model_rows *r, const fc_model_output *o,
                                const fc_model_sound *s, fc_time_axis *out, fc_error *err)
{
    const uint64_t *counts = (const uint64_t *)(const void *)r->row_counts.data;
    const int64_t start = to_ns(s->start_s * s->rate, s->rate);
    const size_t n_slices = r->row_counts.size / sizeof(*counts);
    int64_t *at = fc__alloc_array((size_t)(r->n_rows - o->skip), 2 * sizeof(*at));
    uint64_t row = 0;

    if (at == NULL)
        return fc__nomem(err, (size_t)r->n_rows * 2 * sizeof(*at), "times");
    out->kind = FC_TIME_EXPLICIT;
    out->intervals = at;
    for (size_t i = 0; i < n_slices; i++)
        for (uint64_t k = 0; k < counts[i]; k++, row++) {
            const double first = (double)(i * s->hop + k * s->row_hop);

            if (row < o->skip)
                continue;
            *at++ = start + to_ns(first, s->rate);
            *at++ = start + to_ns(first + (double)s->row_length, s->rate);
        }
    return FC_OK;
}

fc_status fc__model_rows_times(const fc_model_rows *r, const fc_model_output *o,
                               const fc_model_sound *s, fc_time_axis *out, fc_error *err)
{
    const bool slices = o->layout == FC_LAYOUT_VECTOR && s->window > 0;
    const uint64_t hop = slices ? s->hop : s->row_hop;
    const uint64_t length = slices ? s->window : s->row_length;

    if (o->pool != FC_POOL_NONE || hop == 0 || r->n_rows <= o->skip ||
        (!slices && o->layout != FC_LAYOUT_ROWS))
        return FC_OK;
    if (!slices && s->n_slices > 1 && r->slice_rows * s->row_hop != s->hop)
        return explicit_times(r, o, s, out, err);
    *out =
        (fc_time_axis){.kind = FC_TIME_REGULAR,
                       .start_ns = to_ns(s->start_s * s->rate + (double)(o->skip * hop), s->rate),
                       .hop_ns = to_ns((double)hop, s->rate),
                       .length_ns = to_ns((double)length, s->rate)};
    return FC_OK;
}
