/*
 * .safetensors files.
 */
#include "fc_safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_vec.h"

#define HEADER_MAX  ((size_t)16 << 20)
#define NAME_SHOWN  60
#define TENSORS_MAX ((size_t)65536)

struct fc_safetensors {
    const char *name; /* of the file; borrowed */
    json_t *header;
    const char **names; /* without __metadata__ */
    size_t n;
    const uint8_t *data;
    size_t n_data;
};

static fc_status list_names(fc_safetensors *f, fc_error *err)
{
    const char *key;
    json_t *value;

    f->names = fc__alloc_array(json_object_size(f->header), sizeof(*f->names));
    if (f->names == NULL)
        return fc__nomem(err, json_object_size(f->header) * sizeof(*f->names), "names");
    json_object_foreach(f->header, key, value)
    {
        if (strcmp(key, "__metadata__") != 0)
            f->names[f->n++] = key;
    }
    return FC_OK;
}

fc_status fc__safetensors_open(fc_safetensors **out, const uint8_t *bytes, size_t n,
                               const char *name, fc_error *err)
{
    fc_safetensors *f;
    json_error_t problem;
    uint64_t length;
    fc_status st = FC_OK;

    *out = NULL;
    if (n < 8)
        return fc_error_set(err, FC_E_FORMAT, "%s: not a .safetensors file (%zu bytes)", name, n);
    length = fc_get_le64(bytes);
    if (length > n - 8)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: not a .safetensors file, or cut off: a header of %llu bytes in "
                            "%zu",
                            name, (unsigned long long)length, n);
    if (length > HEADER_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: a header of %llu bytes; at most %zu are read",
                            name, (unsigned long long)length, HEADER_MAX);
    f = fc__alloc_array(1, sizeof(*f));
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "a file");
    f->name = name;
    f->data = bytes + 8 + length;
    f->n_data = n - 8 - (size_t)length;
    f->header =
        json_loadb((const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(f->header) || json_object_size(f->header) > TENSORS_MAX)
        st = fc_error_set(err, FC_E_FORMAT, "%s: the header is no JSON object that can be read%s%s",
                          name, f->header == NULL ? ": " : "",
                          f->header == NULL ? problem.text : "");
    if (st == FC_OK)
        st = list_names(f, err);
    if (st != FC_OK)
        fc__safetensors_close(f);
    else
        *out = f;
    return st;
}

void fc__safetensors_close(fc_safetensors *f)
{
    if (f == NULL)
        return;
    json_decref(f->header);
    free(f->names);
    free(f);
}

size_t fc__safetensors_count(const fc_safetensors *f)
{
    return f->n;
}

const char *fc__safetensors_name(const fc_safetensors *f, size_t i)
{
    return f->names[i];
}

static bool read_offset(const json_t *list, size_t i, uint64_t *out)
{
    const json_t *v = json_array_get(list, i);

    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = (uint64_t)json_integer_value(v);
    return true;
}

/* Axes and the number of elements; false: no list of sizes, or more than can be. */
static bool read_shape(const json_t *list, fc_safetensor *out)
{
    out->n = 1;
    out->rank = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < out->rank; i++)
        if (!read_offset(list, i, &out->shape[i]) || out->shape[i] > SIZE_MAX ||
            !fc__mul(out->n, (size_t)out->shape[i], &out->n))
            return false;
    return true;
}

static bool read_dtype(const char *text, fc_dtype *out)
{
    static const struct {
        const char *name;
        fc_dtype dtype;
    } dtypes[] = {{"F32", FC_F32}, {"F16", FC_F16}, {"BF16", FC_BF16}};

    for (size_t i = 0; text != NULL && i < sizeof(dtypes) / sizeof(dtypes[0]); i++)
        if (strcmp(text, dtypes[i].name) == 0) {
            *out = dtypes[i].dtype;
            return true;
        }
    return false;
}

static fc_status broken(const fc_safetensors *f, const char *name, const char *what, fc_error *err)
{
    return fc_error_set(err, FC_E_FORMAT, "%s: tensor '%.*s': %s", f->name, NAME_SHOWN, name, what);
}

fc_status fc__safetensors_find(const fc_safetensors *f, const char *name, fc_safetensor *out,
                               fc_error *err)
{
    const json_t *entry = json_object_get(f->header, name);
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *shape = json_object_get(entry, "shape");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    uint64_t first, last;
    size_t bytes;

    *out = (fc_safetensor){.name = name};
    if (entry == NULL || strcmp(name, "__metadata__") == 0)
        return FC_E_NOT_FOUND;
    if (!json_is_array(shape) || !json_is_array(offsets) || dtype == NULL)
        return broken(f, name, "it has no dtype, shape and data_offsets", err);
    if (json_array_size(shape) > FC_MAX_RANK || !read_dtype(dtype, &out->dtype))
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "%s: tensor '%.*s' is %.12s of %zu axes; F32, F16 and BF16 of at most "
                            "%d are read",
                            f->name, NAME_SHOWN, name, dtype, json_array_size(shape), FC_MAX_RANK);
    if (!read_shape(shape, out) || !fc__mul(out->n, fc_dtype_size(out->dtype), &bytes))
        return broken(f, name, "its shape has more elements than can be", err);
    if (json_array_size(offsets) != 2 || !read_offset(offsets, 0, &first) ||
        !read_offset(offsets, 1, &last) || first > last || last > f->n_data)
        return broken(f, name, "its offsets run past the end of the file", err);
    if (last - first != bytes)
        return broken(f, name, "its offsets are not as far apart as its shape says", err);
    out->at = f->data + first;
    return FC_OK;
}

fc_status fc__safetensor_floats(const fc_safetensor *t, float **out, fc_error *err)
{
    float *values = fc__alloc_bare(t->n, sizeof(*values));
    uint16_t *half = NULL;

    *out = NULL;
    if (values == NULL)
        return fc__nomem(err, t->n * sizeof(*values), "a tensor");
    for (size_t i = 0; i < t->n && t->dtype == FC_F32; i++)
        values[i] = fc_get_le_f32(t->at + 4 * i);
    if (t->dtype != FC_F32) {
        half = fc__alloc_bare(t->n, sizeof(*half));
        if (half == NULL) {
            free(values);
            return fc__nomem(err, t->n * sizeof(*half), "a tensor");
        }
        for (size_t i = 0; i < t->n; i++)
            half[i] = fc_get_le16(t->at + 2 * i);
        if (t->dtype == FC_F16)
            fc__f16_to_f32(half, values, t->n);
        else
            fc__bf16_to_f32(half, values, t->n);
        free(half);
    }
    *out = values;
    return FC_OK;
}
