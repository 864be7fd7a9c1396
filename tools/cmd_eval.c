/* featcache eval: what a space finds across modalities, or accuracy of k nearest neighbours by a
 * label. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"
#include "eval_space.h"

typedef struct eval {
    const char *encoder, *output, *dataset, *label, *gallery, *test;
    const char *from, *to;
    uint64_t k, jobs, splits, draws;
    double test_share;   /* below 0: not given */
    unsigned gallery_of; /* index into gallery_words */
    eval_space space;
    bool json;
    unsigned when;
    cli_progress progress;
} eval;

static const cli_usage usage = {
    .name = "eval",
    .synopsis = "STORE --space NAME --from MODALITY --to MODALITY [OPTION]...\n"
                "STORE --encoder NAME --label COLUMN [OPTION]...",
    .about =
        "With --space, measure what is found across modalities: for each sample of one, where\n"
        "the first sample of its group stands among those of the other. Printed are recall at\n"
        "1, 5 and 10, the mean reciprocal and the median rank, with 95 % intervals by drawing\n"
        "groups, and what chance gives. Groups that a fit has learnt from are refused.\n"
        "\n"
        "With --label, measure how well an output separates labels: the share of samples whose k\n"
        "nearest neighbours by cosine vote for the right label, with a 95 % interval and what\n"
        "guessing the most frequent label would give. Without splits each sample is held against\n"
        "all the others.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache eval birds.store --space shared --from image --to text\n"
                "featcache eval birds.store --space shared --from image --to text --splits 10 \\\n"
                "    --against plain\n"
                "featcache eval birds.store --encoder hog --output grid --label species\n"
                "featcache eval birds.store --encoder hog --label species -k 5 \\\n"
                "    --gallery-split train --split test\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static const char *const gallery_words[] = {"split", "all", NULL};

static void on_progress(void *context, uint64_t done, uint64_t total)
{
    eval *o = context;
    const cli_progress_state state = {.what = "compare",
                                      .fraction = total > 0 ? (double)done / (double)total : -1,
                                      .done = done,
                                      .unit = "samples"};

    cli_progress_update(&o->progress, &state);
}

static cli_exit print_json(const eval *o, const fc_eval_label_report *r)
{
    json_t *object =
        json_pack("{s:s,s:o,s:o,s:o,s:o,s:I,s:o,s:I,s:I,s:I,s:[o,o],s:o,s:o}", "schema",
                  "featcache.eval-label/1", "encoder", cli_json_text(o->encoder), "output",
                  cli_json_text(o->output), "dataset", cli_json_text(o->dataset), "label",
                  cli_json_text(o->label), "k", (json_int_t)(o->k > 0 ? o->k : 1), "accuracy",
                  cli_json_real(r->accuracy, 6), "queries", (json_int_t)r->queries, "gallery",
                  (json_int_t)r->gallery, "labels", (json_int_t)r->n_labels, "interval",
                  cli_json_real(r->low, 6), cli_json_real(r->high, 6), "majority",
                  cli_json_real(r->majority, 6), "seconds", cli_json_real(r->seconds, 3));

    return cli_json_print(object);
}

static void print_text(const eval *o, const fc_eval_label_report *r)
{
    char words[CLI_WORD_BYTES];

    printf("accuracy   %.4f  (95 %% interval %.4f to %.4f)\n", r->accuracy, r->low, r->high);
    printf("guessing   %.4f  always the most frequent of %" PRIu64 " labels\n", r->majority,
           r->n_labels);
    printf("compared   %" PRIu64 " samples with %" PRIu64 ", %" PRIu64 " nearest, in %s\n",
           r->queries, r->gallery, o->k > 0 ? o->k : UINT64_C(1), cli_seconds(r->seconds, words));
}

static cli_exit run(eval *o, const char *path)
{
    fc_eval_label_options opts = FC_EVAL_LABEL_OPTIONS_INIT;
    fc_eval_label_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    opts.encoder = o->encoder;
    opts.output = o->output;
    opts.dataset = o->dataset;
    opts.label = o->label;
    opts.gallery_split = o->gallery;
    opts.test_split = o->test;
    opts.k = (uint32_t)o->k;
    opts.n_threads = (uint32_t)o->jobs;
    opts.progress = on_progress;
    opts.context = o;
    cli_progress_begin(&o->progress, o->when);
    st = fc_eval_label(store, &opts, &report, &err);
    cli_progress_end(&o->progress);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (o->json)
        end = print_json(o, &report);
    else
        print_text(o, &report);
    fc_store_close(store);
    return end;
}

/* A modality by its name; false after a message. */
static bool take_modality(const char *option, const char *name, fc_modality *out)
{
    char message[120];

    if (name == NULL)
        snprintf(message, sizeof(message), "--%s MODALITY is missing", option);
    else if (fc_modality_parse(out, name) != FC_OK)
        snprintf(message, sizeof(message), "--%s '%.40s': image, text, audio, points or vector",
                 option, name);
    else
        return true;
    cli_usage_error("eval", "%s", message);
    return false;
}

static cli_exit run_space(eval *o, const char *path)
{
    fc_space_eval_options *p = &o->space.opts;

    if (!take_modality("from", o->from, &p->from) || !take_modality("to", o->to, &p->to))
        return CLI_USAGE;
    if (o->label != NULL || o->encoder != NULL || o->output != NULL || o->gallery != NULL ||
        o->k > 0)
        return cli_usage_error("eval", "--space goes without --label, --encoder, --output, "
                                       "--gallery-split and -k");
    if (o->splits > 0 && o->test != NULL)
        return cli_usage_error("eval", "--splits makes splits of its own: leave --split out");
    if (o->splits == 0 && (p->split_seed != 0 || o->test_share >= 0))
        return cli_usage_error("eval", "--split-seed and --test-share go with --splits");
    if (o->test_share == 0.0)
        return cli_usage_error("eval", "--test-share 0 leaves no group to ask about");
    p->test_share = o->test_share > 0 ? o->test_share : 0;
    p->dataset = o->dataset;
    p->split = o->test;
    p->whole_gallery = o->gallery_of == 1;
    p->n_splits = (uint32_t)o->splits;
    p->n_draws = (uint32_t)o->draws;
    p->n_threads = (uint32_t)o->jobs;
    o->space.json = o->json;
    o->space.when = o->when;
    return eval_space_run(&o->space, path);
}

cli_exit cmd_eval(int argc, char **argv)
{
    eval o = {.space = {.opts = FC_SPACE_EVAL_OPTIONS_INIT}, .test_share = -1};
    const cli_option options[] = {
        {"space", 0, CLI_TEXT, "NAME", "space to search: NAME or NAME@VERSION", &o.space.opts.space,
         0, 0, NULL},
        {"from", 0, CLI_TEXT, "MODALITY", "with --space: of the queries (required)", &o.from, 0, 0,
         NULL},
        {"to", 0, CLI_TEXT, "MODALITY", "with --space: of what they look for (required)", &o.to, 0,
         0, NULL},
        {"gallery", 0, CLI_CHOICE, "OF",
         "with --space: look among the samples of the split\n(default), or of all", &o.gallery_of,
         0, 0, gallery_words},
        {"splits", 0, CLI_NUMBER, "N",
         "with --space: the mean of N splits of the groups by\nhash, with heads fitted anew to each",
         &o.splits, 1, 1000, NULL},
        {"split-seed", 0, CLI_NUMBER, "N", "with --splits: of the first; default: 0",
         &o.space.opts.split_seed, 0, UINT64_MAX - 1000, NULL},
        {"test-share", 0, CLI_REAL, "S",
         "with --splits: of groups asked about; default: the fit's,\nelse 0.2", &o.test_share, 0, 0,
         NULL},
        {"against", 0, CLI_TEXT, "NAME", "with --space: another space, for paired differences",
         &o.space.opts.against, 0, 0, NULL},
        {"draws", 0, CLI_NUMBER, "N", "with --space: of groups, for intervals; default: 2000",
         &o.draws, 100, 1000000, NULL},
        {"seed", 0, CLI_NUMBER, "N", "with --space: of the draws; default: 0", &o.space.opts.seed,
         0, UINT64_MAX, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "with --splits: for each fit; default: 1G",
         &o.space.opts.memory_bytes, UINT64_C(16) << 20, UINT64_C(1) << 50, NULL},
        {"encoder", 0, CLI_TEXT, "NAME", "with --label: NAME, NAME@FINGERPRINT or #ID (required)",
         &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME",
         "with --label: default: pooled, else the first that can be searched", &o.output, 0, 0,
         NULL},
        {"label", 0, CLI_TEXT, "COLUMN", "metadata column, or group, split, modality", &o.label, 0,
         0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME",
         "NAME or NAME@N; default: the only one there is; with --space\nthat of the fit, else all",
         &o.dataset, 0, 0, NULL},
        {"gallery-split", 0, CLI_TEXT, "NAME", "with --label: split whose samples vote", &o.gallery,
         0, 0, NULL},
        {"split", 0, CLI_TEXT, "NAME",
         "split whose samples are asked about; with --space\ndefault: test, which the fit kept away; "
         "all where nothing\nwas fitted",
         &o.test, 0, 0, NULL},
        {NULL, 'k', CLI_NUMBER, "N", "with --label: neighbours that vote; default: 1", &o.k, 1,
         1000, NULL},
        CLI_OPTION_JOBS(&o.jobs),
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.space.opts.space != NULL)
        return run_space(&o, operands.items[0]);
    if (o.from != NULL || o.to != NULL || o.splits > 0 || o.space.opts.against != NULL ||
        o.gallery_of != 0)
        return cli_usage_error("eval", "--space NAME is missing");
    if (o.encoder == NULL)
        return cli_usage_error("eval", "--encoder NAME is missing");
    if (o.label == NULL)
        return cli_usage_error("eval", "--label COLUMN is missing");
    if ((o.gallery == NULL) != (o.test == NULL))
        return cli_usage_error("eval", "give both of --gallery-split and --split, or none");
    return run(&o, operands.items[0]);
}
