/* Parameters, fields and JSON bodies as questions. */
#include "serve_question.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static fc_status nomem(fc_error *err)
{
    return fc_error_set(err, FC_E_NOMEM, "no memory left for a question");
}

fc_status serve_fields_add(serve_fields *f, const char *name, const char *value, size_t value_bytes,
                           fc_error *err)
{
    serve_field *field = &f->list[f->n];

    if (serve_fields_get(f, name) != NULL)
        return fc_error_set(err, FC_E_INVALID, "\"%.40s\" is given twice", name);
    if (f->n == SERVE_FIELDS_MAX)
        return fc_error_set(err, FC_E_INVALID, "more than %d parameters", SERVE_FIELDS_MAX);
    *field = (serve_field){.name = strdup(name), .value = strdup("")};
    f->n++;
    if (field->name == NULL || field->value == NULL)
        return nomem(err);
    return serve_fields_extend(f, value, value_bytes, err);
}

fc_status serve_fields_extend(serve_fields *f, const char *more, size_t n, fc_error *err)
{
    serve_field *field = &f->list[f->n - 1];
    size_t room;
    char *grown;

    if (n == 0)
        return FC_OK;
    if (memchr(more, '\0', n) != NULL)
        return fc_error_set(err, FC_E_INVALID, "\"%.40s\" has a NUL in it", field->name);
    if (__builtin_add_overflow(field->value_bytes, n + 1, &room))
        return nomem(err);
    grown = realloc(field->value, room);
    if (grown == NULL)
        return nomem(err);
    memcpy(grown + field->value_bytes, more, n);
    grown[room - 1] = '\0';
    field->value = grown;
    field->value_bytes = room - 1;
    return FC_OK;
}

const char *serve_fields_get(const serve_fields *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].name != NULL && strcmp(f->list[i].name, name) == 0)
            return f->list[i].value;
    return NULL;
}

void serve_fields_dispose(serve_fields *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->list[i].name);
        free(f->list[i].value);
    }
    *f = (serve_fields){.n = 0};
}

/* A number as it was typed; what is none stays a text, and the reader of questions says what it
 * must be. */
static json_t *number_or_text(const char *text)
{
    char *end;
    long long whole;
    double real;

    errno = 0;
    whole = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0')
        return json_integer((json_int_t)whole);
    real = strtod(text, &end);
    if (end != text && *end == '\0') {
        json_t *number = json_real(real); /* NULL for what is not finite */

        if (number != NULL)
            return number;
    }
    return json_string(text);
}

/* What is no text may be a number or a truth: the reader of questions knows which. */
static json_t *typed(const char *name, const char *value)
{
    static const char *const texts[] = {"text",     "file",    "id",    "vector",
                                        "modality", "dataset", "where", "calibrate",
                                        "space",    "encoder", "output"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(name, texts[i]) == 0)
            return json_string(value);
    if (strcmp(value, "true") == 0)
        return json_true();
    if (strcmp(value, "false") == 0)
        return json_false();
    return number_or_text(value);
}

fc_status serve_fields_object(const serve_fields *f, bool skip_empty, json_t **out, fc_error *err)
{
    *out = json_object();
    if (*out == NULL)
        return nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        const serve_field *field = &f->list[i];
        json_t *value;

        if (skip_empty && field->value_bytes == 0)
            continue;
        value = typed(field->name, field->value);
        if (value == NULL || json_object_set_new(*out, field->name, value) != 0) {
            json_decref(*out);
            *out = NULL;
            return fc_error_set(err, FC_E_INVALID, "parameter %zu is not UTF-8", i + 1);
        }
    }
    return FC_OK;
}

fc_status serve_body_object(const char *body, size_t n, json_t **out, fc_error *err)
{
    json_error_t why;

    *out = json_loadb(body, n, JSON_REJECT_DUPLICATES, &why);
    if (*out == NULL)
        return fc_error_set(err, FC_E_INVALID, "not JSON: %s, at byte %d", why.text, why.position);
    if (json_is_object(*out))
        return FC_OK;
    json_decref(*out);
    *out = NULL;
    return fc_error_set(err, FC_E_INVALID, "not a JSON object; write {\"text\": \"...\"}");
}

/* Take a name out of the object: the question's own keys remain. The string lives in @kept. */
static fc_status take_name(json_t *object, json_t *kept, const char *key, const char **out,
                           fc_error *err)
{
    json_t *value = json_object_get(object, key);

    *out = NULL;
    if (value == NULL)
        return FC_OK;
    if (!json_is_string(value) || json_string_length(value) == 0)
        return fc_error_set(err, FC_E_INVALID, "\"%s\" must be a text that is not empty", key);
    if (json_object_set(kept, key, value) != 0)
        return nomem(err);
    *out = json_string_value(value);
    json_object_del(object, key);
    return FC_OK;
}

static fc_status take_scope(serve_question *q, json_t *object, const serve_scope *server,
                            fc_error *err)
{
    const struct {
        const char *key;
        const char **target;
    } names[] = {
        {"space", &q->scope.space}, {"encoder", &q->scope.encoder}, {"output", &q->scope.output}};
    fc_status st = FC_OK;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && st == FC_OK; i++)
        st = take_name(object, q->names, names[i].key, names[i].target, err);
    if (st != FC_OK)
        return st;
    if (q->scope.space == NULL && q->scope.encoder == NULL) {
        q->scope.space = server->space;
        q->scope.encoder = server->encoder;
        if (q->scope.output == NULL)
            q->scope.output = server->output;
    }
    return q->scope.space == NULL || q->scope.output == NULL
               ? FC_OK
               : fc_error_set(err, FC_E_INVALID,
                              "\"output\": a space has its outputs; give one of space and output");
}

static fc_status path_of(const char *key, fc_error *err)
{
    if (strcmp(key, "file") == 0)
        return fc_error_set(
            err, FC_E_INVALID,
            "\"file\" is a path, which a server does not take; send the file itself "
            "as multipart/form-data");
    return fc_error_set(err, FC_E_INVALID,
                        "\"%s\" is a path, which a server does not take; send an array of numbers",
                        key);
}

/* No client makes this process open a path: looked at before anything is loaded, in what will be,
 * not in how it was said. */
static fc_status refuse_paths(const cli_question *q, fc_error *err)
{
    if (q->query.file != NULL)
        return path_of("file", err);
    if (q->vector.path != NULL)
        return path_of("vector", err);
    for (size_t i = 0; i < q->n_terms; i++) {
        if (q->terms[i].kind == FC_QUERY_FILE)
            return path_of("file", err);
        if (q->terms[i].kind == FC_QUERY_VECTOR && q->terms[i].value != NULL)
            return path_of("vector", err);
    }
    return FC_OK;
}

fc_status serve_question_read(serve_question *out, json_t *object, const serve_file *file,
                              const fc_query *defaults, const serve_scope *scope, fc_error *err)
{
    const bool has_file = file != NULL && file->bytes != NULL;
    fc_status st;

    *out = (serve_question){.q = cli_question_like(defaults), .names = json_object()};
    out->q.json = object;
    if (out->names == NULL)
        return nomem(err);
    st = take_scope(out, object, scope, err);
    /* The file stands for itself while the keys are read, so that exactly one input is asked for.
     */
    if (st == FC_OK && has_file && json_object_get(object, "file") != NULL)
        st = fc_error_set(err, FC_E_INVALID, "\"file\" is given twice");
    if (st == FC_OK && has_file)
        st = json_object_set_new(object, "file", json_string("uploaded")) == 0 ? FC_OK : nomem(err);
    if (st == FC_OK)
        st = cli_question_object(&out->q, err);
    if (st == FC_OK && has_file)
        out->q.query.file = NULL; /* what stood for it */
    if (st == FC_OK)
        st = refuse_paths(&out->q, err);
    if (st == FC_OK && has_file) {
        out->q.query.file = file->name;
        out->q.query.file_bytes = file->bytes;
        out->q.query.n_file_bytes = file->n_bytes;
    }
    return st == FC_OK ? cli_question_load(&out->q, err) : st;
}

void serve_question_dispose(serve_question *q)
{
    cli_question_dispose(&q->q);
    json_decref(q->names);
    q->names = NULL;
}
