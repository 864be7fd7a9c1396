/*
 * The public calls about models by themselves: what they can run on here, and what one says about
 * itself.
 */
#include <featcache/neural.h>

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_json.h"
#include "fc_model_draft.h"
#include "fc_model_file.h"
#include "fc_runtime.h"

/* The text of a buffer as a string of its own. */
static fc_status take(fc_buf *b, char **out, fc_error *err)
{
    *out = fc__strndup(b->size > 0 ? (const char *)b->data : "", b->size);
    return *out != NULL ? FC_OK : fc__nomem(err, b->size, "an answer");
}

/* The runtime's providers, apart by ", ". */
static fc_status list_providers(const fc_runtime *rt, fc_buf *out, fc_error *err)
{
    const char *const *names = fc__runtime_providers(rt);
    fc_status st = FC_OK;

    for (size_t i = 0; names[i] != NULL && st == FC_OK; i++)
        st = fc_buf_append_fmt(out, err, "%s%s", i > 0 ? ", " : "", names[i]);
    return st;
}

/* Null where there is no runtime. */
static fc_status write_runtime(fc_json *j, const fc_runtime *rt, fc_error *err)
{
    fc_device gpu = {false, 0, false};
    fc_buf providers = FC_BUF_INIT;
    fc_status st = rt != NULL ? list_providers(rt, &providers, err) : FC_OK;

    fc_json_kv_string(j, "version", rt != NULL ? fc__runtime_version(rt) : NULL);
    fc_json_key(j, "providers");
    if (rt != NULL)
        fc_json_string_n(j, (const char *)providers.data, providers.size);
    else
        fc_json_null(j);
    fc_json_key(j, "devices");
    fc_json_array_begin(j);
    fc_json_string(j, "cpu");
    if (rt != NULL && fc__device_pick(&gpu, "cuda", fc__runtime_providers(rt), NULL) == FC_OK)
        fc_json_string(j, "cuda");
    fc_json_array_end(j);
    fc_buf_dispose(&providers);
    return st;
}

fc_status fc_devices(const fc_neural_options *neural, char **json, fc_error *err)
{
    const char *library = neural != NULL ? neural->library : NULL;
    fc_error why = FC_ERROR_INIT;
    fc_runtime *rt = NULL;
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);
    fc_status st = fc__runtime_open(&rt, library, &why);

    *json = NULL;
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", why.message);
    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "schema", "featcache.devices/1");
    fc_json_kv_bool(&j, "built_in", fc__runtime_built_in());
    fc_json_kv_string(&j, "library", library);
    fc_json_kv_string(&j, "problem", rt == NULL ? why.message : NULL);
    st = write_runtime(&j, rt, err);
    fc_json_object_end(&j);
    if (st == FC_OK)
        st = fc_json_status(&j, err);
    if (st == FC_OK)
        st = take(&out, json, err);
    fc_buf_dispose(&out);
    fc__runtime_close(rt);
    return st;
}

static void write_value(fc_json *j, const fc_onnx_value *v)
{
    char room[16];

    fc_json_object_begin(j);
    fc_json_kv_string(j, "name", v->name);
    fc_json_kv_string(j, "type", fc__onnx_type_name(v->type, room));
    fc_json_key(j, "shape");
    if (!v->has_shape) {
        fc_json_null(j);
    } else {
        fc_json_array_begin(j);
        for (uint32_t a = 0; a < v->rank; a++)
            if (v->shape[a] >= 0)
                fc_json_uint(j, (uint64_t)v->shape[a]);
            else
                fc_json_string(j, v->symbols[a] != NULL ? v->symbols[a] : "?");
        fc_json_array_end(j);
    }
    fc_json_object_end(j);
}

static void write_values(fc_json *j, const char *key, const fc_onnx_value *list, size_t n)
{
    fc_json_key(j, key);
    fc_json_array_begin(j);
    for (size_t i = 0; i < n; i++)
        write_value(j, &list[i]);
    fc_json_array_end(j);
}

static void write_operators(fc_json *j, const fc_onnx_model *m)
{
    fc_json_key(j, "operators");
    fc_json_array_begin(j);
    for (size_t i = 0; i < m->n_operators; i++) {
        fc_json_object_begin(j);
        fc_json_kv_string(j, "domain", m->operators[i].domain);
        fc_json_kv_string(j, "name", m->operators[i].name);
        fc_json_key(j, "count");
        fc_json_uint(j, m->operators[i].count);
        fc_json_object_end(j);
    }
    fc_json_array_end(j);
}

static void write_tensors(fc_json *j, const fc_onnx_model *m)
{
    fc_json_key(j, "tensors");
    fc_json_array_begin(j);
    for (size_t i = 0; i < m->n_produced; i++)
        if (m->produced[i][0] != '\0')
            fc_json_string(j, m->produced[i]);
    fc_json_array_end(j);
}

static fc_status write_model(const fc_onnx_model *m, const char *path, const fc_sha256 *hash,
                             uint64_t n_bytes, fc_buf *out, fc_error *err)
{
    fc_json j = fc_json_into(out);
    fc_error why = FC_ERROR_INIT;
    char hex[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(hash, hex);
    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "schema", "featcache.inspect/1");
    fc_json_kv_string(&j, "model", path);
    fc_json_kv_string(&j, "sha256", hex);
    fc_json_key(&j, "bytes");
    fc_json_uint(&j, n_bytes);
    fc_json_key(&j, "weight_bytes");
    fc_json_uint(&j, m->n_weight_bytes);
    fc_json_kv_string(&j, "producer", m->producer != NULL ? m->producer : "");
    fc_json_key(&j, "ir_version");
    fc_json_uint(&j, m->ir_version > 0 ? (uint64_t)m->ir_version : 0);
    fc_json_key(&j, "opset");
    fc_json_uint(&j, m->opset > 0 ? (uint64_t)m->opset : 0);
    write_values(&j, "inputs", m->inputs, m->n_inputs);
    write_values(&j, "outputs", m->outputs, m->n_outputs);
    write_tensors(&j, m);
    write_operators(&j, m);
    fc_json_kv_bool(&j, "dynamic", fc__onnx_dynamic(m));
    fc_json_kv_string(&j, "problem", fc__onnx_check(m, path, &why) != FC_OK ? why.message : NULL);
    fc_json_object_end(&j);
    return fc_json_status(&j, err);
}

fc_status fc_inspect(const char *path, char **json, char **card, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT, text = FC_BUF_INIT, draft = FC_BUF_INIT;
    fc_onnx_model *m = NULL;
    fc_sha256 hash;
    fc_status st;

    *json = *card = NULL;
    st = fc__model_read(path, NULL, &bytes, &hash, err);
    if (st == FC_OK)
        st = fc__onnx_read(&m, bytes.data, bytes.size, path, err);
    if (st == FC_OK)
        st = write_model(m, path, &hash, bytes.size, &text, err);
    if (st == FC_OK)
        st = fc__model_draft(m, path, &draft, err);
    if (st == FC_OK)
        st = take(&text, json, err);
    if (st == FC_OK)
        st = take(&draft, card, err);
    if (st != FC_OK) {
        free(*json);
        *json = NULL;
    }
    fc__onnx_destroy(m);
    fc_buf_dispose(&bytes);
    fc_buf_dispose(&text);
    fc_buf_dispose(&draft);
    return st;
}
