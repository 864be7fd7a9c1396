/*
 * JSON lines: one flat object a line. Nested values are refused, null is absent.
 */
#include <jansson.h>
#include <string.h>

#include "fc_dataset_impl.h"
#include "fc_text.h"

/* A number as text; room for any 64-bit integer. */
static const char *number_text(const json_t *value, char out[FC_DECIMAL_BYTES])
{
    if (json_is_integer(value))
        snprintf(out, FC_DECIMAL_BYTES, "%lld", (long long)json_integer_value(value));
    else
        fc__decimal(json_real_value(value), out);
    return out;
}

static const char *type_name(const json_t *value)
{
    return json_is_object(value)  ? "an object"
           : json_is_array(value) ? "an array"
                                  : "true or false";
}

static fc_status add_meta(fc_dataset_reader *r, const char *key, const json_t *value, fc_error *err)
{
    char number[FC_DECIMAL_BYTES];
    fc_meta_kind kind = FC_META_STRING;
    const char *text;
    size_t n;

    if (json_is_string(value)) {
        text = json_string_value(value);
        n = json_string_length(value);
    } else if (json_is_number(value)) {
        kind = FC_META_NUMBER;
        text = number_text(value, number);
        n = strlen(text);
    } else {
        kind = FC_META_BOOL;
        text = json_is_true(value) ? "true" : "false";
        n = strlen(text);
    }
    return fc__meta_add(&r->meta, key, strlen(key), kind, text, n, err);
}

/* Fields of the object into `row` and r->meta; `numbers` holds the text of those that came as
 * numbers, as long as the sample lives. A bad one makes the sample bad. */
static fc_status take_object(fc_dataset_reader *r, json_t *object, fc_manifest_row *row,
                             char numbers[FC_N_COLUMNS][FC_DECIMAL_BYTES], fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    char shown[FC_SHOW_BYTES];
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        const fc_column column = fc__column_of(key);
        fc_status st;

        if (json_is_null(value))
            continue;
        if (json_is_object(value) || json_is_array(value) ||
            (column != FC_COLUMN_META && json_is_boolean(value)))
            return fc__sample_bad(r, FC_E_FORMAT, NULL, err, "'%s' is %s; wanted a string%s",
                                  fc__show(shown, key, strlen(key)), type_name(value),
                                  column != FC_COLUMN_META ? " or a number"
                                                           : ", a number, true, false or null");
        if (column != FC_COLUMN_META) {
            row->value[column] = json_is_string(value) ? json_string_value(value)
                                                       : number_text(value, numbers[column]);
            continue;
        }
        st = add_meta(r, key, value, &inner);
        if (st == FC_E_NOMEM)
            return fc_error_set(err, st, "%s", inner.message);
        if (st != FC_OK)
            return fc__sample_bad(r, st, NULL, err, "%s", inner.message);
    }
    return FC_OK;
}

void fc__jsonl_forget(fc_manifest *m)
{
    json_decref(m->object);
    m->object = NULL;
}

static fc_status take_line(fc_dataset_reader *r, const char *at, size_t n, fc_error *err)
{
    fc_manifest_row row = {{NULL}};
    char shown[FC_SHOW_BYTES];
    json_error_t why;
    json_t *object;
    fc_status st;

    /* Decoding stops at 2,048 levels, and lines are capped: neither depth nor length can hurt. */
    object = json_loadb(at, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (object == NULL && json_error_code(&why) == json_error_out_of_memory)
        return fc_error_set(err, FC_E_NOMEM, "%s:%llu: no memory to read the line", r->source,
                            (unsigned long long)r->sample.line);
    if (object == NULL && json_error_code(&why) == json_error_null_character)
        return fc__sample_bad(r, FC_E_FORMAT, NULL, err, "\\u0000 cannot stand in a text");
    if (object == NULL)
        return fc__sample_bad(r, FC_E_FORMAT, NULL, err, "not a JSON object: %s",
                              fc__show(shown, why.text, strlen(why.text)));
    r->manifest->object = object;
    if (json_is_object(object))
        st = take_object(r, object, &row, r->manifest->numbers, err);
    else
        st = fc__sample_bad(r, FC_E_FORMAT, NULL, err,
                            "not a JSON object; wanted {\"path\": ...} or {\"text\": ...}");
    if (st == FC_OK && r->sample.status == FC_OK)
        st = fc__sample_from_row(r, &row, err);
    return st;
}

static bool is_blank(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i] != ' ' && at[i] != '\t' && at[i] != '\r' && at[i] != '\n')
            return false;
    return true;
}

fc_status fc__jsonl_next(fc_dataset_reader *r, fc_error *err)
{
    fc_window *w = &r->manifest->window;

    for (;;) {
        bool too_long;
        const char *at;
        fc_status st;
        size_t n;

        fc__sample_reset(r);
        fc__jsonl_forget(r->manifest);
        r->sample.line = w->line;
        st = fc__window_line(w, &n, &too_long, err);
        if (st != FC_OK)
            return st;
        at = fc__window_at(w);
        fc__window_consume(w, n);
        if (too_long)
            return fc__sample_bad(r, FC_E_LIMIT, NULL, err, "the line is longer than 16 MiB");
        if (n == 0)
            return FC_E_NOT_FOUND;
        if (!is_blank(at, n))
            return take_line(r, at, n, err);
    }
}
