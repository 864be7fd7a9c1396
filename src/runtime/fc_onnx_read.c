/*
 * Reading an ONNX model file: a walk over the fields that matter. Field numbers are those of
 * onnx.proto3.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_onnx.h"
#include "fc_onnx_wire.h"

#define DEPTH_MAX     16 /* of subgraphs in attributes of nodes */
#define NAMES_MAX     (UINT32_C(1) << 18)
#define OPERATORS_MAX 512

/* A growing list of heap strings. */
typedef struct names {
    char **items;
    size_t n, capacity;
} names;

typedef struct reading {
    fc_onnx_model *m;
    size_t inputs_capacity, outputs_capacity, inner_capacity, produced_capacity, ops_capacity;
    names initialised; /* names of weights in the main graph */
    unsigned depth;    /* of subgraphs; 0 is the main graph */
    const uint8_t *begin;
    const char *name;
    fc_error *err;
} reading;

typedef fc_status (*field_reader)(reading *r, const fc_wire_field *f, void *context);

static fc_status broken(const reading *r, const uint8_t *at, const char *what)
{
    return fc_error_set(r->err, FC_E_FORMAT, "%s: not a valid ONNX model: %s at byte %zu", r->name,
                        what, (size_t)(at - r->begin));
}

/* Call `one` for each field of a message. */
static fc_status walk(reading *r, const uint8_t *bytes, size_t n, const char *what,
                      field_reader one, void *context)
{
    fc_reader in = fc_reader_over(bytes, n);
    fc_wire_field f;

    while (fc__wire_next(&in, &f)) {
        const fc_status st = one(r, &f, context);

        if (st != FC_OK)
            return st;
    }
    return in.failed ? broken(r, in.at, what) : FC_OK;
}

/* A message within a message; another wire type than bytes is broken. */
static fc_status descend(reading *r, const fc_wire_field *f, const char *what, field_reader one,
                         void *context)
{
    if (f->type != 2)
        return broken(r, r->begin, what);
    return walk(r, f->bytes, f->n_bytes, what, one, context);
}

static fc_status text(reading *r, const fc_wire_field *f, char **out)
{
    fc_error why = FC_ERROR_INIT;
    const fc_status st = fc__wire_text(f, out, &why);

    return st == FC_OK
               ? FC_OK
               : fc_error_set(r->err, st, "%s: not a valid ONNX model: %s", r->name, why.message);
}

static fc_status room_for(reading *r, void *array, size_t *capacity, size_t n, size_t size)
{
    if (n >= NAMES_MAX)
        return fc_error_set(r->err, FC_E_LIMIT, "%s: more than %u names in the graph", r->name,
                            (unsigned)NAMES_MAX);
    return fc__grow_array(array, capacity, n + 1, size, r->err);
}

static fc_status push_name(reading *r, char ***items, size_t *n, size_t *capacity,
                           const fc_wire_field *f)
{
    fc_status st = room_for(r, items, capacity, *n, sizeof(**items));

    if (st != FC_OK)
        return st;
    (*items)[*n] = NULL;
    st = text(r, f, &(*items)[*n]);
    *n += st == FC_OK;
    return st;
}

/* TensorShapeProto.Dimension */
static fc_status read_dim(reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;

    if (f->number == 1 && f->type == 0)
        v->shape[v->rank] = f->value <= INT64_MAX ? (int64_t)f->value : -1;
    if (f->number == 2)
        return text(r, f, &v->symbols[v->rank]);
    return FC_OK;
}

static fc_status read_shape(reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;
    fc_status st;

    if (f->number != 1)
        return FC_OK;
    if (v->rank == FC_ONNX_MAX_RANK)
        return fc_error_set(r->err, FC_E_UNSUPPORTED, "%s: tensor '%s' has more than %d axes",
                            r->name, v->name != NULL ? v->name : "", FC_ONNX_MAX_RANK);
    v->shape[v->rank] = -1;
    st = descend(r, f, "an axis", read_dim, v);
    v->rank++;
    return st;
}

/* TypeProto.Tensor */
static fc_status read_tensor_type(reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;

    if (f->number == 1 && f->type == 0)
        v->type = f->value <= INT32_MAX ? (int32_t)f->value : 0;
    if (f->number != 2)
        return FC_OK;
    v->has_shape = true;
    return descend(r, f, "a shape", read_shape, v);
}

static fc_status read_type(reading *r, const fc_wire_field *f, void *context)
{
    return f->number == 1 ? descend(r, f, "a type", read_tensor_type, context) : FC_OK;
}

static fc_status read_value(reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_value *v = context;

    if (f->number == 1)
        return text(r, f, &v->name);
    return f->number == 2 ? descend(r, f, "a type", read_type, v) : FC_OK;
}

static fc_status push_value(reading *r, fc_onnx_value **list, size_t *n, size_t *capacity,
                            const fc_wire_field *f)
{
    fc_status st = room_for(r, list, capacity, *n, sizeof(**list));
    fc_onnx_value *v;

    if (st != FC_OK)
        return st;
    v = &(*list)[*n];
    *v = (fc_onnx_value){0};
    ++*n; /* counted before it is read, so that destroy frees it */
    st = descend(r, f, "a tensor's name and type", read_value, v);
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

static fc_status read_tensor_field(reading *r, const fc_wire_field *f, void *context)
{
    tensor *t = context;

    if (f->number == 8)
        return text(r, f, &t->name);
    /* data_location: 1 is EXTERNAL; external_data: where. */
    if (f->number == 13 || (f->number == 14 && f->type == 0 && f->value == 1))
        t->external = true;
    if (f->type == 2 && (f->number == 9 || f->number == 4 || f->number == 5 || f->number == 7 ||
                         f->number == 10 || f->number == 11))
        r->m->n_weight_bytes += f->n_bytes;
    return FC_OK;
}

/* A TensorProto; `weight`: of the main graph's initialisers, whose names are kept. */
static fc_status read_tensor(reading *r, const fc_wire_field *f, bool weight)
{
    tensor t = {NULL, false};
    fc_status st = descend(r, f, "a tensor", read_tensor_field, &t);

    if (st == FC_OK && t.external && r->m->external == NULL) {
        r->m->external = t.name != NULL ? t.name : fc__strdup("");
        st = r->m->external == NULL ? fc__nomem(r->err, 1, "a model") : FC_OK;
        return st; /* the name has moved */
    }
    if (st == FC_OK && weight && t.name != NULL) {
        st = room_for(r, &r->initialised.items, &r->initialised.capacity, r->initialised.n,
                      sizeof(char *));
        if (st == FC_OK) {
            r->initialised.items[r->initialised.n++] = t.name;
            t.name = NULL;
        }
    }
    free(t.name);
    return st;
}

static fc_status read_graph_field(reading *r, const fc_wire_field *f, void *context);

static fc_status read_graph(reading *r, const fc_wire_field *f, bool inner)
{
    fc_status st;

    if (inner && r->depth == DEPTH_MAX)
        return fc_error_set(r->err, FC_E_LIMIT, "%s: subgraphs nested more than %d deep", r->name,
                            DEPTH_MAX);
    r->depth += inner;
    st = descend(r, f, "a graph", read_graph_field, NULL);
    r->depth -= inner;
    return st;
}

static fc_status read_sparse(reading *r, const fc_wire_field *f, void *context)
{
    (void)context;
    return f->number == 1 || f->number == 2 ? read_tensor(r, f, false) : FC_OK;
}

/* AttributeProto: what may hold tensors and graphs. */
static fc_status read_attribute(reading *r, const fc_wire_field *f, void *context)
{
    (void)context;
    if (f->number == 5 || f->number == 10)
        return read_tensor(r, f, false);
    if (f->number == 6 || f->number == 11)
        return read_graph(r, f, true);
    if (f->number == 22 || f->number == 23)
        return descend(r, f, "a sparse tensor", read_sparse, NULL);
    return FC_OK;
}

static fc_status count_operator(reading *r, char **domain, char **name)
{
    fc_onnx_model *m = r->m;
    fc_status st;

    if (strcmp(*domain, "ai.onnx") == 0)
        (*domain)[0] = '\0'; /* the same by its other name */
    for (size_t i = 0; i < m->n_operators; i++)
        if (strcmp(m->operators[i].name, *name) == 0 &&
            strcmp(m->operators[i].domain, *domain) == 0) {
            m->operators[i].count++;
            return FC_OK;
        }
    if (m->n_operators == OPERATORS_MAX)
        return fc_error_set(r->err, FC_E_LIMIT, "%s: more than %d kinds of operators", r->name,
                            OPERATORS_MAX);
    st = fc__grow_array(&m->operators, &r->ops_capacity, m->n_operators + 1, sizeof(*m->operators),
                        r->err);
    if (st != FC_OK)
        return st;
    m->operators[m->n_operators++] = (fc_onnx_operator){*domain, *name, 1};
    *domain = *name = NULL;
    return FC_OK;
}

typedef struct node {
    char *type, *domain;
} node;

static fc_status read_node_field(reading *r, const fc_wire_field *f, void *context)
{
    node *nd = context;

    switch (f->number) {
    case 2:
        return r->depth == 0
                   ? push_name(r, &r->m->produced, &r->m->n_produced, &r->produced_capacity, f)
                   : FC_OK;
    case 4:
        return text(r, f, &nd->type);
    case 5:
        return descend(r, f, "an attribute", read_attribute, NULL);
    case 7:
        return text(r, f, &nd->domain);
    default:
        return FC_OK;
    }
}

static fc_status read_node(reading *r, const fc_wire_field *f)
{
    node nd = {NULL, fc__strdup("")};
    fc_status st;

    if (nd.domain == NULL)
        return fc__nomem(r->err, 1, "a model");
    st = descend(r, f, "a node", read_node_field, &nd);
    if (st == FC_OK && nd.type == NULL)
        st = fc_error_set(r->err, FC_E_FORMAT, "%s: not a valid ONNX model: a node of no operator",
                          r->name);
    if (st == FC_OK)
        st = count_operator(r, &nd.domain, &nd.type);
    free(nd.type);
    free(nd.domain);
    return st;
}

static fc_status read_graph_field(reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_model *m = r->m;
    const bool main_graph = r->depth == 0;

    (void)context;
    switch (f->number) {
    case 1:
        return read_node(r, f);
    case 5:
        return read_tensor(r, f, main_graph);
    case 11:
        return main_graph ? push_value(r, &m->inputs, &m->n_inputs, &r->inputs_capacity, f) : FC_OK;
    case 12:
        return main_graph ? push_value(r, &m->outputs, &m->n_outputs, &r->outputs_capacity, f)
                          : FC_OK;
    case 13:
        return main_graph ? push_value(r, &m->inner, &m->n_inner, &r->inner_capacity, f) : FC_OK;
    case 15:
        return descend(r, f, "a sparse tensor", read_sparse, NULL);
    default:
        return FC_OK;
    }
}

typedef struct opset {
    char *domain;
    int64_t version;
} opset;

static fc_status read_opset(reading *r, const fc_wire_field *f, void *context)
{
    opset *o = context;

    if (f->number == 1)
        return text(r, f, &o->domain);
    if (f->number == 2 && f->type == 0)
        o->version = (int64_t)f->value;
    return FC_OK;
}

/* A function that the model brings along: its nodes are operators like any other. */
static fc_status read_function(reading *r, const fc_wire_field *f, void *context)
{
    fc_status st = FC_OK;

    (void)context;
    if (f->number == 7) {
        r->depth++;
        st = read_node(r, f);
        r->depth--;
    }
    return st;
}

static fc_status read_model_field(reading *r, const fc_wire_field *f, void *context)
{
    opset o = {NULL, 0};
    fc_status st;

    switch (f->number) {
    case 1:
        if (f->type == 0)
            r->m->ir_version = (int64_t)f->value;
        return FC_OK;
    case 2:
        return text(r, f, &r->m->producer);
    case 7:
        *(bool *)context = true;
        return read_graph(r, f, false);
    case 8:
        st = descend(r, f, "an operator set", read_opset, &o);
        if (st == FC_OK && (o.domain == NULL || o.domain[0] == '\0'))
            r->m->opset = o.version;
        free(o.domain);
        return st;
    case 25:
        return descend(r, f, "a function", read_function, NULL);
    default:
        return FC_OK;
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_operator(const void *a, const void *b)
{
    const fc_onnx_operator *x = a, *y = b;
    const int order = strcmp(x->domain, y->domain);

    return order != 0 ? order : strcmp(x->name, y->name);
}

static void free_value(fc_onnx_value *v)
{
    for (size_t a = 0; a < FC_ONNX_MAX_RANK; a++)
        free(v->symbols[a]);
    free(v->name);
}

/* Old exports list weights among the inputs. */
static void drop_initialised(reading *r)
{
    fc_onnx_model *m = r->m;
    size_t kept = 0;

    if (r->initialised.n > 0)
        qsort(r->initialised.items, r->initialised.n, sizeof(char *), by_text);
    for (size_t i = 0; i < m->n_inputs; i++) {
        if (r->initialised.n > 0 && bsearch(&m->inputs[i].name, r->initialised.items,
                                            r->initialised.n, sizeof(char *), by_text) != NULL)
            free_value(&m->inputs[i]);
        else
            m->inputs[kept++] = m->inputs[i];
    }
    m->n_inputs = kept;
}

void fc__onnx_destroy(fc_onnx_model *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n_inputs; i++)
        free_value(&m->inputs[i]);
    for (size_t i = 0; i < m->n_outputs; i++)
        free_value(&m->outputs[i]);
    for (size_t i = 0; i < m->n_inner; i++)
        free_value(&m->inner[i]);
    for (size_t i = 0; i < m->n_produced; i++)
        free(m->produced[i]);
    for (size_t i = 0; i < m->n_operators; i++) {
        free(m->operators[i].domain);
        free(m->operators[i].name);
    }
    free(m->inputs);
    free(m->outputs);
    free(m->inner);
    free(m->produced);
    free(m->operators);
    free(m->producer);
    free(m->external);
    free(m);
}

fc_status fc__onnx_read(fc_onnx_model **out, const uint8_t *bytes, size_t n, const char *name,
                        fc_error *err)
{
    reading r = {.begin = bytes, .name = name, .err = err};
    bool has_graph = false;
    fc_status st;

    *out = NULL;
    r.m = fc__alloc_array(1, sizeof(*r.m));
    if (r.m == NULL)
        return fc__nomem(err, sizeof(*r.m), "a model");
    st = walk(&r, bytes, n, "a field", read_model_field, &has_graph);
    if (st == FC_OK && (!has_graph || r.m->ir_version <= 0 || r.m->n_operators == 0))
        st = fc_error_set(err, FC_E_FORMAT, "%s: not an ONNX model: no %s", name,
                          !has_graph             ? "graph in it"
                          : r.m->ir_version <= 0 ? "version"
                                                 : "nodes");
    if (st == FC_OK) {
        drop_initialised(&r);
        qsort(r.m->operators, r.m->n_operators, sizeof(*r.m->operators), by_operator);
        *out = r.m;
        r.m = NULL;
    }
    for (size_t i = 0; i < r.initialised.n; i++)
        free(r.initialised.items[i]);
    free(r.initialised.items);
    fc__onnx_destroy(r.m);
    return st;
}
