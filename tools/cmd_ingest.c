/* featcache ingest: encode a data set into a store; the summary, the failures as they come. */
#include <inttypes.h>
#include <string.h>

#include "cli_args.h"
#include "cli_caps.h"
#include "cli_json.h"
#include "cli_neural.h"
#include "cli_progress.h"

/* More are in the ledger; a thousand lines would hide what matters. */
#define FAILURES_SHOWN 20

typedef struct ingest {
    const char *store, *dataset, *group_pattern;
    cli_list encoders, spaces;
    uint64_t jobs, batch, limit, memory;
    cli_caps caps;
    cli_neural neural;
    bool retry_failed, rehash, refit, dry_run, estimate, no_index, no_canary, json;
    unsigned when;
    cli_progress progress;
    uint64_t n_failures;
} ingest;

static const cli_usage usage = {
    .name = "ingest",
    .synopsis = "STORE SOURCE... [OPTION]...",
    .about =
        "Encode the samples of SOURCE into STORE as one data set. What the store holds already\n"
        "is not encoded again, and files that have not changed are not even read. A run that\n"
        "was stopped goes on when it is started again.",
    .operands =
        "  STORE                 folder of the store; made when there is none\n"
        "  SOURCE                a folder, a manifest (.csv or .jsonl), a zip or tar archive,\n"
        "                        or an array of images or vectors (.npy)\n",
    .examples = "featcache ingest birds.store photos/birds\n"
                "featcache ingest birds.store photos.csv --dataset birds --jobs 4 --memory 2G\n"
                "featcache ingest birds.store photos/birds --estimate\n"
                "featcache ingest birds.store vectors.npy --dataset clip\n"
                "featcache ingest photos.store photos --space clip-vit-b32.yaml\n",
    .operand_names = {"STORE", "SOURCE"},
    .min_operands = 2,
    .max_operands = SIZE_MAX,
};

static void on_progress(void *context, const fc_ingest_progress *p)
{
    ingest *in = context;
    cli_progress_state state = {.what = p->phase,
                                .fraction = p->fraction,
                                .done = p->samples,
                                .unit = "samples",
                                .failed = p->failed};

    /* The fraction is of the whole source; a limit ends the run before. */
    if (in->limit > 0 && (double)p->samples / (double)in->limit > p->fraction)
        state.fraction = (double)p->samples / (double)in->limit;
    cli_progress_update(&in->progress, &state);
}

static void on_failure(void *context, const char *id, const char *reason)
{
    ingest *in = context;

    in->n_failures++;
    if (in->n_failures <= FAILURES_SHOWN)
        cli_progress_message(&in->progress, "%s: %s", id, reason);
    else if (in->n_failures == FAILURES_SHOWN + 1 && (in->dry_run || in->estimate))
        cli_progress_message(&in->progress, "further failures are not shown");
    else if (in->n_failures == FAILURES_SHOWN + 1)
        cli_progress_message(&in->progress,
                             "further failures are in the ledger: featcache stat %s --failures",
                             in->store);
}

static void on_notice(void *context, const char *message)
{
    ingest *in = context;

    cli_progress_message(&in->progress, "%s", message);
}

static json_t *encoder_json(const fc_ingest_encoder *e)
{
    return json_pack("{s:o,s:s,s:I,s:I,s:I,s:I,s:o}", "name", cli_json_text(e->name), "fingerprint",
                     e->fingerprint, "encoded", (json_int_t)e->encoded, "reused",
                     (json_int_t)e->reused, "failed", (json_int_t)e->failed, "cut",
                     (json_int_t)e->cut, "bytes", cli_json_bytes(e->bytes_raw, e->bytes_stored));
}

static cli_exit print_json(const ingest *in, const fc_ingest_report *r)
{
    json_t *encoders = json_array();
    json_t *object;

    for (size_t i = 0; i < r->n_encoders; i++)
        json_array_append_new(encoders, encoder_json(&r->encoders[i]));
    object = json_pack(
        "{s:s,s:o,s:i,s:b,s:b,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "schema",
        "featcache.ingest/1", "dataset", cli_json_text(r->dataset), "version", (int)r->version,
        "sealed", r->sealed, "cancelled", r->cancelled, "dry_run", in->dry_run, "samples",
        (json_int_t)r->samples, "unchanged", (json_int_t)r->unchanged, "gone", (json_int_t)r->gone,
        "duplicate_ids", (json_int_t)r->duplicate_ids, "encoded", (json_int_t)r->encoded, "reused",
        (json_int_t)r->reused, "failed", (json_int_t)r->failed, "encoders", encoders, "bytes",
        cli_json_bytes(r->bytes_raw, r->bytes_stored), "seconds", cli_json_real(r->seconds, 3));
    json_object_set_new(object, "without_encoder", cli_json_count(r->without_encoder));
    json_object_set_new(object, "not_retried", cli_json_count(r->not_retried));
    if (in->estimate && !r->cancelled && object != NULL)
        json_object_set_new(object, "estimate",
                            json_pack("{s:o,s:I,s:I}", "seconds",
                                      cli_json_real(r->estimated_seconds, 1), "bytes",
                                      (json_int_t)r->estimated_bytes, "disk_free_bytes",
                                      (json_int_t)r->disk_free_bytes));
    return cli_json_print(object);
}

static void print_count(const char *name, uint64_t n)
{
    printf("  %-10s %" PRIu64, name, n);
}

/* What became of the data-set version, on one line. */
static void print_outcome(const ingest *in, const fc_ingest_report *r)
{
    cli_put_text(stdout, r->dataset);
    if (in->dry_run || in->estimate)
        printf(": nothing was written\n");
    else if (r->cancelled)
        printf(": stopped; what was done is kept\n");
    else if (r->sealed)
        printf("@%" PRIu32 ": sealed%s\n", r->version, in->limit > 0 ? ", partial" : "");
    else if (r->encoded > 0)
        printf("@%" PRIu32 ": the same samples, more features\n", r->version);
    else
        printf("@%" PRIu32 ": as before, nothing has changed\n", r->version);
}

/* Samples that nothing takes are in the data set, but in no sum of encoded and failed. */
static void print_without_encoder(const fc_ingest_report *r)
{
    const char *before = " (";

    if (r->without_encoder == 0)
        return;
    printf("; %" PRIu64, r->without_encoder);
    for (unsigned m = FC_IMAGE; m <= FC_VECTOR; m++)
        if ((r->without_encoder_modalities & (1u << m)) != 0) {
            printf("%s%s", before, fc_modality_name((fc_modality)m));
            before = ", ";
        }
    printf(") of them without an encoder in this run");
}

static void print_failed(const ingest *in, const fc_ingest_report *r)
{
    if (r->failed == 0)
        return;
    print_count("failed", r->failed);
    if (!in->dry_run && !in->estimate) {
        printf(": featcache stat ");
        cli_put_text(stdout, in->store);
        printf(" --failures");
    }
    if (r->not_retried > 0)
        printf("; %" PRIu64 " of them as before, not tried again without --retry-failed",
               r->not_retried);
    putchar('\n');
}

static void print_bytes(const fc_ingest_report *r)
{
    char raw[CLI_WORD_BYTES];
    char stored[CLI_WORD_BYTES];
    char times[CLI_WORD_BYTES];

    if (r->bytes_raw == 0)
        return;
    printf("  %-10s %s as f32", "raw", cli_bytes(r->bytes_raw, raw));
    if (r->bytes_stored > 0)
        printf(", stored in %s (%s)", cli_bytes(r->bytes_stored, stored),
               cli_times(r->bytes_raw, r->bytes_stored, times));
    putchar('\n');
}

static void print_estimate(const fc_ingest_report *r)
{
    char time[CLI_WORD_BYTES];
    char bytes[CLI_WORD_BYTES];
    char room[CLI_WORD_BYTES];

    if (r->cancelled) {
        printf("  %-10s not known: stopped before all of the source was seen\n", "to do");
        return;
    }
    printf("  %-10s about %s, and %s in the store; %s are free there%s\n", "to do",
           cli_seconds(r->estimated_seconds, time), cli_bytes(r->estimated_bytes, bytes),
           cli_bytes(r->disk_free_bytes, room),
           r->estimated_bytes > r->disk_free_bytes ? ": NOT ENOUGH" : "");
}

/* By encoder, where there are several: those that the source had something for. */
static void print_encoders(const fc_ingest_report *r)
{
    const char *label = "encoders";

    for (size_t i = 0; r->n_encoders > 1 && i < r->n_encoders; i++) {
        const fc_ingest_encoder *e = &r->encoders[i];

        if (e->encoded == 0 && e->reused == 0 && e->failed == 0)
            continue;
        printf("  %-10s %s: %" PRIu64 " encoded, %" PRIu64 " reused, %" PRIu64 " failed\n", label,
               e->name, e->encoded, e->reused, e->failed);
        label = "";
    }
}

static void print_report(const ingest *in, const fc_ingest_report *r)
{
    char words[CLI_WORD_BYTES];

    print_outcome(in, r);
    print_count("samples", r->samples);
    if (r->unchanged > 0)
        printf(", %" PRIu64 " of them unchanged and not read", r->unchanged);
    if (r->gone > 0)
        printf("; %" PRIu64 " gone", r->gone);
    if (r->duplicate_ids > 0)
        printf("; %" PRIu64 " left out: their id came twice", r->duplicate_ids);
    print_without_encoder(r);
    putchar('\n');
    print_count(in->dry_run ? "to encode" : "encoded", r->encoded);
    if (!in->dry_run && r->encoded > 0 && r->seconds > 0)
        printf(", %.0f a second", (double)r->encoded / r->seconds);
    putchar('\n');
    print_count("reused", r->reused);
    putchar('\n');
    print_failed(in, r);
    print_encoders(r);
    print_bytes(r);
    if (in->estimate)
        print_estimate(r);
    printf("  %-10s %s\n", "took", cli_seconds(r->seconds, words));
}

static void fill_options(ingest *in, fc_ingest_options *opts)
{
    opts->dataset = in->dataset;
    opts->encoders = in->encoders.items;
    opts->n_encoders = in->encoders.n;
    opts->spaces = in->spaces.items;
    opts->n_spaces = in->spaces.n;
    opts->jobs = (uint32_t)in->jobs;
    opts->batch = (uint32_t)in->batch;
    opts->limit = in->limit;
    opts->memory_bytes = in->memory;
    opts->group_pattern = in->group_pattern;
    opts->retry_failed = in->retry_failed;
    opts->rehash = in->rehash;
    opts->refit = in->refit;
    opts->dry_run = in->dry_run;
    opts->estimate = in->estimate;
    opts->no_index = in->no_index;
    opts->no_canary = in->no_canary;
    opts->max_pixels = in->caps.pixels;
    opts->max_samples = in->caps.samples;
    opts->max_points = in->caps.points;
    opts->max_text_bytes = in->caps.text;
    opts->max_file_bytes = in->caps.file;
    opts->max_members = in->caps.members;
    opts->max_nesting = (uint32_t)in->caps.nesting;
    opts->max_draw_ms = (uint32_t)in->caps.draw_ms;
    opts->svg_helper = in->caps.svg_helper;
    opts->neural = cli_neural_options(&in->neural);
    opts->progress = on_progress;
    opts->failure = on_failure;
    opts->notice = on_notice;
    opts->cancelled = cli_stopped;
    opts->context = in;
}

static cli_exit run(ingest *in, const cli_operands *operands)
{
    fc_ingest_options opts = FC_INGEST_OPTIONS_INIT;
    fc_ingest_report report = {0};
    fc_error err = FC_ERROR_INIT;
    cli_exit end = CLI_OK;
    fc_status st;

    in->store = operands->items[0];
    fill_options(in, &opts);
    cli_stop_install("the current batch");
    cli_progress_begin(&in->progress, in->when);
    st = fc_ingest(in->store, (const char *const *)operands->items + 1, operands->n - 1, &opts,
                   &report, &err);
    cli_progress_end(&in->progress);
    if (st == FC_OK || st == FC_E_CANCELLED) {
        if (in->json)
            end = print_json(in, &report);
        else
            print_report(in, &report);
        if (end == CLI_OK && report.failed > 0)
            end = CLI_FINDINGS;
    }
    if (st == FC_E_CANCELLED) {
        cli_message("stopped; run the same command again to go on");
        end = CLI_FAILED;
    } else if (st != FC_OK) {
        end = cli_fail(st, &err);
    }
    fc_ingest_report_dispose(&report);
    return end;
}

cli_exit cmd_ingest(int argc, char **argv)
{
    ingest in = {0};
    const cli_option options[] = {
        {"dataset", 0, CLI_TEXT, "NAME", "name of the data set; default: that of the first SOURCE",
         &in.dataset, 0, 0, NULL},
        {"encoder", 0, CLI_LIST, "CARD",
         "a card file or a built-in's name; may be repeated;\ndefault: the built-in encoders",
         &in.encoders, 0, 0, NULL},
        {"space", 0, CLI_LIST, "FILE",
         "a space file: take its cards as encoders, and declare the\nspace for featcache query "
         "--space; may be repeated",
         &in.spaces, 0, 0, NULL},
        {"jobs", 0, CLI_NUMBER, "N", "worker threads; default: one a processor", &in.jobs, 1, 1024,
         NULL},
        {"batch", 0, CLI_NUMBER, "N",
         "samples handed on together; default: 16, or 64 for a model of texts", &in.batch, 1, 65536,
         NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "peak memory to aim at; default: 1G", &in.memory,
         UINT64_C(64) << 20, UINT64_C(1) << 50, NULL},
        {"limit", 0, CLI_NUMBER, "N", "stop after N samples of the source; seals a partial version",
         &in.limit, 1, INT64_MAX, NULL},
        {"group-pattern", 0, CLI_TEXT, "REGEX",
         "POSIX extended expression on the id: what its first\ngroup matches names the sample's "
         "group",
         &in.group_pattern, 0, 0, NULL},
        CLI_OPTIONS_CAPS(&in.caps, "what --memory allows, and 256M for a member"),
        CLI_OPTIONS_NEURAL(&in.neural),
        {"retry-failed", 0, CLI_FLAG, NULL, "try again what the failure ledger holds",
         &in.retry_failed, 0, 0, NULL},
        {"rehash", 0, CLI_FLAG, NULL, "read every file, whatever its size and times say",
         &in.rehash, 0, 0, NULL},
        {"refit", 0, CLI_FLAG, NULL,
         "count anew what encoders learn from the data (idf) and make\na new version of them",
         &in.refit, 0, 0, NULL},
        {"dry-run", 0, CLI_FLAG, NULL, "say what would be done; write nothing", &in.dry_run, 0, 0,
         NULL},
        {"estimate", 0, CLI_FLAG, NULL,
         "encode a first sample in memory; say how long the rest\nwill take, and whether the disk "
         "will do; write nothing",
         &in.estimate, 0, 0, NULL},
        {"no-index", 0, CLI_FLAG, NULL, "leave the search index to featcache index", &in.no_index,
         0, 0, NULL},
        {"no-canary", 0, CLI_FLAG, NULL,
         "do not ask whether encoders still compute what STORE holds of\nthem (featcache audit "
         "canary), and keep no inputs to ask with",
         &in.no_canary, 0, 0, NULL},
        CLI_OPTION_PROGRESS(&in.when),
        CLI_OPTION_JSON(&in.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (in.dry_run && in.estimate)
        return cli_usage_error("ingest", "--dry-run and --estimate exclude each other");
    return run(&in, &operands);
}
