/*
 * The maps that adapters are, each from some of the pairs. Not for other folders.
 */
#ifndef FC_ADAPT_MAPS_H
#define FC_ADAPT_MAPS_H

#include "fc_adapt.h"

/* Some of the pairs: their numbers, ascending. */
typedef struct fc_adapt_part {
    const size_t *rows;
    size_t n;
} fc_adapt_part;

/* Nothing but the unit vector; p == q. */
fc_status fc__adapt_identity(fc_head *out, size_t dim, fc_error *err);
/* The turn of the part's rows; `centred`: about their means. */
fc_status fc__adapt_turn(fc_head *out, const fc_adapt_pairs *pairs, const fc_adapt_part *part,
                         bool centred, fc_error *err);
/* Ridge. *tried: NULL, or receives its JSON report, the caller's to free. */
fc_status fc__adapt_ridge(fc_head *out, const fc_adapt_pairs *pairs, const fc_adapt_part *part,
                          const fc_adapt_options *opts, char **tried, fc_error *err);

/* Directions of the target space in which a fitted map of the part varies most, to cut it by. */
typedef struct fc_adapt_directions {
    double *rows;   /* q x q, the widest last */
    double *middle; /* q: mean of the part's targets */
    size_t q;
} fc_adapt_directions;

/* Of the ridge map `full` of the same part: eigenvectors of F'Y, F what it makes of the source
 * rows, centred. That is B'(X'X + penalty) B of its matrix B. Dispose also after a failure. */
fc_status fc__adapt_directions(fc_adapt_directions *out, const fc_head *full,
                               const fc_adapt_pairs *pairs, const fc_adapt_part *part,
                               fc_error *err);
/* `full` onto the r widest directions, about the mean. */
fc_status fc__adapt_cut(fc_head *out, const fc_head *full, const fc_adapt_directions *d, size_t r,
                        fc_error *err);
void fc__adapt_directions_dispose(fc_adapt_directions *d);

#endif /* FC_ADAPT_MAPS_H */
