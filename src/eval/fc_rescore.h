/*
 * Cosines made fair: corrections of scores in a space where one modality lies apart from another
 * (the modality gap: Liang et al., "Mind the gap", NeurIPS 2022), and where some items are near to
 * everything (hubs).
 *
 *     shift        x - mean of x's modality, to unit length again, on both sides
 *     CSLS         2 cos(x, y) - r(x) - r(y), r the mean cosine of the k nearest on the other side
 *                  (Conneau et al., "Word translation without parallel data", ICLR 2018, eq. 4)
 *     inverted     exp(b cos(x, y)) / mean over a bank of queries q of exp(b cos(q, y)) (Smith et
 *     softmax      al., ICLR 2017, eq. 8; a bank of queries: Bogolin et al., "Cross modal retrieval
 *                  with querybank normalisation", CVPR 2022, eq. 3), here as its logarithm / b,
 *                  which ranks the same and stays on the scale of cosines
 *     dynamic      the same for those queries alone whose first hit is in the activated set: the
 *     inverted     first hits of the bank's queries; others keep their cosines (the same paper,
 *     softmax      section 3.3, with b = 20)
 *     standard     (cos(x, y) - mean) / deviation, of the cosines of that pair of modalities
 *
 * Threads: plain functions over the caller's memory.
 */
#ifndef FC_RESCORE_H
#define FC_RESCORE_H

#include <featcache/types.h>

/* Subtract `mean` and scale to unit length. FC_E_FORMAT (x zeroed): nothing is left; no message. */
fc_status fc__rescore_shift(float *x, const double *mean, size_t dim);

/* Mean of the k largest of n values (of all where there are fewer); 0 for none. Keeps the k largest
 * at the front of `values`. */
double fc__rescore_mean_largest(float *values, size_t n, size_t k);

static inline double fc__rescore_csls(double cosine, double r_x, double r_y)
{
    return 2 * cosine - r_x - r_y;
}

/* cosine - log(mean of exp(b * bank[i])) / b over the n cosines of the bank with the item; the
 * cosine itself for n 0. */
double fc__rescore_inverted(double cosine, const float *bank, size_t n, double b);

/* Whether `item` is among n of the activated set, ascending; some may be there several times. */
bool fc__rescore_is_activated(const uint64_t *set, size_t n, uint64_t item);

/* Mean and deviation of values as they come (Welford 1962). */
typedef struct fc_moments {
    uint64_t n;
    double mean, squares; /* sum of squared differences from the mean */
} fc_moments;

void fc__moments_add(fc_moments *m, double value);
/* Deviations from the mean that `value` is away (of the population: squares / n); 0 where there are
 * fewer than two values or all are one. */
double fc__moments_standard(const fc_moments *m, double value);

#endif /* FC_RESCORE_H */
