/*
 * OBJ of Wavefront: points (v), with colours where they have six numbers; normals (vn) through the
 * corners of faces; faces (f) of any number of corners, counted from 1 or from the end. A point has
 * the normal of the first corner that names it with one, 0 0 0 when none does. A line that ends in
 * a backslash goes on in the next. Every other statement (vt, g, usemtl, curves ...) is ignored.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_cloud_internal.h"

typedef struct obj {
    fc_cloud_text t;
    float *colours; /* of each point so far, while every point had one */
    size_t colours_capacity;
    bool without_colour; /* a point had none */
    float *vn;           /* as in the file, n_vn x 3 */
    size_t n_vn, vn_capacity;
    float *normals; /* of points that corners named with one */
    size_t n_normals, normals_capacity;
    uint32_t *corners; /* of one face */
    size_t corners_capacity;
    uint64_t highest; /* point that a face names, from 1, and its line */
    size_t highest_line;
} obj;

/* Blanks, and the end of a line that a backslash stands before. */
static bool skip_within_line(fc_cloud_text *t)
{
    while (fc__cloud_skip_blanks(t)) {
        if (*t->at != '\\' || t->end - t->at < 2 || (t->at[1] != '\n' && t->at[1] != '\r'))
            return *t->at != '#';
        fc__cloud_next_line(t);
    }
    return false;
}

/* Past this line, and those that it goes on in. */
static void skip_statement(fc_cloud_text *t)
{
    const char *begin = t->at;

    while (fc__cloud_next_line(t)) {
        const char *last = t->at - 1;

        if (last > begin && *last == '\n' && last[-1] == '\r')
            last--;
        if (last == begin || last[-1] != '\\')
            return;
    }
}

static fc_status read_numbers(fc_cloud_text *t, double *v, size_t max, size_t least, size_t *n,
                              fc_error *err)
{
    for (*n = 0; *n < max && skip_within_line(t); ++*n)
        if (!fc__cloud_number(t, &v[*n]))
            return fc__cloud_bad_word(t, "OBJ", "a number", err);
    return *n < least ? fc__cloud_bad_word(t, "OBJ", "a number", err) : FC_OK;
}

static fc_status read_point(obj *o, fc_cloud_build *b, fc_error *err)
{
    const uint64_t i = b->cloud.n_points;
    double v[6];
    float p[3];
    size_t n;
    fc_status st = read_numbers(&o->t, v, 6, 3, &n, err);

    if (st == FC_OK)
        st = fc__cloud_finite(v, p, "point", "OBJ", "line", o->t.line, err);
    if (st == FC_OK)
        st = fc__cloud_add_point(b, p, err);
    o->without_colour = o->without_colour || n < 6; /* a fourth alone is a weight */
    if (st != FC_OK || o->without_colour)
        return st;
    st = fc__grow_array(&o->colours, &o->colours_capacity, i + 1, 3 * sizeof(float), err);
    return st == FC_OK ? fc__cloud_finite(v + 3, o->colours + 3 * i, "colour", "OBJ", "line",
                                          o->t.line, err)
                       : st;
}

static fc_status read_normal(obj *o, fc_cloud_build *b, fc_error *err)
{
    double v[3];
    size_t n;
    fc_status st = read_numbers(&o->t, v, 3, 3, &n, err);

    if (st == FC_OK && o->n_vn >= b->max_points)
        st = fc_error_set(err, FC_E_LIMIT, "more than %ju normals, the limit: --max-points",
                          (uintmax_t)b->max_points);
    if (st == FC_OK)
        st = fc__grow_array(&o->vn, &o->vn_capacity, o->n_vn + 1, 3 * sizeof(float), err);
    if (st == FC_OK)
        st = fc__cloud_finite(v, o->vn + 3 * o->n_vn, "normal", "OBJ", "line", o->t.line, err);
    o->n_vn += st == FC_OK;
    return st;
}

/* An index of the file to one from 0: from 1 on, or back from what there is so far. Forward
 * references to points are legal; check_highest sees to them. */
static fc_status resolve(const obj *o, int64_t index, uint64_t have, uint64_t *out, fc_error *err)
{
    if (index == 0 || (index < 0 && (uint64_t)-index > have) || index > UINT32_MAX)
        return fc_error_set(err, FC_E_FORMAT,
                            "OBJ line %zu: a face names %jd, and there are %ju so far", o->t.line,
                            (intmax_t)index, (uintmax_t)have);
    *out = index > 0 ? (uint64_t)index - 1 : have - (uint64_t)-index;
    return FC_OK;
}

static fc_status give_normal(obj *o, uint64_t point, uint64_t normal, fc_error *err)
{
    const size_t before = o->n_normals;
    float *to;
    fc_status st;

    if (point >= before) {
        st = fc__grow_array(&o->normals, &o->normals_capacity, point + 1, 3 * sizeof(float), err);
        if (st != FC_OK)
            return st;
        memset(o->normals + 3 * before, 0, (point + 1 - before) * 3 * sizeof(float));
        o->n_normals = point + 1;
    }
    to = o->normals + 3 * point;
    if (to[0] == 0 && to[1] == 0 && to[2] == 0)
        memcpy(to, o->vn + 3 * normal, 3 * sizeof(float));
    return FC_OK;
}

/* One corner: point, point/texture, point//normal, point/texture/normal. */
static fc_status read_corner(obj *o, uint64_t n_points, uint32_t *out, fc_error *err)
{
    int64_t index[3] = {0};
    bool given[3] = {false};
    uint64_t point = 0, normal = 0;
    fc_status st;

    for (size_t k = 0; k < 3; k++) {
        given[k] = fc__cloud_integer(&o->t, &index[k]);
        if (o->t.at == o->t.end || *o->t.at != '/')
            break;
        o->t.at++;
    }
    if (!given[0] || (o->t.at < o->t.end && strchr(" \t\v\f\r\n\\#", *o->t.at) == NULL))
        return fc__cloud_bad_word(&o->t, "OBJ", "a corner such as 3 or 3/1/2", err);
    st = resolve(o, index[0], n_points, &point, err);
    *out = (uint32_t)point;
    /* Normals of points that are not there yet are left out: `normals` grows with the points. */
    if (st != FC_OK || !given[2] || point >= n_points)
        return st;
    st = resolve(o, index[2], o->n_vn, &normal, err);
    if (st == FC_OK && normal < o->n_vn)
        st = give_normal(o, point, normal, err);
    return st;
}

static fc_status read_face(obj *o, fc_cloud_build *b, fc_error *err)
{
    fc_status st = FC_OK;
    size_t n = 0;

    while (st == FC_OK && skip_within_line(&o->t)) {
        st = fc__grow_array(&o->corners, &o->corners_capacity, n + 1, sizeof(*o->corners), err);
        if (st == FC_OK)
            st = read_corner(o, b->cloud.n_points, &o->corners[n++], err);
    }
    for (size_t i = 0; st == FC_OK && n >= 3 && i < n; i++)
        if (o->corners[i] >= o->highest) {
            o->highest = (uint64_t)o->corners[i] + 1;
            o->highest_line = o->t.line;
        }
    return st == FC_OK ? fc__cloud_add_polygon(b, o->corners, n, err) : st;
}

/* All points are there now: are those that faces named? */
static fc_status check_highest(const obj *o, const fc_cloud *c, fc_error *err)
{
    if (o->highest <= c->n_points)
        return FC_OK;
    return fc_error_set(err, FC_E_FORMAT, "OBJ line %zu: a face names point %ju, and there are %ju",
                        o->highest_line, (uintmax_t)o->highest, (uintmax_t)c->n_points);
}

static fc_status read_statement(obj *o, fc_cloud_build *b, fc_error *err)
{
    const size_t n = fc__cloud_word(&o->t);
    const char *word = o->t.at;
    fc_status st = FC_OK;

    if (n == 1 && (*word == 'v' || *word == 'f')) {
        o->t.at += n;
        st = *word == 'v' ? read_point(o, b, err) : read_face(o, b, err);
    } else if (n == 2 && memcmp(word, "vn", 2) == 0) {
        o->t.at += n;
        st = read_normal(o, b, err);
    }
    skip_statement(&o->t);
    return st;
}

/* Hand normals and colours to the cloud, a row a point. */
static fc_status finish(obj *o, fc_cloud *c, fc_error *err)
{
    fc_status st = check_highest(o, c, err);

    if (st == FC_OK && o->n_normals > 0) {
        st = fc__grow_array(&o->normals, &o->normals_capacity, c->n_points, 3 * sizeof(float), err);
        if (st != FC_OK)
            return st;
        memset(o->normals + 3 * o->n_normals, 0, (c->n_points - o->n_normals) * 3 * sizeof(float));
        c->normals = o->normals;
        o->normals = NULL;
    }
    if (st == FC_OK && !o->without_colour && c->n_points > 0) {
        c->colours = o->colours;
        o->colours = NULL;
        st = fc__cloud_scale_colours(c, "OBJ", err);
    }
    return st;
}

fc_status fc__cloud_read_obj(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    obj o = {.t = fc__cloud_text_over(bytes, n)};
    fc_status st = FC_OK;

    while (st == FC_OK && fc__cloud_skip_space(&o.t, '#'))
        st = read_statement(&o, b, err);
    if (st == FC_OK)
        st = finish(&o, &b->cloud, err);
    free(o.colours);
    free(o.vn);
    free(o.normals);
    free(o.corners);
    return st;
}
