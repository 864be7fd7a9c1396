/*
 * What an ONNX model file says about itself, read without any runtime: inputs, outputs, operators,
 * and what is to be refused before its bytes are handed to anybody.
 *
 * Source: onnx.proto3 of ONNX (ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto) and
 * the protocol-buffer wire format. Weights are skipped, not copied; the time is linear in the
 * number of fields.
 *
 * Threads: plain values; a model that is read is immutable.
 */
#ifndef FC_ONNX_H
#define FC_ONNX_H

#include "fc_buf.h"

#define FC_ONNX_MAX_RANK 8
/* Of TensorProto.DataType, those that are named here. */
#define FC_ONNX_F32  1
#define FC_ONNX_I32  6
#define FC_ONNX_I64  7
#define FC_ONNX_F16  10
#define FC_ONNX_F64  11
#define FC_ONNX_BF16 16

/* The most bytes a model file may have: protocol buffers end at 2 GiB. */
#define FC_ONNX_BYTES_MAX ((size_t)0x7fffffff)

/* A tensor of the graph with its name. An axis that the model leaves open is -1, and has a symbol
 * ("batch") where the model names it. A model may say nothing of a shape: has_shape. */
typedef struct fc_onnx_value {
    char *name;
    int32_t type; /* FC_ONNX_*; 0: not said */
    bool has_shape;
    uint32_t rank; /* at most FC_ONNX_MAX_RANK */
    int64_t shape[FC_ONNX_MAX_RANK];
    char *symbols[FC_ONNX_MAX_RANK]; /* NULL where there is none */
} fc_onnx_value;

typedef struct fc_onnx_operator {
    char *domain; /* "" is ONNX's own */
    char *name;   /* "Conv" */
    uint64_t count;
} fc_onnx_operator;

typedef struct fc_onnx_model {
    int64_t ir_version, opset; /* opset: of ONNX's own operators */
    char *producer;
    fc_onnx_value *inputs; /* those that are fed: initialised ones are left out */
    size_t n_inputs;
    fc_onnx_value *outputs;
    size_t n_outputs;
    fc_onnx_value *inner; /* tensors in between of which the model states the type */
    size_t n_inner;
    char **produced; /* every name that a node of the main graph makes, in their order */
    size_t n_produced;
    fc_onnx_operator *operators; /* by domain and name; those of functions and subgraphs too */
    size_t n_operators;
    char *external;          /* the first tensor whose data lie in another file; NULL: none */
    uint64_t n_weight_bytes; /* of the tensors in the file */
} fc_onnx_model;

/* Read. FC_E_FORMAT: no ONNX model, or a broken one (with the byte); FC_E_LIMIT: nested too deep,
 * or more names than a model has. `name` is for messages. */
fc_status fc__onnx_read(fc_onnx_model **out, const uint8_t *bytes, size_t n, const char *name,
                        fc_error *err);
void fc__onnx_destroy(fc_onnx_model *m);

/* Refuse what must not be run: data in other files, operators of a domain that ONNX Runtime does
 * not bring along (FC_E_UNSUPPORTED, which says what). */
fc_status fc__onnx_check(const fc_onnx_model *m, const char *name, fc_error *err);
/* Whether activations are quantised by the range of what is fed together (DynamicQuantizeLinear and
 * its kin): features then depend on the batch and on the runtime's version. */
bool fc__onnx_dynamic(const fc_onnx_model *m);

/* By name; NULL: no such. `out` of fc__onnx_tensor is an output or an inner tensor whose type the
 * model states. */
const fc_onnx_value *fc__onnx_input(const fc_onnx_model *m, const char *name);
const fc_onnx_value *fc__onnx_tensor(const fc_onnx_model *m, const char *name);
bool fc__onnx_is_output(const fc_onnx_model *m, const char *name);
bool fc__onnx_is_produced(const fc_onnx_model *m, const char *name);

/* Append to the bytes of a model what makes `name`, a tensor in between, an output of the graph:
 * protocol buffers that follow one another are merged. */
fc_status fc__onnx_append_output(fc_buf *bytes, const char *name, fc_error *err);

/* "f32", "i64", ...; "type 13" in `room` for those without a name here. */
const char *fc__onnx_type_name(int32_t type, char room[16]);
/* "[batch, 3, 224, 224]" appended; "[?]" where the model says no shape. */
fc_status fc__onnx_show_shape(const fc_onnx_value *v, fc_buf *out, fc_error *err);

#endif /* FC_ONNX_H */
