/*
 * How hard a FAISS index must search: measured on rows of the data itself.
 */
#ifndef FC_CALIBRATE_H
#define FC_CALIBRATE_H

#include "fc_segment.h"

typedef struct fc_calibration {
    double recall;       /* at the effort taken */
    double microseconds; /* a query at that effort: CPU time of this thread */
    bool reached;        /* the recall that was wanted */
    size_t n_curve;
    fc_effort_point curve[FC_CURVE_MAX]; /* what was measured on the way: the best at each cost */
} fc_calibration;

/* What rows of a segment must reach as queries so that new queries reach `target`: half the
 * misses, for rows are easier (Fashion-MNIST: .9941 of its rows was .9884 of its test images, and
 * .9734 was .9631). Of a graph a tenth: a row is a node of it, with its neighbours
 * at hand (HNSW16: .975 of rows was .912 of new queries). */
double fc__calibrate_wanted(const char *kind, double target);

/* Set `segment->faiss` and `segment->effort` to the fastest effort whose recall@10 is `wanted` at
 * least, or to the highest there is. Queries are rows of `from`, spread over it, that are not in
 * the segment where there are such; else the row itself is not counted. Of equally near rows each
 * counts as found. */
fc_status fc__calibrate(fc_segment *segment, const fc_vec_file *from, double wanted,
                        fc_calibration *out, fc_error *err);

#endif /* FC_CALIBRATE_H */
