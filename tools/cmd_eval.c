/* featcache eval: accuracy of k nearest neighbours by a label. */
#include <inttypes.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct eval {
    const char *encoder, *output, *dataset, *label, *gallery, *test;
    uint64_t k, jobs;
    bool json;
    unsigned when;
    cli_progress progress;
} eval;

static const cli_usage usage = {
    .name = "eval",
    .synopsis = "STORE --encoder NAME --label COLUMN [OPTION]...",
    .about =
        "Measure how well an output separates labels: the share of samples whose k nearest\n"
        "neighbours by cosine vote for the right label, with a 95 % interval and what guessing\n"
        "the most frequent label would give. Without splits each sample is held against all\n"
        "the others.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache eval birds.store --encoder hog --output grid --label species\n"
                "featcache eval birds.store --encoder hog --label species -k 5 \\\n"
                "    --gallery-split train --split test\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

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

cli_exit cmd_eval(int argc, char **argv)
{
    eval o = {0};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "NAME",
         "encoder version: NAME, NAME@FINGERPRINT or #ID (required)", &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "default: pooled, else the first that can be searched",
         &o.output, 0, 0, NULL},
        {"label", 0, CLI_TEXT, "COLUMN", "metadata column, or group, split, modality (required)",
         &o.label, 0, 0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME", "NAME or NAME@N; default: the only one there is",
         &o.dataset, 0, 0, NULL},
        {"gallery-split", 0, CLI_TEXT, "NAME", "split whose samples vote", &o.gallery, 0, 0, NULL},
        {"split", 0, CLI_TEXT, "NAME", "split whose samples are asked about", &o.test, 0, 0, NULL},
        {NULL, 'k', CLI_NUMBER, "N", "neighbours that vote; default: 1", &o.k, 1, 1000, NULL},
        {"jobs", 0, CLI_NUMBER, "N", "threads; default: one a processor", &o.jobs, 1, 1024, NULL},
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.encoder == NULL)
        return cli_usage_error("eval", "--encoder NAME is missing");
    if (o.label == NULL)
        return cli_usage_error("eval", "--label COLUMN is missing");
    if ((o.gallery == NULL) != (o.test == NULL))
        return cli_usage_error("eval", "give both of --gallery-split and --split, or none");
    return run(&o, operands.items[0]);
}
