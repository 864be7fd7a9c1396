/*
 * PLY in two parts: its header (fc_cloud_ply_header.c), and its elements (fc_cloud_ply.c).
 * Source: G. Turk, The PLY Polygon File Format, 1994.
 */
#ifndef FC_CLOUD_PLY_H
#define FC_CLOUD_PLY_H

#include "fc_cloud_internal.h"

#define FC_PLY_MAX_ELEMENTS   16
#define FC_PLY_MAX_PROPERTIES 64 /* of an element */

typedef enum fc_ply_form { FC_PLY_ASCII, FC_PLY_LITTLE, FC_PLY_BIG } fc_ply_form;

typedef enum fc_ply_type {
    FC_PLY_I8,
    FC_PLY_U8,
    FC_PLY_I16,
    FC_PLY_U16,
    FC_PLY_I32,
    FC_PLY_U32,
    FC_PLY_F32,
    FC_PLY_F64
} fc_ply_type;

/* What a property is to us. */
typedef enum fc_ply_role {
    FC_PLY_X,
    FC_PLY_Y,
    FC_PLY_Z,
    FC_PLY_NX,
    FC_PLY_NY,
    FC_PLY_NZ,
    FC_PLY_RED,
    FC_PLY_GREEN,
    FC_PLY_BLUE,
    FC_PLY_N_ROLES,
    FC_PLY_CORNERS = FC_PLY_N_ROLES, /* the list of a face */
    FC_PLY_OTHER
} fc_ply_role;

typedef struct fc_ply_property {
    fc_ply_type type; /* of the value, or of a list's values */
    bool list;
    fc_ply_type count_type; /* of a list: a whole number */
    fc_ply_role role;
} fc_ply_property;

typedef struct fc_ply_element {
    bool is_vertex, is_face;
    uint64_t count;
    size_t n_properties;
    fc_ply_property properties[FC_PLY_MAX_PROPERTIES];
} fc_ply_element;

typedef struct fc_ply_header {
    fc_ply_form form;
    size_t n_elements;
    fc_ply_element elements[FC_PLY_MAX_ELEMENTS];
} fc_ply_header;

/* Bytes of a value in the binary forms. */
size_t fc__ply_size(fc_ply_type type);

/* Read the header; the cursor ends behind its last line. */
fc_status fc__ply_read_header(fc_cloud_text *t, fc_ply_header *out, fc_error *err);

#endif /* FC_CLOUD_PLY_H */
