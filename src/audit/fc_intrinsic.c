/*
 * Dimensions from ratios of distances to neighbours.
 */
#include "fc_intrinsic.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_sort.h"

#define KEPT 0.9 /* of the ratios: the largest are the least local (Facco et al. 2017) */

/* Of unit rows; a cosine of 1 within rounding is a copy. */
static double distance_of(float cosine)
{
    const double square = 2 - 2 * (double)cosine;

    return square > 1e-6 ? sqrt(square) : 0;
}

/* The slope through the origin of -ln(1 - F) against the logarithms. */
static double slope(const double *logs, size_t n, size_t kept)
{
    double up = 0, square = 0;

    for (size_t i = 0; i < kept; i++) {
        const double y = -log(1 - (double)(i + 1) / (double)n);

        up += logs[i] * y;
        square += logs[i] * logs[i];
    }
    return square > 0 ? up / square : NAN;
}

fc_status fc__two_nn(const fc_knn_lists *lists, double *dimension, size_t *n_used, fc_error *err)
{
    double *logs = fc__alloc_array(lists->n_queries, sizeof(*logs));
    size_t n = 0;

    *dimension = NAN;
    *n_used = 0;
    if (logs == NULL)
        return fc__nomem(err, lists->n_queries * sizeof(*logs), "distances");
    for (size_t q = 0; q < lists->n_queries; q++) {
        const float *scores = lists->scores + q * lists->k;
        const double first = lists->n_found[q] > 1 ? distance_of(scores[0]) : 0;

        if (first > 0)
            logs[n++] = log(distance_of(scores[1]) / first);
    }
    qsort(logs, n, sizeof(*logs), fc__by_f64);
    *n_used = n;
    if ((size_t)((double)n * KEPT) >= 2)
        *dimension = slope(logs, n, (size_t)((double)n * KEPT));
    free(logs);
    return FC_OK;
}

fc_status fc__intrinsic_mle(const fc_knn_lists *lists, size_t k, double *dimension, size_t *n_used,
                            fc_error *err)
{
    double inverse = 0;

    *dimension = NAN;
    *n_used = 0;
    if (k < 2 || k > lists->k)
        return fc_error_set(err, FC_E_INVALID, "a dimension of %zu neighbours of lists of %zu", k,
                            lists->k);
    for (size_t q = 0; q < lists->n_queries; q++) {
        const float *scores = lists->scores + q * lists->k;
        double sum = 0, last;

        if (lists->n_found[q] < k || distance_of(scores[0]) == 0)
            continue;
        last = distance_of(scores[k - 1]);
        for (size_t i = 0; i + 1 < k; i++)
            sum += log(last / distance_of(scores[i]));
        inverse += sum / ((double)k - 1);
        ++*n_used;
    }
    *dimension = inverse > 0 ? (double)*n_used / inverse : NAN;
    return FC_OK;
}
