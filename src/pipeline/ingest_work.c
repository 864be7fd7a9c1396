/*
 * The workers: one batch of samples through load and claim into the groups of its encoders, which
 * prepare, run and quantise. A sample that fails carries its reason on; nothing here stops the run.
 *
 * Two workers must not wait for each other: whoever waits, for a claim or for memory, runs its
 * groups first, and so has no claim that is not settled.
 */
#include <stdlib.h>

#include "canary_pick.h"
#include "fc_alloc.h"
#include "ingest_group.h"
#include "ingest_run.h"

struct fc_run_worker {
    fc_run *run;
    fc_sample_reader *reader; /* NULL without a store */
    fc_fetcher *fetcher;
    uint64_t seen_commits;
    fc_group **groups; /* one an encoder of the run */
};

fc_status fc__run_worker_create(fc_run_worker **out, fc_run *run, fc_error *err)
{
    fc_run_worker *w = calloc(1, sizeof(*w));
    fc_status st = FC_OK;

    *out = NULL;
    if (w == NULL)
        return fc__nomem(err, sizeof(*w), "a worker");
    w->run = run;
    w->groups = fc__alloc_array(run->n_encoders, sizeof(*w->groups));
    if (w->groups == NULL)
        st = fc__nomem(err, run->n_encoders * sizeof(*w->groups), "a worker");
    if (st == FC_OK)
        st = fc__run_fetcher_create(&w->fetcher, run, err);
    if (st == FC_OK && run->store != NULL)
        st = fc__sample_reader_open(&w->reader, run->store, run->dataset, err);
    for (size_t e = 0; e < run->n_encoders && st == FC_OK; e++)
        st = fc__group_create(&w->groups[e], run, e, err);
    if (st != FC_OK) {
        fc__run_worker_destroy(w);
        return st;
    }
    *out = w;
    return FC_OK;
}

void fc__run_worker_destroy(fc_run_worker *w)
{
    if (w == NULL)
        return;
    for (size_t e = 0; w->groups != NULL && e < w->run->n_encoders; e++)
        fc__group_destroy(w->groups[e]);
    fc__sample_reader_close(w->reader);
    fc__fetcher_destroy(w->fetcher);
    free(w->groups);
    free(w);
}

void fc__run_result_fail(fc_sample_result *r, const char *reason)
{
    free(r->reason);
    r->reason = fc__strdup(reason);
    r->outcome = FC_OUTCOME_FAILED;
}

static void run_groups(void *worker)
{
    const fc_run_worker *w = worker;

    for (size_t e = 0; e < w->run->n_encoders; e++)
        fc__group_run(w->groups[e]);
}

/* Which outputs of an encoder the store lacks for this content; false when it lacks none. */
static fc_status missing_outputs(fc_run_worker *w, const fc_run_encoder *enc, const fc_sha256 *hash,
                                 bool *wanted, bool *any, fc_error *err)
{
    uint64_t content;
    fc_status st = FC_E_NOT_FOUND;

    *any = false;
    if (w->reader != NULL && enc->version != 0)
        st = fc__sample_reader_content(w->reader, hash, &content, err);
    if (st != FC_OK && st != FC_E_NOT_FOUND)
        return st;
    for (size_t k = 0; k < enc->n_outputs; k++) {
        bool has = false;

        if (st == FC_OK && enc->outputs[k].id != 0) {
            const fc_status got = fc__sample_reader_has_item(
                w->reader, enc->version, enc->outputs[k].id, content, &has, err);

            if (got != FC_OK)
                return got;
        }
        wanted[k] = !has;
        *any = *any || !has;
    }
    return FC_OK;
}

/* See what has been committed. After a claim is ours, this makes "not there" the truth. */
static fc_status renew(fc_run_worker *w, fc_error *err)
{
    const uint64_t commits = w->run->n_commits;

    if (w->reader == NULL || commits == w->seen_commits)
        return FC_OK;
    w->seen_commits = commits;
    return fc__sample_reader_renew(w->reader, err);
}

/* Decide what one sample needs of one encoder. True: it is to be computed here, claim taken. */
static bool needs_encoding(fc_run_worker *w, size_t e, fc_run_sample *s, bool *wanted)
{
    fc_run_encoder *enc = &w->run->encoders[e];
    fc_sample_result *r = &s->results[e];
    fc_error err = FC_ERROR_INIT;
    bool mine = false, any = false;
    char *reason = NULL;
    fc_status st;

    st = fc__claims_try(w->run->claims, &s->hash, (uint32_t)e, &mine, &reason, &err);
    if (st == FC_E_BUSY) {
        run_groups(w);
        st = fc__claims_take(w->run->claims, &s->hash, (uint32_t)e, &mine, &reason, &err);
    }
    if (st == FC_OK && !mine) {
        r->outcome = reason == NULL ? FC_OUTCOME_REUSED : FC_OUTCOME_FAILED;
        r->reason = reason;
        return false;
    }
    if (st == FC_OK)
        st = renew(w, &err);
    if (st == FC_OK)
        st = missing_outputs(w, enc, &s->hash, wanted, &any, &err);
    r->claimed = mine;
    if (st != FC_OK) {
        fc__run_result_fail(r, err.message);
        if (mine)
            fc__claims_settle(w->run->claims, &s->hash, (uint32_t)e, err.message);
        return false;
    }
    if (!any) {
        r->outcome = FC_OUTCOME_REUSED;
        fc__claims_settle(w->run->claims, &s->hash, (uint32_t)e, NULL);
    }
    return any;
}

static void encode_sample(fc_run_worker *w, fc_run_sample *s, const fc_loaded *load)
{
    bool wanted[FC_INGEST_OUTPUTS_MAX];

    for (size_t e = 0; e < w->run->n_encoders; e++) {
        if (w->run->encoders[e].modality != s->modality)
            continue;
        if (needs_encoding(w, e, s, wanted))
            fc__group_add(w->groups[e], s, load, wanted);
    }
}

void fc__run_worker_batch(fc_run_worker *w, fc_run_batch *batch)
{
    batch->skipped = w->run->stop || w->run->abandoned;
    for (size_t i = 0; i < batch->n && !batch->skipped; i++) {
        fc_run_sample *s = &batch->samples[i];
        fc_loaded load = {.file = FC_BUF_INIT, .before_wait = run_groups, .context = w};

        if (s->problem != NULL || s->relabel)
            continue;
        if (fc__run_load(w->run, w->fetcher, s, &load)) {
            fc__canary_pick_offer(w->run->pick, &s->hash, s->modality, s->start_s, s->end_s, s->id,
                                  load.bytes, load.n);
            encode_sample(w, s, &load);
        }
        fc__run_unload(w->run, &load);
    }
    run_groups(w);
}
