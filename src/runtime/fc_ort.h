/*
 * What the two sources that use ONNX Runtime's API share: the loaded library, and its errors in our
 * words. Only included where FC_HAVE_ONNXRUNTIME is defined.
 */
#ifndef FC_ORT_H
#define FC_ORT_H

#include <onnxruntime_c_api.h>

#include "fc_runtime.h"

struct fc_runtime {
    const OrtApi *api;
    OrtEnv *env;
    char version[32];
    char **providers; /* NULL-terminated */
};

/* NULL is FC_OK. Else `st` with "NAME: the runtime's first line", and the status is released. */
fc_status fc__ort_status(const fc_runtime *rt, OrtStatus *status, fc_status st, const char *name,
                         fc_error *err);

#endif /* FC_ORT_H */
