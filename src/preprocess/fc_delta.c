/*
 * Slopes and curvatures over nine rows: a line or a parabola fitted by least squares (Savitzky and
 * Golay), its first or second derivative.
 */
#include "fc_cepstrum.h"

#define REACH (FC_DELTA_WIDTH / 2)

/* sum of k^2, and of (k^2 - mean)^2, for k from -4 to 4: what the fits divide by. A parabola's
 * second derivative is twice its leading coefficient. */
static const float slopes[FC_DELTA_WIDTH] = {-4 / 60.0f, -3 / 60.0f, -2 / 60.0f, -1 / 60.0f, 0,
                                             1 / 60.0f,  2 / 60.0f,  3 / 60.0f,  4 / 60.0f};
static const float bends[FC_DELTA_WIDTH] = {28 / 462.0f,  7 / 462.0f,   -8 / 462.0f,
                                            -17 / 462.0f, -20 / 462.0f, -17 / 462.0f,
                                            -8 / 462.0f,  7 / 462.0f,   28 / 462.0f};

fc_status fc__delta(const float *in, size_t stride, size_t n, size_t dim, int order,
                    fc_delta_edge edge, float *out, size_t out_stride, fc_error *err)
{
    const float *w = order == 1 ? slopes : bends;

    if (order != 1 && order != 2)
        return fc_error_set(err, FC_E_INVALID, "deltas of order %d: it has to be 1 or 2", order);
    if (edge == FC_DELTA_INTERP && n < FC_DELTA_WIDTH)
        return fc_error_set(err, FC_E_INVALID,
                            "deltas of %zu rows: %d are needed, or the edge "
                            "'nearest'",
                            n, FC_DELTA_WIDTH);
    for (size_t t = 0; t < n; t++) {
        size_t middle = t;

        /* The derivative of that order is the same all along one fit. */
        if (edge == FC_DELTA_INTERP)
            middle = t < REACH ? REACH : t > n - 1 - REACH ? n - 1 - REACH : t;
        for (size_t c = 0; c < dim; c++) {
            float sum = 0;

            for (size_t k = 0; k < FC_DELTA_WIDTH; k++) {
                size_t at = middle + k < REACH ? 0 : middle + k - REACH;

                at = at < n ? at : n - 1;
                sum += w[k] * in[at * stride + c];
            }
            out[t * out_stride + c] = sum;
        }
    }
    return FC_OK;
}
