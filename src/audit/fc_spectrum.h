/*
 * How many directions a set of features uses, from the eigenvalues of its second moments.
 */
#ifndef FC_SPECTRUM_H
#define FC_SPECTRUM_H

#include "fc_cross_moments.h"

typedef struct fc_spectrum {
    size_t dim;
    double
        *values;  /* dim eigenvalues of the covariance (squares / (n - 1)), descending, 0 and up */
    double total; /* their sum: the variance */
    /* exp of the entropy of singular values over their sum (Roy and Vetterli, EUSIPCO 2007) */
    double effective_rank;
    double participation_ratio; /* (sum v)^2 / sum v^2 of eigenvalues */
    size_t rank;                /* values above 1e-12 of the largest */
    /* Fewest components that explain so much of the variance. */
    size_t n_for_50, n_for_90, n_for_99;
} fc_spectrum;

#define FC_SPECTRUM_INIT             \
    {                                \
        0, NULL, 0, 0, 0, 0, 0, 0, 0 \
    }

/* Of side x (`of_y` false) or y, columns centred. `components` (may be NULL): receives dim x dim,
 * row i the component of values[i]. FC_E_INVALID: fewer than FC_AUDIT_LEAST rows, or all one. */
fc_status fc__spectrum(fc_spectrum *out, const fc_cross_moments *m, bool of_y, double *components,
                       fc_error *err);
void fc__spectrum_dispose(fc_spectrum *s);

#endif /* FC_SPECTRUM_H */
