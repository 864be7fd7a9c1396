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
#include "search_adapter.h"
#include "search_calibrate.h"
#include "search_explain.h"
#include "search_notes.h"
#include "search_space_notes.h"

#define K_DEFAULT 10u

struct fc_searcher {
    fc_store *store;
    fc_searcher_options opts;
    char *encoder_name, *output_name, *space_name, *adapter_name; /* the options' strings, copied */
    fc_embedders embedders;
    fc_lanes lanes;
    fc_calibrator calibrator;
    fc_head_cache heads; /* of the spaces that were searched */
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
    if (given->adapter != NULL &&
        (given->space != NULL || given->encoder != NULL || given->output != NULL))
        return fc_error_set(err, FC_E_INVALID,
                            "an adapter has its encoders: leave %s out beside '%.64s'",
                            given->space != NULL     ? "the space"
                            : given->encoder != NULL ? "the encoder"
                                                     : "the output",
                            given->adapter);
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
    s->adapter_name = given->adapter != NULL ? fc__strdup(given->adapter) : NULL;
    if ((given->encoder != NULL && s->encoder_name == NULL) ||
        (given->output != NULL && s->output_name == NULL) ||
        (given->space != NULL && s->space_name == NULL) ||
        (given->adapter != NULL && s->adapter_name == NULL)) {
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
    fc__calibrator_dispose(&s->calibrator);
    fc__embedders_close(&s->embedders);
    fc__head_cache_dispose(&s->heads);
    free(s->encoder_name);
    free(s->output_name);
    free(s->space_name);
    free(s->adapter_name);
    free(s);
}

/* One query on its way. */
typedef struct asking {
    fc_searcher *s;
    const fc_query *q;
    fc_snapshot *snapshot;
    fc_terms terms;
    fc_live_filter filter;
    fc_filter *where;
    fc_picked picked; /* what embeds, and but for an adapter what is searched; in a space
                         encoder is NULL */
    fc_query_adapter adapter;
    fc_query_space space; /* its row's name NULL: none */
    fc_question_scope scope;
    fc_question question;
    fc_calibration calibration;
    fc_result_builder *builder;
} asking;

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

/* How scores are to be made comparable, where they are. */
static fc_status take_calibration(asking *a, fc_error *err)
{
    const fc_status st = fc__calibration_parse(&a->calibration, a->q->calibrate, err);

    if (st == FC_OK && a->calibration != FC_CALIBRATE_NONE && a->s->space_name == NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "calibration compares modalities of a space: name one (--space)");
    return st;
}

static bool in_space(const asking *a)
{
    return a->s->space_name != NULL;
}

static fc_status pick_space(asking *a, fc_error *err)
{
    fc_lanes *lanes = &a->s->lanes;
    fc_status st =
        fc__query_space_open(&a->space, a->snapshot, a->s->space_name, &a->s->heads, err);

    lanes->n = 0;
    for (size_t i = 0; st == FC_OK && i < a->space.view.n_branches; i++) {
        const fc_space_branch *b = &a->space.view.branches[i];

        if (!fc__branch_is_stored(b))
            continue;
        lanes->branches[lanes->n] = b;
        lanes->picked[lanes->n++] = b->stored[0];
    }
    a->scope.space = &a->space;
    return st == FC_OK ? fc__query_space_check_name(&a->space, a->s->encoder_name, err) : st;
}

/* Through the adapter that was named, or as the switches stand where nothing was. */
static fc_status pick_adapter(asking *a, fc_error *err)
{
    const char *missing = NULL;
    fc_status st;

    if (a->s->adapter_name == NULL)
        st = a->s->encoder_name != NULL || a->s->output_name != NULL
                 ? FC_OK
                 : fc__query_adapter_staged(&a->adapter, a->snapshot, &a->picked, err);
    else
        st = fc__query_adapter_named(&a->adapter, a->snapshot, a->s->adapter_name, err);
    if (st != FC_OK || !fc__query_adapter_is_on(&a->adapter))
        return st;
    a->picked = a->adapter.new_one;
    st = fc__query_adapter_check_items(&a->adapter, a->snapshot, &a->terms, &missing, err);
    if (st == FC_OK && missing != NULL) {
        a->picked = a->adapter.old;
        st = fc__result_note(a->builder, err,
                             "%s has nothing of encoder %s@%.8s yet: asked with the old version, "
                             "not through adapter %s",
                             missing, a->adapter.new_one.encoder->name,
                             a->adapter.new_one.encoder->fingerprint, a->adapter.row.name);
        fc__query_adapter_dispose(&a->adapter);
    }
    return st;
}

/* The modality of a query that names an adapter; the pick of encoders has looked otherwise. */
static fc_status check_adapter(const asking *a, fc_error *err)
{
    const fc_modality m = a->terms.modality, takes = a->picked.encoder->modality;

    if (fc__query_adapter_is_on(&a->adapter) && a->q->explain)
        return fc_error_set(err, FC_E_INVALID,
                            "what carried a score is not known through adapter '%s': ask with "
                            "--encoder",
                            a->adapter.row.name);
    return a->terms.bare || m == takes
               ? FC_OK
               : fc_error_set(err, FC_E_INVALID, "encoder '%s' takes %s, the query is %s",
                              a->picked.encoder->name, fc_modality_name(takes),
                              fc_modality_name(m));
}

static fc_status pick_output(asking *a, fc_error *err)
{
    const fc_picked *searched = &a->picked;

    const fc_modality m = a->terms.modality;
    const fc_pick_wish wish = {.encoder = a->s->encoder_name,
                               .output = a->s->output_name,
                               .modality = a->terms.bare ? FC_MODALITY_NONE : m,
                               .dataset = a->filter.dataset,
                               .version = a->filter.version};
    fc_status st;

    if (m == FC_MODALITY_NONE)
        return fc_error_set(err, FC_E_INVALID,
                            "the query's inputs are of several modalities, which one encoder does "
                            "not take: search a space that has them (--space)");
    st = a->s->adapter_name == NULL ? fc__pick_output(a->snapshot, &wish, &a->picked, err) : FC_OK;
    if (st == FC_OK)
        st = pick_adapter(a, err);
    if (st == FC_OK)
        st = check_adapter(a, err);
    if (st != FC_OK)
        return st;
    a->s->lanes.n = 1;
    a->s->lanes.picked[0] = a->picked;
    a->s->lanes.branches[0] = NULL;
    if (fc__query_adapter_is_on(&a->adapter)) {
        fc__query_adapter_lanes(&a->adapter, &a->s->lanes);
        searched = &a->adapter.old;
    }
    a->filter.covered_version = searched->encoder->id;
    a->filter.covered_output = searched->output->id;
    a->scope.picked = &a->picked;
    return FC_OK;
}

static fc_status pick(asking *a, fc_error *err)
{
    a->scope = (fc_question_scope){
        .snapshot = a->snapshot, .encoder = a->s->encoder_name, .neural = a->s->opts.neural};
    return in_space(a) ? pick_space(a, err) : pick_output(a, err);
}

/* A device for an encoder that is not in the store, nor in the space, is a slip. */
static fc_status check_devices(asking *a, fc_error *err)
{
    const fc_space_row *row = in_space(a) ? &a->space.view.row : NULL;
    const fc_encoder_info *list = NULL;
    const char **names;
    size_t n = 0;
    fc_status st = fc_snapshot_encoders(a->snapshot, &list, &n, err);

    if (st != FC_OK || a->s->opts.neural == NULL || a->s->opts.neural->device == NULL)
        return st;
    names = fc__alloc_array(n + FC_SPACE_MEMBERS_MAX, sizeof(*names));
    if (names == NULL)
        return fc__nomem(err, n * sizeof(*names), "names");
    for (size_t i = 0; i < n; i++)
        names[i] = list[i].name;
    for (size_t i = 0; row != NULL && i < row->n_members; i++)
        names[n++] = row->members[i].encoder;
    st = fc__check_devices(a->s->opts.neural, names, n, err);
    free(names);
    return st;
}

static fc_status describe(asking *a, fc_error *err)
{
    fc_query_result *r = fc__result_of(a->builder);
    char kinds[256];

    fc__lanes_kinds(&a->s->lanes, kinds);
    r->index_kinds = fc__result_keep(a->builder, kinds);
    r->count = fc__lanes_count(&a->s->lanes);
    r->generation = fc_snapshot_generation(a->snapshot);
    r->matched_modality = in_space(a) ? FC_MODALITY_NONE : a->picked.encoder->modality;
    r->via_groups = !in_space(a) && a->filter.modalities != 0 &&
                    (a->filter.modalities & (1u << a->picked.encoder->modality)) == 0;
    if (in_space(a)) {
        r->space = fc__result_keep(a->builder, a->space.view.row.name);
        r->space_version = a->space.view.row.version;
    }
    if (a->calibration != FC_CALIBRATE_NONE) {
        r->calibration = fc__result_keep(a->builder, a->q->calibrate);
        if (r->calibration == NULL)
            return fc__nomem(err, 64, "a result");
    }
    if (r->index_kinds == NULL || (in_space(a) && r->space == NULL))
        return fc__nomem(err, 64, "a result");
    if (fc__query_adapter_is_on(&a->adapter)) {
        const fc_status st = fc__query_adapter_describe(&a->adapter, a->builder, err);

        if (st != FC_OK)
            return st;
    }
    return fc__question_describe(&a->question, &a->terms, &a->scope, a->builder, err);
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
        out[i] = (fc_ranking_lane){.index = &lanes->list[i].index, .branch = lanes->branches[i]};
        st = fc__lanes_allow(lanes, i, a->snapshot, &f, a->q->where, &out[i].allowed, err);
    }
    return st;
}

static fc_status rank_calibrated(asking *a, const fc_ranking *ranking, bool *exact, fc_error *err)
{
    const fc_calibrating ask = {.method = a->calibration,
                                .ranking = ranking,
                                .lanes = &a->s->lanes,
                                .space = &a->space,
                                .terms = &a->terms,
                                .question = &a->question,
                                .encoder = a->s->encoder_name};

    return fc__rank_calibrated(&a->s->calibrator, &ask, a->builder, exact, err);
}

static fc_status rank(asking *a, fc_error *err)
{
    fc_query_result *r = fc__result_of(a->builder);
    fc_ranking_lane lanes[FC_LANES_MAX];
    const fc_ranking ranking = {.snapshot = a->snapshot,
                                .lanes = lanes,
                                .n_lanes = a->s->lanes.n,
                                .filter = &a->filter,
                                .selves = a->terms.selves,
                                .n_selves = a->q->include_self ? 0 : a->terms.n,
                                .query = a->question.vector,
                                .k = a->q->k == 0 ? K_DEFAULT : a->q->k,
                                .exact = a->s->opts.exact,
                                .n_threads = a->s->opts.n_threads};
    fc_status st;

    st = describe(a, err);
    if (st == FC_OK)
        st = allow(a, r->via_groups, lanes, err);
    if (st == FC_OK && fc__query_adapter_is_on(&a->adapter))
        st = fc__query_adapter_rank(&a->adapter, a->snapshot, lanes, &r->count, err);
    if (st != FC_OK)
        return st;
    if (a->calibration != FC_CALIBRATE_NONE)
        return rank_calibrated(a, &ranking, &r->exact, err);
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
                                .picked = in_space(a)                            ? NULL
                                          : fc__query_adapter_is_on(&a->adapter) ? &a->adapter.old
                                                                                 : &a->picked,
                                .encoder = a->s->encoder_name};
    const fc_space_notes_wish space = {.space = a->s->space_name,
                                       .lanes = &a->s->lanes,
                                       .filter = &a->filter,
                                       .calibrated = a->calibration != FC_CALIBRATE_NONE,
                                       .leaves_self_out = !a->q->include_self};
    fc_status st = in_space(a) ? fc__query_space_note(&a->space, a->builder, err) : FC_OK;

    if (st == FC_OK && in_space(a))
        st = fc__space_notes(&space, a->builder, err);
    if (st == FC_OK)
        st = fc__question_note(&a->question, &a->terms, &a->scope, a->builder, err);
    return st == FC_OK ? fc__search_notes(a->snapshot, &wish, a->builder, err) : st;
}

static fc_status explain(asking *a, fc_error *err)
{
    const fc_explaining e = {.query = a->q,
                             .snapshot = a->snapshot,
                             .lanes = &a->s->lanes,
                             .picked = in_space(a) ? NULL : &a->picked,
                             .space = in_space(a) ? &a->space : NULL,
                             .terms = &a->terms,
                             .question = &a->question,
                             .embedders = &a->s->embedders,
                             .neural = a->s->opts.neural};

    return a->q->explain ? fc__explain(&e, a->builder, err) : FC_OK;
}

static fc_status answer(asking *a, fc_error *err)
{
    fc_query_result *r = fc__result_of(a->builder);
    uint64_t mark = fc__now_ns();
    fc_status st;

    st = take_filter(a, err);
    if (st == FC_OK)
        st = take_calibration(a, err);
    if (st == FC_OK)
        st = fc__terms_take(&a->terms, a->q, a->snapshot, a->builder, err);
    if (st == FC_OK)
        st = pick(a, err);
    if (st == FC_OK)
        st = check_devices(a, err);
    if (st == FC_OK)
        st = fc__question_load(&a->question, &a->terms, &a->scope, &a->s->embedders, err);
    if (st == FC_OK)
        st = fc__lanes_open(&a->s->lanes, a->s->store, a->snapshot, &a->filter, false, err);
    r->load_ms = ms_since(&mark);
    if (st == FC_OK)
        st = fc__question_embed(&a->question, &a->terms, &a->scope, err);
    if (st == FC_OK && fc__query_adapter_is_on(&a->adapter))
        st = fc__query_adapter_map(&a->adapter, a->question.vector, err);
    r->encode_ms = ms_since(&mark);
    if (st == FC_OK)
        st = rank_whatever_happens(a, err);
    r->search_ms = ms_since(&mark);
    if (st == FC_OK)
        st = explain(a, err);
    if (st == FC_OK && a->q->temperature > 0)
        fc__result_weigh(a->builder, a->q->temperature);
    return st == FC_OK ? note(a, err) : st;
}

fc_status fc_searcher_query(fc_searcher *searcher, const fc_query *query, fc_query_result **out,
                            fc_error *err)
{
    asking a = {.s = searcher, .q = query};
    fc_status st;

    *out = NULL;
    st = fc__query_check(query, err);
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
    fc__question_dispose(&a.question);
    fc__filter_destroy(a.where);
    fc__terms_dispose(&a.terms);
    fc__query_space_dispose(&a.space);
    fc__query_adapter_dispose(&a.adapter);
    fc_snapshot_end(a.snapshot);
    return st;
}
