/* featcache duplicates: samples that are the same, or nearly. */
#include <inttypes.h>
#include <string.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct duplicates {
    const char *encoder, *output, *space, *dataset, *where, *threshold;
    double least;
    uint64_t pairs, memory, jobs;
    bool cross_split, json;
    unsigned when;
    cli_progress progress;
} duplicates;

static const cli_usage usage = {
    .name = "duplicates",
    .synopsis = "STORE [--encoder NAME | --space NAME] [OPTION]...",
    .about =
        "Find samples of one content, and samples whose vectors are closer than a threshold.\n"
        "Every pair is compared, and pairs that share a sample are joined into sets (connected\n"
        "components), printed most samples first.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache duplicates birds.store\n"
                "featcache duplicates birds.store --encoder hog --threshold 0.99 --json\n"
                "featcache duplicates birds.store --dataset birds --cross-split\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static void on_progress(void *context, uint64_t done, uint64_t total)
{
    duplicates *o = context;
    const cli_progress_state state = {.what = "compare",
                                      .fraction = total > 0 ? (double)done / (double)total : -1};

    cli_progress_update(&o->progress, &state);
}

/* --- JSON --- */

static json_t *sample_json(const fc_duplicate_sample *s)
{
    return json_pack("{s:o,s:o,s:s,s:o,s:o,s:o,s:o}", "dataset", cli_json_text(s->dataset), "id",
                     cli_json_text(s->id), "modality", fc_modality_name(s->modality), "group",
                     cli_json_text_or_null(s->group), "split", cli_json_text_or_null(s->split),
                     "path", cli_json_text_or_null(s->path), "content", cli_json_count(s->content));
}

static json_t *set_json(const fc_duplicate_set *set)
{
    json_t *samples = json_array();

    for (size_t i = 0; i < set->n; i++)
        json_array_append_new(samples, sample_json(&set->samples[i]));
    return json_pack("{s:o,s:o,s:b,s:o}", "contents", cli_json_count(set->n_contents), "low",
                     cli_json_real(set->low, 6), "crosses_splits", (int)set->crosses_splits,
                     "samples", samples);
}

static json_t *name_json(const fc_duplicate_sample *s)
{
    return json_pack("{s:o,s:o}", "dataset", cli_json_text(s->dataset), "id", cli_json_text(s->id));
}

static json_t *pairs_json(const fc_duplicates *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->n_kept; i++)
        json_array_append_new(
            list, json_pack("{s:o,s:o,s:o}", "score", cli_json_real(d->pairs[i].score, 6), "a",
                            name_json(d->pairs[i].a), "b", name_json(d->pairs[i].b)));
    return list;
}

static bool is_shown(const duplicates *o, const fc_duplicate_set *set)
{
    return !o->cross_split || set->crosses_splits;
}

static cli_exit print_json(const duplicates *o, const fc_duplicates *d)
{
    cli_json_list list = {false, false};
    json_t *head = json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "schema", "featcache.duplicates/1", "space",
        cli_json_text(d->space), "encoder", cli_json_text_or_null(d->encoder), "fingerprint",
        cli_json_text_or_null(d->fingerprint), "output", cli_json_text_or_null(d->output),
        "threshold", cli_json_real(d->threshold, 6), "compared", cli_json_count(d->n_items),
        "without_direction", cli_json_count(d->n_without_direction), "n_pairs",
        cli_json_count(d->n_pairs), "pairs", pairs_json(d));

    cli_json_list_begin(&list, head, "sets");
    for (size_t i = 0; i < d->n_sets; i++)
        if (is_shown(o, &d->sets[i]))
            cli_json_list_add(&list, set_json(&d->sets[i]));
    return cli_json_list_end(&list, json_pack("{s:o}", "seconds", cli_json_real(d->seconds, 3)));
}

/* --- text --- */

static void put_set(size_t number, const fc_duplicate_set *set)
{
    printf("set %zu: %zu samples", number, set->n);
    if (set->n_contents == 1)
        fputs(" of one content", stdout);
    else
        printf(" of %zu contents, nearest pairs from %.4f", set->n_contents, set->low);
    puts(set->crosses_splits ? ", across splits" : "");
    for (size_t i = 0; i < set->n; i++) {
        const fc_duplicate_sample *s = &set->samples[i];

        fputs("  ", stdout);
        cli_put_text(stdout, s->dataset);
        putchar('/');
        cli_put_text(stdout, s->id);
        if (s->split[0] != '\0') {
            fputs("  [", stdout);
            cli_put_text(stdout, s->split);
            putchar(']');
        }
        if (s->path[0] != '\0' && strcmp(s->path, s->id) != 0) {
            fputs("  ", stdout);
            cli_put_text(stdout, s->path);
        }
        putchar('\n');
    }
}

static void put_pairs(const duplicates *o, const fc_duplicates *d)
{
    if (o->pairs == 0)
        return;
    for (size_t i = 0; i < d->n_kept; i++) {
        printf("%7.4f  ", d->pairs[i].score);
        cli_put_text(stdout, d->pairs[i].a->dataset);
        putchar('/');
        cli_put_text(stdout, d->pairs[i].a->id);
        fputs("  ", stdout);
        cli_put_text(stdout, d->pairs[i].b->dataset);
        putchar('/');
        cli_put_text(stdout, d->pairs[i].b->id);
        putchar('\n');
    }
    if (d->n_kept < d->n_pairs)
        cli_message("the %zu nearest of %" PRIu64 " pairs are shown; --pairs N for more", d->n_kept,
                    d->n_pairs);
}

static void print_text(const duplicates *o, const fc_duplicates *d)
{
    char words[CLI_WORD_BYTES];
    size_t shown = 0;

    for (size_t i = 0; i < d->n_sets; i++)
        if (is_shown(o, &d->sets[i]))
            put_set(++shown, &d->sets[i]);
    put_pairs(o, d);
    cli_message("%zu set%s%s; %" PRIu64 " contents of %s%s compared, %" PRIu64
                " pairs from %.4g on, %s",
                shown, shown == 1 ? "" : "s", o->cross_split ? " across splits" : "", d->n_items,
                d->space != NULL ? "space " : "", d->space != NULL ? d->space : d->encoder,
                d->n_pairs, d->threshold, cli_seconds(d->seconds, words));
    if (d->n_without_direction > 0)
        cli_message("%" PRIu64 " contents were left out: their vectors are zero or not there",
                    d->n_without_direction);
}

static cli_exit run(duplicates *o, const char *path)
{
    fc_duplicates_options opts = FC_DUPLICATES_OPTIONS_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_duplicates *found = NULL;
    bool any = false;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    opts.encoder = o->encoder;
    opts.output = o->output;
    opts.space = o->space;
    opts.dataset = o->dataset;
    opts.where = o->where;
    opts.threshold = o->least;
    opts.max_pairs = (size_t)o->pairs;
    opts.memory_bytes = o->memory;
    opts.n_threads = (uint32_t)o->jobs;
    opts.progress = on_progress;
    opts.context = o;
    cli_progress_begin(&o->progress, o->when);
    st = fc_duplicates_find(&found, store, &opts, &err);
    cli_progress_end(&o->progress);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (o->json)
        end = print_json(o, found);
    else
        print_text(o, found);
    for (size_t i = 0; st == FC_OK && i < found->n_sets; i++)
        any = any || is_shown(o, &found->sets[i]);
    if (end == CLI_OK && o->cross_split && any)
        end = CLI_FINDINGS;
    fc_duplicates_destroy(found);
    fc_store_close(store);
    return end;
}

cli_exit cmd_duplicates(int argc, char **argv)
{
    duplicates o = {0};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "NAME",
         "encoder version: NAME, NAME@FINGERPRINT or #ID; default:\nthe only one there is",
         &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "default: pooled, else the first that can be searched",
         &o.output, 0, 0, NULL},
        {"space", 0, CLI_TEXT, "NAME",
         "compare all that the encoders of a space have encoded,\nwhatever its modality", &o.space,
         0, 0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME", "this data set only: NAME, or NAME@N for one version",
         &o.dataset, 0, 0, NULL},
        {"where", 0, CLI_TEXT, "EXPR", "samples whose fields and metadata fulfil this only",
         &o.where, 0, 0, NULL},
        {"threshold", 0, CLI_TEXT, "T", "least cosine of a pair, above 0 to 1; default: 0.95",
         &o.threshold, 0, 0, NULL},
        {"cross-split", 0, CLI_FLAG, NULL,
         "show only sets with samples of several splits, and end\nwith 1 where there are any: "
         "leakage",
         &o.cross_split, 0, 0, NULL},
        {"pairs", 0, CLI_NUMBER, "N",
         "print the N nearest pairs as well; JSON has 1000 of them\nunless told otherwise",
         &o.pairs, 1, 10000000, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "for vectors that are held at a time; default: 256M",
         &o.memory, UINT64_C(1) << 20, UINT64_C(1) << 42, NULL},
        CLI_OPTION_JOBS(&o.jobs),
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.space != NULL && (o.encoder != NULL || o.output != NULL))
        return cli_usage_error("duplicates", "--space: a space has its encoders and outputs; give "
                                             "one of --space and --encoder");
    if (o.threshold != NULL &&
        (!cli_parse_seconds(o.threshold, &o.least) || !(o.least > 0) || o.least > 1))
        return cli_usage_error("duplicates", "--threshold: '%s' is not a number above 0, at most 1",
                               o.threshold);
    return run(&o, operands.items[0]);
}
