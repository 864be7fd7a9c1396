/* featcache rm: remove a data set or one sample of it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli_args.h"
#include "cli_json.h"

static const cli_usage usage = {
    .name = "rm",
    .synopsis = "STORE DATASET[/ID] [OPTION]...",
    .about = "Remove a data set with all its versions, or one sample, which makes a new version\n"
             "without it. Searches no longer find what is removed. featcache gc frees the room of\n"
             "what no version has any more: a sample is kept while an older version has it.",
    .operands = "  STORE                 folder of the store\n"
                "  DATASET[/ID]          what to remove\n",
    .examples = "featcache rm birds.store birds/blurred.png\n"
                "featcache rm birds.store birds && featcache gc birds.store\n",
    .operand_names = {"STORE", "DATASET[/ID]"},
    .min_operands = 2,
    .max_operands = 2,
};

static cli_exit removed(const char *what, uint64_t n, bool json)
{
    if (json)
        return cli_json_print(json_pack("{s:s,s:o,s:I}", "schema", "featcache.rm/1", "removed",
                                        cli_json_text(what), "samples", (json_int_t)n));
    cli_put_text(stdout, what);
    printf(": %" PRIu64 " sample%s removed\n", n, n == 1 ? "" : "s");
    return CLI_OK;
}

static cli_exit run(const char *path, const char *what, uint64_t map_size, bool json)
{
    char *name = strdup(what);
    fc_error err = FC_ERROR_INIT;
    fc_store *store = NULL;
    uint64_t n = 0;
    char *slash;
    fc_status st;
    cli_exit end;

    if (name == NULL)
        return cli_fail(FC_E_NOMEM, &err);
    slash = strchr(name, '/');
    if (slash != NULL)
        *slash = '\0';
    if (name[0] == '\0' || (slash != NULL && slash[1] == '\0')) {
        end = cli_usage_error("rm", "'%s': give DATASET or DATASET/ID", what);
        goto done;
    }
    end = cli_open_store(&store, path, FC_STORE_MUST_EXIST, map_size);
    if (end != CLI_OK)
        goto done;
    st = fc_remove(store, name, slash != NULL ? slash + 1 : NULL, &n, &err);
    if (st == FC_E_NOT_FOUND && err.message[0] == '\0')
        fc_error_set(&err, st, "the store holds no '%s'", what);
    end = st == FC_OK ? removed(what, n, json) : cli_fail(st, &err);

done:
    fc_store_close(store);
    free(name);
    return end;
}

cli_exit cmd_rm(int argc, char **argv)
{
    uint64_t map_size = 0;
    bool json = false;
    const cli_option options[] = {
        CLI_OPTION_MAP_SIZE(&map_size),
        CLI_OPTION_JSON(&json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(operands.items[0], operands.items[1], map_size, json);
}
