/* featcache backup: a verified copy of a store in use. */
#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

static const cli_usage usage = {
    .name = "backup",
    .synopsis = "STORE TO [OPTION]...",
    .about =
        "Copy STORE to TO as it is at this moment, while others read and write it. The copy is\n"
        "synced and verified before it gets its name, so TO is whole or absent.",
    .operands = "  STORE                 folder of the store\n"
                "  TO                    folder of the copy; must not exist\n",
    .examples = "featcache backup birds.store /mnt/backup/birds.store\n",
    .operand_names = {"STORE", "TO"},
    .min_operands = 2,
    .max_operands = 2,
};

static cli_exit run(const char *from, const char *to, bool json, unsigned when)
{
    cli_progress progress;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    cli_stop_install("the current page");
    cli_progress_begin(&progress, when);
    st = fc_backup(from, to, &progress.watch, &err);
    cli_progress_end(&progress);
    if (st == FC_E_NOT_FOUND) {
        cli_fail(st, &err);
        return CLI_FAILED;
    }
    if (st != FC_OK)
        return cli_fail(st, &err);
    if (json)
        return cli_json_print(json_pack("{s:s,s:o,s:o}", "schema", "featcache.backup/1", "from",
                                        cli_json_text(from), "to", cli_json_text(to)));
    cli_put_text(stdout, to);
    puts(": copied and verified");
    return CLI_OK;
}

cli_exit cmd_backup(int argc, char **argv)
{
    bool json = false;
    unsigned when = 0;
    const cli_option options[] = {CLI_OPTION_PROGRESS(&when), CLI_OPTION_JSON(&json)};
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(operands.items[0], operands.items[1], json, when);
}
