/*
 * From a map of cells to the outputs of the built-in image encoders: the map itself, the grid,
 * where each cell keeps its place, and a spatial pyramid that forgives a shift.
 *
 * Threads: stateless.
 */
#ifndef FC_CELL_POOL_H
#define FC_CELL_POOL_H

#include "fc_builtin.h"

#define FC_MAP_CELLS   14
#define FC_MAP_N_CELLS (FC_MAP_CELLS * FC_MAP_CELLS)

/* The outputs of such an encoder, in this order. */
enum { FC_CELLS_MAP, FC_CELLS_GRID, FC_CELLS_POOLED, FC_CELLS_N_OUTPUTS };

typedef struct fc_cell_rule {
    uint32_t channels; /* of a cell */
    uint32_t grid;     /* cells along a side of `grid`: 14 or 7 */
    uint32_t pyramid;  /* levels of `pooled`: level k has k x k regions */
} fc_cell_rule;

/* The side of the picture in pixels has to be a whole number of cells: else FC_E_INVALID. */
fc_status fc__cells_check_size(uint32_t size, fc_error *err);

/* out[0 .. FC_CELLS_N_OUTPUTS): the map of 14 x 14 x channels, `grid` and `pooled`. */
void fc__cells_specs(const fc_cell_rule *rule, fc_builtin_output *out);

/* The map (14 x 14 x channels) to the outputs that are wanted:
 *
 *     map      as it is
 *     grid     a unit vector of grid x grid x channels: sums of the cells that fall together
 *     pooled   a unit vector: for each level k, k x k regions, of each the means and then the
 *              deviations of the channels, each under a signed root
 *
 * FC_E_FORMAT for a map of zeros. */
fc_status fc__cells_outputs(const fc_cell_rule *rule, const float *map, const bool *wanted,
                            fc_tensor *out, fc_error *err);

#endif /* FC_CELL_POOL_H */
