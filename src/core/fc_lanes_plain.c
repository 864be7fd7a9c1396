/*
 * Eight lanes in plain C: what the baseline of the machine makes of the compiler's vectors.
 */
#define LANES_WIDE 4
#include "fc_lanes_body.h"

static float *fft(const fc_fft_plan *p, float *in, float *scratch)
{
    return body_fft(p, in, scratch);
}

static void power(const float *spectrum, size_t n_bins, float *out)
{
    body_power(spectrum, n_bins, out);
}

static void roots(const float *x, size_t n, float *out)
{
    body_sqrt(x, n, out);
}

static void bands(const float *x, const fc_band *list, size_t n_bands, float *out)
{
    body_bands(x, list, n_bands, out);
}

static void join(const float *const *rows, const float *window, size_t n, float *out)
{
    body_join(rows, window, n, out);
}

static void split(const float *x, size_t n, float *const *rows)
{
    body_split(x, n, rows);
}

static void ln_floor(const float *x, size_t n, float least, float *out)
{
    body_ln_floor(x, n, least, out);
}

const fc__lanes_ops *fc__lanes_ops_plain(void)
{
    static const fc__lanes_ops ops = {.fft = fft,
                                      .power = power,
                                      .sqrt = roots,
                                      .bands = bands,
                                      .join = join,
                                      .split = split,
                                      .ln_floor = ln_floor};

    return &ops;
}
