/*
 * Which device a model runs on, from what is asked for and what the runtime has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_runtime.h"

#define CUDA_PROVIDER "CUDAExecutionProvider"

static bool has_cuda(const char *const *providers)
{
    for (size_t i = 0; providers[i] != NULL; i++)
        if (strcmp(providers[i], CUDA_PROVIDER) == 0)
            return true;
    return false;
}

/* N of "cuda:N"; false when it is none. */
static bool read_index(const char *text, uint32_t *out)
{
    const size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 2 || text[n] != '\0')
        return false;
    *out = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

fc_status fc__device_pick(fc_device *out, const char *text, const char *const *providers,
                          fc_error *err)
{
    *out = (fc_device){false, 0, false};
    if (text == NULL || strcmp(text, "cpu") == 0)
        return FC_OK;
    if (strcmp(text, "auto") == 0) {
        out->cuda = has_cuda(providers);
        out->fell_back = !out->cuda;
        return FC_OK;
    }
    if (strcmp(text, "cuda") != 0 &&
        (strncmp(text, "cuda:", 5) != 0 || !read_index(text + 5, &out->index)))
        return fc_error_set(err, FC_E_INVALID,
                            "device '%.40s': write cpu, auto, or cuda:N with N from 0 to 99", text);
    out->cuda = true;
    if (!has_cuda(providers))
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "device '%s': this ONNX Runtime is built without CUDA; use the device "
                            "cpu, or a library with " CUDA_PROVIDER,
                            text);
    return FC_OK;
}

void fc__device_name(const fc_device *d, char out[16])
{
    if (d->cuda)
        snprintf(out, 16, "cuda:%u", (unsigned)(d->index % 100u));
    else
        snprintf(out, 16, "cpu");
}
