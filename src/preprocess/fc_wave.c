/*
 * Waveforms of mean 0 and variance 1.
 */
#include "fc_wave.h"

#include <math.h>

void fc__wave_add(fc_wave_sums *s, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s->sum += (double)x[i];
        s->squares += (double)x[i] * (double)x[i];
    }
    s->n += (double)n;
}

void fc__wave_normalise(const fc_wave_sums *s, float *x, size_t n)
{
    const double mean = s->n > 0 ? s->sum / s->n : 0;
    const double variance = s->n > 0 ? s->squares / s->n - mean * mean : 0;
    const double scale = 1 / sqrt((variance > 0 ? variance : 0) + 1e-7);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)(((double)x[i] - mean) * scale);
}
