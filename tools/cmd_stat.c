/* featcache stat: what a store holds, or its failure ledger. The text and JSON of the first are in
 * stat_text.c and stat_json.c. */
#include "cli_stat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli_args.h"

static const cli_usage usage = {
    .name = "stat",
    .synopsis = "STORE [OPTION]...",
    .about =
        "Show what STORE holds: encoder versions and their outputs with sizes, compression and\n"
        "the error of their precision; data sets and their versions with counts and digests.\n"
        "With --failures: each sample that could not be encoded, and why.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache stat birds.store\n"
                "featcache stat birds.store --failures --dataset birds\n"
                "featcache stat birds.store --json | jq '.datasets[].versions[-1].digest'\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

typedef struct failures {
    const fc_encoder_info *encoders;
    size_t n_encoders;
    cli_json_list list;
    bool json;
    uint64_t n;
} failures;

const fc_encoder_info *cli_stat_encoder(const fc_encoder_info *list, size_t n, fc_version_id id)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id)
            return &list[i];
    return NULL;
}

static bool on_failure(void *context, const fc_failure *f)
{
    failures *all = context;
    const fc_encoder_info *e = cli_stat_encoder(all->encoders, all->n_encoders, f->version);
    char when[CLI_WORD_BYTES];

    all->n++;
    cli_time(f->time_ns, when);
    if (all->json) {
        cli_json_list_add(
            &all->list,
            json_pack("{s:o,s:o,s:o,s:o,s:s,s:i}", "dataset", cli_json_text(f->dataset), "id",
                      cli_json_text(f->id), "encoder", cli_json_text(e != NULL ? e->name : NULL),
                      "reason", cli_json_text(f->reason), "time", when, "tries", (int)f->tries));
        return ferror(stdout) != 0;
    }
    cli_put_text(stdout, f->dataset);
    putchar('/');
    cli_put_text(stdout, f->id);
    fputs("  ", stdout);
    if (e != NULL) {
        cli_put_text(stdout, e->name);
        fputs("  ", stdout);
    }
    printf("%s  %" PRIu32 " tr%s  ", when, f->tries, f->tries == 1 ? "y" : "ies");
    cli_put_text(stdout, f->reason);
    putchar('\n');
    return ferror(stdout) != 0; /* whoever read it has seen enough */
}

static cli_exit list_failures(fc_snapshot *snapshot, const char *dataset, bool json)
{
    failures all = {.json = json};
    fc_error err = FC_ERROR_INIT;
    cli_exit end = CLI_OK;
    fc_status st;

    st = fc_snapshot_encoders(snapshot, &all.encoders, &all.n_encoders, &err);
    if (st != FC_OK)
        return cli_fail(st, &err);
    if (json)
        cli_json_list_begin(&all.list, json_pack("{s:s}", "schema", "featcache.failures/1"),
                            "failures");
    st = fc_snapshot_failures(snapshot, dataset, on_failure, &all, &err);
    if (json)
        end = cli_json_list_end(
            &all.list, json_pack("{s:I,s:b}", "count", (json_int_t)all.n, "complete", st == FC_OK));
    if (st != FC_OK)
        return cli_fail(st, &err);
    if (!json)
        cli_message("%" PRIu64 " failure%s", all.n, all.n == 1 ? "" : "s");
    return end;
}

static cli_exit show(fc_store *store, fc_snapshot *snapshot, bool json)
{
    fc_error err = FC_ERROR_INIT;
    cli_exit end = CLI_OK;
    cli_stat s;
    fc_status st = cli_stat_gather(&s, store, snapshot, &err);

    if (st != FC_OK)
        return cli_fail(st, &err);
    if (json)
        end = cli_stat_json(&s);
    else
        cli_stat_text(&s);
    cli_stat_dispose(&s);
    return end;
}

/* A mistyped name must not read as "no failures". */
static cli_exit check_dataset(fc_snapshot *snapshot, const char *name)
{
    const fc_dataset_info *list;
    fc_error err = FC_ERROR_INIT;
    fc_status st;
    size_t n;

    st = fc_snapshot_datasets(snapshot, &list, &n, &err);
    if (st != FC_OK)
        return cli_fail(st, &err);
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return CLI_OK;
    cli_message("the store has no data set '%s'; featcache stat lists what there is", name);
    return CLI_USAGE;
}

cli_exit cmd_stat(int argc, char **argv)
{
    const char *dataset = NULL;
    bool list = false;
    bool json = false;
    const cli_option options[] = {
        {"failures", 0, CLI_FLAG, NULL, "list the failure ledger", &list, 0, 0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME", "with --failures: of this data set only", &dataset, 0, 0,
         NULL},
        CLI_OPTION_JSON(&json),
    };
    cli_operands operands;
    fc_snapshot *snapshot;
    fc_store *store;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (dataset != NULL && !list)
        return cli_usage_error("stat", "--dataset goes with --failures");
    end = cli_open_snapshot(&store, &snapshot, operands.items[0]);
    if (end != CLI_OK)
        return end;
    if (dataset != NULL)
        end = check_dataset(snapshot, dataset);
    if (end == CLI_OK)
        end = list ? list_failures(snapshot, dataset, json) : show(store, snapshot, json);
    fc_snapshot_end(snapshot);
    fc_store_close(store);
    return end;
}
