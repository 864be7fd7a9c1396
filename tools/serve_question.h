/*
 * From what a client sent to a question: parameters of a URL, fields of a form, or a JSON object
 * all become one JSON object, which is read as a line of `query --batch` is.
 */
#ifndef SERVE_QUESTION_H
#define SERVE_QUESTION_H

#include "cli_ask.h"
#include "serve_searchers.h"

#define SERVE_FIELDS_MAX 32

/* A parameter or field; its strings end with a NUL that is not counted. */
typedef struct serve_field {
    char *name, *value;
    size_t value_bytes;
} serve_field;

typedef struct serve_fields {
    serve_field list[SERVE_FIELDS_MAX];
    size_t n;
} serve_fields;

/* Add a copy. FC_E_INVALID: a name twice, too many, a NUL in it. */
fc_status serve_fields_add(serve_fields *f, const char *name, const char *value, size_t value_bytes,
                           fc_error *err);
/* More of the value that was added last. */
fc_status serve_fields_extend(serve_fields *f, const char *more, size_t n, fc_error *err);
/* NULL: there is none. */
const char *serve_fields_get(const serve_fields *f, const char *name);
void serve_fields_dispose(serve_fields *f);

/* A file that was sent, borrowed. */
typedef struct serve_file {
    const char *name;
    const void *bytes; /* NULL: none was sent */
    size_t n_bytes;
} serve_file;

/* A question and where to ask it. Its strings live in its JSON object and in the file. */
typedef struct serve_question {
    cli_question q;
    serve_scope scope;
    json_t *names; /* where the strings of `scope` live, but the server's */
} serve_question;

/* The fields as a JSON object, with numbers and truths where a question has them. `skip_empty`:
 * fields of a form that nothing was typed into. */
fc_status serve_fields_object(const serve_fields *f, bool skip_empty, json_t **out, fc_error *err);
/* A body as a JSON object. */
fc_status serve_body_object(const char *body, size_t n, json_t **out, fc_error *err);
/*
 * Read @object (taken) and the file with it, if any, ready to be asked. Names no path of this
 * machine, or it is refused. A question that names a space or an encoder replaces both of @scope,
 * the server's. Dispose of *out also after a failure.
 */
fc_status serve_question_read(serve_question *out, json_t *object, const serve_file *file,
                              const fc_query *defaults, const serve_scope *scope, fc_error *err);
void serve_question_dispose(serve_question *q);

#endif /* SERVE_QUESTION_H */
