/*
 * The wire format of protocol buffers: one field after the other out of borrowed bytes.
 *
 * Source: the encoding guide of protocol buffers. Groups (wire types 3 and 4), which ONNX has not,
 * are broken.
 */
#ifndef FC_ONNX_WIRE_H
#define FC_ONNX_WIRE_H

#include "fc_buf.h"

typedef struct fc_wire_field {
    uint32_t number;
    uint8_t type;         /* 0 varint, 1 eight bytes, 2 bytes, 5 four bytes */
    uint64_t value;       /* types 0, 1 and 5 */
    const uint8_t *bytes; /* type 2, borrowed */
    size_t n_bytes;
} fc_wire_field;

/* The next field; false at the end, and where r->failed says that the bytes are broken. */
bool fc__wire_next(fc_reader *r, fc_wire_field *f);
/* A copy of a type-2 field as a C string on the heap, which *out owned is replaced. FC_E_FORMAT:
 * not bytes, or a NUL within. */
fc_status fc__wire_text(const fc_wire_field *f, char **out, fc_error *err);

#endif /* FC_ONNX_WIRE_H */
