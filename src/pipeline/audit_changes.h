/*
 * What differs between two encoder versions of a store: which part of the card, which outputs, and
 * what of the provenance. So an audit of the same model with another precision, preprocessing,
 * runtime or device can name what changed.
 *
 *     fc_version_changes changes = FC_VERSION_CHANGES_INIT;
 *
 *     st = fc__version_changes(&changes, from, to, err);   // from fc_snapshot_find_encoder()
 *     for (size_t i = 0; i < changes.n; i++)
 *         ... changes.list[i]: params.filter, bilinear -> bicubic, preprocessing
 *
 * Values are as the store has them: escape them for terminals and pages.
 */
#ifndef FC_AUDIT_CHANGES_H
#define FC_AUDIT_CHANGES_H

#include <featcache/store.h>

#include "fc_buf.h"

/* What of an encoder a difference is in. The first group is of the card and makes another version;
 * outputs and their precision do not; the third group is provenance: what computed the blocks. */
typedef enum fc_version_part {
    FC_PART_NAME = 0,
    FC_PART_VARIANT,
    FC_PART_MODEL,         /* its bytes, or which encoder it is */
    FC_PART_CODE,          /* a built-in's code version */
    FC_PART_TOKENIZER,     /* its bytes */
    FC_PART_PREPROCESSING, /* a model's params, prefix, and which tensors are fed */
    FC_PART_PARAMETERS,    /* a built-in's params: its preprocessing and its features */
    FC_PART_LEARNT,        /* counts, word lists */
    FC_PART_OUTPUT,        /* one that only one version has, of another shape, or made otherwise */
    FC_PART_PRECISION,     /* how an output is stored */
    FC_PART_RUNTIME,
    FC_PART_DEVICE,
    FC_PART_SIMD,
    FC_PART_LIBRARY, /* decoders, resampling, Unicode tables */
    FC_PART_PROGRAM, /* featcache itself */
    FC_PART_OTHER,   /* a key of provenance that has no name here */
    FC_PART_COUNT
} fc_version_part;

/* "preprocessing", "runtime", ... Static. */
const char *fc__version_part_name(fc_version_part part);

typedef struct fc_version_change {
    fc_version_part part;
    char *key; /* "params.filter", "outputs.pooled.precision", "runtime", "libraries.libpng" */
    /* NULL: not there. Of provenance every value that a version has, apart by ", ". */
    char *from, *to;
} fc_version_change;

typedef struct fc_version_changes {
    fc_version_change *list; /* owned: card (by key), outputs, provenance (by key) */
    size_t n, capacity;
    bool differs[FC_PART_COUNT]; /* by part */
    bool is_model;               /* both are models (not built-ins) */
} fc_version_changes;

#define FC_VERSION_CHANGES_INIT    \
    {                              \
        NULL, 0, 0, {false}, false \
    }

/* Compare two versions. A version whose blocks were computed by several provenances has a value of
 * each; the list only ever grows, so some may stand for blocks that are gone. FC_E_CORRUPT,
 * FC_E_VERSION: a card that this program cannot read. */
fc_status fc__version_changes(fc_version_changes *out, const fc_encoder_info *from,
                              const fc_encoder_info *to, fc_error *err);
/* Only what two provenances differ in (fc__encoder_provenance()). */
fc_status fc__provenance_changes(fc_version_changes *out, const char *from, const char *to,
                                 fc_error *err);
void fc__version_changes_dispose(fc_version_changes *c);

/* The same numbers are computed, from the same input: what may differ is by what, and how it is
 * stored. (A variant only keeps them apart.) */
bool fc__version_changes_same_function(const fc_version_changes *c);

/* Append "params.filter: bilinear -> bicubic"; long values are shortened. */
fc_status fc__version_change_text(const fc_version_change *c, fc_buf *out, fc_error *err);
/* Append one sentence: "the same model; other preprocessing (params.filter) and runtime
 * (runtime)". */
fc_status fc__version_changes_summary(const fc_version_changes *c, fc_buf *out, fc_error *err);

#endif /* FC_AUDIT_CHANGES_H */
