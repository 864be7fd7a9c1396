/*
 * Eight lanes on the instruction set that is in use: AVX2 wherever the CPU has it and nobody asked
 * for plain C. (AVX-512 would need sixteen signals to be any faster.)
 */
#include "fc_lanes.h"

#include "fc_dispatch.h"

static const fc__lanes_ops *ops_now(void)
{
    const fc__lanes_ops *wide =
        fc__vec_ops_now() != fc__vec_ops_plain() ? fc__lanes_ops_avx2() : NULL;

    return wide != NULL ? wide : fc__lanes_ops_plain();
}

float *fc__lanes_fft(const fc_fft_plan *p, float *in, float *scratch)
{
    return ops_now()->fft(p, in, scratch);
}

void fc__lanes_power(const float *spectrum, size_t n_bins, float *out)
{
    ops_now()->power(spectrum, n_bins, out);
}

void fc__lanes_sqrt(const float *x, size_t n, float *out)
{
    ops_now()->sqrt(x, n, out);
}

void fc__lanes_bands(const float *x, const fc_band *bands, size_t n_bands, float *out)
{
    ops_now()->bands(x, bands, n_bands, out);
}

void fc__lanes_join(const float *const *rows, const float *window, size_t n, float *out)
{
    ops_now()->join(rows, window, n, out);
}

void fc__lanes_split(const float *x, size_t n, float *const *rows)
{
    ops_now()->split(x, n, rows);
}

void fc__ln_floor(const float *x, size_t n, float floor, float *out)
{
    ops_now()->ln_floor(x, n, floor, out);
}
