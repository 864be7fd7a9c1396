/*
 * What a query consists of: its inputs as terms, loaded, and what each of them is itself among what
 * is stored.
 */
#ifndef FC_SEARCH_TERMS_H
#define FC_SEARCH_TERMS_H

#include "search_embed.h"
#include "search_pick.h"

#define FC_TERM_NAME_BYTES 32

/* One input. It refers to itself: not to be copied. */
typedef struct fc_term {
    fc_query_term asked; /* its strings and its vector are the caller's */
    fc_modality modality;
    fc_loaded_input input;         /* of a text or file */
    char name[FC_TERM_NAME_BYTES]; /* of a text among several, for messages */
} fc_term;

typedef struct fc_terms {
    fc_term *list;
    fc_query_self *selves; /* one a term; of a vector empty */
    size_t n;
    /* What all terms are, but for bare vectors, which say nothing: FC_VECTOR where all are bare, or
     * samples and files of vectors; FC_MODALITY_NONE where they differ. */
    fc_modality modality;
    bool bare; /* all are bare vectors */
} fc_terms;

/* FC_E_INVALID: not exactly one input, a span of nothing, a weight that is none, too large a k. */
fc_status fc__query_check(const fc_query *q, fc_error *err);

/* Read the inputs of `q` (checked; borrowed as long as *out), find the samples that it names, and
 * tell the result of them. Dispose also after a failure. */
fc_status fc__terms_take(fc_terms *out, const fc_query *q, fc_snapshot *s,
                         fc_result_builder *result, fc_error *err);
void fc__terms_dispose(fc_terms *t);

#endif /* FC_SEARCH_TERMS_H */
