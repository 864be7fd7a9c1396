/*
 * The workers: one batch of samples through load, claim, encode and quantise. A sample that
 * fails carries its reason on; nothing here stops the run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "ingest_load.h"
#include "ingest_run.h"

struct fc_run_worker {
    fc_run *run;
    fc_sample_reader *reader; /* NULL without a store */
    fc_fetcher *fetcher;
    uint64_t seen_commits;
    fc_encoder_worker **encoders; /* one an encoder of the run */
};

fc_status fc__run_worker_create(fc_run_worker **out, fc_run *run, fc_error *err)
{
    fc_run_worker *w = calloc(1, sizeof(*w));
    fc_status st = FC_OK;

    *out = NULL;
    if (w == NULL)
        return fc__nomem(err, sizeof(*w), "a worker");
    w->run = run;
    w->encoders = fc__alloc_array(run->n_encoders, sizeof(*w->encoders));
    if (w->encoders == NULL)
        st = fc__nomem(err, run->n_encoders * sizeof(*w->encoders), "a worker");
    if (st == FC_OK)
        st = fc__run_fetcher_create(&w->fetcher, run, err);
    if (st == FC_OK && run->store != NULL)
        st = fc__sample_reader_open(&w->reader, run->store, run->dataset, err);
    for (size_t e = 0; e < run->n_encoders && st == FC_OK; e++)
        st = fc__encoder_worker_create(&w->encoders[e], run->encoders[e].encoder, err);
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
    for (size_t e = 0; w->encoders != NULL && e < w->run->n_encoders; e++)
        fc__encoder_worker_destroy(w->encoders[e]);
    fc__sample_reader_close(w->reader);
    fc__fetcher_destroy(w->fetcher);
    free(w->encoders);
    free(w);
}

static void set_failed(fc_sample_result *r, const char *reason)
{
    free(r->reason);
    r->reason = fc__strdup(reason);
    r->outcome = FC_OUTCOME_FAILED;
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

    st = fc__claims_take(w->run->claims, &s->hash, (uint32_t)e, &mine, &reason, &err);
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
        set_failed(r, err.message);
        fc__claims_settle(w->run->claims, &s->hash, (uint32_t)e, err.message);
        return false;
    }
    if (!any) {
        r->outcome = FC_OUTCOME_REUSED;
        fc__claims_settle(w->run->claims, &s->hash, (uint32_t)e, NULL);
    }
    return any;
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
        if (st != FC_OK)
            return st;
        item->present = true;
        r->raw_bytes += fc_tensor_count(t) * sizeof(float);
    }
    return FC_OK;
}

static fc_status run_encoder(fc_run_worker *w, size_t e, const fc_prepared *prepared,
                             const bool *wanted, fc_sample_result *r, fc_error *err)
{
    const fc_prepared *const inputs[1] = {prepared};
    fc_features features = FC_FEATURES_INIT;
    fc_features *const outputs[1] = {&features};
    fc_status st;

    st = fc__encoder_run(w->encoders[e], inputs, 1, wanted, outputs, err);
    if (st == FC_OK)
        st = quantise(&w->run->encoders[e], &features, wanted, r, err);
    fc__features_dispose(&features);
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
static fc_status run_apart(fc_run_worker *w, size_t e, const fc_prepared *prepared,
                           const bool *wanted, fc_sample_result *r, fc_error *err)
{
    const fc_run_encoder *enc = &w->run->encoders[e];
    char reason[FC_ERROR_MESSAGE_BYTES];
    size_t n_kept = 0;
    fc_status first = FC_OK;

    for (size_t k = 0; k < enc->n_outputs; k++) {
        bool only[FC_INGEST_OUTPUTS_MAX] = {false};
        fc_error why = FC_ERROR_INIT;
        fc_status st;

        only[k] = wanted[k];
        if (!wanted[k])
            continue;
        st = run_encoder(w, e, prepared, only, r, &why);
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

/* Prepare, run and quantise one sample; its claim is settled either way. */
static void encode_one(fc_run_worker *w, size_t e, fc_run_sample *s, const fc_loaded *load,
                       const bool *wanted)
{
    const fc_run_encoder *enc = &w->run->encoders[e];
    fc_sample_result *r = &s->results[e];
    const fc_input in = {.modality = s->modality,
                         .bytes = load->bytes,
                         .n_bytes = load->n,
                         .start_s = s->start_s,
                         .end_s = s->end_s,
                         .name = s->path != NULL ? s->path : s->id,
                         .limits = &w->run->limits};
    fc_prepared prepared = FC_PREPARED_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    st = fc__encoder_prepare(w->encoders[e], &in, &prepared, &err);
    if (st == FC_OK) {
        st = run_encoder(w, e, &prepared, wanted, r, &err);
        if (st != FC_OK)
            fc__run_result_dispose(r, enc->n_outputs);
        if (st == FC_E_FORMAT && count_wanted(enc, wanted) > 1)
            st = run_apart(w, e, &prepared, wanted, r, &err);
    }
    if (st == FC_OK)
        r->outcome = FC_OUTCOME_ENCODED;
    else
        set_failed(r, err.message);
    fc__claims_settle(w->run->claims, &s->hash, (uint32_t)e, st == FC_OK ? NULL : err.message);
    fc__prepared_dispose(&prepared);
}

static void encode_sample(fc_run_worker *w, fc_run_sample *s, const fc_loaded *load)
{
    bool wanted[FC_INGEST_OUTPUTS_MAX];

    for (size_t e = 0; e < w->run->n_encoders; e++) {
        if (w->run->encoders[e].modality != s->modality)
            continue;
        if (needs_encoding(w, e, s, wanted))
            encode_one(w, e, s, load, wanted);
    }
}

void fc__run_worker_batch(fc_run_worker *w, fc_run_batch *batch)
{
    batch->skipped = w->run->stop || w->run->abandoned;
    for (size_t i = 0; i < batch->n && !batch->skipped; i++) {
        fc_run_sample *s = &batch->samples[i];
        fc_loaded load = {.file = FC_BUF_INIT};

        if (s->problem != NULL || s->relabel)
            continue;
        if (fc__run_load(w->run, w->fetcher, s, &load))
            encode_sample(w, s, &load);
        fc__run_unload(w->run, &load);
    }
}
