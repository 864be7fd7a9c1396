/*
 * ONNX Runtime with a GPU in its list of providers that it cannot use: the library that
 * FC_REAL_ONNXRUNTIME names, whose calls all go through but that list.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <onnxruntime_c_api.h>

static OrtApi api;
static const OrtApiBase *real;

static OrtStatusPtr ORT_API_CALL list(char ***out, int *n)
{
    static char *names[] = {(char *)"CUDAExecutionProvider", (char *)"CPUExecutionProvider"};

    *out = names;
    *n = 2;
    return NULL;
}

static OrtStatusPtr ORT_API_CALL release(char **names, int n)
{
    (void)names;
    (void)n;
    return NULL;
}

static const OrtApi *ORT_API_CALL get_api(uint32_t version)
{
    const OrtApi *from = real->GetApi(version);

    if (from == NULL || version != ORT_API_VERSION)
        return from;
    memcpy(&api, from, sizeof(api));
    api.GetAvailableProviders = list;
    api.ReleaseAvailableProviders = release;
    return &api;
}

static const char *ORT_API_CALL version(void)
{
    return real->GetVersionString();
}

const OrtApiBase *ORT_API_CALL OrtGetApiBase(void)
{
    static const OrtApiBase base = {get_api, version};
    const OrtApiBase *(*get)(void);
    void *library = dlopen(getenv("FC_REAL_ONNXRUNTIME"), RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "OrtGetApiBase") : NULL;

    if (symbol == NULL)
        abort();
    memcpy(&get, &symbol, sizeof(get));
    real = get();
    return &base;
}
