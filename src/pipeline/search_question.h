/*
 * What vector a question becomes: which encoder embeds each of its terms, their vectors, and their
 * weighted sum.
 */
#ifndef FC_SEARCH_QUESTION_H
#define FC_SEARCH_QUESTION_H

#include "search_embedders.h"
#include "search_space.h"
#include "search_terms.h"

/* In what the terms become vectors: one encoder's output, or a space. */
typedef struct fc_question_scope {
    fc_snapshot *snapshot;
    const fc_picked *picked;     /* the output; in a space NULL */
    const fc_query_space *space; /* else NULL */
    const char *encoder;         /* that the user named; NULL: of our choice */
    const fc_neural_options *neural;
} fc_question_scope;

/* How one term is embedded. */
typedef struct fc_term_way {
    const fc_space_branch *branch; /* of the space; NULL: not in one, or a vector */
    /* Of a text or file, borrowed: one for each input of the branch's head; of an output one. */
    fc_embedder *embedders[FC_HEAD_INPUTS_MAX];
    const char *loss; /* what of the input is not in the vector; NULL: nothing */
} fc_term_way;

typedef struct fc_question {
    fc_term_way *ways; /* one a term */
    double *shares;    /* of each term's unit vector in that of the query */
    float *vector;     /* dim elements; of any length */
    size_t dim;
    bool fell_back; /* a model was loaded for it that wanted a GPU */
} fc_question;

/* Choose what embeds each term, and load it. Dispose also after a failure. */
fc_status fc__question_load(fc_question *out, const fc_terms *terms, const fc_question_scope *scope,
                            fc_embedders *embedders, fc_error *err);
/* Compute the vector: of one term that counts for it, as it is; else the sum of the terms' unit
 * vectors by weight. FC_E_INVALID: they cancel out. */
fc_status fc__question_embed(fc_question *q, const fc_terms *terms, const fc_question_scope *scope,
                             fc_error *err);
void fc__question_dispose(fc_question *q);

/* Who embedded the query, and its terms, for the result. */
fc_status fc__question_describe(const fc_question *q, const fc_terms *terms,
                                const fc_question_scope *scope, fc_result_builder *out,
                                fc_error *err);
/* What of the inputs is not in the vector, as notices. */
fc_status fc__question_note(const fc_question *q, const fc_terms *terms,
                            const fc_question_scope *scope, fc_result_builder *out, fc_error *err);

#endif /* FC_SEARCH_QUESTION_H */
