/*
 * Parts of an ONNX model: the walk itself, tensors with names and shapes, and weights, which are
 * passed over but for where their data lie.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_onnx_reading.h"

fc_status fc__onnx_broken(const fc_onnx_reading *r, const uint8_t *at, const char *what)
{
    return fc_error_set(r->err, FC_E_FORMAT, "%s: not a valid ONNX model: %s at byte %zu", r->name,
                        what, (size_t)(at - r->begin));
}

fc_status fc__onnx_walk(fc_onnx_reading *r, const uint8_t *bytes, size_t n, const char *what,
                        fc_onnx_field_reader one, void *context)
{
    fc_reader in = fc_reader_over(bytes, n);
    fc_wire_field f;

    while (fc__wire_next(&in, &f)) {
        const fc_status st = one(r, &f, context);

        if (st != FC_OK)
            return st;
    }
    return in.failed ? fc__onnx_broken(r, in.at, what) : FC_OK;
}

fc_status fc__onnx_descend(fc_onnx_reading *r, const fc_wire_field *f, const char *what,
                           fc_onnx_field_reader one, void *context)
{
    if (f->type != 2)
        return fc__onnx_broken(r, r->begin, what);
    return fc__onnx_walk(r, f->bytes, f->n_bytes, what, one, context);
}

fc_status fc__onnx_text(fc_onnx_reading *r, const fc_wire_field *f, char **out)
{
    fc_error why = FC_ERROR_INIT;
    const fc_status st = fc__wire_text(f, out, &why);

    return st == FC_OK
               ? FC_OK
               : fc_error_set(r->err, st, "%s: not a valid ONNX model: %s", r->name, why.message);
}

fc_status fc__onnx_room_for(fc_onnx_reading *r, void *array, size_t *capacity, size_t n,
                            size_t size)
{
    if (n >= FC_ONNX_NAMES_MAX)
        return fc_error_set(r->err, FC_E_LIMIT, "%s: more than %u names in the graph", r->name,
                            (unsigned)FC_ONNX_NAMES_MAX);
    return fc__grow_array(array, capacity, n + 1, size, r->err);
}

/* TensorShapeProto.Dimension */
static fc_status read_dim(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;

    if (f->number == 1 && f->type == 0)
        v->shape[v->rank] = f->value <= INT64_MAX ? (int64_t)f->value : -1;
    if (f->number == 2)
        return fc__onnx_text(r, f, &v->symbols[v->rank]);
    return FC_OK;
}

static fc_status read_shape(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;
    fc_status st;

    if (f->number != 1)
        return FC_OK;
    if (v->rank == FC_ONNX_MAX_RANK)
        return fc_error_set(r->err, FC_E_UNSUPPORTED, "%s: tensor '%s' has more than %d axes",
                            r->name, v->name != NULL ? v->name : "", FC_ONNX_MAX_RANK);
    v->shape[v->rank] = -1;
    st = fc__onnx_descend(r, f, "an axis", read_dim, v);
    v->rank++;
    return st;
}

/* TypeProto.Tensor */
static fc_status read_tensor_type(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;

    if (f->number == 1 && f->type == 0)
        v->type = f->value <= INT32_MAX ? (int32_t)f->value : 0;
    if (f->number != 2)
        return FC_OK;
    v->has_shape = true;
    return fc__onnx_descend(r, f, "a shape", read_shape, v);
}

static fc_status read_type(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    return f->number == 1 ? fc__onnx_descend(r, f, "a type", read_tensor_type, context) : FC_OK;
}

static fc_status read_value(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;

    if (f->number == 1)
        return fc__onnx_text(r, f, &v->name);
    return f->number == 2 ? fc__onnx_descend(r, f, "a type", read_type, v) : FC_OK;
}

fc_status fc__onnx_push_value(fc_onnx_reading *r, fc_onnx_value **list, size_t *n, size_t *capacity,
                              const fc_wire_field *f)
{
    fc_status st = fc__onnx_room_for(r, list, capacity, *n, sizeof(**list));
    fc_onnx_value *v;

    if (st != FC_OK)
        return st;
    v = &(*list)[*n];
    *v = (fc_onnx_value){0};
    ++*n; /* counted before it is read, so that destroy frees it */
    st = fc__onnx_descend(r, f, "a tensor's name and type", read_value, v);
    if (st == FC_OK && v->name == NULL) {
        v->name = fc__strdup("");
        if (v->name == NULL)
            st = fc__nomem(r->err, 1, "a model");
    }
    return st;
}

typedef struct tensor {
    char *name;
    bool external;
} tensor;

static fc_status read_tensor_field(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    tensor *t = context;

    if (f->number == 8)
        return fc__onnx_text(r, f, &t->name);
    /* data_location: 1 is EXTERNAL; external_data: where. */
    if (f->number == 13 || (f->number == 14 && f->type == 0 && f->value == 1))
        t->external = true;
    if (f->type == 2 && (f->number == 9 || f->number == 4 || f->number == 5 || f->number == 7 ||
                         f->number == 10 || f->number == 11))
        r->m->n_weight_bytes += f->n_bytes;
    return FC_OK;
}

fc_status fc__onnx_read_tensor(fc_onnx_reading *r, const fc_wire_field *f, bool weight)
{
    tensor t = {NULL, false};
    fc_status st = fc__onnx_descend(r, f, "a tensor", read_tensor_field, &t);

    if (st == FC_OK && t.external && r->m->external == NULL) {
        r->m->external = t.name != NULL ? t.name : fc__strdup("");
        st = r->m->external == NULL ? fc__nomem(r->err, 1, "a model") : FC_OK;
        return st; /* the name has moved */
    }
    if (st == FC_OK && weight && t.name != NULL) {
        st = fc__onnx_room_for(r, &r->initialised.items, &r->initialised.capacity, r->initialised.n,
                               sizeof(char *));
        if (st == FC_OK) {
            r->initialised.items[r->initialised.n++] = t.name;
            t.name = NULL;
        }
    }
    free(t.name);
    return st;
}

fc_status fc__onnx_read_sparse(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    (void)context;
    return f->number == 1 || f->number == 2 ? fc__onnx_read_tensor(r, f, false) : FC_OK;
}
