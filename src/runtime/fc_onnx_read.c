/*
 * Reading an ONNX model file: a walk over the fields that matter. Field numbers are those of
 * onnx.proto3.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_onnx_reading.h"

#define DEPTH_MAX     16 /* of subgraphs in attributes of nodes */
#define OPERATORS_MAX 512

static fc_status push_name(fc_onnx_reading *r, char ***items, size_t *n, size_t *capacity,
                           const fc_wire_field *f)
{
    fc_status st = fc__onnx_room_for(r, items, capacity, *n, sizeof(**items));

    if (st != FC_OK)
        return st;
    (*items)[*n] = NULL;
    st = fc__onnx_text(r, f, &(*items)[*n]);
    *n += st == FC_OK;
    return st;
}

static fc_status read_graph_field(fc_onnx_reading *r, const fc_wire_field *f, void *context);

static fc_status read_graph(fc_onnx_reading *r, const fc_wire_field *f, bool inner)
{
    fc_status st;

    if (inner && r->depth == DEPTH_MAX)
        return fc_error_set(r->err, FC_E_LIMIT, "%s: subgraphs nested more than %d deep", r->name,
                            DEPTH_MAX);
    r->depth += inner;
    st = fc__onnx_descend(r, f, "a graph", read_graph_field, NULL);
    r->depth -= inner;
    return st;
}

/* AttributeProto: what may hold tensors and graphs. */
static fc_status read_attribute(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    (void)context;
    if (f->number == 5 || f->number == 10)
        return fc__onnx_read_tensor(r, f, false);
    if (f->number == 6 || f->number == 11)
        return read_graph(r, f, true);
    if (f->number == 22 || f->number == 23)
        return fc__onnx_descend(r, f, "a sparse tensor", fc__onnx_read_sparse, NULL);
    return FC_OK;
}

static fc_status count_operator(fc_onnx_reading *r, char **domain, char **name)
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

static fc_status read_node_field(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    node *nd = context;

    switch (f->number) {
    case 2:
        return r->depth == 0
                   ? push_name(r, &r->m->produced, &r->m->n_produced, &r->produced_capacity, f)
                   : FC_OK;
    case 4:
        return fc__onnx_text(r, f, &nd->type);
    case 5:
        return fc__onnx_descend(r, f, "an attribute", read_attribute, NULL);
    case 7:
        return fc__onnx_text(r, f, &nd->domain);
    default:
        return FC_OK;
    }
}

static fc_status read_node(fc_onnx_reading *r, const fc_wire_field *f)
{
    node nd = {NULL, fc__strdup("")};
    fc_status st;

    if (nd.domain == NULL)
        return fc__nomem(r->err, 1, "a model");
    st = fc__onnx_descend(r, f, "a node", read_node_field, &nd);
    if (st == FC_OK && nd.type == NULL)
        st = fc_error_set(r->err, FC_E_FORMAT, "%s: not a valid ONNX model: a node of no operator",
                          r->name);
    if (st == FC_OK)
        st = count_operator(r, &nd.domain, &nd.type);
    free(nd.type);
    free(nd.domain);
    return st;
}

static fc_status read_graph_field(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    fc_onnx_model *m = r->m;
    const bool main_graph = r->depth == 0;

    (void)context;
    switch (f->number) {
    case 1:
        return read_node(r, f);
    case 5:
        return fc__onnx_read_tensor(r, f, main_graph);
    case 11:
        return main_graph ? fc__onnx_push_value(r, &m->inputs, &m->n_inputs, &r->inputs_capacity, f)
                          : FC_OK;
    case 12:
        return main_graph
                   ? fc__onnx_push_value(r, &m->outputs, &m->n_outputs, &r->outputs_capacity, f)
                   : FC_OK;
    case 13:
        return main_graph ? fc__onnx_push_value(r, &m->inner, &m->n_inner, &r->inner_capacity, f)
                          : FC_OK;
    case 15:
        return fc__onnx_descend(r, f, "a sparse tensor", fc__onnx_read_sparse, NULL);
    default:
        return FC_OK;
    }
}

typedef struct opset {
    char *domain;
    int64_t version;
} opset;

static fc_status read_opset(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    opset *o = context;

    if (f->number == 1)
        return fc__onnx_text(r, f, &o->domain);
    if (f->number == 2 && f->type == 0)
        o->version = (int64_t)f->value;
    return FC_OK;
}

/* A function that the model brings along: its nodes are operators like any other. */
static fc_status read_function(fc_onnx_reading *r, const fc_wire_field *f, void *context)
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

static fc_status read_model_field(fc_onnx_reading *r, const fc_wire_field *f, void *context)
{
    opset o = {NULL, 0};
    fc_status st;

    switch (f->number) {
    case 1:
        if (f->type == 0)
            r->m->ir_version = (int64_t)f->value;
        return FC_OK;
    case 2:
        return fc__onnx_text(r, f, &r->m->producer);
    case 7:
        *(bool *)context = true;
        return read_graph(r, f, false);
    case 8:
        st = fc__onnx_descend(r, f, "an operator set", read_opset, &o);
        if (st == FC_OK && (o.domain == NULL || o.domain[0] == '\0'))
            r->m->opset = o.version;
        free(o.domain);
        return st;
    case 25:
        return fc__onnx_descend(r, f, "a function", read_function, NULL);
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
static void drop_initialised(fc_onnx_reading *r)
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
    fc_onnx_reading r = {.begin = bytes, .name = name, .err = err};
    bool has_graph = false;
    fc_status st;

    *out = NULL;
    r.m = fc__alloc_array(1, sizeof(*r.m));
    if (r.m == NULL)
        return fc__nomem(err, sizeof(*r.m), "a model");
    st = fc__onnx_walk(&r, bytes, n, "a field", read_model_field, &has_graph);
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
