/* The answer to a query as a table or as a JSON object. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli_ask.h"

#define EXCERPT_BYTES 72

/* Nothing for the whole of a file. */
static void put_span(json_t *object, double start_s, double end_s)
{
    if (start_s == 0 && end_s == 0)
        return;
    json_object_set_new(object, "start_s", cli_json_real(start_s, 9));
    json_object_set_new(object, "end_s", end_s != 0 ? cli_json_real(end_s, 9) : json_null());
}

/* Where the vector was read from; of one that stood in the question only that it did. */
static const char *vector_name(const cli_vector *v)
{
    return v->path != NULL ? v->path : v->tensor.data != NULL ? "inline" : NULL;
}

/* What was asked with, under its kind. */
static void put_term_value(json_t *object, const fc_query_term *t, const cli_vector *v)
{
    switch (t->kind) {
    case FC_QUERY_TEXT:
        json_object_set_new(object, "text", cli_json_text(t->value));
        break;
    case FC_QUERY_FILE:
        json_object_set_new(object, "file", cli_json_text(t->value));
        break;
    case FC_QUERY_ID:
        json_object_set_new(object, "id", cli_json_text(t->value));
        break;
    case FC_QUERY_VECTOR:
        json_object_set_new(object, "vector", cli_json_text(vector_name(v)));
        break;
    }
}

static json_t *terms_json(const cli_question *q, const fc_query_result *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < q->n_terms; i++) {
        const fc_query_term *t = &q->terms[i];
        json_t *one = json_pack("{s:o,s:s,s:o}", "weight", cli_json_real(t->weight, 9), "modality",
                                fc_modality_name(r->terms[i].modality), "encoder",
                                cli_json_text_or_null(r->terms[i].encoder));

        put_term_value(one, t, &q->vectors[i]);
        put_span(one, t->start_s, t->end_s);
        if (r->terms[i].explanation != NULL)
            json_object_set_new(one, "explain", cli_explanation_json(r->terms[i].explanation));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *query_json(const cli_question *q, const fc_query_result *r)
{
    const fc_query *asked = &q->query;
    const bool mixed = r->query_modality == FC_MODALITY_NONE;
    json_t *object =
        json_pack("{s:s}", "modality", mixed ? "mixed" : fc_modality_name(r->query_modality));
    const struct {
        const char *name, *value;
    } members[] = {{"text", asked->text},       {"file", asked->file},
                   {"id", asked->id},           {"vector", vector_name(&q->vector)},
                   {"dataset", asked->dataset}, {"modalities", asked->modalities},
                   {"where", asked->where}};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (members[i].value != NULL)
            json_object_set_new(object, members[i].name, cli_json_text(members[i].value));
    put_span(object, asked->start_s, asked->end_s);
    if (q->n_terms > 0)
        json_object_set_new(object, "terms", terms_json(q, r));
    if (q->n_terms == 0 && r->n_terms == 1 && r->terms[0].explanation != NULL)
        json_object_set_new(object, "explain", cli_explanation_json(r->terms[0].explanation));
    return object;
}

/* "Flat,IVF64" as a list */
static json_t *kinds_json(const char *kinds)
{
    json_t *list = json_array();

    while (*kinds != '\0') {
        const size_t n = strcspn(kinds, ",");

        json_array_append_new(list, json_stringn(kinds, n));
        kinds += n + (kinds[n] == ',');
    }
    return list;
}

/* Metadata as it was given; large whole numbers become reals, as JSON readers take them. */
static json_t *meta_json(const char *text)
{
    json_t *meta;

    if (text == NULL || text[0] == '\0')
        return json_object();
    meta = json_loads(text, JSON_ALLOW_NUL, NULL);
    if (meta == NULL)
        meta = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    return meta != NULL ? meta : cli_json_text(text);
}

static json_t *hit_json(const fc_query_hit *h, const fc_query_result *r)
{
    json_t *hit =
        json_pack("{s:I,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o}", "rank", (json_int_t)h->rank, "score",
                  cli_json_real(h->score, 6), "dataset", cli_json_text(h->dataset), "id",
                  cli_json_text(h->id), "modality", fc_modality_name(h->modality), "group",
                  cli_json_text_or_null(h->group), "split", cli_json_text_or_null(h->split), "path",
                  cli_json_text_or_null(h->path), "meta", meta_json(h->meta_json), "via",
                  cli_json_text(h->via_id));

    if (r->adapter != NULL)
        json_object_set_new(hit, "adapted", json_boolean(h->adapted));
    if (r->calibration != NULL || r->adapter != NULL)
        json_object_set_new(hit, "cosine", cli_json_real(h->cosine, 6));
    if (h->probability > 0)
        json_object_set_new(hit, "probability", cli_json_real(h->probability, 6));
    if (h->modality == FC_TEXT && h->preview != NULL)
        json_object_set_new(hit, "preview", cli_json_text(h->preview));
    put_span(hit, h->start_s, h->end_s);
    if (h->explanation != NULL)
        json_object_set_new(hit, "explain", cli_explanation_json(h->explanation));
    return hit;
}

static json_t *notices_json(const fc_query_result *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_notices; i++)
        json_array_append_new(list, cli_json_text(r->notices[i]));
    return list;
}

/* Through what, and what was searched. */
static json_t *adapter_json(const fc_query_result *r)
{
    return json_pack("{s:o,s:s,s:s,s:o,s:s,s:o}", "name", cli_json_text(r->adapter), "hash",
                     r->adapter_hash, "stage", fc_adapter_stage_name(r->adapter_stage), "encoder",
                     cli_json_text(r->adapted_encoder), "fingerprint", r->adapted_fingerprint,
                     "output", cli_json_text(r->adapted_output));
}

json_t *cli_answer_object(const cli_question *q, const fc_query_result *r)
{
    json_t *hits = json_array();
    json_t *object;

    for (size_t i = 0; i < r->n_hits; i++)
        json_array_append_new(hits, hit_json(&r->hits[i], r));
    object = json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:{s:o,s:b,s:I,s:I},s:o,s:{s:o,s:o,s:o}}", "schema",
        "featcache.query/1", "query", query_json(q, r), "space", cli_json_text(r->space), "via",
        r->via_groups ? json_string("groups") : json_null(), "encoder",
        cli_json_text_or_null(r->encoder), "fingerprint", cli_json_text_or_null(r->fingerprint),
        "output", cli_json_text_or_null(r->output), "index", "kinds", kinds_json(r->index_kinds),
        "exact", r->exact, "count", (json_int_t)r->count, "generation", (json_int_t)r->generation,
        "hits", hits, "timing_ms", "load", cli_json_real(r->load_ms, 3), "encode",
        cli_json_real(r->encode_ms, 3), "search", cli_json_real(r->search_ms, 3));
    json_object_set_new(object, "notices", notices_json(r));
    if (r->adapter != NULL)
        json_object_set_new(object, "adapter", adapter_json(r));
    if (r->calibration != NULL)
        json_object_set_new(object, "calibration",
                            json_pack("{s:s,s:o,s:o}", "method", r->calibration, "bank",
                                      cli_json_count(r->n_bank), "candidates",
                                      cli_json_count(r->n_candidates)));
    if (r->calibration != NULL && strcmp(r->calibration, "dis") == 0)
        json_object_set_new(json_object_get(object, "calibration"), "activated",
                            json_boolean(r->bank_activated));
    if (q->line > 0 && object != NULL)
        json_object_set_new(object, "line", cli_json_count(q->line));
    return object;
}

cli_exit cli_answer_json(const cli_question *q, const fc_query_result *r)
{
    return cli_json_print(cli_answer_object(q, r));
}

/* The first words of a text on one line. */
static void put_excerpt(const char *preview)
{
    char line[EXCERPT_BYTES + 1];
    size_t n = 0;

    for (; preview[n] != '\0' && n < EXCERPT_BYTES; n++)
        line[n] = strchr("\t\n\r", preview[n]) != NULL ? ' ' : preview[n];
    if (preview[n] != '\0')
        while (n > 0 && ((unsigned char)preview[n] & 0xC0u) == 0x80u)
            n--; /* not within a character */
    line[n] = '\0';
    printf("  \"");
    cli_put_text(stdout, line);
    printf("%s\"", preview[n] != '\0' ? "..." : "");
}

static int name_width(const fc_query_result *r)
{
    int width = 0;

    for (size_t i = 0; i < r->n_hits; i++) {
        const int w = cli_text_width(r->hits[i].dataset) + 1 + cli_text_width(r->hits[i].id);

        if (w > width)
            width = w;
    }
    return width;
}

static void put_hit(const fc_query_hit *h, int width, bool weighed)
{
    const int shown = cli_text_width(h->dataset) + 1;

    printf("%3zu  %7.4f  ", h->rank, h->score);
    if (weighed)
        printf("%6.2f %%  ", 100 * h->probability);
    cli_put_text(stdout, h->dataset);
    putchar('/');
    cli_put_padded(stdout, h->id, width - shown);
    if (h->group != NULL && h->group[0] != '\0') {
        printf("  [");
        cli_put_text(stdout, h->group);
        putchar(']');
    }
    if (h->adapted)
        fputs("  adapted", stdout);
    if (h->via_id != NULL) {
        printf("  matched ");
        cli_put_text(stdout, h->via_id);
    }
    if (h->modality == FC_TEXT && h->preview != NULL && h->preview[0] != '\0')
        put_excerpt(h->preview);
    /* In a folder the id is the path. */
    if (h->path != NULL && h->path[0] != '\0' && strcmp(h->path, h->id) != 0) {
        fputs("  ", stdout);
        cli_put_text(stdout, h->path);
    }
    if (h->end_s != 0)
        printf("  %.9g s to %.9g s", h->start_s, h->end_s);
    else if (h->start_s != 0)
        printf("  from %.9g s", h->start_s);
    putchar('\n');
    if (h->explanation != NULL)
        cli_put_explanation(h->explanation);
}

static const char *matched_words(fc_modality m)
{
    switch (m) {
    case FC_IMAGE:
        return "images";
    case FC_TEXT:
        return "texts";
    case FC_AUDIO:
        return "sounds";
    case FC_POINTS:
        return "shapes";
    case FC_VECTOR:
    case FC_MODALITY_NONE:
        break;
    }
    return "vectors";
}

/* What was searched, by what, and how. */
static void put_summary(const fc_query_result *r)
{
    const char *hits = r->n_hits == 1 ? "hit" : "hits", *how = r->exact ? "exact" : r->index_kinds;
    const double ms = r->load_ms + r->encode_ms + r->search_ms;

    if (r->calibration != NULL)
        cli_message("scores are calibrated by %s, by %zu stored items of the question's modality",
                    r->calibration, r->n_bank);
    if (r->adapter != NULL)
        cli_message("%s embedded the question, adapter %s mapped it to %s@%.8s%s", r->encoder,
                    r->adapter, r->adapted_encoder, r->adapted_fingerprint,
                    r->adapter_stage == FC_STAGE_DUAL ? ", where the new version has no item" : "");
    if (r->space != NULL && r->encoder[0] == '\0')
        cli_message("%zu %s of %" PRIu64 " items of space %s; %s, %.1f ms", r->n_hits, hits,
                    r->count, r->space, how, ms);
    else if (r->space != NULL)
        cli_message("%zu %s of %" PRIu64 " items of space %s, asked by %s, output %s; %s, %.1f ms",
                    r->n_hits, hits, r->count, r->space, r->encoder, r->output, how, ms);
    else
        cli_message("%zu %s of %" PRIu64 " items of %s, output %s; %s, %.1f ms", r->n_hits, hits,
                    r->count, r->encoder, r->output, how, ms);
}

void cli_answer_text(const fc_query_result *r)
{
    const int width = name_width(r);

    if (r->via_groups)
        cli_message("without --space: matched %s, showing the samples of the same groups",
                    matched_words(r->matched_modality));
    for (size_t i = 0; i < r->n_hits; i++)
        put_hit(&r->hits[i], width, r->hits[0].probability > 0);
    put_summary(r);
    for (size_t i = 0; i < r->n_notices; i++)
        cli_message("%s", r->notices[i]);
}
