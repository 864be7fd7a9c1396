/*
 * From sums of products to means, deviations and covariances, over all folds but one.
 *
 * A row holds, for each input, its features x and a column e that says whether they are there, and
 * zeros where not. With m the mean of x where it is there, the standardised feature is
 * (x - e m) scale, which is 0 where the input is missing; the products of those follow from sums of
 * x x', e x' and e e'.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fit_sums.h"

/* A variance below this part of the mean square is rounding: the feature is constant. */
#define CONSTANT 1e-12

void fc__fit_standard_dispose(fc_fit_standard *s)
{
    free(s->mean);
    free(s->scale);
    *s = (fc_fit_standard){0};
}

static void add(double *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += x[i];
}

/* One entry of the sum over folds of upper triangles. */
static double total(const fc_fit_sums *s, size_t branch, uint32_t without, size_t i, size_t j)
{
    const size_t width = s->layout[branch].width, at = i < j ? i * width + j : j * width + i;
    double sum = 0;

    for (uint32_t f = 0; f < s->folds; f++)
        sum += f != without ? s->within[branch][f][at] : 0;
    return sum;
}

fc_status fc__fit_standard(fc_fit_standard *out, const fc_fit_sums *s, size_t branch,
                           uint32_t without, fc_error *err)
{
    const fc_fit_layout *l = &s->layout[branch];

    *out = (fc_fit_standard){.mean = fc__alloc_array(l->width, sizeof(double)),
                             .scale = fc__alloc_array(l->width, sizeof(double))};
    if (out->mean == NULL || out->scale == NULL) {
        fc__fit_standard_dispose(out);
        return fc__nomem(err, l->width * sizeof(double), "means");
    }
    out->weight = total(s, branch, without, l->width - 1, l->width - 1);
    for (size_t i = 0; i < l->n_inputs; i++) {
        const size_t there = l->at[i] + l->pooled[i];
        const double n = total(s, branch, without, there, there);

        for (size_t k = l->at[i]; k < there && n > 0; k++) {
            const double square = total(s, branch, without, k, k) / n;
            double variance;

            out->mean[k] = total(s, branch, without, k, there) / n;
            variance = square - out->mean[k] * out->mean[k];
            out->scale[k] = variance > CONSTANT * square ? 1 / sqrt(variance) : 0;
        }
    }
    return FC_OK;
}

/* The columns of features, and for each the column that says whether it is there. */
static size_t *feature_columns(const fc_fit_layout *l)
{
    size_t *columns = fc__alloc_array(l->dim, 2 * sizeof(*columns));
    size_t n = 0;

    for (size_t i = 0; columns != NULL && i < l->n_inputs; i++)
        for (size_t k = 0; k < l->pooled[i]; k++) {
            columns[2 * n] = l->at[i] + k;
            columns[2 * n++ + 1] = l->at[i] + l->pooled[i];
        }
    return columns;
}

/* Of sums of one branch, by fold. */
static fc_status covariance(double *out, const fc_fit_sums *s, double *const *sums, size_t branch,
                            uint32_t without, const fc_fit_standard *standard, fc_error *err)
{
    const fc_fit_layout *l = &s->layout[branch];
    const size_t width = l->width;
    double *sum = fc__alloc_array(width, width * sizeof(*sum));
    size_t *columns = feature_columns(l);
    fc_status st = FC_OK;

    if (sum == NULL || columns == NULL) {
        st = fc__nomem(err, width * width * sizeof(*sum), "a covariance");
        goto done;
    }
    for (uint32_t f = 0; f < s->folds; f++)
        if (f != without)
            add(sum, sums[f], width * width);
    for (size_t i = 0; i < l->dim; i++)
        for (size_t j = i; j < l->dim; j++) {
            const size_t x = columns[2 * i], e = columns[2 * i + 1];
            const size_t y = columns[2 * j], f = columns[2 * j + 1];
            const double m = standard->mean[x], n = standard->mean[y];
            /* Columns ascend, so all but (e, y) of one input lie in the upper triangle. */
            const double ey = e < y ? sum[e * width + y] : sum[y * width + e];
            const double v =
                sum[x * width + y] - m * ey - n * sum[x * width + f] + m * n * sum[e * width + f];

            out[i * l->dim + j] = out[j * l->dim + i] =
                v * standard->scale[x] * standard->scale[y] / standard->weight;
        }

done:
    free(columns);
    free(sum);
    return st;
}

fc_status fc__fit_within(double *out, const fc_fit_sums *s, size_t branch, uint32_t without,
                         const fc_fit_standard *standard, fc_error *err)
{
    return covariance(out, s, s->within[branch], branch, without, standard, err);
}

fc_status fc__fit_shared(double *out, const fc_fit_sums *s, size_t branch, uint32_t without,
                         const fc_fit_standard *standard, double *mean_weight, fc_error *err)
{
    const size_t width = s->layout[branch].width;
    double sum = 0;

    for (uint32_t f = 0; f < s->folds; f++)
        sum += f != without ? s->shared[branch][f][width * width - 1] : 0;
    *mean_weight = standard->weight > 0 ? sum / standard->weight : 0;
    return covariance(out, s, s->shared[branch], branch, without, standard, err);
}

fc_status fc__fit_cross(double *out, const fc_fit_sums *s, size_t a, size_t b, uint32_t without,
                        const fc_fit_standard *standard_a, const fc_fit_standard *standard_b,
                        double weight, fc_error *err)
{
    const fc_fit_layout *la = &s->layout[a], *lb = &s->layout[b];
    const size_t width = lb->width;
    double *sum = fc__alloc_array(la->width, width * sizeof(*sum));
    size_t *columns_a = feature_columns(la), *columns_b = feature_columns(lb);
    fc_status st = FC_OK;

    if (sum == NULL || columns_a == NULL || columns_b == NULL) {
        st = fc__nomem(err, la->width * width * sizeof(*sum), "a covariance");
        goto done;
    }
    for (uint32_t f = 0; f < s->folds; f++)
        if (f != without)
            add(sum, s->cross[a][b][f], la->width * width);
    for (size_t i = 0; i < la->dim; i++)
        for (size_t j = 0; j < lb->dim; j++) {
            const size_t x = columns_a[2 * i], e = columns_a[2 * i + 1];
            const size_t y = columns_b[2 * j], f = columns_b[2 * j + 1];
            const double m = standard_a->mean[x], n = standard_b->mean[y];
            const double v = sum[x * width + y] - m * sum[e * width + y] - n * sum[x * width + f] +
                             m * n * sum[e * width + f];

            out[i * lb->dim + j] = v * standard_a->scale[x] * standard_b->scale[y] / weight;
        }

done:
    free(columns_b);
    free(columns_a);
    free(sum);
    return st;
}

static void standardise_row(const fc_fit_layout *l, const fc_fit_standard *standard,
                            const float *row, float *out)
{
    for (size_t i = 0; i < l->n_inputs; i++) {
        const double there = (double)row[l->at[i] + l->pooled[i]];

        for (size_t k = l->at[i]; k < l->at[i] + l->pooled[i]; k++)
            *out++ = (float)(((double)row[k] - there * standard->mean[k]) * standard->scale[k]);
    }
}

size_t fc__fit_sample_pairs(const fc_fit_sums *s, uint32_t fold, size_t a, size_t b,
                            const fc_fit_standard *standard_a, const fc_fit_standard *standard_b,
                            float *out_a, float *out_b)
{
    const fc_fit_layout *la = &s->layout[a], *lb = &s->layout[b];
    size_t n = 0;

    for (size_t i = 0; i < s->sample.n; i++) {
        if (s->sample.fold[i] != fold || !s->sample.there[a][i] || !s->sample.there[b][i])
            continue;
        if (out_a != NULL)
            standardise_row(la, standard_a, s->sample.rows[a] + i * la->width, out_a + n * la->dim);
        if (out_b != NULL)
            standardise_row(lb, standard_b, s->sample.rows[b] + i * lb->width, out_b + n * lb->dim);
        n++;
    }
    return n;
}

size_t fc__fit_sample_rows(const fc_fit_sums *s, uint32_t fold, size_t branch,
                           const fc_fit_standard *standard, float *out, bool *there)
{
    const fc_fit_layout *l = &s->layout[branch];
    size_t n = 0;

    for (size_t i = 0; i < s->sample.n; i++) {
        if (s->sample.fold[i] != fold)
            continue;
        there[n] = s->sample.there[branch][i];
        if (there[n])
            standardise_row(l, standard, s->sample.rows[branch] + i * l->width, out + n * l->dim);
        else
            memset(out + n * l->dim, 0, l->dim * sizeof(*out));
        n++;
    }
    return n;
}
