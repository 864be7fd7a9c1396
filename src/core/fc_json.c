/*
 * The JSON writer: commas, escapes, numbers in the C locale's spelling whatever the process set.
 */
#include "fc_json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fc_text.h"

#define MAX_DIGITS 17 /* enough for any double to come back as itself */

fc_json fc_json_into(fc_buf *out)
{
    return (fc_json){.out = out};
}

static void put(fc_json *j, const void *bytes, size_t n)
{
    if (j->status == FC_OK)
        j->status = fc_buf_append(j->out, bytes, n, NULL);
}

/* What stands between this value and the one before. */
static void before_value(fc_json *j)
{
    if (j->after_key)
        j->after_key = false;
    else if (j->has_value[j->depth])
        put(j, ",", 1);
    j->has_value[j->depth] = true;
}

static void begin(fc_json *j, const char *bracket)
{
    before_value(j);
    assert(j->depth + 1 < FC_JSON_DEPTH);
    if (j->depth + 1 >= FC_JSON_DEPTH) {
        j->status = j->status == FC_OK ? FC_E_LIMIT : j->status;
        return;
    }
    put(j, bracket, 1);
    j->has_value[++j->depth] = false;
}

static void end(fc_json *j, const char *bracket)
{
    assert(j->depth > 0 && !j->after_key);
    put(j, bracket, 1);
    if (j->depth > 0)
        j->depth--;
}

void fc_json_object_begin(fc_json *j)
{
    begin(j, "{");
}

void fc_json_object_end(fc_json *j)
{
    end(j, "}");
}

void fc_json_array_begin(fc_json *j)
{
    begin(j, "[");
}

void fc_json_array_end(fc_json *j)
{
    end(j, "]");
}

/* One character that cannot stand for itself. False when it can. */
static bool put_escaped(fc_json *j, uint32_t cp, bool invalid)
{
    static const char short_forms[][2] = {{'"', '"'},  {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'},
                                          {'\n', 'n'}, {'\r', 'r'},  {'\t', 't'}};
    char text[8];

    if (invalid) {
        put(j, "\xEF\xBF\xBD", 3);
        return true;
    }
    for (size_t i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]); i++)
        if ((uint32_t)short_forms[i][0] == cp) {
            text[0] = '\\';
            text[1] = short_forms[i][1];
            put(j, text, 2);
            return true;
        }
    /* U+2028 and U+2029 are valid JSON but end a line in older JavaScript; DEL and C1 are valid
     * too, and steer terminals. */
    if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029) {
        snprintf(text, sizeof(text), "\\u%04x", (unsigned)(cp & 0xFFFF));
        put(j, text, 6);
        return true;
    }
    return false;
}

static void put_quoted(fc_json *j, const char *s, size_t n)
{
    size_t plain = 0; /* start of the run that needs no escape */

    put(j, "\"", 1);
    for (size_t i = 0, used = 0; i < n; i += used) {
        const uint32_t cp = fc__utf8_next(s + i, n - i, &used);
        const bool invalid = used == 1 && (unsigned char)s[i] >= 0x80;

        if (!invalid && cp >= 0x20 && cp < 0x7F && cp != '"' && cp != '\\')
            continue;
        put(j, s + plain, i - plain);
        plain = put_escaped(j, cp, invalid) ? i + used : i;
    }
    put(j, s + plain, n - plain);
    put(j, "\"", 1);
}

void fc_json_key(fc_json *j, const char *key)
{
    assert(!j->after_key && j->depth > 0);
    before_value(j);
    put_quoted(j, key, strlen(key));
    put(j, ":", 1);
    j->after_key = true;
}

void fc_json_string_n(fc_json *j, const char *s, size_t n)
{
    before_value(j);
    put_quoted(j, s, n);
}

void fc_json_string(fc_json *j, const char *s)
{
    if (s == NULL)
        fc_json_null(j);
    else
        fc_json_string_n(j, s, strlen(s));
}

void fc_json_raw(fc_json *j, const char *json, size_t n)
{
    before_value(j);
    put(j, json, n);
}

void fc_json_int(fc_json *j, int64_t v)
{
    char text[24];
    const int n = snprintf(text, sizeof(text), "%lld", (long long)v);

    fc_json_raw(j, text, (size_t)n);
}

void fc_json_uint(fc_json *j, uint64_t v)
{
    char text[24];
    const int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)v);

    fc_json_raw(j, text, (size_t)n);
}

void fc_json_double(fc_json *j, double v, int significant_digits)
{
    char text[64];
    size_t n = 0;
    bool point = false;

    if (!isfinite(v)) {
        fc_json_null(j);
        return;
    }
    if (significant_digits < 1 || significant_digits > MAX_DIGITS)
        significant_digits = MAX_DIGITS;
    snprintf(text, sizeof(text), "%.*g", significant_digits, v);
    /* The host program may have set a locale whose decimal point is a comma, or several bytes. */
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("+-0123456789e", *c) != NULL)
            text[n++] = *c;
        else if (!point) {
            text[n++] = '.';
            point = true;
        }
    }
    fc_json_raw(j, text, n);
}

void fc_json_bool(fc_json *j, bool v)
{
    fc_json_raw(j, v ? "true" : "false", v ? 4 : 5);
}

void fc_json_null(fc_json *j)
{
    fc_json_raw(j, "null", 4);
}

void fc_json_kv_string(fc_json *j, const char *key, const char *s)
{
    fc_json_key(j, key);
    fc_json_string(j, s);
}

void fc_json_kv_uint(fc_json *j, const char *key, uint64_t v)
{
    fc_json_key(j, key);
    fc_json_uint(j, v);
}

void fc_json_kv_int(fc_json *j, const char *key, int64_t v)
{
    fc_json_key(j, key);
    fc_json_int(j, v);
}

void fc_json_kv_double(fc_json *j, const char *key, double v, int significant_digits)
{
    fc_json_key(j, key);
    fc_json_double(j, v, significant_digits);
}

void fc_json_kv_bool(fc_json *j, const char *key, bool v)
{
    fc_json_key(j, key);
    fc_json_bool(j, v);
}

fc_status fc_json_status(const fc_json *j, fc_error *err)
{
    if (j->status == FC_E_NOMEM)
        return fc_error_set(err, j->status, "no memory for JSON of more than %zu bytes",
                            j->out->size);
    if (j->status != FC_OK)
        return fc_error_set(err, j->status, "JSON is nested deeper than %d", FC_JSON_DEPTH);
    return FC_OK;
}
