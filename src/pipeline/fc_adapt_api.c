/*
 * fc_adapter_fit(): read pairs, fit, store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/adapt.h>

#include "adapter_record.h"
#include "adapter_store.h"
#include "fc_alloc.h"
#include "fc_queue.h"
#include "fc_store_read.h"
#include "fit_plan.h"
#include "space_artefact.h"

#define MEMORY_DEFAULT (UINT64_C(1) << 30)

void fc_adapter_report_dispose(fc_adapter_report *report)
{
    free(report->fit_json);
    report->fit_json = NULL;
}

/* --- options ------------------------------------------------------------------------------------
 */

static fc_status parse_method(const char *text, fc_adapt_method *out, fc_error *err)
{
    for (*out = FC_ADAPT_AUTO; *out <= FC_ADAPT_RIDGE; ++*out)
        if (text == NULL || strcmp(text, fc__adapt_method_name(*out)) == 0)
            return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "method '%.40s': give procrustes, lowrank, ridge or auto", text);
}

static fc_status check(const fc_store *store, const fc_adapter_options *o, fc_error *err)
{
    if (o->struct_size != sizeof(*o))
        return fc_error_set(err, FC_E_INVALID,
                            "adapter options: struct_size is %zu; start from "
                            "FC_ADAPTER_OPTIONS_INIT",
                            o->struct_size);
    if (fc__store_is_read_only(store))
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", fc_store_path(store));
    if (o->from == NULL || o->to == NULL)
        return fc_error_set(err, FC_E_INVALID, "an adapter is between two encoder versions");
    if (o->name != NULL && !fc__space_name_ok(o->name))
        return fc_error_set(err, FC_E_INVALID,
                            "adapter name '%.80s': 1 to 63 of a-z 0-9 . _ -, beginning with a "
                            "letter or digit",
                            o->name);
    return FC_OK;
}

/* --- one fit ------------------------------------------------------------------------------------
 */

typedef struct adapting {
    const fc_adapter_options *opts;
    fc_adapt_options fit;
    fc_picked old, new_one;
    fc_adapter_pairs pairs;
    fc_head head;
    fc_adapt_report report;
    fc_buf json; /* of the report */
    fc_space_row row;
    fc_buf artefacts[2]; /* head, record */
} adapting;

static const fc_picked *source_of(const adapting *a)
{
    return a->opts->migrate ? &a->old : &a->new_one;
}

static const fc_picked *target_of(const adapting *a)
{
    return a->opts->migrate ? &a->new_one : &a->old;
}

static fc_status pick(adapting *a, fc_snapshot *s, fc_error *err)
{
    const fc_encoder_info *x, *y;
    fc_status st = fc__adapter_pick(s, a->opts->from, a->opts->output, &a->old, err);

    if (st == FC_OK)
        st = fc__adapter_pick(s, a->opts->to, a->opts->output, &a->new_one, err);
    if (st != FC_OK)
        return st;
    x = a->old.encoder;
    y = a->new_one.encoder;
    if (x->id == y->id)
        return fc_error_set(err, FC_E_INVALID,
                            "%s@%.8s is both versions: name the old one and the new one "
                            "(NAME@FINGERPRINT or #ID, see featcache encoders)",
                            x->name, x->fingerprint);
    for (int i = 0; i < 2; i++)
        if (fc__encoder_is_migrated(i == 0 ? x : y))
            return fc_error_set(err, FC_E_INVALID,
                                "what %s has was migrated, not encoded: name a version that was",
                                (i == 0 ? x : y)->name);
    if (x->modality != y->modality)
        return fc_error_set(err, FC_E_INVALID,
                            "encoder '%s' takes %s, '%s' takes %s: an adapter is between versions "
                            "of one modality",
                            x->name, fc_modality_name(x->modality), y->name,
                            fc_modality_name(y->modality));
    return FC_OK;
}

static fc_status fit(adapting *a, fc_snapshot *s, fc_error *err)
{
    const fc_adapter_options *o = a->opts;
    const uint64_t memory = o->memory_bytes != 0 ? o->memory_bytes : MEMORY_DEFAULT;
    fc_status st;

    a->fit =
        (fc_adapt_options){.use = o->migrate ? FC_ADAPT_GALLERY_MAPPED : FC_ADAPT_QUERIES_MAPPED,
                           .seed = o->seed,
                           .penalty = o->penalty,
                           .rank = o->rank,
                           .n_threads = o->n_threads != 0 ? o->n_threads : fc__cpu_count(),
                           .memory_bytes = memory,
                           .progress = o->progress,
                           .cancelled = o->cancelled,
                           .context = o->context};
    st = parse_method(o->method, &a->fit.method, err);
    if (st == FC_OK)
        st = pick(a, s, err);
    if (st == FC_OK)
        st = fc__adapter_pairs_read(&a->pairs, s, source_of(a), target_of(a),
                                    o->n_sample != 0 ? o->n_sample : FC_ADAPTER_SAMPLE, o->seed,
                                    memory, err);
    if (st == FC_OK)
        st = fc__adapt_fit(&a->head, &a->pairs.pairs, &a->fit, &a->report, err);
    return st == FC_OK ? fc__adapter_record(&a->report, &a->pairs, o->seed, &a->json, err) : st;
}

/* --- what is stored -----------------------------------------------------------------------------
 */

static fc_status take_name(adapting *a, fc_error *err)
{
    char name[sizeof(((fc_adapter_report *)0)->name)];
    const char *behind = a->opts->migrate ? "-migrate" : "-adapter";

    snprintf(name, sizeof(name), "%.*s%s", (int)(sizeof(name) - 1 - strlen(behind)),
             a->new_one.encoder->name, behind);
    a->row.name = fc__strdup(a->opts->name != NULL ? a->opts->name : name);
    return a->row.name != NULL ? FC_OK : fc__nomem(err, sizeof(name), "an adapter");
}

/* A switch that is under way goes on with a better adapter of the same two. */
static fc_status keep_stage(adapting *a, fc_snapshot *s, fc_error *err)
{
    fc_space_row *list = NULL;
    size_t n = 0;
    fc_status st = fc__snapshot_spaces(s, &list, &n, err);

    for (size_t i = 0; i < n; i++)
        if (list[i].kind == FC_SPACE_ADAPTER && strcmp(list[i].name, a->row.name) == 0 &&
            memcmp(&list[i].members[0].fingerprint, &a->row.members[0].fingerprint,
                   sizeof(fc_sha256)) == 0 &&
            memcmp(&list[i].members[1].fingerprint, &a->row.members[1].fingerprint,
                   sizeof(fc_sha256)) == 0)
            a->row.adapter.stage = list[i].adapter.stage;
    fc__spaces_free(list, n);
    return st;
}

static fc_status write_artefacts(adapting *a, fc_error *err)
{
    fc_fit_record record = {.n_seen = 0};
    fc_status st = fc_buf_append(&a->json, "", 1, err);

    record.json = (char *)a->json.data;
    if (st == FC_OK)
        st = fc__artefact_write_head(&a->head, &a->row.members[FC_ADAPTER_SOURCE], 1,
                                     &a->artefacts[0], err);
    if (st == FC_OK)
        st = fc__artefact_id(a->artefacts[0].data, a->artefacts[0].size, &a->row.heads[0], err);
    if (st == FC_OK)
        st = fc__artefact_write_record(&record, &a->artefacts[1], err);
    if (st == FC_OK)
        st =
            fc__artefact_id(a->artefacts[1].data, a->artefacts[1].size, &a->row.origin.record, err);
    return st;
}

static fc_status make_row(adapting *a, fc_snapshot *s, fc_error *err)
{
    fc_status st;

    a->row = (fc_space_row){.kind = FC_SPACE_ADAPTER,
                            .dim = a->head.dim,
                            .n_branches = 1,
                            .adapter = {.migrates = a->opts->migrate,
                                        .score_slope = a->report.score_slope,
                                        .score_shift = a->report.score_shift}};
    a->row.origin.method = fc__strdup(fc__adapt_method_name(a->report.method));
    a->row.origin.split = fc__strdup("");
    if (a->row.origin.method == NULL || a->row.origin.split == NULL)
        return fc__nomem(err, 16, "an adapter");
    st = fc__space_row_add(&a->row, target_of(a), FC_ADAPTER_TARGET, err);
    if (st == FC_OK)
        st = fc__space_row_add(&a->row, source_of(a), FC_ADAPTER_SOURCE, err);
    if (st == FC_OK)
        st = take_name(a, err);
    if (st == FC_OK)
        st = keep_stage(a, s, err);
    return st == FC_OK ? write_artefacts(a, err) : st;
}

/* --- the report ---------------------------------------------------------------------------------
 */

static fc_adapter_recall recall_of(const fc_adapt_recall *r)
{
    fc_adapter_recall out;

    for (size_t k = 0; k < FC_ADAPT_KS; k++) {
        out.value[k] = r->value[k];
        out.low[k] = r->range[k].low;
        out.high[k] = r->range[k].high;
    }
    return out;
}

static void describe(adapting *a, fc_adapter_report *out)
{
    const fc_adapt_report *r = &a->report;

    snprintf(out->name, sizeof(out->name), "%s", a->row.name);
    snprintf(out->method, sizeof(out->method), "%s", a->row.origin.method);
    snprintf(out->how, sizeof(out->how), "%s", r->how);
    out->version = a->row.version;
    out->stage = a->row.adapter.stage;
    out->n_common = a->pairs.n_common;
    out->n_skipped = a->pairs.n_skipped;
    out->n_fit = r->n_fit;
    out->n_choose = r->n_choose;
    out->n_test = r->n_test;
    out->n_queries = r->n_queries;
    out->n_gallery = r->n_gallery;
    out->adapted = recall_of(&r->adapted);
    out->old = recall_of(&r->old);
    out->unadapted = recall_of(&r->bare);
    out->gain = recall_of(&r->gain);
    out->has_unadapted = r->has_bare;
    memcpy(out->chance, r->chance, sizeof(out->chance));
    out->fit_json = (char *)a->json.data;
    a->json = (fc_buf)FC_BUF_INIT;
}

static void dispose(adapting *a)
{
    fc__adapter_pairs_dispose(&a->pairs);
    fc__adapt_report_dispose(&a->report);
    fc__head_dispose(&a->head);
    fc__space_row_dispose(&a->row);
    fc_buf_dispose(&a->json);
    fc_buf_dispose(&a->artefacts[0]);
    fc_buf_dispose(&a->artefacts[1]);
}

fc_status fc_adapter_fit(fc_store *store, const fc_adapter_options *opts, fc_adapter_report *report,
                         fc_error *err)
{
    adapting a = {.opts = opts};
    const uint64_t begun = fc__now_ns();
    fc_snapshot *s = NULL;
    fc_status st = check(store, opts, err);

    memset(report, 0, sizeof(*report));
    if (st == FC_OK)
        st = fc_snapshot_begin(&s, store, err);
    if (st == FC_OK)
        st = fit(&a, s, err);
    if (st == FC_OK)
        st = make_row(&a, s, err);
    fc_snapshot_end(s);
    if (st == FC_OK)
        st = fc__store_put_space(store, &a.row, a.artefacts, 2, &report->changed, err);
    if (st == FC_OK)
        describe(&a, report);
    report->seconds = (double)(fc__now_ns() - begun) * 1e-9;
    dispose(&a);
    return st;
}
