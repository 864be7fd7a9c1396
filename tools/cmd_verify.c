/* featcache verify: is a store sound, and if not, what is hit. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_damage.h"

typedef struct verify {
    bool full, json;
    unsigned when;
    cli_damages damages;
} verify;

static const cli_usage usage = {
    .name = "verify",
    .synopsis = "STORE [OPTION]...",
    .about =
        "Check STORE for damage: every value's checksum, the order of keys, references and\n"
        "counts. Exit 0: sound; 1: damaged, with the samples it hits; 3: could not be checked.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache verify birds.store\n"
                "featcache verify birds.store --full --json\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit end_json(verify *v, const fc_verify_report *r, bool complete)
{
    return cli_json_list_end(
        &v->damages.list,
        json_pack("{s:b,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "sound",
                  complete && r->n_damages == 0, "complete", complete, "rows",
                  (json_int_t)r->n_rows, "blocks", (json_int_t)r->n_blocks, "items",
                  (json_int_t)r->n_items, "bytes", (json_int_t)r->n_bytes, "segments",
                  (json_int_t)r->n_segments, "n_damages", (json_int_t)r->n_damages, "samples_hit",
                  (json_int_t)r->n_samples_hit, "seconds", cli_json_real(r->seconds, 3)));
}

static void print_text(const verify *v, const fc_verify_report *r)
{
    char bytes[CLI_WORD_BYTES];
    char time[CLI_WORD_BYTES];

    if (r->n_damages == 0)
        printf("sound: ");
    else
        printf("DAMAGED, places: %" PRIu64 ", samples hit: %" PRIu64 "; checked ", r->n_damages,
               r->n_samples_hit);
    printf("%" PRIu64 " rows, %" PRIu64 " blocks", r->n_rows, r->n_blocks);
    if (v->full)
        printf(", %" PRIu64 " items decoded", r->n_items);
    printf(", %" PRIu64 " segments, %s in %s\n", r->n_segments, cli_bytes(r->n_bytes, bytes),
           cli_seconds(r->seconds, time));
}

/* Each status has its own meaning here: a store that cannot be checked is neither sound nor bad. */
static cli_exit outcome(fc_status st, const fc_verify_report *r, const char *path, fc_error *err)
{
    if (st == FC_OK && r->n_damages == 0)
        return CLI_OK;
    if (st == FC_E_NOT_FOUND && err->message[0] == '\0')
        fc_error_set(err, st, "no store at '%s'", path);
    if (st != FC_OK)
        cli_fail(st, err);
    if (st != FC_OK && st != FC_E_CORRUPT)
        return CLI_FAILED;
    cli_message("featcache repair %s NEW copies what is readable; a segment of the index is built "
                "again by featcache index %s",
                path, path);
    return CLI_FINDINGS;
}

static cli_exit run(verify *v, const char *path)
{
    fc_verify_report report = {0};
    fc_error err = FC_ERROR_INIT;
    cli_exit printed = CLI_OK;
    fc_status st;

    cli_stop_install("the current table");
    cli_damages_begin(&v->damages, "damaged", v->json, v->when,
                      json_pack("{s:s,s:o,s:b}", "schema", "featcache.verify/1", "store",
                                cli_json_text(path), "full", v->full));
    st = fc_verify(path, v->full, cli_damages_add, &v->damages.watch, &report, &err);
    cli_damages_end(&v->damages);
    if (v->json)
        printed = end_json(v, &report, st == FC_OK);
    else if (st == FC_OK)
        print_text(v, &report);
    return printed != CLI_OK ? printed : outcome(st, &report, path, &err);
}

cli_exit cmd_verify(int argc, char **argv)
{
    verify v = {0};
    const cli_option options[] = {
        {"full", 0, CLI_FLAG, NULL,
         "also decode every value, recompute counts and digests, and\nhash the search index",
         &v.full, 0, 0, NULL},
        CLI_OPTION_PROGRESS(&v.when),
        CLI_OPTION_JSON(&v.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(&v, operands.items[0]);
}
