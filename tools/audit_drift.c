/* featcache audit drift: what a new encoder version changes, and whether it may be switched to. */
#include "audit_drift.h"

#include <string.h>

#include "audit.h"
#include "cli_args.h"
#include "cli_progress.h"

typedef struct drift {
    fc_audit_drift_options opts;
    cli_list by;
    uint64_t k, queries, sample, permutations, moved, jobs;
    const char *html;
    bool json;
    unsigned when;
    cli_progress progress;
} drift;

static const cli_usage usage = {
    .name = "audit drift",
    .synopsis = "STORE --from VERSION --to VERSION [OPTION]...",
    .about =
        "Compare two encoder versions over the samples that the store has features of both of.\n"
        "Prints a verdict (compatible, adapter advised, re-encode) by a policy, and its evidence:\n"
        "neighbours in common, what new queries find on the old index, cosines, CKA, Procrustes,\n"
        "MMD and more, each with a 95 % interval and its value where nothing is shared; the same\n"
        "by data set, split and column; and the samples that moved most.\n"
        "\n"
        "VERSION is NAME, NAME@FINGERPRINT or #ID, with :OUTPUT behind it where both do not have\n"
        "the same. Ends with 1 where the verdict is one that the policy fails on.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache audit drift birds.store --from photo@3fa2 --to photo@91c0\n"
                "featcache audit drift birds.store --from photo@3fa2 --to photo@91c0 \\\n"
                "    --by species --policy strict.yaml --json >drift.json\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

/* Every problem of the policy file, a line each, instead of the first alone. */
static cli_exit fail(fc_status st, char *problems, const fc_error *err)
{
    const cli_exit end = cli_fail_card(st, problems, err);

    fc_string_free(problems);
    return end;
}

static cli_exit print(const drift *o, const fc_audit_drift_report *r)
{
    fc_error err = FC_ERROR_INIT;
    fc_status st;
    cli_exit end = CLI_OK;

    if (o->json)
        end = audit_drift_json(r, &o->opts);
    else
        audit_drift_text(r);
    if (o->html != NULL && (st = fc_report_drift(o->html, r, &err)) != FC_OK)
        return cli_fail(st, &err);
    return end == CLI_OK && r->fails ? CLI_FINDINGS : end;
}

static cli_exit run(drift *o, const char *path)
{
    fc_audit_drift_report *report = NULL;
    fc_error err = FC_ERROR_INIT;
    char *problems = NULL;
    fc_store *store;
    fc_status st;
    cli_exit end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);

    if (end != CLI_OK)
        return end;
    o->opts.by = o->by.items;
    o->opts.n_by = o->by.n;
    o->opts.k = (uint32_t)o->k;
    o->opts.n_queries = (uint32_t)o->queries;
    o->opts.n_sample = (uint32_t)o->sample;
    o->opts.n_permutations = (uint32_t)o->permutations;
    o->opts.n_moved = (uint32_t)o->moved;
    o->opts.n_threads = (uint32_t)o->jobs;
    o->opts.progress = cli_progress_watch;
    o->opts.cancelled = cli_stopped;
    o->opts.context = &o->progress;
    cli_stop_install("the current step");
    cli_progress_begin(&o->progress, o->when);
    st = fc_audit_drift(&report, store, &o->opts, &problems, &err);
    cli_progress_end(&o->progress);
    end = st == FC_OK ? print(o, report) : fail(st, problems, &err);
    fc_audit_drift_destroy(report);
    fc_store_close(store);
    return end;
}

cli_exit audit_drift(int argc, char **argv)
{
    drift o = {.opts = FC_AUDIT_DRIFT_OPTIONS_INIT};
    const cli_option options[] = {
        {"from", 0, CLI_TEXT, "VERSION", "the old version: VERSION[:OUTPUT] (required)",
         &o.opts.from, 0, 0, NULL},
        {"to", 0, CLI_TEXT, "VERSION", "the new version: VERSION[:OUTPUT] (required)", &o.opts.to,
         0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME",
         "of both; default: pooled, else the first that can be\nsearched, else the first",
         &o.opts.output, 0, 0, NULL},
        {"pool", 0, CLI_TEXT, "HOW",
         "of maps and sequences: mean (default), max, mean+max, cls,\nlast, gem; they are compared "
         "position by position, too",
         &o.opts.pooling, 0, 0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME", "NAME or NAME@N; default: all", &o.opts.dataset, 0, 0,
         NULL},
        {"where", 0, CLI_TEXT, "EXPR", "samples whose fields and metadata fulfil this only",
         &o.opts.where, 0, 0, NULL},
        {"by", 0, CLI_LIST, "COLUMN",
         "groups by this column, beside data set and split; may be\nrepeated", &o.by, 0, 0, NULL},
        {"policy", 0, CLI_TEXT, "FILE", "YAML with the bounds of the verdict; default: built in",
         &o.opts.policy, 0, 0, NULL},
        {NULL, 'k', CLI_NUMBER, "N", "neighbours; default: 10", &o.k, 1, 999, NULL},
        {"queries", 0, CLI_NUMBER, "N", "samples whose neighbours are looked for; default: 2000",
         &o.queries, 50, 1000000, NULL},
        {"sample", 0, CLI_NUMBER, "N", "pairs of tests and some intervals; default: 10000",
         &o.sample, 100, FC_AUDIT_DRIFT_SAMPLE, NULL},
        {"permutations", 0, CLI_NUMBER, "N", "of the tests; default: 200", &o.permutations, 19,
         10000, NULL},
        {"moved", 0, CLI_NUMBER, "N", "samples that moved most to show; default: 10", &o.moved, 1,
         1000, NULL},
        {"seed", 0, CLI_NUMBER, "N", "of queries, sample and permutations; default: 0",
         &o.opts.seed, 0, UINT64_MAX, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "for sums, sample and queries; default: 1G",
         &o.opts.memory_bytes, UINT64_C(1) << 20, UINT64_C(1) << 50, NULL},
        {"html", 0, CLI_TEXT, "FILE", "write the report as a page, too", &o.html, 0, 0, NULL},
        CLI_OPTION_JOBS(&o.jobs),
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.opts.from == NULL || o.opts.to == NULL)
        return cli_usage_error("audit drift", "--%s VERSION is missing",
                               o.opts.from == NULL ? "from" : "to");
    return run(&o, operands.items[0]);
}
