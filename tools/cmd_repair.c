/* featcache repair: what is readable of a damaged store, in a new one, and a list of what is lost.
 */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_damage.h"

static const cli_usage usage = {
    .name = "repair",
    .synopsis = "STORE TO [OPTION]...",
    .about =
        "Copy what is readable of STORE into a new store at TO, and list what is lost. STORE is\n"
        "not changed. An ingest into TO encodes again what is lost.",
    .operands = "  STORE                 folder of the damaged store\n"
                "  TO                    folder of the new store; must not exist\n",
    .examples = "featcache repair birds.store rescued.store\n",
    .operand_names = {"STORE", "TO"},
    .min_operands = 2,
    .max_operands = 2,
};

static cli_exit end_json(cli_damages *d, const fc_repair_report *r, bool complete)
{
    return cli_json_list_end(
        &d->list,
        json_pack("{s:b,s:{s:I,s:I},s:{s:I,s:I}}", "complete", complete, "samples", "kept",
                  (json_int_t)r->n_samples_kept, "lost", (json_int_t)r->n_samples_lost, "items",
                  "kept", (json_int_t)r->n_items_kept, "lost", (json_int_t)r->n_items_lost));
}

static cli_exit run(const char *from, const char *to, bool json, unsigned when)
{
    fc_repair_report r = {0};
    cli_damages damages = {0};
    fc_error err = FC_ERROR_INIT;
    cli_exit end = CLI_OK;
    fc_status st;

    cli_stop_install("the current table");
    cli_damages_begin(&damages, "lost", json, when,
                      json_pack("{s:s,s:o,s:o}", "schema", "featcache.repair/1", "from",
                                cli_json_text(from), "to", cli_json_text(to)));
    st = fc_repair(from, to, cli_damages_add, &damages.watch, &r, &err);
    cli_damages_end(&damages);
    if (json)
        end = end_json(&damages, &r, st == FC_OK);
    if (st == FC_E_NOT_FOUND) {
        cli_fail(st, &err);
        return CLI_FAILED;
    }
    if (st != FC_OK)
        return cli_fail(st, &err);
    if (!json)
        printf("%" PRIu64 " samples and %" PRIu64 " items kept, %" PRIu64 " and %" PRIu64 " lost\n",
               r.n_samples_kept, r.n_items_kept, r.n_samples_lost, r.n_items_lost);
    return end == CLI_OK && (r.n_samples_lost > 0 || r.n_items_lost > 0) ? CLI_FINDINGS : end;
}

cli_exit cmd_repair(int argc, char **argv)
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
