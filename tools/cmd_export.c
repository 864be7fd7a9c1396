/* featcache export: features and what they describe as files for other programs. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct export_run {
    const char *encoder, *output, *space, *dataset, *folder;
    unsigned format;
    bool json;
    unsigned when;
    cli_progress progress;
} export_run;

static const char *const format_words[] = {"npy", "csv", "jsonl", NULL};
static const fc_export_format formats[] = {FC_EXPORT_NPY, FC_EXPORT_CSV, FC_EXPORT_JSONL};

static const cli_usage usage = {
    .name = "export",
    .synopsis = "STORE -o DIR [OPTION]...",
    .about = "Write stored features to DIR: for each encoder version and output NAME.npy, and\n"
             "NAME.jsonl whose line i describes row i. With --space the vectors of a space.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache export birds.store --encoder hog --output pooled -o features\n"
                "featcache export birds.store --space shared -o features\n"
                "featcache export birds.store --dataset birds@2 -o features --format csv\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit run(export_run *o, const char *path)
{
    fc_export_options opts = FC_EXPORT_OPTIONS_INIT;
    fc_export_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    opts.encoder = o->encoder;
    opts.output = o->output;
    opts.space = o->space;
    opts.dataset = o->dataset;
    opts.format = formats[o->format];
    opts.watch = &o->progress.watch;
    cli_stop_install("the current batch");
    cli_progress_begin(&o->progress, o->when);
    st = fc_export(store, o->folder, &opts, &report, &err);
    cli_progress_end(&o->progress);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (o->json)
        end = cli_json_print(json_pack(
            "{s:s,s:o,s:I,s:I}", "schema", "featcache.export/1", "folder", cli_json_text(o->folder),
            "files", (json_int_t)report.n_files, "rows", (json_int_t)report.n_rows));
    else
        printf("%" PRIu64 " rows in %" PRIu64 " files\n", report.n_rows, report.n_files);
    fc_store_close(store);
    return end;
}

cli_exit cmd_export(int argc, char **argv)
{
    export_run o = {0};
    const cli_option options[] = {
        {NULL, 'o', CLI_TEXT, "DIR", "folder to write to; made when there is none (required)",
         &o.folder, 0, 0, NULL},
        {"encoder", 0, CLI_TEXT, "NAME", "this encoder version only: NAME, NAME@FINGERPRINT or #ID",
         &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "this output only", &o.output, 0, 0, NULL},
        {"space", 0, CLI_TEXT, "NAME", "the vectors of this space: NAME or NAME@VERSION", &o.space,
         0, 0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME", "this data set only: NAME, or NAME@N for one version",
         &o.dataset, 0, 0, NULL},
        {"format", 0, CLI_CHOICE, "F", "npy (default), csv or jsonl", &o.format, 0, 0,
         format_words},
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.folder == NULL)
        return cli_usage_error("export", "-o DIR is missing");
    return run(&o, operands.items[0]);
}
