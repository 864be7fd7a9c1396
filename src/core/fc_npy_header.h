/*
 * The header of NumPy's .npy format, 1.0 to 3.0: a magic number, a length, and a Python dictionary
 * as text, padded so that the values begin on a multiple of 64. Source: numpy.lib.format (NEP 1).
 *
 * Threads: stateless.
 */
#ifndef FC_NPY_HEADER_H
#define FC_NPY_HEADER_H

#include <featcache/types.h>

/* Why a header cannot be taken. */
typedef enum fc_npy_flaw {
    FC_NPY_SOUND,
    FC_NPY_BROKEN,     /* no .npy, cut off, or not to be understood */
    FC_NPY_BIG_ENDIAN, /* numbers of more than a byte, the high one first */
    FC_NPY_NO_NUMBERS, /* texts, complex numbers, structures, objects */
    FC_NPY_FORTRAN     /* the first axis runs fastest */
} fc_npy_flaw;

typedef struct fc_npy_header {
    char kind;                   /* 'f' float, 'u' unsigned, 'i' signed, 'b' bool */
    uint32_t width;              /* bytes of an element: 1, 2, 4 or 8; little-endian */
    uint32_t rank;               /* 0 to FC_MAX_RANK; C order */
    uint64_t shape[FC_MAX_RANK]; /* each below 2^32 */
    uint64_t n_elements;         /* their product; 1 for rank 0 */
    uint64_t n_bytes;            /* of all values */
    size_t data_at;              /* where they begin */
    fc_npy_flaw flaw;            /* also set where reading failed */
} fc_npy_header;

#define FC_NPY_HEADER_MAX   ((size_t)64 << 10) /* read so much of a file to see its header */
#define FC_NPY_HEADER_BYTES 128                /* of one that is written here */

/* Read the header at the start of `bytes`, as untrusted. The values need not be there: compare
 * n_bytes with what is. FC_E_FORMAT: no .npy, cut off, Fortran order, more axes than FC_MAX_RANK,
 * or elements that are no plain little-endian numbers; the message tells the dtype. `name` is for
 * messages. */
fc_status fc__npy_header_read(const uint8_t *bytes, size_t n, const char *name, fc_npy_header *out,
                              fc_error *err);

/* Write a header, always FC_NPY_HEADER_BYTES long, so that it can be written again when the number
 * of rows is known. `dtype` is FC_F32, FC_F16, FC_U8, FC_I8, FC_I32 or FC_I64. */
fc_status fc__npy_header_write(fc_dtype dtype, uint32_t rank, const uint64_t *shape,
                               uint8_t out[FC_NPY_HEADER_BYTES], fc_error *err);

/* The same for any `kind` and `width` that fc__npy_header_read() gives. */
fc_status fc__npy_header_write_as(char kind, uint32_t width, uint32_t rank, const uint64_t *shape,
                                  uint8_t out[FC_NPY_HEADER_BYTES], fc_error *err);

#endif /* FC_NPY_HEADER_H */
