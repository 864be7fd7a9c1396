/*
 * Encoder cards: a YAML file that fully describes an encoder, checked to a struct, and the
 * fingerprint over everything in it that can change the numbers.
 *
 *     name: hog-gray            # [a-z0-9][a-z0-9._-]*, at most 64
 *     modality: image           # image | text | audio | points | vector
 *     encoder: builtin/hog      # which built-in; or `model: FILE.onnx` (fc_model.h)
 *     variant: ""               # optional: keeps two provenances apart; in the fingerprint
 *     params: { size: 224, ... }   # of that built-in, each checked: name, type, range
 *     outputs:
 *       - { name: grid, precision: f16 }
 *       - { name: pooled, precision: f32 }
 *
 * The schema is schemas/card.md. Built-in cards (no file needed) are found by name: "builtin/hog",
 * "builtin/hashtext", "builtin/mfcc".
 */
#ifndef FC_CARD_H
#define FC_CARD_H

#include <featcache/neural.h>

#include "fc_buf.h"
#include "fc_encoder.h"
#include "fc_hash.h"

/* One part of the fingerprint, in canonical form: what --explain compares. */
typedef struct fc_card_part {
    char *key;   /* "params.size", "encoder", "code_version", "variant" */
    char *value; /* canonical text */
} fc_card_part;

typedef struct fc_card {
    char *name;
    char *encoder;   /* "builtin/hog", or "onnx" for a model */
    char *model;     /* its file, an absolute path; NULL for a built-in */
    char *tokenizer; /* of a model of texts: its file, likewise; else NULL */
    char *variant;
    char *origin; /* the file it came from, "(built in)" or "the store" */
    fc_modality modality;
    fc_output_spec *outputs; /* those the card asks for, in the encoder's order */
    size_t n_outputs;
    fc_card_part *parts; /* sorted by key; every default filled in */
    size_t n_parts;
    fc_sha256 fingerprint; /* over name-independent parts */
    char *canonical;       /* JSON: what the store keeps with the encoder version */
} fc_card;

/* Load `name_or_path`: a built-in name, else a YAML file. All problems of the file come in one
 * message list: `problems` (may be NULL) receives "file:line: what, and what would be right" lines;
 * err gets the first. FC_E_FORMAT, FC_E_NOT_FOUND (with a message). */
fc_status fc__card_load(fc_card **out, const char *name_or_path, fc_buf *problems, fc_error *err);
/* The same from memory; `origin` is the file name for messages. */
fc_status fc__card_parse(fc_card **out, const char *yaml, size_t n, const char *origin,
                         fc_buf *problems, fc_error *err);
/* Both, with what is said about models; NULL: the defaults. No runtime is needed to load a card,
 * but of a model that is quantised dynamically. */
fc_status fc__card_load_on(fc_card **out, const char *name_or_path, const fc_neural_options *neural,
                           fc_buf *problems, fc_error *err);
fc_status fc__card_parse_on(fc_card **out, const char *yaml, size_t n, const char *origin,
                            const fc_neural_options *neural, fc_buf *problems, fc_error *err);
/* From the canonical JSON that a store keeps; FC_E_CORRUPT when it is not one, FC_E_VERSION when a
 * newer program wrote it. A card of a built-in that this program has in another code version, or
 * not at all, is read and can be explained; fc__encoder_create() is what refuses it. */
fc_status fc__card_from_canonical(fc_card **out, const char *json, size_t n, fc_error *err);
void fc__card_destroy(fc_card *card);

/* Add what its encoder has learnt (fc_builtin.h: fc_learning.data) to a card that lacks it; changes
 * fingerprint and canonical form. FC_E_LIMIT: the card becomes too large. */
fc_status fc__card_freeze(fc_card *card, const char *data, const char *text, fc_error *err);
/* Take over what `stored` has learnt, where it is the same card but for that. *recalled: it is. */
fc_status fc__card_recall(fc_card *mine, const fc_card *stored, const char *data, bool *recalled,
                          fc_error *err);

/* Names of the built-in cards, NULL-terminated. */
const char *const *fc__card_builtins(void);

/* Before `mine` takes the place of `stored`, a card of the same version: outputs of a model that
 * only `stored` has are added to the canonical form of `mine`, so that what they are made of stays
 * known. FC_E_INVALID: an output of one name is made of something else in each. */
fc_status fc__card_keep_outputs(fc_card *mine, const fc_card *stored, fc_error *err);

/* One line for each part that differs: "params.size: 224 in a.yaml, 192 in the store"; a line that
 * says it is the same encoder version when none does. *n_diff counts them, the name among them, for
 * a version is name and fingerprint. Lines on outputs and their precision come after, indented by
 * two blanks, and are not counted: they are not part of the version. */
fc_status fc__card_explain(const fc_card *mine, const fc_card *stored, fc_buf *out, size_t *n_diff,
                           fc_error *err);

/* Each part that differs, by key: its value in a and in b, NULL where it is not there. What `each`
 * returns but FC_OK ends it and is returned. */
fc_status fc__card_compare_parts(const fc_card *a, const fc_card *b,
                                 fc_status (*each)(void *context, const char *key, const char *a,
                                                   const char *b),
                                 void *context);
/* A value for people: as it is, "empty", "not there" (NULL), or the beginning of a long one and its
 * size, for which `out` is room. Not escaped. */
#define FC_CARD_SHOWN_BYTES 160
const char *fc__card_shown_value(const char *value, char out[FC_CARD_SHOWN_BYTES]);

#endif /* FC_CARD_H */
