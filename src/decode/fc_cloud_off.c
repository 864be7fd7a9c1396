/*
 * OFF of Geomview: OFF, COFF, NOFF and their joins, as text. After the counts come the points, a
 * line each (x y z, then the normal with N, the colour with C, texture with ST, and whatever else,
 * which is left out), then the faces: a number of corners, the corners, a colour that is left out.
 * # begins a comment. The number of edges may be missing, and the counts may follow the word
 * without a blank, as in files of ModelNet.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_cloud_internal.h"

#define POINT_BYTES 6 /* "0 0 0\n" */
#define FACE_BYTES  2 /* "0\n" */

typedef struct off {
    fc_cloud_text t;
    bool normals, colours;
    int64_t n_points, n_faces;
    uint32_t *corners;
    size_t capacity;
} off;

static bool take_prefix(off *o, const char *prefix)
{
    const size_t n = strlen(prefix);

    if ((size_t)(o->t.end - o->t.at) < n || memcmp(o->t.at, prefix, n) != 0)
        return false;
    o->t.at += n;
    return true;
}

static fc_status read_count(off *o, int64_t *out, fc_error *err)
{
    if (!fc__cloud_skip_space(&o->t, '#') || !fc__cloud_integer(&o->t, out) || *out < 0)
        return fc__cloud_bad_word(&o->t, "OFF", "a count", err);
    return FC_OK;
}

static fc_status check_count(const off *o, int64_t count, size_t each, const char *what,
                             fc_error *err)
{
    const size_t left = (size_t)(o->t.end - o->t.at);

    /* The last line may lack its end. */
    if ((uint64_t)count > (left + 1) / each)
        return fc_error_set(err, FC_E_FORMAT,
                            "OFF line %zu: it counts %jd %s, and only %zu bytes follow", o->t.line,
                            (intmax_t)count, what, left);
    return FC_OK;
}

static fc_status read_header(off *o, fc_error *err)
{
    fc_status st;

    fc__cloud_skip_space(&o->t, '#');
    take_prefix(o, "ST");
    o->colours = take_prefix(o, "C");
    o->normals = take_prefix(o, "N");
    if (take_prefix(o, "4") || take_prefix(o, "n"))
        return fc_error_set(err, FC_E_UNSUPPORTED, "OFF with points of other than 3 dimensions");
    if (!take_prefix(o, "OFF"))
        return fc__cloud_bad_word(&o->t, "OFF", "OFF", err);
    if (fc__cloud_skip_blanks(&o->t) && take_prefix(o, "BINARY"))
        return fc_error_set(err, FC_E_UNSUPPORTED, "OFF in its binary form; save it as text");
    if ((st = read_count(o, &o->n_points, err)) != FC_OK ||
        (st = read_count(o, &o->n_faces, err)) != FC_OK)
        return st;
    fc__cloud_next_line(&o->t); /* and with it the number of edges */
    if ((st = check_count(o, o->n_points, POINT_BYTES, "points", err)) != FC_OK)
        return st;
    return check_count(o, o->n_faces, FACE_BYTES, "faces", err);
}

static fc_status read_point(off *o, fc_cloud_build *b, fc_error *err)
{
    const uint64_t i = b->cloud.n_points;
    double v[9];
    float p[3];
    fc_status st;

    if (!fc__cloud_skip_space(&o->t, '#'))
        return fc__cloud_bad_word(&o->t, "OFF", "a point", err);
    st = fc__cloud_numbers(&o->t, v, 3 + (o->normals ? 3u : 0) + (o->colours ? 3u : 0), "OFF", err);
    if (st == FC_OK)
        st = fc__cloud_finite(v, p, "point", "OFF", "line", o->t.line, err);
    if (st == FC_OK && o->normals)
        st = fc__cloud_finite(v + 3, b->cloud.normals + 3 * i, "normal", "OFF", "line", o->t.line,
                              err);
    if (st == FC_OK && o->colours)
        st = fc__cloud_finite(v + (o->normals ? 6 : 3), b->cloud.colours + 3 * i, "colour", "OFF",
                              "line", o->t.line, err);
    if (st == FC_OK)
        st = fc__cloud_add_point(b, p, err);
    fc__cloud_next_line(&o->t);
    return st;
}

static fc_status read_face(off *o, fc_cloud_build *b, fc_error *err)
{
    int64_t n, corner;
    fc_status st = read_count(o, &n, err);

    /* " 0" a corner. */
    if (st == FC_OK)
        st = check_count(o, n, 2, "corners", err);
    if (st == FC_OK)
        st = fc__grow_array(&o->corners, &o->capacity, (size_t)n, sizeof(*o->corners), err);
    for (int64_t k = 0; k < n && st == FC_OK; k++) {
        if (!fc__cloud_skip_space(&o->t, '#') || !fc__cloud_integer(&o->t, &corner))
            return fc__cloud_bad_word(&o->t, "OFF", "the number of a point", err);
        if (corner < 0 || corner >= o->n_points)
            return fc_error_set(err, FC_E_FORMAT,
                                "OFF line %zu: a face names point %jd, and there are %jd",
                                o->t.line, (intmax_t)corner, (intmax_t)o->n_points);
        o->corners[k] = (uint32_t)corner;
    }
    if (st == FC_OK)
        st = fc__cloud_add_polygon(b, o->corners, (size_t)n, err);
    fc__cloud_next_line(&o->t);
    return st;
}

fc_status fc__cloud_read_off(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    off o = {.t = fc__cloud_text_over(bytes, n)};
    fc_status st = read_header(&o, err);

    if (st == FC_OK)
        st = fc__cloud_reserve(b, (uint64_t)o.n_points, o.normals, o.colours, err);
    for (int64_t i = 0; i < o.n_points && st == FC_OK; i++)
        st = read_point(&o, b, err);
    for (int64_t i = 0; i < o.n_faces && st == FC_OK; i++)
        st = read_face(&o, b, err);
    if (st == FC_OK && o.colours)
        st = fc__cloud_scale_colours(&b->cloud, "OFF", err);
    free(o.corners);
    return st;
}
