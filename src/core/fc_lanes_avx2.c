/*
 * Eight lanes with AVX2, without its fused multiply-add: that would be other bits.
 */
#include "fc_lanes.h"

#if defined(__x86_64__)

#define LANES_WIDE 8
#include "fc_lanes_body.h"

#define TARGET __attribute__((target("avx2")))

TARGET static float *fft(const fc_fft_plan *p, float *in, float *scratch)
{
    return body_fft(p, in, scratch);
}

TARGET static void power(const float *spectrum, size_t n_bins, float *out)
{
    body_power(spectrum, n_bins, out);
}

TARGET static void roots(const float *x, size_t n, float *out)
{
    body_sqrt(x, n, out);
}

TARGET static void bands(const float *x, const fc_band *list, size_t n_bands, float *out)
{
    body_bands(x, list, n_bands, out);
}

TARGET static void join(const float *const *rows, const float *window, size_t n, float *out)
{
    body_join(rows, window, n, out);
}

TARGET static void split(const float *x, size_t n, float *const *rows)
{
    body_split(x, n, rows);
}

TARGET static void ln_floor(const float *x, size_t n, float least, float *out)
{
    body_ln_floor(x, n, least, out);
}

const fc__lanes_ops *fc__lanes_ops_avx2(void)
{
    static const fc__lanes_ops ops = {.fft = fft,
                                      .power = power,
                                      .sqrt = roots,
                                      .bands = bands,
                                      .join = join,
                                      .split = split,
                                      .ln_floor = ln_floor};

    return __builtin_cpu_supports("avx2") ? &ops : NULL;
}

#else

const fc__lanes_ops *fc__lanes_ops_avx2(void)
{
    return NULL;
}

#endif
