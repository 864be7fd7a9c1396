/*
 * A cloud while it is read: rows that are appended, and the checks that every format needs.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_cloud_internal.h"

static fc_status over_limit(const fc_cloud_build *b, const char *what, fc_error *err)
{
    return fc_error_set(err, FC_E_LIMIT, "more than %ju %s, the limit: --max-points",
                        (uintmax_t)b->max_points, what);
}

fc_status fc__cloud_add_point(fc_cloud_build *b, const float point[3], fc_error *err)
{
    fc_status st;

    if (b->cloud.n_points >= b->max_points)
        return over_limit(b, "points", err);
    st = fc__grow_array(&b->cloud.points, &b->points_capacity, b->cloud.n_points + 1,
                        3 * sizeof(float), err);
    if (st == FC_OK)
        memcpy(b->cloud.points + 3 * b->cloud.n_points++, point, 3 * sizeof(float));
    return st;
}

fc_status fc__cloud_add_polygon(fc_cloud_build *b, const uint32_t *corners, size_t n, fc_error *err)
{
    fc_status st;

    if (n < 3)
        return FC_OK;
    if (n - 2 > b->max_points - b->cloud.n_triangles)
        return over_limit(b, "triangles", err);
    st = fc__grow_array(&b->cloud.triangles, &b->triangles_capacity, b->cloud.n_triangles + n - 2,
                        3 * sizeof(uint32_t), err);
    for (size_t i = 1; i + 1 < n && st == FC_OK; i++) {
        uint32_t *to = b->cloud.triangles + 3 * b->cloud.n_triangles++;

        to[0] = corners[0];
        to[1] = corners[i];
        to[2] = corners[i + 1];
    }
    return st;
}

static fc_status rows_of_three(float **out, uint64_t n, fc_error *err)
{
    *out = fc__alloc_array(n, 3 * sizeof(float));
    return *out != NULL ? FC_OK : fc__nomem(err, n * 3 * sizeof(float), "points");
}

fc_status fc__cloud_reserve(fc_cloud_build *b, uint64_t n, bool normals, bool colours,
                            fc_error *err)
{
    fc_status st;

    if (n > b->max_points)
        return fc_error_set(err, FC_E_LIMIT, "%ju points, more than the limit of %ju: --max-points",
                            (uintmax_t)n, (uintmax_t)b->max_points);
    st = fc__grow_array(&b->cloud.points, &b->points_capacity, n, 3 * sizeof(float), err);
    if (st == FC_OK && normals)
        st = rows_of_three(&b->cloud.normals, n, err);
    if (st == FC_OK && colours)
        st = rows_of_three(&b->cloud.colours, n, err);
    return st;
}

fc_status fc__cloud_check_triangles(const fc_cloud *c, const char *format, fc_error *err)
{
    for (uint64_t i = 0; i < 3 * c->n_triangles; i++)
        if (c->triangles[i] >= c->n_points)
            return fc_error_set(err, FC_E_FORMAT,
                                "%s triangle %ju: it names point %u, and there are %ju", format,
                                (uintmax_t)(i / 3), c->triangles[i], (uintmax_t)c->n_points);
    return FC_OK;
}

fc_status fc__cloud_scale_colours(fc_cloud *c, const char *format, fc_error *err)
{
    float low = 0, high = 0;

    for (uint64_t i = 0; i < 3 * c->n_points; i++) {
        low = c->colours[i] < low ? c->colours[i] : low;
        high = c->colours[i] > high ? c->colours[i] : high;
    }
    if (low < 0 || high > 255)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: colours run from %g to %g; 0 to 1 or 0 to 255 is wanted", format,
                            (double)low, (double)high);
    for (uint64_t i = 0; high > 1 && i < 3 * c->n_points; i++)
        c->colours[i] /= 255.0f;
    return FC_OK;
}

/* Is every triple of unit length, within what four digits leave, or zero where a writer had none?
 */
static bool are_normals(const float *rows, uint64_t n)
{
    uint64_t n_unit = 0;

    for (uint64_t i = 0; i < n; i++) {
        const double x = rows[3 * i], y = rows[3 * i + 1], z = rows[3 * i + 2];
        const double square = x * x + y * y + z * z;

        if (square != 0 && fabs(square - 1) > 0.01)
            return false;
        n_unit += square != 0;
    }
    return n_unit > 0;
}

fc_status fc__cloud_take_columns(fc_cloud *c, const float *rows, size_t n_columns, size_t first,
                                 const char *format, fc_error *err)
{
    float *triples;
    fc_status st = rows_of_three(&triples, c->n_points, err);

    if (st != FC_OK)
        return st;
    for (uint64_t i = 0; i < c->n_points; i++)
        memcpy(triples + 3 * i, rows + n_columns * i + first, 3 * sizeof(float));
    if (c->normals == NULL && are_normals(triples, c->n_points)) {
        c->normals = triples;
        return FC_OK;
    }
    if (c->colours != NULL) {
        free(triples);
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: two triples of columns are no unit normals; one of colours is "
                            "wanted at most",
                            format);
    }
    c->colours = triples;
    return fc__cloud_scale_colours(c, format, err);
}

fc_status fc__cloud_finite(const double v[3], float out[3], const char *what, const char *format,
                           const char *unit, uint64_t place, fc_error *err)
{
    for (size_t i = 0; i < 3; i++) {
        out[i] = (float)v[i];
        if (!isfinite(out[i]))
            return fc_error_set(err, FC_E_FORMAT,
                                "%s %s %ju: %c of a %s is %g; a finite number is wanted", format,
                                unit, (uintmax_t)place, "xyz"[i], what, v[i]);
    }
    return FC_OK;
}
