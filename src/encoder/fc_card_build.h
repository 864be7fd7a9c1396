/*
 * From checked choices to a card, shared by the sources of fc_card_*.c: what YAML and the built-in
 * cards give is a draft; a draft or a store's JSON becomes a card by the same last step.
 */
#ifndef FC_CARD_BUILD_H
#define FC_CARD_BUILD_H

#include "fc_builtin.h"
#include "fc_card.h"
#include "fc_model.h"

#define FC_CARD_NAME_MAX    64
#define FC_CARD_PARTS_MAX   64
#define FC_CARD_OUTPUTS_MAX 16

/* Everything a card file can say, checked; texts are borrowed. */
typedef struct fc_card_draft {
    const fc_builtin *builtin;
    const char *name;
    const char *variant;
    const char *origin;
    double values[FC_BUILTIN_MAX_PARAMS]; /* parallel to builtin->params */
    bool chosen[FC_BUILTIN_MAX_OUTPUTS];  /* parallel to the built-in's outputs */
    fc_dtype precisions[FC_BUILTIN_MAX_OUTPUTS];
    fc_buf list; /* of the FC_PARAM_LIST that is a file: its text; owned by who filled it */
    /* Of a model, `builtin` being its kind (fc_model.h): */
    char *model;                 /* path; owned by who filled it. NULL: a built-in */
    char *inputs[FC_TEXT_ROLES]; /* the tensor that is fed; of texts one a role. Owned as well */
    char *tokenizer;             /* of texts: its path, owned as well */
    fc_sha256 tokenizer_hash;
    char *prefix;            /* of texts: stands in front of each; NULL: nothing. Owned as well */
    fc_sha256 model_hash;    /* of the file's bytes */
    char runtime[32];        /* the runtime's version, of a dynamically quantised one; else "" */
    fc_output_spec *outputs; /* n_outputs; names and `from` owned as well */
    size_t n_outputs;
} fc_card_draft;

/* All the defaults of `builtin`, every output chosen. */
void fc__card_draft_init(fc_card_draft *draft, const fc_builtin *builtin, const char *name,
                         const char *origin);
/* Release what a draft owns. */
void fc__card_draft_dispose(fc_card_draft *draft);
struct fc_yaml;
struct fc_yaml_node;
/* What a card of a model has in the place of `encoder`: model, input, outputs. fc_card_model.c;
 * `params` are read between the two, for the check of the model needs them. */
void fc__card_read_model(struct fc_yaml *y, struct fc_yaml_node *root, fc_card_draft *draft,
                         const char *origin);
void fc__card_read_model_outputs(struct fc_yaml *y, struct fc_yaml_node *root, fc_card_draft *draft,
                                 const fc_neural_options *neural);
/* Names of precisions and their values, NULL-terminated. */
extern const char *const fc__card_precision_names[];
extern const fc_dtype fc__card_precisions[];

fc_status fc__card_build(fc_card **out, const fc_card_draft *draft, fc_error *err);

/* What the names of parts begin with that are a parameter, or a text beside them. */
#define FC_CARD_PARAM_PREFIX "params."
#define FC_CARD_DATA_PREFIX  "data."

/* Of a model that is quantised dynamically: the version of ONNX Runtime, which changes its numbers.
 */
#define FC_CARD_RUNTIME_PART "model.runtime"
/* Of a model of texts: the hash of its tokenizer's bytes; and of any model the tensors that are
 * fed, by role. */
#define FC_CARD_TOKENIZER_PART "tokenizer.sha256"
#define FC_CARD_PREFIX_PART    "text.prefix"
extern const char *const fc__card_text_parts[FC_TEXT_ROLES];

/* Append a part; copies. */
fc_status fc__card_add_part(fc_card *card, const char *key, const char *value, fc_error *err);
/* The value of a part, or NULL. */
const char *fc__card_part_value(const fc_card *card, const char *key);
/* The largest canonical form. */
#define FC_CARD_CANONICAL_MAX (UINT32_C(64) << 10)
/* Sort the parts, then fill in fingerprint and canonical form, anew where they were there. Parts
 * with one key: FC_E_FORMAT; a form over FC_CARD_CANONICAL_MAX: FC_E_LIMIT. */
fc_status fc__card_finish(fc_card *card, fc_error *err);
/* The canonical JSON of a card whose parts are sorted. */
fc_status fc__card_write_canonical(const fc_card *card, fc_buf *out, fc_error *err);
/* The other way round: parameter values from the parts. FC_E_CORRUPT when they do not fit the
 * built-in's table: one is missing, one too many, or not in canonical form. */
fc_status fc__card_values(const fc_card *card, const fc_builtin *builtin, double *values,
                          fc_error *err);

/* [a-z0-9][a-z0-9._-]*, at most FC_CARD_NAME_MAX: a name that is a file name everywhere. */
bool fc__card_name_ok(const char *name);
/* [A-Za-z0-9._+-]*, at most FC_CARD_NAME_MAX. */
bool fc__card_variant_ok(const char *variant);
/* f32, f16, bf16 or int8: what an output can be stored as. */
bool fc__card_precision_ok(fc_dtype precision);

#endif /* FC_CARD_BUILD_H */
