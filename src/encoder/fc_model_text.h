/*
 * Models that take texts: what a card says about how they are fed, the tensors that they take, and
 * how texts of different length share a run.
 *
 * A text is fed at its own length. Beside longer ones it is padded on the right, which an attention
 * mask hides, and which a causal model cannot look at; without either only texts of one length are
 * run together. Rows that stand for padding never reach an output. `fixed_length` pads every text
 * to `max_tokens` whatever its neighbours are, for models that were trained so (SigLIP).
 *
 * Threads: all of it is constant or belongs to one encoder, but for the worker's scratch.
 */
#ifndef FC_MODEL_TEXT_H
#define FC_MODEL_TEXT_H

#include "fc_model.h"
#include "fc_model_run.h"
#include "fc_tokenizer.h"

/* What becomes of a text of more than max_tokens. */
typedef enum fc_text_cut { FC_CUT_END, FC_CUT_START, FC_CUT_REFUSE } fc_text_cut;

/* The parameters by name; schemas/card.md says what each does. */
typedef struct fc_model_text_rule {
    uint32_t max_tokens;
    fc_text_cut cut;
    bool special, fixed_length, causal;
    uint32_t pad_id;
    uint32_t min_tokens;
    int64_t fill_id; /* -1: a text with fewer is refused */
    uint32_t first_position;
} fc_model_text_rule;

fc_model_text_rule fc__model_text_rule(const double *values);

/* What the tensor of each role is usually called: what is fed unless the card says another name. */
extern const char *const fc__text_role_tensors[FC_TEXT_ROLES];
/* The roles as a card has them under `inputs`, NULL-terminated. */
extern const char *const fc__text_role_names[];

/* The names of what is fed, names[role]: those that the card gave stay, the rest is looked for in
 * the model; owned. FC_E_NOMEM. */
fc_status fc__model_text_find(const fc_onnx_model *m, char *names[FC_TEXT_ROLES], fc_error *err);
/* The model's inputs against what is fed, and the outputs' rows against padding. FC_E_FORMAT,
 * FC_E_UNSUPPORTED; the message prints both. */
fc_status fc__model_text_check(const fc_onnx_model *m, const char *name, const double *values,
                               const char *const names[FC_TEXT_ROLES], fc_error *err);
fc_status fc__model_text_check_output(const char *name, const double *values,
                                      const fc_output_spec *spec, const fc_model_output *o,
                                      fc_error *err);

/* What an encoder of texts has beside a model. */
struct fc_model_texts {
    fc_model_text_rule rule;
    fc_tokenizer *tokenizer;
    char *prefix;               /* in front of each text; NULL: nothing */
    char *names[FC_TEXT_ROLES]; /* NULL: not fed */
    fc_dtype types[FC_TEXT_ROLES];
};

/* Make m->texts: the card's tokenizer, read and known by its hash. FC_E_VERSION: another file than
 * the card is of. Destroyed with the encoder. */
fc_status fc__model_texts_create(fc_model_encoder *m, const struct fc_card *card,
                                 const fc_onnx_model *model, const fc_neural_options *neural,
                                 fc_error *err);
void fc__model_texts_destroy(struct fc_model_texts *t);

/* All texts of a run, by length. */
fc_status fc__model_run_texts(fc_model_run *r, fc_error *err);

#endif /* FC_MODEL_TEXT_H */
