/*
 * What is made of mel energies: decibels, cepstral coefficients and their slopes over time.
 *
 * Sources: librosa.power_to_db, librosa.feature.mfcc, librosa.feature.delta (scipy's Savitzky-Golay
 * filter).
 *
 * Threads: plans are constant once made; the rest is stateless.
 */
#ifndef FC_CEPSTRUM_H
#define FC_CEPSTRUM_H

#include <featcache/types.h>

/* The largest of n, 0 for none: the `ref` of decibels below the loudest. */
float fc__largest(const float *x, size_t n);

/* x[i] = 10 log10(max(amin, x[i]) / max(amin, ref)), then nothing more than top_db below the
 * largest; top_db below 0: no such floor. amin is FLT_MIN at least. For magnitudes square them
 * first. */
void fc__power_to_db(float *x, size_t n, float ref, float amin, float top_db);

/* The cosine transform (DCT-II, orthonormal) of rows, with librosa's lifter. */
typedef struct fc_dct fc_dct;

#define FC_DB_OF_LN 4.34294481903251827651f /* 10 / ln(10): decibels of a natural logarithm */
#define FC_DCT_MAX  1024

/* 1 <= n_out <= n_in <= FC_DCT_MAX, else FC_E_INVALID. lifter L > 0: coefficient k times
 * 1 + L / 2 sin(pi (k + 1) / L). */
fc_status fc__dct_create(fc_dct **out, uint32_t n_in, uint32_t n_out, double lifter, fc_error *err);
void fc__dct_destroy(fc_dct *d);
/* in: n x n_in, out: n x n_out, not the same memory. */
void fc__dct_rows(const fc_dct *d, const float *in, size_t n, float *out);

typedef enum fc_delta_edge {
    FC_DELTA_INTERP, /* the slope of the first (last) nine rows; needs nine rows */
    FC_DELTA_NEAREST /* the first (last) row goes on for ever; any number of rows */
} fc_delta_edge;

#define FC_DELTA_WIDTH 9

/* The slope (order 1) or the curvature (order 2) over nine rows of each column. in: n x dim with
 * `stride` floats from row to row, out the same with its own. FC_E_INVALID: another order, or too
 * few rows for FC_DELTA_INTERP. */
fc_status fc__delta(const float *in, size_t stride, size_t n, size_t dim, int order,
                    fc_delta_edge edge, float *out, size_t out_stride, fc_error *err);

#endif /* FC_CEPSTRUM_H */
