/*
 * Checked reading of the parts of a tokenizer.json: every call says in its message which part,
 * which key and what was wanted. `where` is the part's path, such as "normalizer.normalizers[1]".
 *
 * Threads: stateless.
 */
#ifndef FC_TOKEN_JSON_H
#define FC_TOKEN_JSON_H

#include <jansson.h>

#include <featcache/types.h>

#define FC_TJ_WHERE_BYTES 128
#define FC_TJ_SHOW_BYTES  64

/* A piece of the file for a message: control characters escaped, cut to fit. Returns out. */
const char *fc__tj_show(char out[FC_TJ_SHOW_BYTES], const char *text, size_t n);
/* FC_E_FORMAT: not an object. */
fc_status fc__tj_object(const json_t *value, const char *where, fc_error *err);
/* FC_E_UNSUPPORTED: the object has a key that is not among those listed (blanks between them). */
fc_status fc__tj_keys(const json_t *object, const char *where, const char *known, fc_error *err);
/* A string that must be there. Borrowed from the object; *n may be NULL: then NUL is refused. */
fc_status fc__tj_string(const json_t *object, const char *where, const char *key, const char **text,
                        size_t *n, fc_error *err);
/* The same, but NULL where it is absent or null. */
fc_status fc__tj_string_or_null(const json_t *object, const char *where, const char *key,
                                const char **text, size_t *n, fc_error *err);
/* true or false; `otherwise` where it is absent or null. */
fc_status fc__tj_bool(const json_t *object, const char *where, const char *key, bool otherwise,
                      bool *out, fc_error *err);
/* A whole number from 0 to `most` that must be there. */
fc_status fc__tj_uint(const json_t *object, const char *where, const char *key, uint32_t most,
                      uint32_t *out, fc_error *err);
/* The value itself, as such a number; `what` is for the message. */
fc_status fc__tj_number(const json_t *value, const char *where, const char *what, uint32_t most,
                        uint32_t *out, fc_error *err);
/* An array that must be there; borrowed. */
fc_status fc__tj_array(const json_t *object, const char *where, const char *key, const json_t **out,
                       fc_error *err);

/* One part of a kind that may also be a "Sequence" of parts under `list`: calls `add` for each, in
 * order. Sequences lie at most 4 deep and hold FC_TJ_MAX_PARTS parts. null is no part. */
#define FC_TJ_MAX_PARTS 64
typedef fc_status fc_tj_add(void *user, const json_t *part, const char *type, const char *where,
                            fc_error *err);
fc_status fc__tj_sequence(const json_t *part, const char *where, const char *list, fc_tj_add *add,
                          void *user, fc_error *err);

#endif /* FC_TOKEN_JSON_H */
