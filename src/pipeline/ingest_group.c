/*
 * Samples that wait for their encoder, its runs, and what comes of each: features in stored form,
 * or a reason.
 */
#include "ingest_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

/* A group is for what is small: more than this is rather run. */
#define BYTES_MAX ((size_t)16 << 20)

typedef struct member {
    fc_run_sample *sample;
    fc_prepared prepared;
    fc_features features;
    uint64_t budget; /* taken, to be given back */
} member;

struct fc_group {
    fc_run *run;
    size_t e;
    fc_encoder_worker *worker;
    bool wanted[FC_INGEST_OUTPUTS_MAX]; /* of all its members */
    member *members;
    const fc_prepared **inputs; /* n_max each, for a run */
    fc_features **outputs;
    size_t n, n_max, bytes;
};

fc_status fc__group_create(fc_group **out, fc_run *run, size_t e, fc_error *err)
{
    fc_group *g = fc__alloc_array(1, sizeof(*g));
    fc_status st;

    *out = NULL;
    if (g == NULL)
        return fc__nomem(err, sizeof(*g), "a group of samples");
    g->run = run;
    g->e = e;
    g->n_max = fc__encoder_batch_hint(run->encoders[e].encoder);
    g->members = fc__alloc_array(g->n_max, sizeof(*g->members));
    g->inputs = fc__alloc_array(g->n_max, sizeof(*g->inputs));
    g->outputs = fc__alloc_array(g->n_max, sizeof(*g->outputs));
    if (g->members == NULL || g->inputs == NULL || g->outputs == NULL)
        st = fc__nomem(err, g->n_max * sizeof(*g->members), "a group of samples");
    else
        st = fc__encoder_worker_create(&g->worker, run->encoders[e].encoder, err);
    if (st != FC_OK) {
        fc__group_destroy(g);
        return st;
    }
    for (size_t i = 0; i < g->n_max; i++)
        g->members[i] = (member){.prepared = FC_PREPARED_INIT, .features = FC_FEATURES_INIT};
    *out = g;
    return FC_OK;
}

void fc__group_destroy(fc_group *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; i < g->n; i++)
        fc__prepared_dispose(&g->members[i].prepared);
    fc__encoder_worker_destroy(g->worker);
    free(g->members);
    free(g->inputs);
    free(g->outputs);
    free(g);
}

static fc_sample_result *result_of(const fc_group *g, const member *m)
{
    return &m->sample->results[g->e];
}

/* What came of a sample; others that have its content hear it too. */
static void settle(fc_group *g, const member *m, fc_status st, const fc_error *err)
{
    fc_sample_result *r = result_of(g, m);

    r->loss = m->prepared.loss;
    if (st == FC_OK)
        r->outcome = FC_OUTCOME_ENCODED;
    else
        fc__run_result_fail(r, err->message);
    fc__claims_settle(g->run->claims, &m->sample->hash, (uint32_t)g->e,
                      st == FC_OK ? NULL : err->message);
}

/* Where the rows lie in time; the features go before the item does. */
static fc_status keep_times(const fc_time_axis *from, fc_stored_item *item, fc_error *err)
{
    int64_t *intervals;

    item->time = *from;
    item->time.intervals = NULL;
    if (from->kind != FC_TIME_EXPLICIT || item->n_rows == 0)
        return FC_OK;
    intervals = fc__alloc_bare((size_t)item->n_rows, 2 * sizeof(*intervals));
    if (intervals == NULL)
        return fc__nomem(err, (size_t)item->n_rows * 2 * sizeof(*intervals), "times");
    memcpy(intervals, from->intervals, (size_t)item->n_rows * 2 * sizeof(*intervals));
    item->time.intervals = intervals;
    return FC_OK;
}

/* Features of one sample into stored form, beside those that r->items has. */
static fc_status quantise(const fc_run_encoder *enc, const fc_features *f, const bool *wanted,
                          fc_sample_result *r, fc_error *err)
{
    if (r->items == NULL)
        r->items = fc__alloc_array(enc->n_outputs, sizeof(*r->items));
    if (r->items == NULL)
        return fc__nomem(err, enc->n_outputs * sizeof(*r->items), "features");
    for (size_t k = 0; k < enc->n_outputs; k++) {
        const fc_tensor *t = &f->outputs[k];
        const size_t row = fc__layout_row_elements(&enc->outputs[k].layout);
        fc_stored_item *item = &r->items[k];
        fc_status st;

        if (!wanted[k])
            continue;
        item->n_rows = row == 0 ? 0 : fc_tensor_count(t) / row;
        st = fc__item_quantise(&enc->outputs[k].layout, t->data, item->n_rows, &item->bytes,
                               &item->error, err);
        if (st == FC_OK)
            st = keep_times(&f->times[k], item, err);
        if (st != FC_OK)
            return st;
        item->present = true;
        r->raw_bytes += fc_tensor_count(t) * sizeof(float);
    }
    return FC_OK;
}

/* One run for n members; their features are to be disposed of. */
static fc_status run_members(fc_group *g, member *members, size_t n, const bool *wanted,
                             fc_error *err)
{
    const uint32_t n_threads = g->run->encoders[g->e].n_threads;
    fc_status st;

    for (size_t i = 0; i < n; i++) {
        g->inputs[i] = &members[i].prepared;
        g->outputs[i] = &members[i].features;
    }
    /* Whoever has processors never waits for anything: claims may be held meanwhile. */
    fc__budget_take(g->run->cores, n_threads);
    st = fc__encoder_run(g->worker, g->inputs, n, wanted, g->outputs, err);
    fc__budget_give(g->run->cores, n_threads);
    return st;
}

static size_t count_wanted(const fc_run_encoder *enc, const bool *wanted)
{
    size_t n = 0;

    for (size_t k = 0; k < enc->n_outputs; k++)
        n += wanted[k];
    return n;
}

/* One output refuses the input, as `pooled` does a silent sound: the others need not suffer for it.
 * Each by itself; those that succeed are kept, and the sample is a failure with the reason of the
 * first that does not. */
static fc_status run_apart(fc_group *g, member *m, fc_error *err)
{
    const fc_run_encoder *enc = &g->run->encoders[g->e];
    char reason[FC_ERROR_MESSAGE_BYTES];
    size_t n_kept = 0;
    fc_status first = FC_OK;

    for (size_t k = 0; k < enc->n_outputs; k++) {
        bool only[FC_INGEST_OUTPUTS_MAX] = {false};
        fc_error why = FC_ERROR_INIT;
        fc_status st;

        only[k] = g->wanted[k];
        if (!g->wanted[k])
            continue;
        st = run_members(g, m, 1, only, &why);
        if (st == FC_OK)
            st = quantise(enc, &m->features, only, result_of(g, m), &why);
        n_kept += st == FC_OK;
        if (st != FC_OK && first == FC_OK) {
            first = st;
            snprintf(reason, sizeof(reason), "%s", why.message);
        }
    }
    if (first == FC_OK || n_kept == 0)
        return first == FC_OK ? FC_OK : fc_error_set(err, first, "%s", reason);
    return fc_error_set(err, first, "%.460s; its other outputs are kept", reason);
}

/* A member by itself, and its outputs by themselves where one of them fails. */
static void run_alone(fc_group *g, member *m)
{
    const fc_run_encoder *enc = &g->run->encoders[g->e];
    fc_error err = FC_ERROR_INIT;
    fc_status st = run_members(g, m, 1, g->wanted, &err);

    if (st == FC_OK)
        st = quantise(enc, &m->features, g->wanted, result_of(g, m), &err);
    if (st != FC_OK)
        fc__run_result_dispose(result_of(g, m), enc->n_outputs);
    if (st == FC_E_FORMAT && count_wanted(enc, g->wanted) > 1)
        st = run_apart(g, m, &err);
    settle(g, m, st, &err);
    fc__features_dispose(&m->features);
}

/* All members in one run. Who is left over, because that failed or its own features do not do, is
 * run alone. */
static void run_together(fc_group *g)
{
    const fc_run_encoder *enc = &g->run->encoders[g->e];
    fc_error err = FC_ERROR_INIT;
    const fc_status ran = run_members(g, g->members, g->n, g->wanted, &err);

    for (size_t i = 0; i < g->n; i++) {
        member *m = &g->members[i];
        fc_status st = ran;

        if (st == FC_OK)
            st = quantise(enc, &m->features, g->wanted, result_of(g, m), &err);
        fc__features_dispose(&m->features); /* of all before the next is stored a second time */
        if (st == FC_OK) {
            settle(g, m, FC_OK, NULL);
        } else {
            fc__run_result_dispose(result_of(g, m), enc->n_outputs);
            run_alone(g, m);
        }
    }
}

void fc__group_run(fc_group *g)
{
    if (g->n == 1)
        run_alone(g, &g->members[0]);
    else if (g->n > 1)
        run_together(g);
    for (size_t i = 0; i < g->n; i++) {
        fc__prepared_dispose(&g->members[i].prepared);
        if (g->members[i].budget > 0)
            fc__budget_give(g->run->budget, g->members[i].budget);
    }
    g->n = 0;
    g->bytes = 0;
}

/* Whether the newest member may wait for more; then its bytes are in the budget. */
static bool may_wait(fc_group *g, member *m)
{
    const size_t bytes = fc__prepared_bytes(&m->prepared);

    g->bytes += bytes;
    if (g->n == g->n_max || g->bytes > BYTES_MAX || !fc__budget_try(g->run->budget, bytes))
        return false;
    m->budget = bytes;
    return true;
}

/* Run those who wait; the one behind them, which is not among them yet, becomes the first. */
static member *run_before(fc_group *g)
{
    const member last = g->members[g->n];

    fc__group_run(g);
    g->members[0] = last;
    return &g->members[0];
}

void fc__group_add(fc_group *g, fc_run_sample *s, const fc_loaded *load, const bool *wanted)
{
    const fc_input in = {.modality = s->modality,
                         .bytes = load->bytes,
                         .n_bytes = load->n,
                         .start_s = s->start_s,
                         .end_s = s->end_s,
                         .name = s->path != NULL ? s->path : s->id,
                         .limits = &g->run->limits};
    const size_t n_outputs = g->run->encoders[g->e].n_outputs;
    fc_error err = FC_ERROR_INIT;
    member *m;
    fc_status st;

    if (g->n > 0 && memcmp(g->wanted, wanted, n_outputs * sizeof(*wanted)) != 0)
        fc__group_run(g);
    memcpy(g->wanted, wanted, n_outputs * sizeof(*wanted));
    m = &g->members[g->n];
    *m = (member){.sample = s, .prepared = FC_PREPARED_INIT, .features = FC_FEATURES_INIT};
    st = fc__encoder_prepare(g->worker, &in, &m->prepared, &err);
    if (st != FC_OK) {
        settle(g, m, st, &err);
        return;
    }
    if (m->prepared.borrows && g->n > 0)
        m = run_before(g);
    g->n++;
    if (m->prepared.borrows || !may_wait(g, m))
        fc__group_run(g);
}
