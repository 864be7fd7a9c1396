/*
 * Reading .safetensors: eight bytes with the length of a JSON header, the header (name to dtype,
 * shape and offsets), the values. Bytes are untrusted. Source: the format's own description
 * (huggingface/safetensors, README, "Format").
 *
 * Threads: an open file is read-only. Not for other folders.
 */
#ifndef FC_SAFETENSORS_H
#define FC_SAFETENSORS_H

#include <featcache/types.h>

typedef struct fc_safetensors fc_safetensors;

typedef struct fc_safetensor {
    const char *name; /* borrowed from the file */
    fc_dtype dtype;   /* f32, f16 or bf16 */
    uint32_t rank;
    uint64_t shape[FC_MAX_RANK];
    size_t n;          /* elements */
    const uint8_t *at; /* borrowed from the bytes */
} fc_safetensor;

/* Over `bytes`, which must outlive it; `name` is for messages. FC_E_FORMAT, FC_E_LIMIT: a header of
 * more than 16 MiB. */
fc_status fc__safetensors_open(fc_safetensors **out, const uint8_t *bytes, size_t n,
                               const char *name, fc_error *err);
void fc__safetensors_close(fc_safetensors *f);
/* Tensors, and the name of the i-th in the order of the header. */
size_t fc__safetensors_count(const fc_safetensors *f);
const char *fc__safetensors_name(const fc_safetensors *f, size_t i);
/* The tensor of that name. FC_E_NOT_FOUND without a message; FC_E_FORMAT: its entry is broken, or
 * it runs past the end; FC_E_UNSUPPORTED: not f32, f16 or bf16, or of more axes than FC_MAX_RANK.
 */
fc_status fc__safetensors_find(const fc_safetensors *f, const char *name, fc_safetensor *out,
                               fc_error *err);
/* Its values as f32, for the caller to free. */
fc_status fc__safetensor_floats(const fc_safetensor *t, float **out, fc_error *err);

#endif /* FC_SAFETENSORS_H */
