/*
 * Samples of contents: those of hubs, and those that leak from one split into another.
 */
#include <featcache/duplicates.h>

#include <stdlib.h>
#include <string.h>

#include "audit_space_run.h"
#include "fc_alloc.h"
#include "fc_store_read.h"

#define LEAKS_SHOWN   ((size_t)50)
#define SAMPLES_SHOWN ((size_t)12)

/* --- hubs --- */

typedef struct taking {
    fc_space_audit_result *out;
    fc_audit_sample *to;
    bool found;
    fc_status status;
    fc_error *err;
} taking;

static bool take_first(void *context, const fc_sample *sample)
{
    taking *t = context;

    t->found = true;
    t->status = fc__audit_own_sample(&t->out->owned, sample, t->to, t->err);
    return true;
}

static fc_status name_content(fc_space_audit_run *run, uint64_t content, fc_audit_sample *out,
                              bool *found, fc_error *err)
{
    const fc_live_filter *f = &run->filter;
    taking t = {.out = run->out, .to = out, .status = FC_OK, .err = err};
    const fc_status st =
        fc__snapshot_holders(run->snapshot, content, f->dataset != NULL ? f->dataset->name : NULL,
                             f->version != NULL ? f->version->number : 0, take_first, &t, err);

    *found = t.found;
    return st != FC_OK ? st : t.status;
}

fc_status fc__space_audit_hubs(fc_space_audit_run *run, fc_error *err)
{
    fc_audit_hub *hubs = NULL;
    size_t n = 0;
    fc_status st = fc__audit_own(&run->out->owned, run->n_hubs, sizeof(*hubs), &hubs, err);

    for (size_t i = 0; i < run->n_hubs && st == FC_OK; i++) {
        bool found = false;

        st = name_content(run, run->hubs[i], &hubs[n].sample, &found, err);
        hubs[n].count = run->hub_counts[i];
        hubs[n].expected = run->hub_mean;
        n += found && st == FC_OK;
    }
    run->out->public.hubs = hubs;
    run->out->public.n_hubs = n;
    return st;
}

/* --- leakage --- */

typedef struct split_count {
    char *first;
    bool several;
} split_count;

static fc_status count_splits(void *context, const fc_sample *sample, fc_error *err)
{
    split_count *c = context;

    if (sample->split[0] == '\0' || c->several)
        return FC_OK;
    if (c->first == NULL) {
        c->first = fc__strdup(sample->split);
        return c->first != NULL ? FC_OK : fc__nomem(err, strlen(sample->split), "a split");
    }
    c->several = strcmp(c->first, sample->split) != 0;
    return FC_OK;
}

static void on_compared(void *context, uint64_t done, uint64_t total)
{
    const fc_space_audit_run *run = context;

    (void)fc__space_audit_step(run, "duplicates", done, total, NULL);
}

static bool is_cancelled(void *context)
{
    const fc_space_audit_run *run = context;

    return run->opts->cancelled != NULL && run->opts->cancelled(run->opts->context);
}

static fc_status copy_sample(fc_space_audit_result *r, const fc_duplicate_sample *from,
                             fc_audit_sample *to, fc_error *err)
{
    const fc_sample sample = {.dataset = from->dataset,
                              .id = from->id,
                              .content = from->content,
                              .modality = from->modality,
                              .group = from->group,
                              .split = from->split,
                              .path = from->path,
                              .preview = ""};

    return fc__audit_own_sample(&r->owned, &sample, to, err);
}

static fc_status copy_leak(fc_space_audit_result *r, const fc_duplicate_set *set,
                           fc_audit_leak *out, fc_error *err)
{
    const size_t n = set->n < SAMPLES_SHOWN ? set->n : SAMPLES_SHOWN;
    fc_audit_sample *samples = NULL;
    fc_status st = fc__audit_own(&r->owned, n, sizeof(*samples), &samples, err);

    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = copy_sample(r, &set->samples[i], &samples[i], err);
    *out = (fc_audit_leak){samples, st == FC_OK ? n : 0, set->n, set->low};
    return st;
}

static fc_status keep_leaks(fc_space_audit_run *run, const fc_duplicates *d, fc_error *err)
{
    fc_audit_space_report *report = &run->out->public;
    fc_audit_leak *leaks = NULL;
    fc_status st = fc__audit_own(&run->out->owned, LEAKS_SHOWN, sizeof(*leaks), &leaks, err);

    report->leaks = leaks;
    report->leak_compared = d->n_items;
    for (size_t i = 0; i < d->n_sets && st == FC_OK; i++) {
        if (!d->sets[i].crosses_splits)
            continue;
        report->n_leak_sets++;
        report->n_leak_samples += d->sets[i].n;
        if (report->n_leaks < LEAKS_SHOWN)
            st = copy_leak(run->out, &d->sets[i], &leaks[report->n_leaks++], err);
    }
    return st;
}

static fc_status compare(fc_space_audit_run *run, fc_error *err)
{
    const fc_audit_space_options *o = run->opts;
    fc_duplicates_options opts = FC_DUPLICATES_OPTIONS_INIT;
    fc_duplicates *found = NULL;
    fc_status st;

    opts.space = o->space;
    opts.encoder = o->encoder;
    opts.output = run->out->public.output;
    opts.dataset = o->dataset;
    opts.threshold = o->near;
    opts.memory_bytes = o->memory_bytes;
    opts.n_threads = o->n_threads;
    opts.max_pairs = 1;
    opts.progress = on_compared;
    opts.cancelled = is_cancelled;
    opts.context = run;
    st = fc_duplicates_find(&found, run->store, &opts, err);
    if (st == FC_OK)
        st = keep_leaks(run, found, err);
    fc_duplicates_destroy(found);
    return st;
}

fc_status fc__space_audit_leaks(fc_space_audit_run *run, fc_error *err)
{
    fc_audit_space_report *report = &run->out->public;
    split_count splits = {NULL, false};
    uint64_t n = 0;
    fc_status st = fc__live_scan(run->snapshot, &run->filter, count_splits, &splits, err);

    free(splits.first);
    for (size_t i = 0; i < run->n_items; i++)
        n += run->items[i].n;
    report->near = run->opts->near;
    report->leakage = !splits.several               ? FC_LEAKAGE_NO_SPLITS
                      : n > run->opts->max_compared ? FC_LEAKAGE_TOO_MANY
                                                    : FC_LEAKAGE_MEASURED;
    return st == FC_OK && report->leakage == FC_LEAKAGE_MEASURED ? compare(run, err) : st;
}
