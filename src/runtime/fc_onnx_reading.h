/*
 * The walk over an ONNX model, shared by the sources that read its parts. Field numbers are those
 * of onnx.proto3.
 */
#ifndef FC_ONNX_READING_H
#define FC_ONNX_READING_H

#include "fc_onnx.h"
#include "fc_onnx_wire.h"

#define FC_ONNX_NAMES_MAX (UINT32_C(1) << 18)

/* A growing list of heap strings. */
typedef struct fc_onnx_names {
    char **items;
    size_t n, capacity;
} fc_onnx_names;

typedef struct fc_onnx_reading {
    fc_onnx_model *m;
    size_t inputs_capacity, outputs_capacity, inner_capacity, produced_capacity, ops_capacity;
    fc_onnx_names initialised; /* names of weights in the main graph */
    unsigned depth;            /* of subgraphs; 0 is the main graph */
    const uint8_t *begin;
    const char *name;
    fc_error *err;
} fc_onnx_reading;

typedef fc_status (*fc_onnx_field_reader)(fc_onnx_reading *r, const fc_wire_field *f,
                                          void *context);

/* "NAME: not a valid ONNX model: WHAT at byte N" */
fc_status fc__onnx_broken(const fc_onnx_reading *r, const uint8_t *at, const char *what);
/* Call `one` for each field of a message. */
fc_status fc__onnx_walk(fc_onnx_reading *r, const uint8_t *bytes, size_t n, const char *what,
                        fc_onnx_field_reader one, void *context);
/* The same for a message within a message; another wire type than bytes is broken. */
fc_status fc__onnx_descend(fc_onnx_reading *r, const fc_wire_field *f, const char *what,
                           fc_onnx_field_reader one, void *context);
/* A text field onto the heap, in the place of what *out owned. */
fc_status fc__onnx_text(fc_onnx_reading *r, const fc_wire_field *f, char **out);
/* Room for one more name behind n; FC_E_LIMIT past FC_ONNX_NAMES_MAX. */
fc_status fc__onnx_room_for(fc_onnx_reading *r, void *array, size_t *capacity, size_t n,
                            size_t size);

/* A ValueInfoProto behind the list. */
fc_status fc__onnx_push_value(fc_onnx_reading *r, fc_onnx_value **list, size_t *n, size_t *capacity,
                              const fc_wire_field *f);
/* A TensorProto; `weight`: of the main graph's initialisers, whose names are kept. */
fc_status fc__onnx_read_tensor(fc_onnx_reading *r, const fc_wire_field *f, bool weight);
/* A field of a SparseTensorProto. */
fc_status fc__onnx_read_sparse(fc_onnx_reading *r, const fc_wire_field *f, void *context);

#endif /* FC_ONNX_READING_H */
