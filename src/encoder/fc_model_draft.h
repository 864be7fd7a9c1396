/*
 * A draft of a card for a model: what the model says, and guesses from its shapes that its user has
 * to look at.
 *
 * Threads: stateless.
 */
#ifndef FC_MODEL_DRAFT_H
#define FC_MODEL_DRAFT_H

#include "fc_onnx.h"

/* Append YAML; a line with "guessed" is one to check. `path` is what `model:` becomes. */
fc_status fc__model_draft(const fc_onnx_model *m, const char *path, fc_buf *out, fc_error *err);

#endif /* FC_MODEL_DRAFT_H */
