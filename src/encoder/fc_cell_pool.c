/*
 * Cells to outputs: sums in a fixed order, so that the bits are the same everywhere.
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

static fc_status fill_grid(const float *map, size_t channels, size_t n, float *out, fc_error *err)
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

static uint64_t pooled_dim(uint32_t levels, uint32_t channels)
{
    uint64_t regions = 0;

    for (uint32_t level = 1; level <= levels; level++)
        regions += level * level;
    return 2 * regions * channels;
}

static fc_status fill_pooled(const float *map, size_t channels, size_t levels, float *out,
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

fc_status fc__cells_check_size(uint32_t size, fc_error *err)
{
    if (size % FC_MAP_CELLS != 0)
        return fc_error_set(err, FC_E_INVALID,
                            "size is %u: it has to be a multiple of %d, such as %d or %d", size,
                            FC_MAP_CELLS, 112, 224);
    return FC_OK;
}

void fc__cells_specs(const fc_cell_rule *rule, fc_builtin_output *out)
{
    const uint64_t c = rule->channels, grid = (uint64_t)rule->grid * rule->grid * c;
    const uint64_t pooled = pooled_dim(rule->pyramid, rule->channels);

    out[FC_CELLS_MAP] =
        (fc_builtin_output){"map", FC_F16, 3, {FC_MAP_CELLS, FC_MAP_CELLS, c, 0}, false};
    out[FC_CELLS_GRID] = (fc_builtin_output){"grid", FC_F16, 1, {grid, 0, 0, 0}, true};
    out[FC_CELLS_POOLED] = (fc_builtin_output){"pooled", FC_F32, 1, {pooled, 0, 0, 0}, true};
}

fc_status fc__cells_outputs(const fc_cell_rule *rule, const float *map, const bool *wanted,
                            fc_tensor *out, fc_error *err)
{
    fc_builtin_output specs[FC_CELLS_N_OUTPUTS];
    const size_t c = rule->channels;
    fc_status st = FC_OK;

    fc__cells_specs(rule, specs);
    for (size_t k = 0; k < FC_CELLS_N_OUTPUTS && st == FC_OK; k++)
        if (wanted[k])
            st = fc_tensor_alloc(&out[k], FC_F32, specs[k].rank, specs[k].shape, err);
    if (st == FC_OK && wanted[FC_CELLS_MAP])
        memcpy(out[FC_CELLS_MAP].data, map, FC_MAP_N_CELLS * c * sizeof(*map));
    if (st == FC_OK && wanted[FC_CELLS_GRID])
        st = fill_grid(map, c, rule->grid, out[FC_CELLS_GRID].data, err);
    if (st == FC_OK && wanted[FC_CELLS_POOLED])
        st = fill_pooled(map, c, rule->pyramid, out[FC_CELLS_POOLED].data, err);
    return st;
}
