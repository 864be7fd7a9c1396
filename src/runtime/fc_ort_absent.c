/*
 * The runtime of a build without ONNX Runtime's header: says so.
 */
#ifndef FC_HAVE_ONNXRUNTIME

#include "fc_runtime.h"

static const char *const no_providers[] = {NULL};

static fc_status absent(fc_error *err)
{
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "this featcache was built without ONNX Runtime, which models need: run "
                        "cmake/get-onnxruntime.sh and build again (the built-in encoders need "
                        "nothing)");
}

bool fc__runtime_built_in(void)
{
    return false;
}

fc_status fc__runtime_open(fc_runtime **out, const char *library, fc_error *err)
{
    (void)library;
    *out = NULL;
    return absent(err);
}

void fc__runtime_close(fc_runtime *rt)
{
    (void)rt;
}

const char *fc__runtime_version(const fc_runtime *rt)
{
    (void)rt;
    return "none";
}

const char *const *fc__runtime_providers(const fc_runtime *rt)
{
    (void)rt;
    return no_providers;
}

fc_status fc__session_open(fc_session **out, fc_runtime *rt, const uint8_t *bytes, size_t n,
                           const char *name, const fc_session_options *opts, fc_error *err)
{
    (void)rt;
    (void)bytes;
    (void)n;
    (void)name;
    (void)opts;
    *out = NULL;
    return absent(err);
}

void fc__session_close(fc_session *s)
{
    (void)s;
}

const fc_device *fc__session_device(const fc_session *s)
{
    (void)s;
    return NULL;
}

fc_status fc__session_run(fc_session *s, const fc_feed *feeds, size_t n_feeds,
                          const char *const *names, size_t n_outputs, fc_tensor *outputs,
                          fc_error *err)
{
    (void)s;
    (void)feeds;
    (void)n_feeds;
    (void)names;
    (void)n_outputs;
    (void)outputs;
    return absent(err);
}

#else
typedef int fc__ort_is_present; /* a file of ISO C is never empty */
#endif /* FC_HAVE_ONNXRUNTIME */
