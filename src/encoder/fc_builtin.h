/*
 * The registry of built-in encoders: for each its name, code version, parameter table, outputs and
 * how it is made. The card (fc_card.c) checks parameters against the table and takes the outputs
 * and the fingerprint's parts from here; adding a built-in is one file and one line in
 * fc_builtin.c.
 *
 * Parameter values travel as one array of doubles, parallel to `params`: the number itself, 0 or 1
 * for a flag, the position in `choices` for a choice. Start from fc__builtin_defaults.
 *
 * Threads: everything here is constant.
 */
#ifndef FC_BUILTIN_H
#define FC_BUILTIN_H

#include "fc_encoder.h"

struct fc_image_rule;

typedef enum fc_param_kind {
    FC_PARAM_INT,    /* a whole number, min to max inclusive (all fit in a double exactly) */
    FC_PARAM_REAL,   /* a finite number, min to max inclusive */
    FC_PARAM_FLAG,   /* true or false: 1 or 0 */
    FC_PARAM_CHOICE, /* one of `choices`: its position */
    /* One of `choices`, or the path of a file: that is the last of them, and what read_file makes
     * of the file is the card's data of the parameter's name. */
    FC_PARAM_LIST
} fc_param_kind;

typedef struct fc_param_spec {
    const char *name;
    fc_param_kind kind;
    double min, max;            /* FC_PARAM_INT, FC_PARAM_REAL */
    double initial;             /* the default, as a value of the array */
    const char *const *choices; /* FC_PARAM_CHOICE, FC_PARAM_LIST: NULL-terminated; else NULL */
    const char *help;           /* one line: what it does, for messages and for schemas/card.md */
} fc_param_spec;

#define FC_BUILTIN_MAX_PARAMS  16
#define FC_BUILTIN_MAX_OUTPUTS 4
#define FC_BUILTIN_MAX_DATA    4

/* An output before the card has its say: the same fields as fc_output_spec, name static. */
typedef struct fc_builtin_output {
    const char *name;
    fc_dtype precision; /* stored so unless the card says otherwise */
    uint32_t rank;
    uint64_t shape[FC_MAX_RANK]; /* shape[0] is 0 where it varies (a sequence) */
    bool searchable;
} fc_builtin_output;

/* A text that a card has beside its parameters, as its part "data.NAME": part of the fingerprint.
 */
typedef struct fc_builtin_data {
    const char *name, *text;
} fc_builtin_data;

/* What an encoder learns from the samples of an ingest before it encodes any of them. It is frozen
 * as data of the card, so that it is part of the version. */
typedef struct fc_learning {
    const char *data; /* the name of the data that it becomes */
    /* `self` asks for it and has not got it. */
    bool (*wanted)(const void *self);
    /* Append what one prepared sample adds to it. Any thread, with its own worker. */
    fc_status (*note)(const void *self, void *worker, const fc_prepared *in, fc_buf *out,
                      fc_error *err);
    /* The sum of notes: one thread, in the order of the samples. */
    fc_status (*begin)(void **sum, fc_error *err);
    fc_status (*add)(void *sum, const fc_buf *note, fc_error *err);
    fc_status (*end)(const void *sum, fc_buf *text, fc_error *err);
    void (*destroy)(void *sum);
} fc_learning;

typedef struct fc_builtin {
    const char *name; /* "builtin/hog": what a card's `encoder:` says */
    fc_modality modality;
    /* Raised with every change that can change a bit of any feature; part of the fingerprint. */
    uint32_t code_version;
    const fc_param_spec *params; /* at most FC_BUILTIN_MAX_PARAMS */
    size_t n_params;
    /* The last parameters, which came later: left out of the fingerprint where they have their
     * default, so that versions from before stay what they are. */
    size_t n_later;
    size_t n_outputs; /* at most FC_BUILTIN_MAX_OUTPUTS, whatever the parameters */
    size_t batch_hint;
    /* Rules between parameters ("ngram_min <= ngram_max"), each within its own range already.
     * FC_E_INVALID, err says which and what would be right. NULL: there are none. */
    fc_status (*check)(const double *values, fc_error *err);
    /* Fill out[0 .. n_outputs) for checked values; the order is that of run's features. */
    void (*outputs)(const double *values, fc_builtin_output *out);
    /* `self` for `ops`; ops->destroy releases it. Checks the values again. */
    fc_status (*create)(void **self, const double *values, fc_error *err);
    const fc_encoder_ops *ops;
    /* FC_PARAM_LIST: append the one form of a file's text that a card keeps, valid UTF-8.
     * FC_E_FORMAT, FC_E_LIMIT. */
    fc_status (*read_file)(const char *text, size_t n, fc_buf *out, fc_error *err);
    /* Take the data of the card, borrowed for the call; called once after `create`, also where
     * there is none. FC_E_CORRUPT: other data than the parameters ask for. NULL: takes none. */
    fc_status (*take_data)(void *self, const fc_builtin_data *data, size_t n, fc_error *err);
    const fc_learning *learning; /* NULL: it learns nothing */
    /* Libraries whose version could change a number, "libpng 1.6.39, ...": for provenance. NULL:
     * none. */
    const char *(*versions)(void);
    /* Of images: how one becomes the square that the outputs' maps lie over, and of how many pixels
     * in the middle of it (0: all). NULL: of no image. */
    uint32_t (*image_rule)(const double *values, struct fc_image_rule *rule);
} fc_builtin;

/* All built-ins, in a fixed order; *n receives how many. */
const fc_builtin *const *fc__builtins(size_t *n);
/* By name ("builtin/hog"); NULL when there is none. */
const fc_builtin *fc__builtin_find(const char *name);
/* Position of the parameter `name` in b->params; b->n_params when there is none. */
size_t fc__builtin_param(const fc_builtin *b, const char *name);
/* values[0 .. n_params) = the defaults. */
void fc__builtin_defaults(const fc_builtin *b, double *values);
/* Every value within its own range and kind, then b->check. FC_E_INVALID names the parameter. */
fc_status fc__builtin_check(const fc_builtin *b, const double *values, fc_error *err);
/* Scratch memory of one thread for `self`, and its release; NULL where b keeps none. */
fc_status fc__builtin_worker_create(const fc_builtin *b, const void *self, void **worker,
                                    fc_error *err);
void fc__builtin_worker_destroy(const fc_builtin *b, void *worker);

#endif /* FC_BUILTIN_H */
