/* featcache fit: fit the heads of a space on what is cached. */
#include <inttypes.h>
#include <string.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct fit_run {
    fc_space_fit_options opts;
    cli_list encoders;
    uint64_t dim, split_seed, seed, folds, epochs, batch, patience, jobs;
    unsigned method, fuse;
    double test_share; /* below 0: not given */
    uint64_t map_size;
    bool json;
    unsigned when;
    cli_progress progress;
} fit_run;

static const cli_usage usage = {
    .name = "fit",
    .synopsis = "STORE --space NAME --encoder NAME... [OPTION]...",
    .about =
        "Fit heads that map what encoders have cached into one space, where cosine compares\n"
        "samples of different modalities. They learn from groups: samples that show the same\n"
        "thing, such as files of one name. Nothing is encoded again. A fifth of the groups is\n"
        "kept for featcache eval, where no sample names a split.",
    .operands = "  STORE                 folder of the store\n",
    .examples =
        "featcache fit birds.store --space shared --encoder hog --encoder hashtext\n"
        "featcache fit birds.store --space shared --encoder cnn:map=attention:queries=4 \\\n"
        "    --encoder bert:tokens=attention --method contrastive\n"
        "featcache query birds.store --space shared --text \"a red bird\" --modality image\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static const char *const methods[] = {"ridge", "cca", "contrastive", NULL};
static const char *const fuses[] = {"sum", "mix", "attention", NULL};

static cli_exit print_json(const fit_run *o, const fc_space_fit_report *r)
{
    json_t *tried = r->tried_json != NULL ? json_loads(r->tried_json, JSON_DECODE_ANY, NULL) : NULL;

    return cli_json_print(json_pack(
        "{s:s,s:o,s:I,s:b,s:s,s:I,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:s,s:o,s:o}", "schema",
        "featcache.fit/1", "space", cli_json_text(o->opts.space), "version", (json_int_t)r->version,
        "changed", r->changed, "method", r->method, "dim", (json_int_t)r->dim, "dim_why",
        r->dim_why, "groups", (json_int_t)r->n_groups, "items", (json_int_t)r->n_items,
        "test_groups", (json_int_t)r->n_test, "unpaired_groups", (json_int_t)r->n_unpaired,
        "mixed_groups", (json_int_t)r->n_mixed, "skipped", (json_int_t)r->n_skipped, "split_by",
        r->by_name ? "name" : "hash", "seconds", cli_json_real(r->seconds, 3), "tried",
        tried != NULL ? tried : json_null()));
}

static void print_text(const fit_run *o, const fc_space_fit_report *r)
{
    char words[CLI_WORD_BYTES];

    printf("space      ");
    cli_put_text(stdout, o->opts.space);
    printf(" version %" PRIu32 "%s, by %s, %" PRIu32 " dimensions (%s)\n", r->version,
           r->changed ? "" : " (as it was)", r->method, r->dim, r->dim_why);
    printf("learnt     from %" PRIu64 " groups with %" PRIu64 " items in %s\n", r->n_groups,
           r->n_items, cli_seconds(r->seconds, words));
    printf("kept       %" PRIu64 " groups for featcache eval, by %s\n", r->n_test,
           r->by_name ? "the splits of their samples" : "a hash of their names");
    if (r->n_unpaired > 0)
        printf("left out   %" PRIu64 " groups with features of one modality only\n", r->n_unpaired);
    if (r->n_mixed > 0)
        printf("left out   %" PRIu64 " groups whose samples name several splits\n", r->n_mixed);
    if (r->n_skipped > 0)
        printf("left out   %" PRIu64 " items that are zero or not finite\n", r->n_skipped);
}

static cli_exit run(fit_run *o, const char *path)
{
    fc_space_fit_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_MUST_EXIST, o->map_size);
    if (end != CLI_OK)
        return end;
    o->opts.progress = cli_progress_watch;
    o->opts.cancelled = cli_stopped;
    o->opts.context = &o->progress;
    cli_stop_install("the current step");
    cli_progress_begin(&o->progress, o->when);
    st = fc_space_fit(store, &o->opts, &report, &err);
    cli_progress_end(&o->progress);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (o->json)
        end = print_json(o, &report);
    else
        print_text(o, &report);
    fc_space_fit_report_dispose(&report);
    fc_store_close(store);
    return end;
}

/* What the parser left in numbers of its own. */
static void take_numbers(fit_run *o)
{
    fc_space_fit_options *p = &o->opts;

    p->encoders = o->encoders.items;
    p->n_encoders = o->encoders.n;
    p->method = o->method < CLI_COUNT(methods) - 1 ? methods[o->method] : NULL;
    p->fuse = o->fuse < CLI_COUNT(fuses) - 1 ? fuses[o->fuse] : NULL;
    p->test_share = o->test_share > 0 ? o->test_share : 0;
    p->keep_none = o->test_share == 0.0;
    p->dim = (uint32_t)o->dim;
    p->split_seed = o->split_seed;
    p->seed = o->seed;
    p->folds = (uint32_t)o->folds;
    p->epochs = (uint32_t)o->epochs;
    p->batch = (uint32_t)o->batch;
    p->patience = (uint32_t)o->patience;
    p->n_threads = (uint32_t)o->jobs;
}

cli_exit cmd_fit(int argc, char **argv)
{
    fit_run o = {.opts = FC_SPACE_FIT_OPTIONS_INIT,
                 .method = UINT32_MAX,
                 .fuse = UINT32_MAX,
                 .test_share = -1};
    const cli_option options[] = {
        {"space", 0, CLI_TEXT, "NAME", "name of the space; one that is there gets a new version",
         &o.opts.space, 0, 0, NULL},
        {"encoder", 0, CLI_LIST, "NAME[:OUTPUT][=POOLING]",
         "what to map (two modalities at least): an encoder version\nas NAME, NAME@FINGERPRINT or "
         "#ID; OUTPUT: default pooled,\nelse the first vector; POOLING of maps and sequences: "
         "mean,\nmax, mean+max, cls, last, gem:p=P, attention:queries=N,\nwith :skip=N and "
         ":skip-last=N. Several of a modality\nare fused",
         &o.encoders, 0, 0, NULL},
        {"method", 0, CLI_CHOICE, "METHOD",
         "ridge (onto an anchor's vectors), cca (default),\ncontrastive", &o.method, 0, 0, methods},
        {"dim", 0, CLI_NUMBER, "N", "of the space; default: 1024, or what the data allows", &o.dim,
         1, 16384, NULL},
        {"anchor", 0, CLI_TEXT, "NAME",
         "ridge: the one encoder whose vectors are mapped to; default:\ntext", &o.opts.anchor, 0, 0,
         NULL},
        {"dataset", 0, CLI_TEXT, "NAME", "NAME or NAME@N; default: all", &o.opts.dataset, 0, 0,
         NULL},
        {"split", 0, CLI_TEXT, "NAME", "whose groups to learn from; default: train", &o.opts.split,
         0, 0, NULL},
        {"test-share", 0, CLI_REAL, "S",
         "of groups to keep for eval where no sample names a\nsplit; 0: learn from all; default: 0.2",
         &o.test_share, 0, 0, NULL},
        {"split-seed", 0, CLI_NUMBER, "N", "which groups those are; default: 0", &o.split_seed, 0,
         UINT64_MAX, NULL},
        {"ignore-splits", 0, CLI_FLAG, NULL,
         "keep groups by the seed even where samples name splits", &o.opts.ignore_splits, 0, 0,
         NULL},
        {"penalty", 0, CLI_REAL, "X",
         "ridge, cca: relative to the mean variance; default: by\ncross-validation",
         &o.opts.penalty, 0, 0, NULL},
        {"whiten", 0, CLI_FLAG, NULL, "ridge: the anchor's directions are made equally wide",
         &o.opts.whiten, 0, 0, NULL},
        {"folds", 0, CLI_NUMBER, "N", "of the cross-validation; default: 5", &o.folds, 2, 20, NULL},
        {"fuse", 0, CLI_CHOICE, "HOW",
         "several encoders of a modality: sum (ridge, cca), mix,\nattention (contrastive)", &o.fuse,
         0, 0, fuses},
        {"epochs", 0, CLI_NUMBER, "N", "contrastive: at most", &o.epochs, 1, 1000000, NULL},
        {"batch", 0, CLI_NUMBER, "N", "contrastive: groups a step", &o.batch, 2, 65536, NULL},
        {"learning-rate", 0, CLI_REAL, "X", "contrastive", &o.opts.learning_rate, 0, 0, NULL},
        {"weight-decay", 0, CLI_REAL, "X", "contrastive", &o.opts.weight_decay, 0, 0, NULL},
        {"temperature", 0, CLI_REAL, "X", "contrastive: to begin with", &o.opts.temperature, 0, 0,
         NULL},
        {"patience", 0, CLI_NUMBER, "N", "contrastive: epochs without a better validation",
         &o.patience, 1, 1000000, NULL},
        {"seed", 0, CLI_NUMBER, "N", "of folds, batches and initial values; default: 0", &o.seed, 0,
         UINT64_MAX, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "for features and sums; default: 1G", &o.opts.memory_bytes,
         UINT64_C(16) << 20, UINT64_C(1) << 50, NULL},
        CLI_OPTION_JOBS(&o.jobs),
        CLI_OPTION_MAP_SIZE(&o.map_size),
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.opts.space == NULL)
        return cli_usage_error("fit", "--space NAME is missing");
    if (o.encoders.n == 0)
        return cli_usage_error("fit", "--encoder NAME is missing");
    take_numbers(&o);
    return run(&o, operands.items[0]);
}
