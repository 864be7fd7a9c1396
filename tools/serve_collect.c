/* Parameters, bodies and forms, as they come in. Nothing is kept beyond the server's limit. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "serve.h"

#define PARSER_BYTES    16384
#define FILE_NAME_BYTES 200

static void refuse(serve_request *r, fc_status st, const fc_error *err)
{
    if (r->reply.status == 0)
        serve_reply_failed(&r->reply, st, err);
}

/* A client that has begun to send does not read a reply before it has sent all: what comes is read
 * and dropped, within the time that it has. */
static void too_large(serve_request *r)
{
    if (r->reply.status == 0)
        serve_reply_error(&r->reply, SERVE_TOO_LARGE,
                          "the body is over %llu bytes (--max-body-bytes)",
                          (unsigned long long)r->server->limits.body_bytes);
}

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *key,
                                      size_t key_bytes, const char *value, size_t value_bytes)
{
    serve_request *r = context;
    fc_error err = FC_ERROR_INIT;
    fc_status st = FC_OK;

    (void)kind;
    if (strlen(key) != key_bytes)
        st = fc_error_set(&err, FC_E_INVALID, "a parameter's name has a NUL in it");
    else
        st = serve_fields_add(&r->fields, key, value != NULL ? value : "", value_bytes, &err);
    if (st != FC_OK)
        refuse(r, st, &err);
    return st == FC_OK ? MHD_YES : MHD_NO;
}

static const char *header(const serve_request *r, const char *name)
{
    return r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* "application/json; charset=utf-8" is of type "application/json". */
static bool is_type(const char *given, const char *type)
{
    const size_t n = strlen(type);

    return given != NULL && strncasecmp(given, type, n) == 0 &&
           (given[n] == '\0' || strchr("; \t", given[n]) != NULL);
}

/* The last part of a name, as some clients send a path. */
static const char *base_name(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++)
        if (*path == '/' || *path == '\\')
            name = path + 1;
    return name;
}

static bool grow(serve_bytes *b, size_t n)
{
    size_t room = b->room > 0 ? b->room : 4096;
    char *grown;

    while (room - b->n < n)
        if (__builtin_mul_overflow(room, 2, &room))
            return false;
    if (room == b->room)
        return true;
    grown = realloc(b->data, room);
    if (grown == NULL)
        return false;
    b->data = grown;
    b->room = room;
    return true;
}

static fc_status append(serve_bytes *b, const char *bytes, size_t n, fc_error *err)
{
    if (!grow(b, n + 1))
        return fc_error_set(err, FC_E_NOMEM, "no memory left for a body");
    memcpy(b->data + b->n, bytes, n);
    b->n += n;
    return FC_OK;
}

static fc_status begin_file(serve_request *r, const char *key, const char *name, fc_error *err)
{
    if (strcmp(key, "file") != 0)
        return fc_error_set(err, FC_E_INVALID, "the file is called \"%.40s\", not \"file\"", key);
    if (r->file_name != NULL)
        return fc_error_set(err, FC_E_INVALID, "more than one file");
    name = base_name(name);
    r->file_name = strndup(name, FILE_NAME_BYTES);
    return r->file_name != NULL ? FC_OK
                                : fc_error_set(err, FC_E_NOMEM, "no memory left for a name");
}

/* A piece of a field or of the file. `offset` 0 begins one; a form's field of a file into which
 * none was put has an empty name. */
static fc_status take_piece(serve_request *r, const char *key, const char *file_name,
                            const char *data, uint64_t offset, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    if (offset == 0) {
        r->in_file = file_name != NULL && file_name[0] != '\0';
        if (r->in_file)
            st = begin_file(r, key, file_name, err);
        else if (file_name == NULL)
            return serve_fields_add(&r->fields, key, data, n, err);
        else if (n > 0)
            st = fc_error_set(err, FC_E_INVALID, "a file without a name");
    } else if (!r->in_file) {
        return serve_fields_extend(&r->fields, data, n, err);
    }
    return st == FC_OK && r->in_file ? append(&r->body, data, n, err) : st;
}

static enum MHD_Result on_piece(void *context, enum MHD_ValueKind kind, const char *key,
                                const char *file_name, const char *content_type,
                                const char *transfer_encoding, const char *data, uint64_t offset,
                                size_t n)
{
    serve_request *r = context;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    (void)kind;
    (void)content_type;
    (void)transfer_encoding;
    st = key != NULL ? take_piece(r, key, file_name, data, offset, n, &err)
                     : fc_error_set(&err, FC_E_INVALID, "a field without a name");
    if (st != FC_OK)
        refuse(r, st, &err);
    return st == FC_OK ? MHD_YES : MHD_NO;
}

/* The kind of body that is announced. */
static void expect_body(serve_request *r)
{
    const char *type = header(r, "Content-Type"), *length = header(r, "Content-Length");

    if (length != NULL && strtoull(length, NULL, 10) > r->server->limits.body_bytes) {
        too_large(r);
        return;
    }
    r->form =
        is_type(type, "multipart/form-data") || is_type(type, "application/x-www-form-urlencoded");
    if (r->form) {
        r->parser = r->server->mhd.create_post_processor(r->connection, PARSER_BYTES, on_piece, r);
        if (r->parser == NULL)
            serve_reply_error(&r->reply, SERVE_BAD_REQUEST, "the form has no boundary");
    } else if (r->route != SERVE_QUERY || !is_type(type, "application/json")) {
        serve_reply_error(&r->reply, SERVE_BAD_TYPE, "Content-Type must be %smultipart/form-data",
                          r->route == SERVE_QUERY ? "application/json or " : "");
    }
}

void serve_collect_begin(serve_request *r)
{
    r->server->mhd.get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND, take_parameter, r);
    if (r->reply.status != 0 || !r->post)
        return;
    if (r->fields.n > 0)
        serve_reply_error(&r->reply, SERVE_BAD_REQUEST,
                          "parameters of the URL go with GET; put \"%.40s\" into the body",
                          r->fields.list[0].name);
    else
        expect_body(r);
}

void serve_collect(serve_request *r, const char *bytes, size_t n)
{
    fc_error err = FC_ERROR_INIT;
    fc_status st = FC_OK;

    r->received += n;
    if (r->received > r->server->limits.body_bytes)
        too_large(r);
    if (r->reply.status != 0)
        return;
    if (!r->form)
        st = append(&r->body, bytes, n, &err);
    else if (r->server->mhd.post_process(r->parser, bytes, n) != MHD_YES)
        st = fc_error_set(&err, FC_E_INVALID, "the form is not well-formed");
    if (st != FC_OK)
        refuse(r, st, &err);
}

void serve_collect_end(serve_request *r)
{
    const bool whole =
        r->parser == NULL || r->server->mhd.destroy_post_processor(r->parser) == MHD_YES;

    r->parser = NULL;
    if (!whole && r->reply.status == 0)
        serve_reply_error(&r->reply, SERVE_BAD_REQUEST, "the form ends early");
}

void serve_collect_dispose(serve_request *r)
{
    if (r->parser != NULL)
        r->server->mhd.destroy_post_processor(r->parser);
    r->parser = NULL;
    serve_fields_dispose(&r->fields);
    free(r->body.data);
    free(r->file_name);
    r->body = (serve_bytes){NULL, 0, 0};
    r->file_name = NULL;
}
