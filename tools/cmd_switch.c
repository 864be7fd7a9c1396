/* featcache switch: from an old encoder version to a new one by stages, and back. */
#include <string.h>

#include <featcache/adapt.h>

#include "cli_adapter.h"
#include "cli_args.h"

static const cli_usage usage = {
    .name = "switch",
    .synopsis = "STORE [NAME] [--to STAGE] [OPTION]...",
    .about =
        "Choose which of the two encoder versions of an adapter answers queries that name\n"
        "none. Nothing is encoded or removed, so that every stage can be left again at once:\n\n"
        "  old      the old version\n"
        "  adapter  the new one embeds the query, the adapter maps it, and what the old one has\n"
        "           encoded is searched\n"
        "  dual     what the new one has encoded already by it, the rest through the adapter\n"
        "  new      the new version\n"
        "  none     no switch: the newest version that a data set is sealed with\n\n"
        "Going back to a stage gives its answers again, byte for byte. Without --to say at which\n"
        "stage the adapters of STORE are.",
    .operands = "  STORE                 folder of the store\n"
                "  NAME                  an adapter; default: the only one\n",
    .examples = "featcache adapt photos.store --from cnn@1f03 --to cnn@9c2a\n"
                "featcache switch photos.store --to dual     # while data is encoded anew\n"
                "featcache switch photos.store --to new      # cut over\n"
                "featcache switch photos.store --to old      # roll back\n",
    .operand_names = {"STORE", "NAME"},
    .min_operands = 1,
    .max_operands = 2,
};

static const char *const stages[] = {"none", "old", "adapter", "dual", "new", NULL};

static cli_exit switch_to(fc_store *store, const char *name, const char *stage)
{
    fc_adapter_stage to = FC_STAGE_NONE;
    fc_error err = FC_ERROR_INIT;
    bool changed = false;
    fc_status st;

    (void)fc_adapter_stage_parse(&to, stage); /* one of the list */
    st = fc_adapter_switch(store, name, to, &changed, &err);
    if (st != FC_OK)
        return cli_fail(st, &err);
    if (!changed)
        cli_message("it is at stage %s already", stage);
    return CLI_OK;
}

cli_exit cmd_switch(int argc, char **argv)
{
    unsigned to = CLI_COUNT(stages) - 1;
    bool json = false;
    const cli_option options[] = {
        {"to", 0, CLI_CHOICE, "STAGE", "old, adapter, dual, new or none", &to, 0, 0, stages},
        CLI_OPTION_JSON(&json),
    };
    cli_operands operands;
    const char *name;
    fc_store *store;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    name = operands.n > 1 ? operands.items[1] : NULL;
    end = cli_open_store(&store, operands.items[0],
                         stages[to] != NULL ? FC_STORE_MUST_EXIST : FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    if (stages[to] != NULL)
        end = switch_to(store, name, stages[to]);
    if (end == CLI_OK)
        end = cli_list_adapters(store, name, json);
    fc_store_close(store);
    return end;
}
