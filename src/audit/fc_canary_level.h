/*
 * How far features are from what they were, and what kind of change does that much: the ladder of
 * "small differences that are not small". Paired cosines seen: the same model on CPU and GPU
 * differs by 1e-6 an element; alone against in a batch .99997; a resize written anew .9991 to
 * .9998; antialiasing left out about .94.
 *
 * A level ends half-way (geometrically, in 1 - cosine) to what is known of the next. Beside the
 * cosine counts half the squared relative distance, which is the same where only the direction
 * differs and more where the length does: a vector scaled by two has cosine 1.
 */
#ifndef FC_CANARY_LEVEL_H
#define FC_CANARY_LEVEL_H

#include <featcache/audit_canary.h>

/* 1 - cosine at most. */
#define FC_CANARY_ROUNDING_MAX   1e-6
#define FC_CANARY_BATCHING_MAX   8e-5
#define FC_CANARY_RESAMPLING_MAX 7e-3
/* Largest difference of one element, in root mean squares of its vector: one of a thousand that is
 * wrong hardly moves a cosine. */
#define FC_CANARY_ROUNDING_ELEMENT 1e-2
#define FC_CANARY_BATCHING_ELEMENT 0.25

/* Worst over the vectors that were added. */
typedef struct fc_canary_measure {
    double one_minus_cosine;
    double distance;   /* |now - then| / |then| */
    double difference; /* of an element, absolute */
    double element;    /* of an element, in root mean squares of its vector then */
    bool differs;      /* a bit, anywhere */
    bool reshaped;
} fc_canary_measure;

/* Compare n vectors of dim numbers. A zero vector is like a zero vector and unlike any other;
 * numbers that are not finite are like the same bits only. */
void fc__canary_measure(fc_canary_measure *m, const float *then, const float *now, size_t n,
                        size_t dim);
fc_canary_level fc__canary_level(const fc_canary_measure *m);

#endif /* FC_CANARY_LEVEL_H */
