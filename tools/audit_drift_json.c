/* The report of featcache audit drift as JSON. */
#include "audit_drift.h"

#include "cli_json.h"

#define PLACES 6

static json_t *measure(const fc_audit_measure *m)
{
    return cli_json_measure(m->value, m->low, m->high, m->null_value);
}

static json_t *side(const fc_drift_side *s)
{
    return json_pack("{s:o,s:o,s:I,s:o,s:o,s:o}", "encoder", cli_json_text(s->encoder),
                     "fingerprint", cli_json_text(s->fingerprint), "id", (json_int_t)s->version,
                     "output", cli_json_text(s->output), "items", cli_json_count(s->n_items),
                     "alone", cli_json_count(s->n_alone));
}

/* What does not apply, and why. */
static json_t *reasons(const fc_drift_view *v)
{
    json_t *list = json_array();

    for (int f = 0; f < FC_N_FIGURES; f++)
        if (v->why[f] != NULL)
            json_array_append_new(list, json_pack("{s:s,s:s}", "name",
                                                  fc_drift_figure_name((fc_drift_figure)f), "why",
                                                  v->why[f]));
    return list;
}

static json_t *view(const fc_drift_view *v)
{
    json_t *object =
        json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "pairs", cli_json_count(v->n), "queries",
                  cli_json_count(v->n_queries), "gallery", cli_json_count(v->n_gallery), "sample",
                  cli_json_count(v->n_sample), "dim_from", cli_json_count(v->dim_from), "dim_to",
                  cli_json_count(v->dim_to));

    for (int f = 0; f < FC_N_FIGURES; f++)
        json_object_set_new(object, fc_drift_figure_name((fc_drift_figure)f),
                            measure(&v->figures[f]));
    json_object_set_new(object, "mmd_p", cli_json_real(v->mmd_p, PLACES));
    json_object_set_new(object, "energy_p", cli_json_real(v->energy_p, PLACES));
    json_object_set_new(object, "auc_p", cli_json_real(v->auc_p, PLACES));
    json_object_set_new(object, "not_applicable", reasons(v));
    json_object_set_new(object, "change", cli_json_text(v->change));
    json_object_set_new(object, "change_words", cli_json_text(v->change_words));
    return object;
}

static json_t *curve(const fc_audit_drift_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_curve; i++)
        json_array_append_new(list, json_pack("{s:I,s:o}", "k", (json_int_t)r->curve_k[i],
                                              "neighbours", measure(&r->curve[i])));
    return list;
}

static json_t *groups(const fc_audit_drift_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_groups; i++) {
        const fc_drift_group *g = &r->groups[i];

        json_array_append_new(
            list,
            json_pack("{s:o,s:o,s:o,s:o,s:b,s:b,s:o,s:o,s:o,s:o}", "by", cli_json_text(g->by), "is",
                      cli_json_text(g->is), "n", cli_json_count(g->n), "queries",
                      cli_json_count(g->n_queries), "small", (int)g->small, "fails", (int)g->fails,
                      "cosine", measure(&g->cosine), "norm_ratio", measure(&g->norm_ratio),
                      "neighbours", measure(&g->neighbours), "old_index", measure(&g->old_index)));
    }
    return list;
}

static json_t *neighbours(const fc_query_hit *hits, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list,
                              json_pack("{s:o,s:o,s:o}", "dataset", cli_json_text(hits[i].dataset),
                                        "id", cli_json_text(hits[i].id), "score",
                                        cli_json_real(hits[i].score, PLACES)));
    return list;
}

static json_t *moved(const fc_audit_drift_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_moved; i++) {
        const fc_drift_moved *m = &r->moved[i];

        json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "dataset",
                                              cli_json_text(m->sample->dataset), "id",
                                              cli_json_text(m->sample->id), "cosine",
                                              cli_json_real(m->cosine, PLACES), "overlap",
                                              cli_json_real(m->overlap, PLACES), "old",
                                              neighbours(m->old_neighbours, m->n_old), "new",
                                              neighbours(m->new_neighbours, m->n_new)));
    }
    return list;
}

static json_t *changes(const fc_audit_drift_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_changes; i++) {
        const fc_drift_change *c = &r->changes[i];

        json_array_append_new(list, json_pack("{s:s,s:o,s:o,s:o}", "part", c->part, "key",
                                              cli_json_text(c->key), "from", cli_json_text(c->from),
                                              "to", cli_json_text(c->to)));
    }
    return list;
}

static json_t *checks(const fc_audit_drift_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_checks; i++) {
        const fc_drift_check *c = &r->checks[i];

        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:o,s:o,s:s,s:o,s:o,s:o,s:b}", "of", c->section,
                                        "figure", c->figure, "by", cli_json_text(c->by), "is",
                                        cli_json_text(c->is), "bound", c->most ? "most" : "least",
                                        "limit", cli_json_real(c->bound, PLACES), "value",
                                        cli_json_real(c->value, PLACES), "judged",
                                        cli_json_real(c->judged, PLACES), "holds", (int)c->holds));
    }
    return list;
}

cli_exit audit_drift_json(const fc_audit_drift_report *r, const fc_audit_drift_options *opts)
{
    json_t *object = json_pack(
        "{s:s,s:s,s:b,s:s,s:o,s:s,s:o,s:o,s:o,s:o}", "schema", "featcache.audit.drift/1", "verdict",
        fc_drift_verdict_name(r->verdict), "fails", (int)r->fails, "reason", r->reason, "policy",
        cli_json_text(r->policy), "fail_on", r->fail_on, "from", side(&r->from), "to", side(&r->to),
        "dataset", cli_json_text(opts->dataset), "where", cli_json_text(opts->where));

    if (object == NULL)
        return cli_json_print(NULL);
    json_object_set_new(object, "pooling", cli_json_text(r->pooling));
    json_object_set_new(object, "k", json_integer(r->k));
    json_object_set_new(object, "seed", cli_json_count(r->seed));
    json_object_set_new(object, "checks", checks(r));
    json_object_set_new(object, "changes", changes(r));
    json_object_set_new(object, "changes_words", cli_json_text(r->changes_words));
    json_object_set_new(object, "overall", view(&r->overall));
    json_object_set_new(object, "positions",
                        r->positions.n > 0 ? view(&r->positions) : json_null());
    json_object_set_new(object, "unalike", cli_json_count(r->n_unalike));
    json_object_set_new(object, "curve", curve(r));
    json_object_set_new(object, "groups", groups(r));
    json_object_set_new(object, "groups_left_out", cli_json_count(r->n_groups_left_out));
    json_object_set_new(object, "moved", moved(r));
    json_object_set_new(object, "seconds", cli_json_real(r->seconds, 3));
    return cli_json_print(object);
}
