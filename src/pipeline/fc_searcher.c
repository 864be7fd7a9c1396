/*
 * fc_searcher: answers queries one after the other. Each query sees the newest sealed state through
 * a snapshot of its own; the encoder and the index of an output are kept from query to query and
 * opened again when the store's generation has moved.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/query.h>

#include "fc_alloc.h"
#include "fc_queue.h"
#include "fc_store_read.h"
#include "ingest_content.h"
#include "search_embed.h"
#include "search_lanes.h"
#include "search_notes.h"
#include "search_pick.h"
#include "search_rank.h"
#include "search_result.h"
#include "search_space.h"

#define K_DEFAULT 10u
#define K_MAX     100000u

struct fc_searcher {
    fc_store *store;
    fc_searcher_options opts;
    char *encoder_name, *output_name, *space_name; /* the options' strings, copied */
    fc_embedder embedder;                          /* of the card in embedder_card */
    char *embedder_card;                           /* canonical; NULL: none is loaded */
    fc_lanes lanes;
};

static double ms_since(uint64_t *mark)
{
    const uint64_t now = fc__now_ns();
    const double ms = (double)(now - *mark) * 1e-6;

    *mark = now;
    return ms;
}

fc_status fc_searcher_open(fc_searcher **out, fc_store *store, const fc_searcher_options *given,
                           fc_error *err)
{
    const fc_searcher_options defaults = FC_SEARCHER_OPTIONS_INIT;
    fc_searcher *s;

    *out = NULL;
    if (given == NULL)
        given = &defaults;
    if (given->struct_size != sizeof(*given))
        return fc_error_set(err, FC_E_INVALID,
                            "searcher options: struct_size is %zu; start from "
                            "FC_SEARCHER_OPTIONS_INIT",
                            given->struct_size);
    if (given->space != NULL && given->output != NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "a space has its outputs: leave the output '%.64s' out", given->output);
    s = calloc(1, sizeof(*s));
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a searcher");
    s->store = store;
    s->opts = *given;
    if (s->opts.n_threads == 0)
        s->opts.n_threads = fc__cpu_count();
    s->encoder_name = given->encoder != NULL ? fc__strdup(given->encoder) : NULL;
    s->output_name = given->output != NULL ? fc__strdup(given->output) : NULL;
    s->space_name = given->space != NULL ? fc__strdup(given->space) : NULL;
    if ((given->encoder != NULL && s->encoder_name == NULL) ||
        (given->output != NULL && s->output_name == NULL) ||
        (given->space != NULL && s->space_name == NULL)) {
        fc_searcher_close(s);
        return fc__nomem(err, 64, "a searcher");
    }
    *out = s;
    return FC_OK;
}

void fc_searcher_close(fc_searcher *s)
{
    if (s == NULL)
        return;
    fc__lanes_close(&s->lanes);
    fc__embedder_close(&s->embedder);
    free(s->embedder_card);
    free(s->encoder_name);
    free(s->output_name);
    free(s->space_name);
    free(s);
}

static fc_status check_query(const fc_query *q, fc_error *err)
{
    const int n = (q->text != NULL) + (q->file != NULL) + (q->id != NULL) + (q->vector != NULL);

    if (q->struct_size != sizeof(*q))
        return fc_error_set(err, FC_E_INVALID,
                            "query: struct_size is %zu; start from FC_QUERY_INIT", q->struct_size);
    if (n != 1)
        return fc_error_set(err, FC_E_INVALID,
                            "give exactly one of text, file, id and vector; %d are given", n);
    if ((q->start_s != 0 || q->end_s != 0) && q->file == NULL)
        return fc_error_set(err, FC_E_INVALID, "a span needs a file");
    if (!(q->start_s >= 0) || !(q->end_s >= 0) || (q->end_s != 0 && q->end_s <= q->start_s))
        return fc_error_set(err, FC_E_INVALID, "the span from %g to %g s is empty", q->start_s,
                            q->end_s);
    if (q->k > K_MAX)
        return fc_error_set(err, FC_E_INVALID, "k is %zu; at most %u", q->k, K_MAX);
    return FC_OK;
}

/* One query on its way. */
typedef struct asking {
    fc_searcher *s;
    const fc_query *q;
    fc_snapshot *snapshot;
    fc_loaded_input input;
    fc_query_self self;
    fc_live_filter filter;
    fc_filter *where;
    fc_picked picked;     /* what is searched; in a space encoder is NULL */
    fc_query_space space; /* row.name NULL: none */
    size_t member;        /* of the space: what embeds the query */
    fc_tensor vector;
    const char *loss; /* what of the input is not in the vector */
    bool fell_back;   /* a model was loaded for it that wanted a GPU */
    fc_result_builder *builder;
} asking;

/* What is asked with: its modality, and what it is itself among what is stored. */
static fc_status take_input(asking *a, fc_error *err)
{
    fc_status st;

    if (a->q->vector != NULL)
        return FC_OK;
    if (a->q->id != NULL)
        return fc__pick_sample(a->snapshot, a->q->id, &a->self, a->builder, err);
    st = fc__input_load(&a->input, a->q, err);
    if (st != FC_OK)
        return st;
    a->self.modality = a->input.input.modality;
    if (a->q->file == NULL)
        return FC_OK;
    a->self.has_hash = true;
    return fc__content_hash(a->self.modality, a->q->start_s, a->q->end_s, a->input.input.bytes,
                            a->input.input.n_bytes, &a->self.hash, err);
}

static fc_status take_filter(asking *a, fc_error *err)
{
    fc_status st;

    st = fc__pick_modalities(a->q->modalities, &a->filter.modalities, err);
    if (st == FC_OK && a->q->where != NULL) {
        st = fc__filter_parse(&a->where, a->q->where, err);
        a->filter.where = a->where;
    }
    if (st == FC_OK && a->q->dataset != NULL)
        st = fc_snapshot_find_dataset(a->snapshot, a->q->dataset, &a->filter.dataset,
                                      &a->filter.version, err);
    return st;
}

static bool in_space(const asking *a)
{
    return a->s->space_name != NULL;
}

/* The card of what embeds the query: of a space's member the one that was ingested with last, whose
 * model may have moved since the space was declared. */
static const char *card_of(const asking *a)
{
    const fc_picked *stored = in_space(a) ? &a->space.stored[a->member] : &a->picked;

    return stored->encoder != NULL ? stored->encoder->card : a->space.row.members[a->member].card;
}

static fc_status load_encoder(asking *a, fc_error *err)
{
    fc_searcher *s = a->s;
    const char *json;
    fc_card *card = NULL;
    fc_status st;

    if (a->q->vector != NULL || a->q->id != NULL)
        return FC_OK;
    json = card_of(a);
    if (s->embedder_card != NULL && strcmp(s->embedder_card, json) == 0)
        return FC_OK;
    fc__embedder_close(&s->embedder);
    free(s->embedder_card);
    s->embedder_card = NULL;
    st = fc__card_from_canonical(&card, json, strlen(json), err);
    if (st != FC_OK) {
        fc__card_destroy(card);
        return st;
    }
    st = fc__embedder_open(&s->embedder, card, s->opts.neural, err);
    if (st != FC_OK)
        return st;
    a->fell_back = fc__encoder_fell_back(s->embedder.encoder);
    s->embedder_card = fc__strdup(json);
    return s->embedder_card != NULL ? FC_OK : fc__nomem(err, strlen(json), "a card");
}

static fc_status pick_space(asking *a, fc_error *err)
{
    fc_lanes *lanes = &a->s->lanes;
    fc_status st = fc__query_space_open(&a->space, a->snapshot, a->s->space_name, err);

    lanes->n = 0;
    for (size_t i = 0; st == FC_OK && i < a->space.row.n_members; i++)
        if (a->space.stored[i].encoder != NULL)
            lanes->picked[lanes->n++] = a->space.stored[i];
    if (st == FC_OK && a->q->text == NULL && a->q->file == NULL)
        return FC_OK; /* a vector as it is, an item by whatever has encoded it */
    return st == FC_OK ? fc__query_space_member(&a->space, a->s->encoder_name, a->self.modality,
                                                &a->member, err)
                       : st;
}

static fc_status pick(asking *a, fc_error *err)
{
    const fc_pick_wish wish = {.encoder = a->s->encoder_name,
                               .output = a->s->output_name,
                               .modality =
                                   a->q->vector != NULL ? FC_MODALITY_NONE : a->self.modality,
                               .dataset = a->filter.dataset,
                               .version = a->filter.version};
    fc_status st;

    if (in_space(a))
        return pick_space(a, err);
    st = fc__pick_output(a->snapshot, &wish, &a->picked, err);
    if (st != FC_OK)
        return st;
    a->s->lanes.n = 1;
    a->s->lanes.picked[0] = a->picked;
    a->filter.covered_version = a->picked.encoder->id;
    a->filter.covered_output = a->picked.output->id;
    return FC_OK;
}

/* A vector that is given. */
static fc_status take_vector(asking *a, fc_error *err)
{
    const fc_query *q = a->q;
    const uint64_t shape[1] = {q->vector_dim};

    if (in_space(a) && q->vector_dim != a->space.row.dim)
        return fc_error_set(err, FC_E_INVALID,
                            "the query vector has %zu elements; those of space '%s' have %u",
                            q->vector_dim, a->space.row.name, (unsigned)a->space.row.dim);
    if (!in_space(a) && q->vector_dim != a->picked.output->shape[0])
        return fc_error_set(err, FC_E_INVALID,
                            "the query vector has %zu elements; output '%s' of '%s' has %llu",
                            q->vector_dim, a->picked.output->name, a->picked.encoder->name,
                            (unsigned long long)a->picked.output->shape[0]);
    a->vector = fc_tensor_view((void *)(uintptr_t)q->vector, FC_F32, 1, shape);
    return FC_OK;
}

/* The features of a stored sample. */
static fc_status take_item(asking *a, fc_error *err)
{
    fc_status st;

    if (in_space(a)) {
        st = fc__query_space_item(&a->space, a->snapshot, a->s->encoder_name, a->self.content,
                                  &a->member, &a->vector, err);
        return st == FC_E_NOT_FOUND
                   ? fc_error_set(err, st, "%s has nothing of an encoder of space '%s'", a->q->id,
                                  a->space.row.name)
                   : st;
    }
    st = fc_snapshot_get_item(a->snapshot, a->picked.encoder->id, a->picked.output->id,
                              a->self.content, &a->vector, err);
    return st == FC_E_NOT_FOUND
               ? fc_error_set(err, st,
                              "%s has no '%s' of encoder '%s'; see featcache ingest "
                              "--retry-failed",
                              a->q->id, a->picked.output->name, a->picked.encoder->name)
               : st;
}

static fc_status make_vector(asking *a, fc_error *err)
{
    const char *name;
    size_t output;
    fc_status st;

    if (a->q->vector != NULL)
        return take_vector(a, err);
    if (a->q->id != NULL)
        return take_item(a, err);
    name = in_space(a) ? a->space.row.members[a->member].output : a->picked.output->name;
    st = fc__embedder_output(&a->s->embedder, name, &output, err);
    if (st == FC_OK)
        st = fc__embedder_run(&a->s->embedder, &a->input.input, output, &a->vector, &a->loss, err);
    return st;
}

/* What embedded the query, by name; in a space nothing has embedded a vector. */
static fc_status describe_encoder(asking *a, fc_query_result *r, fc_error *err)
{
    const fc_space_member *m = in_space(a) ? &a->space.row.members[a->member] : NULL;
    const bool none = m != NULL && a->q->vector != NULL;
    char hex[FC_SHA256_HEX_BYTES] = "";

    if (m != NULL) {
        r->space = fc__result_keep(a->builder, a->space.row.name);
        r->space_version = a->space.row.version;
        fc__sha256_hex(&m->fingerprint, hex);
        r->matched_modality = FC_MODALITY_NONE;
    } else {
        r->matched_modality = a->picked.encoder->modality;
    }
    r->encoder = fc__result_keep(a->builder, none        ? ""
                                             : m != NULL ? m->encoder
                                                         : a->picked.encoder->name);
    r->fingerprint = fc__result_keep(a->builder, none        ? ""
                                                 : m != NULL ? hex
                                                             : a->picked.encoder->fingerprint);
    r->output = fc__result_keep(a->builder, none        ? ""
                                            : m != NULL ? m->output
                                                        : a->picked.output->name);
    if (r->encoder == NULL || r->fingerprint == NULL || r->output == NULL ||
        (m != NULL && r->space == NULL))
        return fc__nomem(err, 64, "a result");
    return FC_OK;
}

static fc_status describe(asking *a, fc_error *err)
{
    fc_query_result *r = fc__result_of(a->builder);
    char kinds[256];

    fc__lanes_kinds(&a->s->lanes, kinds);
    r->query_modality = a->q->vector != NULL ? FC_VECTOR : a->self.modality;
    r->index_kinds = fc__result_keep(a->builder, kinds);
    r->count = fc__lanes_count(&a->s->lanes);
    r->generation = fc_snapshot_generation(a->snapshot);
    r->via_groups = !in_space(a) && a->filter.modalities != 0 &&
                    (a->filter.modalities & (1u << a->picked.encoder->modality)) == 0;
    if (r->index_kinds == NULL)
        return fc__nomem(err, 64, "a result");
    return describe_encoder(a, r, err);
}

/* The contents that may be found. Through groups the filter is for what is shown: only its data set
 * limits what is found on the way. */
static fc_status allow(asking *a, bool via_groups, fc_ranking_lane *out, fc_error *err)
{
    fc_lanes *lanes = &a->s->lanes;
    fc_live_filter f = a->filter;
    fc_status st = FC_OK;

    if (via_groups) {
        f.modalities = 0;
        f.where = NULL;
    }
    for (size_t i = 0; i < lanes->n && st == FC_OK; i++) {
        out[i] = (fc_ranking_lane){.index = &lanes->list[i].index};
        st = fc__lanes_allow(lanes, i, a->snapshot, &f, a->q->where, &out[i].allowed, err);
    }
    return st;
}

static fc_status rank(asking *a, fc_error *err)
{
    fc_query_result *r = fc__result_of(a->builder);
    fc_ranking_lane lanes[FC_LANES_MAX];
    const fc_ranking ranking = {.snapshot = a->snapshot,
                                .lanes = lanes,
                                .n_lanes = a->s->lanes.n,
                                .filter = &a->filter,
                                .self = a->q->include_self ? NULL : &a->self,
                                .query = a->vector.data,
                                .k = a->q->k == 0 ? K_DEFAULT : a->q->k,
                                .exact = a->s->opts.exact,
                                .n_threads = a->s->opts.n_threads};
    fc_status st;

    st = describe(a, err);
    if (st == FC_OK)
        st = allow(a, r->via_groups, lanes, err);
    if (st != FC_OK)
        return st;
    return r->via_groups ? fc__rank_groups(&ranking, a->builder, &r->exact, err)
                         : fc__rank_samples(&ranking, a->builder, &r->exact, err);
}

/* A segment's page that fails its checksum shows when it is searched. Segments are derived: without
 * them the blocks answer, slower and right. */
static fc_status rank_whatever_happens(asking *a, fc_error *err)
{
    fc_searcher *s = a->s;
    fc_status st;

    st = rank(a, err);
    if (st != FC_E_CORRUPT || !fc__lanes_have_segments(&s->lanes))
        return st;
    st = fc__lanes_open(&s->lanes, s->store, a->snapshot, &a->filter, true, err);
    if (st != FC_OK)
        return st;
    fc__result_restart(a->builder);
    return rank(a, err);
}

static fc_status note(asking *a, fc_error *err)
{
    const fc_notes_wish wish = {.filter = &a->filter,
                                .picked = in_space(a) ? NULL : &a->picked,
                                .encoder = a->s->encoder_name};
    fc_status st = in_space(a) ? fc__query_space_note(&a->space, a->builder, err) : FC_OK;

    if (st == FC_OK && a->loss != NULL)
        st = fc__result_note(a->builder, err, "%.256s: %s (encoder '%s')", a->input.input.name,
                             a->loss, fc__result_of(a->builder)->encoder);
    if (st == FC_OK && a->fell_back)
        st = fc__result_note(a->builder, err, FC_FELL_BACK_TEXT);
    return st == FC_OK ? fc__search_notes(a->snapshot, &wish, a->builder, err) : st;
}

static fc_status answer(asking *a, fc_error *err)
{
    fc_query_result *r = fc__result_of(a->builder);
    uint64_t mark = fc__now_ns();
    fc_status st;

    st = take_filter(a, err);
    if (st == FC_OK)
        st = take_input(a, err);
    if (st == FC_OK)
        st = pick(a, err);
    if (st == FC_OK)
        st = load_encoder(a, err);
    if (st == FC_OK)
        st = fc__lanes_open(&a->s->lanes, a->s->store, a->snapshot, &a->filter, false, err);
    r->load_ms = ms_since(&mark);
    if (st == FC_OK)
        st = make_vector(a, err);
    r->encode_ms = ms_since(&mark);
    if (st == FC_OK)
        st = rank_whatever_happens(a, err);
    r->search_ms = ms_since(&mark);
    return st == FC_OK ? note(a, err) : st;
}

fc_status fc_searcher_query(fc_searcher *searcher, const fc_query *query, fc_query_result **out,
                            fc_error *err)
{
    asking a = {.s = searcher, .q = query, .vector = FC_TENSOR_INIT};
    fc_status st;

    *out = NULL;
    st = check_query(query, err);
    if (st != FC_OK)
        return st;
    st = fc__result_create(&a.builder, query->k, err);
    if (st == FC_OK)
        st = fc_snapshot_begin(&a.snapshot, searcher->store, err);
    if (st == FC_OK)
        st = answer(&a, err);
    if (st == FC_OK)
        *out = fc__result_of(a.builder);
    else if (a.builder != NULL)
        fc_query_result_destroy(fc__result_of(a.builder));
    fc_tensor_dispose(&a.vector);
    fc__filter_destroy(a.where);
    fc__input_dispose(&a.input);
    fc__query_self_dispose(&a.self);
    fc__query_space_dispose(&a.space);
    fc_snapshot_end(a.snapshot);
    return st;
}
