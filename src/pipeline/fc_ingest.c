/*
 * fc_ingest(): sets a run up, starts its stages, seals what they did and brings the index up to
 * date.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/query.h>

#include "canary_pick.h"
#include "fc_alloc.h"
#include "fc_store_read.h"
#include "ingest_known.h"
#include "ingest_progress.h"
#include "ingest_run.h"

#define DEFAULT_MEMORY (UINT64_C(1) << 30)
#define DEFAULT_BATCH  16u
#define BATCH_MAX      4096u
#define JOBS_MAX       1024u

/* What the first release of the struct held; never changes. */
#define OPTIONS_SIZE_V1 (offsetof(fc_ingest_options, context) + sizeof(void *))

static fc_status resolve_options(fc_ingest_options *out, const fc_ingest_options *given,
                                 fc_error *err)
{
    *out = (fc_ingest_options)FC_INGEST_OPTIONS_INIT;
    if (given != NULL) {
        if (given->struct_size < OPTIONS_SIZE_V1 || given->struct_size > sizeof(*out))
            return fc_error_set(err, FC_E_INVALID,
                                "ingest options: struct_size is %zu; start from "
                                "FC_INGEST_OPTIONS_INIT",
                                given->struct_size);
        memcpy(out, given, given->struct_size);
        out->struct_size = sizeof(*out);
    }
    if (out->jobs == 0)
        out->jobs = fc__cpu_count();
    if (out->jobs > JOBS_MAX)
        return fc_error_set(err, FC_E_INVALID, "jobs: %u; at most %u", out->jobs, JOBS_MAX);
    if (out->batch > BATCH_MAX)
        return fc_error_set(err, FC_E_INVALID, "batch: %u; at most %u", out->batch, BATCH_MAX);
    if (out->memory_bytes == 0)
        out->memory_bytes = DEFAULT_MEMORY;
    if (out->memory_bytes < (UINT64_C(64) << 20))
        return fc_error_set(err, FC_E_INVALID, "memory: %llu bytes; at least 64 MiB",
                            (unsigned long long)out->memory_bytes);
    return FC_OK;
}

/* A batch is what a worker has to make its groups of. */
static void choose_batch(fc_run *run)
{
    run->batch_samples = run->opts->batch > 0 ? run->opts->batch : DEFAULT_BATCH;
    for (size_t e = 0; e < run->n_encoders && run->opts->batch == 0; e++) {
        const size_t hint = fc__encoder_batch_hint(run->encoders[e].encoder);

        run->batch_samples = hint > run->batch_samples ? hint : run->batch_samples;
    }
}

/* Models first. Of what they leave, half is for files, pixels and prepared samples, an eighth for
 * batches in flight; the writer's batch, ids and indexes of what was seen share the rest. */
static fc_status share_memory(fc_run *run, fc_error *err)
{
    const uint64_t all = run->memory_bytes;
    uint64_t models = 0;

    for (size_t e = 0; e < run->n_encoders; e++)
        models += fc__encoder_memory(run->encoders[e].encoder);
    if (models > all / 4 * 3)
        return fc_error_set(err, FC_E_LIMIT,
                            "the models take %llu MB together, of %llu MB that they may: raise "
                            "--memory",
                            (unsigned long long)(models >> 20),
                            (unsigned long long)(all / 4 * 3 >> 20));
    run->memory_bytes = all - models;
    run->batch_bytes_max = (size_t)(run->memory_bytes / 8 / (UINT64_C(2) * run->n_jobs + 2));
    return FC_OK;
}

static fc_status name_dataset(fc_run *run, fc_error *err)
{
    const char *given = run->opts->dataset;
    const char *name = given != NULL ? given : fc__sources_name(run->sources);
    fc_error why = FC_ERROR_INIT;
    const fc_status st = fc__dataset_check_name(name, &why);

    if (st != FC_OK)
        return fc_error_set(err, st, "%.400s%s", why.message,
                            given != NULL ? "" : "; name the data set yourself: --dataset NAME");
    snprintf(run->dataset, sizeof(run->dataset), "%s", name);
    return FC_OK;
}

/* --- the end ------------------------------------------------------------------------------------
 */

static fc_seen_state seen(void *context, const uint8_t hash[FC_SEEN_HASH_BYTES])
{
    fc_run *run = context;
    fc_seen *const sets[] = {run->seen_unchanged, run->seen_put, run->seen_skipped,
                             run->seen_failed};
    bool in[4];

    for (size_t i = 0; i < 4; i++) { /* all are asked: each has to pass every hash */
        in[i] = fc__seen_has(sets[i], hash);
        if (fc__seen_status(sets[i], NULL) != FC_OK)
            return FC_SEEN_UNKNOWN;
    }
    return in[0] || in[1] ? FC_SEEN_PUT : in[2] || in[3] ? FC_SEEN_FAILED : FC_SEEN_GONE;
}

static fc_status seal(fc_run *run, fc_ingest_report *report, fc_error *err)
{
    fc_seal_result result;
    fc_status st;

    st = fc__seen_sort(run->seen_unchanged, err);
    if (st == FC_OK)
        st = fc__seen_sort(run->seen_put, err);
    if (st == FC_OK)
        st = fc__seen_sort(run->seen_skipped, err);
    if (st == FC_OK)
        st = fc__seen_sort(run->seen_failed, err);
    if (st == FC_OK)
        st = fc__writer_seal(run->writer, run->limited, run->limited ? NULL : seen, run, &result,
                             err);
    if (st != FC_OK)
        return st;
    report->version = result.version;
    report->sealed = result.made;
    report->gone = result.n_gone;
    return FC_OK;
}

/* A built-in that nobody named, and that the source had nothing for, is not worth a word. */
static bool had_something(const fc_run_encoder *e)
{
    return e->encoded + e->reused + e->failed + e->unchanged_reused + e->unchanged_failed > 0;
}

static void fill_report(const fc_run *run, fc_ingest_report *report)
{
    memcpy(report->dataset, run->dataset, sizeof(report->dataset));
    report->samples = run->n_scanned;
    report->duplicate_ids += run->n_duplicates;
    report->unchanged = run->n_unchanged;
    report->failed = run->n_failed + run->n_failed_before;
    report->encoded = run->n_encoded;
    report->reused = run->n_reused;
    report->without_encoder = run->n_without_encoder;
    report->without_encoder_modalities = run->without_encoder_modalities;
    report->not_retried = run->n_not_retried;
    report->n_encoders = 0;
    for (size_t i = 0; i < run->n_encoders; i++) {
        const fc_run_encoder *e = &run->encoders[i];
        fc_ingest_encoder *to = &report->encoders[report->n_encoders];

        if (run->opts->n_encoders == 0 && !had_something(e))
            continue;
        report->n_encoders++;
        strncpy(to->name, e->card->name, sizeof(to->name) - 1);
        fc__sha256_hex(&e->card->fingerprint, to->fingerprint);
        to->encoded = e->encoded;
        to->reused = e->reused + e->unchanged_reused;
        to->failed = e->failed + e->unchanged_failed;
        to->cut = e->cut;
        to->bytes_raw = e->bytes_raw;
        to->bytes_stored = e->bytes_stored;
        report->reused += e->unchanged_reused;
        report->failed += e->unchanged_failed;
        report->bytes_raw += e->bytes_raw;
        report->bytes_stored += e->bytes_stored;
    }
}

static fc_status update_index(fc_run *run, fc_error *err)
{
    fc_index_options opts = FC_INDEX_OPTIONS_INIT;
    fc_index_report report;

    /* The rest is for what the run still holds, and for the rows on their way. */
    opts.memory_bytes = run->memory_bytes / 8 * 5;
    opts.n_threads = run->n_jobs;
    opts.cancelled = run->opts->cancelled;
    opts.context = run->opts->context;
    return fc_index_update(run->store, &opts, &report, err);
}

static fc_status create_sets(fc_run *run, fc_error *err)
{
    const char *folder = fc_store_path(run->store);
    const size_t large = (size_t)(run->memory_bytes / 16), small = large / 4;
    fc_status st;

    st = fc__seen_create(&run->seen_unchanged, folder, large, err);
    if (st == FC_OK)
        st = fc__seen_create(&run->seen_put, folder, large, err);
    if (st == FC_OK)
        st = fc__seen_create(&run->seen_skipped, folder, small, err);
    if (st == FC_OK)
        st = fc__seen_create(&run->seen_failed, folder, small, err);
    return st;
}

static void tell_cuts(const fc_run *run)
{
    char text[256];

    for (size_t i = 0; i < run->n_encoders && run->opts->notice != NULL; i++) {
        const fc_run_encoder *e = &run->encoders[i];

        if (e->cut == 0)
            continue;
        snprintf(text, sizeof(text), "%s: %llu %s%s %s", e->card->name, (unsigned long long)e->cut,
                 fc_modality_name(e->modality), e->cut == 1 ? "" : "s", e->loss);
        run->opts->notice(run->opts->context, text);
    }
}

static void tell_oddities(const fc_run *run)
{
    void (*notice)(void *, const char *) = run->opts->notice;
    const uint64_t n_hidden = fc__sources_hidden(run->sources);
    char text[128];

    tell_cuts(run);

    if (notice != NULL && n_hidden > 0) {
        snprintf(text, sizeof(text), "%llu hidden %s passed over: %s with a dot, as .git does",
                 (unsigned long long)n_hidden,
                 n_hidden == 1 ? "file or folder was" : "files and folders were",
                 n_hidden == 1 ? "its name begins" : "their names begin");
        notice(run->opts->context, text);
    }
    if (notice != NULL && run->n_scanned == 0)
        notice(run->opts->context, "the source has no samples: is it the folder you meant?");
    if (notice != NULL && fc__ids_full(run->ids))
        notice(run->opts->context,
               "the manifest has more ids than --memory can hold: one that comes twice may have "
               "gone unnoticed");
}

/* A source without any sample, of a data set that has some, is rather a disk that is not mounted or
 * a wrong name than the wish to empty it: nothing is sealed, and rm is there for that wish. */
static fc_status refuse_emptied(const fc_run *run, fc_error *err)
{
    const fc_dataset_info *dataset;
    const fc_dataset_version *newest;
    fc_snapshot *s = NULL;
    fc_status st;

    if (run->n_scanned > 0 || run->store == NULL)
        return FC_OK;
    st = fc_snapshot_begin(&s, run->store, err);
    if (st == FC_OK &&
        fc_snapshot_find_dataset(s, run->dataset, &dataset, &newest, NULL) == FC_OK &&
        newest->n_samples > 0)
        st = fc_error_set(err, FC_E_NOT_FOUND,
                          "the source has no samples, and data set '%s' has %llu: nothing was "
                          "sealed. Is the source there and mounted? To empty the data set: "
                          "featcache rm",
                          run->dataset, (unsigned long long)newest->n_samples);
    fc_snapshot_end(s);
    return st;
}

static fc_status seal_and_index(fc_run *run, fc_ingest_report *report, fc_progress_ticker *ticker,
                                fc_error *err)
{
    fc_status st;

    fc__progress_phase(ticker, "seal");
    st = seal(run, report, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < run->n_encoders; i++)
        for (size_t k = 0; k < run->encoders[i].n_outputs; k++)
            run->encoders[i].bytes_stored += fc__writer_stored_bytes(
                run->writer, run->encoders[i].version, run->encoders[i].outputs[k].id);
    st = fc__run_canaries_make(run, err);
    if (st != FC_OK)
        return st;
    fc__writer_close(run->writer); /* the index switches its segments under its own lock */
    run->writer = NULL;
    if (run->opts->no_index)
        return FC_OK;
    fc__progress_phase(ticker, "index");
    return update_index(run, err);
}

static fc_status learn(fc_run *run, fc_progress_ticker *ticker, fc_error *err)
{
    fc_status st;

    fc__progress_phase(ticker, "learn");
    st = fc__run_learn(run, err);
    fc__progress_phase(ticker, "scan and encode");
    return st;
}

/* Everything that writes: from the writer's lock to the index. */
static fc_status write_run(fc_run *run, fc_ingest_report *report, fc_progress_ticker **ticker,
                           fc_error *err)
{
    fc_writer_options writer_opts = {.n_threads = run->n_jobs};
    fc_status st;

    st = fc__writer_open(&run->writer, run->store, &writer_opts, err);
    /* Another process may have learnt until the lock was ours: that is taken, not counted again. */
    if (st == FC_OK)
        st = fc__run_recall(run, err);
    if (st == FC_OK)
        st = fc__run_canaries_check(run, err);
    if (st == FC_OK)
        st = fc__progress_start(ticker, run, err);
    if (st == FC_OK)
        st = learn(run, *ticker, err);
    if (st == FC_OK)
        st = fc__run_register_encoders(run, err);
    if (st == FC_OK)
        st = fc__ingest_spaces_put(&run->spaces, run->store, err);
    if (st == FC_OK)
        st = create_sets(run, err);
    if (st == FC_OK)
        st = fc__claims_create(&run->claims, err);
    if (st == FC_OK)
        st = fc__run_stages(run, report, err);
    if (st == FC_OK)
        st = refuse_emptied(run, err);
    if (st == FC_OK)
        st = fc__run_cover(run, fc__run_unchanged_modalities(run), err);
    if (st == FC_OK) {
        tell_oddities(run);
        st = seal_and_index(run, report, *ticker, err);
    }
    return st;
}

static fc_status open_store(fc_run *run, const char *path, fc_error *err)
{
    const bool writes = !run->opts->dry_run && !run->opts->estimate;
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_status st;

    opts.flags = writes ? 0 : FC_STORE_READ_ONLY;
    st = fc_store_open(&run->store, path, &opts, err);
    if (st == FC_E_NOT_FOUND && !writes)
        return FC_OK; /* nothing there yet: all would be new */
    return st;
}

static void release(fc_run *run)
{
    fc__writer_close(run->writer);
    fc__canary_pick_destroy(run->pick);
    fc__claims_destroy(run->claims);
    fc__budget_destroy(run->budget);
    fc__budget_destroy(run->cores);
    fc__ids_destroy(run->ids);
    fc__seen_destroy(run->seen_put);
    fc__seen_destroy(run->seen_failed);
    fc__seen_destroy(run->seen_skipped);
    fc__seen_destroy(run->seen_unchanged);
    fc__run_release_encoders(run);
    fc__ingest_spaces_dispose(&run->spaces);
    fc__known_destroy(run->known);
    fc__sources_close(run->sources);
    fc_store_close(run->store);
}

static void set_limits(fc_run *run)
{
    const fc_ingest_options *o = run->opts;
    const fc_decode_limits given = {.max_pixels = o->max_pixels,
                                    .max_text_bytes = o->max_text_bytes,
                                    .max_samples = o->max_samples,
                                    .max_points = o->max_points,
                                    .max_nesting = o->max_nesting,
                                    .max_draw_ms = o->max_draw_ms,
                                    .svg_helper = o->svg_helper};

    run->limits = fc__decode_limits(&given);
    run->archives =
        (fc_archive_limits){.max_member_bytes = o->max_file_bytes, .max_members = o->max_members};
}

static fc_status refuse_needless_refit(const fc_run *run, fc_error *err)
{
    for (size_t i = 0; i < run->n_encoders; i++)
        if (fc__encoder_learning(run->encoders[i].encoder) != NULL)
            return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "refit: none of the encoders learns from the data; a card of "
                        "builtin/hashtext with `idf: true` does");
}

fc_status fc_ingest(const char *store_path, const char *const *sources, size_t n_sources,
                    const fc_ingest_options *given, fc_ingest_report *report, fc_error *err)
{
    fc_ingest_options opts;
    fc_dataset_options dataset_opts;
    fc_progress_ticker *ticker = NULL;
    const uint64_t start = fc__now_ns();
    fc_run run = {.opts = &opts};
    fc_status st;

    memset(report, 0, sizeof(*report));
    st = resolve_options(&opts, given, err);
    if (st != FC_OK)
        return st;
    if (n_sources == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "no source: give a folder, a .csv, a .jsonl, an archive or a .npy");
    run.n_jobs = opts.jobs;
    run.memory_bytes = opts.memory_bytes;
    run.started_ns = fc__wall_ns();
    run.fraction_ppm = -1;
    set_limits(&run);
    dataset_opts =
        (fc_dataset_options){.group_pattern = opts.group_pattern, .archives = run.archives};

    run.source_paths = sources;
    run.n_sources = n_sources;
    run.dataset_opts = &dataset_opts;

    st = fc__sources_open(&run.sources, sources, n_sources, &dataset_opts, err);
    if (st == FC_OK)
        st = fc__sources_refuse_store(run.sources, store_path, err);
    if (st == FC_OK)
        st = name_dataset(&run, err);
    if (st == FC_OK)
        st = fc__ingest_spaces_open(&run.spaces, &opts, err);
    if (st == FC_OK)
        st = fc__run_load_encoders(&run, err);
    if (st == FC_OK)
        st = share_memory(&run, err);
    if (st == FC_OK)
        choose_batch(&run);
    if (st == FC_OK && opts.refit)
        st = refuse_needless_refit(&run, err);
    if (st == FC_OK)
        st = fc__budget_create(&run.budget, run.memory_bytes / 2, err);
    if (st == FC_OK)
        st = fc__budget_create(&run.cores, run.n_jobs, err);
    if (st == FC_OK)
        st = fc__ids_create(&run.ids, run.memory_bytes / 16, err);
    if (st == FC_OK) {
        report->encoders = fc__alloc_array(run.n_encoders, sizeof(*report->encoders));
        if (report->encoders == NULL)
            st = fc__nomem(err, run.n_encoders * sizeof(*report->encoders), "a report");
        else
            report->n_encoders = run.n_encoders;
    }
    if (st == FC_OK)
        st = open_store(&run, store_path, err);
    if (st == FC_OK)
        st = fc__run_recall(&run, err);
    if (st == FC_OK)
        st = fc__known_create(&run.known, &run, err);
    if (st == FC_OK && (opts.dry_run || opts.estimate))
        st = fc__run_preview(&run, store_path, report, err);
    else if (st == FC_OK)
        st = write_run(&run, report, &ticker, err);
    if (st == FC_OK && (opts.dry_run || opts.estimate))
        st = refuse_emptied(&run, err);
    fc__progress_stop(ticker);
    if (report->encoders != NULL)
        fill_report(&run, report);
    report->cancelled = st == FC_E_CANCELLED;
    if (report->cancelled)
        fc_error_set(err, st, "stopped on request; what was done is kept, run it again to go on");
    report->seconds = (double)(fc__now_ns() - start) * 1e-9;
    release(&run);
    return st;
}

void fc_ingest_report_dispose(fc_ingest_report *report)
{
    if (report == NULL)
        return;
    free(report->encoders);
    memset(report, 0, sizeof(*report));
}
