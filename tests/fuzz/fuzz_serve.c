/*
 * Fuzz target: what a client sends to `featcache serve`, up to a question. The first byte says as
 * what: a JSON body, with a file or without, parameters (NAME=VALUE, a NUL between), or the headers
 * by which other sites are told apart. Whatever comes, a question has one input and names no path.
 */
#include <stdlib.h>
#include <string.h>

#include "serve_guard.h"
#include "serve_question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_question(json_t *object, bool with_file)
{
    static const serve_scope scope = {"space of the server", NULL, NULL};
    const fc_query defaults = FC_QUERY_INIT;
    const serve_file file = {"name.png", with_file ? "bytes" : NULL, with_file ? 5 : 0};
    serve_question asked = {.names = NULL};
    fc_error err = FC_ERROR_INIT;
    const fc_status st = serve_question_read(&asked, object, &file, &defaults, &scope, &err);
    const fc_query *q = &asked.q.query;

    if (st == FC_OK) {
        must((q->text != NULL) + (q->file != NULL) + (q->id != NULL) + (q->vector != NULL) +
                 (q->n_terms > 0) ==
             1);
        must(asked.q.vector.path == NULL && (q->file != NULL) == with_file);
        for (size_t i = 0; i < q->n_terms; i++)
            must(q->terms[i].kind != FC_QUERY_FILE && asked.q.vectors[i].path == NULL);
        must(with_file ? q->file == file.name && q->file_bytes == file.bytes
                       : q->file_bytes == NULL);
        must(asked.scope.space != NULL || asked.scope.encoder != NULL);
        must(asked.scope.space == NULL || asked.scope.output == NULL);
    } else {
        must(err.message[0] != '\0');
    }
    serve_question_dispose(&asked);
}

static void check_body(const char *body, size_t n, bool with_file)
{
    fc_error err = FC_ERROR_INIT;
    json_t *object = NULL;

    if (serve_body_object(body, n, &object, &err) == FC_OK)
        check_question(object, with_file);
    else
        must(object == NULL && err.message[0] != '\0');
}

static void check_fields(const char *text, size_t n, bool skip_empty)
{
    serve_fields fields = {.n = 0};
    fc_error err = FC_ERROR_INIT;
    json_t *object = NULL;
    fc_status st = FC_OK;
    size_t total = 0;

    for (const char *s = text; st == FC_OK && s < text + n; s += strlen(s) + 1) {
        const char *equals = strchr(s, '=');
        char name[64];

        snprintf(name, sizeof(name), "%.*s", equals != NULL ? (int)(equals - s) : 63, s);
        st = serve_fields_add(&fields, name, equals != NULL ? equals + 1 : "",
                              equals != NULL ? strlen(equals + 1) : 0, &err);
        if (st == FC_OK && fields.list[fields.n - 1].value_bytes > 2)
            st = serve_fields_extend(&fields, "more", 4, &err);
    }
    for (size_t i = 0; i < fields.n; i++)
        total += fields.list[i].value_bytes;
    must(total <= n + 4 * SERVE_FIELDS_MAX);
    if (st == FC_OK)
        st = serve_fields_object(&fields, skip_empty, &object, &err);
    if (st == FC_OK)
        check_question(object, false);
    else
        must(object == NULL && err.message[0] != '\0');
    serve_fields_dispose(&fields);
}

static void check_guard(const char *header)
{
    if (serve_guard_host(header, 8080))
        must(strlen(header) <= strlen("127.0.0.1:8080"));
    /* A form of another site, whatever it calls itself, is not taken. */
    must(!serve_guard_origin(header, "cross-site", "navigate", true, 8080));
    if (serve_guard_origin(header, NULL, NULL, true, 8080))
        must(strncmp(header, "http://", 7) == 0 && serve_guard_host(header + 7, 8080));
    if (serve_guard_origin(NULL, header, NULL, true, 8080))
        must(strcmp(header, "same-origin") == 0 || strcmp(header, "none") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size == 0)
        return 0;
    text = malloc(size);
    must(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 4) {
    case 0:
    case 1:
        check_body(text, size - 1, data[0] % 4 == 1);
        break;
    case 2:
        check_fields(text, size - 1, (data[0] & 4) != 0);
        break;
    default:
        check_guard(text);
    }
    free(text);
    return 0;
}
