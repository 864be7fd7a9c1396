/*
 * Cosine and ratio of norms of each pair, and exact quantiles of many values.
 */
#include "fc_pair_values.h"

#include <math.h>
#include <stdlib.h>

#include "fc_sort.h"
#include "fc_vec.h"

void fc__pair_cosines(const fc_pair_batch *batch, size_t dim, float *out)
{
    for (size_t i = 0; i < batch->n; i++) {
        const float *x = batch->x + i * dim, *y = batch->y + i * dim;
        const double xx = fc__dot_ordered(x, x, dim), yy = fc__dot_ordered(y, y, dim);
        const double cosine = fc__dot_ordered(x, y, dim) / (sqrt(xx) * sqrt(yy));

        out[i] = xx > 0 && yy > 0 && isfinite(cosine) ? (float)fmax(-1, fmin(1, cosine)) : NAN;
    }
}

void fc__pair_norm_ratios(const fc_pair_batch *batch, size_t dim_x, size_t dim_y, float *out)
{
    for (size_t i = 0; i < batch->n; i++) {
        const float *x = batch->x + i * dim_x, *y = batch->y + i * dim_y;
        const double xx = fc__dot_ordered(x, x, dim_x);
        const double ratio = sqrt(fc__dot_ordered(y, y, dim_y)) / sqrt(xx);

        out[i] = xx > 0 && isfinite(xx) && isfinite(ratio) ? (float)ratio : NAN;
    }
}

double fc__quantile_f32(const float *sorted, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t low = (size_t)at;
    const double value = (double)sorted[low];

    return low + 1 < n ? value + (at - (double)low) * ((double)sorted[low + 1] - value) : value;
}

void fc__summarise(fc_summary *out, float *values, size_t n)
{
    size_t finite = 0;
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        if (isfinite(values[i])) {
            const float value = values[i];

            values[i] = values[finite];
            values[finite++] = value;
        }
    *out = (fc_summary){.n = finite,
                        .n_undefined = n - finite,
                        .mean = NAN,
                        .sd = NAN,
                        .min = NAN,
                        .p1 = NAN,
                        .p5 = NAN,
                        .median = NAN,
                        .p95 = NAN,
                        .p99 = NAN,
                        .max = NAN};
    if (finite == 0)
        return;
    qsort(values, finite, sizeof(*values), fc__by_f32);
    out->mean = 0;
    for (size_t i = 0; i < finite; i++)
        out->mean += (double)values[i] / (double)finite;
    for (size_t i = 0; i < finite; i++)
        squares += ((double)values[i] - out->mean) * ((double)values[i] - out->mean);
    out->sd = finite > 1 ? sqrt(squares / ((double)finite - 1)) : 0;
    out->min = (double)values[0];
    out->p1 = fc__quantile_f32(values, finite, 0.01);
    out->p5 = fc__quantile_f32(values, finite, 0.05);
    out->median = fc__quantile_f32(values, finite, 0.5);
    out->p95 = fc__quantile_f32(values, finite, 0.95);
    out->p99 = fc__quantile_f32(values, finite, 0.99);
    out->max = (double)values[finite - 1];
}
