/*
 * A canary's inputs encoded, one at a time and always alike: what is kept of the features, and how
 * far others are from it.
 *
 * Threads: one at a time.
 */
#ifndef FC_CANARY_ENCODE_H
#define FC_CANARY_ENCODE_H

#include "fc_canary_level.h"
#include "fc_encoder.h"
#include "fc_store_canary.h"

/* Inputs of a canary that an ingest makes; bytes of all of them, and of one. */
#define FC_CANARY_INPUTS      8
#define FC_CANARY_BYTES_MAX   ((size_t)8 << 20)
#define FC_CANARY_INPUT_BYTES ((size_t)4 << 20)

/* Encode one input by itself, all outputs of the encoder. *out as for fc__encoder_run(). */
fc_status fc__canary_run(fc_encoder_worker *w, const fc_canary_input *in,
                         const fc_decode_limits *limits, fc_features *out, fc_error *err);

/* What an input has of an output; NULL: nothing. */
fc_canary_output *fc__canary_find_output(const fc_canary_input *in, const char *name);
/* What is kept of one output. */
fc_status fc__canary_keep(fc_canary_output *out, const char *name, const fc_tensor *features,
                          fc_error *err);
/* Put what `features` has of the encoder's outputs into the input: all of them anew, or only those
 * that it lacks. *added counts. */
fc_status fc__canary_take(fc_canary_input *in, const fc_encoder *e, const fc_features *features,
                          bool anew, size_t *added, fc_error *err);

/* Compare an output with what was kept of it. *same: bit for bit, what was not kept too. */
fc_status fc__canary_compare(const fc_canary_output *then, const fc_tensor *now,
                             fc_canary_measure *m, bool *same, fc_error *err);

/* A copy of bytes as an input without outputs. */
fc_status fc__canary_input_of(fc_canary_input *out, const fc_sha256 *content, fc_modality modality,
                              double start_s, double end_s, const char *name, const void *bytes,
                              size_t n, fc_error *err);
/* Takes *in over, also on failure. */
fc_status fc__canary_add_input(fc_canary *c, fc_canary_input *in, fc_error *err);
bool fc__canary_has(const fc_canary *c, const fc_sha256 *content);
size_t fc__canary_bytes(const fc_canary *c);

/* The more, the later it is chosen: small inputs first, then by content id. */
int fc__canary_order(const fc_sha256 *a, size_t n_a, const fc_sha256 *b, size_t n_b);

#endif /* FC_CANARY_ENCODE_H */
