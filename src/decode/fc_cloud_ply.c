/*
 * The elements of a PLY file, in its three forms. One function reads a value of a form; elements
 * and properties without a role are read over. In text, blanks and ends of lines are the same, as
 * most readers have it.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_cloud_ply.h"

typedef struct ply {
    fc_ply_header header;
    fc_cloud_text t; /* in the binary forms, `at` alone is used */
    const char *begin;
    uint32_t *corners; /* of one face */
    size_t capacity;
} ply;

/* Names of other elements are text from outside, and say little. */
static const char *element_name(const fc_ply_element *e)
{
    return e->is_vertex ? "vertex" : e->is_face ? "face" : "of another name";
}

static fc_status cut_off(const fc_ply_element *e, uint64_t i, fc_error *err)
{
    return fc_error_set(err, FC_E_FORMAT, "PLY: the file ends within element %s %ju of %ju",
                        element_name(e), (uintmax_t)i, (uintmax_t)e->count);
}

static double from_bytes(const char *at, fc_ply_type type, bool big)
{
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64;
    double d;
    float f;

    switch (type) {
    case FC_PLY_I8:
        return (double)(int8_t)*at;
    case FC_PLY_U8:
        return (double)(uint8_t)*at;
    case FC_PLY_I16:
    case FC_PLY_U16:
        u16 = big ? fc_get_be16(at) : fc_get_le16(at);
        return type == FC_PLY_I16 ? (double)(int16_t)u16 : (double)u16;
    case FC_PLY_I32:
    case FC_PLY_U32:
        u32 = big ? fc_get_be32(at) : fc_get_le32(at);
        return type == FC_PLY_I32 ? (double)(int32_t)u32 : (double)u32;
    case FC_PLY_F32:
        u32 = big ? fc_get_be32(at) : fc_get_le32(at);
        memcpy(&f, &u32, sizeof(f));
        return (double)f;
    case FC_PLY_F64:
        break;
    }
    u64 = big ? fc_get_be64(at) : fc_get_le64(at);
    memcpy(&d, &u64, sizeof(d));
    return d;
}

/* The next value of this type; i is the element's number, for messages. */
static fc_status read_value(ply *p, const fc_ply_element *e, uint64_t i, fc_ply_type type,
                            double *out, fc_error *err)
{
    const size_t size = fc__ply_size(type);

    if (p->header.form == FC_PLY_ASCII) {
        if (!fc__cloud_skip_space(&p->t, '\0'))
            return cut_off(e, i, err);
        return fc__cloud_number(&p->t, out) ? FC_OK
                                            : fc__cloud_bad_word(&p->t, "PLY", "a number", err);
    }
    if ((size_t)(p->t.end - p->t.at) < size)
        return cut_off(e, i, err);
    *out = from_bytes(p->t.at, type, p->header.form == FC_PLY_BIG);
    p->t.at += size;
    return FC_OK;
}

/* A list's length, held against the bytes that are left. */
static fc_status read_length(ply *p, const fc_ply_element *e, uint64_t i,
                             const fc_ply_property *prop, size_t *out, fc_error *err)
{
    const size_t each = p->header.form == FC_PLY_ASCII ? 2 : fc__ply_size(prop->type);
    double length = 0;
    fc_status st = read_value(p, e, i, prop->count_type, &length, err);

    if (st != FC_OK)
        return st;
    if (!(length >= 0) || length > UINT32_MAX || length != (double)(uint64_t)length ||
        (uint64_t)length > (size_t)(p->t.end - p->t.at) / each)
        return fc_error_set(err, FC_E_FORMAT,
                            "PLY: element %ju has a list of %g values; %zu bytes are left",
                            (uintmax_t)i, length, (size_t)(p->t.end - p->t.at));
    *out = (size_t)length;
    return FC_OK;
}

static fc_status skip_list(ply *p, const fc_ply_element *e, uint64_t i, const fc_ply_property *prop,
                           fc_error *err)
{
    size_t n = 0;
    double ignored;
    fc_status st = read_length(p, e, i, prop, &n, err);

    if (st == FC_OK && p->header.form != FC_PLY_ASCII) {
        p->t.at += n * fc__ply_size(prop->type);
        return FC_OK;
    }
    for (size_t k = 0; k < n && st == FC_OK; k++)
        st = read_value(p, e, i, prop->type, &ignored, err);
    return st;
}

static fc_status read_corners(ply *p, const fc_ply_element *e, uint64_t i,
                              const fc_ply_property *prop, fc_cloud_build *b, fc_error *err)
{
    size_t n = 0;
    fc_status st = read_length(p, e, i, prop, &n, err);

    if (st == FC_OK)
        st = fc__grow_array(&p->corners, &p->capacity, n, sizeof(*p->corners), err);
    for (size_t k = 0; k < n && st == FC_OK; k++) {
        double v = 0;

        st = read_value(p, e, i, prop->type, &v, err);
        if (st == FC_OK && (!(v >= 0) || v > UINT32_MAX || v != (double)(uint32_t)v))
            st = fc_error_set(err, FC_E_FORMAT, "PLY: face %ju names point %g", (uintmax_t)i, v);
        p->corners[k] = st == FC_OK ? (uint32_t)v : 0;
    }
    return st == FC_OK ? fc__cloud_add_polygon(b, p->corners, n, err) : st;
}

/* One point, with what else the element has. */
static fc_status read_vertex(ply *p, const fc_ply_element *e, uint64_t i, fc_cloud_build *b,
                             fc_error *err)
{
    double v[FC_PLY_OTHER + 1] = {0};
    fc_status st = FC_OK;
    float point[3];

    for (size_t k = 0; k < e->n_properties && st == FC_OK; k++) {
        const fc_ply_property *prop = &e->properties[k];

        st = prop->list ? skip_list(p, e, i, prop, err)
                        : read_value(p, e, i, prop->type, &v[prop->role], err);
    }
    if (st == FC_OK)
        st = fc__cloud_finite(v, point, "point", "PLY", "vertex", i, err);
    if (st == FC_OK && b->cloud.normals != NULL)
        st = fc__cloud_finite(v + FC_PLY_NX, b->cloud.normals + 3 * i, "normal", "PLY", "vertex", i,
                              err);
    if (st == FC_OK && b->cloud.colours != NULL)
        st = fc__cloud_finite(v + FC_PLY_RED, b->cloud.colours + 3 * i, "colour", "PLY", "vertex",
                              i, err);
    return st == FC_OK ? fc__cloud_add_point(b, point, err) : st;
}

static fc_status read_other(ply *p, const fc_ply_element *e, uint64_t i, fc_cloud_build *b,
                            fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t k = 0; k < e->n_properties && st == FC_OK; k++) {
        const fc_ply_property *prop = &e->properties[k];
        double ignored;

        if (prop->role == FC_PLY_CORNERS)
            st = read_corners(p, e, i, prop, b, err);
        else
            st = prop->list ? skip_list(p, e, i, prop, err)
                            : read_value(p, e, i, prop->type, &ignored, err);
    }
    return st;
}

/* Bytes that one of these takes at least; *fixed when it is always that many. */
static uint64_t least_bytes(const ply *p, const fc_ply_element *e, bool *fixed)
{
    uint64_t bytes = 0;

    *fixed = p->header.form != FC_PLY_ASCII;
    for (size_t k = 0; k < e->n_properties; k++) {
        const fc_ply_property *prop = &e->properties[k];

        *fixed = *fixed && !prop->list;
        bytes += p->header.form == FC_PLY_ASCII
                     ? 2
                     : fc__ply_size(prop->list ? prop->count_type : prop->type);
    }
    return bytes;
}

static bool has_all(const fc_ply_element *e, fc_ply_role first, fc_ply_type *type)
{
    unsigned seen = 0;

    for (size_t k = 0; k < e->n_properties; k++)
        if (e->properties[k].role >= first && e->properties[k].role < first + 3) {
            seen |= 1u << (e->properties[k].role - first);
            *type = e->properties[k].type;
        }
    return seen == 7u;
}

/* Colours of whole numbers have the range of their type. */
static fc_status scale_colours(fc_cloud *c, fc_ply_type type, fc_error *err)
{
    const float full = type == FC_PLY_U8 ? 255.0f : type == FC_PLY_U16 ? 65535.0f : 0.0f;

    if (type != FC_PLY_U8 && type != FC_PLY_U16)
        return fc__cloud_scale_colours(c, "PLY", err);
    for (uint64_t i = 0; i < 3 * c->n_points; i++) {
        if (c->colours[i] > full) /* text may say 300 for a uchar */
            return fc_error_set(err, FC_E_FORMAT, "PLY: vertex %ju has a colour of %g, above %g",
                                (uintmax_t)(i / 3), (double)c->colours[i], (double)full);
        c->colours[i] /= full;
    }
    return FC_OK;
}

static fc_status read_element(ply *p, const fc_ply_element *e, fc_cloud_build *b, fc_error *err)
{
    const size_t left = (size_t)(p->t.end - p->t.at);
    fc_ply_type colour = FC_PLY_U8, normal;
    bool fixed, colours;
    const uint64_t least = least_bytes(p, e, &fixed);
    fc_status st = FC_OK;

    if (least == 0) /* an element without properties takes no room, however many there are */
        return FC_OK;
    if (e->count > (left + (p->header.form == FC_PLY_ASCII)) / least)
        return fc_error_set(err, FC_E_FORMAT,
                            "PLY: the header counts %ju of element %s, of %ju bytes at least; %zu "
                            "bytes are left at offset %td",
                            (uintmax_t)e->count, element_name(e), (uintmax_t)least, left,
                            p->t.at - p->begin);
    if (fixed && !e->is_vertex) {
        p->t.at += e->count * least;
        return FC_OK;
    }
    colours = e->is_vertex && has_all(e, FC_PLY_RED, &colour);
    if (e->is_vertex)
        st = fc__cloud_reserve(b, e->count, has_all(e, FC_PLY_NX, &normal), colours, err);
    for (uint64_t i = 0; i < e->count && st == FC_OK; i++)
        st = e->is_vertex ? read_vertex(p, e, i, b, err) : read_other(p, e, i, b, err);
    return st == FC_OK && colours ? scale_colours(&b->cloud, colour, err) : st;
}

fc_status fc__cloud_read_ply(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    ply *p = fc__alloc_array(1, sizeof(*p)); /* the header is large for a stack */
    fc_status st;

    if (p == NULL)
        return fc__nomem(err, sizeof(*p), "a PLY header");
    p->begin = (const char *)bytes;
    p->t = (fc_cloud_text){p->begin, p->begin + n, 1};
    st = fc__ply_read_header(&p->t, &p->header, err);
    for (size_t i = 0; st == FC_OK && i < p->header.n_elements; i++)
        st = read_element(p, &p->header.elements[i], b, err);
    if (st == FC_OK)
        st = fc__cloud_check_triangles(&b->cloud, "PLY", err);
    free(p->corners);
    free(p);
    return st;
}
