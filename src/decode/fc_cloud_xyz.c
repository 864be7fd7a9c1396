/*
 * XYZ: a point a line, columns of numbers between blanks, tabs, commas or semicolons: x y z; then
 * normals, colours or both in either order (three columns each); with four or seven columns, the
 * fourth is an intensity and is left out. Lines that begin with # // % or ; are comments. A first
 * line may hold the number of points alone (PTS), or the names of the columns.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_cloud_internal.h"

#define MAX_COLUMNS 9

typedef struct xyz {
    fc_cloud_text t;
    size_t n_columns;
    int64_t promised; /* points, by a first line of one number; -1: none */
    float *extra;     /* n x 6: what stands behind x y z and the intensity */
    size_t extra_capacity;
} xyz;

static bool is_comment(const fc_cloud_text *t)
{
    return strchr("#%;", *t->at) != NULL ||
           (*t->at == '/' && t->end - t->at > 1 && t->at[1] == '/');
}

static void skip_separator(fc_cloud_text *t)
{
    if (fc__cloud_skip_blanks(t) && (*t->at == ',' || *t->at == ';'))
        t->at++;
    fc__cloud_skip_blanks(t);
}

/* The numbers of this line, at most MAX_COLUMNS. */
static fc_status read_columns(xyz *x, double v[MAX_COLUMNS], size_t *n, fc_error *err)
{
    for (*n = 0; fc__cloud_skip_blanks(&x->t) && *x->t.at != '#'; skip_separator(&x->t)) {
        if (*n == MAX_COLUMNS)
            return fc_error_set(err, FC_E_FORMAT, "XYZ line %zu: more than %d columns", x->t.line,
                                MAX_COLUMNS);
        if (!fc__cloud_number(&x->t, &v[*n]))
            return fc__cloud_bad_word(&x->t, "XYZ", "a number", err);
        ++*n;
    }
    return FC_OK;
}

static fc_status check_columns(const xyz *x, size_t n, fc_error *err)
{
    if (x->n_columns == 0 && n != 3 && n != 4 && n != 6 && n != 7 && n != 9)
        return fc_error_set(err, FC_E_FORMAT,
                            "XYZ line %zu: %zu columns; 3, 4, 6, 7 or 9 are wanted", x->t.line, n);
    if (x->n_columns != 0 && n != x->n_columns)
        return fc_error_set(err, FC_E_FORMAT, "XYZ line %zu: %zu columns, %zu in the lines before",
                            x->t.line, n, x->n_columns);
    return FC_OK;
}

static fc_status take_line(xyz *x, fc_cloud_build *b, const double *v, size_t n, fc_error *err)
{
    const size_t first = n == 4 || n == 7 ? 4 : 3;
    const uint64_t i = b->cloud.n_points;
    float p[3];
    fc_status st = check_columns(x, n, err);

    if (st == FC_OK)
        st = fc__cloud_finite(v, p, "point", "XYZ", "line", x->t.line, err);
    if (st == FC_OK)
        st = fc__cloud_add_point(b, p, err);
    if (st == FC_OK && n > first)
        st = fc__grow_array(&x->extra, &x->extra_capacity, i + 1, 6 * sizeof(float), err);
    for (size_t k = first; k < n && st == FC_OK; k += 3)
        st = fc__cloud_finite(v + k, x->extra + 6 * i + (k - first), "normal or colour", "XYZ",
                              "line", x->t.line, err);
    x->n_columns = n;
    return st;
}

/* Names of columns ("x,y,z") or a number of points may stand in the first line. */
static bool is_heading(xyz *x, const double *v, size_t n, fc_status st)
{
    if (x->n_columns != 0 || x->promised >= 0)
        return false;
    if (st != FC_OK && n == 0 && (isalpha((unsigned char)*x->t.at) || *x->t.at == '"')) {
        x->promised = INT64_MAX;
        return true;
    }
    if (st == FC_OK && n == 1 && v[0] >= 0 && v[0] < 9e15 && v[0] == (double)(int64_t)v[0]) {
        x->promised = (int64_t)v[0];
        return true;
    }
    return false;
}

static fc_status finish(xyz *x, fc_cloud_build *b, fc_error *err)
{
    const size_t n_extra = x->n_columns - x->n_columns % 3; /* without the intensity */
    fc_status st = FC_OK;

    if (x->promised >= 0 && x->promised != INT64_MAX && (uint64_t)x->promised != b->cloud.n_points)
        return fc_error_set(err, FC_E_FORMAT,
                            "XYZ: the first line counts %jd points; there are %ju",
                            (intmax_t)x->promised, (uintmax_t)b->cloud.n_points);
    for (size_t k = 3; k < n_extra && st == FC_OK; k += 3)
        st = fc__cloud_take_columns(&b->cloud, x->extra, 6, k - 3, "XYZ", err);
    return st;
}

fc_status fc__cloud_read_xyz(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    xyz x = {.t = fc__cloud_text_over(bytes, n), .promised = -1};
    fc_status st = FC_OK;

    while (st == FC_OK && fc__cloud_skip_space(&x.t, '\0')) {
        double v[MAX_COLUMNS];
        size_t k = 0;

        if (!is_comment(&x.t)) {
            st = read_columns(&x, v, &k, err);
            if (is_heading(&x, v, k, st))
                st = FC_OK;
            else if (st == FC_OK)
                st = take_line(&x, b, v, k, err);
        }
        fc__cloud_next_line(&x.t);
    }
    if (st == FC_OK)
        st = finish(&x, b, err);
    free(x.extra);
    return st;
}
