/*
 * The patterns of a tokenizer.json: plain strings, and regular expressions as Oniguruma reads them
 * (the library of the Python package `tokenizers`), which are put into PCRE2's words.
 *
 * Threads: a pattern is immutable once compiled; a room is one thread's.
 */
#ifndef FC_TOKEN_REGEX_H
#define FC_TOKEN_REGEX_H

#include <jansson.h>

#include <featcache/types.h>

typedef struct fc_token_regex fc_token_regex;
typedef struct fc_regex_room fc_regex_room;

/* From {"String": ...} or {"Regex": ...} under `key` of a part. FC_E_FORMAT no such thing, or an
 * expression that is wrong; FC_E_UNSUPPORTED one that the two libraries read differently. */
fc_status fc__token_regex_read(fc_token_regex **out, const json_t *part, const char *where,
                               const char *key, fc_error *err);
void fc__token_regex_destroy(fc_token_regex *re);

fc_status fc__regex_room_create(fc_regex_room **out, fc_error *err);
void fc__regex_room_destroy(fc_regex_room *room);

/* The next match in s[*at..n): sets *found, *from, *to, and *at to where to go on. Empty matches
 * are told, too. FC_E_LIMIT: the expression takes too long on this text. */
fc_status fc__token_regex_next(const fc_token_regex *re, fc_regex_room *room, const char *s,
                               size_t n, size_t *at, bool *found, size_t *from, size_t *to,
                               fc_error *err);

#endif /* FC_TOKEN_REGEX_H */
