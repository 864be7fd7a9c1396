/* featcache audit space: what a space hides. */
#include "audit_space.h"

#include "audit.h"
#include "cli_args.h"
#include "cli_progress.h"

typedef struct space_audit {
    fc_audit_space_options opts;
    uint64_t k, sample, permutations, draws, jobs, most;
    const char *near, *html;
    cli_list by;
    bool json;
    unsigned when;
    cli_progress progress;
} space_audit;

static const cli_usage usage = {
    .name = "audit space",
    .synopsis = "STORE --space NAME [OPTION]...\n"
                "STORE --encoder V [OPTION]...",
    .about =
        "Measure what a space hides: how far its modalities lie apart, hubs, which modality is\n"
        "favoured among the nearest, how its rows fill it, how well each modality finds each,\n"
        "all of it without each modality, and near-duplicates across splits. Each figure comes\n"
        "with its value under chance and a 95 % interval; findings come first.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache audit space birds.store --space shared\n"
                "featcache audit space birds.store --space shared --by species --html space.html\n"
                "featcache audit space birds.store --encoder hog --json\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit print_report(const space_audit *o, fc_store *store,
                             const fc_audit_space_report *report)
{
    fc_error err = FC_ERROR_INIT;
    cli_exit end = CLI_OK;

    if (o->html != NULL) {
        const fc_status st = fc_audit_space_page(o->html, store, report, &err);

        if (st != FC_OK)
            return cli_fail(st, &err);
    }
    if (o->json)
        end = audit_space_json(report);
    else
        audit_space_text(report);
    return end == CLI_OK && report->n_leak_sets > 0 ? CLI_FINDINGS : end;
}

static cli_exit run(space_audit *o, const char *path)
{
    fc_audit_space_report *report = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    o->opts.progress = cli_progress_watch;
    o->opts.cancelled = cli_stopped;
    o->opts.context = &o->progress;
    cli_stop_install("the current step");
    cli_progress_begin(&o->progress, o->when);
    st = fc_audit_space(&report, store, &o->opts, &err);
    cli_progress_end(&o->progress);
    end = st == FC_OK ? print_report(o, store, report) : cli_fail(st, &err);
    fc_audit_space_destroy(report);
    fc_store_close(store);
    return end;
}

static cli_exit check(space_audit *o)
{
    if ((o->opts.space == NULL) == (o->opts.encoder == NULL))
        return cli_usage_error("audit space", "give one of --space and --encoder");
    if (o->opts.space != NULL && o->opts.output != NULL)
        return cli_usage_error("audit space", "--output: a space has its outputs");
    if (o->near != NULL &&
        (!cli_parse_seconds(o->near, &o->opts.near) || !(o->opts.near > 0) || o->opts.near > 1))
        return cli_usage_error("audit space", "--near: '%s' is not a number above 0, at most 1",
                               o->near);
    o->opts.by = o->by.items;
    o->opts.n_by = o->by.n;
    o->opts.k = (uint32_t)o->k;
    o->opts.sample = (size_t)o->sample;
    o->opts.n_permutations = (uint32_t)o->permutations;
    o->opts.n_draws = (uint32_t)o->draws;
    o->opts.n_threads = (uint32_t)o->jobs;
    o->opts.max_compared = (size_t)o->most;
    if (o->by.n > FC_AUDIT_SPACE_BY_MAX)
        return cli_usage_error("audit space", "--by: at most %u columns", FC_AUDIT_SPACE_BY_MAX);
    return CLI_OK;
}

cli_exit audit_space(int argc, char **argv)
{
    space_audit o = {.opts = FC_AUDIT_SPACE_OPTIONS_INIT};
    const cli_option options[] = {
        {"space", 0, CLI_TEXT, "NAME", "the space: NAME or NAME@VERSION", &o.opts.space, 0, 0,
         NULL},
        {"encoder", 0, CLI_TEXT, "V",
         "one encoder's own output instead: NAME, NAME@FINGERPRINT\nor #ID", &o.opts.encoder, 0, 0,
         NULL},
        {"output", 0, CLI_TEXT, "NAME",
         "of it; default: pooled, else the first that can be searched", &o.opts.output, 0, 0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME", "this data set only: NAME, or NAME@N for one version",
         &o.opts.dataset, 0, 0, NULL},
        {"split", 0, CLI_TEXT, "NAME",
         "recall of the groups of this split, or all; default:\nwhat the fit kept away, else all",
         &o.opts.split, 0, 0, NULL},
        {"by", 0, CLI_LIST, "COLUMN",
         "recall for each value of a column or field, too; may be\nrepeated", &o.by, 0, 0, NULL},
        {NULL, 'k', CLI_NUMBER, "N", "neighbours that are looked at; default: 10", &o.k, 2,
         FC_AUDIT_SPACE_K_MAX, NULL},
        {"sample", 0, CLI_NUMBER, "N",
         "items of each modality to ask with; default: 2000. All\nitems are searched", &o.sample,
         50, FC_AUDIT_SPACE_SAMPLE_MAX, NULL},
        {"permutations", 0, CLI_NUMBER, "N", "of the classifiers' labels; default: 200",
         &o.permutations, 20, 10000, NULL},
        {"draws", 0, CLI_NUMBER, "N", "of groups, for intervals of recall; default: 2000", &o.draws,
         20, 1000000, NULL},
        {"near", 0, CLI_TEXT, "T", "cosine from which two samples are duplicates; default: 0.95",
         &o.near, 0, 0, NULL},
        {"max-compared", 0, CLI_NUMBER, "N",
         "look for duplicates among at most N contents; default:\n200000", &o.most, 1,
         UINT64_C(1) << 32, NULL},
        {"seed", 0, CLI_NUMBER, "N", "of samples, permutations and draws; default: 0", &o.opts.seed,
         0, UINT64_MAX, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "refuse a sample that needs more; default: 1G",
         &o.opts.memory_bytes, UINT64_C(1) << 20, UINT64_C(1) << 42, NULL},
        {"jobs", 0, CLI_NUMBER, "N", "threads; default: one a processor", &o.jobs, 1, 1024, NULL},
        {"html", 0, CLI_TEXT, "FILE", "write a page with figures and pictures, too", &o.html, 0, 0,
         NULL},
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    end = check(&o);
    return end == CLI_OK ? run(&o, operands.items[0]) : end;
}
