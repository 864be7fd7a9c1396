/*
 * An item of a branch as rows, stored or just encoded, and what each of them adds to a cosine.
 */
#ifndef FC_EXPLAIN_ROWS_H
#define FC_EXPLAIN_ROWS_H

#include "fc_head.h"
#include "search_embed.h"
#include "space_embed.h"

/* Where the outputs of a member come from: the store, or an encoder and an input. */
typedef struct fc_row_origin {
    const fc_space_branch *branch;
    const char *outputs[FC_HEAD_INPUTS_MAX]; /* of each member: what the branch takes */
    fc_snapshot *snapshot;
    uint64_t content;                           /* stored; else */
    fc_embedder *embedders[FC_HEAD_INPUTS_MAX]; /* of each member; embedders[0] NULL: stored */
    const fc_input *input;
} fc_row_origin;

/* The rows that explain. */
typedef struct fc_explained_rows {
    float *rows; /* n; malloc() */
    size_t n;
    float rest;
    size_t member;      /* whose rows */
    const char *output; /* its output; borrowed */
    uint32_t height, width;
    float cosine; /* of the vector that they explain */
} fc_explained_rows;

/* Those of each input of a head that has several; each set adds up to the cosine with its own rest.
 */
typedef struct fc_explained {
    fc_explained_rows list[FC_HEAD_INPUTS_MAX];
    size_t n;
} fc_explained;

/* FC_E_NOT_FOUND without a message: no item. FC_E_UNSUPPORTED with a message: no rows, or the
 * vector is no sum over them. `query`: unit vector. Dispose also after a failure. */
fc_status fc__explain_rows(const fc_row_origin *from, const float *query, fc_explained *out,
                           fc_error *err);
void fc__explained_dispose(fc_explained *e);

#endif /* FC_EXPLAIN_ROWS_H */
