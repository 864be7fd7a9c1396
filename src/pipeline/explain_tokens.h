/*
 * Names for the rows of a text: its tokens.
 */
#ifndef FC_EXPLAIN_TOKENS_H
#define FC_EXPLAIN_TOKENS_H

#include "search_embed.h"
#include "search_result.h"

/* Set the tokens of an explanation whose rows the encoder makes of the input; left NULL where the
 * encoder has no names for rows, or another number of them. */
fc_status fc__explain_tokens(const fc_embedder *e, const fc_input *in, fc_result_builder *out,
                             fc_explanation *explanation, fc_error *err);

#endif /* FC_EXPLAIN_TOKENS_H */
