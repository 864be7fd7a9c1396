/*
 * Added tokens: texts that are tokens whole, found before the model sees the text ([CLS],
 * <|endoftext|>, <mask>), either in the raw text or in the normalised one.
 *
 * Threads: immutable once read.
 */
#ifndef FC_TOKEN_ADDED_H
#define FC_TOKEN_ADDED_H

#include <jansson.h>

#include "fc_normalizer.h"
#include "fc_token_model.h"

typedef struct fc_added {
    const char *text; /* borrowed from `texts` */
    size_t n;
    uint32_t id;
    bool single_word, lstrip, rstrip, normalized;
} fc_added;

/* Those that are looked for in one text. */
typedef struct fc_added_set {
    fc_trie trie;     /* text -> place in the list */
    bool begins[256]; /* bytes that one of them begins with */
    bool any;
} fc_added_set;

typedef struct fc_added_tokens {
    fc_added *list;
    size_t n;
    char **texts;
    fc_added_set raw, normal;
    fc_trie by_text; /* their texts as the file has them -> id */
    uint32_t size;   /* one more than the largest id */
} fc_added_tokens;

/* From the file's "added_tokens". An id must be that of the model m for the same text, or follow
 * behind the vocabulary: else FC_E_FORMAT. `room` normalises those that are looked for in
 * normalised text. */
fc_status fc__added_read(fc_added_tokens *out, const json_t *list, const fc_token_model *m,
                         const fc_normals *normals, fc_normal_room *room, fc_error *err);
void fc__added_dispose(fc_added_tokens *t);

/* The next token in s[*at..n), the leftmost, of those the longest: its place with the whitespace
 * that it takes along, in *from and *to, and its id; *at is where to go on. `done`: where the text
 * that is still to be told begins. false: there is none. */
bool fc__added_next(const fc_added_tokens *t, const fc_added_set *set, const uint8_t *classes,
                    const char *s, size_t n, size_t done, size_t *at, size_t *from, size_t *to,
                    uint32_t *id);

#endif /* FC_TOKEN_ADDED_H */
