/*
 * Pooling of cells: sums in a fixed order, so that the bits are the same everywhere.
 */
#include "fc_cell_pool.h"

#include <math.h>
#include <string.h>

#include "fc_vec.h"

/* Maps are finite by construction, and the encoders keep them off zero. */
static fc_status to_unit(float *x, size_t n, const char *what, fc_error *err)
{
    const fc_status st = fc__vec_normalise(x, n);

    if (st != FC_OK)
        return fc_error_set(err, st, "the image gives a %s without direction", what);
    return FC_OK;
}

fc_status fc__cells_grid(const float *map, size_t channels, size_t n, float *out, fc_error *err)
{
    const size_t step = FC_MAP_CELLS / n;

    memset(out, 0, n * n * channels * sizeof(float));
    for (size_t y = 0; y < FC_MAP_CELLS; y++)
        for (size_t x = 0; x < FC_MAP_CELLS; x++) {
            const float *from = map + (y * FC_MAP_CELLS + x) * channels;
            float *to = out + (y / step * n + x / step) * channels;

            for (size_t c = 0; c < channels; c++)
                to[c] += from[c];
        }
    return to_unit(out, n * n * channels, "grid", err);
}

/* Power normalisation: one strong edge must not outweigh all others. */
static float signed_root(double x)
{
    return (float)(x < 0 ? -sqrt(-x) : sqrt(x));
}

/* First cell of region i of `level`: the nearest to i * 14 / level. */
static size_t region_start(size_t i, size_t level)
{
    return (2 * i * FC_MAP_CELLS + level) / (2 * level);
}

/* Mean and deviation of every channel over the cells [y0, y1) x [x0, x1). */
static void pool_region(const float *map, size_t channels, const size_t y[2], const size_t x[2],
                        float *mean_out, float *deviation_out)
{
    const double n = (double)((y[1] - y[0]) * (x[1] - x[0]));

    for (size_t c = 0; c < channels; c++) {
        double sum = 0, square = 0, mean, variance;

        for (size_t i = y[0]; i < y[1]; i++)
            for (size_t j = x[0]; j < x[1]; j++) {
                const double v = map[(i * FC_MAP_CELLS + j) * channels + c];

                sum += v;
                square += v * v;
            }
        mean = sum / n;
        variance = square / n - mean * mean;
        mean_out[c] = signed_root(mean);
        deviation_out[c] = signed_root(variance > 0 ? sqrt(variance) : 0);
    }
}

uint32_t fc__cells_pooled_dim(uint32_t levels, uint32_t channels)
{
    uint32_t regions = 0;

    for (uint32_t level = 1; level <= levels; level++)
        regions += level * level;
    return 2 * regions * channels;
}

fc_status fc__cells_pooled(const float *map, size_t channels, size_t levels, float *out,
                           fc_error *err)
{
    float *to = out;

    for (size_t level = 1; level <= levels; level++)
        for (size_t i = 0; i < level * level; i++, to += 2 * channels) {
            const size_t y = i / level, x = i % level;

            pool_region(
                map, channels, (size_t[]){region_start(y, level), region_start(y + 1, level)},
                (size_t[]){region_start(x, level), region_start(x + 1, level)}, to, to + channels);
        }
    return to_unit(out, (size_t)(to - out), "pooled vector", err);
}
