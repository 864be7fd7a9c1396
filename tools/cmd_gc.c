/* featcache gc: free what nothing uses, and an encoder version that nobody wants any more. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"

typedef struct gc {
    const char *encoder;
    uint64_t map_size;
    bool dry_run, json;
} gc;

static const cli_usage usage = {
    .name = "gc",
    .synopsis = "STORE [OPTION]...",
    .about = "Free the features whose content no sample of any data-set version points at, and\n"
             "with --encoder all features of that encoder version. Later ingests use the room;\n"
             "featcache compact gives it back to the file system.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache gc birds.store --dry-run\n"
                "featcache gc birds.store --encoder hog@3fa2\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit print_report(const gc *o, const fc_gc_report *r)
{
    char bytes[CLI_WORD_BYTES];

    if (o->json)
        return cli_json_print(json_pack(
            "{s:s,s:b,s:I,s:I,s:I,s:I}", "schema", "featcache.gc/1", "dry_run", o->dry_run,
            "encoder_versions", (json_int_t)r->n_versions, "items", (json_int_t)r->n_items, "bytes",
            (json_int_t)r->n_bytes, "contents", (json_int_t)r->n_contents));
    printf("%s%" PRIu64 " items in %s, %" PRIu64 " contents, %" PRIu64 " encoder versions\n",
           o->dry_run ? "would free " : "freed ", r->n_items, cli_bytes(r->n_bytes, bytes),
           r->n_contents, r->n_versions);
    return CLI_OK;
}

static cli_exit run(const gc *o, const char *path)
{
    fc_gc_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    /* A dry run counts under the writer's lock, so it too opens for writing. */
    end = cli_open_store(&store, path, FC_STORE_MUST_EXIST, o->map_size);
    if (end != CLI_OK)
        return end;
    st = fc_gc(store, o->encoder, o->dry_run, &report, &err);
    end = st == FC_OK ? print_report(o, &report) : cli_fail(st, &err);
    fc_store_close(store);
    return end;
}

cli_exit cmd_gc(int argc, char **argv)
{
    gc o = {0};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "NAME", "free this encoder version: NAME, NAME@FINGERPRINT or #ID",
         &o.encoder, 0, 0, NULL},
        {"dry-run", 0, CLI_FLAG, NULL, "say what would be freed; free nothing", &o.dry_run, 0, 0,
         NULL},
        CLI_OPTION_MAP_SIZE(&o.map_size),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(&o, operands.items[0]);
}
