/*
 * The answer of a query while it is put together: hits with strings of their own.
 */
#ifndef FC_SEARCH_RESULT_H
#define FC_SEARCH_RESULT_H

#include <featcache/query.h>

typedef struct fc_result_builder fc_result_builder;

fc_status fc__result_create(fc_result_builder **out, size_t k, fc_error *err);
/* Append a copy of the sample as the next hit. */
fc_status fc__result_add(fc_result_builder *b, const fc_sample *sample, double score, double cosine,
                         const char *root, const char *via_id, fc_error *err);
/* Room for what n terms were taken as: result.terms, all zero. Once. */
fc_status fc__result_terms(fc_result_builder *b, size_t n, fc_error *err);
/* Term `i`, to fill in. */
fc_query_term_info *fc__result_term(fc_result_builder *b, size_t i);
/* The stored sample that term `i` names. Copied as a hit is. */
fc_status fc__result_set_sample(fc_result_builder *b, size_t i, const fc_sample *sample,
                                const char *root, fc_error *err);
/* Forget the hits so far: the search begins again. */
void fc__result_restart(fc_result_builder *b);
/* The hits' probabilities: softmax of their scores at this temperature (> 0). */
void fc__result_weigh(fc_result_builder *b, double temperature);
size_t fc__result_count(const fc_result_builder *b);
/* A copy of `s` that lives as long as the result; NULL when out of memory. */
const char *fc__result_keep(fc_result_builder *b, const char *s);
/* Hit `i`, to fill in. */
fc_query_hit *fc__result_hit(fc_result_builder *b, size_t i);
/* Keep a block of malloc() as long as the result, also where this fails with NULL (of NULL, too).
 */
void *fc__result_own(fc_result_builder *b, void *block);
/* One more of the result's notices. */
fc_status fc__result_note(fc_result_builder *b, fc_error *err, const char *fmt, ...)
    FC_PRINTF(3, 4);
/* The public part, to fill in. */
fc_query_result *fc__result_of(fc_result_builder *b);

#endif /* FC_SEARCH_RESULT_H */
