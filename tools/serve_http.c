/*
 * The HTTP side, in one thread of libmicrohttpd. A request that needs the store is suspended and
 * put into the queue; the thread that has answered it lets it go on.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "serve.h"
#include "serve_guard.h"

#define HEADER_BYTES  32768 /* of all headers of a request */
#define RETRY_SECONDS "1"

static const char *header(const serve_request *r, const char *name)
{
    return r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* ---- replies ---- */

/* What a browser is told: nothing of the page may run, load, be framed, be kept or tell of us. */
static const char *const safety[][2] = {
    {"Content-Security-Policy", "default-src 'none'; img-src data:; media-src data:; style-src "
                                "'unsafe-inline'; form-action 'self'; base-uri 'none'; "
                                "frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

static void add_headers(const serve_request *r, struct MHD_Response *response)
{
    const serve_mhd *mhd = &r->server->mhd;

    for (size_t i = 0; i < sizeof(safety) / sizeof(safety[0]); i++)
        mhd->add_response_header(response, safety[i][0], safety[i][1]);
    mhd->add_response_header(response, "Content-Type",
                             r->reply.html ? "text/html; charset=utf-8" : "application/json");
    if (r->reply.location != NULL)
        mhd->add_response_header(response, "Location", r->reply.location);
    if (r->reply.status == SERVE_UNAVAILABLE)
        mhd->add_response_header(response, "Retry-After", RETRY_SECONDS);
    if (r->reply.status == SERVE_BAD_METHOD)
        mhd->add_response_header(response, "Allow", "GET, POST");
    if (atomic_load(&r->server->stopping))
        mhd->add_response_header(response, "Connection", "close");
}

static enum MHD_Result send_reply(serve_request *r)
{
    const serve_mhd *mhd = &r->server->mhd;
    struct MHD_Response *response;
    enum MHD_Result sent;

    response =
        mhd->create_response_from_buffer(r->reply.n_bytes, r->reply.body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        return MHD_NO;
    r->reply.body = NULL; /* the response's */
    add_headers(r, response);
    serve_clock_client(r->server->clock, r->ticker);
    sent = mhd->queue_response(r->connection, r->reply.status, response);
    mhd->destroy_response(response);
    atomic_fetch_add(&r->server->answered, 1);
    return sent;
}

/* ---- requests ---- */

static bool find_route(const char *path, serve_route *out)
{
    static const struct {
        const char *path;
        serve_route route;
    } routes[] = {{"/", SERVE_PAGE},
                  {"/query", SERVE_QUERY},
                  {"/stat", SERVE_STAT},
                  {"/health", SERVE_HEALTH}};

    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if (strcmp(path, routes[i].path) == 0) {
            *out = routes[i].route;
            return true;
        }
    return false;
}

/* Whether a browser asks for a page that is not ours. */
static bool is_foreign(const serve_request *r)
{
    const uint16_t port = r->server->port;

    return port != 0 && (!serve_guard_host(header(r, "Host"), port) ||
                         !serve_guard_origin(header(r, "Origin"), header(r, "Sec-Fetch-Site"),
                                             header(r, "Sec-Fetch-Mode"), r->post, port));
}

/* What can be said of a request before its body: the reply is set where that is all. */
static void examine(serve_request *r, const char *path, const char *method)
{
    const bool get = strcmp(method, "GET") == 0;

    r->post = strcmp(method, "POST") == 0;
    if (is_foreign(r))
        serve_reply_error(
            &r->reply, SERVE_FORBIDDEN,
            "only http://localhost:%u and http://127.0.0.1:%u are served, to their own "
            "pages and to programs",
            (unsigned)r->server->port, (unsigned)r->server->port);
    else if (!find_route(path, &r->route))
        serve_reply_error(&r->reply, SERVE_NOT_FOUND,
                          "no '%.64s' here; there are /, /query, /stat and /health", path);
    else if (!get && (!r->post || r->route == SERVE_STAT || r->route == SERVE_HEALTH))
        serve_reply_error(&r->reply, SERVE_BAD_METHOD, "%.16s is not for %s: use GET%s", method,
                          path,
                          r->route == SERVE_STAT || r->route == SERVE_HEALTH ? "" : " or POST");
    else if (atomic_load(&r->server->stopping))
        serve_reply_error(&r->reply, SERVE_UNAVAILABLE, "the server stops");
    else
        serve_collect_begin(r);
}

static serve_request *begin_request(serve_server *s, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info;
    serve_request *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return NULL;
    r->server = s;
    r->connection = connection;
    info = s->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    r->ticker = info != NULL ? info->socket_context : NULL;
    return r;
}

/* All has come: answer, or let a thread of the queue do so. */
static enum MHD_Result finish_request(serve_request *r)
{
    serve_server *s = r->server;

    r->complete = true;
    atomic_fetch_add(&s->open, 1);
    serve_collect_end(r);
    if (r->reply.status == 0 && r->route == SERVE_HEALTH)
        serve_reply_json(&r->reply, SERVE_OK, serve_health(s));
    if (r->reply.status != 0)
        return send_reply(r);
    serve_clock_ours(s->clock, r->ticker);
    r->working = true;
    s->mhd.suspend_connection(r->connection);
    if (serve_queue_put(s->queue, r))
        return MHD_YES;
    serve_reply_error(&r->reply, SERVE_UNAVAILABLE,
                      "%llu requests wait already (--queue); ask again later",
                      (unsigned long long)s->limits.queue);
    s->mhd.resume_connection(r->connection);
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *data, size_t *n_data, void **state)
{
    serve_request *r = *state;

    (void)version;
    if (r == NULL) {
        r = *state = begin_request(context, connection);
        if (r == NULL)
            return MHD_NO;
        examine(r, path, method);
        /* Who asks before sending a body (Expect: 100-continue) is told before. */
        return r->reply.status != 0 && header(r, "Expect") != NULL ? send_reply(r) : MHD_YES;
    }
    if (*n_data > 0) {
        serve_collect(r, data, *n_data);
        *n_data = 0;
        return MHD_YES;
    }
    return r->working ? send_reply(r) : finish_request(r);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    serve_server *s = context;
    serve_request *r = *state;

    (void)connection;
    (void)why;
    if (r == NULL)
        return;
    serve_clock_client(s->clock, r->ticker);
    if (r->complete)
        atomic_fetch_sub(&s->open, 1);
    serve_collect_dispose(r);
    serve_reply_dispose(&r->reply);
    free(r);
    *state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what)
{
    serve_server *s = context;
    const union MHD_ConnectionInfo *info;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        serve_clock_remove(s->clock, *state);
        *state = NULL;
        return;
    }
    info = s->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *state = info != NULL ? serve_clock_add(s->clock, info->connect_fd) : NULL;
}

/* ---- start and stop ---- */

/* The library's own messages are about clients that go away. */
static void discard(void *context, const char *fmt, va_list args)
{
    (void)context;
    (void)fmt;
    (void)args;
}

fc_status serve_http_start(serve_server *s, const serve_listener *l, fc_error *err)
{
    const unsigned flags =
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

    s->daemon = s->mhd.start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, discard, NULL,
        MHD_OPTION_LISTEN_SOCKET, l->fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)s->limits.connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)s->limits.timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
        MHD_OPTION_END);
    return s->daemon != NULL ? FC_OK : fc_error_set(err, FC_E_IO, "the HTTP library cannot start");
}

static void nap(void)
{
    const struct timespec t = {.tv_nsec = 10000000};

    nanosleep(&t, NULL);
}

void serve_http_stop(serve_server *s)
{
    time_t end;

    if (s->daemon == NULL)
        return;
    atomic_store(&s->stopping, true);
    (void)s->mhd.quiesce_daemon(s->daemon); /* the listener is closed by who opened it */
    serve_queue_drain(s->queue);
    end = time(NULL) + (time_t)s->limits.timeout_s;
    while (atomic_load(&s->open) > 0 && time(NULL) <= end)
        nap();
    s->mhd.stop_daemon(s->daemon);
    s->daemon = NULL;
}
