/*
 * Names for the rows of a text: its tokens.
 */
#ifndef FC_EXPLAIN_TOKENS_H
#define FC_EXPLAIN_TOKENS_H

#include "page_media.h"
#include "search_embed.h"
#include "search_result.h"

/* The whole text of a stored sample: its file, or its preview where that is all of it.
 * FC_E_NOT_FOUND: only the beginning of an inline text is kept. */
fc_status fc__explain_text(fc_page_media *m, const fc_query_hit *hit, fc_buf *out, fc_error *err);
/* Set the tokens of an explanation whose rows the encoder makes of the input; left NULL where the
 * encoder has no names for rows, or another number of them. */
fc_status fc__explain_tokens(const fc_embedder *e, const fc_input *in, fc_result_builder *out,
                             fc_explanation *explanation, fc_error *err);

#endif /* FC_EXPLAIN_TOKENS_H */
