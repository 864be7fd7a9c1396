/*
 * What a tokenizer and one thread's scratch are made of.
 *
 * Threads: as fc_tokenizer.h says.
 */
#ifndef FC_TOKENIZER_IMPL_H
#define FC_TOKENIZER_IMPL_H

#include "fc_normalizer.h"
#include "fc_pretokenizer.h"
#include "fc_token_added.h"
#include "fc_token_model.h"
#include "fc_token_post.h"
#include "fc_tokenizer.h"

struct fc_tokenizer {
    uint8_t *classes;
    fc_added_tokens added;
    fc_normals normals;
    fc_pretokens pretokens;
    fc_token_model model;
    fc_post post;
    fc_token_options file_options;
};

struct fc_token_scratch {
    fc_regex_room *regex;
    fc_normal_room normal;
    fc_cut_room cut;
    fc_model_room model;
    size_t n_cut_bufs;
    fc_token_ids ids;
};

#endif /* FC_TOKENIZER_IMPL_H */
