/*
 * .npy in and out. Reading takes what NumPy writes by default for float arrays and refuses the rest
 * with a reason; the header text is parsed by hand, within its length, as untrusted.
 */
#include "fc_npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_file.h"
#include "fc_vec.h"

static const uint8_t magic[8] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

fc_status fc__npy_header(uint32_t rank, const uint64_t *shape, uint8_t out[FC_NPY_HEADER_BYTES],
                         fc_error *err)
{
    char *text = (char *)out + 10;
    const size_t room = FC_NPY_HEADER_BYTES - 10;
    size_t used = 0;

    used = (size_t)snprintf(text, room, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (uint32_t i = 0; i < rank && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%llu%s", (unsigned long long)shape[i],
                                 rank == 1 ? "," : (i + 1 < rank ? ", " : ""));
    if (used < room)
        used += (size_t)snprintf(text + used, room - used, "), }");
    if (used >= room)
        return fc_error_set(err, FC_E_LIMIT, "npy: the header is over %zu bytes", room);
    memset(text + used, ' ', room - used);
    text[room - 1] = '\n';
    memcpy(out, magic, sizeof(magic));
    fc_put_le16(out + 8, (uint16_t)room);
    return FC_OK;
}

fc_status fc_npy_write(const char *path, const fc_tensor *t, fc_error *err)
{
    uint8_t header[FC_NPY_HEADER_BYTES];
    fc_safe_file *file = NULL;
    fc_status st;

    if (t->dtype != FC_F32)
        return fc_error_set(err, FC_E_INVALID, "npy: the tensor is %s; f32 is wanted",
                            fc_dtype_name(t->dtype));
    st = fc__npy_header(t->rank, t->shape, header, err);
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

/* The text after "'key':" with blanks skipped; NULL when the key is not there. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);

    if (at == NULL)
        return NULL;
    at += strlen(key);
    return at + strspn(at, " ");
}

/* "(3, 4)" or "(5,)" to a shape. */
static bool parse_shape(const char *at, fc_tensor *out)
{
    if (at == NULL || *at++ != '(')
        return false;
    out->rank = 0;
    while (*(at += strspn(at, " ")) != ')') {
        char *end;
        unsigned long long n;

        if (out->rank == FC_MAX_RANK || *at < '0' || *at > '9')
            return false;
        n = strtoull(at, &end, 10);
        if (n > UINT32_MAX)
            return false;
        out->shape[out->rank++] = n;
        at = end + strspn(end, " ");
        if (*at == ',')
            at++;
        else if (*at != ')')
            return false;
    }
    return true;
}

typedef struct npy_header {
    size_t data_at;
    size_t width; /* 2, 4 or 8 bytes an element */
    fc_tensor shape;
} npy_header;

static fc_status parse_header(const fc_buf *file, const char *path, npy_header *out, fc_error *err)
{
    char *text;
    const char *descr, *order;
    size_t n, start;
    fc_status st = FC_OK;

    if (file->size < 12 || memcmp(file->data, magic, 6) != 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: not a .npy file", path);
    if (file->data[6] < 1 || file->data[6] > 3)
        return fc_error_set(err, FC_E_FORMAT, "%s: .npy format %u.%u; 1 to 3 can be read", path,
                            file->data[6], file->data[7]);
    start = file->data[6] == 1 ? 10 : 12;
    n = start == 10 ? fc_get_le16(file->data + 8) : fc_get_le32(file->data + 8);
    if (n > file->size - start)
        return fc_error_set(err, FC_E_FORMAT, "%s: the header of %zu bytes runs past the end", path,
                            n);
    text = fc__strndup((const char *)file->data + start, n);
    if (text == NULL)
        return fc__nomem(err, n, "a header");
    descr = value_of(text, "'descr':");
    order = value_of(text, "'fortran_order':");
    out->data_at = start + n;
    out->shape = (fc_tensor)FC_TENSOR_INIT;
    if (descr == NULL || strncmp(descr, "'<f", 3) != 0 ||
        (descr[3] != '2' && descr[3] != '4' && descr[3] != '8') || descr[4] != '\'')
        st = fc_error_set(err, FC_E_FORMAT, "%s: dtype %.12s; little-endian f2, f4 or f8 is wanted",
                          path, descr != NULL ? descr : "?");
    else if (order == NULL || strncmp(order, "False", 5) != 0)
        st = fc_error_set(err, FC_E_FORMAT, "%s: Fortran order; save it with order='C'", path);
    else if (!parse_shape(value_of(text, "'shape':"), &out->shape))
        st = fc_error_set(err, FC_E_FORMAT, "%s: the shape cannot be read; at most %d axes", path,
                          FC_MAX_RANK);
    else
        out->width = (size_t)(descr[3] - '0');
    free(text);
    return st;
}

static void convert(const uint8_t *from, size_t width, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = from + i * width;

        if (width == 2) {
            const uint16_t half = fc_get_le16(at);

            fc__f16_to_f32(&half, &to[i], 1);
        } else if (width == 4) {
            const uint32_t bits = fc_get_le32(at);

            memcpy(&to[i], &bits, sizeof(bits));
        } else {
            const uint64_t bits = fc_get_le64(at);
            double value;

            memcpy(&value, &bits, sizeof(value));
            to[i] = (float)value;
        }
    }
}

fc_status fc_npy_read(const char *path, uint64_t max_bytes, fc_tensor *out, fc_error *err)
{
    fc_buf file = FC_BUF_INIT;
    npy_header header;
    size_t count = 1, bytes = 0;
    fc_status st;

    *out = (fc_tensor)FC_TENSOR_INIT;
    st = fc__file_read(path, (size_t)max_bytes, &file, err);
    if (st == FC_OK)
        st = parse_header(&file, path, &header, err);
    if (st != FC_OK)
        goto done;
    for (uint32_t i = 0; i < header.shape.rank; i++)
        if (!fc__mul(count, (size_t)header.shape.shape[i], &count))
            count = SIZE_MAX;
    if (!fc__mul(count, header.width, &bytes) || bytes != file.size - header.data_at) {
        st = fc_error_set(err, FC_E_FORMAT, "%s: %zu bytes of data, but the header says %zu", path,
                          file.size - header.data_at, bytes);
        goto done;
    }
    if (header.shape.rank == 0) { /* a single number is a vector of one */
        header.shape.rank = 1;
        header.shape.shape[0] = 1;
    }
    st = fc_tensor_alloc(out, FC_F32, header.shape.rank, header.shape.shape, err);
    if (st == FC_OK)
        convert(file.data + header.data_at, header.width, out->data, count);

done:
    fc_buf_dispose(&file);
    return st;
}
