/*
 * Canaries: of an encoder version a few inputs, whole, with the features that it made of them, so
 * that the same inputs encoded again show whether the encoder still computes what it did. An
 * artefact, under the hash of its bytes, that the row of the encoder version names.
 *
 * The layout: schemas/store.md. Threads: as the store, the snapshot and the writer.
 */
#ifndef FC_STORE_CANARY_H
#define FC_STORE_CANARY_H

#include <featcache/store.h>

#include "fc_buf.h"
#include "fc_hash.h"

struct fc_writer;

#define FC_CANARY_INPUTS_MAX  64
#define FC_CANARY_OUTPUTS_MAX 64
/* What is kept of one output of one input: whole vectors along its last axis, spread over it. */
#define FC_CANARY_VECTORS_MAX 16
#define FC_CANARY_NUMBERS_MAX 16384

/* One output as it was: everything by its digest, some of it as numbers. */
typedef struct fc_canary_output {
    char *name;
    uint32_t rank;
    uint64_t shape[FC_MAX_RANK];
    fc_u128 digest;  /* XXH3-128 of all its numbers, f32 little-endian */
    uint32_t n_kept; /* vectors kept */
    uint32_t n_each; /* numbers of each */
    float *kept;     /* n_kept x n_each; owned */
} fc_canary_output;

typedef struct fc_canary_input {
    fc_sha256 content; /* content id: what the store knows it as */
    fc_modality modality;
    double start_s, end_s;
    char *name;   /* id of a sample that has it */
    fc_buf bytes; /* as stored; of a text the text */
    fc_canary_output *outputs;
    size_t n_outputs;
} fc_canary_input;

typedef struct fc_canary {
    fc_sha256 fingerprint; /* of the encoder: canaries of two versions never share an artefact */
    int64_t made_ns;       /* when the features were computed, since 1970 */
    char *provenance;      /* by what: fc__encoder_provenance() */
    fc_canary_input *inputs;
    size_t n_inputs, capacity;
} fc_canary;

#define FC_CANARY_INIT             \
    {                              \
        {{0}}, 0, NULL, NULL, 0, 0 \
    }

void fc__canary_output_dispose(fc_canary_output *o);
void fc__canary_input_dispose(fc_canary_input *in);
void fc__canary_dispose(fc_canary *c);

/* Appends. FC_E_LIMIT over the caps above. */
fc_status fc__canary_write(const fc_canary *c, fc_buf *out, fc_error *err);
/* FC_E_CORRUPT, FC_E_VERSION (of a newer program); *out is empty then. */
fc_status fc__canary_read(fc_canary *out, const void *bytes, size_t n, fc_error *err);

/* Of an encoder version. FC_E_NOT_FOUND without a message: it has none. */
fc_status fc__snapshot_canary(fc_snapshot *s, fc_version_id version, fc_canary *out, fc_error *err);
/* Put it in the place of the version's older one, in a transaction of its own; one without inputs
 * takes it away. Nothing may be pending in the writer's batch. */
fc_status fc__writer_canary(struct fc_writer *w, fc_version_id version, const fc_canary *canary,
                            fc_error *err);

#endif /* FC_STORE_CANARY_H */
