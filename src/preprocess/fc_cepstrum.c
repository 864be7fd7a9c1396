/*
 * Decibels and the cosine transform of mel energies.
 */
#include "fc_cepstrum.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_lanes.h"

#define PI 3.14159265358979323846

float fc__largest(const float *x, size_t n)
{
    float most = 0;

    for (size_t i = 0; i < n; i++)
        most = i == 0 || x[i] > most ? x[i] : most;
    return most;
}

void fc__power_to_db(float *x, size_t n, float ref, float amin, float top_db)
{
    float zero, least;

    fc__ln_floor(&ref, 1, amin, &zero);
    fc__ln_floor(x, n, amin, x);
    for (size_t i = 0; i < n; i++)
        x[i] = FC_DB_OF_LN * x[i] - FC_DB_OF_LN * zero;
    if (top_db < 0)
        return;
    least = fc__largest(x, n) - top_db;
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] > least ? x[i] : least;
}

struct fc_dct {
    uint32_t n_in, n_out;
    fc_band *rows;  /* n_out, each over all of n_in */
    float *weights; /* n_out x n_in */
};

fc_status fc__dct_create(fc_dct **out, uint32_t n_in, uint32_t n_out, double lifter, fc_error *err)
{
    fc_dct *d;

    *out = NULL;
    if (n_out < 1 || n_out > n_in || n_in > FC_DCT_MAX || !(lifter >= 0))
        return fc_error_set(err, FC_E_INVALID,
                            "%u cepstral coefficients of %u bands with lifter %g: 1 to as many as "
                            "bands, %d at most, and no lifter below 0",
                            n_out, n_in, lifter, FC_DCT_MAX);
    d = fc__alloc_array(1, sizeof(*d));
    if (d == NULL)
        return fc__nomem(err, sizeof(*d), "a cosine transform");
    d->n_in = n_in;
    d->n_out = n_out;
    d->rows = fc__alloc_array(n_out, sizeof(*d->rows));
    d->weights = fc__alloc_array((size_t)n_out * n_in, sizeof(*d->weights));
    if (d->rows == NULL || d->weights == NULL) {
        fc__dct_destroy(d);
        return fc__nomem(err, (size_t)n_out * n_in * sizeof(float), "a cosine transform");
    }
    for (uint32_t k = 0; k < n_out; k++) {
        const double lift = lifter > 0 ? 1 + lifter / 2 * sin(PI * (k + 1) / lifter) : 1;
        const double scale = lift * sqrt((k == 0 ? 1.0 : 2.0) / n_in);

        d->rows[k] = (fc_band){0, n_in, d->weights + (size_t)k * n_in};
        for (uint32_t i = 0; i < n_in; i++)
            d->weights[(size_t)k * n_in + i] =
                (float)(scale * cos(PI * k * (2.0 * i + 1) / (2.0 * n_in)));
    }
    *out = d;
    return FC_OK;
}

void fc__dct_destroy(fc_dct *d)
{
    if (d == NULL)
        return;
    free(d->rows);
    free(d->weights);
    free(d);
}

void fc__dct_rows(const fc_dct *d, const float *in, size_t n, float *out)
{
    float side[FC_DCT_MAX * FC_LANES], made[FC_DCT_MAX * FC_LANES];

    for (size_t at = 0; at < n; at += FC_LANES) {
        const size_t k = n - at < FC_LANES ? n - at : FC_LANES;

        for (size_t i = 0; i < d->n_in; i++)
            for (size_t l = 0; l < FC_LANES; l++)
                side[i * FC_LANES + l] = l < k ? in[(at + l) * d->n_in + i] : 0;
        fc__lanes_bands(side, d->rows, d->n_out, made);
        for (size_t l = 0; l < k; l++)
            for (size_t i = 0; i < d->n_out; i++)
                out[(at + l) * d->n_out + i] = made[i * FC_LANES + l];
    }
}
