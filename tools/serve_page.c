/*
 * The search page. A form that brought no file is sent on to the address that says the same, which
 * can be kept and gone back to.
 */
#include <stdlib.h>
#include <string.h>

#include "serve.h"

/* What there is to choose from. Strings of the snapshot and of the list. */
typedef struct choices {
    fc_snapshot *snapshot;
    fc_space_list *space_list;
    const char **spaces, **encoders, **datasets;
    size_t n_spaces, n_encoders, n_datasets;
} choices;

static void choices_dispose(choices *c)
{
    free(c->spaces);
    free(c->encoders);
    free(c->datasets);
    fc_space_list_destroy(c->space_list);
    fc_snapshot_end(c->snapshot);
}

/* Add a name once: encoders have a version a row. */
static void add_name(const char **list, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i], name) == 0)
            return;
    list[(*n)++] = name;
}

static fc_status find_choices(choices *c, fc_store *store, fc_error *err)
{
    const fc_encoder_info *encoders;
    const fc_dataset_info *datasets;
    size_t n_encoders = 0, n_datasets = 0;
    fc_status st;

    st = fc_snapshot_begin(&c->snapshot, store, err);
    if (st == FC_OK)
        st = fc_spaces(c->snapshot, &c->space_list, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(c->snapshot, &encoders, &n_encoders, err);
    if (st == FC_OK)
        st = fc_snapshot_datasets(c->snapshot, &datasets, &n_datasets, err);
    if (st != FC_OK)
        return st;
    c->spaces = calloc(c->space_list->n + 1, sizeof(*c->spaces));
    c->encoders = calloc(n_encoders + 1, sizeof(*c->encoders));
    c->datasets = calloc(n_datasets + 1, sizeof(*c->datasets));
    if (c->spaces == NULL || c->encoders == NULL || c->datasets == NULL)
        return fc_error_set(err, FC_E_NOMEM, "no memory left for a page");
    for (size_t i = 0; i < c->space_list->n; i++)
        c->spaces[c->n_spaces++] = c->space_list->spaces[i].name;
    for (size_t i = 0; i < n_encoders; i++)
        add_name(c->encoders, &c->n_encoders, encoders[i].name);
    for (size_t i = 0; i < n_datasets; i++)
        c->datasets[c->n_datasets++] = datasets[i].name;
    return FC_OK;
}

static fc_report_form make_form(const serve_server *s, const serve_request *r, const choices *c)
{
    fc_report_form f = FC_REPORT_FORM_INIT;

    f.text = serve_fields_get(&r->fields, "text");
    f.id = serve_fields_get(&r->fields, "id");
    f.modality = serve_fields_get(&r->fields, "modality");
    f.space = serve_fields_get(&r->fields, "space");
    f.calibrate = serve_fields_get(&r->fields, "calibrate");
    f.encoder = serve_fields_get(&r->fields, "encoder");
    f.dataset = serve_fields_get(&r->fields, "dataset");
    f.where = serve_fields_get(&r->fields, "where");
    f.k = serve_fields_get(&r->fields, "k");
    f.explain = serve_fields_get(&r->fields, "explain");
    f.no_space = s->scope.space;
    f.no_encoder = s->scope.encoder;
    f.spaces = c->spaces;
    f.n_spaces = c->n_spaces;
    f.encoders = c->encoders;
    f.n_encoders = c->n_encoders;
    f.datasets = c->datasets;
    f.n_datasets = c->n_datasets;
    return f;
}

/* ---- to the address that says the same ---- */

static void put_encoded(FILE *to, const char *s)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *s != '\0'; s++)
        if (strchr(plain, *s) != NULL)
            fputc(*s, to);
        else
            fprintf(to, "%%%02X", (unsigned)(unsigned char)*s);
}

static void send_on(serve_request *r)
{
    char *url = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&url, &n);
    char before = '?';

    if (to == NULL)
        return;
    fputc('/', to);
    for (size_t i = 0; i < r->fields.n; i++) {
        const serve_field *f = &r->fields.list[i];

        if (f->value_bytes == 0)
            continue;
        fputc(before, to);
        before = '&';
        put_encoded(to, f->name);
        fputc('=', to);
        put_encoded(to, f->value);
    }
    if (fclose(to) != 0) {
        free(url);
        return;
    }
    r->reply.status = SERVE_SEE_OTHER;
    r->reply.location = url;
}

/* ---- the page ---- */

static bool was_asked(const serve_request *r)
{
    if (r->file_name != NULL)
        return true;
    for (size_t i = 0; i < r->fields.n; i++)
        if (r->fields.list[i].value_bytes > 0)
            return true;
    return false;
}

static fc_status ask(serve_server *s, const serve_request *r, serve_question *asked,
                     fc_query_result **result, fc_error *err)
{
    json_t *object = NULL;
    fc_status st = serve_fields_object(&r->fields, true, &object, err);
    const json_t *k = st == FC_OK ? json_object_get(object, "k") : NULL;

    if (json_is_integer(k) && json_integer_value(k) > FC_REPORT_HITS_MAX)
        st = fc_error_set(err, FC_E_INVALID, "a page shows %d hits at most; /query gives more",
                          FC_REPORT_HITS_MAX);
    if (st != FC_OK) {
        json_decref(object);
        return st;
    }
    return serve_ask(s, r, object, asked, result, err);
}

static void put_page(serve_server *s, serve_request *r, const choices *c,
                     const fc_report_query *shown, fc_status asked, const fc_error *why)
{
    const fc_report_form form = make_form(s, r, c);
    const char *problem = asked == FC_OK            ? NULL
                          : why->message[0] != '\0' ? why->message
                                                    : fc_status_string(asked);
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    st = fc_report_search(s->title, &form, shown, problem, &r->reply.body, &r->reply.n_bytes, &err);
    if (st != FC_OK) {
        serve_reply_failed(&r->reply, st, &err);
        return;
    }
    r->reply.html = true;
    r->reply.status = serve_reply_status(asked);
}

void serve_page(serve_server *s, serve_request *r)
{
    serve_question asked = {.names = NULL};
    fc_query_result *result = NULL;
    fc_report_query shown;
    fc_error err = FC_ERROR_INIT, why = FC_ERROR_INIT;
    choices c = {.snapshot = NULL};
    fc_status st, answer = FC_OK;

    if (r->post && r->file_name == NULL) {
        send_on(r);
        if (r->reply.status == 0)
            serve_reply_error(&r->reply, SERVE_UNAVAILABLE, "no memory left for an address");
        return;
    }
    st = find_choices(&c, s->store, &err);
    if (st == FC_OK) {
        if (was_asked(r))
            answer = ask(s, r, &asked, &result, &why);
        shown = (fc_report_query){&asked.q.query, result};
        put_page(s, r, &c, result != NULL ? &shown : NULL, answer, &why);
    } else {
        serve_reply_failed(&r->reply, st, &err);
    }
    fc_query_result_destroy(result);
    serve_question_dispose(&asked);
    choices_dispose(&c);
}
