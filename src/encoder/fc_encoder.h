/*
 * Encoders: what turns a signal into features. A card (fc_card.h) describes one; this header is
 * what every kind of encoder - built-in here, neural later - implements and how it is run.
 *
 * An encoder works in two steps that the pipeline runs on different threads at the same time:
 * prepare (decode and preprocess one input; CPU work, any number of workers) and run (a batch of
 * prepared inputs to features; the built-ins do it a sample at a time, a neural network in
 * batches).
 *
 * Threads: an fc_encoder is immutable after creation; each worker makes its own fc_encoder_worker.
 */
#ifndef FC_ENCODER_H
#define FC_ENCODER_H

#include "fc_buf.h"
#include "fc_hash.h"
#include "fc_limits.h"
#include "fc_time_axis.h"

/* One named output of an encoder, as the card and the encoder say together. */
typedef struct fc_output_spec {
    char *name;                  /* "map", "grid", "pooled", "tokens" */
    fc_dtype precision;          /* how it is stored; not part of the fingerprint */
    uint32_t rank;               /* of an item: 1 vector, 2 sequence, 3 map */
    uint64_t shape[FC_MAX_RANK]; /* of an item; shape[0] is 0 where it varies (a sequence) */
    bool searchable;             /* rank 1: a query may search it by cosine */
    char *from; /* of a model: what it is made of (fc_model.h); NULL for a built-in's */
} fc_output_spec;

/* A copy of its own; what is there of it on failure is to be disposed of as well. */
fc_status fc__output_spec_copy(fc_output_spec *out, const fc_output_spec *spec, fc_error *err);
void fc__output_spec_dispose(fc_output_spec *spec);

/* A signal as it came from the source. */
typedef struct fc_input {
    fc_modality modality;
    const uint8_t *bytes; /* file bytes, or UTF-8 text; borrowed */
    size_t n_bytes;
    double start_s, end_s;          /* span; both 0 for the whole */
    const char *name;               /* for messages: a path or an id */
    const fc_decode_limits *limits; /* NULL: the defaults */
} fc_input;

/* A prepared input: preprocessing's result, owned. What it holds is the encoder's business. */
typedef struct fc_prepared {
    fc_tensor tensor;
    fc_buf bytes;
    bool borrows; /* it is decoded while it runs: the bytes of its input have to stay until then */
    /* What of the input is not in it, "longer than max_tokens, the end was cut off"; NULL: all of
     * it is. Static. */
    const char *loss;
} fc_prepared;

#define FC_PREPARED_INIT                         \
    {                                            \
        FC_TENSOR_INIT, FC_BUF_INIT, false, NULL \
    }

void fc__prepared_dispose(fc_prepared *p);
/* Memory that it holds. */
size_t fc__prepared_bytes(const fc_prepared *p);

/* Features of one input for all outputs that were asked for; f32; tensors own their data. */
typedef struct fc_features {
    fc_tensor *outputs; /* n_outputs, in the order of the encoder's specs; rank 0 = not asked for */
    /* Where the rows of each output lie in time, in the source's own time (a span keeps its place):
     * FC_TIME_NONE unless the encoder says so. Explicit intervals are on the heap and freed with
     * the features. */
    fc_time_axis *times; /* n_outputs */
    size_t n_outputs;
} fc_features;

#define FC_FEATURES_INIT \
    {                    \
        NULL, NULL, 0    \
    }

void fc__features_dispose(fc_features *f);

typedef struct fc_encoder fc_encoder;
typedef struct fc_encoder_worker fc_encoder_worker;

/* What a kind of encoder implements. `self` is its own state, shared by all threads, read-only.
 * `worker` is scratch memory of one thread. */
typedef struct fc_encoder_ops {
    const char *kind; /* "hog", "hashtext" */
    void (*destroy)(void *self);
    /* Both NULL where nothing is kept between inputs: `worker` is NULL then. */
    fc_status (*worker_create)(const void *self, void **worker, fc_error *err);
    void (*worker_destroy)(void *worker);
    fc_status (*prepare)(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err);
    /* wanted[k]: fill outputs[k]. A non-finite feature is FC_E_FORMAT. */
    fc_status (*run)(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err);
    /* Append the name of a row that outputs with rows have of this input: of a text, its token.
     * FC_E_NOT_FOUND: there is no such row. NULL: rows have no names. */
    fc_status (*name_row)(const void *self, const fc_prepared *in, size_t row, fc_buf *out,
                          fc_error *err);
} fc_encoder_ops;

struct fc_card;
struct fc_learning;
struct fc_neural_options;

/* Make the encoder that `card` describes; the card may go afterwards. FC_E_VERSION when the card
 * comes from a store and this program's built-in has another code version; FC_E_UNSUPPORTED when
 * it has no such built-in. */
fc_status fc__encoder_create(fc_encoder **out, const struct fc_card *card, fc_error *err);
/* The same, with what is said about models; NULL: the defaults. Further codes where the card is of
 * a model: FC_E_UNSUPPORTED without its runtime, FC_E_NOT_FOUND without its file, FC_E_VERSION when
 * the file is another model by now. */
fc_status fc__encoder_create_on(fc_encoder **out, const struct fc_card *card,
                                const struct fc_neural_options *neural, fc_error *err);
void fc__encoder_destroy(fc_encoder *e);

fc_modality fc__encoder_modality(const fc_encoder *e);
size_t fc__encoder_n_outputs(const fc_encoder *e);
const fc_output_spec *fc__encoder_outputs(const fc_encoder *e);
/* What it has to learn before it encodes as its card wants (fc_builtin.h); NULL: nothing, or it has
 * learnt it. Until then it encodes without. */
const struct fc_learning *fc__encoder_learning(const fc_encoder *e);
/* Samples to a batch that suit it (1 for the built-ins' purpose is fine). */
size_t fc__encoder_batch_hint(const fc_encoder *e);
/* Memory that it takes while it is there, about: of a model twice its file; 0 of a built-in. */
uint64_t fc__encoder_memory(const fc_encoder *e);
/* What computes here and now, one line of key=value pairs: code version, instruction set, decoder
 * library versions. Not part of the fingerprint. */
const char *fc__encoder_provenance(const fc_encoder *e);
/* What the user should know of how it runs: a model that cannot be run in batches. NULL: nothing.
 */
const char *fc__encoder_notice(const fc_encoder *e);
/* A GPU was asked for by "auto", and the model runs on the CPU: the same for all models here. */
bool fc__encoder_fell_back(const fc_encoder *e);
/* What is then told, once a run. */
#define FC_FELL_BACK_TEXT \
    "no GPU can be used here, so models run on the CPU (featcache devices tells what there is)"

fc_status fc__encoder_worker_create(fc_encoder_worker **out, const fc_encoder *e, fc_error *err);
void fc__encoder_worker_destroy(fc_encoder_worker *w);
/* *out must be initialised (or hold what may be released). Refuses (FC_E_INVALID) another modality
 * and a time span of a signal without time; FC_E_FORMAT for an input of no bytes. */
fc_status fc__encoder_prepare(fc_encoder_worker *w, const fc_input *in, fc_prepared *out,
                              fc_error *err);
/* Append the name of a row of a prepared input: the token of a text. FC_E_NOT_FOUND (no message):
 * it has no such row, or rows have no names. */
fc_status fc__encoder_name_row(fc_encoder_worker *w, const fc_prepared *in, size_t row, fc_buf *out,
                               fc_error *err);
/* Append what a prepared input adds to what the encoder has to learn. */
fc_status fc__encoder_note(fc_encoder_worker *w, const fc_prepared *in, fc_buf *out, fc_error *err);
/* out[i] must be initialised; what it held is released, its outputs are allocated here. `wanted` is
 * parallel to fc__encoder_outputs(); NULL wants all. Checks shapes against the specs, that all is
 * finite, and that no searchable vector is zero (FC_E_FORMAT: cosine has no direction to go by).
 * On failure all n are left empty: a batch fails whole, run its inputs one by one to find which. */
fc_status fc__encoder_run(fc_encoder_worker *w, const fc_prepared *const *in, size_t n,
                          const bool *wanted, fc_features *const *out, fc_error *err);

#endif /* FC_ENCODER_H */
