/*
 * Pixels to the numbers a neural network is fed with. A channel has 256 levels, so each value is
 * looked up.
 */
#include <math.h>

#include "fc_image_prep.h"

static fc_status check(const fc_image_scale *scale, const fc_tensor *pixels, fc_error *err)
{
    if (pixels->dtype != FC_U8 || pixels->rank != 3 ||
        (pixels->shape[2] != 1 && pixels->shape[2] != 3))
        return fc_error_set(err, FC_E_INVALID,
                            "pixels are u8, rows x columns x 1 or 3, not %u axes of dtype %d",
                            pixels->rank, (int)pixels->dtype);
    for (size_t c = 0; c < 3; c++)
        if (!(scale->deviation[c] > 0) || !isfinite(scale->deviation[c]) ||
            !isfinite(scale->mean[c]))
            return fc_error_set(err, FC_E_INVALID,
                                "channel %zu has mean %g and deviation %g: the deviation has to be "
                                "above 0",
                                c, (double)scale->mean[c], (double)scale->deviation[c]);
    return FC_OK;
}

fc_status fc__image_values(const fc_image_scale *scale, const fc_tensor *pixels, fc_tensor *out,
                           fc_error *err)
{
    const uint64_t rows = pixels->shape[0], columns = pixels->shape[1];
    const uint64_t hwc[] = {rows, columns, 3}, chw[] = {3, rows, columns};
    float table[3][256];
    const uint8_t *in = pixels->data;
    size_t n, step, plane;
    fc_status st = check(scale, pixels, err);

    if (st == FC_OK)
        st = fc_tensor_alloc(out, FC_F32, 3, scale->channels_last ? hwc : chw, err);
    if (st != FC_OK)
        return st;
    for (size_t c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            table[c][v] = ((float)v - scale->mean[c]) / scale->deviation[c];
    n = (size_t)(rows * columns);
    step = scale->channels_last ? 3 : 1;
    plane = scale->channels_last ? 1 : n;
    for (size_t c = 0; c < 3; c++) {
        const size_t channels = (size_t)pixels->shape[2];
        const uint8_t *from = in + (channels == 3 ? c : 0);
        float *to = (float *)out->data + c * plane;

        for (size_t i = 0; i < n; i++)
            to[i * step] = table[c][from[i * channels]];
    }
    return FC_OK;
}
