/*
 * The inside of an encoder, shared by fc_encoder*.c. Making one from a given built-in is what
 * fc__encoder_create() does once it has found it, and how tests run one that misbehaves.
 */
#ifndef FC_ENCODER_INTERNAL_H
#define FC_ENCODER_INTERNAL_H

#include "fc_builtin.h"
#include "fc_card.h"
#include "fc_model.h"

struct fc_encoder {
    const fc_builtin *builtin;
    void *self;
    fc_output_spec *outputs; /* those of the card */
    size_t n_outputs;
    size_t n_made;                      /* outputs that `run` makes */
    size_t index[FC_MODEL_OUTPUTS_MAX]; /* of each among those, ascending */
    char *provenance;
    bool is_model; /* builtin is a kind of model, self an fc_model_encoder */
};

struct fc_encoder_worker {
    const fc_encoder *encoder;
    void *state;
};

/* `builtin` must live as long as the encoder. */
fc_status fc__encoder_create_with(fc_encoder **out, const fc_card *card, const fc_builtin *builtin,
                                  fc_error *err);

/* Is `t` what `spec` promises: f32, of its shape, finite, and no zero vector where a query may
 * search it? FC_E_FORMAT says what it is instead. */
fc_status fc__encoder_check_output(const fc_output_spec *spec, const fc_tensor *t, fc_error *err);

#endif /* FC_ENCODER_INTERNAL_H */
