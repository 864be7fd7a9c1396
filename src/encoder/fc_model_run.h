/*
 * One call of fc__model_run(), shared by what makes batches of slices: fc_model_run.c for those
 * that agree in shape, fc_model_text_run.c for texts.
 *
 * Threads: belongs to one thread.
 */
#ifndef FC_MODEL_RUN_H
#define FC_MODEL_RUN_H

#include "fc_model_gather.h"
#include "fc_runtime.h"

typedef struct fc_model_run {
    const fc_model_encoder *m;
    const fc_prepared *const *in;
    size_t n_inputs;
    const char *names[FC_MODEL_OUTPUTS_MAX]; /* the tensors that are wanted, each once */
    size_t n_names;
    size_t name_of[FC_MODEL_OUTPUTS_MAX]; /* of each output that is wanted */
    const bool *wanted;
    fc_features *const *out;
    fc_model_rows *rows; /* n_inputs x n_outputs */
    fc_tensor batch;
} fc_model_run;

/* A slice of a batch: of which input, which of its slices, and how many rows of it are real. */
typedef struct fc_model_slice {
    size_t input;
    uint64_t index;
    uint64_t keep;
} fc_model_slice;

/* Run what is fed, slices[b] being the b-th along the batch axis, and hand the tensors out. */
fc_status fc__model_run_batch(fc_model_run *r, const fc_model_slice *slices, size_t n,
                              const fc_feed *feeds, size_t n_feeds, fc_error *err);
/* How many slices of a shape share a run. */
size_t fc__model_run_most(const fc_model_encoder *m, const uint64_t *shape, uint32_t rank);
/* How a sound lies in its slices; NULL of what is no sound. */
const fc_model_sound *fc__model_run_sound(const fc_model_run *r, size_t i);
/* Rows of a slice that stand for n samples of a sound, not for what fills its window. */
uint64_t fc__model_real_rows(const fc_model_sound *s, uint64_t n);
/* Input i has all its slices: make its features, and let its rows go. Once each. */
fc_status fc__model_run_finish(fc_model_run *r, size_t i, fc_error *err);

#endif /* FC_MODEL_RUN_H */
