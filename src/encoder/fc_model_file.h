/*
 * Model files and tokenizers: read whole and known by their SHA-256, which a folder may keep by the
 * identity of the file, so that an unchanged file is not hashed again.
 *
 * Threads: stateless.
 */
#ifndef FC_MODEL_FILE_H
#define FC_MODEL_FILE_H

#include <featcache/neural.h>

#include "fc_buf.h"
#include "fc_file.h"
#include "fc_hash.h"

/* Memory of the machine, in bytes; 0: not known. */
uint64_t fc__machine_bytes(void);

/* What a model of n bytes takes once it is loaded, at least: the runtime makes its own copy. */
#define FC_MODEL_MEMORY(n) (2 * (uint64_t)(n))
/* The memory to keep to, as fc_neural_options has it; neural may be NULL. 0: not known. */
uint64_t fc__model_memory(const fc_neural_options *neural);
/* The bytes of the model at `path` and their hash; neural may be NULL. FC_E_LIMIT: more than
 * protocol buffers can hold, or than the memory to keep to allows; FC_E_BUSY: it changed while it
 * was read. Nothing there is FC_E_NOT_FOUND. */
fc_status fc__model_read(const char *path, const fc_neural_options *neural, fc_buf *bytes,
                         fc_sha256 *hash, fc_error *err);
/* The same of a tokenizer.json. FC_E_LIMIT: over FC_TOKENIZER_MAX_BYTES. */
fc_status fc__tokenizer_read(const char *path, const fc_neural_options *neural, fc_buf *bytes,
                             fc_sha256 *hash, fc_error *err);

#endif /* FC_MODEL_FILE_H */
