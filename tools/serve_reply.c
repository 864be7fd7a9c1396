/* Makes replies; without memory for one, a reply has no body. */
#include "serve_reply.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

unsigned serve_reply_status(fc_status status)
{
    switch (status) {
    case FC_OK:
        return SERVE_OK;
    case FC_E_INVALID:
    case FC_E_EXISTS:
        return SERVE_BAD_REQUEST;
    case FC_E_NOT_FOUND:
        return SERVE_NOT_FOUND;
    case FC_E_LIMIT:
        return SERVE_TOO_LARGE;
    case FC_E_FORMAT:
    case FC_E_UNSUPPORTED:
        return SERVE_UNPROCESSABLE;
    case FC_E_BUSY:
    case FC_E_NOMEM:
    case FC_E_CANCELLED:
        return SERVE_UNAVAILABLE;
    case FC_E_CORRUPT:
    case FC_E_VERSION:
    case FC_E_IO:
    case FC_E_FULL:
    case FC_E_CHANGED:
        break;
    }
    return SERVE_FAILED;
}

void serve_reply_json(serve_reply *r, unsigned status, json_t *object)
{
    char *text = cli_json_dump(object);
    const size_t n = text != NULL ? strlen(text) : 0;

    serve_reply_dispose(r);
    r->status = text != NULL ? status : SERVE_FAILED;
    if (text == NULL)
        return;
    r->body = text;
    r->body[n] = '\n'; /* in the place of the NUL: a line, as on the command line */
    r->n_bytes = n + 1;
}

void serve_reply_error(serve_reply *r, unsigned status, const char *fmt, ...)
{
    char message[FC_ERROR_MESSAGE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    serve_reply_json(r, status,
                     json_pack("{s:s,s:i,s:o}", "schema", "featcache.error/1", "status",
                               (int)status, "error", cli_json_text(message)));
}

void serve_reply_failed(serve_reply *r, fc_status status, const fc_error *err)
{
    serve_reply_error(r, serve_reply_status(status), "%s",
                      err->message[0] != '\0' ? err->message : fc_status_string(status));
}

void serve_reply_dispose(serve_reply *r)
{
    free(r->body);
    free(r->location);
    *r = (serve_reply){.status = 0};
}
