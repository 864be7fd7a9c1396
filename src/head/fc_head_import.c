/*
 * Importing projections that others have trained.
 */
#include "fc_head_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_file.h"
#include "fc_npy_header.h"
#include "fc_safetensors.h"
#include "fc_vec.h"

#define FILE_MAX    ((size_t)1 << 30)
#define NAMES_SHOWN 200

/* A head of one input with nothing in it yet. */
static fc_status begin(fc_head *out, const fc_pooling *pooling, uint32_t input_dim, fc_error *err)
{
    *out = (fc_head){.fuse = FC_FUSE_ONE, .n_inputs = 1};
    out->inputs[0] = (fc_head_input){.pooling = *pooling, .dim = input_dim};
    if (input_dim == 0 || input_dim > FC_HEAD_ROW_DIM_MAX)
        return fc_error_set(err, FC_E_INVALID, "rows of %u; 1 to %u are possible", input_dim,
                            FC_HEAD_ROW_DIM_MAX);
    return FC_OK;
}

/* The shape of the weight gives the head's dim; it must take what the pooling leaves. */
static fc_status take_shape(fc_head *h, const char *name, uint64_t rows, uint64_t columns,
                            fc_error *err)
{
    const size_t pooled = fc__head_pooled_dim(&h->inputs[0]);

    if (columns != pooled)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: a matrix of %llu x %llu; the pooled vectors have %zu, so it "
                            "should be N x %zu%s",
                            name, (unsigned long long)rows, (unsigned long long)columns, pooled,
                            pooled, rows == pooled ? ": transpose it" : "");
    if (rows == 0 || rows > FC_HEAD_DIM_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: a space of %llu dimensions; 1 to %d are possible",
                            name, (unsigned long long)rows, FC_HEAD_DIM_MAX);
    h->dim = (uint32_t)rows;
    return FC_OK;
}

/* What was read must be a head; the fault is then the file's. */
static fc_status finish(fc_head *h, const char *name, fc_status st, fc_error *err)
{
    fc_error problem = FC_ERROR_INIT;

    if (st == FC_OK && fc__head_check(h, &problem) != FC_OK)
        st = fc_error_set(err, FC_E_FORMAT, "%s: %s", name, problem.message);
    if (st != FC_OK)
        fc__head_dispose(h);
    return st;
}

static void npy_floats(const uint8_t *from, uint32_t width, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = from + i * width;

        if (width == 8) {
            out[i] = (float)fc_get_le_f64(at);
        } else if (width == 4) {
            out[i] = fc_get_le_f32(at);
        } else {
            const uint16_t half = fc_get_le16(at);

            fc__f16_to_f32(&half, &out[i], 1);
        }
    }
}

fc_status fc__head_import_npy(fc_head *out, const uint8_t *bytes, size_t n, const char *name,
                              const fc_pooling *pooling, uint32_t input_dim, fc_error *err)
{
    fc_npy_header header;
    fc_status st = begin(out, pooling, input_dim, err);

    if (st == FC_OK)
        st = fc__npy_header_read(bytes, n, name, &header, err);
    if (st != FC_OK)
        return finish(out, name, st, err);
    if (header.kind != 'f' || header.rank != 2)
        st = fc_error_set(err, FC_E_FORMAT,
                          "%s: '%c%u' of %u axes; a matrix of floating-point numbers is wanted",
                          name, header.kind, header.width, header.rank);
    else if (n < header.data_at || n - header.data_at < header.n_bytes)
        st = fc_error_set(err, FC_E_FORMAT, "%s is cut off: %llu bytes of values are wanted", name,
                          (unsigned long long)header.n_bytes);
    else
        st = take_shape(out, name, header.shape[0], header.shape[1], err);
    if (st == FC_OK) {
        float *weight = fc__alloc_bare((size_t)header.n_elements, sizeof(*weight));

        out->inputs[0].weight = weight;
        if (weight == NULL)
            st = fc__nomem(err, (size_t)header.n_elements * sizeof(*weight), "a head");
        else
            npy_floats(bytes + header.data_at, header.width, (size_t)header.n_elements, weight);
    }
    return finish(out, name, st, err);
}

/* The names of a file, for messages: all that fit. */
static const char *list_names(const fc_safetensors *f, char out[NAMES_SHOWN])
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < fc__safetensors_count(f) && used < NAMES_SHOWN - 1; i++) {
        const char *name = fc__safetensors_name(f, i);

        used +=
            (size_t)snprintf(out + used, NAMES_SHOWN - used, "%s%.60s", i > 0 ? ", " : "", name);
    }
    return out;
}

/* The tensor called `role`, or the only one whose name ends in ".role"; n is NULL where there is
 * none. *n_taken counts what was found. */
static fc_status find_role(const fc_safetensors *f, const char *role, bool by_ending,
                           fc_safetensor *out, bool *found, size_t *n_taken, fc_error *err)
{
    const size_t n_role = strlen(role);
    const char *only = NULL;
    fc_status st = fc__safetensors_find(f, role, out, err);

    *found = st == FC_OK;
    *n_taken += *found;
    if (st != FC_E_NOT_FOUND)
        return st;
    for (size_t i = 0; i < fc__safetensors_count(f) && by_ending; i++) {
        const char *name = fc__safetensors_name(f, i);
        const size_t n = strlen(name);

        if (n <= n_role || name[n - n_role - 1] != '.' || strcmp(name + n - n_role, role) != 0)
            continue;
        if (only != NULL)
            return FC_OK; /* which one? none: the message lists them */
        only = name;
    }
    if (only == NULL)
        return FC_OK;
    st = fc__safetensors_find(f, only, out, err);
    *found = st == FC_OK;
    *n_taken += *found;
    return st;
}

static fc_status take_array(float **to, const fc_safetensor *t, size_t n, const char *name,
                            fc_error *err)
{
    if (t->n != n)
        return fc_error_set(err, FC_E_FORMAT, "%s: tensor '%.60s' has %zu elements; %zu are wanted",
                            name, t->name, t->n, n);
    return fc__safetensor_floats(t, to, err);
}

/* Queries say how many there are; all else depends on that. */
static fc_status take_queries(fc_head_input *in, const fc_safetensors *f, const char *name,
                              size_t *n_taken, fc_error *err)
{
    fc_safetensor t;
    bool found;
    fc_status st = find_role(f, "queries", false, &t, &found, n_taken, err);

    if (st != FC_OK || (!found && in->pooling.kind != FC_POOLING_ATTENTION))
        return st;
    if (!found || in->pooling.kind != FC_POOLING_ATTENTION)
        return fc_error_set(err, FC_E_FORMAT, "%s: %s", name,
                            found ? "it has queries, which only pooling 'attention' uses"
                                  : "pooling 'attention' wants a tensor 'queries'");
    if (t.rank != 2 || t.shape[1] != in->dim || t.shape[0] < 1 ||
        t.shape[0] > FC_HEAD_QUERIES_MAX ||
        (in->pooling.n_queries != 0 && in->pooling.n_queries != t.shape[0]))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: tensor 'queries' should be N x %u, N %u (0: 1 to %d)", name,
                            in->dim, in->pooling.n_queries, FC_HEAD_QUERIES_MAX);
    in->pooling.n_queries = (uint32_t)t.shape[0];
    return take_array(&in->queries, &t, fc__head_pooled_dim(in), name, err);
}

static fc_status take_tensors(fc_head *h, const fc_safetensors *f, const char *name, fc_error *err)
{
    fc_head_input *in = &h->inputs[0];
    char names[NAMES_SHOWN];
    size_t n_taken = 0;
    fc_safetensor t;
    bool found = false;
    fc_status st = take_queries(in, f, name, &n_taken, err);

    if (st == FC_OK)
        st = find_role(f, "weight", true, &t, &found, &n_taken, err);
    if (st == FC_OK && (!found || t.rank != 2))
        st = fc_error_set(err, FC_E_FORMAT, "%s: it has no single matrix 'weight'; there are: %s",
                          name, list_names(f, names));
    if (st == FC_OK)
        st = take_shape(h, name, t.shape[0], t.shape[1], err);
    if (st == FC_OK)
        st = take_array(&in->weight, &t, t.n, name, err);
    for (int i = 0; i < 3 && st == FC_OK; i++) {
        static const char *const roles[] = {"bias", "mean", "scale"};
        const size_t standard =
            in->pooling.kind == FC_POOLING_ATTENTION ? in->dim : fc__head_pooled_dim(in);

        st = find_role(f, roles[i], i == 0, &t, &found, &n_taken, err);
        if (st == FC_OK && found)
            st = take_array(i == 0   ? &in->bias
                            : i == 1 ? &in->mean
                                     : &in->scale,
                            &t, i == 0 ? h->dim : standard, name, err);
    }
    if (st == FC_OK && n_taken != fc__safetensors_count(f))
        st = fc_error_set(err, FC_E_FORMAT,
                          "%s: it holds more than weight, bias, mean, scale and queries: %s", name,
                          list_names(f, names));
    return st;
}

fc_status fc__head_import_safetensors(fc_head *out, const uint8_t *bytes, size_t n,
                                      const char *name, const fc_pooling *pooling,
                                      uint32_t input_dim, fc_error *err)
{
    fc_safetensors *f = NULL;
    fc_status st = begin(out, pooling, input_dim, err);

    if (st == FC_OK)
        st = fc__safetensors_open(&f, bytes, n, name, err);
    if (st == FC_OK)
        st = take_tensors(out, f, name, err);
    fc__safetensors_close(f);
    return finish(out, name, st, err);
}

static bool ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n >= m && strcmp(path + n - m, ending) == 0;
}

fc_status fc__head_import(fc_head *out, const char *path, const fc_pooling *pooling,
                          uint32_t input_dim, fc_error *err)
{
    const bool npy = ends_in(path, ".npy");
    fc_buf bytes = FC_BUF_INIT;
    fc_status st;

    *out = (fc_head)FC_HEAD_INIT;
    if (!npy && !ends_in(path, ".safetensors"))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: a projection is a .npy or a .safetensors file, by its name", path);
    st = fc__file_read(path, FILE_MAX, &bytes, err);
    if (st == FC_OK)
        st = npy ? fc__head_import_npy(out, bytes.data, bytes.size, path, pooling, input_dim, err)
                 : fc__head_import_safetensors(out, bytes.data, bytes.size, path, pooling,
                                               input_dim, err);
    fc_buf_dispose(&bytes);
    return st;
}
