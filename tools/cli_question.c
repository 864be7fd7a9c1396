/* A question of `query`: from the options, or from a JSON object: a line of --batch, or what a
 * client of `serve` sent. */
#include <string.h>

#include "cli_args.h"
#include "cli_ask.h"

/* A query vector is a few thousand numbers; more is another file. */
#define VECTOR_BYTES_MAX (UINT64_C(64) << 20)

cli_question cli_question_like(const fc_query *defaults)
{
    cli_question q = {.query = *defaults, .vector = FC_TENSOR_INIT};

    return q;
}

void cli_question_dispose(cli_question *q)
{
    fc_tensor_dispose(&q->vector);
    json_decref(q->json);
    q->json = NULL;
}

fc_status cli_question_load(cli_question *q, fc_error *err)
{
    const fc_tensor *t = &q->vector;
    fc_status st;

    if (q->vector_path == NULL)
        return FC_OK;
    st = fc_npy_read(q->vector_path, VECTOR_BYTES_MAX, &q->vector, err);
    if (st != FC_OK)
        return st;
    if (t->rank != 1 && !(t->rank == 2 && t->shape[0] == 1))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: holds an array of %u axes; a query is one vector", q->vector_path,
                            t->rank);
    q->query.vector = t->data;
    q->query.vector_dim = fc_tensor_count(t);
    return FC_OK;
}

static fc_status wrong_type(fc_error *err, const char *key, const char *wanted)
{
    return fc_error_set(err, FC_E_INVALID, "\"%s\" must be %s", key, wanted);
}

static fc_status take_string(const char **out, const char *key, const json_t *value, fc_error *err)
{
    if (!json_is_string(value) || json_string_length(value) == 0)
        return wrong_type(err, key, "a text that is not empty");
    *out = json_string_value(value);
    return FC_OK;
}

/* An array of numbers, instead of the path of a file with them. */
static fc_status take_numbers(cli_question *q, const json_t *value, fc_error *err)
{
    const uint64_t shape[1] = {json_array_size(value)};
    fc_status st;

    if (shape[0] == 0)
        return wrong_type(err, "vector", "an array that is not empty");
    st = fc_tensor_alloc(&q->vector, FC_F32, 1, shape, err);
    for (size_t i = 0; st == FC_OK && i < shape[0]; i++) {
        const json_t *x = json_array_get(value, i);

        if (!json_is_number(x))
            return wrong_type(err, "vector", "an array of numbers");
        ((float *)q->vector.data)[i] = (float)json_number_value(x);
    }
    q->query.vector = q->vector.data;
    q->query.vector_dim = (size_t)shape[0];
    return st;
}

static fc_status unknown_key(const char *key, fc_error *err)
{
    static const char *const keys[] = {"text",    "file",  "id",          "vector",
                                       "start_s", "end_s", "modality",    "dataset",
                                       "where",   "k",     "include_self"};
    cli_nearest near = {.wanted = key};

    for (size_t i = 0; i < CLI_COUNT(keys); i++)
        cli_nearest_consider(&near, keys[i]);
    if (near.best != NULL)
        return fc_error_set(err, FC_E_INVALID, "no key \"%.40s\"; did you mean \"%s\"?", key,
                            near.best);
    return fc_error_set(err, FC_E_INVALID,
                        "no key \"%.40s\"; there are text, file, id, vector, start_s, end_s, "
                        "modality, dataset, where, k, include_self",
                        key);
}

static fc_status take_member(cli_question *q, const char *key, const json_t *value, fc_error *err)
{
    const struct {
        const char *key;
        const char **target;
    } strings[] = {{"text", &q->query.text},
                   {"file", &q->query.file},
                   {"id", &q->query.id},
                   {"vector", &q->vector_path},
                   {"modality", &q->query.modalities},
                   {"dataset", &q->query.dataset},
                   {"where", &q->query.where}};

    if (strcmp(key, "vector") == 0 && json_is_array(value))
        return take_numbers(q, value, err);
    for (size_t i = 0; i < CLI_COUNT(strings); i++)
        if (strcmp(key, strings[i].key) == 0)
            return take_string(strings[i].target, key, value, err);
    if (strcmp(key, "k") == 0) {
        if (!json_is_integer(value) || json_integer_value(value) < 1)
            return wrong_type(err, key, "a whole number from 1 on");
        q->query.k = (size_t)json_integer_value(value);
        return FC_OK;
    }
    if (strcmp(key, "start_s") == 0 || strcmp(key, "end_s") == 0) {
        if (!json_is_number(value) || !(json_number_value(value) >= 0))
            return wrong_type(err, key, "a number of seconds from 0 on");
        *(key[0] == 's' ? &q->query.start_s : &q->query.end_s) = json_number_value(value);
        return FC_OK;
    }
    if (strcmp(key, "include_self") == 0) {
        if (!json_is_boolean(value))
            return wrong_type(err, key, "true or false");
        q->query.include_self = json_is_true(value);
        return FC_OK;
    }
    return unknown_key(key, err);
}

fc_status cli_question_parse(cli_question *q, const char *line, size_t n, fc_error *err)
{
    json_error_t why;

    q->json = json_loadb(line, n, JSON_REJECT_DUPLICATES, &why);
    if (q->json == NULL)
        return fc_error_set(err, FC_E_INVALID, "not JSON: %s, at byte %d", why.text, why.position);
    if (!json_is_object(q->json))
        return fc_error_set(err, FC_E_INVALID, "not a JSON object; write {\"text\": \"...\"}");
    return cli_question_take(q, err);
}

fc_status cli_question_take(cli_question *q, fc_error *err)
{
    const char *key;
    json_t *value;
    int inputs;

    json_object_foreach(q->json, key, value)
    {
        const fc_status st = take_member(q, key, value, err);

        if (st != FC_OK)
            return st;
    }
    inputs = (q->query.text != NULL) + (q->query.file != NULL) + (q->query.id != NULL) +
             (q->vector_path != NULL || q->query.vector != NULL);
    if (inputs != 1)
        return fc_error_set(err, FC_E_INVALID,
                            "give exactly one of text, file, id and vector, not %d", inputs);
    return FC_OK;
}
