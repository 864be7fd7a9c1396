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

/* What rows of a segment must reach as queries so that new queries reach `target`. At a given
 * effort rows are no easier (.9671 of 2,000 rows of Fashion-MNIST, .9677 of test images), but the
 * effort that is taken is the best of dozens on one draw of them: .9584 of the rows was .949 of
 * test images. So a fifth of the misses is kept back. In a graph rows are nodes, with their
 * neighbours at hand (HNSW16: .975 of rows was .912 of new queries): all but a tenth of the misses.
 */
double fc__calibrate_wanted(const char *kind, double target);

/* Set `segment->faiss` and `segment->effort` to the fastest effort whose recall@10 is `wanted` at
 * least, one standard error of the measurement above it, or to the highest there is. Queries are
 * rows of `from`, spread over it, that are not in the segment where there are such; else the row
 * itself is not counted. Of equally near rows each counts as found. */
fc_status fc__calibrate(fc_segment *segment, const fc_vec_file *from, double wanted,
                        fc_calibration *out, fc_error *err);

#endif /* FC_CALIBRATE_H */
