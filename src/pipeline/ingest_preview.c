/*
 * What an ingest would do, without writing: --dry-run scans and counts; --estimate also encodes a
 * first sample in memory and extrapolates time and bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset.h"
#include "fc_store_read.h"
#include "ingest_load.h"
#include "ingest_run.h"

#define ESTIMATE_SAMPLES 256u
#define ESTIMATE_SECONDS 5.0

typedef struct preview {
    fc_run *run;
    fc_ingest_report *report;
    fc_run_worker *worker; /* estimate only */
    fc_fetcher *fetcher;
    fc_codec *codec;
    uint64_t n_todo[FC_INGEST_ENCODERS_MAX]; /* samples that an encoder would have to see */
    uint64_t n_tried;
    double tried_seconds;
    uint64_t tried_bytes; /* compressed */
} preview;

/* Modality by the first bytes of a file: a dry run reads no more. */
static fc_modality modality_of(const preview *p, const fc_run_sample *s)
{
    fc_place place = FC_PLACE_INIT;
    fc_modality m = FC_MODALITY_NONE;
    const char *what;

    if (s->relabel)
        return s->modality;
    if (s->text != NULL)
        return FC_TEXT;
    if (s->path != NULL && s->problem == NULL &&
        fc__fetch_find(p->fetcher, s->path, &place, NULL) == FC_OK &&
        fc__fetch_head(&place, NULL) == FC_OK)
        m = fc__sniff(place.head.data,
                      place.head.size < FC_SNIFF_BYTES ? place.head.size : FC_SNIFF_BYTES,
                      place.size, s->path, &what);
    fc__place_dispose(&place);
    return m;
}

static void count_failure(preview *p, const fc_run_sample *s, const char *reason)
{
    p->run->n_failed++;
    if (p->run->opts->failure != NULL)
        p->run->opts->failure(p->run->opts->context, s->id, reason);
}

static void count(preview *p, const fc_run_sample *s)
{
    const fc_modality m = modality_of(p, s);

    if (s->problem != NULL || m == FC_MODALITY_NONE) {
        count_failure(p, s,
                      s->problem != NULL ? s->problem : "its first bytes are of no kind we take");
        return;
    }
    fc__run_count_modality(p->run, m);
    for (size_t e = 0; e < p->run->n_encoders; e++)
        if (p->run->encoders[e].modality == m && !s->relabel)
            p->n_todo[e]++;
}

/* The same of one that was tried: what came of it is known. */
static void count_tried(preview *p, const fc_run_sample *s)
{
    if (s->problem != NULL) {
        count_failure(p, s, s->problem);
        return;
    }
    fc__run_count_modality(p->run, s->modality);
    for (size_t e = 0; e < p->run->n_encoders; e++) {
        const fc_sample_result *r = &s->results[e];

        if (r->outcome == FC_OUTCOME_ENCODED)
            p->n_todo[e]++;
        if (r->outcome == FC_OUTCOME_REUSED) {
            p->run->encoders[e].reused++;
            p->run->n_reused++;
        }
        if (r->outcome == FC_OUTCOME_FAILED) {
            p->run->encoders[e].failed++;
            count_failure(p, s, r->reason != NULL ? r->reason : "out of memory");
        }
    }
}

/* Bytes of one output's items as one block. */
static fc_status add_block_bytes(preview *p, const fc_run_batch *batch, size_t e, size_t k,
                                 fc_error *err)
{
    const fc_run_encoder *enc = &p->run->encoders[e];
    fc_item *items = fc__alloc_array(batch->n, sizeof(*items));
    fc_buf block = FC_BUF_INIT;
    fc_quant_error none = {0};
    size_t n = 0;
    fc_status st = FC_OK;

    if (items == NULL)
        return fc__nomem(err, batch->n * sizeof(*items), "an estimate");
    for (size_t i = 0; i < batch->n; i++) {
        const fc_sample_result *r = &batch->samples[i].results[e];

        if (r->items != NULL && r->items[k].present && r->items[k].n_rows > 0)
            items[n++] = (fc_item){.content = i + 1,
                                   .n_rows = r->items[k].n_rows,
                                   .total_rows = r->items[k].n_rows,
                                   .bytes = r->items[k].bytes.data};
    }
    if (n > 0)
        st = fc__block_encode(p->codec, &enc->outputs[k].layout, items, n, &none, 0, &block, err);
    p->tried_bytes += block.size;
    fc_buf_dispose(&block);
    free(items);
    return st;
}

static fc_status try_batch(preview *p, fc_run_batch *batch, fc_error *err)
{
    const uint64_t start = fc__now_ns();
    fc_status st = FC_OK;

    fc__run_worker_batch(p->worker, batch);
    for (size_t e = 0; e < p->run->n_encoders && st == FC_OK; e++)
        for (size_t k = 0; k < p->run->encoders[e].n_outputs && st == FC_OK; k++)
            st = add_block_bytes(p, batch, e, k, err);
    p->n_tried += batch->n;
    p->tried_seconds += (double)(fc__now_ns() - start) * 1e-9;
    return st;
}

static fc_status look_at(void *context, fc_run_batch *batch, fc_error *err)
{
    preview *p = context;
    const bool tries =
        p->worker != NULL && p->n_tried < ESTIMATE_SAMPLES && p->tried_seconds < ESTIMATE_SECONDS;
    fc_status st = tries ? try_batch(p, batch, err) : FC_OK;

    for (size_t i = 0; i < batch->n && st == FC_OK; i++) {
        uint8_t hash[FC_SEEN_HASH_BYTES];

        if (tries && !batch->skipped)
            count_tried(p, &batch->samples[i]);
        else
            count(p, &batch->samples[i]);
        fc__sample_id_hash(batch->samples[i].id, hash);
        st = fc__seen_add(p->run->seen_put, hash, err);
    }
    if (st == FC_OK)
        fc__run_batch_destroy(batch);
    return st;
}

/* Free bytes where the store is, or would be made. */
static uint64_t disk_free(const char *store_path)
{
    char *path = fc__strdup(store_path);
    struct statvfs v;
    uint64_t bytes = 0;

    while (path != NULL && statvfs(path, &v) != 0 && errno == ENOENT) {
        char *slash = strrchr(path, '/');

        if (slash == NULL)
            strcpy(path, ".");
        else if (slash == path)
            slash[1] = '\0';
        else
            *slash = '\0';
    }
    if (path != NULL && statvfs(path, &v) == 0)
        bytes = (uint64_t)v.f_bavail * v.f_frsize;
    free(path);
    return bytes;
}

static void extrapolate(preview *p, const char *store_path)
{
    const uint64_t n_left = p->run->n_scanned - p->run->n_unchanged;
    fc_ingest_report *r = p->report;

    r->disk_free_bytes = disk_free(store_path);
    if (p->n_tried == 0)
        return;
    r->estimated_seconds =
        p->tried_seconds / (double)p->n_tried * (double)n_left / (double)p->run->n_jobs;
    r->estimated_bytes = (uint64_t)((double)p->tried_bytes / (double)p->n_tried * (double)n_left);
}

static bool still_there(fc_run *run, const char *id)
{
    uint8_t hash[FC_SEEN_HASH_BYTES];
    bool unchanged, looked_at;

    fc__sample_id_hash(id, hash);
    unchanged = fc__seen_has(run->seen_unchanged, hash);
    looked_at = fc__seen_has(run->seen_put, hash);
    return unchanged || looked_at;
}

/* Samples of the newest version that the source no longer has. They come in the order of their ids'
 * hashes, as the sets of what was seen want it. */
static fc_status count_gone(fc_run *run, fc_snapshot *s, fc_ingest_report *report, fc_error *err)
{
    const fc_sample *sample;
    fc_samples *it;
    fc_status st;

    st = fc_samples_open(&it, s, run->dataset, 0, err);
    if (st != FC_OK)
        return st;
    while ((st = fc_samples_next(it, &sample, err)) == FC_OK)
        report->gone += !still_there(run, sample->id);
    fc_samples_close(it);
    return st == FC_E_NOT_FOUND ? fc__seen_status(run->seen_put, err) : st;
}

static fc_status compare_with_newest(fc_run *run, fc_ingest_report *report, fc_error *err)
{
    const fc_dataset_info *dataset;
    const fc_dataset_version *version;
    fc_snapshot *s = NULL;
    fc_error ignored = FC_ERROR_INIT;
    fc_status st;

    if (run->store == NULL || run->limited)
        return FC_OK;
    st = fc__seen_sort(run->seen_unchanged, err);
    if (st == FC_OK)
        st = fc__seen_sort(run->seen_put, err);
    if (st == FC_OK)
        st = fc_snapshot_begin(&s, run->store, err);
    if (st != FC_OK)
        return st;
    st = fc_snapshot_find_dataset(s, run->dataset, &dataset, &version, &ignored);
    if (st == FC_OK) {
        report->version = version->number;
        st = count_gone(run, s, report, err);
    }
    fc_snapshot_end(s);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* Counting is a pass over all samples: a look ahead does not make it. */
static void tell_learning(const fc_run *run)
{
    char line[FC_ERROR_MESSAGE_BYTES];

    for (size_t i = 0; i < run->n_encoders; i++) {
        if (run->opts->notice == NULL || fc__encoder_learning(run->encoders[i].encoder) == NULL)
            continue;
        snprintf(line, sizeof(line),
                 "%.65s: what it learns is counted by the ingest itself; where the counts turn out "
                 "as they were, there is less to encode",
                 run->encoders[i].card->name);
        run->opts->notice(run->opts->context, line);
    }
}

fc_status fc__run_preview(fc_run *run, const char *store_path, fc_ingest_report *report,
                          fc_error *err)
{
    preview p = {.run = run, .report = report};
    fc_status st;

    if (run->opts->refit)
        tell_learning(run);
    st = fc__run_find_encoders(run, err);
    if (st == FC_OK)
        st = fc__claims_create(&run->claims, err);
    if (st == FC_OK)
        st = fc__seen_create(&run->seen_unchanged, P_tmpdir, (size_t)(run->memory_bytes / 16), err);
    if (st == FC_OK)
        st = fc__seen_create(&run->seen_put, P_tmpdir, (size_t)(run->memory_bytes / 16), err);
    if (st == FC_OK)
        st = fc__seen_create(&run->seen_skipped, P_tmpdir, (size_t)(run->memory_bytes / 32), err);
    if (st == FC_OK)
        st = fc__run_fetcher_create(&p.fetcher, run, err);
    if (st == FC_OK && run->opts->estimate) {
        st = fc__run_worker_create(&p.worker, run, err);
        if (st == FC_OK)
            st = fc__codec_create(&p.codec, err);
    }
    if (st == FC_OK)
        st = fc__run_scan(run, look_at, &p, err);
    if (st == FC_OK) {
        for (size_t e = 0; e < run->n_encoders; e++) {
            run->encoders[e].encoded = p.n_todo[e];
            run->n_encoded += p.n_todo[e];
        }
        st = compare_with_newest(run, report, err);
        extrapolate(&p, store_path);
    }
    fc__codec_destroy(p.codec);
    fc__run_worker_destroy(p.worker);
    fc__fetcher_destroy(p.fetcher);
    return st;
}
