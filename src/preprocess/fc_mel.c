/*
 * Mel filter banks: edges evenly spaced on the scale, a triangle over each three of them, and of
 * every triangle only the bins where it is above zero.
 */
#include "fc_mel.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"

/* Slaney: 15 mel to 1000 Hz, then 27 steps to 6.4 times that. */
#define SLANEY_STEP  (200.0 / 3.0)
#define SLANEY_KNEE  1000.0
#define SLANEY_RATIO 6.4
#define SLANEY_LOGS  27.0

static double mel_of(fc_mel_scale scale, double hz)
{
    if (scale == FC_MEL_SLANEY)
        return hz < SLANEY_KNEE ? hz / SLANEY_STEP
                                : SLANEY_KNEE / SLANEY_STEP +
                                      log(hz / SLANEY_KNEE) / (log(SLANEY_RATIO) / SLANEY_LOGS);
    if (scale == FC_MEL_HTK)
        return 2595.0 * log10(1.0 + hz / 700.0);
    return 1127.0 * log(1.0 + hz / 700.0);
}

static double hz_of(fc_mel_scale scale, double mel)
{
    const double knee = SLANEY_KNEE / SLANEY_STEP;

    if (scale == FC_MEL_SLANEY)
        return mel < knee ? mel * SLANEY_STEP
                          : SLANEY_KNEE * exp(log(SLANEY_RATIO) / SLANEY_LOGS * (mel - knee));
    if (scale == FC_MEL_HTK)
        return 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
    return 700.0 * (exp(mel / 1127.0) - 1.0);
}

static fc_status check(uint32_t rate, const fc_mel_rule *rule, double fmax, fc_error *err)
{
    if (rule->n_mels < 1 || rule->n_mels > FC_MEL_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u mel bands: it has to be 1 to %d", rule->n_mels,
                            FC_MEL_MAX);
    if (!(rule->fmin >= 0 && rule->fmin < fmax && fmax <= rate / 2.0))
        return fc_error_set(err, FC_E_INVALID,
                            "mel bands from %g to %g Hz of sound at %u Hz: they have to rise, to "
                            "half the rate at most",
                            rule->fmin, fmax, rate);
    return FC_OK;
}

/* The height of a triangle at x: both flanks, the lower of them counts. */
static double triangle(const double *edges, double x)
{
    const double up = (x - edges[0]) / (edges[1] - edges[0]);
    const double down = (edges[2] - x) / (edges[2] - edges[1]);
    const double least = up < down ? up : down;

    return least > 0 ? least : 0;
}

/* A band's weights in `row` (n_bins) to its part that is not zero, appended at weights[*used]. */
static void keep_band(fc_mel_bank *b, uint32_t m, const double *row, size_t *used)
{
    uint32_t first = 0, end = b->n_bins;

    while (first < end && row[first] == 0)
        first++;
    while (end > first && row[end - 1] == 0)
        end--;
    b->bands[m] = (fc_band){first < b->n_bins ? first : 0, end - first, b->weights + *used};
    for (uint32_t k = first; k < end; k++)
        b->weights[(*used)++] = (float)row[k];
    b->n_empty += end == first;
}

static void fill(fc_mel_bank *b, uint32_t rate, uint32_t n_fft, const fc_mel_rule *rule,
                 double *edges, double *row)
{
    const double fmax = rule->fmax != 0 ? rule->fmax : rate / 2.0;
    const double low = mel_of(rule->scale, rule->fmin), high = mel_of(rule->scale, fmax);
    const bool over_mel = rule->scale == FC_MEL_KALDI;
    const uint32_t last = over_mel ? b->n_bins - 1 : b->n_bins;
    size_t used = 0;

    for (uint32_t i = 0; i < rule->n_mels + 2; i++) {
        edges[i] = low + (high - low) * i / (rule->n_mels + 1);
        if (!over_mel)
            edges[i] = hz_of(rule->scale, edges[i]);
    }
    for (uint32_t m = 0; m < rule->n_mels; m++) {
        const double area = rule->norm ? 2.0 / (edges[m + 2] - edges[m]) : 1.0;

        for (uint32_t k = 0; k < b->n_bins; k++) {
            const double hz = (double)k * rate / n_fft;
            const double at = over_mel ? mel_of(rule->scale, hz) : hz;

            row[k] = k < last ? area * triangle(edges + m, at) : 0;
        }
        keep_band(b, m, row, &used);
    }
}

fc_status fc__mel_bank(fc_mel_bank *out, uint32_t rate, uint32_t n_fft, const fc_mel_rule *rule,
                       fc_error *err)
{
    const double fmax = rule->fmax != 0 ? rule->fmax : rate / 2.0;
    double *edges = NULL, *row = NULL;
    fc_status st;

    *out = (fc_mel_bank)FC_MEL_BANK_INIT;
    st = check(rate, rule, fmax, err);
    if (st != FC_OK)
        return st;
    out->n_mels = rule->n_mels;
    out->n_bins = n_fft / 2 + 1;
    edges = fc__alloc_array((size_t)rule->n_mels + 2, sizeof(*edges));
    row = fc__alloc_array(out->n_bins, sizeof(*row));
    out->bands = fc__alloc_array(rule->n_mels, sizeof(*out->bands));
    /* A bin lies under two triangles at most. */
    out->weights = fc__alloc_array((size_t)out->n_bins * 2, sizeof(*out->weights));
    if (edges == NULL || row == NULL || out->bands == NULL || out->weights == NULL) {
        fc__mel_bank_dispose(out);
        st = fc__nomem(err, (size_t)out->n_bins * 16, "a mel filter bank");
    } else {
        fill(out, rate, n_fft, rule, edges, row);
    }
    free(row);
    free(edges);
    return st;
}

void fc__mel_bank_dispose(fc_mel_bank *b)
{
    if (b == NULL)
        return;
    free(b->bands);
    free(b->weights);
    *b = (fc_mel_bank)FC_MEL_BANK_INIT;
}
