/*
 * The gap between two sets of unit rows: their means, and classifiers with and without them.
 */
#include "fc_modality_gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_unit_sum.h"
#include "fc_vec.h"

static fc_status unit_copy(float **out, const float *rows, size_t n, size_t dim, const char *set,
                           fc_error *err)
{
    *out = fc__alloc_bare(n * dim, sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, n * dim * sizeof(**out), "unit rows");
    memcpy(*out, rows, n * dim * sizeof(**out));
    for (size_t i = 0; i < n; i++)
        if (fc__vec_normalise(*out + i * dim, dim) != FC_OK)
            return fc_error_set(err, FC_E_INVALID, "row %zu of the %s set is zero: no direction", i,
                                set);
    return FC_OK;
}

/* What the sums of unit rows tell. */
static void measure_means(fc_modality_gap *out, const fc_unit_sum *x, const fc_unit_sum *y)
{
    const double n_x = (double)x->n, n_y = (double)y->n, n = n_x + n_y;
    double gap = 0, between = 0, pooled = 0;

    for (size_t k = 0; k < x->dim; k++) {
        const double a = x->sum[k] / n_x, b = y->sum[k] / n_y;
        const double both = (x->sum[k] + y->sum[k]) / n;

        gap += (a - b) * (a - b);
        between += a * b;
        pooled += both * both;
    }
    out->length = sqrt(gap);
    /* Two random halves: (1 / n_x + 1 / n_y) times the variance of the pooled rows, n (1 - |m|^2) /
     * (n - 1), is the mean of the square. */
    out->null_value = sqrt((1 / n_x + 1 / n_y) * fmax(0, n * (1 - pooled)) / (n - 1));
    out->mean_cosine_x = fc__anisotropy(x);
    out->mean_cosine_y = fc__anisotropy(y);
    out->mean_cosine_xy = between;
}

static fc_status add_up(fc_modality_gap *out, const fc_two_samples *unit, fc_error *err)
{
    fc_unit_sum x = {0}, y = {0};
    fc_status st = fc__unit_sum_init(&x, unit->dim, err);

    if (st == FC_OK)
        st = fc__unit_sum_init(&y, unit->dim, err);
    if (st == FC_OK) {
        fc__unit_sum_add(&x, unit->x, unit->n_x);
        fc__unit_sum_add(&y, unit->y, unit->n_y);
        measure_means(out, &x, &y);
    }
    fc__unit_sum_dispose(&y);
    fc__unit_sum_dispose(&x);
    return st;
}

fc_status fc__modality_gap(fc_modality_gap *out, const fc_two_samples *samples,
                           const fc_test_options *opts, fc_error *err)
{
    fc_two_samples unit = *samples;
    float *x = NULL, *y = NULL;
    fc_status st = fc__two_samples_check(samples, opts, err);

    *out = (fc_modality_gap){0};
    if (st == FC_OK)
        st = unit_copy(&x, samples->x, samples->n_x, samples->dim, "first", err);
    if (st == FC_OK)
        st = unit_copy(&y, samples->y, samples->n_y, samples->dim, "second", err);
    unit.x = x;
    unit.y = y;
    if (st == FC_OK)
        st = add_up(out, &unit, err);
    if (st == FC_OK)
        st = fc__domain_auc(&out->separability, &unit, opts, err);
    if (st == FC_OK)
        st = fc__domain_neighbours(&out->residual, &unit, true, opts, err);
    free(y);
    free(x);
    return st;
}
