/*
 * Model files and tokenizers: read whole and known by their SHA-256, which a folder may keep by the
 * identity of the file, so that an unchanged file is not hashed again.
 *
 * Threads: stateless.
 */
#ifndef FC_MODEL_FILE_H
#define FC_MODEL_FILE_H

#include "fc_buf.h"
#include "fc_file.h"
#include "fc_hash.h"

/* The bytes of the model at `path` and their hash. cache_folder may be NULL. FC_E_LIMIT: more than
 * protocol buffers can hold, or than this machine's memory can hold twice (the runtime makes its
 * own copy); FC_E_BUSY: it changed while it was read. Nothing there is FC_E_NOT_FOUND. */
fc_status fc__model_read(const char *path, const char *cache_folder, fc_buf *bytes, fc_sha256 *hash,
                         fc_error *err);
/* The same of a tokenizer.json. FC_E_LIMIT: over FC_TOKENIZER_MAX_BYTES. */
fc_status fc__tokenizer_read(const char *path, const char *cache_folder, fc_buf *bytes,
                             fc_sha256 *hash, fc_error *err);

#endif /* FC_MODEL_FILE_H */
