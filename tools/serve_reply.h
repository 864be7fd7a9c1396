/* What a client is answered: status, type and body. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "cli_json.h"

/* HTTP status codes that a server here gives. */
enum {
    SERVE_OK = 200,
    SERVE_SEE_OTHER = 303,
    SERVE_BAD_REQUEST = 400,
    SERVE_FORBIDDEN = 403,
    SERVE_NOT_FOUND = 404,
    SERVE_BAD_METHOD = 405,
    SERVE_TOO_LARGE = 413,
    SERVE_BAD_TYPE = 415,
    SERVE_UNPROCESSABLE = 422,
    SERVE_FAILED = 500,
    SERVE_UNAVAILABLE = 503
};

typedef struct serve_reply {
    unsigned status; /* 0: none yet */
    bool html;       /* else JSON */
    char *body;      /* its own; NULL: empty */
    size_t n_bytes;
    char *location; /* of SERVE_SEE_OTHER; its own */
} serve_reply;

/* The status of what a call of the library came back with. */
unsigned serve_reply_status(fc_status status);
/* @object is taken; NULL: no memory was left. */
void serve_reply_json(serve_reply *r, unsigned status, json_t *object);
/* {"schema": "featcache.error/1", "status": ..., "error": ...} */
void serve_reply_error(serve_reply *r, unsigned status, const char *fmt, ...) FC_PRINTF(3, 4);
/* The same of a failed call. */
void serve_reply_failed(serve_reply *r, fc_status status, const fc_error *err);
void serve_reply_dispose(serve_reply *r);

#endif /* SERVE_REPLY_H */
