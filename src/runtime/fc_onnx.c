/*
 * Questions to an ONNX model that was read: what it has, and whether it may be run.
 */
#include "fc_onnx.h"

#include <stdio.h>
#include <string.h>

#include "fc_text.h"

/* Operators that ONNX Runtime brings along; whatever else would need a library of its own. */
static const char *const domains[] = {"", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc"};

static bool known_domain(const char *domain)
{
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
        if (strcmp(domains[i], domain) == 0)
            return true;
    return false;
}

fc_status fc__onnx_check(const fc_onnx_model *m, const char *name, fc_error *err)
{
    if (m->external != NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "%s: tensor '%.80s' has its data in another file; export the model "
                            "into one file",
                            name, m->external);
    for (size_t i = 0; i < m->n_operators; i++)
        if (!known_domain(m->operators[i].domain))
            return fc_error_set(err, FC_E_UNSUPPORTED,
                                "%s: operator %.60s of '%.60s' is not part of ONNX Runtime; export "
                                "the model without custom operators",
                                name, m->operators[i].name, m->operators[i].domain);
    return FC_OK;
}

bool fc__onnx_dynamic(const fc_onnx_model *m)
{
    static const char *const names[] = {"DynamicQuantizeLinear", "DynamicQuantizeMatMul",
                                        "DynamicQuantizeLSTM"};

    for (size_t i = 0; i < m->n_operators; i++)
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
            if (strcmp(m->operators[i].name, names[k]) == 0)
                return true;
    return false;
}

static const fc_onnx_value *find(const fc_onnx_value *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

const fc_onnx_value *fc__onnx_input(const fc_onnx_model *m, const char *name)
{
    return find(m->inputs, m->n_inputs, name);
}

const fc_onnx_value *fc__onnx_tensor(const fc_onnx_model *m, const char *name)
{
    const fc_onnx_value *v = find(m->outputs, m->n_outputs, name);

    return v != NULL ? v : find(m->inner, m->n_inner, name);
}

bool fc__onnx_is_output(const fc_onnx_model *m, const char *name)
{
    return find(m->outputs, m->n_outputs, name) != NULL;
}

bool fc__onnx_is_produced(const fc_onnx_model *m, const char *name)
{
    for (size_t i = 0; i < m->n_produced; i++)
        if (strcmp(m->produced[i], name) == 0)
            return true;
    return false;
}

fc_status fc__onnx_append_output(fc_buf *bytes, const char *name, fc_error *err)
{
    fc_buf value = FC_BUF_INIT, graph = FC_BUF_INIT;
    fc_status st;

    /* ValueInfoProto { name } in GraphProto { output } in ModelProto { graph } */
    st = fc_buf_append_u8(&value, 1u << 3 | 2, err);
    if (st == FC_OK)
        st = fc_buf_append_str(&value, name, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(&graph, 12u << 3 | 2, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(&graph, value.data, value.size, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(bytes, 7u << 3 | 2, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(bytes, graph.data, graph.size, err);
    fc_buf_dispose(&value);
    fc_buf_dispose(&graph);
    return st;
}

const char *fc__onnx_type_name(int32_t type, char room[16])
{
    switch (type) {
    case FC_ONNX_F32:
        return "f32";
    case FC_ONNX_I32:
        return "i32";
    case FC_ONNX_I64:
        return "i64";
    case FC_ONNX_F16:
        return "f16";
    case FC_ONNX_F64:
        return "f64";
    case FC_ONNX_BF16:
        return "bf16";
    default:
        snprintf(room, 16, "type %d", (int)type);
        return room;
    }
}

fc_status fc__onnx_show_shape(const fc_onnx_value *v, fc_buf *out, fc_error *err)
{
    fc_status st;

    if (!v->has_shape)
        return fc_buf_append_text(out, "[?]", err);
    st = fc_buf_append_text(out, "[", err);
    for (uint32_t a = 0; a < v->rank && st == FC_OK; a++) {
        if (a > 0)
            st = fc_buf_append_text(out, ", ", err);
        if (st != FC_OK)
            break;
        if (v->shape[a] >= 0)
            st = fc_buf_append_fmt(out, err, "%lld", (long long)v->shape[a]);
        else if (v->symbols[a] != NULL && v->symbols[a][0] != '\0')
            st = fc__escape_terminal(out, v->symbols[a], strlen(v->symbols[a]), err);
        else
            st = fc_buf_append_text(out, "?", err);
    }
    return st == FC_OK ? fc_buf_append_text(out, "]", err) : st;
}
