/* featcache compact: full blocks and no free pages. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

static const cli_usage usage = {
    .name = "compact",
    .synopsis = "STORE [OPTION]...",
    .about = "Pack the blocks of STORE to their full size and give free room back to the file\n"
             "system. What it holds, and every digest, stays the same.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache compact birds.store\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit print_report(const fc_compact_report *r, bool json)
{
    char before[CLI_WORD_BYTES];
    char after[CLI_WORD_BYTES];

    if (json)
        return cli_json_print(json_pack(
            "{s:s,s:{s:I,s:I},s:{s:I,s:I}}", "schema", "featcache.compact/1", "bytes", "before",
            (json_int_t)r->bytes_before, "after", (json_int_t)r->bytes_after, "blocks", "before",
            (json_int_t)r->n_blocks_before, "after", (json_int_t)r->n_blocks_after));
    printf("%s in %" PRIu64 " blocks before, %s in %" PRIu64 " blocks now\n",
           cli_bytes(r->bytes_before, before), r->n_blocks_before, cli_bytes(r->bytes_after, after),
           r->n_blocks_after);
    return CLI_OK;
}

static cli_exit run(const char *path, bool json, unsigned when)
{
    fc_compact_report report = {0};
    cli_progress progress;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    cli_stop_install("the current block");
    cli_progress_begin(&progress, when);
    st = fc_compact(path, &progress.watch, &report, &err);
    cli_progress_end(&progress);
    if (st == FC_E_NOT_FOUND) {
        cli_fail(st, &err);
        return CLI_FAILED;
    }
    return st == FC_OK ? print_report(&report, json) : cli_fail(st, &err);
}

cli_exit cmd_compact(int argc, char **argv)
{
    bool json = false;
    unsigned when = 0;
    const cli_option options[] = {CLI_OPTION_PROGRESS(&when), CLI_OPTION_JSON(&json)};
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(operands.items[0], json, when);
}
