/*
 * Embedding one input with an encoder that a store or a card names: what a query and `encode`
 * share.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_EMBED_H
#define FC_SEARCH_EMBED_H

#include <featcache/query.h>

#include "fc_card.h"
#include "fc_encoder.h"

/* An encoder that is loaded and ready to run. */
typedef struct fc_embedder {
    fc_card *card;
    fc_encoder *encoder;
    fc_encoder_worker *worker;
} fc_embedder;

/* Takes `card` over, also on failure. `neural` may be NULL. */
fc_status fc__embedder_open(fc_embedder *out, fc_card *card, const fc_neural_options *neural,
                            fc_error *err);
void fc__embedder_close(fc_embedder *e);

/* FC_E_INVALID: --device names an encoder that is none of `names` (n). */
fc_status fc__check_devices(const fc_neural_options *neural, const char *const *names, size_t n,
                            fc_error *err);

/* An input from outside. It refers to itself: not to be copied. */
typedef struct fc_loaded_input {
    fc_input input;
    fc_buf bytes; /* a file's content */
    fc_decode_limits limits;
} fc_loaded_input;

/* The caps of a query on what a file may become, defaults filled in. */
fc_decode_limits fc__query_limits(const fc_query *q);

/* Read and recognise the query's text or file (exactly one is there), within its span and caps.
 * `query` is borrowed as long as *out. FC_E_FORMAT names what it looks like when it is nothing we
 * know. */
fc_status fc__input_load(fc_loaded_input *out, const fc_query *query, fc_error *err);
void fc__input_dispose(fc_loaded_input *in);

/* Encode; only output number `output` is computed. *out is a tensor of its own. *loss: what of the
 * input is not in it (fc_prepared.loss). */
fc_status fc__embedder_run(const fc_embedder *e, const fc_input *in, size_t output, fc_tensor *out,
                           const char **loss, fc_error *err);
/* Index of a named output; NULL: the first. FC_E_NOT_FOUND lists them. */
fc_status fc__embedder_output(const fc_embedder *e, const char *name, size_t *out, fc_error *err);

#endif /* FC_SEARCH_EMBED_H */
