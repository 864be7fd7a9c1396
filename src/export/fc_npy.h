/*
 * NumPy's .npy format 1.0: a header text, padded to 64 bytes, then raw little-endian values.
 * Source: numpy.lib.format (NEP 1).
 */
#ifndef FC_NPY_H
#define FC_NPY_H

#include <featcache/maintain.h>

#include "fc_buf.h"

/* Header of a C-ordered array of f32, always FC_NPY_HEADER_BYTES long, so that it can be written
 * again when the number of rows is known. */
#define FC_NPY_HEADER_BYTES 128
fc_status fc__npy_header(uint32_t rank, const uint64_t *shape, uint8_t out[FC_NPY_HEADER_BYTES],
                         fc_error *err);

#endif /* FC_NPY_H */
