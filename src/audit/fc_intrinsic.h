/*
 * In how many dimensions the rows of a space live, from the neighbour lists of unit rows (distances
 * sqrt(2 - 2 cos)). Rows of one thing that varies in d ways lie on a surface of d dimensions,
 * however many numbers they have. Cosines are single precision: distances below .01 lose digits to
 * it.
 */
#ifndef FC_INTRINSIC_H
#define FC_INTRINSIC_H

#include "fc_knn_lists.h"

/* TwoNN (Facco, d'Errico, Rodriguez and Laio, Sci. Rep. 7, 2017): the slope through the origin of
 * -ln(1 - F) against ln(r2 / r1), the largest tenth left out. Lists of two and more; queries with a
 * copy (r1 = 0) are left out, *n_used says how many were not. NAN: none. */
fc_status fc__two_nn(const fc_knn_lists *lists, double *dimension, size_t *n_used, fc_error *err);
/* Maximum likelihood of Levina and Bickel (NIPS 2004) over k neighbours, inverses averaged over
 * queries (MacKay and Ghahramani 2005). Queries with a copy or fewer than k neighbours are left
 * out. NAN: none is left. FC_E_INVALID: k below 2 or above that of the lists. */
fc_status fc__intrinsic_mle(const fc_knn_lists *lists, size_t k, double *dimension, size_t *n_used,
                            fc_error *err);

#endif /* FC_INTRINSIC_H */
