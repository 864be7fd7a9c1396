/* The report of featcache audit space as one JSON object. */
#include "audit_space.h"
#include "cli_json.h"

static json_t *measure(const fc_audit_measure *m)
{
    return cli_json_measure(m->value, m->low, m->high, m->null_value);
}

static json_t *modality_name(fc_modality m)
{
    return json_string(fc_modality_name(m));
}

static json_t *shares_of(const fc_audit_shape *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_shares; i++)
        json_array_append_new(
            list, json_pack("{s:o,s:o,s:o}", "from", modality_name(s->shares[i].from), "to",
                            modality_name(s->shares[i].to), "share", measure(&s->shares[i].share)));
    return list;
}

static json_t *shape(const fc_audit_shape *s)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "items", cli_json_count(s->items),
                     "sampled", cli_json_count(s->sampled), "hub_skewness", measure(&s->hubs),
                     "never_found", measure(&s->never), "mean_cosine", measure(&s->cosine),
                     "effective_rank", measure(&s->effective_rank), "two_nn", measure(&s->two_nn),
                     "mle_dimension", measure(&s->mle), "shares", shares_of(s));
}

static json_t *modalities_of(const fc_audit_space_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_modalities; i++) {
        const fc_audit_modality *m = &r->modalities[i];

        json_array_append_new(list,
                              json_pack("{s:o,s:o,s:o,s:o}", "name", modality_name(m->modality),
                                        "without_direction", cli_json_count(m->without_direction),
                                        "alone", shape(&m->alone), "without",
                                        m->without.items > 0 ? shape(&m->without) : json_null()));
    }
    return list;
}

static json_t *gaps_of(const fc_audit_space_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_gaps; i++) {
        const fc_audit_gap *g = &r->gaps[i];

        json_array_append_new(
            list,
            json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "from", modality_name(g->a),
                      "to", modality_name(g->b), "length", measure(&g->length), "pairs",
                      cli_json_count(g->pairs), "separability", measure(&g->separability),
                      "separability_p", cli_json_real(g->separability_p, 6), "residual",
                      measure(&g->residual), "residual_p", cli_json_real(g->residual_p, 6),
                      "cosine_from", cli_json_real(g->cosine_a, 6), "cosine_to",
                      cli_json_real(g->cosine_b, 6), "cosine_between",
                      cli_json_real(g->cosine_ab, 6)));
    }
    return list;
}

static json_t *sample_of(const fc_audit_sample *s)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "dataset", cli_json_text(s->dataset), "id",
                     cli_json_text(s->id), "modality", modality_name(s->modality), "group",
                     cli_json_text_or_null(s->group), "split", cli_json_text_or_null(s->split),
                     "path", cli_json_text_or_null(s->path), "content", cli_json_count(s->content));
}

static json_t *hubs_of(const fc_audit_space_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_hubs; i++) {
        json_t *one = sample_of(&r->hubs[i].sample);

        json_object_set_new(one, "count", cli_json_count(r->hubs[i].count));
        json_object_set_new(one, "mean", cli_json_real(r->hubs[i].expected, 6));
        json_array_append_new(list, one);
    }
    return list;
}

/* Adds the figures of one list of queries. */
static void add_recall(json_t *to, const fc_audit_recall *q)
{
    json_t *at = json_pack("{s:o,s:o,s:o}", "1", measure(&q->at[0]), "5", measure(&q->at[1]), "10",
                           measure(&q->at[2]));

    json_object_set_new(to, "queries", cli_json_count(q->queries));
    json_object_set_new(to, "groups", cli_json_count(q->groups));
    json_object_set_new(to, "gallery", cli_json_count(q->gallery));
    json_object_set_new(to, "recall", at);
    json_object_set_new(to, "mrr", measure(&q->mrr));
    json_object_set_new(to, "median_rank", measure(&q->median_rank));
}

/* Pairs of modalities, each with its values of columns, which follow it in the report. */
static json_t *recalls_of(const fc_audit_space_report *r)
{
    json_t *list = json_array(), *values = NULL;

    for (size_t i = 0; i < r->n_recalls; i++) {
        const fc_audit_recall *q = &r->recalls[i];
        const bool is_pair = q->column == NULL;
        json_t *one = is_pair ? json_pack("{s:o,s:o}", "from", modality_name(q->from), "to",
                                          modality_name(q->to))
                              : json_pack("{s:o,s:o}", "by", cli_json_text(q->column), "is",
                                          cli_json_text(q->value));

        add_recall(one, q);
        json_array_append_new(is_pair ? list : values, one);
        if (is_pair)
            json_object_set_new(one, "values", values = json_array());
    }
    return list;
}

static json_t *leak_of(const fc_audit_leak *leak)
{
    json_t *samples = json_array();

    for (size_t i = 0; i < leak->n_shown; i++)
        json_array_append_new(samples, sample_of(&leak->samples[i]));
    return json_pack("{s:o,s:o,s:o}", "n", cli_json_count(leak->n), "low",
                     cli_json_real(leak->low, 6), "samples", samples);
}

static json_t *leakage_of(const fc_audit_space_report *r)
{
    json_t *list = json_array();
    const char *state = r->leakage == FC_LEAKAGE_MEASURED    ? "measured"
                        : r->leakage == FC_LEAKAGE_NO_SPLITS ? "no splits"
                                                             : "too many";

    for (size_t i = 0; i < r->n_leaks; i++)
        json_array_append_new(list, leak_of(&r->leaks[i]));
    return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "state", state, "near", cli_json_real(r->near, 6),
                     "compared", cli_json_count(r->leak_compared), "n_sets",
                     cli_json_count(r->n_leak_sets), "n_samples", cli_json_count(r->n_leak_samples),
                     "sets", list);
}

static json_t *sentences(const char *const *list, size_t n)
{
    json_t *out = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, cli_json_text(list[i]));
    return out;
}

cli_exit audit_space_json(const fc_audit_space_report *r)
{
    json_t *o = json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:o,s:o}", "schema",
                          "featcache.audit.space/1", "space", cli_json_text(r->space), "version",
                          r->space != NULL ? json_integer(r->version) : json_null(), "encoder",
                          cli_json_text(r->encoder), "fingerprint", cli_json_text(r->fingerprint),
                          "output", cli_json_text(r->output), "dim", cli_json_count(r->dim), "k",
                          (json_int_t)r->k, "findings", sentences(r->findings, r->n_findings),
                          "notes", sentences(r->notes, r->n_notes));

    if (o == NULL)
        return cli_json_print(NULL);
    json_object_set_new(o, "whole", shape(&r->whole));
    json_object_set_new(o, "modalities", modalities_of(r));
    json_object_set_new(o, "gaps", gaps_of(r));
    json_object_set_new(o, "hubs", hubs_of(r));
    json_object_set_new(o, "split", cli_json_text(r->split));
    json_object_set_new(o, "seen", json_boolean(r->seen));
    json_object_set_new(o, "recall", recalls_of(r));
    json_object_set_new(o, "leakage", leakage_of(r));
    json_object_set_new(o, "seconds", cli_json_real(r->seconds, 3));
    return cli_json_print(o);
}
