/*
 * A small picture of shapes: triangles and round dots with a depth each, the nearer ones hide the
 * others (z-buffer). Drawn at twice the size and averaged, so edges are smooth.
 *
 * Arithmetic of + - * / and sqrt in double in a fixed order: the same bits on every machine.
 *
 * Threads: one at a time.
 */
#ifndef FC_RASTER_H
#define FC_RASTER_H

#include "fc_decode.h"

typedef struct fc_raster {
    uint32_t side;    /* of the square that is drawn, twice that of the picture */
    double *depth;    /* side x side; infinite where nothing is */
    uint8_t *colours; /* side x side x 3 */
} fc_raster;

/* A place on the canvas: pixels to the right and down, and how far away it is. */
typedef struct fc_raster_spot {
    double x, y, depth;
    double colour[3]; /* red, green, blue, 0 to 1 */
} fc_raster_spot;

/* White, for a picture of side x side pixels; side from 1 to 4096. */
fc_status fc__raster_create(fc_raster *out, uint32_t side, fc_error *err);
void fc__raster_dispose(fc_raster *r);

/* Pixels that a triangle may touch: what drawing it costs. */
uint64_t fc__raster_cost(const fc_raster *r, const fc_raster_spot corners[3]);
/* Colours run evenly from corner to corner. One so small that it lies between the pixels is a
 * single pixel. */
void fc__raster_triangle(fc_raster *r, const fc_raster_spot corners[3]);
void fc__raster_dot(fc_raster *r, const fc_raster_spot *at, double radius);

/* The picture, at half the size of the canvas. */
fc_status fc__raster_picture(const fc_raster *r, fc_image *out, fc_error *err);

#endif /* FC_RASTER_H */
