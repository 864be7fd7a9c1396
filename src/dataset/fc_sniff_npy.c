/*
 * What one .npy file is as a sample: its dtype and shape decide.
 *
 *     uint8, H x W, H x W x 1, 3 or 4      an image
 *     float, N x 3 or N x 6, N > 1         points (with normals)
 *     float, D or 1 x D                    a vector
 *
 * Everything else is named, so that the reason says what would be right.
 */
#include "fc_dataset_impl.h"
#include "fc_npy_header.h"

static const char many_images[] = "NumPy array of many images";
static const char many_vectors[] = "NumPy array of many vectors";

bool fc__sniff_is_many(const char *what)
{
    return what == many_images || what == many_vectors;
}

/* By fc_npy_flaw. */
static const char *const flaws[] = {
    [FC_NPY_SOUND] = "NumPy array",
    [FC_NPY_BROKEN] = "NumPy array with a broken header",
    [FC_NPY_BIG_ENDIAN] = "NumPy array of big-endian numbers (save it as little-endian)",
    [FC_NPY_NO_NUMBERS] = "NumPy array of something else than plain numbers",
    [FC_NPY_FORTRAN] = "NumPy array in Fortran order (save it with order='C')",
};

static fc_modality of_bytes(const fc_npy_header *h, const char **what)
{
    if (h->rank == 2 ||
        (h->rank == 3 && (h->shape[2] == 1 || h->shape[2] == 3 || h->shape[2] == 4))) {
        *what = "NumPy image";
        return FC_IMAGE;
    }
    *what = h->rank == 3 || h->rank == 4
                ? many_images
                : "NumPy array of uint8 that is no image (wanted H x W or H x W x C)";
    return FC_MODALITY_NONE;
}

static fc_modality of_floats(const fc_npy_header *h, const char **what)
{
    if (h->rank == 1 || (h->rank == 2 && h->shape[0] == 1)) {
        *what = "NumPy vector";
        return FC_VECTOR;
    }
    if (h->rank == 2 && (h->shape[1] == 3 || h->shape[1] == 6)) {
        *what = "NumPy points";
        return FC_POINTS;
    }
    *what =
        h->rank == 2 ? many_vectors : "NumPy array of numbers that is neither points nor a vector";
    return FC_MODALITY_NONE;
}

fc_modality fc__sniff_npy(const uint8_t *head, size_t n, uint64_t size, const char **what)
{
    fc_npy_header h;

    if (fc__npy_header_read(head, n, "", &h, NULL) != FC_OK) {
        *what = flaws[h.flaw];
        return FC_MODALITY_NONE;
    }
    if (h.n_elements == 0) {
        *what = "NumPy array without elements";
        return FC_MODALITY_NONE;
    }
    if (size != 0 && h.n_bytes > size - (h.data_at < size ? h.data_at : size)) {
        *what = "NumPy array that is cut off";
        return FC_MODALITY_NONE;
    }
    if (h.kind == 'u' && h.width == 1)
        return of_bytes(&h, what);
    if (h.kind == 'f')
        return of_floats(&h, what);
    *what = "NumPy array of another dtype (wanted uint8 images or float vectors and points)";
    return FC_MODALITY_NONE;
}
