/*
 * The way of a shape onto the canvas: turned, fitted, shaded, drawn as triangles or as dots.
 */
#include "fc_shape_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fc_alloc.h"
#include "fc_kdtree.h"
#include "fc_normals.h"
#include "fc_raster.h"
#include "fc_rng.h"
#include "fc_surface.h"

#define MARGIN         0.04 /* of the side, all around */
#define MAX_COST       (UINT64_C(1) << 27)
#define MAX_DOTS       ((size_t)16384)
#define SURFACE_DOTS   ((size_t)262144)
#define NORMAL_NEAREST 12

/* Turned by 30 degrees about the upright, seen from 20 degrees above: rows are right, up, away. */
#define COS_30 0.8660254037844386
#define SIN_30 0.5
#define COS_20 0.9396926207859084
#define SIN_20 0.3420201433256687
static const double camera[3][3] = {
    {COS_30, SIN_30, 0},
    {-SIN_20 * SIN_30, SIN_20 *COS_30, COS_20},
    {-COS_20 * SIN_30, COS_20 *COS_30, -SIN_20},
};
/* Towards the light, in the same axes: from the left, above and in front. */
static const double light[3] = {-0.41, 0.68, -0.61};
static const double plain[3] = {0.70, 0.77, 0.86};

typedef struct view {
    fc_raster canvas;
    double turn[3][3];
    double scale, x_mid, y_mid; /* in the turned axes */
    double near, span;          /* depths: the nearest, and to the farthest */
    double width, height;       /* of what is drawn, in pixels of the canvas */
} view;

fc_up fc__shape_up(const char *name)
{
    static const char *const upright_z[] = {".stl",    ".xyz", ".xyzn", ".pts",
                                            ".xyzrgb", ".asc", ".txt",  ".csv"};
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    const char *npy = name != NULL ? strstr(name, ".npy") : NULL;

    for (size_t i = 0; dot != NULL && i < sizeof(upright_z) / sizeof(upright_z[0]); i++)
        if (strcasecmp(dot, upright_z[i]) == 0)
            return FC_UP_Z;
    return npy != NULL && (npy[4] == '\0' || npy[4] == '/') ? FC_UP_Z : FC_UP_Y;
}

static void turned(const view *v, const float p[3], double out[3])
{
    for (size_t k = 0; k < 3; k++)
        out[k] = v->turn[k][0] * (double)p[0] + v->turn[k][1] * (double)p[1] +
                 v->turn[k][2] * (double)p[2];
}

/* The camera's rows, over the file's own axes. */
static void set_turn(view *v, fc_up up)
{
    float axes[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};

    fc__points_turn_up(axes, 3, up);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 3; i++)
            v->turn[k][i] = camera[k][0] * (double)axes[3 * i] +
                            camera[k][1] * (double)axes[3 * i + 1] +
                            camera[k][2] * (double)axes[3 * i + 2];
}

/* What is drawn fills the canvas but for a margin. */
static void fit(view *v, const fc_cloud *c)
{
    double low[3] = {(double)INFINITY, (double)INFINITY, (double)INFINITY}, high[3], longest, room;

    for (size_t k = 0; k < 3; k++)
        high[k] = -low[k];
    for (uint64_t i = 0; i < c->n_points; i++) {
        double p[3];

        turned(v, c->points + 3 * i, p);
        for (size_t k = 0; k < 3; k++) {
            low[k] = fmin(low[k], p[k]);
            high[k] = fmax(high[k], p[k]);
        }
    }
    room = v->canvas.side * (1 - 2 * MARGIN);
    longest = fmax(high[0] - low[0], high[1] - low[1]);
    v->scale = longest > 0 && isfinite(room / longest) ? room / longest : 0;
    v->x_mid = low[0] + (high[0] - low[0]) / 2;
    v->y_mid = low[1] + (high[1] - low[1]) / 2;
    v->near = low[2];
    v->span = high[2] - low[2];
    v->width = (high[0] - low[0]) * v->scale;
    v->height = (high[1] - low[1]) * v->scale;
}

/* Onto the canvas; the colour stays to be set. */
static fc_raster_spot place(const view *v, const double p[3])
{
    const double middle = v->canvas.side / 2.0;

    return (fc_raster_spot){.x = middle + (p[0] - v->x_mid) * v->scale,
                            .y = middle - (p[1] - v->y_mid) * v->scale,
                            .depth = p[2]};
}

/* Lambert's law from both sides, some light from everywhere, and farther parts darker. */
static void shade(const view *v, const double normal[3], const float *own, fc_raster_spot *spot)
{
    const double length =
        sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    const double side = normal[2] > 0 ? -1 : 1; /* the side that is seen */
    const double away = v->span > 0 ? (spot->depth - v->near) / v->span : 0;
    double lit = 0;

    if (length > 0)
        lit = side * (normal[0] * light[0] + normal[1] * light[1] + normal[2] * light[2]) / length;
    lit = (0.5 + 0.6 * fmax(lit, 0)) * (1 - 0.2 * away);
    for (size_t k = 0; k < 3; k++)
        spot->colour[k] = lit * (own != NULL ? (double)own[k] : plain[k]);
}

/* ---- meshes ---- */

static void normal_of(const double p[3][3], double out[3])
{
    double a[3], b[3];

    for (size_t k = 0; k < 3; k++) {
        a[k] = p[1][k] - p[0][k];
        b[k] = p[2][k] - p[0][k];
    }
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static void place_corners(const view *v, const fc_cloud *c, uint64_t t, double p[3][3],
                          fc_raster_spot spots[3])
{
    for (size_t k = 0; k < 3; k++) {
        turned(v, c->points + 3 * (size_t)c->triangles[3 * t + k], p[k]);
        spots[k] = place(v, p[k]);
    }
}

static bool is_affordable(const view *v, const fc_cloud *c)
{
    uint64_t cost = 0;

    for (uint64_t t = 0; t < c->n_triangles && cost <= MAX_COST; t++) {
        fc_raster_spot spots[3];
        double p[3][3];

        place_corners(v, c, t, p, spots);
        cost += fc__raster_cost(&v->canvas, spots);
    }
    return cost <= MAX_COST;
}

static void draw_triangles(view *v, const fc_cloud *c)
{
    for (uint64_t t = 0; t < c->n_triangles; t++) {
        fc_raster_spot spots[3];
        double p[3][3], flat[3];

        place_corners(v, c, t, p, spots);
        normal_of((const double(*)[3])p, flat);
        for (size_t k = 0; k < 3; k++) {
            const size_t corner = c->triangles[3 * t + k];
            double normal[3] = {0, 0, 0};

            if (c->normals != NULL)
                turned(v, c->normals + 3 * corner, normal);
            if (normal[0] == 0 && normal[1] == 0 && normal[2] == 0)
                memcpy(normal, flat, sizeof(normal));
            shade(v, normal, c->colours != NULL ? c->colours + 3 * corner : NULL, &spots[k]);
        }
        fc__raster_triangle(&v->canvas, spots);
    }
}

/* ---- points ---- */

/* Dots that just touch where they lie evenly over a face as large as the picture. */
static double dot_radius(const view *v, size_t n)
{
    const double r = 1.1 * sqrt(fmax(v->width, 1) * fmax(v->height, 1) / (double)n);

    return fmin(fmax(r, 1.0), 0.012 * v->canvas.side);
}

typedef struct dots {
    size_t n;
    float *points, *normals, *colours; /* n x 3; colours may be NULL */
    bool normals_are_turned;
} dots;

static void draw_dots(view *v, const dots *d)
{
    const double radius = dot_radius(v, d->n);

    for (size_t i = 0; i < d->n; i++) {
        const float *own = d->normals + 3 * i;
        fc_raster_spot spot;
        double p[3], normal[3] = {(double)own[0], (double)own[1], (double)own[2]};

        turned(v, d->points + 3 * i, p);
        if (!d->normals_are_turned)
            turned(v, own, normal);
        spot = place(v, p);
        shade(v, normal, d->colours != NULL ? d->colours + 3 * i : NULL, &spot);
        fc__raster_dot(&v->canvas, &spot, radius);
    }
}

static fc_status draw_surface_dots(view *v, const fc_cloud *c, fc_error *err)
{
    fc_surface s = FC_SURFACE_INIT;
    const fc_status st = fc__surface_sample(c, SURFACE_DOTS, 0, &s, err);

    if (st == FC_OK)
        draw_dots(v, &(dots){s.n, s.points, s.normals, s.colours, false});
    fc__surface_dispose(&s);
    return st;
}

/* Every so many of n rows, m in all; the caller frees them. */
static float *choose_rows(const float *rows, uint64_t n, size_t m)
{
    float *out = fc__alloc_array(m, 3 * sizeof(*out));

    for (size_t i = 0; out != NULL && i < m; i++)
        memcpy(out + 3 * i, rows + 3 * (uint64_t)((double)i * (double)n / (double)m),
               3 * sizeof(*out));
    return out;
}

/* Normals in the turned axes, from the neighbours. Distances are in pixels of the canvas, with less
 * than a tenth of one added by chance: many points in one place would make each search go through
 * all of them. */
static fc_status estimate_normals(const view *v, dots *d, fc_error *err)
{
    float *at = fc__alloc_array(d->n, 3 * sizeof(*at));
    fc_rng rng = fc__rng_seed(0);
    fc_kdtree *tree = NULL;
    fc_status st;

    if (at == NULL)
        return fc__nomem(err, d->n * 3 * sizeof(*at), "points of a picture");
    for (size_t i = 0; i < d->n; i++) {
        const double middle[3] = {v->x_mid, v->y_mid, v->near};
        double p[3];

        turned(v, d->points + 3 * i, p);
        for (size_t k = 0; k < 3; k++)
            at[3 * i + k] =
                (float)((p[k] - middle[k]) * v->scale + 0.2 * (fc__rng_unit(&rng) - 0.5));
    }
    d->normals_are_turned = true;
    st = fc__kdtree_create(&tree, at, d->n, err);
    if (st == FC_OK)
        st = fc__normals_estimate(tree, at, d->n, NORMAL_NEAREST, d->normals, err);
    fc__kdtree_destroy(tree);
    free(at);
    return st;
}

static fc_status draw_points(view *v, const fc_cloud *c, fc_error *err)
{
    const size_t m = c->n_points < MAX_DOTS ? (size_t)c->n_points : MAX_DOTS;
    dots d = {.n = m, .points = choose_rows(c->points, c->n_points, m)};
    fc_status st = FC_OK;

    d.colours = c->colours != NULL ? choose_rows(c->colours, c->n_points, m) : NULL;
    d.normals = c->normals != NULL ? choose_rows(c->normals, c->n_points, m)
                                   : fc__alloc_array(m, 3 * sizeof(*d.normals));
    if (d.points == NULL || d.normals == NULL || (c->colours != NULL && d.colours == NULL))
        st = fc__nomem(err, m * 9 * sizeof(float), "points of a picture");
    if (st == FC_OK && c->normals == NULL)
        st = estimate_normals(v, &d, err);
    if (st == FC_OK)
        draw_dots(v, &d);
    free(d.normals);
    free(d.colours);
    free(d.points);
    return st;
}

fc_status fc__shape_view(const fc_cloud *c, fc_up up, uint32_t side, fc_image *out, fc_error *err)
{
    view v = {.canvas = {0, NULL, NULL}};
    fc_status st = fc__raster_create(&v.canvas, side, err);

    *out = (fc_image)FC_IMAGE_INIT;
    if (st != FC_OK)
        return st;
    set_turn(&v, up);
    fit(&v, c);
    if (c->n_triangles == 0 || !(fc__surface_areas(c, NULL) > 0))
        st = draw_points(&v, c, err);
    else if (is_affordable(&v, c))
        draw_triangles(&v, c);
    else
        st = draw_surface_dots(&v, c, err);
    if (st == FC_OK)
        st = fc__raster_picture(&v.canvas, out, err);
    fc__raster_dispose(&v.canvas);
    return st;
}
