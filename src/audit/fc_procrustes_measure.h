/*
 * What orthogonal Procrustes (head/fc_procrustes.h) leaves between two sets of features of the same
 * items: the residual after the rotation, reflections included, that brings x nearest to y.
 *
 *     M = Y'X = U S V',  W = U V' (q x p),  y is about W x
 *     residual = |X W' - Y|_F / |Y|_F, from the moments: |X|^2 + |Y|^2 - 2 sum(S)
 *
 * Where p and q differ, the shorter side is padded with zeros: what of a wider x has no place in y
 * counts as residual. Centred: of rows minus their mean, y - mean_y is about W (x - mean_x).
 *
 * 0: the same up to rotation; of rows that have nothing in common it is near sqrt(2) for large n
 * and sides of one size (smaller for small n: a rotation fits noise).
 */
#ifndef FC_PROCRUSTES_MEASURE_H
#define FC_PROCRUSTES_MEASURE_H

#include "fc_cross_moments.h"
#include "fc_measured.h"
#include "fc_pair_sample.h"

typedef struct fc_procrustes_measure {
    size_t p, q;
    bool centred;
    fc_measured residual;   /* null value: mean over shuffled pairings of the sample, at its size */
    double scale;           /* sum(S) / |X|^2: the best factor beside the rotation */
    double scaled_residual; /* the residual with it: sqrt(1 - sum(S)^2 / (|X|^2 |Y|^2)) */
    double *rotation;       /* W, q x p; the caller's to keep until dispose */
} fc_procrustes_measure;

#define FC_PROCRUSTES_MEASURE_INIT              \
    {                                           \
        0, 0, false, {0, 0, {0, 0}}, 0, 0, NULL \
    }

/* `sample`: some of the same pairs, for interval and null value (NULL: they are NAN); `n_shuffles`
 * ways of pairing it at random (0: 5), by `seed`. FC_E_INVALID: fewer than FC_AUDIT_LEAST pairs, or
 * a side that is zero (centred: constant). */
fc_status fc__procrustes_measure(fc_procrustes_measure *out, const fc_cross_moments *m,
                                 bool centred, const fc_pair_sample *sample, uint32_t n_shuffles,
                                 uint64_t seed, double level, fc_error *err);
void fc__procrustes_measure_dispose(fc_procrustes_measure *p);

#endif /* FC_PROCRUSTES_MEASURE_H */
