/*
 * Linear centred kernel alignment between two sets of features of the same items, out of their
 * moments (Kornblith et al., "Similarity of neural network representations revisited", ICML 2019).
 * 1: the same up to rotation and one scale. Invariant to both; p and q may differ.
 *
 *     biased      |Y'X|_F^2 / (|X'X|_F |Y'Y|_F), columns centred
 *     unbiased    HSIC_1(x, y) / sqrt(HSIC_1(x, x) HSIC_1(y, y)) (Song et al. 2012, eq. 5; Nguyen,
 *                 Raghu and Kornblith 2021): 0 in the mean for features that have nothing in
 *                 common, where the biased one is about p / (n + p). Slightly below 0 is possible.
 *
 * Null values are expectations over all ways of pairing the rows, exact from the moments: that of
 * the biased one is tr(X'X) tr(Y'Y) / ((n - 1) |X'X|_F |Y'Y|_F), that of the unbiased one 0.
 *
 * Intervals are by the infinitesimal jackknife (Jaeckel 1972; Efron 1982, chapter 6): the variance
 * of what each row contributes, estimated on a sample of rows. It costs one product of the sample
 * with the moments. Groups that are left out in turn would need as many copies of the moments, and
 * a bootstrap of a sample would give the interval of that sample.
 */
#ifndef FC_CKA_H
#define FC_CKA_H

#include "fc_cross_moments.h"
#include "fc_measured.h"
#include "fc_pair_sample.h"

typedef struct fc_cka {
    fc_measured biased, unbiased;
} fc_cka;

/* `sample`: some of the same pairs, a thousand and more, for the intervals; NULL: they are NAN.
 * `level`: of the intervals, 0 for .95. FC_E_INVALID: fewer than FC_AUDIT_LEAST pairs, or all rows
 * of a side are one (which, is said): nothing can be aligned with a constant. */
fc_status fc__cka(fc_cka *out, const fc_cross_moments *m, const fc_pair_sample *sample,
                  double level, fc_error *err);

#endif /* FC_CKA_H */
