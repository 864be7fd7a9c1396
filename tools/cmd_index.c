/* featcache index: bring the search index up to date, or rebuild it as another kind. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct index_run {
    const char *encoder, *output, *space, *kind;
    uint64_t memory, jobs, map_size;
    bool rebuild, json;
    unsigned when;
    cli_progress progress;
} index_run;

static const cli_usage usage = {
    .name = "index",
    .synopsis = "STORE [OPTION]...",
    .about =
        "Bring the search index of every searchable output, and of every head of a space, up to\n"
        "date with what is sealed. featcache ingest does this at its end, unless it was told\n"
        "--no-index.",
    .operands = "  STORE                 folder of the store\n",
    .examples =
        "featcache index birds.store\n"
        "featcache index birds.store --encoder hog --output pooled --kind HNSW32 --rebuild\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit print_report(const index_run *o, const fc_index_report *r)
{
    if (o->json)
        return cli_json_print(json_pack(
            "{s:s,s:I,s:I,s:I,s:I,s:I}", "schema", "featcache.index/1", "outputs",
            (json_int_t)r->n_outputs, "segments", (json_int_t)r->n_segments, "rows",
            (json_int_t)r->n_rows, "added", (json_int_t)r->n_added, "dead", (json_int_t)r->n_dead));
    printf("%" PRIu64 " contents to search; %" PRIu64 " outputs in %" PRIu64 " segments, %" PRIu64
           " rows added, %" PRIu64 " deleted but still in their segments\n",
           r->n_rows, r->n_outputs, r->n_segments, r->n_added, r->n_dead);
    return CLI_OK;
}

static cli_exit run(index_run *o, const char *path)
{
    fc_index_options opts = FC_INDEX_OPTIONS_INIT;
    fc_index_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_MUST_EXIST, o->map_size);
    if (end != CLI_OK)
        return end;
    opts.encoder = o->encoder;
    opts.output = o->output;
    opts.space = o->space;
    opts.kind = o->kind;
    opts.rebuild = o->rebuild;
    opts.memory_bytes = o->memory;
    opts.n_threads = (uint32_t)o->jobs;
    opts.progress = cli_progress_watch;
    opts.cancelled = cli_stopped;
    opts.context = &o->progress;
    cli_stop_install("the current segment");
    cli_progress_begin(&o->progress, o->when);
    st = fc_index_update(store, &opts, &report, &err);
    cli_progress_end(&o->progress);
    end = st == FC_OK ? print_report(o, &report) : cli_fail(st, &err);
    fc_store_close(store);
    return end;
}

cli_exit cmd_index(int argc, char **argv)
{
    index_run o = {0};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "NAME", "this encoder version only: NAME, NAME@FINGERPRINT or #ID",
         &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "this output only", &o.output, 0, 0, NULL},
        {"space", 0, CLI_TEXT, "NAME", "this space only", &o.space, 0, 0, NULL},
        {"kind", 0, CLI_TEXT, "KIND",
         "auto (default: by the measured speed of what fits the\nsize), flat, or a FAISS factory "
         "string such as HNSW32",
         &o.kind, 0, 0, NULL},
        {"rebuild", 0, CLI_FLAG, NULL, "make one new segment in place of all", &o.rebuild, 0, 0,
         NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "peak memory to aim at; default: 1G", &o.memory,
         UINT64_C(64) << 20, UINT64_C(1) << 50, NULL},
        {"jobs", 0, CLI_NUMBER, "N", "threads; default: one a processor", &o.jobs, 1, 1024, NULL},
        {"map-size", 0, CLI_SIZE, "SIZE", "address space to reserve for the store; default: 64G",
         &o.map_size, UINT64_C(1) << 20, UINT64_C(1) << 46, NULL},
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(&o, operands.items[0]);
}
