/*
 * What can be said of each pair of rows alone, and a summary of many such values.
 */
#ifndef FC_PAIR_VALUES_H
#define FC_PAIR_VALUES_H

#include "fc_pair_source.h"

/* out[i] = cosine of x_i and y_i (in [-1, 1]); NAN where either is zero or not finite. Both sides
 * have `dim` elements. Sums are in double. */
void fc__pair_cosines(const fc_pair_batch *batch, size_t dim, float *out);
/* out[i] = |y_i| / |x_i|; NAN where x is zero or either is not finite. */
void fc__pair_norm_ratios(const fc_pair_batch *batch, size_t dim_x, size_t dim_y, float *out);

typedef struct fc_summary {
    size_t n;           /* finite values, which all that follows is of */
    size_t n_undefined; /* the rest */
    double mean, sd;    /* sd: of the sample, squares / (n - 1); 0 for n of 1 */
    double min, p1, p5, median, p95, p99, max; /* exact; between two values by a line (type 7) */
} fc_summary;

/* Summarise n values, which come out sorted, what is not finite behind the rest. All fields but
 * n_undefined are NAN or 0 when nothing is finite. */
void fc__summarise(fc_summary *out, float *values, size_t n);
/* Quantile q of n > 0 ascending finite values (Hyndman and Fan's type 7, as NumPy). */
double fc__quantile_f32(const float *sorted, size_t n, double q);

#endif /* FC_PAIR_VALUES_H */
