/*
 * Filters of the resizer and their weights, computed in double and rounded to fixed point in
 * Pillow's order of operations (precompute_coeffs and normalize_coeffs_8bpc of Resample.c).
 */
#include "fc_resize_weights.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"

static double box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double bicubic(double x)
{
    const double a = -0.5;

    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

/* sin(pi x) for |x| <= 3 by its power series around the nearest whole x, to 1e-15: the C library's
 * last bit varies with its version and the processor, and with it a rounded weight could. */
static double sin_pi(double x)
{
    const double whole = floor(x + 0.5);
    const double y = (x - whole) * M_PI; /* at most pi/2 from 0 */
    double sum = 0.0;

    for (int k = 23; k >= 3; k -= 2) /* y^23/23! is below 1e-17 */
        sum = (1.0 + sum) * (-y * y / (double)(k * (k - 1)));
    sum = y * (1.0 + sum);
    return (int)whole % 2 == 0 ? sum : -sum;
}

static double sinc(double x)
{
    return x == 0.0 ? 1.0 : sin_pi(x) / (M_PI * x);
}

static double lanczos(double x)
{
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

typedef struct filter_rule {
    double (*weight)(double x);
    double support;
} filter_rule;

static const filter_rule filters[] = {
    [FC_FILTER_BOX] = {box, 0.5},
    [FC_FILTER_BILINEAR] = {bilinear, 1.0},
    [FC_FILTER_BICUBIC] = {bicubic, 2.0},
    [FC_FILTER_LANCZOS] = {lanczos, 3.0},
};

/* What one pass needs to know to place an output pixel over the canvas. */
typedef struct pass {
    const filter_rule *filter;
    double scale, filter_scale, support;
    uint32_t n_canvas;
    uint32_t max_taps;
    double *exact; /* max_taps, scratch */
} pass;

/* Normalised weights of output pixel i in p->exact; returns how many, the first at *low. */
static uint32_t exact_weights(const pass *p, uint32_t i, uint32_t *low)
{
    const double centre = (i + 0.5) * p->scale;
    const double inverse = 1.0 / p->filter_scale;
    double sum = 0.0;
    int64_t from = (int64_t)(centre - p->support + 0.5);
    int64_t to = (int64_t)(centre + p->support + 0.5);
    uint32_t count;

    from = from < 0 ? 0 : from;
    to = to > (int64_t)p->n_canvas ? (int64_t)p->n_canvas : to;
    count = (uint32_t)(to - from);
    for (uint32_t k = 0; k < count; k++) {
        const double w = p->filter->weight(((double)k + (double)from - centre + 0.5) * inverse);

        p->exact[k] = w;
        sum += w;
    }
    for (uint32_t k = 0; k < count && sum != 0.0; k++)
        p->exact[k] /= sum;
    *low = (uint32_t)from;
    return count;
}

static int32_t to_fixed(double w)
{
    const double scaled = w * (1 << FC_RESIZE_BITS);

    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/* The same weights as pairs of 16-bit numbers, for the vector code. */
static void split_weights(const fc_resize_taps *taps, int16_t *split)
{
    for (uint32_t k = 0; k < taps->count; k++) {
        int16_t *low = split + (size_t)(k / 4) * 8 + k % 4;

        low[0] = (int16_t)(taps->weights[k] & ((1 << FC_RESIZE_LOW_BITS) - 1));
        low[4] = (int16_t)(taps->weights[k] >> FC_RESIZE_LOW_BITS);
    }
}

/* Split the taps of one output pixel into those on the image and the sum of those on the white. */
static void place_taps(const pass *p, uint32_t i, uint32_t start, uint32_t n, int32_t *weights,
                       fc_resize_taps *taps)
{
    uint32_t low;
    const uint32_t count = exact_weights(p, i, &low);

    *taps = (fc_resize_taps){.weights = weights};
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t at = low + k;
        const int32_t w = to_fixed(p->exact[k]);

        if (at < start || at >= start + n) {
            taps->outside += w;
            continue;
        }
        if (taps->count == 0)
            taps->first = at - start;
        weights[taps->count++] = w;
    }
}

fc_status fc__resize_plan(fc_resize_plan *out, fc_resize_filter filter, uint32_t n_canvas,
                          uint32_t n_out, uint32_t start, uint32_t n, fc_error *err)
{
    pass p = {.filter = &filters[filter], .n_canvas = n_canvas};

    p.scale = (double)n_canvas / n_out;
    p.filter_scale = p.scale < 1.0 ? 1.0 : p.scale;
    p.support = p.filter->support * p.filter_scale;
    p.max_taps = (uint32_t)ceil(p.support) * 2 + 1;
    out->n_out = n_out;
    out->taps = fc__alloc_array(n_out, sizeof(*out->taps));
    out->weights = fc__alloc_array((size_t)n_out * p.max_taps, sizeof(*out->weights));
    out->split = fc__alloc_array(n_out, FC_RESIZE_SPLIT(p.max_taps) * sizeof(*out->split));
    p.exact = fc__alloc_array(p.max_taps, sizeof(*p.exact));
    if (out->taps == NULL || out->weights == NULL || out->split == NULL || p.exact == NULL) {
        free(p.exact);
        fc__resize_plan_dispose(out);
        return fc__nomem(err, (size_t)n_out * p.max_taps * sizeof(int32_t), "weights of a resize");
    }
    for (uint32_t i = 0; i < n_out; i++) {
        int16_t *split = out->split + i * FC_RESIZE_SPLIT(p.max_taps);

        place_taps(&p, i, start, n, out->weights + (size_t)i * p.max_taps, &out->taps[i]);
        split_weights(&out->taps[i], split);
        out->taps[i].split = split;
    }
    free(p.exact);
    return FC_OK;
}

void fc__resize_plan_dispose(fc_resize_plan *plan)
{
    if (plan == NULL)
        return;
    free(plan->taps);
    free(plan->weights);
    free(plan->split);
    *plan = (fc_resize_plan)FC_RESIZE_PLAN_INIT;
}

void fc__resize_nearest(uint32_t n_canvas, uint32_t n_out, uint32_t *at)
{
    const double step = (double)n_canvas / n_out;
    double x = step * 0.5;

    for (uint32_t i = 0; i < n_out; i++, x += step) {
        at[i] = (uint32_t)x;
        at[i] = at[i] < n_canvas ? at[i] : n_canvas - 1;
    }
}
