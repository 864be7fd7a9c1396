/*
 * The writing end of an ingest: takes finished batches in the order of the source, hands rows and
 * items to the store's writer, and commits when enough has gathered. What a commit has acknowledged
 * is never lost.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "ingest_run.h"

#define COMMIT_SECONDS     3.0
#define COMMIT_BYTES_MAX   (UINT64_C(64) << 20)
#define COMMIT_SAMPLES_MAX 50000u

/* A claim to drop once the batch that settles it is durable. */
typedef struct held_claim {
    fc_sha256 content;
    uint32_t encoder;
} held_claim;

typedef struct writing {
    fc_run *run;
    fc_ingest_report *report;
    held_claim *held;
    size_t n_held, held_capacity;
    uint64_t n_pending, last_commit_ns;
    uint64_t commit_bytes;
} writing;

static fc_status commit(writing *w, fc_error *err)
{
    fc_status st;

    st = fc__writer_commit(w->run->writer, err);
    if (st != FC_OK)
        return st;
    w->run->n_commits++; /* before the claims go: whoever claims next renews its reader first */
    for (size_t i = 0; i < w->n_held; i++)
        fc__claims_drop(w->run->claims, &w->held[i].content, w->held[i].encoder);
    w->n_held = 0;
    w->n_pending = 0;
    w->last_commit_ns = fc__now_ns();
    return FC_OK;
}

static fc_status commit_when_due(writing *w, fc_error *err)
{
    const double waited = (double)(fc__now_ns() - w->last_commit_ns) * 1e-9;

    if (w->n_pending == 0)
        return FC_OK;
    if (fc__writer_pending_bytes(w->run->writer) < w->commit_bytes && waited < COMMIT_SECONDS &&
        w->n_pending < COMMIT_SAMPLES_MAX)
        return FC_OK;
    return commit(w, err);
}

static void tell_failure(writing *w, const char *id, const char *reason)
{
    if (w->run->opts->failure != NULL)
        w->run->opts->failure(w->run->opts->context, id, reason);
}

static fc_status write_items(writing *w, const fc_run_encoder *e, const fc_sample_result *r,
                             uint64_t content, fc_error *err)
{
    for (size_t k = 0; r->items != NULL && k < e->n_outputs; k++) {
        const fc_stored_item *stored = &r->items[k];
        const fc_item item = {.content = content,
                              .n_rows = stored->n_rows,
                              .total_rows = stored->n_rows,
                              .bytes = stored->bytes.data,
                              .time = stored->time,
                              .provenance = e->provenance};
        fc_status st;

        if (!stored->present)
            continue;
        st = fc__writer_item(w->run->writer, e->version, e->outputs[k].id, &e->outputs[k].layout,
                             &item, &stored->error, err);
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

static fc_status hold_claim(writing *w, const fc_run_sample *s, size_t e, fc_error *err)
{
    fc_status st;

    st = fc__grow_array(&w->held, &w->held_capacity, w->n_held + 1, sizeof(*w->held), err);
    if (st == FC_OK)
        w->held[w->n_held++] = (held_claim){s->hash, (uint32_t)e};
    return st;
}

static fc_status write_result(writing *w, size_t e, const fc_run_sample *s, uint64_t content,
                              fc_error *err)
{
    fc_run_encoder *enc = &w->run->encoders[e];
    const fc_sample_result *r = &s->results[e];
    fc_status st = FC_OK;

    if (r->claimed)
        st = hold_claim(w, s, e, err);
    /* It was of this encoder's modality and is no more: its failure is a thing of the past. */
    if (st == FC_OK && r->outcome == FC_OUTCOME_NONE && s->before == enc->modality &&
        s->before != s->modality && enc->version != 0)
        return fc__writer_clear_failure(w->run->writer, s->id, enc->version, err);
    if (st != FC_OK || r->outcome == FC_OUTCOME_NONE)
        return st;
    if (r->outcome == FC_OUTCOME_FAILED_BEFORE) {
        enc->failed++;
        w->run->n_failed++;
        w->run->n_not_retried++;
        return FC_OK;
    }
    if (r->outcome == FC_OUTCOME_FAILED) {
        const char *reason = r->reason != NULL ? r->reason : "out of memory";

        enc->failed++;
        w->run->n_failed++;
        tell_failure(w, s->id, reason);
        enc->bytes_raw += r->raw_bytes;
        st = write_items(w, enc, r, content, err); /* of the outputs that did not fail */
        return st == FC_OK ? fc__writer_failure(w->run->writer, s->id, enc->version, reason,
                                                s->has_file ? &s->file : NULL, err)
                           : st;
    }
    if (r->outcome == FC_OUTCOME_ENCODED) {
        st = write_items(w, enc, r, content, err);
        enc->encoded++;
        enc->cut += r->loss != NULL;
        enc->loss = r->loss != NULL ? r->loss : enc->loss;
        enc->bytes_raw += r->raw_bytes;
        w->run->n_encoded++;
    } else {
        enc->reused++;
        w->run->n_reused++;
    }
    if (st == FC_OK)
        st = fc__writer_clear_failure(w->run->writer, s->id, enc->version, err);
    return st;
}

static fc_status note(fc_seen *set, const char *id, fc_error *err)
{
    uint8_t hash[FC_SEEN_HASH_BYTES];

    fc__sample_id_hash(id, hash);
    return fc__seen_add(set, hash, err);
}

/* A sample that is not in the version: its reason goes to the ledger, and to whoever listens. */
static fc_status write_problem(writing *w, const fc_run_sample *s, const char *reason,
                               fc_error *err)
{
    const fc_status st = note(w->run->seen_failed, s->id, err);

    w->run->n_failed++;
    tell_failure(w, s->id, reason);
    return st == FC_OK ? fc__writer_failure(w->run->writer, s->id, 0, reason,
                                            s->has_file ? &s->file : NULL, err)
                       : st;
}

static fc_status write_row(writing *w, const fc_run_sample *s, uint64_t content, fc_error *err)
{
    const fc_sample_row row = {.id = s->id,
                               .content_hash = s->hash,
                               .content = content,
                               .modality = s->modality,
                               .group = s->group,
                               .split = s->split,
                               .path = s->path != NULL ? s->path : "",
                               .preview = s->preview != NULL ? s->preview : "",
                               .start_s = s->start_s,
                               .end_s = s->end_s,
                               .has_file = s->has_file,
                               .file = s->file,
                               .scanned_ns = w->run->started_ns,
                               .meta = &s->meta};
    bool duplicate = false;
    fc_status st;

    st = fc__writer_sample(w->run->writer, &row, &duplicate, err);
    if (st != FC_OK)
        return st;
    if (duplicate) {
        w->report->duplicate_ids++;
        return write_problem(w, s, "another sample of this source has the same id", err);
    }
    return note(w->run->seen_put, s->id, err);
}

/* The first sample of a modality: its encoders join, behind what is written so far. */
static fc_status cover(writing *w, const fc_run_sample *s, fc_error *err)
{
    const unsigned modalities = s->problem == NULL ? 1u << s->modality : 0;
    fc_status st = FC_OK;

    if (fc__run_covers(w->run, modalities))
        return FC_OK;
    if (w->n_pending > 0)
        st = commit(w, err);
    return st == FC_OK ? fc__run_cover(w->run, modalities, err) : st;
}

static fc_status write_sample(writing *w, const fc_run_sample *s, fc_error *err)
{
    uint64_t content;
    fc_status st = cover(w, s, err);

    if (st != FC_OK)
        return st;
    w->n_pending++;
    if (s->problem != NULL)
        return write_problem(w, s, s->problem, err);
    fc__run_count_modality(w->run, s->modality);
    st = fc__writer_content(w->run->writer, &s->hash, &content, err);
    for (size_t e = 0; st == FC_OK && e < w->run->n_encoders; e++)
        st = write_result(w, e, s, content, err);
    return st == FC_OK ? write_row(w, s, content, err) : st;
}

static fc_status write_batches(writing *w, fc_error *err)
{
    void *item;
    fc_status st;

    while ((st = fc__pool_next(w->run->pool, &item)) == FC_OK) {
        fc_run_batch *batch = item;

        for (size_t i = 0; i < batch->n && st == FC_OK && !batch->skipped; i++)
            st = write_sample(w, &batch->samples[i], err);
        fc__run_batch_destroy(batch);
        if (st == FC_OK)
            st = commit_when_due(w, err);
        if (st != FC_OK)
            return st;
    }
    if (st != FC_E_NOT_FOUND)
        return st;
    return w->n_pending > 0 ? commit(w, err) : FC_OK;
}

fc_status fc__run_write(fc_run *run, fc_ingest_report *report, fc_error *err)
{
    writing w = {.run = run,
                 .report = report,
                 .last_commit_ns = fc__now_ns(),
                 .commit_bytes = run->memory_bytes / 8};
    fc_status st;

    if (w.commit_bytes > COMMIT_BYTES_MAX)
        w.commit_bytes = COMMIT_BYTES_MAX;
    st = write_batches(&w, err);
    free(w.held);
    return st;
}
