/*
 * fc_audit_data(): two selections of one encoder version's features.
 */
#include <stdlib.h>

#include "audit_data_run.h"
#include "fc_alloc.h"
#include "fc_queue.h"

#define ALPHA        0.05
#define SAMPLE       ((size_t)2000)
#define PERMUTATIONS 1000u
#define COMPONENTS   10u
#define UNLIKE       10u
#define MEMORY_BYTES (UINT64_C(1) << 30)

static fc_status check(const fc_audit_data_options *o, fc_error *err)
{
    if (o->struct_size != sizeof(*o))
        return fc_error_set(err, FC_E_INVALID,
                            "audit options: struct_size is %zu; start from "
                            "FC_AUDIT_DATA_OPTIONS_INIT",
                            o->struct_size);
    if (o->encoder == NULL || o->reference == NULL || o->current == NULL)
        return fc_error_set(err, FC_E_INVALID, "an encoder, a reference and a current are needed");
    if (!(o->alpha >= 0) || o->alpha >= 1)
        return fc_error_set(err, FC_E_INVALID, "alpha %g: above 0, below 1", o->alpha);
    if (o->sample != 0 && (o->sample < FC_AUDIT_LEAST || o->sample > FC_AUDIT_DATA_SAMPLE_MAX))
        return fc_error_set(err, FC_E_INVALID, "a sample of %zu; give %u to %u", o->sample,
                            FC_AUDIT_LEAST, FC_AUDIT_DATA_SAMPLE_MAX);
    if (o->n_components > FC_AUDIT_DATA_COMPONENTS_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u components; at most %u", o->n_components,
                            FC_AUDIT_DATA_COMPONENTS_MAX);
    if (o->n_unlike > FC_AUDIT_DATA_UNLIKE_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u samples to show; at most %u", o->n_unlike,
                            FC_AUDIT_DATA_UNLIKE_MAX);
    return FC_OK;
}

static void fill_in(fc_audit_data_options *o)
{
    o->alpha = o->alpha == 0 ? ALPHA : o->alpha;
    o->sample = o->sample == 0 ? SAMPLE : o->sample;
    o->n_permutations = o->n_permutations == 0 ? PERMUTATIONS : o->n_permutations;
    o->n_components = o->n_components == 0 ? COMPONENTS : o->n_components;
    o->n_unlike = o->n_unlike == 0 ? UNLIKE : o->n_unlike;
    o->memory_bytes = o->memory_bytes == 0 ? MEMORY_BYTES : o->memory_bytes;
    o->n_threads = o->n_threads == 0 ? fc__cpu_count() : o->n_threads;
}

/* The steps are not of one length; their number is what can be told. */
fc_status fc__data_audit_step(const fc_data_audit_run *run, const char *what, uint64_t done,
                              fc_error *err)
{
    const fc_audit_data_options *o = run->opts;

    if (o->progress != NULL)
        o->progress(o->context, what, done, 0);
    if (o->cancelled != NULL && o->cancelled(o->context))
        return fc_error_set(err, FC_E_CANCELLED, "stopped while it was at: %s", what);
    return FC_OK;
}

static fc_status open_output(fc_data_audit_run *run, fc_error *err)
{
    const fc_pick_wish wish = {.encoder = run->opts->encoder, .output = run->opts->output};
    fc_audit_data_report *report = &run->out->public;
    fc_audit_owned *owned = &run->out->owned;
    fc_status st = fc__pick_output(run->snapshot, &wish, &run->picked, err);

    if (st != FC_OK)
        return st;
    run->dim = (size_t)run->picked.output->shape[0];
    report->dim = run->dim;
    st = fc__audit_own_text(owned, run->picked.encoder->name, &report->encoder, err);
    if (st == FC_OK)
        st = fc__audit_own_text(owned, run->picked.encoder->fingerprint, &report->fingerprint, err);
    return st == FC_OK ? fc__audit_own_text(owned, run->picked.output->name, &report->output, err)
                       : st;
}

static fc_status compare(fc_data_audit_run *run, fc_error *err)
{
    fc_audit_data_report *report = &run->out->public;
    fc_status st = open_output(run, err);

    report->alpha = run->opts->alpha;
    report->n_permutations = run->opts->n_permutations;
    if (st == FC_OK)
        st = fc__data_audit_read(run, err);
    if (st == FC_OK)
        st = fc__data_audit_test(run, err);
    return st == FC_OK ? fc__data_audit_unlike(run, err) : st;
}

static void dispose_side(fc_data_side *side)
{
    fc__selection_dispose(&side->selection);
    free(side->contents);
    free(side->rows);
}

fc_status fc_audit_data(fc_audit_data_report **out, fc_store *store,
                        const fc_audit_data_options *given, fc_error *err)
{
    const uint64_t start = fc__now_ns();
    fc_data_audit_run run = {.snapshot = NULL};
    fc_audit_data_options opts;
    fc_data_audit_result *result;
    fc_status st = check(given, err);

    *out = NULL;
    if (st != FC_OK)
        return st;
    opts = *given;
    fill_in(&opts);
    result = calloc(1, sizeof(*result));
    if (result == NULL)
        return fc__nomem(err, sizeof(*result), "an audit");
    run.opts = &opts;
    run.out = result;
    st = fc_snapshot_begin(&run.snapshot, store, err);
    if (st == FC_OK)
        st = compare(&run, err);
    dispose_side(&run.reference);
    dispose_side(&run.current);
    fc_snapshot_end(run.snapshot);
    result->public.seconds = (double)(fc__now_ns() - start) * 1e-9;
    if (st == FC_OK)
        *out = &result->public;
    else
        fc_audit_data_destroy(&result->public);
    return st;
}

void fc_audit_data_destroy(fc_audit_data_report *report)
{
    fc_data_audit_result *r = (fc_data_audit_result *)report;

    if (r == NULL)
        return;
    fc__audit_owned_dispose(&r->owned);
    free(r);
}
