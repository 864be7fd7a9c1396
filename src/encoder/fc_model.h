/*
 * Encoders that are ONNX models: what a card says about one (fc_card_model.c reads it), how an
 * input becomes tensors, and how tensors become features.
 *
 * A model takes slices: an image is one, a cloud is one, a sound is as many as it has windows. All
 * slices have a batch axis in front, and are run together as far as their shapes agree and the
 * model lets its batch axis open. Nothing is ever padded to fit a neighbour, so an item is the same
 * alone and in any batch, but for the rounding of the runtime's kernels.
 *
 * Threads: all of it is constant or belongs to one encoder.
 */
#ifndef FC_MODEL_H
#define FC_MODEL_H

#include <featcache/neural.h>

#include "fc_builtin.h"
#include "fc_onnx.h"
#include "fc_wave.h"

/* What a card's `encoder` is for all of them. */
#define FC_MODEL_ENCODER "onnx"
/* Raised with every change that can change a bit of what is fed or made of what comes out. */
#define FC_MODEL_CODE_VERSION 1

/* What the axes of a tensor after the batch axis mean. */
typedef enum fc_model_layout {
    FC_LAYOUT_VECTOR, /* D; of a sound in windows one row each */
    FC_LAYOUT_ROWS,   /* T x D: tokens, frames, points */
    FC_LAYOUT_CHW,    /* C x H x W, stored H x W x C */
    FC_LAYOUT_HWC     /* H x W x C */
} fc_model_layout;

typedef enum fc_model_pool {
    FC_POOL_NONE,
    FC_POOL_MEAN,
    FC_POOL_MAX,
    FC_POOL_FIRST,
    FC_POOL_LAST
} fc_model_pool;

extern const char *const fc__model_layouts[]; /* names, NULL-terminated, by number */
extern const char *const fc__model_pools[];

/* What is brought to unit length: nothing, each row before any pooling, or the vector. */
typedef enum fc_model_unit { FC_UNIT_NONE, FC_UNIT_ROWS, FC_UNIT_VECTOR } fc_model_unit;

extern const char *const fc__model_units[];

/* How a tensor becomes an output. */
typedef struct fc_model_output {
    const char *tensor; /* in the graph; borrowed */
    fc_model_layout layout;
    fc_model_pool pool; /* over the rows that are left */
    uint32_t skip;      /* rows left out at the beginning: a class token, an attention sink */
    bool all_rows;      /* keep rows that stand for padding */
    fc_model_unit unit;
} fc_model_output;

#define FC_MODEL_SKIP_MAX 1024

/* The one text of it, which the store keeps with the output: two outputs of one name under one
 * fingerprint must not differ in it. And back; `tensor` then points into the text. */
fc_status fc__model_output_write(const fc_model_output *o, fc_buf *out, fc_error *err);
bool fc__model_output_read(const char *text, fc_model_output *out);

/* The preprocessing of one modality, in the form of a built-in: parameters and how it runs. NULL:
 * there are no models of it. */
const fc_builtin *fc__model_kind(fc_modality modality);

/* The shape of what is fed without the batch axis; 0: it varies. Returns the rank. */
uint32_t fc__model_input_shape(fc_modality modality, const double *values,
                               uint64_t shape[FC_MAX_RANK]);
/* The most slices that one run may have; 0: any number. */
uint64_t fc__model_batch_limit(const fc_onnx_model *m, const char *input);

/* The inputs of a model of texts, in this order wherever there is an array of them. */
typedef enum fc_text_role {
    FC_TEXT_IDS,
    FC_TEXT_MASK,
    FC_TEXT_TYPES,
    FC_TEXT_POSITIONS,
    FC_TEXT_ROLES
} fc_text_role;

/* Everything that can be known before the first sample: inputs, outputs, their types and shapes
 * against what the card says. inputs[0] is the tensor that is fed; of a model of texts there are
 * FC_TEXT_ROLES, NULL where one is not fed. The message prints both sides. FC_E_FORMAT,
 * FC_E_UNSUPPORTED. */
fc_status fc__model_check(const fc_onnx_model *m, const char *name, fc_modality modality,
                          const double *values, const char *const *inputs,
                          const fc_output_spec *outputs, size_t n_outputs, fc_error *err);
/* The names of tensors, for a message. */
fc_status fc__model_list_values(const fc_onnx_value *values, size_t n, fc_buf *out, fc_error *err);

/* Whether a sound is looked at in windows, each of which is a slice. */
bool fc__model_has_windows(fc_modality modality, const double *values);

/* How a sound lies in its slices. */
typedef struct fc_model_sound {
    uint64_t n_samples, n_slices;
    double start_s; /* of the first sample */
    uint32_t rate;
    uint64_t window, hop;         /* samples; window 0: all of it is one slice */
    uint64_t row_hop, row_length; /* samples that a row of an output stands for; 0: not said */
    uint32_t mels;                /* bands of Whisper's spectrum that is fed; 0: the samples are */
    bool drop_tail;
    /* Of a long one, which is decoded while it runs (fc_model_stream.h); NULL: it is there. */
    const uint8_t *source;
    size_t n_source;
    double span_start_s, span_end_s;
    fc_decode_limits limits;
    bool normalise;
    fc_wave_sums sums;
} fc_model_sound;

/* Samples of the sound in slice i. */
uint64_t fc__model_slice_samples(const fc_model_sound *s, uint64_t i);

/* The kinds, each in its own file. Their prepare() makes a tensor whose first axis counts slices,
 * or of a sound that is fed as it is the samples (rank 1), which run() cuts; `bytes` of a sound
 * hold an fc_model_sound. */
extern const fc_builtin fc__model_image, fc__model_sounds, fc__model_points, fc__model_text;
uint32_t fc__model_image_shape(const double *values, uint64_t shape[FC_MAX_RANK]);
uint32_t fc__model_sound_shape(const double *values, uint64_t shape[FC_MAX_RANK]);
uint32_t fc__model_points_shape(const double *values, uint64_t shape[FC_MAX_RANK]);
bool fc__model_sound_has_windows(const double *values);

#define FC_MODEL_OUTPUTS_MAX 16

/* `self` of an encoder that is a model. */
typedef struct fc_model_encoder {
    double values[FC_BUILTIN_MAX_PARAMS];
    fc_modality modality;
    char *input;
    struct fc_model_texts *texts; /* fc_model_text.h; NULL: not a model of texts */
    fc_model_output outputs[FC_MODEL_OUTPUTS_MAX];
    char *made_of[FC_MODEL_OUTPUTS_MAX];        /* what the outputs' tensors point into */
    fc_output_spec specs[FC_MODEL_OUTPUTS_MAX]; /* names borrowed from the encoder */
    size_t n_outputs;
    uint64_t batch_max;    /* slices in one run */
    uint64_t values_max;   /* that they are fed with, unless one has more */
    uint64_t memory;       /* that it takes, about */
    uint64_t features_max; /* bytes that one input's may take; 0: not known */
    bool dynamic;          /* quantised dynamically */
    struct fc_runtime *runtime;
    struct fc_session *session;
} fc_model_encoder;

struct fc_card;

/* Load what the card names, check it and make it ready to run. `specs` live as long as the encoder.
 * FC_E_VERSION: the file at the card's path is another model than the card is of. */
fc_status fc__model_create(fc_model_encoder **out, const struct fc_card *card, const double *values,
                           const fc_output_spec *specs, size_t n_specs,
                           const fc_neural_options *neural, fc_error *err);
/* That the bytes of a file (`what`: "model", "tokenizer") are those that the part of the card has
 * the hash of: FC_E_VERSION. */
fc_status fc__model_check_hash(const struct fc_card *card, const char *part, const char *what,
                               const char *path, const fc_sha256 *hash, fc_error *err);
/* The tensor as the only slice of a batch: an axis of 1 in front. */
void fc__model_one_slice(fc_tensor *t);
void fc__model_destroy(void *self);
fc_status fc__model_run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                        const bool *wanted, fc_features *const *out, fc_error *err);
/* "onnxruntime 1.32.0 cpu" appended. */
fc_status fc__model_describe(const fc_model_encoder *m, fc_buf *out, fc_error *err);
/* A GPU was asked for by "auto", and it runs on the CPU. */
bool fc__model_fell_back(const fc_model_encoder *m);
/* What the user should know of how it runs; NULL: nothing. */
const char *fc__model_notice(const fc_model_encoder *m);

#endif /* FC_MODEL_H */
