/* featcache index: bring the search index up to date, or rebuild it as another kind. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli_args.h"
#include "cli_index.h"
#include "cli_progress.h"

typedef struct index_run {
    const char *encoder, *output, *space, *kind;
    uint64_t memory, jobs, map_size;
    const char *recall; /* text of --target-recall; NULL: the default */
    bool rebuild, json;
    unsigned when;
    cli_progress progress;
    json_t *built; /* array: each new segment */
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

static void keep_built(void *context, const fc_index_built *b)
{
    index_run *o = context;

    json_array_append_new(o->built, cli_index_built(b));
}

/* `auto` measured and took none: whether more memory would help, or nothing would. */
static void print_fallback(const json_t *b)
{
    const json_t *tried = json_object_get(b, "tried");
    size_t n_large = 0;

    for (size_t k = 0; k < json_array_size(tried); k++)
        n_large += strcmp(cli_json_word(json_array_get(tried, k), "outcome"), "large") == 0;
    printf("Flat over %" JSON_INTEGER_FORMAT " rows: ",
           json_integer_value(json_object_get(b, "rows")));
    if (n_large == json_array_size(tried))
        printf("no kind of index fits --memory");
    else
        printf("no kind of index%s finds %.3f of the ten nearest sooner than a scan does",
               n_large > 0 ? " that fits --memory" : "", cli_json_number(b, "target"));
    printf("; every query is scanned exactly\n");
}

/* Only of segments that something was measured for: others are scanned. */
static void print_built(const json_t *built)
{
    for (size_t i = 0; i < json_array_size(built); i++) {
        const json_t *b = json_array_get(built, i), *tried = json_object_get(b, "tried");

        if (cli_json_number(b, "target") == 0.0)
            continue;
        if (strcmp(cli_json_word(b, "kind"), "Flat") == 0)
            print_fallback(b);
        else
            printf("%s over %" JSON_INTEGER_FORMAT " rows: recall@10 %.3f of rows as queries "
                   "(for %.3f of new ones), %.0f us a query\n",
                   cli_json_word(b, "kind"), json_integer_value(json_object_get(b, "rows")),
                   cli_json_number(b, "recall"), cli_json_number(b, "target"),
                   cli_json_number(b, "microseconds"));
        for (size_t k = 0; k < json_array_size(tried); k++) {
            const json_t *t = json_array_get(tried, k);

            printf("  %-7s %-32s recall %.3f, about %.0f us a query, %.0f s to build, %.0f MiB\n",
                   cli_json_word(t, "outcome"), cli_json_word(t, "kind"),
                   cli_json_number(t, "recall"), cli_json_number(t, "microseconds"),
                   cli_json_number(t, "seconds"),
                   (double)json_integer_value(json_object_get(t, "bytes")) / 1048576.0);
        }
    }
}

static cli_exit print_report(const index_run *o, const fc_index_report *r)
{
    if (o->json)
        return cli_json_print(json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:O}", "schema",
                                        "featcache.index/1", "outputs", (json_int_t)r->n_outputs,
                                        "segments", (json_int_t)r->n_segments, "rows",
                                        (json_int_t)r->n_rows, "added", (json_int_t)r->n_added,
                                        "dead", (json_int_t)r->n_dead, "built", o->built));
    print_built(o->built);
    printf("%" PRIu64 " contents to search; %" PRIu64 " outputs in %" PRIu64 " segments, %" PRIu64
           " rows added, %" PRIu64 " deleted but still in their segments\n",
           r->n_rows, r->n_outputs, r->n_segments, r->n_added, r->n_dead);
    return CLI_OK;
}

static bool read_recall(const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out >= 0.5 && *out <= 0.999;
}

static cli_exit run(index_run *o, const char *path)
{
    fc_index_options opts = FC_INDEX_OPTIONS_INIT;
    fc_index_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    if (o->recall != NULL && !read_recall(o->recall, &opts.target_recall))
        return cli_usage_error("index", "--target-recall %s: a number from 0.5 to 0.999",
                               o->recall);
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
    opts.built = keep_built;
    opts.built_context = o;
    o->built = json_array();
    cli_stop_install("the current segment");
    cli_progress_begin(&o->progress, o->when);
    st = fc_index_update(store, &opts, &report, &err);
    cli_progress_end(&o->progress);
    end = st == FC_OK ? print_report(o, &report) : cli_fail(st, &err);
    json_decref(o->built);
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
         "auto (the fastest of some that are measured on a sample),\nflat, or a FAISS factory string "
         "such as HNSW32; default:\nthe one before where it was named, else auto",
         &o.kind, 0, 0, NULL},
        {"target-recall", 0, CLI_TEXT, "R",
         "recall@10 that new queries shall have, 0.5 to 0.999;\ndefault: as before, else 0.95; builds anew",
         &o.recall, 0, 0, NULL},
        {"rebuild", 0, CLI_FLAG, NULL, "make one new segment in place of all", &o.rebuild, 0, 0,
         NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "peak memory to aim at; default: 1G", &o.memory,
         UINT64_C(64) << 20, UINT64_C(1) << 50, NULL},
        CLI_OPTION_JOBS(&o.jobs),
        CLI_OPTION_MAP_SIZE(&o.map_size),
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(&o, operands.items[0]);
}
