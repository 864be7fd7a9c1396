/*
 * From a map of cells to the two vectors that are searched, for the built-in image encoders: the
 * grid, where each cell keeps its place, and a spatial pyramid that forgives a shift.
 *
 * Threads: stateless.
 */
#ifndef FC_CELL_POOL_H
#define FC_CELL_POOL_H

#include <featcache/types.h>

#define FC_MAP_CELLS   14
#define FC_MAP_N_CELLS (FC_MAP_CELLS * FC_MAP_CELLS)

/* The map (14 x 14 x channels) to a unit vector of n x n x channels, n being 14 or 7: sums of the
 * cells that fall together. FC_E_FORMAT for a map of zeros. */
fc_status fc__cells_grid(const float *map, size_t channels, size_t n, float *out, fc_error *err);

/* Values of fc__cells_pooled: mean and deviation of each channel in 1 + 4 + 9 + ... regions. */
uint32_t fc__cells_pooled_dim(uint32_t levels, uint32_t channels);

/* The map to a unit vector: for each level k up to `levels`, k x k regions, of each the means and
 * then the deviations of the channels, each under a signed root. FC_E_FORMAT for a map of zeros. */
fc_status fc__cells_pooled(const float *map, size_t channels, size_t levels, float *out,
                           fc_error *err);

#endif /* FC_CELL_POOL_H */
