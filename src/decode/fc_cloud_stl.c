/*
 * STL, binary and ascii: triangles with a normal each, and nothing is shared. Points are welded;
 * the normals, which follow from the corners, are left out.
 *
 * Which of the two it is tells the size: 80 bytes of anything (often "solid ..."), a count, and 50
 * bytes a triangle.
 */
#include <string.h>

#include "fc_bytes.h"
#include "fc_cloud_internal.h"

#define HEADER_BYTES   84
#define TRIANGLE_BYTES 50
#define NORMAL_BYTES   12

bool fc__cloud_is_binary_stl(const uint8_t *bytes, size_t n)
{
    return n >= HEADER_BYTES &&
           n == HEADER_BYTES + (uint64_t)fc_get_le32(bytes + HEADER_BYTES - 4) * TRIANGLE_BYTES;
}

/* The last three points are a triangle. */
static fc_status close_triangle(fc_cloud_build *b, fc_error *err)
{
    const uint32_t end = (uint32_t)b->cloud.n_points;

    return fc__cloud_add_polygon(b, (const uint32_t[]){end - 3, end - 2, end - 1}, 3, err);
}

static fc_status read_binary(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t at = HEADER_BYTES; at < n && st == FC_OK; at += TRIANGLE_BYTES) {
        for (size_t k = 0; k < 3 && st == FC_OK; k++) {
            double v[3];
            float p[3];

            for (size_t a = 0; a < 3; a++)
                v[a] = (double)fc_get_le_f32(bytes + at + NORMAL_BYTES + 12 * k + 4 * a);
            st = fc__cloud_finite(v, p, "corner", "STL", "triangle",
                                  (at - HEADER_BYTES) / TRIANGLE_BYTES, err);
            if (st == FC_OK)
                st = fc__cloud_add_point(b, p, err);
        }
        if (st == FC_OK)
            st = close_triangle(b, err);
    }
    return st;
}

/* One line of an ascii file. *corners counts those of the loop that is open. */
static fc_status read_line(fc_cloud_text *t, fc_cloud_build *b, int *corners, bool *in_solid,
                           fc_error *err)
{
    const size_t n = fc__cloud_word(t);
    double v[3];
    float p[3];
    fc_status st;

    if (fc__cloud_word_is(t, n, "vertex")) {
        t->at += n;
        st = fc__cloud_numbers(t, v, 3, "STL", err);
        if (st == FC_OK)
            st = fc__cloud_finite(v, p, "corner", "STL", "line", t->line, err);
        if (st == FC_OK && ++*corners > 3)
            st = fc_error_set(err, FC_E_FORMAT, "STL line %zu: a loop of more than 3 corners",
                              t->line);
        return st == FC_OK ? fc__cloud_add_point(b, p, err) : st;
    }
    if (fc__cloud_word_is(t, n, "endloop")) {
        if (*corners != 3)
            return fc_error_set(err, FC_E_FORMAT, "STL line %zu: a loop of %d corners, not 3",
                                t->line, *corners);
        *corners = 0;
        return close_triangle(b, err);
    }
    if (fc__cloud_word_is(t, n, "solid") || fc__cloud_word_is(t, n, "endsolid"))
        *in_solid = n == 5;
    else if (!fc__cloud_word_is(t, n, "facet") && !fc__cloud_word_is(t, n, "outer") &&
             !fc__cloud_word_is(t, n, "endfacet"))
        return fc__cloud_bad_word(t, "STL", "facet, outer, vertex, endloop or endsolid", err);
    return FC_OK;
}

static fc_status read_ascii(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    fc_cloud_text t = fc__cloud_text_over(bytes, n);
    bool in_solid = false;
    fc_status st = FC_OK;
    int corners = 0;

    while (st == FC_OK && fc__cloud_skip_space(&t, '\0')) {
        st = read_line(&t, b, &corners, &in_solid, err);
        fc__cloud_next_line(&t);
    }
    if (st == FC_OK && (in_solid || corners != 0))
        st = fc_error_set(err, FC_E_FORMAT, "STL line %zu: the file ends before its endsolid",
                          t.line);
    return st;
}

fc_status fc__cloud_read_stl(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    /* The corners of a mesh are a sixth in number once they are welded: the cap is on those. */
    const uint64_t max_points = b->max_points;
    fc_cloud_text t = fc__cloud_text_over(bytes, n);
    fc_status st;

    b->max_points = max_points < UINT32_MAX / 3 ? 3 * max_points : UINT32_MAX;
    if (fc__cloud_is_binary_stl(bytes, n))
        st = read_binary(bytes, n, b, err);
    else if (fc__cloud_skip_space(&t, '\0') && fc__cloud_word_is(&t, fc__cloud_word(&t), "solid"))
        st = read_ascii(bytes, n, b, err);
    else if (n < HEADER_BYTES)
        st = fc_error_set(err, FC_E_FORMAT, "STL: %zu bytes, less than a header", n);
    else
        st = fc_error_set(
            err, FC_E_FORMAT,
            "STL: the header counts %u triangles, that is %ju bytes; there are %zu",
            fc_get_le32(bytes + HEADER_BYTES - 4),
            HEADER_BYTES + (uintmax_t)fc_get_le32(bytes + HEADER_BYTES - 4) * TRIANGLE_BYTES, n);
    b->max_points = max_points;
    if (st == FC_OK && b->cloud.n_triangles > max_points)
        st =
            fc_error_set(err, FC_E_LIMIT, "%ju triangles, more than the limit of %ju: --max-points",
                         (uintmax_t)b->cloud.n_triangles, (uintmax_t)max_points);
    if (st == FC_OK)
        st = fc__cloud_weld(&b->cloud, err);
    if (st == FC_OK && b->cloud.n_points > max_points)
        st = fc_error_set(err, FC_E_LIMIT, "%ju points, more than the limit of %ju: --max-points",
                          (uintmax_t)b->cloud.n_points, (uintmax_t)max_points);
    return st;
}
