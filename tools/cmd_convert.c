/* featcache convert: an output in another precision. */
#include <featcache/query.h>
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct convert {
    const char *encoder, *output;
    unsigned precision, when;
    bool no_index, json;
    cli_progress progress;
} convert;

static const char *const precisions[] = {"f16", "bf16", "int8", NULL};
static const fc_dtype dtypes[] = {FC_F16, FC_BF16, FC_I8};

#define NO_PRECISION 99u

static const cli_usage usage = {
    .name = "convert",
    .synopsis = "STORE --encoder E --output O --precision P [OPTION]...",
    .about =
        "Store an output of an encoder version in a smaller precision. STORE is written anew, all\n"
        "or nothing, and digests of its data sets change; there is no way back but to encode\n"
        "again. featcache audit storage measures what it saves and costs before.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache audit storage birds.store\n"
                "featcache convert birds.store --encoder vit --output pooled --precision int8\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit print_report(const convert *c, const fc_convert_report *r)
{
    char before[CLI_WORD_BYTES];
    char after[CLI_WORD_BYTES];

    if (c->json)
        return cli_json_print(json_pack(
            "{s:s,s:{s:s,s:s},s:o,s:{s:o,s:o},s:o}", "schema", "featcache.convert/1", "precision",
            "before", fc_dtype_name(r->before), "after", fc_dtype_name(r->after), "items",
            cli_json_count(r->n_items), "bytes", "before", cli_json_count(r->bytes_before), "after",
            cli_json_count(r->bytes_after), "rms_error", cli_json_real(r->rms_error, 9)));
    printf("%" PRIu64 " items: %s as %s before, %s as %s now, rms error %.2g\n", r->n_items,
           cli_bytes(r->bytes_before, before), fc_dtype_name(r->before),
           cli_bytes(r->bytes_after, after), fc_dtype_name(r->after), r->rms_error);
    return CLI_OK;
}

/* The index was of the numbers before. */
static cli_exit update_index(convert *c, const char *path)
{
    fc_index_options opts = FC_INDEX_OPTIONS_INIT;
    fc_index_report report;
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    cli_exit end = cli_open_store(&store, path, FC_STORE_MUST_EXIST, 0);
    fc_status st;

    if (end != CLI_OK)
        return end;
    opts.progress = cli_progress_watch;
    opts.cancelled = cli_stopped;
    opts.context = &c->progress;
    st = fc_index_update(store, &opts, &report, &err);
    fc_store_close(store);
    return st == FC_OK ? CLI_OK : cli_fail(st, &err);
}

static cli_exit run(convert *c, const char *path)
{
    fc_convert_report report = {0};
    fc_error err = FC_ERROR_INIT;
    cli_exit end = CLI_OK;
    fc_store *store;
    fc_status st;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    fc_store_close(store); /* it is there; nobody may have it open while it is written anew */
    cli_stop_install("the current block");
    cli_progress_begin(&c->progress, c->when);
    st = fc_convert(path, c->encoder, c->output, dtypes[c->precision], &c->progress.watch, &report,
                    &err);
    if (st == FC_OK && !c->no_index)
        end = update_index(c, path);
    cli_progress_end(&c->progress);
    if (st != FC_OK)
        return cli_fail(st, &err);
    return end == CLI_OK ? print_report(c, &report) : end;
}

cli_exit cmd_convert(int argc, char **argv)
{
    convert c = {.precision = NO_PRECISION};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "E", "NAME, NAME@FINGERPRINT or #ID", &c.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "O", "name of the output", &c.output, 0, 0, NULL},
        {"precision", 0, CLI_CHOICE, "P", "f16, bf16 or int8", &c.precision, 0, 0, precisions},
        {"no-index", 0, CLI_FLAG, NULL, "leave the search index to featcache index", &c.no_index, 0,
         0, NULL},
        CLI_OPTION_PROGRESS(&c.when),
        CLI_OPTION_JSON(&c.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (c.encoder == NULL || c.output == NULL || c.precision == NO_PRECISION)
        return cli_usage_error("convert", "give --encoder, --output and --precision");
    return run(&c, operands.items[0]);
}
