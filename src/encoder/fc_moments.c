/*
 * Moments in two passes.
 */
#include "fc_moments.h"

#include <math.h>

void fc__moments(const float *rows, size_t n, size_t stride, size_t dim, float *mean,
                 float *deviation)
{
    for (size_t d = 0; d < dim; d++) {
        double sum = 0, squares = 0, middle;

        for (size_t i = 0; i < n; i++)
            sum += (double)rows[i * stride + d];
        middle = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            const double x = (double)rows[i * stride + d] - middle;

            squares += x * x;
        }
        mean[d] = (float)middle;
        deviation[d] = (float)sqrt(squares / (double)n);
    }
}
