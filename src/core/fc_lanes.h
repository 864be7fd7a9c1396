/*
 * Eight signals at once, one a SIMD lane: the Fourier transform, sums over bands and matrix
 * products behind spectrograms. Element t of signal i stands at [t * FC_LANES + i].
 *
 * A lane never sees another one and every sum runs in one order without fused multiply-add, so the
 * results are the same bits for every instruction set and whatever the other lanes hold.
 *
 * Threads: a plan is constant once it is made; scratch memory is the caller's.
 */
#ifndef FC_LANES_H
#define FC_LANES_H

#include <featcache/types.h>

#define FC_LANES 8

/* Of real signals of n samples. */
typedef struct fc_fft_plan fc_fft_plan;

#define FC_FFT_MAX 65536

/* n: even, 2 to FC_FFT_MAX; products of 2, 3 and 5 are fast. FC_E_INVALID for another n. */
fc_status fc__fft_plan_create(fc_fft_plan **out, uint32_t n, fc_error *err);
void fc__fft_plan_destroy(fc_fft_plan *p);
/* Floats of each of the two buffers that fc__lanes_fft takes. */
size_t fc__fft_room(const fc_fft_plan *p);

/* in: n x FC_LANES. Both buffers are overwritten; the one that is returned holds (n / 2 + 1) x 2 x
 * FC_LANES, real and imaginary part of each bin, unnormalised (as numpy.fft.rfft). Two are all:
 * more would not fit into the first cache. */
float *fc__lanes_fft(const fc_fft_plan *p, float *in, float *scratch);
/* re^2 + im^2 of n_bins bins; `out` may be `spectrum`. */
void fc__lanes_power(const float *spectrum, size_t n_bins, float *out);
/* out[i] = sqrt(x[i]), n floats. */
void fc__lanes_sqrt(const float *x, size_t n, float *out);

/* A weighted sum over neighbouring rows: w[0] x[first] + w[1] x[first + 1] + ... */
typedef struct fc_band {
    uint32_t first, n;
    const float *weights; /* n; borrowed */
} fc_band;

/* out[b] for n_bands bands; a band of no rows is 0. */
void fc__lanes_bands(const float *x, const fc_band *bands, size_t n_bands, float *out);

/* n values of each of FC_LANES rows, times those of `window`, side by side: out[t * FC_LANES + i] =
 * rows[i][t] * window[t]. */
void fc__lanes_join(const float *const *rows, const float *window, size_t n, float *out);
/* The way back, without a window: rows[i][t] = x[t * FC_LANES + i] for t < n. */
void fc__lanes_split(const float *x, size_t n, float *const *rows);

/* out[i] = ln(max(x[i], floor)), n floats of any meaning; floor at least FLT_MIN, x finite. Within
 * 2 ulp or 1e-7, whichever is larger. */
void fc__ln_floor(const float *x, size_t n, float floor, float *out);

/* The same on an instruction set of choice: what tests compare. */
typedef struct fc__lanes_ops {
    float *(*fft)(const fc_fft_plan *p, float *in, float *scratch);
    void (*power)(const float *spectrum, size_t n_bins, float *out);
    void (*sqrt)(const float *x, size_t n, float *out);
    void (*bands)(const float *x, const fc_band *bands, size_t n_bands, float *out);
    void (*join)(const float *const *rows, const float *window, size_t n, float *out);
    void (*split)(const float *x, size_t n, float *const *rows);
    void (*ln_floor)(const float *x, size_t n, float floor, float *out);
} fc__lanes_ops;

const fc__lanes_ops *fc__lanes_ops_plain(void);
const fc__lanes_ops *fc__lanes_ops_avx2(void); /* NULL where the CPU has none */

#endif /* FC_LANES_H */
