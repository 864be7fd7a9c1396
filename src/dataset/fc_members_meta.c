/*
 * A .json member of a tar as metadata of its group. Numbers, texts and truths stay what they are;
 * an object or an array becomes its JSON text, since metadata is flat; null is absent.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_dataset_impl.h"

static fc_status add_nested(fc_meta *out, const char *key, const json_t *value, fc_error *err)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
    fc_status st;

    if (text == NULL)
        return fc_error_set(err, FC_E_NOMEM, "no memory for the metadata '%.100s'", key);
    st = fc__meta_add(out, key, strlen(key), FC_META_STRING, text, strlen(text), err);
    free(text);
    return st;
}

static fc_status add_value(fc_meta *out, const char *key, const json_t *value, fc_error *err)
{
    char number[FC_DECIMAL_BYTES];

    if (json_is_null(value))
        return FC_OK;
    if (json_is_object(value) || json_is_array(value))
        return add_nested(out, key, value, err);
    if (json_is_string(value))
        return fc__meta_add(out, key, strlen(key), FC_META_STRING, json_string_value(value),
                            json_string_length(value), err);
    if (json_is_boolean(value)) {
        const char *truth = json_is_true(value) ? "true" : "false";

        return fc__meta_add(out, key, strlen(key), FC_META_BOOL, truth, strlen(truth), err);
    }
    if (json_is_integer(value))
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
    else
        fc__decimal(json_real_value(value), number);
    return fc__meta_add(out, key, strlen(key), FC_META_NUMBER, number, strlen(number), err);
}

fc_status fc__members_meta(const uint8_t *bytes, size_t n, fc_meta *out, fc_error *err)
{
    char shown[FC_SHOW_BYTES];
    json_error_t why;
    json_t *object = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, &why);
    const char *key;
    json_t *value;
    fc_status st = FC_OK;

    if (object == NULL)
        return fc_error_set(err, FC_E_FORMAT, "not a JSON object: %s",
                            fc__show(shown, why.text, strlen(why.text)));
    if (!json_is_object(object))
        st = fc_error_set(err, FC_E_FORMAT, "not a JSON object");
    else
        json_object_foreach(object, key, value) if (st == FC_OK) st =
            add_value(out, key, value, err);
    json_decref(object);
    return st;
}
