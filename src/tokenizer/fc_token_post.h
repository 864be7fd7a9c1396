/*
 * What is put around the tokens of a text: special tokens and types by the post-processors, a cut
 * to a length, and padding.
 *
 * Threads: immutable once read.
 */
#ifndef FC_TOKEN_POST_H
#define FC_TOKEN_POST_H

#include <jansson.h>

#include "fc_token_model.h"
#include "fc_tokenizer.h"

typedef struct fc_post_item {
    bool text; /* all tokens of the text, or one special token */
    uint32_t id, type;
} fc_post_item;

typedef struct fc_post {
    fc_post_item *items; /* none: the text alone, of type 0 */
    size_t n, capacity;
    size_t n_special;
    uint32_t size; /* one more than the largest id */
} fc_post;

/* From the file's "post_processor"; null is none. FC_E_FORMAT, FC_E_UNSUPPORTED, FC_E_NOMEM. */
fc_status fc__post_read(fc_post *out, const json_t *part, fc_error *err);
void fc__post_dispose(fc_post *post);

/* The tokens of one text, cut and with what belongs around them, into *out. FC_E_INVALID:
 * max_length leaves no room for the special tokens. */
fc_status fc__post_run(const fc_post *post, const uint32_t *ids, size_t n,
                       const fc_token_options *options, fc_tokens *out, fc_error *err);

/* From the file's "truncation" and "padding". */
fc_status fc__token_options_read(fc_token_options *out, const json_t *truncation,
                                 const json_t *padding, fc_error *err);

#endif /* FC_TOKEN_POST_H */
