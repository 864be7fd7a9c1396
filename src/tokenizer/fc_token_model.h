/*
 * The models of a tokenizer: from one piece of text to the ids of its tokens.
 *
 * Threads: a model is immutable once read; a room is one thread's.
 */
#ifndef FC_TOKEN_MODEL_H
#define FC_TOKEN_MODEL_H

#include <jansson.h>

#include "fc_trie.h"

/* A growing list of ids. */
typedef struct fc_token_ids {
    uint32_t *ids;
    size_t n, capacity;
} fc_token_ids;

fc_status fc__token_ids_add(fc_token_ids *list, uint32_t id, fc_error *err);

typedef enum fc_model_kind { FC_WORDPIECE = 0, FC_BPE = 1, FC_UNIGRAM = 2 } fc_model_kind;

/* Two tokens that become one; `rank` orders the merges. left == FC_TRIE_NONE: an empty slot. */
typedef struct fc_merge {
    uint32_t left, right, rank, id;
} fc_merge;

typedef struct fc_wordpiece {
    uint32_t inside;    /* the trie's cell behind the prefix of pieces inside a word; 0: none */
    uint32_t max_chars; /* a longer word is unknown */
} fc_wordpiece;

typedef struct fc_bpe {
    fc_merge *merges;      /* open addressing; a power of two of slots */
    size_t mask;           /* slots - 1 */
    char *prefix, *suffix; /* of characters inside a word, and at its end; may be empty */
    size_t prefix_n, suffix_n;
    bool fuse_unk, byte_fallback, ignore_merges;
    bool unk_missing; /* an unknown token is named, but is not in the vocabulary */
} fc_bpe;

typedef struct fc_unigram {
    double *scores;     /* by id */
    double unk_score;   /* of a character without a token */
    bool byte_fallback; /* such characters as the tokens of their bytes */
} fc_unigram;

typedef struct fc_token_model {
    fc_model_kind kind;
    fc_trie vocab;
    size_t n_vocab;
    uint32_t size;          /* one more than the largest id */
    uint32_t unk;           /* FC_TRIE_NONE: there is none */
    uint32_t byte_ids[256]; /* of <0x00> to <0xFF>; FC_TRIE_NONE where there is none */
    fc_wordpiece wordpiece;
    fc_bpe bpe;
    fc_unigram unigram;
} fc_token_model;

/* Pieces that were met before, with their ids: fixed slots that newer pieces take over. */
#define FC_PIECE_BYTES 38
#define FC_PIECE_IDS   6
typedef struct fc_piece_slot {
    uint8_t n_text; /* 0: empty */
    uint8_t n_ids;
    char text[FC_PIECE_BYTES];
    uint32_t ids[FC_PIECE_IDS];
} fc_piece_slot;

typedef struct fc_bpe_symbol {
    uint32_t id;
    int32_t before, after; /* -1: none */
    bool gone;
} fc_bpe_symbol;

typedef struct fc_bpe_job {
    uint64_t order; /* rank, then place */
    uint32_t id;    /* what the two become */
} fc_bpe_job;

typedef struct fc_unigram_node {
    double score;
    uint32_t from; /* where the last token of the best path to here begins; FC_TRIE_NONE: no path */
    uint32_t id;
} fc_unigram_node;

/* Memory that encoding needs. Zeroed is empty. */
typedef struct fc_model_room {
    fc_piece_slot *slots; /* FC_PIECE_SLOTS, or NULL: nothing is remembered */
    fc_bpe_symbol *symbols;
    size_t symbols_capacity;
    fc_bpe_job *jobs; /* a heap, the smallest order first */
    size_t n_jobs, jobs_capacity;
    fc_unigram_node *nodes;
    size_t nodes_capacity;
    size_t *cuts; /* ends of a path's tokens */
    size_t cuts_capacity;
} fc_model_room;
#define FC_PIECE_SLOTS ((size_t)1 << 14)

/* From the file's "model". FC_E_FORMAT, FC_E_UNSUPPORTED, FC_E_NOMEM. */
fc_status fc__token_model_read(fc_token_model *out, const json_t *model, fc_error *err);
void fc__token_model_dispose(fc_token_model *m);
void fc__model_room_dispose(fc_model_room *room);

/* Append the ids of a piece of n > 0 bytes of valid UTF-8. FC_E_FORMAT: it holds what the model has
 * no token for, nor an unknown token. */
fc_status fc__token_model_encode(const fc_token_model *m, fc_model_room *room, const char *piece,
                                 size_t n, fc_token_ids *out, fc_error *err);

/* For the models' own files: the parts of the file that differ, and the encoding of one piece. */
fc_status fc__wordpiece_read(fc_token_model *m, const json_t *model, fc_error *err);
fc_status fc__wordpiece_encode(const fc_token_model *m, const char *piece, size_t n,
                               fc_token_ids *out, fc_error *err);
fc_status fc__bpe_read(fc_token_model *m, const json_t *model, fc_error *err);
fc_status fc__bpe_encode(const fc_token_model *m, fc_model_room *room, const char *piece, size_t n,
                         fc_token_ids *out, fc_error *err);
fc_status fc__unigram_read(fc_token_model *m, const json_t *model, fc_error *err);
fc_status fc__unigram_encode(const fc_token_model *m, fc_model_room *room, const char *piece,
                             size_t n, fc_token_ids *out, fc_error *err);
/* The vocabulary as an object of token: id. */
fc_status fc__token_vocab_read(fc_token_model *m, const json_t *model, fc_error *err);
/* Append the ids of the bytes of a text, where all of them have one; *done says whether. */
fc_status fc__token_bytes(const fc_token_model *m, const char *text, size_t n, fc_token_ids *out,
                          bool *done, fc_error *err);
/* The message for what has no token. */
fc_status fc__token_unknown(const char *text, size_t n, fc_error *err);

#endif /* FC_TOKEN_MODEL_H */
