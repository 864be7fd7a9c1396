/*
 * Mean and deviation of columns, for the built-in encoders.
 *
 * Threads: stateless.
 */
#ifndef FC_MOMENTS_H
#define FC_MOMENTS_H

#include <stddef.h>

/* Of n > 0 rows, `stride` floats apart: the mean and the deviation (divided by n) of each of their
 * first `dim` values. In double, the mean first, in the order of the rows, so that the bits are the
 * same everywhere. */
void fc__moments(const float *rows, size_t n, size_t stride, size_t dim, float *mean,
                 float *deviation);

#endif /* FC_MOMENTS_H */
