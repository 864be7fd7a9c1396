/*
 * The header of a PLY file: its form, its elements and their properties.
 */
#include <string.h>

#include "fc_cloud_ply.h"

static const struct {
    const char *name;
    fc_ply_type type;
} types[] = {
    {"char", FC_PLY_I8},   {"uchar", FC_PLY_U8},   {"short", FC_PLY_I16},   {"ushort", FC_PLY_U16},
    {"int", FC_PLY_I32},   {"uint", FC_PLY_U32},   {"float", FC_PLY_F32},   {"double", FC_PLY_F64},
    {"int8", FC_PLY_I8},   {"uint8", FC_PLY_U8},   {"int16", FC_PLY_I16},   {"uint16", FC_PLY_U16},
    {"int32", FC_PLY_I32}, {"uint32", FC_PLY_U32}, {"float32", FC_PLY_F32}, {"float64", FC_PLY_F64},
};

static const char *const roles[FC_PLY_N_ROLES] = {"x",  "y",   "z",     "nx",  "ny",
                                                  "nz", "red", "green", "blue"};

size_t fc__ply_size(fc_ply_type type)
{
    static const uint8_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 8};

    return sizes[type];
}

/* The next word of this line, or 0. */
static size_t next_word(fc_cloud_text *t)
{
    fc__cloud_skip_blanks(t);
    return fc__cloud_word(t);
}

static fc_status read_type(fc_cloud_text *t, fc_ply_type *out, fc_error *err)
{
    const size_t n = next_word(t);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (fc__cloud_word_is(t, n, types[i].name)) {
            *out = types[i].type;
            t->at += n;
            return FC_OK;
        }
    return fc__cloud_bad_word(t, "PLY", "a type such as float or uchar", err);
}

static fc_status read_form(fc_cloud_text *t, fc_ply_header *out, fc_error *err)
{
    const size_t n = next_word(t);

    if (fc__cloud_word_is(t, n, "ascii"))
        out->form = FC_PLY_ASCII;
    else if (fc__cloud_word_is(t, n, "binary_little_endian"))
        out->form = FC_PLY_LITTLE;
    else if (fc__cloud_word_is(t, n, "binary_big_endian"))
        out->form = FC_PLY_BIG;
    else
        return fc__cloud_bad_word(t, "PLY", "ascii, binary_little_endian or binary_big_endian",
                                  err);
    t->at += n;
    if (!fc__cloud_word_is(t, next_word(t), "1.0"))
        return fc__cloud_bad_word(t, "PLY", "the version 1.0", err);
    return FC_OK;
}

static fc_status read_element(fc_cloud_text *t, fc_ply_header *out, fc_error *err)
{
    fc_ply_element *e = &out->elements[out->n_elements];
    size_t n;
    int64_t count;

    if (out->n_elements == FC_PLY_MAX_ELEMENTS)
        return fc_error_set(err, FC_E_LIMIT, "PLY line %zu: more than %d elements", t->line,
                            FC_PLY_MAX_ELEMENTS);
    memset(e, 0, sizeof(*e));
    n = next_word(t);
    if (n == 0)
        return fc__cloud_bad_word(t, "PLY", "the name of an element", err);
    e->is_vertex = fc__cloud_word_is(t, n, "vertex");
    e->is_face = fc__cloud_word_is(t, n, "face");
    t->at += n;
    if (next_word(t) == 0 || !fc__cloud_integer(t, &count) || count < 0)
        return fc__cloud_bad_word(t, "PLY", "a count of elements", err);
    for (size_t i = 0; i < out->n_elements; i++)
        if ((e->is_vertex && out->elements[i].is_vertex) ||
            (e->is_face && out->elements[i].is_face))
            return fc_error_set(err, FC_E_FORMAT, "PLY line %zu: the element %s a second time",
                                t->line, e->is_face ? "face" : "vertex");
    e->count = (uint64_t)count;
    out->n_elements++;
    return FC_OK;
}

static fc_ply_role role_of(const fc_cloud_text *t, size_t n, const fc_ply_element *e,
                           const fc_ply_property *p)
{
    if (e->is_face && p->list &&
        (fc__cloud_word_is(t, n, "vertex_indices") || fc__cloud_word_is(t, n, "vertex_index")))
        return FC_PLY_CORNERS;
    for (int r = 0; r < FC_PLY_N_ROLES; r++)
        if (e->is_vertex && !p->list && fc__cloud_word_is(t, n, roles[r]))
            return (fc_ply_role)r;
    return FC_PLY_OTHER;
}

static fc_status read_property(fc_cloud_text *t, fc_ply_header *out, fc_error *err)
{
    fc_ply_element *e = out->n_elements > 0 ? &out->elements[out->n_elements - 1] : NULL;
    fc_ply_property p = {.list = false};
    size_t n = next_word(t);
    fc_status st;

    if (e == NULL)
        return fc_error_set(err, FC_E_FORMAT, "PLY line %zu: a property before any element",
                            t->line);
    if (e->n_properties == FC_PLY_MAX_PROPERTIES)
        return fc_error_set(err, FC_E_LIMIT, "PLY line %zu: more than %d properties of an element",
                            t->line, FC_PLY_MAX_PROPERTIES);
    if (fc__cloud_word_is(t, n, "list")) {
        t->at += n;
        p.list = true;
        st = read_type(t, &p.count_type, err);
        if (st != FC_OK)
            return st;
        if (p.count_type == FC_PLY_F32 || p.count_type == FC_PLY_F64)
            return fc_error_set(err, FC_E_FORMAT,
                                "PLY line %zu: the length of a list is no whole number", t->line);
    }
    st = read_type(t, &p.type, err);
    if (st != FC_OK)
        return st;
    n = next_word(t);
    if (n == 0)
        return fc__cloud_bad_word(t, "PLY", "the name of a property", err);
    p.role = role_of(t, n, e, &p);
    for (size_t i = 0; i < e->n_properties; i++)
        if (p.role != FC_PLY_OTHER && e->properties[i].role == p.role)
            return fc_error_set(err, FC_E_FORMAT, "PLY line %zu: a property a second time",
                                t->line);
    e->properties[e->n_properties++] = p;
    return FC_OK;
}

/* Is there a vertex element with x, y and z? */
static fc_status check_header(const fc_ply_header *h, fc_error *err)
{
    for (size_t i = 0; i < h->n_elements; i++) {
        const fc_ply_element *e = &h->elements[i];
        unsigned roles_seen = 0;

        for (size_t k = 0; k < e->n_properties; k++)
            roles_seen |= 1u << e->properties[k].role;
        if (e->is_vertex && (roles_seen & 7u) != 7u)
            return fc_error_set(err, FC_E_FORMAT, "PLY: the element vertex lacks x, y or z");
        if (e->is_vertex)
            return FC_OK;
    }
    return fc_error_set(err, FC_E_FORMAT, "PLY: no element vertex");
}

fc_status fc__ply_read_header(fc_cloud_text *t, fc_ply_header *out, fc_error *err)
{
    bool has_form = false;

    memset(out, 0, sizeof(*out));
    if (!fc__cloud_word_is(t, fc__cloud_word(t), "ply"))
        return fc__cloud_bad_word(t, "PLY", "the word ply", err);
    while (fc__cloud_next_line(t) && fc__cloud_skip_space(t, '\0')) {
        const size_t n = fc__cloud_word(t);
        const bool is_format = fc__cloud_word_is(t, n, "format"),
                   is_element = fc__cloud_word_is(t, n, "element"),
                   is_property = fc__cloud_word_is(t, n, "property");
        fc_status st = FC_OK;

        if (fc__cloud_word_is(t, n, "end_header")) {
            if (!has_form)
                return fc_error_set(err, FC_E_FORMAT, "PLY: the header has no line 'format'");
            t->at += n;
            if (!fc__cloud_next_line(t))
                return fc_error_set(err, FC_E_FORMAT, "PLY: nothing follows the header");
            return check_header(out, err);
        }
        if (!is_format && !is_element && !is_property && !fc__cloud_word_is(t, n, "comment") &&
            !fc__cloud_word_is(t, n, "obj_info"))
            return fc__cloud_bad_word(t, "PLY", "format, element, property or end_header", err);
        has_form = has_form || is_format;
        if (is_format || is_element || is_property)
            t->at += n;
        if (is_format)
            st = read_form(t, out, err);
        else if (is_element)
            st = read_element(t, out, err);
        else if (is_property)
            st = read_property(t, out, err);
        if (st != FC_OK)
            return st;
    }
    return fc_error_set(err, FC_E_FORMAT, "PLY line %zu: the file ends within the header", t->line);
}
