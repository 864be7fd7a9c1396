/*
 * Content ids: a collision-resistant hash of what is encoded - modality, bytes as stored, time span
 * - so that the same content is encoded once, however many samples point at it.
 */
#ifndef FC_INGEST_CONTENT_H
#define FC_INGEST_CONTENT_H

#include "fc_hash.h"

/* SHA-256 over "featcache content 1", the modality, the span in nanoseconds, the byte count, and
 * the bytes. start_s = end_s = 0 is the whole. A .npy counts with dtype, shape and values: its
 * header is hashed as fc_npy_header.h writes it, so a row of a large array has the id of the same
 * array saved alone, by whatever version of NumPy. */
fc_status fc__content_hash(fc_modality modality, double start_s, double end_s, const void *bytes,
                           size_t n, fc_sha256 *out, fc_error *err);

#endif /* FC_INGEST_CONTENT_H */
