/* What the threads of the queue do with a request. */
#include <stdlib.h>

#include "cli_stat.h"
#include "serve.h"

json_t *serve_health(serve_server *s)
{
    const serve_queue_state state = serve_queue_look(s->queue);

    return json_pack("{s:s,s:s,s:I,s:I,s:I}", "schema", "featcache.health/1", "status", "ok",
                     "answered", (json_int_t)atomic_load(&s->answered), "running",
                     (json_int_t)state.running, "waiting", (json_int_t)state.waiting);
}

fc_status serve_ask(serve_server *s, const serve_request *r, json_t *object, serve_question *asked,
                    fc_query_result **result, fc_error *err)
{
    const serve_file file = {.name = r->file_name != NULL ? r->file_name : "",
                             .bytes = r->file_name == NULL   ? NULL
                                      : r->body.data != NULL ? r->body.data
                                                             : "",
                             .n_bytes = r->body.n};
    serve_searcher searcher;
    fc_status st;

    *result = NULL;
    st = serve_question_read(asked, object, &file, &s->defaults, &s->scope, err);
    if (st == FC_OK)
        st = serve_searchers_take(s->searchers, &asked->scope, &searcher, err);
    if (st != FC_OK)
        return st;
    st = fc_searcher_query(searcher.searcher, &asked->q.query, result, err);
    serve_searchers_give(s->searchers, &searcher);
    return st;
}

static void answer_query(serve_server *s, serve_request *r)
{
    const bool json = r->post && !r->form;
    serve_question asked = {.names = NULL};
    fc_query_result *result = NULL;
    fc_error err = FC_ERROR_INIT;
    json_t *object = NULL;
    fc_status st;

    st = json
             ? serve_body_object(r->body.data != NULL ? r->body.data : "", r->body.n, &object, &err)
             : serve_fields_object(&r->fields, false, &object, &err);
    if (st == FC_OK)
        st = serve_ask(s, r, object, &asked, &result, &err);
    if (st == FC_OK)
        serve_reply_json(&r->reply, SERVE_OK, cli_answer_object(&asked.q, result));
    else
        serve_reply_failed(&r->reply, st, &err);
    fc_query_result_destroy(result);
    serve_question_dispose(&asked);
}

static void answer_stat(serve_server *s, serve_request *r)
{
    fc_snapshot *snapshot = NULL;
    fc_error err = FC_ERROR_INIT;
    cli_stat stat;
    fc_status st;

    if (r->fields.n > 0) {
        serve_reply_error(&r->reply, SERVE_BAD_REQUEST, "/stat takes no parameter \"%.40s\"",
                          r->fields.list[0].name);
        return;
    }
    st = fc_snapshot_begin(&snapshot, s->store, &err);
    if (st == FC_OK)
        st = cli_stat_gather(&stat, s->store, snapshot, &err);
    if (st == FC_OK) {
        serve_reply_json(&r->reply, SERVE_OK, cli_stat_object(&stat));
        cli_stat_dispose(&stat);
    } else {
        serve_reply_failed(&r->reply, st, &err);
    }
    fc_snapshot_end(snapshot);
}

void serve_work(void *server, void *request)
{
    serve_server *s = server;
    serve_request *r = request;

    if (r->route == SERVE_QUERY)
        answer_query(s, r);
    else if (r->route == SERVE_STAT)
        answer_stat(s, r);
    else
        serve_page(s, r);
    s->mhd.resume_connection(r->connection); /* from here on it belongs to the other thread */
}
