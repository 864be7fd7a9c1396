/*
 * Logistic regression with a quadratic penalty, by Newton's method.
 *
 * As scikit-learn's: 1/2 |w|^2 + C sum of log losses is least, the intercept free; here of features
 * that are standardised first. The penalty keeps weights finite where a plane separates the
 * classes.
 */
#ifndef FC_LOGISTIC_H
#define FC_LOGISTIC_H

#include <featcache/types.h>

/* Weights (dim) and bias for the features as they are, of n rows with labels; positive scores speak
 * for `true`. Constant features weigh nothing. FC_E_INVALID: one label only; FC_E_FORMAT: an
 * element is not finite. Memory: 8 dim^2 bytes. */
fc_status fc__logistic_fit(const float *rows, const bool *labels, size_t n, size_t dim, double c,
                           double *weights, double *bias, fc_error *err);

#endif /* FC_LOGISTIC_H */
