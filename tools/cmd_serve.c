/* featcache serve: a store that answers many queries, with its models and indexes open. */
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_args.h"
#include "cli_caps.h"
#include "cli_neural.h"
#include "serve.h"

#define BODY_DEFAULT        (UINT64_C(64) << 20)
#define QUEUE_DEFAULT       64
#define CONNECTIONS_DEFAULT 256
#define TIMEOUT_DEFAULT     30
#define JOBS_MAX            64

typedef struct serve {
    const char *socket, *space, *encoder, *output;
    uint64_t port, jobs;
    serve_limits limits;
    cli_caps caps;
    cli_neural neural;
    bool exact, lazy, json;
} serve;

static const cli_usage usage = {
    .name = "serve",
    .synopsis = "STORE [--socket PATH | --port N] [OPTION]...",
    .about =
        "Answer queries over HTTP on this machine until SIGINT or SIGTERM, with models and indexes\n"
        "kept open: GET or POST /query (what featcache query --json prints), GET /stat, GET\n"
        "/health, and at / a search page. Each query sees the newest sealed data. Prints the\n"
        "address when it is ready.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache serve birds.store --port 8080\n"
                "featcache serve birds.store --socket birds.sock --space clip-vit-b32\n"
                "curl 'http://127.0.0.1:8080/query?text=a+red+bird&k=3'\n"
                "curl --unix-socket birds.sock -F file=@wren.jpg http://localhost/query\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

/* A name that is not there is told now, not with the first query. */
static fc_status check_scope(fc_store *store, const serve *o, fc_error *err)
{
    const fc_encoder_info *encoder;
    fc_space_list *spaces = NULL;
    fc_snapshot *snapshot = NULL;
    bool found = o->space == NULL;
    fc_status st;

    st = fc_snapshot_begin(&snapshot, store, err);
    if (st == FC_OK && o->encoder != NULL && o->space == NULL)
        st = fc_snapshot_find_encoder(snapshot, o->encoder, &encoder, err);
    if (st == FC_OK && o->space != NULL)
        st = fc_spaces(snapshot, &spaces, err);
    for (size_t i = 0; st == FC_OK && spaces != NULL && i < spaces->n; i++)
        found = found || strcmp(spaces->spaces[i].name, o->space) == 0;
    if (st == FC_OK && !found)
        st = fc_error_set(err, FC_E_NOT_FOUND,
                          "the store has no space '%s'; featcache space lists them", o->space);
    fc_space_list_destroy(spaces);
    fc_snapshot_end(snapshot);
    return st;
}

static fc_status listen_at(const serve *o, serve_listener *l, fc_error *err)
{
    return o->socket != NULL ? serve_listen_unix(l, o->socket, err)
                             : serve_listen_loopback(l, (uint16_t)o->port, err);
}

static cli_exit print_address(const serve *o, const serve_listener *l)
{
    char url[48];

    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)l->port);
    if (o->json)
        return cli_flush(cli_json_print(
            json_pack("{s:s,s:o,s:o,s:o,s:I}", "schema", "featcache.serve/1", "url",
                      o->socket == NULL ? json_string(url) : json_null(), "port",
                      o->socket == NULL ? cli_json_count(l->port) : json_null(), "socket",
                      cli_json_text(o->socket), "pid", (json_int_t)getpid())));
    cli_put_text(stdout, o->socket != NULL ? o->socket : url);
    putchar('\n');
    return cli_flush(CLI_OK);
}

/* Until a signal; slow clients are looked after meanwhile. */
static void wait_for_stop(serve_server *s)
{
    while (!cli_stopped(NULL)) {
        (void)poll(NULL, 0, 200); /* a signal ends it */
        serve_clock_sweep(s->clock);
    }
}

/* Signals are for the thread that waits for them. */
static void block_signals(sigset_t *before)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

static fc_status start(serve_server *s, const serve *o, const fc_searcher_options *opts,
                       const serve_listener *l, fc_error *err)
{
    sigset_t before;
    fc_status st;

    block_signals(&before);
    st = serve_clock_create(&s->clock, s->limits.timeout_s, err);
    if (st == FC_OK)
        st = serve_searchers_create(&s->searchers, (size_t)o->jobs, s->store, opts, err);
    if (st == FC_OK && !o->lazy)
        serve_searchers_warm(s->searchers, &s->scope, &s->defaults);
    if (st == FC_OK)
        st = serve_queue_start(&s->queue, (size_t)o->jobs, (size_t)s->limits.queue, serve_work, s,
                               err);
    if (st == FC_OK)
        st = serve_http_start(s, l, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return st;
}

static void release(serve_server *s)
{
    serve_http_stop(s);
    serve_queue_destroy(s->queue);
    serve_searchers_destroy(s->searchers);
    serve_clock_destroy(s->clock);
}

static fc_searcher_options searcher_options(serve *o)
{
    fc_searcher_options opts = FC_SEARCHER_OPTIONS_INIT;
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    const uint64_t processors = n > 0 ? (uint64_t)n : 1;

    if (o->jobs == 0)
        o->jobs = processors < 4 ? processors : 4;
    opts.exact = o->exact;
    opts.n_threads = (uint32_t)(processors > o->jobs ? processors / o->jobs : 1);
    opts.neural = cli_neural_options(&o->neural);
    return opts;
}

/* "birds.store, featcache", however the folder was named. */
static void set_title(serve_server *s, const char *path)
{
    char *whole = realpath(path, NULL);
    const char *name = whole != NULL ? strrchr(whole, '/') + 1 : path;

    snprintf(s->title, sizeof(s->title), "%.200s, featcache", name[0] != '\0' ? name : path);
    free(whole);
}

static cli_exit run(serve *o, const char *path)
{
    const fc_searcher_options opts = searcher_options(o);
    serve_server s = {
        .scope = {o->space, o->encoder, o->output}, .defaults = FC_QUERY_INIT, .limits = o->limits};
    serve_listener l = SERVE_LISTENER_INIT;
    fc_error err = FC_ERROR_INIT;
    cli_exit end;
    fc_status st;

    end = cli_open_store(&s.store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    cli_caps_apply(&o->caps, &s.defaults);
    set_title(&s, path);
    st = check_scope(s.store, o, &err);
    if (st == FC_OK)
        st = serve_mhd_load(&s.mhd, &err);
    if (st == FC_OK)
        st = listen_at(o, &l, &err);
    s.port = l.port;
    cli_stop_install("what runs");
    if (st == FC_OK)
        st = start(&s, o, &opts, &l, &err);
    if (st == FC_OK)
        end = print_address(o, &l);
    if (st == FC_OK && end == CLI_OK)
        wait_for_stop(&s);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    release(&s);
    serve_listen_close(&l);
    fc_store_close(s.store);
    return end;
}

cli_exit cmd_serve(int argc, char **argv)
{
    serve o = {.limits = {BODY_DEFAULT, QUEUE_DEFAULT, CONNECTIONS_DEFAULT, TIMEOUT_DEFAULT},
               .port = 0};
    uint64_t no_port = UINT64_MAX;
    const cli_option options[] = {
        {"socket", 0, CLI_TEXT, "PATH",
         "listen at this Unix socket, which only you can open; one\nthat nobody listens at is "
         "replaced",
         &o.socket, 0, 0, NULL},
        {"port", 0, CLI_NUMBER, "N",
         "listen at this port of 127.0.0.1; 0, the default, is one\nthat is free", &no_port, 0,
         65535, NULL},
        {"space", 0, CLI_TEXT, "NAME", "search this space where a question names none", &o.space, 0,
         0, NULL},
        {"encoder", 0, CLI_TEXT, "NAME",
         "encoder version to search where a question names none;\ndefault: the newest that fits it",
         &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "output to search where a question names none", &o.output,
         0, 0, NULL},
        {"exact", 0, CLI_FLAG, NULL, "compare with every item, whatever index there is", &o.exact,
         0, 0, NULL},
        {"lazy", 0, CLI_FLAG, NULL,
         "load models and indexes with the first query that needs\nthem, not at the start", &o.lazy,
         0, 0, NULL},
        {"jobs", 0, CLI_NUMBER, "N",
         "queries at the same time, each with models and indexes of\nits own; default: one a "
         "processor, at most 4",
         &o.jobs, 1, JOBS_MAX, NULL},
        {"queue", 0, CLI_NUMBER, "N", "queries that may wait; more are answered 503. Default: 64",
         &o.limits.queue, 1, 65536, NULL},
        {"max-connections", 0, CLI_NUMBER, "N", "connections at the same time; default: 256",
         &o.limits.connections, 1, 65536, NULL},
        {"max-body-bytes", 0, CLI_SIZE, "SIZE", "refuse larger requests; default: 64M",
         &o.limits.body_bytes, 1, INT64_MAX, NULL},
        {"timeout-s", 0, CLI_NUMBER, "N",
         "seconds in which a client must send a request or take a\nreply; default: 30",
         &o.limits.timeout_s, 1, 86400, NULL},
        CLI_OPTIONS_CAPS(&o.caps, "256M"),
        CLI_OPTIONS_NEURAL(&o.neural),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.socket != NULL && no_port != UINT64_MAX)
        return cli_usage_error("serve", "give one of --socket and --port");
    if (o.space != NULL && o.output != NULL)
        return cli_usage_error("serve", "--output: a space has its outputs; give one of --space "
                                        "and --output");
    o.port = no_port != UINT64_MAX ? no_port : 0;
    return run(&o, operands.items[0]);
}
