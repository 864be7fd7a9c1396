/*
 * A point cloud or mesh as a picture: seen from the front, a little from the side and above,
 * without perspective, on white. Nearer parts hide those behind them. Surfaces and points are
 * shaded by where they face (both sides alike) and by depth; colours of the file are kept.
 *
 * Without normals those of a mesh are its triangles', those of points are estimated from their
 * neighbours.
 *
 * Threads: stateless. The same cloud gives the same pixels on every machine.
 */
#ifndef FC_SHAPE_VIEW_H
#define FC_SHAPE_VIEW_H

#include "fc_cloud.h"
#include "fc_points.h"

/* `out` is side x side, RGB, to be disposed of. The work is bounded whatever the mesh: one whose
 * triangles cover too many pixels is drawn as points of its surface, of points beyond 16,384 an
 * even choice is drawn. */
fc_status fc__shape_view(const fc_cloud *c, fc_up up, uint32_t side, fc_image *out, fc_error *err);

/* Which way is up in a file of this name: none of the formats says, but each has a habit. z for STL
 * and tables of points (.xyz, .pts, .asc, .csv, .txt, .npy), else y. */
fc_up fc__shape_up(const char *name);

#endif /* FC_SHAPE_VIEW_H */
