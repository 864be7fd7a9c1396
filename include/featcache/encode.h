/**
 * @file featcache/encode.h
 * Encoders by themselves: check a card, encode one input without a store (for parity checks), and
 * say which part of a card differs from what a store holds.
 */
#ifndef FC_ENCODE_H
#define FC_ENCODE_H

#include <featcache/neural.h>
#include <featcache/query.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Encode one text or one file with @p card (a path or a built-in's name).
 *
 * @param      input   of a query its `text` or `file` (exactly one is not NULL), the span of a
 *                     sound, and the caps; start from FC_QUERY_INIT
 * @param      output  NULL: the first output
 * @param      neural  how models are run; NULL: the defaults
 * @param[out] out     float32; the caller disposes of it
 * @param[out] problems NULL, or receives a string with every problem of the card, a line each, that
 *                     the caller frees with fc_string_free(); NULL when there is none. After
 * success NULL, or a line on what of the input the card leaves out: of a long text its end
 */
FC_API fc_status fc_encode(const char *card, const fc_query *input, const char *output,
                           const fc_neural_options *neural, fc_tensor *out, char **problems,
                           fc_error *err);

/**
 * Explain how @p card differs from the encoder versions of its name in @p store, a line a part.
 * @param[out] text  the caller frees it with fc_string_free(); where the card itself is wrong,
 * every problem of it, a line each; NULL after other failures
 * @param[out] same  the store has exactly this version
 */
FC_API fc_status fc_card_explain(const char *card, fc_store *store, const fc_neural_options *neural,
                                 char **text, bool *same, fc_error *err);

/** Names of the built-in cards, NULL-terminated. Static. */
FC_API const char *const *fc_builtin_cards(void);

FC_API void fc_string_free(char *s);

#ifdef __cplusplus
}
#endif

#endif /* FC_ENCODE_H */
