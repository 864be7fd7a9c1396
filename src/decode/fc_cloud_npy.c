/*
 * .npy arrays of points: N x 3, or N x 6 with normals or colours behind; float32 or float64.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_cloud_internal.h"
#include "fc_npy_header.h"

static double value_at(const uint8_t *data, uint32_t width, uint64_t i)
{
    return width == 8 ? fc_get_le_f64(data + 8 * i) : (double)fc_get_le_f32(data + 4 * i);
}

static fc_status read_rows(const uint8_t *data, const fc_npy_header *h, fc_cloud_build *b,
                           fc_error *err)
{
    const uint64_t columns = h->shape[1];
    float *extra = fc__alloc_array(columns == 6 ? h->shape[0] : 0, 3 * sizeof(float));
    fc_status st = FC_OK;

    if (extra == NULL)
        return fc__nomem(err, h->shape[0] * 3 * sizeof(float), "columns");
    for (uint64_t i = 0; i < h->shape[0] && st == FC_OK; i++) {
        double v[6] = {0};
        float p[3];

        for (uint64_t a = 0; a < columns; a++)
            v[a] = value_at(data, h->width, i * columns + a);
        st = fc__cloud_finite(v, p, "point", ".npy", "row", i, err);
        if (st == FC_OK)
            st = fc__cloud_add_point(b, p, err);
        if (st == FC_OK && columns == 6)
            st = fc__cloud_finite(v + 3, extra + 3 * i, "normal or colour", ".npy", "row", i, err);
    }
    if (st == FC_OK && columns == 6 && b->cloud.n_points > 0)
        st = fc__cloud_take_columns(&b->cloud, extra, 3, 0, ".npy", err);
    free(extra);
    return st;
}

fc_status fc__cloud_read_npy(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err)
{
    fc_npy_header h;
    fc_status st = fc__npy_header_read(bytes, n, "points", &h, err);

    if (st != FC_OK)
        return st;
    if (h.kind != 'f' || h.width < 4 || h.rank != 2 || (h.shape[1] != 3 && h.shape[1] != 6))
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            ".npy: points are N x 3 or N x 6, float32 or float64; this has %u "
                            "axes%s%s",
                            h.rank, h.rank == 2 ? ", the second of another length" : "",
                            h.kind != 'f' || h.width < 4 ? ", and other elements" : "");
    if (h.n_bytes > n - h.data_at)
        return fc_error_set(err, FC_E_FORMAT,
                            ".npy: the header counts %ju rows, that is %ju bytes; there are %zu",
                            (uintmax_t)h.shape[0], (uintmax_t)h.n_bytes, n - h.data_at);
    st = fc__cloud_reserve(b, h.shape[0], false, false, err);
    return st == FC_OK ? read_rows(bytes + h.data_at, &h, b, err) : st;
}
