/*
 * One picture in NumPy's .npy format: bytes, H x W or H x W x 1, 3 or 4.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_decode_internal.h"
#include "fc_npy_header.h"

static fc_status check_shape(const fc_npy_header *h, fc_error *err)
{
    const uint64_t channels = h->rank == 3 ? h->shape[2] : 1;

    if (h->kind != 'u' || h->width != 1)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "the .npy holds elements of kind '%c' and %u bytes: a picture is uint8",
                            h->kind, h->width);
    if (h->rank == 4)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "the .npy holds %ju pictures: name one by `row` in a manifest",
                            (uintmax_t)h->shape[0]);
    if (h->rank < 2 || h->rank > 3 || (channels != 1 && channels != 3 && channels != 4))
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "the .npy has %u axes, the last of %ju: a picture is H x W or H x W x "
                            "1, 3 or 4",
                            h->rank, (uintmax_t)(h->rank > 0 ? h->shape[h->rank - 1] : 0));
    return FC_OK;
}

fc_status fc__decode_npy_image(const fc_image_source *in, fc_image *out, fc_error *err)
{
    fc_npy_header h;
    const uint8_t *from;
    size_t n_pixels;
    fc_status st;

    st = fc__npy_header_read(in->bytes, in->n, "the picture", &h, err);
    if (st == FC_OK)
        st = check_shape(&h, err);
    if (st == FC_OK)
        st = fc__check_image_size(h.shape[1], h.shape[0], in->limits.max_pixels, err);
    if (st != FC_OK)
        return st;
    if (in->n - h.data_at != h.n_bytes)
        return fc_error_set(err, FC_E_FORMAT,
                            "the .npy says %ju bytes of pixels, and %zu are behind its header",
                            (uintmax_t)h.n_bytes, in->n - h.data_at);
    n_pixels = (size_t)(h.shape[0] * h.shape[1]);
    out->pixels = fc__alloc_array(n_pixels, 3);
    if (out->pixels == NULL)
        return fc__nomem(err, n_pixels * 3, "the pixels of a .npy");
    out->width = (uint32_t)h.shape[1];
    out->height = (uint32_t)h.shape[0];
    out->format = "NPY";
    from = in->bytes + h.data_at;
    if (h.n_bytes == n_pixels)
        fc__spread_grey(from, n_pixels, out->pixels);
    else if (h.shape[2] == 3)
        memcpy(out->pixels, from, n_pixels * 3);
    else
        fc__flatten_rgba(from, n_pixels, in->ground, out->pixels);
    return FC_OK;
}
