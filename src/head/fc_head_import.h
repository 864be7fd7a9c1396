/*
 * Ready projections from bytes. Not for other folders.
 */
#ifndef FC_HEAD_IMPORT_H
#define FC_HEAD_IMPORT_H

#include "fc_head.h"

/* As fc__head_import(), of the whole file in memory; `name` is for messages. */
fc_status fc__head_import_npy(fc_head *out, const uint8_t *bytes, size_t n, const char *name,
                              const fc_pooling *pooling, uint32_t input_dim, fc_error *err);
fc_status fc__head_import_safetensors(fc_head *out, const uint8_t *bytes, size_t n,
                                      const char *name, const fc_pooling *pooling,
                                      uint32_t input_dim, fc_error *err);

#endif /* FC_HEAD_IMPORT_H */
