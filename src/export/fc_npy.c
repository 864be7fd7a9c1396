/*
 * .npy in and out. Reading takes what NumPy writes by default for float arrays and refuses the rest
 * with a reason.
 */
#include <featcache/maintain.h>

#include <string.h>

#include "fc_bytes.h"
#include "fc_file.h"
#include "fc_npy_header.h"
#include "fc_vec.h"

fc_status fc_npy_write(const char *path, const fc_tensor *t, fc_error *err)
{
    uint8_t header[FC_NPY_HEADER_BYTES];
    fc_safe_file *file = NULL;
    fc_status st;

    if (t->dtype != FC_F32)
        return fc_error_set(err, FC_E_INVALID, "npy: the tensor is %s; f32 is wanted",
                            fc_dtype_name(t->dtype));
    st = fc__npy_header_write(FC_F32, t->rank, t->shape, header, err);
    if (st == FC_OK)
        st = fc__safe_file_begin(&file, path, err);
    if (st != FC_OK)
        return st;
    st = fc__safe_file_write(file, header, sizeof(header), err);
    if (st == FC_OK)
        st = fc__safe_file_write(file, t->data, fc_tensor_count(t) * sizeof(float), err);
    if (st != FC_OK) {
        fc__safe_file_abort(file);
        return st;
    }
    return fc__safe_file_commit(file, err);
}

/* --- reading -------------------------------------------------------------------------------------
 */

/* What can become f32 here. */
static fc_status check_floats(const fc_npy_header *header, const char *path, fc_error *err)
{
    if (header->kind != 'f')
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: dtype %c%u; little-endian f2, f4 or f8 is wanted", path,
                            header->kind, (unsigned)header->width);
    return FC_OK;
}

static void convert(const uint8_t *from, size_t width, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = from + i * width;

        if (width == 2) {
            const uint16_t half = fc_get_le16(at);

            fc__f16_to_f32(&half, &to[i], 1);
        } else if (width == 4) {
            to[i] = fc_get_le_f32(at);
        } else {
            to[i] = (float)fc_get_le_f64(at);
        }
    }
}

fc_status fc_npy_read(const char *path, uint64_t max_bytes, fc_tensor *out, fc_error *err)
{
    fc_buf file = FC_BUF_INIT;
    fc_npy_header header;
    fc_status st;

    *out = (fc_tensor)FC_TENSOR_INIT;
    st = fc__file_read(path, (size_t)max_bytes, &file, err);
    if (st == FC_OK)
        st = fc__npy_header_read(file.data, file.size, path, &header, err);
    if (st == FC_OK)
        st = check_floats(&header, path, err);
    if (st != FC_OK)
        goto done;
    if (header.n_bytes != file.size - header.data_at) {
        st = fc_error_set(err, FC_E_FORMAT, "%s: %zu bytes of data, but the header says %llu", path,
                          file.size - header.data_at, (unsigned long long)header.n_bytes);
        goto done;
    }
    if (header.rank == 0) { /* a single number is a vector of one */
        header.rank = 1;
        header.shape[0] = 1;
    }
    st = fc_tensor_alloc(out, FC_F32, header.rank, header.shape, err);
    if (st == FC_OK)
        convert(file.data + header.data_at, header.width, out->data, (size_t)header.n_elements);

done:
    fc_buf_dispose(&file);
    return st;
}
