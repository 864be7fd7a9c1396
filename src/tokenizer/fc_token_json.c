/*
 * Checked reading of the parts of a tokenizer.json.
 */
#include "fc_token_json.h"

#include <stdio.h>
#include <string.h>

#include "fc_text.h"

#define MAX_DEPTH 4

const char *fc__tj_show(char out[FC_TJ_SHOW_BYTES], const char *text, size_t n)
{
    size_t to = 0, used;

    for (size_t i = 0; i < n; i += used) {
        char one[FC_ESCAPE_MAX];
        const size_t m = fc__escape_terminal_next(text + i, n - i, &used, one);

        if (to + m + 4 > FC_TJ_SHOW_BYTES) {
            memcpy(out + to, "...", 3);
            to += 3;
            break;
        }
        memcpy(out + to, one, m);
        to += m;
    }
    out[to] = '\0';
    return out;
}

static fc_status wanted(const char *where, const char *key, const json_t *value, const char *what,
                        fc_error *err)
{
    return fc_error_set(err, FC_E_FORMAT, "%s: '%s' is %s; wanted %s", where, key,
                        value == NULL || json_is_null(value) ? "missing"
                        : json_is_object(value)              ? "an object"
                        : json_is_array(value)               ? "an array"
                        : json_is_string(value)              ? "a string"
                        : json_is_boolean(value)             ? "true or false"
                                                             : "a number out of range",
                        what);
}

fc_status fc__tj_object(const json_t *value, const char *where, fc_error *err)
{
    return json_is_object(value) ? FC_OK
                                 : fc_error_set(err, FC_E_FORMAT, "%s is no JSON object", where);
}

/* Is `key` one of the words in `known`? */
static bool listed(const char *known, const char *key)
{
    const size_t n = strlen(key);

    for (const char *at = known; n > 0 && (at = strstr(at, key)) != NULL; at += n)
        if ((at == known || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

fc_status fc__tj_keys(const json_t *object, const char *where, const char *known, fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        if (!listed(known, key))
            return fc_error_set(err, FC_E_UNSUPPORTED, "%s: the key '%s' is not known here", where,
                                fc__tj_show(shown, key, strlen(key)));
    }
    return FC_OK;
}

fc_status fc__tj_string_or_null(const json_t *object, const char *where, const char *key,
                                const char **text, size_t *n, fc_error *err)
{
    const json_t *value = json_object_get(object, key);

    *text = NULL;
    if (value == NULL || json_is_null(value))
        return FC_OK;
    if (!json_is_string(value))
        return wanted(where, key, value, "a string", err);
    *text = json_string_value(value);
    if (n != NULL)
        *n = json_string_length(value);
    else if (strlen(*text) != json_string_length(value))
        return fc_error_set(err, FC_E_FORMAT, "%s: '%s' holds a NUL", where, key);
    return FC_OK;
}

fc_status fc__tj_string(const json_t *object, const char *where, const char *key, const char **text,
                        size_t *n, fc_error *err)
{
    const fc_status st = fc__tj_string_or_null(object, where, key, text, n, err);

    return st == FC_OK && *text == NULL ? wanted(where, key, NULL, "a string", err) : st;
}

fc_status fc__tj_bool(const json_t *object, const char *where, const char *key, bool otherwise,
                      bool *out, fc_error *err)
{
    const json_t *value = json_object_get(object, key);

    *out = otherwise;
    if (value == NULL || json_is_null(value))
        return FC_OK;
    if (!json_is_boolean(value))
        return wanted(where, key, value, "true or false", err);
    *out = json_is_true(value);
    return FC_OK;
}

fc_status fc__tj_number(const json_t *value, const char *where, const char *what, uint32_t most,
                        uint32_t *out, fc_error *err)
{
    char range[48];

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > (json_int_t)most) {
        snprintf(range, sizeof(range), "a whole number from 0 to %lu", (unsigned long)most);
        return wanted(where, what, value, range, err);
    }
    *out = (uint32_t)json_integer_value(value);
    return FC_OK;
}

fc_status fc__tj_uint(const json_t *object, const char *where, const char *key, uint32_t most,
                      uint32_t *out, fc_error *err)
{
    return fc__tj_number(json_object_get(object, key), where, key, most, out, err);
}

fc_status fc__tj_array(const json_t *object, const char *where, const char *key, const json_t **out,
                       fc_error *err)
{
    *out = json_object_get(object, key);
    return json_is_array(*out) ? FC_OK : wanted(where, key, *out, "an array", err);
}

/* What is open of a sequence: an explicit stack would be longer than this recursion of 4. */
static fc_status walk(const json_t *part, const char *where, const char *list, fc_tj_add *add,
                      void *user, int depth, size_t *n_parts, fc_error *err)
{
    char inner[FC_TJ_WHERE_BYTES];
    const json_t *parts;
    const char *type;
    fc_status st;

    if (part == NULL || json_is_null(part))
        return FC_OK;
    st = fc__tj_object(part, where, err);
    if (st == FC_OK)
        st = fc__tj_string(part, where, "type", &type, NULL, err);
    if (st != FC_OK)
        return st;
    if (strcmp(type, "Sequence") != 0) {
        if (++*n_parts > FC_TJ_MAX_PARTS)
            return fc_error_set(err, FC_E_LIMIT, "%s: more than %d parts", where, FC_TJ_MAX_PARTS);
        return add(user, part, type, where, err);
    }
    if (depth == MAX_DEPTH)
        return fc_error_set(err, FC_E_LIMIT, "%s: sequences are nested too deeply", where);
    st = fc__tj_array(part, where, list, &parts, err);
    for (size_t i = 0; st == FC_OK && i < json_array_size(parts); i++) {
        if (snprintf(inner, sizeof(inner), "%s[%zu]", where, i) >= (int)sizeof(inner))
            inner[sizeof(inner) - 1] = '\0';
        st = walk(json_array_get(parts, i), inner, list, add, user, depth + 1, n_parts, err);
    }
    return st;
}

fc_status fc__tj_sequence(const json_t *part, const char *where, const char *list, fc_tj_add *add,
                          void *user, fc_error *err)
{
    size_t n_parts = 0;

    return walk(part, where, list, add, user, 0, &n_parts, err);
}
