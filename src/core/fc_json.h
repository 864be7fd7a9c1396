/*
 * JSON out: a writer into a buffer that places commas and escapes strings. Invalid UTF-8 in a
 * string is replaced by U+FFFD, so that what leaves is always valid JSON. (JSON in: jansson.)
 */
#ifndef FC_JSON_H
#define FC_JSON_H

#include "fc_buf.h"

#define FC_JSON_DEPTH 32

typedef struct fc_json {
    fc_buf *out;
    fc_status status; /* first failure; later calls do nothing */
    uint32_t depth;
    bool has_value[FC_JSON_DEPTH];
    bool after_key;
} fc_json;

fc_json fc_json_into(fc_buf *out);
void fc_json_object_begin(fc_json *j);
void fc_json_object_end(fc_json *j);
void fc_json_array_begin(fc_json *j);
void fc_json_array_end(fc_json *j);
void fc_json_key(fc_json *j, const char *key);
void fc_json_string(fc_json *j, const char *s); /* NULL writes null */
void fc_json_string_n(fc_json *j, const char *s, size_t n);
void fc_json_int(fc_json *j, int64_t v);
void fc_json_uint(fc_json *j, uint64_t v);
void fc_json_double(fc_json *j, double v, int significant_digits); /* non-finite writes null */
void fc_json_bool(fc_json *j, bool v);
void fc_json_null(fc_json *j);
void fc_json_raw(fc_json *j, const char *json, size_t n); /* already valid JSON */
/* key and value in one */
void fc_json_kv_string(fc_json *j, const char *key, const char *s);
void fc_json_kv_uint(fc_json *j, const char *key, uint64_t v);
void fc_json_kv_int(fc_json *j, const char *key, int64_t v);
void fc_json_kv_double(fc_json *j, const char *key, double v, int significant_digits);
void fc_json_kv_bool(fc_json *j, const char *key, bool v);
/* FC_OK, or the first failure (out of memory; a promise broken is an assert). */
fc_status fc_json_status(const fc_json *j, fc_error *err);

#endif /* FC_JSON_H */
