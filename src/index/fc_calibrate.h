/*
 * How hard a FAISS index must search: measured on rows of the segment itself.
 */
#ifndef FC_CALIBRATE_H
#define FC_CALIBRATE_H

#include "fc_segment.h"

/* Set `segment->faiss` to the cheapest effort that finds at least the recall wanted, or to the
 * highest there is, and `segment->effort` to what that was. *recall is what it reached: recall@10
 * of rows against all other rows, ties counted as found. */
fc_status fc__calibrate(fc_segment *segment, double *recall, fc_error *err);

/* Queries are rows themselves here, a little easier than new ones: what is wanted of these leaves
 * room for .95 on those (Fashion-MNIST: .98 here, .97 on its test images). */
#define FC_CALIBRATE_WANTED .98
/* Below this `auto` takes the exact scan instead. */
#define FC_CALIBRATE_LEAST .95

#endif /* FC_CALIBRATE_H */
