/*
 * builtin/precomputed: features that were computed elsewhere and come as rows of a .npy. Nothing is
 * computed here: a vector of the length that the card says is taken as it is, so that it is stored,
 * versioned and searched like any other.
 *
 * float16 and float64 become float32; what is not finite there is refused.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_builtin_list.h"
#include "fc_npy_header.h"
#include "fc_vec.h"

#define CODE_VERSION 1

enum { DIM, N_PARAMS };

static const fc_param_spec params[N_PARAMS] = {
    [DIM] = {"dim", FC_PARAM_INT, 1, 65536, 512, NULL, "length of the vectors, and of the output"},
};

static void outputs(const double *values, fc_builtin_output *out)
{
    out[0] = (fc_builtin_output){"vector", FC_F32, 1, {(uint64_t)values[DIM], 0, 0, 0}, true};
}

static fc_status create(void **self, const double *values, fc_error *err)
{
    const fc_status st = fc__builtin_check(&fc__builtin_precomputed, values, err);
    uint64_t *dim;

    *self = NULL;
    if (st != FC_OK)
        return st;
    dim = fc__alloc_array(1, sizeof(*dim));
    if (dim == NULL)
        return fc__nomem(err, sizeof(*dim), "an encoder");
    *dim = (uint64_t)values[DIM];
    *self = dim;
    return FC_OK;
}

static void destroy(void *self)
{
    free(self);
}

/* A vector of D, or 1 x D, of floats, all of it there. */
static fc_status check_header(const fc_npy_header *h, const fc_input *in, uint64_t dim,
                              fc_error *err)
{
    const bool one_row = h->rank == 2 && h->shape[0] == 1;

    if (h->kind != 'f')
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "%s: numbers of kind '%c%u'; precomputed features are floats", in->name,
                            h->kind, h->width);
    if (h->rank != 1 && !one_row)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "%s: an array of %u axes; wanted one vector: D or 1 x D", in->name,
                            h->rank);
    if (h->n_elements != dim)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: a vector of %llu numbers; this encoder takes %llu, as its card "
                            "says: give one with dim: %llu",
                            in->name, (unsigned long long)h->n_elements, (unsigned long long)dim,
                            (unsigned long long)h->n_elements);
    if (h->n_bytes != in->n_bytes - h->data_at)
        return fc_error_set(err, FC_E_FORMAT, "%s: %zu bytes of values; the header says %llu",
                            in->name, in->n_bytes - h->data_at, (unsigned long long)h->n_bytes);
    return FC_OK;
}

/* dim values of `width` bytes, at any address, to f32. */
static fc_status to_floats(const uint8_t *from, uint32_t width, uint64_t dim, float *to,
                           fc_error *err)
{
    if (width == 4) {
        memcpy(to, from, dim * sizeof(*to));
    } else if (width == 8) {
        for (uint64_t i = 0; i < dim; i++) {
            double v;

            memcpy(&v, from + i * sizeof(v), sizeof(v));
            to[i] = (float)v;
        }
    } else {
        uint16_t *halves = fc__alloc_array((size_t)dim, sizeof(*halves));

        if (halves == NULL)
            return fc__nomem(err, dim * sizeof(*halves), "a vector");
        memcpy(halves, from, dim * sizeof(*halves));
        fc__f16_to_f32(halves, to, (size_t)dim);
        free(halves);
    }
    return FC_OK;
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const uint64_t dim = *(const uint64_t *)self;
    fc_npy_header h;
    fc_status st;
    float *to;

    (void)worker;
    st = fc__npy_header_read(in->bytes, in->n_bytes, in->name, &h, err);
    if (st == FC_OK)
        st = check_header(&h, in, dim, err);
    fc_buf_clear(&out->bytes);
    if (st == FC_OK)
        st = fc_buf_reserve(&out->bytes, (size_t)dim * sizeof(float), err);
    if (st != FC_OK)
        return st;
    to = (float *)(void *)out->bytes.data; /* from malloc: aligned */
    st = to_floats(in->bytes + h.data_at, h.width, dim, to, err);
    for (uint64_t i = 0; st == FC_OK && i < dim; i++)
        if (!isfinite(to[i]))
            return fc_error_set(err, FC_E_FORMAT, "%s: number %llu is not finite as a float32",
                                in->name, (unsigned long long)i);
    out->bytes.size = (size_t)dim * sizeof(float);
    return st;
}

static fc_status run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err)
{
    const uint64_t dim = *(const uint64_t *)self;

    (void)worker;
    for (size_t i = 0; i < n && wanted[0]; i++) {
        fc_tensor *to = &out[i]->outputs[0];
        const fc_status st = fc_tensor_alloc(to, FC_F32, 1, &dim, err);

        if (st != FC_OK)
            return st;
        memcpy(to->data, in[i]->bytes.data, (size_t)dim * sizeof(float));
    }
    return FC_OK;
}

static const fc_encoder_ops ops = {
    .kind = "precomputed",
    .destroy = destroy,
    .prepare = prepare,
    .run = run,
};

const fc_builtin fc__builtin_precomputed = {
    .name = "builtin/precomputed",
    .modality = FC_VECTOR,
    .code_version = CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .n_outputs = 1,
    .batch_hint = 1,
    .outputs = outputs,
    .create = create,
    .ops = &ops,
};
