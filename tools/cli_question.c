/* A question of `query`: its inputs, and a JSON object: a line of --batch, or what a client of
 * `serve` sent. */
#include <stdlib.h>
#include <string.h>

#include "cli_args.h"
#include "cli_ask.h"

/* A query vector is a few thousand numbers; more is another file. */
#define VECTOR_BYTES_MAX (UINT64_C(64) << 20)

cli_question cli_question_like(const fc_query *defaults)
{
    cli_question q = {.query = *defaults, .vector = {NULL, FC_TENSOR_INIT}};

    return q;
}

void cli_question_dispose(cli_question *q)
{
    fc_tensor_dispose(&q->vector.tensor);
    for (size_t i = 0; i < q->n_terms; i++)
        fc_tensor_dispose(&q->vectors[i].tensor);
    free(q->terms);
    free(q->vectors);
    json_decref(q->json);
    q->json = NULL;
}

fc_query_term *cli_question_add(cli_question *q, fc_query_kind kind, const char *value,
                                fc_error *err)
{
    if (q->n_terms == FC_QUERY_TERMS_MAX) {
        fc_error_set(err, FC_E_INVALID, "more than %d inputs in one question", FC_QUERY_TERMS_MAX);
        return NULL;
    }
    if (q->n_terms == q->room) {
        const size_t room = q->room > 0 ? 2 * q->room : 4;
        fc_query_term *terms = realloc(q->terms, room * sizeof(*terms));
        cli_vector *vectors;

        if (terms != NULL)
            q->terms = terms;
        vectors = terms != NULL ? realloc(q->vectors, room * sizeof(*vectors)) : NULL;
        if (vectors == NULL) {
            fc_error_set(err, FC_E_NOMEM, "no memory left for a question");
            return NULL;
        }
        q->vectors = vectors;
        q->room = room;
    }
    q->vectors[q->n_terms] = (cli_vector){NULL, FC_TENSOR_INIT};
    q->terms[q->n_terms] = (fc_query_term){.kind = kind, .value = value, .weight = 1};
    return &q->terms[q->n_terms++];
}

/* Of a file, or of the question itself. */
static fc_status load_vector(cli_vector *v, const float **elements, size_t *n, fc_error *err)
{
    const fc_tensor *t = &v->tensor;
    const fc_status st =
        v->path != NULL ? fc_npy_read(v->path, VECTOR_BYTES_MAX, &v->tensor, err) : FC_OK;

    if (st != FC_OK)
        return st;
    if (t->rank != 1 && !(t->rank == 2 && t->shape[0] == 1))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: holds an array of %u axes; a query is one vector", v->path,
                            t->rank);
    *elements = t->data;
    *n = fc_tensor_count(t);
    return FC_OK;
}

fc_status cli_question_load(cli_question *q, fc_error *err)
{
    fc_status st = FC_OK;

    if (q->vector.path != NULL || q->vector.tensor.data != NULL)
        st = load_vector(&q->vector, &q->query.vector, &q->query.vector_dim, err);
    for (size_t i = 0; i < q->n_terms && st == FC_OK; i++) {
        fc_query_term *t = &q->terms[i];

        if (t->kind != FC_QUERY_VECTOR)
            continue;
        q->vectors[i].path = t->value;
        t->value = NULL;
        st = load_vector(&q->vectors[i], &t->vector, &t->vector_dim, err);
    }
    q->query.terms = q->terms;
    q->query.n_terms = q->n_terms;
    return st;
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
static fc_status take_numbers(cli_vector *v, const json_t *value, fc_error *err)
{
    const uint64_t shape[1] = {json_array_size(value)};
    fc_status st;

    if (shape[0] == 0)
        return wrong_type(err, "vector", "an array that is not empty");
    fc_tensor_dispose(&v->tensor);
    st = fc_tensor_alloc(&v->tensor, FC_F32, 1, shape, err);
    for (size_t i = 0; st == FC_OK && i < shape[0]; i++) {
        const json_t *x = json_array_get(value, i);

        if (!json_is_number(x))
            return wrong_type(err, "vector", "an array of numbers");
        ((float *)v->tensor.data)[i] = (float)json_number_value(x);
    }
    return st;
}

static fc_status unknown_key(const char *key, fc_error *err)
{
    static const char *const keys[] = {
        "text",  "file", "id",           "vector", "start_s",   "end_s",   "modality",   "dataset",
        "where", "k",    "include_self", "terms",  "calibrate", "explain", "temperature"};
    cli_nearest near = {.wanted = key};

    for (size_t i = 0; i < CLI_COUNT(keys); i++)
        cli_nearest_consider(&near, keys[i]);
    if (near.best != NULL)
        return fc_error_set(err, FC_E_INVALID, "no key \"%.40s\"; did you mean \"%s\"?", key,
                            near.best);
    return fc_error_set(err, FC_E_INVALID,
                        "no key \"%.40s\"; there are text, file, id, vector, terms, start_s, "
                        "end_s, modality, dataset, where, k, include_self, calibrate, explain, "
                        "temperature",
                        key);
}

static fc_status take_second(double *out, const char *key, const json_t *value, fc_error *err)
{
    if (!json_is_number(value) || !(json_number_value(value) >= 0))
        return wrong_type(err, key, "a number of seconds from 0 on");
    *out = json_number_value(value);
    return FC_OK;
}

/* A key of one of the terms; *n_inputs counts its inputs. */
static fc_status take_term_member(fc_query_term *t, cli_vector *v, const char *key,
                                  const json_t *value, int *n_inputs, fc_error *err)
{
    static const struct {
        const char *key;
        fc_query_kind kind;
    } kinds[] = {{"text", FC_QUERY_TEXT},
                 {"file", FC_QUERY_FILE},
                 {"id", FC_QUERY_ID},
                 {"vector", FC_QUERY_VECTOR}};

    for (size_t i = 0; i < CLI_COUNT(kinds); i++)
        if (strcmp(key, kinds[i].key) == 0) {
            t->kind = kinds[i].kind;
            (*n_inputs)++;
            if (t->kind == FC_QUERY_VECTOR && json_is_array(value))
                return take_numbers(v, value, err);
            return take_string(&t->value, key, value, err);
        }
    if (strcmp(key, "start_s") == 0)
        return take_second(&t->start_s, key, value, err);
    if (strcmp(key, "end_s") == 0)
        return take_second(&t->end_s, key, value, err);
    if (strcmp(key, "weight") == 0) {
        if (!json_is_number(value) || json_number_value(value) == 0)
            return wrong_type(err, key, "a number other than 0");
        t->weight = json_number_value(value);
        return FC_OK;
    }
    return fc_error_set(err, FC_E_INVALID,
                        "no key \"%.40s\" of a term; there are text, file, id, vector, weight, "
                        "start_s, end_s",
                        key);
}

static fc_status take_term(cli_question *q, json_t *object, fc_error *err)
{
    fc_query_term *t;
    const char *key;
    json_t *value;
    int n_inputs = 0;

    if (!json_is_object(object))
        return wrong_type(err, "terms",
                          "a list of objects such as {\"text\": \"...\", "
                          "\"weight\": -1}");
    t = cli_question_add(q, FC_QUERY_TEXT, NULL, err);
    if (t == NULL)
        return err->status;
    json_object_foreach(object, key, value)
    {
        const fc_status st =
            take_term_member(t, &q->vectors[q->n_terms - 1], key, value, &n_inputs, err);

        if (st != FC_OK)
            return st;
    }
    if (n_inputs != 1)
        return fc_error_set(err, FC_E_INVALID,
                            "give exactly one of text, file, id and vector in a term, not %d",
                            n_inputs);
    return FC_OK;
}

static fc_status take_terms(cli_question *q, json_t *list, fc_error *err)
{
    if (!json_is_array(list) || json_array_size(list) == 0)
        return wrong_type(err, "terms", "a list that is not empty");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const fc_status st = take_term(q, json_array_get(list, i), err);

        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

static fc_status take_member(cli_question *q, const char *key, json_t *value, fc_error *err)
{
    const struct {
        const char *key;
        const char **target;
    } strings[] = {{"text", &q->query.text},
                   {"file", &q->query.file},
                   {"id", &q->query.id},
                   {"vector", &q->vector.path},
                   {"modality", &q->query.modalities},
                   {"dataset", &q->query.dataset},
                   {"where", &q->query.where},
                   {"calibrate", &q->query.calibrate}};

    if (strcmp(key, "vector") == 0 && json_is_array(value))
        return take_numbers(&q->vector, value, err);
    for (size_t i = 0; i < CLI_COUNT(strings); i++)
        if (strcmp(key, strings[i].key) == 0)
            return take_string(strings[i].target, key, value, err);
    if (strcmp(key, "k") == 0) {
        if (!json_is_integer(value) || json_integer_value(value) < 1)
            return wrong_type(err, key, "a whole number from 1 on");
        q->query.k = (size_t)json_integer_value(value);
        return FC_OK;
    }
    if (strcmp(key, "temperature") == 0) {
        if (!json_is_number(value) || !(json_number_value(value) > 0))
            return wrong_type(err, key, "a number above 0");
        q->query.temperature = json_number_value(value);
        return FC_OK;
    }
    if (strcmp(key, "start_s") == 0)
        return take_second(&q->query.start_s, key, value, err);
    if (strcmp(key, "end_s") == 0)
        return take_second(&q->query.end_s, key, value, err);
    if (strcmp(key, "terms") == 0)
        return take_terms(q, value, err);
    if (strcmp(key, "include_self") == 0 || strcmp(key, "explain") == 0) {
        if (!json_is_boolean(value))
            return wrong_type(err, key, "true or false");
        *(key[0] == 'i' ? &q->query.include_self : &q->query.explain) = json_is_true(value);
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
    return cli_question_object(q, err);
}

fc_status cli_question_object(cli_question *q, fc_error *err)
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
             (q->vector.path != NULL || q->vector.tensor.data != NULL) + (q->n_terms > 0);
    if (inputs != 1)
        return fc_error_set(err, FC_E_INVALID,
                            "give exactly one of text, file, id, vector and terms, not %d", inputs);
    return FC_OK;
}
