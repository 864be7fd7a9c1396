/*
 * Sessions of ONNX Runtime: a model made ready, fed with checked tensors.
 */
#ifdef FC_HAVE_ONNXRUNTIME

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_ort.h"
#include "fc_vec.h"

#define FEEDS_MAX   16
#define OUTPUTS_MAX 32

struct fc_session {
    fc_runtime *rt;
    OrtSession *session;
    OrtMemoryInfo *memory;
    fc_device device;
    char *name;
};

/* Options for one device; the caller releases *out. */
static fc_status make_options(fc_runtime *rt, const fc_device *device, uint32_t n_threads,
                              OrtSessionOptions **out, fc_error *err)
{
    const OrtApi *api = rt->api;
    fc_status st =
        fc__ort_status(rt, api->CreateSessionOptions(out), FC_E_NOMEM, "session options", err);

    if (st == FC_OK)
        st = fc__ort_status(rt, api->SetIntraOpNumThreads(*out, (int)n_threads), FC_E_INVALID,
                            "threads", err);
    if (st == FC_OK)
        st = fc__ort_status(rt, api->SetSessionExecutionMode(*out, ORT_SEQUENTIAL), FC_E_INVALID,
                            "session options", err);
    /* A thread that waits must not keep a core from the stages beside it. */
    if (st == FC_OK)
        st = fc__ort_status(
            rt, api->AddSessionConfigEntry(*out, "session.intra_op.allow_spinning", "0"),
            FC_E_INVALID, "session options", err);
    if (st == FC_OK && device->cuda) {
        OrtCUDAProviderOptions cuda;

        memset(&cuda, 0, sizeof(cuda));
        cuda.device_id = (int)device->index;
        cuda.gpu_mem_limit = SIZE_MAX;
        cuda.do_copy_in_default_stream = 1;
        st = fc__ort_status(rt, api->SessionOptionsAppendExecutionProvider_CUDA(*out, &cuda),
                            FC_E_UNSUPPORTED, "CUDA", err);
    }
    return st;
}

static fc_status open_on(fc_session *s, const uint8_t *bytes, size_t n, uint32_t n_threads,
                         fc_error *err)
{
    OrtSessionOptions *options = NULL;
    fc_status st = make_options(s->rt, &s->device, n_threads, &options, err);

    if (st == FC_OK)
        st = fc__ort_status(
            s->rt, s->rt->api->CreateSessionFromArray(s->rt->env, bytes, n, options, &s->session),
            FC_E_FORMAT, s->name, err);
    if (options != NULL)
        s->rt->api->ReleaseSessionOptions(options);
    return st;
}

fc_status fc__session_open(fc_session **out, fc_runtime *rt, const uint8_t *bytes, size_t n,
                           const char *name, const fc_session_options *opts, fc_error *err)
{
    fc_session *s = fc__alloc_array(1, sizeof(*s));
    fc_status st;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a session");
    s->rt = rt;
    s->name = fc__strdup(name);
    if (s->name == NULL) {
        st = fc__nomem(err, strlen(name), "a session");
        goto done;
    }
    st = fc__device_pick(&s->device, opts->device, fc__runtime_providers(rt), err);
    if (st != FC_OK)
        goto done;
    st = open_on(s, bytes, n, opts->n_threads, err);
    if (st != FC_OK && s->device.cuda && opts->device != NULL &&
        strcmp(opts->device, "auto") == 0) {
        s->device = (fc_device){.fell_back = true};
        st = open_on(s, bytes, n, opts->n_threads, err);
    }
    if (st != FC_OK)
        goto done;
    st = fc__ort_status(
        rt, rt->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &s->memory),
        FC_E_NOMEM, "memory", err);
    if (st != FC_OK)
        goto done;
    *out = s;
    s = NULL;

done:
    fc__session_close(s);
    return st;
}

void fc__session_close(fc_session *s)
{
    if (s == NULL)
        return;
    if (s->memory != NULL)
        s->rt->api->ReleaseMemoryInfo(s->memory);
    if (s->session != NULL)
        s->rt->api->ReleaseSession(s->session);
    free(s->name);
    free(s);
}

const fc_device *fc__session_device(const fc_session *s)
{
    return &s->device;
}

static fc_status make_feed(const fc_session *s, const fc_feed *feed, OrtValue **out, fc_error *err)
{
    const fc_tensor *t = feed->tensor;
    ONNXTensorElementDataType type;
    int64_t shape[FC_MAX_RANK];

    switch (t->dtype) {
    case FC_F32:
        type = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
        break;
    case FC_I32:
        type = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
        break;
    case FC_I64:
        type = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
        break;
    default:
        return fc_error_set(err, FC_E_INVALID, "%s: input '%s' cannot be fed with %s", s->name,
                            feed->name, fc_dtype_name(t->dtype));
    }
    for (uint32_t a = 0; a < t->rank; a++)
        shape[a] = (int64_t)t->shape[a];
    return fc__ort_status(s->rt,
                          s->rt->api->CreateTensorWithDataAsOrtValue(
                              s->memory, t->data, fc_tensor_count(t) * fc_dtype_size(t->dtype),
                              shape, t->rank, type, out),
                          FC_E_FORMAT, s->name, err);
}

/* n elements to f32; false for a type that is no float. */
static bool to_floats(const void *from, ONNXTensorElementDataType type, size_t n, float *to)
{
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
        if (n > 0)
            memcpy(to, from, n * sizeof(*to));
    } else if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
        fc__f16_to_f32(from, to, n);
    } else if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE) {
        for (size_t i = 0; i < n; i++)
            to[i] = (float)((const double *)from)[i];
    } else {
        return false;
    }
    return true;
}

static fc_status take_shape(const fc_session *s, OrtTensorTypeAndShapeInfo *info, const char *name,
                            fc_tensor *out, ONNXTensorElementDataType *type, fc_error *err)
{
    const OrtApi *api = s->rt->api;
    int64_t shape[FC_MAX_RANK] = {0};
    uint64_t sizes[FC_MAX_RANK] = {1};
    size_t rank = 0;
    fc_status st =
        fc__ort_status(s->rt, api->GetTensorElementType(info, type), FC_E_FORMAT, s->name, err);

    if (st == FC_OK)
        st = fc__ort_status(s->rt, api->GetDimensionsCount(info, &rank), FC_E_FORMAT, s->name, err);
    if (st == FC_OK && rank > FC_MAX_RANK)
        return fc_error_set(err, FC_E_UNSUPPORTED, "%s: tensor '%s' has %zu axes; at most %d",
                            s->name, name, rank, FC_MAX_RANK);
    if (st == FC_OK)
        st =
            fc__ort_status(s->rt, api->GetDimensions(info, shape, rank), FC_E_FORMAT, s->name, err);
    for (size_t a = 0; a < rank; a++)
        sizes[a] = (uint64_t)shape[a];
    if (st == FC_OK)
        st = fc_tensor_alloc(out, FC_F32, rank > 0 ? (uint32_t)rank : 1, sizes, err);
    return st;
}

static fc_status take_output(const fc_session *s, OrtValue *value, const char *name, fc_tensor *out,
                             fc_error *err)
{
    const OrtApi *api = s->rt->api;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    OrtTensorTypeAndShapeInfo *info = NULL;
    void *data = NULL;
    fc_status st =
        fc__ort_status(s->rt, api->GetTensorTypeAndShape(value, &info), FC_E_FORMAT, s->name, err);

    if (st == FC_OK)
        st = take_shape(s, info, name, out, &type, err);
    if (info != NULL)
        api->ReleaseTensorTypeAndShapeInfo(info);
    if (st == FC_OK)
        st = fc__ort_status(s->rt, api->GetTensorMutableData(value, &data), FC_E_FORMAT, s->name,
                            err);
    if (st == FC_OK && !to_floats(data, type, fc_tensor_count(out), out->data))
        st = fc_error_set(err, FC_E_UNSUPPORTED,
                          "%s: tensor '%s' is of type %d; an output has to be of floats", s->name,
                          name, (int)type);
    return st;
}

fc_status fc__session_run(fc_session *s, const fc_feed *feeds, size_t n_feeds,
                          const char *const *names, size_t n_outputs, fc_tensor *outputs,
                          fc_error *err)
{
    OrtValue *in[FEEDS_MAX] = {NULL}, *out[OUTPUTS_MAX] = {NULL};
    const char *in_names[FEEDS_MAX] = {NULL};
    fc_status st = FC_OK;

    if (n_feeds > FEEDS_MAX || n_outputs > OUTPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: %zu inputs and %zu outputs; at most %d and %d",
                            s->name, n_feeds, n_outputs, FEEDS_MAX, OUTPUTS_MAX);
    for (size_t i = 0; i < n_feeds && st == FC_OK; i++) {
        in_names[i] = feeds[i].name;
        st = make_feed(s, &feeds[i], &in[i], err);
    }
    if (st == FC_OK)
        st = fc__ort_status(s->rt,
                            s->rt->api->Run(s->session, NULL, in_names, (const OrtValue *const *)in,
                                            n_feeds, names, n_outputs, out),
                            FC_E_FORMAT, s->name, err);
    for (size_t k = 0; k < n_outputs && st == FC_OK; k++)
        st = take_output(s, out[k], names[k], &outputs[k], err);
    for (size_t i = 0; i < n_feeds; i++)
        if (in[i] != NULL)
            s->rt->api->ReleaseValue(in[i]);
    for (size_t k = 0; k < n_outputs; k++)
        if (out[k] != NULL)
            s->rt->api->ReleaseValue(out[k]);
    return st;
}

#else
typedef int fc__ort_session_is_absent; /* a file of ISO C is never empty */
#endif /* FC_HAVE_ONNXRUNTIME */
