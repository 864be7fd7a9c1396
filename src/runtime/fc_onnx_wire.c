/*
 * The wire format of protocol buffers.
 */
#include "fc_onnx_wire.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

bool fc__wire_next(fc_reader *r, fc_wire_field *f)
{
    uint64_t key;

    if (r->failed || fc_reader_left(r) == 0)
        return false;
    key = fc_read_varint(r);
    *f = (fc_wire_field){.number = (uint32_t)(key >> 3), .type = (uint8_t)(key & 7)};
    switch (f->type) {
    case 0:
        f->value = fc_read_varint(r);
        break;
    case 1:
        f->value = fc_read_u64(r);
        break;
    case 2:
        f->bytes = fc_read_bytes(r, &f->n_bytes);
        break;
    case 5:
        f->value = fc_read_u32(r);
        break;
    default:
        r->failed = true;
        break;
    }
    if (key >> 3 == 0 || key >> 3 > 0x1fffffff)
        r->failed = true;
    return !r->failed;
}

fc_status fc__wire_text(const fc_wire_field *f, char **out, fc_error *err)
{
    char *copy;

    if (f->type != 2 || (f->n_bytes > 0 && memchr(f->bytes, '\0', f->n_bytes) != NULL))
        return fc_error_set(err, FC_E_FORMAT, "field %u is no text", f->number);
    copy = fc__strndup(f->n_bytes > 0 ? (const char *)f->bytes : "", f->n_bytes);
    if (copy == NULL)
        return fc__nomem(err, f->n_bytes, "a name of a model");
    free(*out);
    *out = copy;
    return FC_OK;
}
