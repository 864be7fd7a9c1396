/*
 * Golden tokens: files of lines {"text": ..., "ids": [...]}, and a tokenizer's ids compared with
 * them.
 */
#ifndef TOKEN_GOLDEN_H
#define TOKEN_GOLDEN_H

#include <jansson.h>

#include "decode/golden_files.h"
#include "fc_tokenizer.h"

/* A tokenizer with one scratch. */
typedef struct token_set {
    fc_tokenizer *t;
    fc_token_scratch *scratch;
    fc_tokens tokens;
} token_set;

static inline void token_set_open(token_set *set, const char *path)
{
    fc_error err = FC_ERROR_INIT;

    *set = (token_set){.tokens = FC_TOKENS_INIT};
    assert_status(FC_OK, fc__tokenizer_open(&set->t, path, &err), &err);
    assert_status(FC_OK, fc__token_scratch_create(&set->scratch, set->t, &err), &err);
}

static inline void token_set_close(token_set *set)
{
    fc__tokens_dispose(&set->tokens);
    fc__token_scratch_destroy(set->scratch);
    fc__tokenizer_destroy(set->t);
}

/* The tokens of a text are these ids. */
static inline void assert_ids(token_set *set, const char *text, size_t n,
                              const fc_token_options *options, const json_t *ids, const char *where)
{
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK,
                  fc__tokenizer_encode(set->t, set->scratch, text, n, options, &set->tokens, &err),
                  &err);
    if (set->tokens.n != json_array_size(ids))
        fail_msg("%s: '%s': %zu tokens, wanted %zu", where, text, set->tokens.n,
                 json_array_size(ids));
    for (size_t i = 0; i < set->tokens.n; i++)
        if (set->tokens.ids[i] != (uint32_t)json_integer_value(json_array_get(ids, i)))
            fail_msg("%s: '%s': token %zu is %u, wanted %lld", where, text, i, set->tokens.ids[i],
                     (long long)json_integer_value(json_array_get(ids, i)));
}

/* Every line of the file at `path`; returns how many there were. */
static inline size_t assert_golden_lines(token_set *set, const char *path)
{
    size_t size, lines = 0;
    uint8_t *bytes = fc_test_read_file(path, &size);
    char where[64];

    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(bytes + at, '\n', size - at);
        const size_t n = end != NULL ? (size_t)(end - (bytes + at)) : size - at;
        json_t *line = json_loadb((const char *)bytes + at, n, JSON_ALLOW_NUL, NULL);
        const json_t *text = json_object_get(line, "text");

        assert_true(json_is_string(text));
        snprintf(where, sizeof(where), "line %zu", ++lines);
        assert_ids(set, json_string_value(text), json_string_length(text), NULL,
                   json_object_get(line, "ids"), where);
        json_decref(line);
        at += n + 1;
    }
    free(bytes);
    return lines;
}

#endif /* TOKEN_GOLDEN_H */
