/* featcache diff: what changed between two versions of a data set. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"

typedef struct diff {
    bool json;
    cli_json_list list;
} diff;

static const cli_usage usage = {
    .name = "diff",
    .synopsis = "STORE DATASET@N DATASET@M [OPTION]...",
    .about = "Compare two versions of a data set, a line a sample: + added, - removed, ~ other\n"
             "content, > renamed, = other group, split or metadata.",
    .operands = "  STORE                 folder of the store\n"
                "  DATASET@N             a version; DATASET alone is the newest\n",
    .examples = "featcache diff birds.store birds@1 birds@2\n"
                "featcache diff birds.store birds@1 birds --json\n",
    .operand_names = {"STORE", "DATASET@N", "DATASET@M"},
    .min_operands = 3,
    .max_operands = 3,
};

typedef struct kind_words {
    char sign;
    const char *name;
} kind_words;

static kind_words words_of(fc_change_kind kind)
{
    switch (kind) {
    case FC_ADDED:
        return (kind_words){'+', "added"};
    case FC_REMOVED:
        return (kind_words){'-', "removed"};
    case FC_CHANGED:
        return (kind_words){'~', "changed"};
    case FC_RENAMED:
        return (kind_words){'>', "renamed"};
    case FC_RELABELLED:
        break;
    }
    return (kind_words){'=', "relabelled"};
}

static void on_change(void *context, const fc_change *change)
{
    const kind_words words = words_of(change->kind);
    diff *d = context;

    if (d->json) {
        json_t *item = json_pack("{s:s,s:o}", "kind", words.name, "id", cli_json_text(change->id));

        if (change->kind == FC_RENAMED)
            json_object_set_new(item, "old_id", cli_json_text(change->old_id));
        cli_json_list_add(&d->list, item);
        return;
    }
    printf("%c ", words.sign);
    if (change->kind == FC_RENAMED && change->old_id != NULL) {
        cli_put_text(stdout, change->old_id);
        fputs(" -> ", stdout);
    }
    cli_put_text(stdout, change->id);
    putchar('\n');
}

static cli_exit end_json(diff *d, const fc_diff_report *r, bool complete)
{
    return cli_json_list_end(
        &d->list,
        json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "added", (json_int_t)r->n_added, "removed",
                  (json_int_t)r->n_removed, "changed", (json_int_t)r->n_changed, "renamed",
                  (json_int_t)r->n_renamed, "relabelled", (json_int_t)r->n_relabelled, "same",
                  (json_int_t)r->n_same, "complete", complete));
}

static cli_exit run(diff *d, char **operands)
{
    fc_error err = FC_ERROR_INIT;
    fc_diff_report r = {0};
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, operands[0], FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    if (d->json)
        cli_json_list_begin(&d->list,
                            json_pack("{s:s,s:o,s:o}", "schema", "featcache.diff/1", "from",
                                      cli_json_text(operands[1]), "to", cli_json_text(operands[2])),
                            "changes");
    st = fc_diff(store, operands[1], operands[2], on_change, d, &r, &err);
    if (d->json)
        end = end_json(d, &r, st == FC_OK);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (!d->json)
        cli_message("%" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " changed, %" PRIu64
                    " renamed, %" PRIu64 " relabelled, %" PRIu64 " the same",
                    r.n_added, r.n_removed, r.n_changed, r.n_renamed, r.n_relabelled, r.n_same);
    fc_store_close(store);
    return end;
}

cli_exit cmd_diff(int argc, char **argv)
{
    diff d = {0};
    const cli_option options[] = {CLI_OPTION_JSON(&d.json)};
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(&d, operands.items);
}
