/*
 * Numbers that tell kinds of change apart, from the moments of both sides. All are of centred rows.
 * Not for other folders.
 */
#ifndef FC_DRIFT_TESTS_H
#define FC_DRIFT_TESTS_H

#include "fc_cross_moments.h"

typedef struct fc_drift_tests {
    /* Of sides of one width; of others unturned_scaled alone, which is 1. */
    double unturned;        /* |X - Y| / |Y|: what is left without any turn */
    double unturned_scaled; /* with the best factor: sqrt(1 - tr(X'Y)^2 / (|X|^2 |Y|^2)) */
    double shift;           /* length of the difference of means over that of rows of y */
    double spreads_differ;  /* |X'X - Y'Y| / |X'X| */
    size_t n_columns;       /* that vary */
    bool columns_matched;   /* each correlates highly with one of the other side, all with others */
    size_t n_moved, n_flipped;
    double least_match;
    /* E = Y - f X, f the best factor: */
    double noise_directions; /* participation ratio of E'E over that of isotropic rows, as many */
    double noise_told;       /* RV coefficient of E and X less that of shuffled rows */
} fc_drift_tests;

fc_status fc__drift_tests(fc_drift_tests *out, const fc_cross_moments *m, fc_error *err);

/* Share of the variance of y that the best linear map of x explains, corrected for the number of
 * columns of x (adjusted R^2). Memory: 8 p (p + q) bytes. */
fc_status fc__drift_linear(const fc_cross_moments *m, double *r2, fc_error *err);

#endif /* FC_DRIFT_TESTS_H */
