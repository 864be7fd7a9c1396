/*
 * Triangles by their barycentric weights at pixel centres; dots as discs.
 */
#include "fc_raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define SCALE    2u
#define MAX_SIDE 4096u

/* Pixels [x0, x1) x [y0, y1) of the canvas. */
typedef struct box {
    uint32_t x0, x1, y0, y1;
} box;

fc_status fc__raster_create(fc_raster *out, uint32_t side, fc_error *err)
{
    size_t n;

    *out = (fc_raster){.side = side * SCALE};
    if (side == 0 || side > MAX_SIDE)
        return fc_error_set(err, FC_E_INVALID, "a picture of %u pixels a side; 1 to %u", side,
                            MAX_SIDE);
    n = (size_t)out->side * out->side;
    out->depth = fc__alloc_array(n, sizeof(*out->depth));
    out->colours = fc__alloc_array(n, 3);
    if (out->depth == NULL || out->colours == NULL) {
        fc__raster_dispose(out);
        return fc__nomem(err, n * (3 + sizeof(double)), "a picture of a shape");
    }
    for (size_t i = 0; i < n; i++)
        out->depth[i] = (double)INFINITY;
    memset(out->colours, 255, n * 3);
    return FC_OK;
}

void fc__raster_dispose(fc_raster *r)
{
    if (r == NULL)
        return;
    free(r->depth);
    free(r->colours);
    *r = (fc_raster){0, NULL, NULL};
}

/* The first pixel whose centre is at or behind `x`, within the canvas. */
static uint32_t pixel_from(const fc_raster *r, double x)
{
    const double first = ceil(x - 0.5);

    if (!(first > 0))
        return 0;
    return first >= (double)r->side ? r->side : (uint32_t)first;
}

static box box_of(const fc_raster *r, double x0, double x1, double y0, double y1)
{
    return (box){pixel_from(r, x0), pixel_from(r, x1 + 1e-9), pixel_from(r, y0),
                 pixel_from(r, y1 + 1e-9)};
}

static box box_of_triangle(const fc_raster *r, const fc_raster_spot c[3])
{
    return box_of(r, fmin(fmin(c[0].x, c[1].x), c[2].x), fmax(fmax(c[0].x, c[1].x), c[2].x),
                  fmin(fmin(c[0].y, c[1].y), c[2].y), fmax(fmax(c[0].y, c[1].y), c[2].y));
}

uint64_t fc__raster_cost(const fc_raster *r, const fc_raster_spot corners[3])
{
    const box b = box_of_triangle(r, corners);

    return 1 + (uint64_t)(b.x1 - b.x0) * (b.y1 - b.y0);
}

static uint8_t level(double v)
{
    return (uint8_t)(v <= 0 ? 0 : v >= 1 ? 255 : v * 255 + 0.5);
}

static void put(fc_raster *r, uint32_t x, uint32_t y, double depth, const double colour[3])
{
    const size_t i = (size_t)y * r->side + x;

    if (!(depth < r->depth[i]))
        return;
    r->depth[i] = depth;
    for (size_t k = 0; k < 3; k++)
        r->colours[3 * i + k] = level(colour[k]);
}

/* Twice the signed area of a, b and the place (x, y). */
static double area_at(const fc_raster_spot *a, const fc_raster_spot *b, double x, double y)
{
    return (b->x - a->x) * (y - a->y) - (b->y - a->y) * (x - a->x);
}

static void put_between(fc_raster *r, uint32_t x, uint32_t y, const fc_raster_spot c[3],
                        const double w[3])
{
    double colour[3];

    for (size_t k = 0; k < 3; k++)
        colour[k] = w[0] * c[0].colour[k] + w[1] * c[1].colour[k] + w[2] * c[2].colour[k];
    put(r, x, y, w[0] * c[0].depth + w[1] * c[1].depth + w[2] * c[2].depth, colour);
}

static void put_middle(fc_raster *r, const fc_raster_spot c[3])
{
    static const double third[3] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
    const double x = (c[0].x + c[1].x + c[2].x) / 3, y = (c[0].y + c[1].y + c[2].y) / 3;

    if (x >= 0 && y >= 0 && x < (double)r->side && y < (double)r->side)
        put_between(r, (uint32_t)x, (uint32_t)y, c, third);
}

void fc__raster_triangle(fc_raster *r, const fc_raster_spot corners[3])
{
    const box b = box_of_triangle(r, corners);
    const double area = area_at(&corners[0], &corners[1], corners[2].x, corners[2].y);
    bool any = false;

    for (uint32_t y = b.y0; area != 0 && y < b.y1; y++) {
        for (uint32_t x = b.x0; x < b.x1; x++) {
            const double px = x + 0.5, py = y + 0.5;
            const double w[3] = {area_at(&corners[1], &corners[2], px, py) / area,
                                 area_at(&corners[2], &corners[0], px, py) / area,
                                 area_at(&corners[0], &corners[1], px, py) / area};

            if (!(w[0] >= 0 && w[1] >= 0 && w[2] >= 0))
                continue;
            put_between(r, x, y, corners, w);
            any = true;
        }
    }
    if (!any)
        put_middle(r, corners);
}

void fc__raster_dot(fc_raster *r, const fc_raster_spot *at, double radius)
{
    const box b = box_of(r, at->x - radius, at->x + radius, at->y - radius, at->y + radius);

    for (uint32_t y = b.y0; y < b.y1; y++) {
        for (uint32_t x = b.x0; x < b.x1; x++) {
            const double dx = x + 0.5 - at->x, dy = y + 0.5 - at->y;

            if (dx * dx + dy * dy <= radius * radius)
                put(r, x, y, at->depth, at->colour);
        }
    }
}

fc_status fc__raster_picture(const fc_raster *r, fc_image *out, fc_error *err)
{
    const uint32_t side = r->side / SCALE;

    *out = (fc_image)FC_IMAGE_INIT;
    out->pixels = fc__alloc_array((size_t)side * side, 3);
    if (out->pixels == NULL)
        return fc__nomem(err, (size_t)side * side * 3, "a picture of a shape");
    out->width = out->height = side;
    for (size_t y = 0; y < side; y++) {
        for (size_t i = 0; i < (size_t)side * 3; i++) {
            const uint8_t *top = r->colours + (SCALE * y * r->side + i / 3 * SCALE) * 3 + i % 3;
            const uint8_t *low = top + (size_t)r->side * 3;

            const unsigned sum = (unsigned)top[0] + top[3] + low[0] + low[3];

            out->pixels[y * side * 3 + i] = (uint8_t)((sum + 2) / (SCALE * SCALE));
        }
    }
    return FC_OK;
}
