/*
 * ONNX Runtime's library: found, loaded, and asked for its API. An older API table is a prefix of a
 * newer one, and all that is used here is in the oldest that is taken.
 */
#ifdef FC_HAVE_ONNXRUNTIME

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_ort.h"

#define API_OLDEST 12 /* ONNX Runtime 1.12 */

/* By name the system looks where it looks for every library (LD_LIBRARY_PATH, ld.so.cache). */
static const char *const places[] = {
    "libonnxruntime.so.1",
    "libonnxruntime.so",
    "libonnxruntime.so.1.21", /* Debian 13 without the development package */
    "/usr/local/lib/libonnxruntime.so",
    "/opt/onnxruntime/lib/libonnxruntime.so",
};

bool fc__runtime_built_in(void)
{
    return true;
}

fc_status fc__ort_status(const fc_runtime *rt, OrtStatus *status, fc_status st, const char *name,
                         fc_error *err)
{
    char line[400];
    const char *said;

    if (status == NULL)
        return FC_OK;
    said = rt->api->GetErrorMessage(status);
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(said, "\r\n"), said);
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c == 0x7f)
            *c = ' ';
    rt->api->ReleaseStatus(status);
    return fc_error_set(err, st, "%s: ONNX Runtime says: %s", name, line);
}

/* The library is silent, and so are those that it loads. */
static void discard(void *param, OrtLoggingLevel severity, const char *category, const char *id,
                    const char *location, const char *message)
{
    (void)param;
    (void)severity;
    (void)category;
    (void)id;
    (void)location;
    (void)message;
}

static fc_status load(void **out, const char *library, fc_error *err)
{
    const int how = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE; /* its threads outlive dlclose() */

    *out = library != NULL ? dlopen(library, how) : NULL;
    for (size_t i = 0; library == NULL && *out == NULL && i < sizeof(places) / sizeof(*places); i++)
        *out = dlopen(places[i], how);
    if (*out != NULL)
        return FC_OK;
    if (library != NULL) {
        const char *why = dlerror();

        return fc_error_set(err, FC_E_UNSUPPORTED, "ONNX Runtime cannot be loaded: %.300s",
                            why != NULL ? why : library);
    }
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "ONNX Runtime, which models need, is not there: install libonnxruntime, or "
                        "run cmake/get-onnxruntime.sh and name its lib/libonnxruntime.so (the "
                        "built-in encoders need nothing)");
}

static fc_status find_api(fc_runtime *rt, void *library, fc_error *err)
{
    const OrtApiBase *(*get_base)(void) = NULL;
    void *symbol = dlsym(library, "OrtGetApiBase");
    const OrtApiBase *base;

    if (symbol == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "the library for models is not ONNX Runtime: it has no OrtGetApiBase");
    memcpy(&get_base, &symbol, sizeof(get_base)); /* ISO C has no cast from object to function */
    base = get_base();
    snprintf(rt->version, sizeof(rt->version), "%s", base->GetVersionString());
    for (uint32_t v = ORT_API_VERSION; rt->api == NULL && v >= API_OLDEST; v--)
        rt->api = base->GetApi(v);
    if (rt->api == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "ONNX Runtime %s is too old; models need 1.%d or newer", rt->version,
                            API_OLDEST);
    return FC_OK;
}

static fc_status copy_providers(fc_runtime *rt, fc_error *err)
{
    char **list = NULL;
    int n = 0;
    fc_status st = fc__ort_status(rt, rt->api->GetAvailableProviders(&list, &n), FC_E_UNSUPPORTED,
                                  "execution providers", err);

    if (st != FC_OK)
        return st;
    rt->providers = fc__alloc_array((size_t)n + 1, sizeof(*rt->providers));
    for (int i = 0; rt->providers != NULL && i < n && st == FC_OK; i++)
        if ((rt->providers[i] = fc__strdup(list[i])) == NULL)
            st = fc__nomem(err, strlen(list[i]), "a provider's name");
    if (rt->providers == NULL)
        st = fc__nomem(err, (size_t)n * sizeof(*rt->providers), "providers");
    /* "will never fail" (its header); a status would have to be released all the same. */
    (void)fc__ort_status(rt, rt->api->ReleaseAvailableProviders(list, n), FC_E_UNSUPPORTED, "",
                         NULL);
    return st;
}

fc_status fc__runtime_open(fc_runtime **out, const char *library, fc_error *err)
{
    fc_runtime *rt = fc__alloc_array(1, sizeof(*rt));
    void *handle = NULL;
    fc_status st;

    *out = NULL;
    if (rt == NULL)
        return fc__nomem(err, sizeof(*rt), "a runtime");
    st = load(&handle, library, err);
    if (st != FC_OK)
        goto done;
    st = find_api(rt, handle, err);
    if (st != FC_OK)
        goto done;
    st = fc__ort_status(
        rt,
        rt->api->CreateEnvWithCustomLogger(discard, NULL, ORT_LOGGING_LEVEL_FATAL, "fc", &rt->env),
        FC_E_UNSUPPORTED, "starting", err);
    if (st != FC_OK)
        goto done;
    st = copy_providers(rt, err);
    if (st != FC_OK)
        goto done;
    *out = rt;
    rt = NULL;

done:
    fc__runtime_close(rt);
    return st;
}

void fc__runtime_close(fc_runtime *rt)
{
    if (rt == NULL)
        return;
    for (size_t i = 0; rt->providers != NULL && rt->providers[i] != NULL; i++)
        free(rt->providers[i]);
    free(rt->providers);
    if (rt->env != NULL)
        rt->api->ReleaseEnv(rt->env);
    free(rt);
}

const char *fc__runtime_version(const fc_runtime *rt)
{
    return rt->version;
}

const char *const *fc__runtime_providers(const fc_runtime *rt)
{
    return (const char *const *)rt->providers;
}

#else
typedef int fc__ort_load_is_absent; /* a file of ISO C is never empty */
#endif /* FC_HAVE_ONNXRUNTIME */
