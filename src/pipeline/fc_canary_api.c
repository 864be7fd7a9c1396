/*
 * fc_audit_canary(): asks the canaries of a store, and makes or renews them on request.
 */
#include <stdlib.h>
#include <string.h>

#include "canary_check.h"
#include "canary_find.h"
#include "fc_alloc.h"
#include "fc_card.h"
#include "fc_store_write.h"

/* What the first release of the struct held; never changes. */
#define OPTIONS_SIZE_V1 (offsetof(fc_canary_options, svg_helper) + sizeof(const char *))

typedef struct audit {
    fc_store *store;
    fc_snapshot *snapshot;
    const fc_canary_options *opts;
    fc_canary_report *report;
    fc_error *err;
} audit;

static fc_status check_options(const fc_canary_options *opts, fc_error *err)
{
    if (opts->struct_size < OPTIONS_SIZE_V1 || opts->struct_size > sizeof(*opts))
        return fc_error_set(err, FC_E_INVALID,
                            "canary options: struct_size is %zu; start from FC_CANARY_OPTIONS_INIT",
                            opts->struct_size);
    if (opts->n_add > FC_CANARY_INPUTS_MAX)
        return fc_error_set(err, FC_E_INVALID, "%llu canary inputs to add; at most %d",
                            (unsigned long long)opts->n_add, FC_CANARY_INPUTS_MAX);
    return FC_OK;
}

/* The encoder of a stored card, ready to run. FC_E_NOMEM, or why it cannot be. */
static fc_status open_encoder(const audit *a, const fc_encoder_info *info, fc_encoder **out,
                              fc_error *why)
{
    fc_card *card = NULL;
    fc_status st = fc__card_from_canonical(&card, info->card, strlen(info->card), why);

    *out = NULL;
    if (st == FC_OK)
        st = fc__encoder_create_on(out, card, a->opts->neural, why);
    fc__card_destroy(card);
    return st;
}

/* Inputs that the caller wants more, of what samples there are now. */
static fc_status add_inputs(audit *a, fc_canary_encoder_report *r, fc_canary *canary,
                            const fc_canary_job *job, size_t n, bool *changed)
{
    const size_t room = FC_CANARY_BYTES_MAX - fc__canary_bytes(canary);
    size_t wanted = canary->n_inputs + n, n_found = 0, added = 0;
    fc_canary_input *found = NULL;
    fc_status st;

    wanted = wanted < FC_CANARY_INPUTS_MAX ? wanted : FC_CANARY_INPUTS_MAX;
    st = fc__canary_find(a->snapshot, r->modality, canary, wanted - canary->n_inputs, room, &found,
                         &n_found, a->err);
    if (st == FC_OK)
        st = fc__canary_fill(canary, job, found, n_found, wanted, &added, a->err);
    fc__canary_inputs_free(found, n_found);
    r->n_added = added;
    *changed = *changed || added > 0;
    return st;
}

static fc_status put(audit *a, fc_version_id version, const fc_canary *canary)
{
    fc_writer *w = NULL;
    fc_status st = fc__writer_open(&w, a->store, NULL, a->err);

    if (st == FC_OK)
        st = fc__writer_canary(w, version, canary, a->err);
    fc__writer_close(w);
    return st;
}

/* The version's canary; an empty one, to be filled, where it has none or accepts a damaged one. */
static fc_status take_canary(audit *a, const fc_encoder_info *info, const fc_encoder *e,
                             fc_canary *out, bool *none)
{
    fc_status st = fc__snapshot_canary(a->snapshot, info->id, out, a->err);
    fc_sha256 fingerprint;

    *none = st == FC_E_NOT_FOUND || (st == FC_E_CORRUPT && a->opts->accept);
    if (!*none)
        return st;
    if (!fc__sha256_from_hex(&fingerprint, info->fingerprint, strlen(info->fingerprint)))
        return FC_E_CORRUPT; /* the store wrote it */
    return fc__canary_begin(out, &fingerprint, e, a->err);
}

static fc_status audit_with(audit *a, const fc_encoder_info *info, fc_encoder *e,
                            fc_canary_encoder_report *r)
{
    const fc_canary_options *opts = a->opts;
    const fc_decode_limits limits =
        fc__decode_limits(&(fc_decode_limits){.svg_helper = opts->svg_helper});
    const fc_canary_job job = {e, &limits, opts->accept};
    const bool writes = opts->accept || opts->n_add > 0;
    bool changed = false, none = false;
    size_t n_add = (size_t)opts->n_add;
    fc_canary canary;
    fc_status st = take_canary(a, info, e, &canary, &none);

    if (st != FC_OK)
        return st;
    r->state = FC_CANARY_NONE;
    if (none)
        n_add = n_add > 0 ? n_add : opts->accept ? FC_CANARY_INPUTS : 0;
    else
        st = fc__canary_check(r, &canary, &job, &changed, a->err);
    if (st == FC_OK && n_add > 0)
        st = add_inputs(a, r, &canary, &job, n_add, &changed);
    if (st == FC_OK && writes && changed)
        st = put(a, info->id, &canary);
    r->accepted = st == FC_OK && opts->accept && !none;
    r->n_inputs = canary.n_inputs;
    r->n_bytes = fc__canary_bytes(&canary);
    fc__canary_dispose(&canary);
    return st;
}

static fc_status audit_one(audit *a, const fc_encoder_info *info)
{
    fc_canary_encoder_report *r = &a->report->encoders[a->report->n_encoders++];
    fc_error why = FC_ERROR_INIT;
    fc_encoder *e = NULL;
    fc_status st;

    r->version = info->id;
    r->modality = info->modality;
    memcpy(r->fingerprint, info->fingerprint, sizeof(r->fingerprint));
    r->name = fc__strdup(info->name);
    if (r->name == NULL)
        return fc__nomem(a->err, strlen(info->name), "a report");
    st = open_encoder(a, info, &e, &why);
    if (st == FC_E_NOMEM)
        return fc_error_set(a->err, st, "%s", why.message);
    if (st != FC_OK) {
        r->state = FC_CANARY_NOT_RUN;
        r->reason = fc__strdup(why.message);
        return r->reason != NULL ? FC_OK : fc__nomem(a->err, sizeof(why.message), "a report");
    }
    st = audit_with(a, info, e, r);
    fc__encoder_destroy(e);
    if (r->level > a->report->level)
        a->report->level = r->level;
    return st;
}

static fc_status audit_all(audit *a)
{
    const fc_encoder_info *list, *only = NULL;
    size_t n;
    fc_status st = fc_snapshot_encoders(a->snapshot, &list, &n, a->err);

    if (st == FC_OK && a->opts->encoder != NULL)
        st = fc_snapshot_find_encoder(a->snapshot, a->opts->encoder, &only, a->err);
    if (st != FC_OK)
        return st;
    a->report->encoders = fc__alloc_array(n, sizeof(*a->report->encoders));
    if (a->report->encoders == NULL)
        return fc__nomem(a->err, n * sizeof(*a->report->encoders), "a report");
    for (size_t i = 0; i < n && st == FC_OK; i++)
        if (only == NULL || only == &list[i])
            st = audit_one(a, &list[i]);
    return st;
}

fc_status fc_audit_canary(fc_store *store, const fc_canary_options *given, fc_canary_report *report,
                          fc_error *err)
{
    const fc_canary_options defaults = FC_CANARY_OPTIONS_INIT;
    audit a = {
        .store = store, .opts = given != NULL ? given : &defaults, .report = report, .err = err};
    fc_status st;

    memset(report, 0, sizeof(*report));
    st = check_options(a.opts, err);
    if (st == FC_OK)
        st = fc_snapshot_begin(&a.snapshot, store, err);
    if (st == FC_OK)
        st = audit_all(&a);
    fc_snapshot_end(a.snapshot);
    return st;
}

void fc_canary_report_dispose(fc_canary_report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < report->n_encoders; i++)
        fc__canary_encoder_report_dispose(&report->encoders[i]);
    free(report->encoders);
    memset(report, 0, sizeof(*report));
}
