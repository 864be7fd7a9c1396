/*
 * What the files of `featcache serve` share. The flow of a request:
 *
 *   serve_http.c        one thread: connections, headers, bodies; small answers at once
 *     serve_guard.c       who may ask
 *     serve_collect.c     a body, or the fields and the file of a form
 *     serve_clock.c       ends connections that are too slow
 *   serve_queue.c       a bounded queue to a few threads
 *     serve_work.c        one request: query, stat or page
 *       serve_question.c    what was asked
 *       serve_searchers.c   a searcher for it, with what it has open
 *       serve_page.c        the answer as a page
 *   serve_http.c        sends the reply
 */
#ifndef SERVE_H
#define SERVE_H

#include "serve_clock.h"
#include "serve_listen.h"
#include "serve_mhd.h"
#include "serve_question.h"
#include "serve_queue.h"
#include "serve_reply.h"
#include "serve_searchers.h"

typedef enum serve_route {
    SERVE_PAGE = 1, /* / */
    SERVE_QUERY,    /* /query */
    SERVE_STAT,     /* /stat */
    SERVE_HEALTH    /* /health */
} serve_route;

typedef struct serve_limits {
    uint64_t body_bytes, queue, connections, timeout_s;
} serve_limits;

typedef struct serve_server {
    fc_store *store;
    serve_scope scope; /* where no question says another */
    fc_query defaults; /* the caps of every query */
    serve_limits limits;
    char title[256]; /* of the page */
    uint16_t port;   /* 0: a Unix socket */
    serve_mhd mhd;
    struct MHD_Daemon *daemon;
    serve_queue *queue;
    serve_searchers *searchers;
    serve_clock *clock;
    _Atomic uint64_t answered; /* replies sent */
    _Atomic uint64_t open;     /* complete requests that have not been sent all of their reply */
    atomic_bool stopping;
} serve_server;

/* A body that grows up to the server's limit. */
typedef struct serve_bytes {
    char *data;
    size_t n, room;
} serve_bytes;

/* One request, from its first line until its reply has been sent. */
typedef struct serve_request {
    serve_server *server;
    struct MHD_Connection *connection;
    serve_ticker *ticker; /* of the connection */
    serve_route route;
    bool post, form;     /* a form: fields and perhaps a file, instead of a body */
    bool complete;       /* all of it has come: it is answered, also when the server stops */
    bool working;        /* in the queue, or in the hands of one of its threads */
    serve_fields fields; /* of the URL or of the form */
    bool in_file;        /* what comes of the form belongs to the file */
    struct MHD_PostProcessor *parser;
    serve_bytes body; /* the JSON, or the form's file */
    char *file_name;  /* NULL: none was sent */
    uint64_t received;
    serve_reply reply; /* status 0: none yet */
} serve_request;

/* --- serve_collect.c --- */

/* Look at the URL's parameters and the headers of the body. What is wrong becomes the reply. */
void serve_collect_begin(serve_request *r);
/* Take n bytes of the body; what is too much or wrong is dropped, and becomes the reply. */
void serve_collect(serve_request *r, const char *bytes, size_t n);
/* The body is complete. */
void serve_collect_end(serve_request *r);
void serve_collect_dispose(serve_request *r);

/* --- serve_http.c --- */

/* Start answering at the listener. FC_E_IO where the HTTP library cannot start. */
fc_status serve_http_start(serve_server *s, const serve_listener *l, fc_error *err);
/* Take no more connections; what was asked is answered. Until everything has been sent, or the
 * timeout of slow clients has passed. */
void serve_http_stop(serve_server *s);

/* --- serve_work.c --- */

/* Answer a request: a thread of the queue calls it. */
void serve_work(void *server, void *request);
json_t *serve_health(serve_server *s);
/* Ask the question that @object (taken) and the form's file are. *result is the caller's. */
fc_status serve_ask(serve_server *s, const serve_request *r, json_t *object, serve_question *asked,
                    fc_query_result **result, fc_error *err);

/* --- serve_page.c --- */

/* The search page: its form, and under it the answer to what was asked, or what was wrong. */
void serve_page(serve_server *s, serve_request *r);

#endif /* SERVE_H */
