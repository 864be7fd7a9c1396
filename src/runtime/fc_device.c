/*
 * Which device a model runs on, from what is asked for, for all or for one encoder, and what the
 * runtime has.
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

/* One part of a list: the name, n_name 0 where there is none, and the device. */
typedef struct device_part {
    const char *name, *device;
    size_t n_name, n_device;
} device_part;

/* The part at *list, which moves on to the next; false: there is none left. */
static bool next_part(const char **list, device_part *out)
{
    const char *at = *list;
    size_t n, name;

    if (at == NULL)
        return false;
    n = strcspn(at, ",");
    name = strcspn(at, "=");
    *out = (device_part){.name = at, .device = at, .n_device = n};
    if (name < n) {
        out->n_name = name;
        out->device = at + name + 1;
        out->n_device = n - name - 1;
    }
    *list = at[n] == ',' ? at + n + 1 : NULL;
    return true;
}

fc_status fc__device_for(char out[FC_DEVICE_TEXT_BYTES], const char *list, const char *encoder,
                         fc_error *err)
{
    const char *whole = list;
    unsigned n_own = 0, n_all = 0;
    device_part p;

    snprintf(out, FC_DEVICE_TEXT_BYTES, "cpu");
    while (next_part(&list, &p)) {
        const bool all = p.device == p.name;
        const bool own =
            !all && strlen(encoder) == p.n_name && memcmp(p.name, encoder, p.n_name) == 0;

        if (p.n_device == 0 || p.n_device >= FC_DEVICE_TEXT_BYTES || (!all && p.n_name == 0))
            return fc_error_set(err, FC_E_INVALID,
                                "devices '%.60s': write cpu, auto or cuda:N, with commas between "
                                "what is for one encoder: cpu,NAME=cuda:N",
                                whole);
        n_own += own;
        n_all += all;
        if (n_own > 1 || n_all > 1)
            return fc_error_set(err, FC_E_INVALID, "two devices are given for %s%s",
                                n_own > 1 ? "encoder " : "all encoders", n_own > 1 ? encoder : "");
        if (own || (all && n_own == 0))
            snprintf(out, FC_DEVICE_TEXT_BYTES, "%.*s", (int)p.n_device, p.device);
    }
    return FC_OK;
}

const char *fc__device_unknown(const char *list,
                               bool (*known)(const void *context, const char *name, size_t n),
                               const void *context, size_t *n)
{
    device_part p;

    while (next_part(&list, &p)) {
        *n = p.n_name;
        if (p.device != p.name && !known(context, p.name, p.n_name))
            return p.name;
    }
    return NULL;
}

void fc__device_name(const fc_device *d, char out[16])
{
    if (d->cuda)
        snprintf(out, 16, "cuda:%u", (unsigned)(d->index % 100u));
    else
        snprintf(out, 16, "cpu");
}
